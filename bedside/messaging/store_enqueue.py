"""SQL on the way into the queue: two statements, since every booking passes here; two more for news."""

from datetime import datetime
from typing import LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.messaging.consent import Recipient
from bedside.messaging.model import PersonRef
from bedside.messaging.store_zones import OWNERS, PATIENTS, ZONE

# on WhatsApp, the number that somebody wrote to in the last day goes first: to it they opened the window
_IS_ANSWERED: LiteralString = """
    (channel = 'whatsapp' and address = (
        select a.last_inbound_to from communications.conversation_addresses a
        where a.channel = 'whatsapp' and a.address = who.whatsapp and a.last_inbound_at > %(now)s - interval '24 hours'
        order by a.last_inbound_at desc limit 1)) is true desc"""


class _Numbered(Recipient, kw_only=True):
    """One of several, or who is asked after by id."""

    id: int


async def patient(tx: Tx, *, patient_id: int, hospital_id: int | None) -> Recipient | None:
    """All that decides whether and where a patient may be written to, in one query."""
    return (await patients(tx, ids=[patient_id], hospital_id=hospital_id)).get(patient_id)


async def patients(tx: Tx, *, ids: list[int], hospital_id: int | None) -> dict[int, Recipient]:
    """The same of many, by id, in one query."""
    found = await tx.all(
        _Numbered,
        """with who as (
               select p.id, p.language, p.preferred_channel, p.archived_at is not null as archived, """
        + ZONE
        + """ as zone, h.quiet_from, h.quiet_until,
                      h.country, h.subdivision, k.holidays, k.news_per_day, k.news_per_week,
                      (select value from crm.contact_points c where c.patient_id = p.id and kind = 'phone'
                       order by position limit 1) as phone,
                      (select value from crm.contact_points c where c.patient_id = p.id and kind = 'phone'
                       and takes_sms order by position limit 1) as sms,
                      (select value from crm.contact_points c where c.patient_id = p.id and kind = 'phone'
                       and takes_whatsapp order by position limit 1) as whatsapp,
                      (select value from crm.contact_points c where c.patient_id = p.id and kind = 'email'
                       order by position limit 1) as email
               from """
        + PATIENTS
        + """
               left join communications.contact_policies k on k.hospital_id = h.id
               where p.id = any(%(ids)s))
           select who.*,
               array(select distinct on (channel, purpose) concat_ws(' ', channel, purpose, granted::text,
                                                                       extract(epoch from at)::bigint, how)
                     from crm.consents where patient_id = who.id
                     order by channel, purpose, id desc) as consents,
               array(select concat_ws(' ', channel, address, coalesce(sender_id, 0), coalesce(purpose, 'all'), reason,
                                      extract(epoch from at)::bigint, source)
                     from communications.suppressions
                     where lifted_at is null and address in (who.sms, who.whatsapp, who.email)) as suppressed,
               array(select distinct on (channel) concat_ws(' ', channel, id) from communications.senders
                     where active and (hospital_id is null or hospital_id = %(hospital_id)s::bigint)
                     order by channel, """
        + _IS_ANSWERED
        + """, hospital_id nulls last, account, id) as senders
           from who""",
        ids=ids,
        hospital_id=hospital_id,
    )
    return {one.id: one for one in found}


async def owner(tx: Tx, *, owner_id: int, hospital_id: int | None) -> Recipient | None:
    """The same for an owner, by their own phone and email."""
    return await tx.maybe(
        _Numbered,
        """with who as (
               select p.id, p.language, p.preferred_channel, p.archived_at is not null as archived, """
        + ZONE
        + """ as zone, h.quiet_from, h.quiet_until,
                      h.country, h.subdivision, k.holidays, k.news_per_day, k.news_per_week,
                      p.phone, p.phone as sms, p.phone as whatsapp, p.email
               from """
        + OWNERS
        + """
               left join communications.contact_policies k on k.hospital_id = h.id
               where p.id = %(owner_id)s)
           select who.*,
               array(select distinct on (channel, purpose) concat_ws(' ', channel, purpose, granted::text,
                                                                       extract(epoch from at)::bigint, how)
                     from crm.owner_consents where owner_id = who.id
                     order by channel, purpose, id desc) as consents,
               array(select concat_ws(' ', channel, address, coalesce(sender_id, 0), coalesce(purpose, 'all'), reason,
                                      extract(epoch from at)::bigint, source)
                     from communications.suppressions
                     where lifted_at is null and address in (who.sms, who.email)) as suppressed,
               array(select distinct on (channel) concat_ws(' ', channel, id) from communications.senders
                     where active and (hospital_id is null or hospital_id = %(hospital_id)s::bigint)
                     order by channel, """
        + _IS_ANSWERED
        + """, hospital_id nulls last, account, id) as senders
           from who""",
        owner_id=owner_id,
        hospital_id=hospital_id,
    )


async def address(tx: Tx, *, address: str, hospital_id: int | None) -> Recipient:
    """The same for an address that need not be anybody's."""
    found = await tx.one(
        Recipient,
        """select coalesce(h.time_zone, 'UTC') as zone, h.quiet_from, h.quiet_until,
               h.country, h.subdivision, k.holidays, k.news_per_day, k.news_per_week,
               array(select concat_ws(' ', channel, address, coalesce(sender_id, 0), coalesce(purpose, 'all'), reason,
                                      extract(epoch from at)::bigint, source)
                     from communications.suppressions
                     where lifted_at is null and address = %(address)s) as suppressed,
               array(select distinct on (channel) concat_ws(' ', channel, id) from communications.senders
                     where active and (hospital_id is null or hospital_id = %(hospital_id)s::bigint)
                     order by channel, """
        + _IS_ANSWERED.replace("who.whatsapp", "%(address)s")
        + """, hospital_id nulls last, account, id) as senders
           from (select) as nothing left join crm.hospitals h on h.id = %(hospital_id)s::bigint
           left join communications.contact_policies k on k.hospital_id = h.id""",
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


async def id_of_key(tx: Tx, *, key: str) -> int | None:
    """The message that has this key."""
    found: int | None = await tx.value(
        "select id from communications.message_queue where idempotency_key = %(key)s", key=key
    )
    return found


def _named(to: PersonRef | str) -> str:
    return to if isinstance(to, str) else f"{to.kind} {to.id}"


async def tests_since_an_hour(tx: Tx, *, about: str, staff_id: int) -> int:
    """How many messages somebody sent to themselves within an hour; others of theirs wait until this is done."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('tests ' || %(id)s::text, 0))", id=staff_id)
    counted: int = await tx.value(
        """select count(*) from communications.message_queue
           where about = %(about)s and about_id = %(id)s and created_at > %(now)s - interval '1 hour'""",
        about=about,
        id=staff_id,
    )
    return counted


async def hold_news(tx: Tx, *, to: PersonRef | str) -> None:
    """Waits until nobody else decides about news for somebody, and makes others wait until this transaction ends."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('news ' || %(who)s::text, 0))", who=_named(to))


async def news_around(tx: Tx, *, to: PersonRef | str, since: datetime, until: datetime) -> list[datetime]:
    """When somebody got, or is to get, other news; what did not arrive does not count."""
    person = to if isinstance(to, PersonRef) else None
    rows = await tx.rows(
        """select coalesce(sent_at, not_before) from communications.message_queue
           where purpose = 'marketing' and status not in ('cancelled', 'failed', 'undelivered')
             and coalesce(sent_at, not_before) between %(since)s and %(until)s
             and ((person_kind = %(kind)s and person_id = %(person_id)s)
                  or (%(kind)s::text is null and to_address = %(address)s))
           limit 5000""",
        kind=person.kind if person else None,
        person_id=person.id if person else None,
        address=to if isinstance(to, str) else None,
        since=since,
        until=until,
    )
    return [row[0] for row in rows]
