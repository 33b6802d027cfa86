"""SQL of what comes in: inbound messages, stops, webhooks' receipts."""

from datetime import datetime

import msgspec

from bedside.kit.database import Tx
from bedside.messaging.model import PAST_STOP

# what stands on a message of theirs that stopped ours
STOPPED = "stopped messages"


class Writer(msgspec.Struct, kw_only=True):
    """Who wrote, as far as an address tells."""

    person_kind: str | None = None
    person_id: int | None = None
    name: str | None = None
    hospital_id: int | None = None
    language: str = "en"


async def writer(tx: Tx, *, channel: str, address: str, answers: str | None) -> Writer:
    """Who is behind an address: whom we wrote to there, in what they answer or else last; else the one owner, or the
    one patient, who has it. One that belongs to a family and that we never wrote to is nobody's in particular.
    """
    found = await tx.maybe(
        Writer,
        """with who as (
               select distinct 'patient' as kind, p.id, p.first_name || ' ' || p.last_name as name, p.hospital_id,
                      p.language
               from crm.contact_points c join crm.patients p on p.id = c.patient_id
               where c.value = %(address)s and p.archived_at is null
               union all
               select 'owner', o.id, o.name,
                      (select min(h.hospital_id) from crm.owner_hospitals h where h.owner_id = o.id), o.language
               from crm.hospital_owners o
               where o.archived_at is null
                 and o.id in (select id from crm.hospital_owners
                              where phone = %(address)s or lower(email) = lower(%(address)s)
                              union select owner_id from crm.owner_contacts
                              where archived_at is null
                                and (phone = %(address)s or lower(email) = lower(%(address)s)))),
           last as (
               select person_kind, person_id, hospital_id from communications.message_queue
               where to_address = %(address)s and channel = %(channel)s and person_kind is not null
               order by coalesce(provider_id = %(answers)s, false) desc, id desc limit 1),
           chosen as (
               select who.*, 0 as place from who join last on last.person_kind = who.kind and last.person_id = who.id
               union all
               select *, 1 from who where kind = 'owner' and (select count(*) from who where kind = 'owner') = 1
               union all
               select *, 2 from who where kind = 'patient' and (select count(*) from who) = 1)
           select kind as person_kind, id as person_id, name,
                  coalesce((select hospital_id from last
                            where last.person_kind = chosen.kind and last.person_id = chosen.id),
                           hospital_id) as hospital_id, language
           from chosen order by place limit 1""",
        address=address,
        channel=channel,
        answers=answers,
    )
    if found is not None:
        return found
    hospital = await tx.value(
        """select hospital_id from communications.message_queue
           where to_address = %(address)s and channel = %(channel)s order by id desc limit 1""",
        address=address,
        channel=channel,
    )
    return Writer(hospital_id=hospital)


async def insert_inbound(
    tx: Tx,
    *,
    conversation_id: int,
    channel: str,
    provider: str,
    provider_id: str,
    from_address: str,
    to_address: str,
    body: str,
    opt_out_type: str | None,
    answers: str | None,
    at: datetime,
    subject: str | None = None,
    automatic: bool = False,
    references: str | None = None,
    button: str | None = None,
) -> tuple[int, int | None] | None:
    """Keeps what somebody wrote; gives its id and the message of ours that it answers. None: it is known."""
    rows = await tx.rows(
        """insert into communications.inbound_messages
               (conversation_id, channel, provider, provider_id, from_address, to_address, body, received_at,
                opt_out_type, subject, automatic, mail_references, button, answers)
           values (%(conversation_id)s, %(channel)s, %(provider)s, %(provider_id)s, %(from_address)s, %(to_address)s,
                   %(body)s, %(at)s, %(opt_out_type)s, %(subject)s, %(automatic)s, %(references)s, %(button)s,
                   (select id from communications.message_queue where provider_id = %(answers)s))
           on conflict (provider, provider_id) do nothing returning id, answers""",
        conversation_id=conversation_id,
        channel=channel,
        provider=provider,
        provider_id=provider_id,
        from_address=from_address,
        to_address=to_address,
        body=body,
        at=at,
        opt_out_type=opt_out_type,
        subject=subject,
        automatic=automatic,
        references=references,
        button=button,
        answers=answers,
    )
    return (rows[0][0], rows[0][1]) if rows else None


async def is_known(tx: Tx, *, provider: str, provider_id: str) -> bool:
    """Whether an inbound message has been kept already."""
    return bool(
        await tx.value(
            """select exists (select from communications.inbound_messages
                              where provider = %(provider)s and provider_id = %(provider_id)s)""",
            provider=provider,
            provider_id=provider_id,
        )
    )


async def mark_acted(tx: Tx, *, inbound_message_id: int, acted: str) -> None:
    """Says what an inbound message did by itself."""
    await tx.execute(
        "update communications.inbound_messages set acted = %(acted)s where id = %(id)s",
        id=inbound_message_id,
        acted=acted,
    )


async def acted(tx: Tx, *, inbound_message_id: int) -> str:
    """What an inbound message did by itself; empty where nothing."""
    found: str = await tx.value(
        "select acted from communications.inbound_messages where id = %(id)s", id=inbound_message_id
    )
    return found


async def lift_stops(tx: Tx, *, channel: str, address: str, asked_at: datetime, because: str) -> int:
    """Lifts what somebody's own stop put in force by then; gives how many there were."""
    return await tx.execute(
        """update communications.suppressions set lifted_at = %(now)s, lifted_because = %(because)s
           where channel = %(channel)s and address = %(address)s and lifted_at is null and reason = 'opt_out'
             and at <= %(asked_at)s""",
        channel=channel,
        address=address,
        asked_at=asked_at,
        because=because,
    )


async def stopped_again(tx: Tx, *, conversation_id: int, channel: str, address: str, since: datetime) -> bool:
    """Whether they wrote a stop after that, which may have been applied before what they wrote then."""
    return bool(
        await tx.value(
            """select exists (select from communications.inbound_messages
                              where conversation_id = %(conversation_id)s and channel = %(channel)s
                                and from_address = %(address)s and received_at > %(since)s and acted = %(acted)s)""",
            conversation_id=conversation_id,
            channel=channel,
            address=address,
            since=since,
            acted=STOPPED,
        )
    )


async def is_stopped(tx: Tx, *, channel: str, address: str, by: datetime) -> bool:
    """Whether somebody's own stop, asked for by then, is in force."""
    return bool(
        await tx.value(
            """select exists (select from communications.suppressions
                              where channel = %(channel)s and address = %(address)s and lifted_at is null
                                and reason = 'opt_out' and at <= %(by)s)""",
            channel=channel,
            address=address,
            by=by,
        )
    )


async def queued_to(tx: Tx, *, channel: str, address: str) -> list[int]:
    """Messages that wait to go to an address, but for the confirmation of a stop."""
    rows = await tx.rows(
        """select id from communications.message_queue
           where status = 'queued' and channel = %(channel)s and to_address = %(address)s
             and about is distinct from %(past_stop)s""",
        channel=channel,
        address=address,
        past_stop=PAST_STOP,
    )
    return [row[0] for row in rows]
