"""SQL on the way into the queue: two statements, since every booking passes here."""

from datetime import datetime

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.messaging.consent import Recipient


async def patient(tx: Tx, *, patient_id: int, hospital_id: int | None) -> Recipient | None:
    """All that decides whether and where a patient may be written to, in one query."""
    return await tx.maybe(
        Recipient,
        """with who as (
               select p.language, p.preferred_channel, p.archived_at is not null as archived,
                      coalesce(p.time_zone, h.time_zone, 'UTC') as zone, h.quiet_from, h.quiet_until,
                      (select value from crm.contact_points c where c.patient_id = p.id and kind = 'phone'
                       and takes_sms order by position limit 1) as sms,
                      (select value from crm.contact_points c where c.patient_id = p.id and kind = 'phone'
                       and takes_whatsapp order by position limit 1) as whatsapp,
                      (select value from crm.contact_points c where c.patient_id = p.id and kind = 'email'
                       order by position limit 1) as email
               from crm.patients p
               left join crm.hospitals h on h.id = coalesce(%(hospital_id)s::bigint, p.hospital_id)
               where p.id = %(patient_id)s)
           select who.*,
               array(select distinct on (channel, purpose) concat_ws(' ', channel, purpose, granted::text)
                     from crm.consents where patient_id = %(patient_id)s
                     order by channel, purpose, id desc) as consents,
               array(select concat_ws(' ', channel, address, coalesce(sender_id, 0))
                     from communications.suppressions
                     where lifted_at is null and address in (who.sms, who.whatsapp, who.email)) as suppressed,
               array(select distinct on (channel) concat_ws(' ', channel, id) from communications.senders
                     where active and (hospital_id is null or hospital_id = %(hospital_id)s::bigint)
                     order by channel, hospital_id nulls last, id) as senders
           from who""",
        patient_id=patient_id,
        hospital_id=hospital_id,
    )


async def owner(tx: Tx, *, owner_id: int, hospital_id: int | None) -> Recipient | None:
    """The same for an owner, by their own phone and email. A channel is refused by its stop, not by consents: owners
    are written to about what they own."""
    return await tx.maybe(
        Recipient,
        """with who as (
               select o.language, o.preferred_channel, o.archived_at is not null as archived,
                      coalesce(o.time_zone, h.time_zone, 'UTC') as zone, h.quiet_from, h.quiet_until,
                      o.phone as sms, o.phone as whatsapp, o.email
               from crm.hospital_owners o
               left join crm.hospitals h on h.id = coalesce(
                   %(hospital_id)s::bigint,
                   (select min(hospital_id) from crm.owner_hospitals where owner_id = o.id))
               where o.id = %(owner_id)s)
           select who.*,
               array(select concat_ws(' ', channel, address, coalesce(sender_id, 0))
                     from communications.suppressions
                     where lifted_at is null and address in (who.sms, who.email)) as suppressed,
               array(select distinct on (channel) concat_ws(' ', channel, id) from communications.senders
                     where active and (hospital_id is null or hospital_id = %(hospital_id)s::bigint)
                     order by channel, hospital_id nulls last, id) as senders
           from who""",
        owner_id=owner_id,
        hospital_id=hospital_id,
    )


async def address(tx: Tx, *, address: str, hospital_id: int | None) -> Recipient:
    """The same for an address that need not be anybody's."""
    found = await tx.one(
        Recipient,
        """select coalesce(h.time_zone, 'UTC') as zone, h.quiet_from, h.quiet_until,
               array(select concat_ws(' ', channel, address, coalesce(sender_id, 0))
                     from communications.suppressions
                     where lifted_at is null and address = %(address)s) as suppressed,
               array(select distinct on (channel) concat_ws(' ', channel, id) from communications.senders
                     where active and (hospital_id is null or hospital_id = %(hospital_id)s::bigint)
                     order by channel, hospital_id nulls last, id) as senders
           from (select) as nothing left join crm.hospitals h on h.id = %(hospital_id)s::bigint""",
        address=address,
        hospital_id=hospital_id,
    )
    if "@" in address:
        found.email = address
    else:
        found.sms = found.whatsapp = address
    return found


class NewMessage(msgspec.Struct, kw_only=True):
    """A row on its way into the queue."""

    idempotency_key: str
    priority: int
    channel: str
    sender_id: int | None
    hospital_id: int | None
    person_kind: str | None
    person_id: int | None
    to_address: str
    purpose: str
    template_key: str | None
    language: str
    about: str | None
    about_id: int | None
    variables: dict[str, object]
    subject: str | None
    body: str | None
    sensitive: bool
    not_before: datetime
    repeats: int | None
    created_by_name: str


async def insert(tx: Tx, new: NewMessage) -> int | None:
    """Puts a message into the queue and gives its id; None where its key is taken."""
    values = msgspec.structs.asdict(new) | {"variables": Jsonb(new.variables)}
    made: int | None = await tx.value(
        """insert into communications.message_queue
               (idempotency_key, priority, channel, sender_id, hospital_id, person_kind, person_id, to_address, purpose,
                template_key, language, about, about_id, variables, subject, body, sensitive, status, not_before,
                repeats, created_by_name, created_at)
           values (%(idempotency_key)s, %(priority)s, %(channel)s, %(sender_id)s, %(hospital_id)s, %(person_kind)s,
                   %(person_id)s, %(to_address)s, %(purpose)s, %(template_key)s, %(language)s, %(about)s, %(about_id)s,
                   %(variables)s, %(subject)s, %(body)s, %(sensitive)s, 'queued', %(not_before)s, %(repeats)s,
                   %(created_by_name)s, %(now)s)
           on conflict (idempotency_key) do nothing returning id""",
        **values,
    )
    return made


async def id_of_key(tx: Tx, *, key: str) -> int:
    """The message that has this key."""
    found: int = await tx.value("select id from communications.message_queue where idempotency_key = %(key)s", key=key)
    return found
