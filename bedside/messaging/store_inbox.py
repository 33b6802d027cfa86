"""SQL of what comes in: conversations, inbound messages, stops, webhooks' receipts."""

from datetime import datetime

import msgspec

from bedside.kit.database import Tx
from bedside.messaging.model import PAST_STOP


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


async def keep_conversation(tx: Tx, *, channel: str, address: str, who: Writer, at: datetime) -> int:
    """The conversation with an address, opened or opened again by what came in; gives its id."""
    made: int = await tx.value(
        """insert into communications.conversations
               (channel, address, person_kind, person_id, needs_answer, last_inbound_at, last_message_at, created_at)
           values (%(channel)s, %(address)s, %(kind)s, %(person)s, false, %(at)s, %(at)s, %(now)s)
           on conflict (channel, address) do update
               set status = 'open', version = conversations.version + 1,
                   person_kind = coalesce(excluded.person_kind, conversations.person_kind),
                   person_id = coalesce(excluded.person_id, conversations.person_id),
                   last_inbound_at = greatest(conversations.last_inbound_at, excluded.last_inbound_at),
                   last_message_at = greatest(conversations.last_message_at, excluded.last_message_at)
           returning id""",
        channel=channel,
        address=address,
        kind=who.person_kind,
        person=who.person_id,
        at=at,
    )
    return made


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
) -> tuple[int, int | None] | None:
    """Keeps what somebody wrote; gives its id and the message of ours that it answers. None: it is known."""
    rows = await tx.rows(
        """insert into communications.inbound_messages
               (conversation_id, channel, provider, provider_id, from_address, to_address, body, received_at,
                opt_out_type, answers)
           values (%(conversation_id)s, %(channel)s, %(provider)s, %(provider_id)s, %(from_address)s, %(to_address)s,
                   %(body)s, %(at)s, %(opt_out_type)s,
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


async def set_needs_answer(tx: Tx, *, conversation_id: int, needs_answer: bool) -> None:
    """Whether a conversation waits for a person."""
    await tx.execute(
        """update communications.conversations set needs_answer = %(needs)s, version = version + 1
           where id = %(id)s and needs_answer <> %(needs)s""",
        id=conversation_id,
        needs=needs_answer,
    )


async def sender_of(tx: Tx, *, channel: str, provider: str, address: str) -> int | None:
    """The sender that a message came in for; a messaging service's numbers are its own."""
    found: int | None = await tx.value(
        """select id from communications.senders
           where channel = %(channel)s and provider = %(provider)s
           order by address = %(address)s desc, active desc, id limit 1""",
        channel=channel,
        provider=provider,
        address=address,
    )
    return found


async def lift_stops(tx: Tx, *, channel: str, address: str, sender_id: int | None, because: str) -> int:
    """Lifts what somebody's own stop put in force; gives how many there were."""
    return await tx.execute(
        """update communications.suppressions set lifted_at = %(now)s, lifted_because = %(because)s
           where channel = %(channel)s and address = %(address)s and lifted_at is null and reason = 'opt_out'
             and (sender_id is null or sender_id = %(sender_id)s)""",
        channel=channel,
        address=address,
        sender_id=sender_id,
        because=because,
    )


async def is_stopped(tx: Tx, *, channel: str, address: str, sender_id: int | None) -> bool:
    """Whether somebody's own stop is in force."""
    return bool(
        await tx.value(
            """select exists (select from communications.suppressions
                              where channel = %(channel)s and address = %(address)s and lifted_at is null
                                and reason = 'opt_out' and (sender_id is null or sender_id = %(sender_id)s))""",
            channel=channel,
            address=address,
            sender_id=sender_id,
        )
    )


async def queued_to(tx: Tx, *, channel: str, address: str, sender_id: int | None) -> list[int]:
    """Messages from a sender that wait to go to an address, but for the confirmation of a stop."""
    rows = await tx.rows(
        """select id from communications.message_queue
           where status = 'queued' and channel = %(channel)s and to_address = %(address)s
             and (sender_id = %(sender_id)s or sender_id is null) and about is distinct from %(past_stop)s""",
        channel=channel,
        address=address,
        sender_id=sender_id,
        past_stop=PAST_STOP,
    )
    return [row[0] for row in rows]


class Receipt(msgspec.Struct, kw_only=True):
    """A webhook as it came, kept to be applied (again)."""

    id: int
    provider: str
    kind: str
    body: bytes


async def keep_receipt(tx: Tx, *, provider: str, kind: str, body: bytes, fingerprint: bytes) -> int | None:
    """Keeps a webhook's raw body; None where the very same came before."""
    made: int | None = await tx.value(
        """insert into communications.webhook_receipts (provider, kind, received_at, body, fingerprint)
           values (%(provider)s, %(kind)s, %(now)s, %(body)s, %(fingerprint)s)
           on conflict (fingerprint) do nothing returning id""",
        provider=provider,
        kind=kind,
        body=body,
        fingerprint=fingerprint,
    )
    return made


async def settle_receipt(tx: Tx, *, receipt_id: int, error: str | None, again: bool) -> None:
    """Says that a webhook has been applied, or what kept it from being, and whether it is worth another try."""
    await tx.execute(
        """update communications.webhook_receipts
           set applied_at = case when not %(again)s then %(now)s end, error = %(error)s
           where id = %(id)s""",
        id=receipt_id,
        error=error,
        again=again,
    )


async def waiting_receipts(tx: Tx, *, limit: int) -> list[Receipt]:
    """Webhooks of the last day that could not be applied, oldest first."""
    return await tx.all(
        Receipt,
        """select id, provider, kind, body from communications.webhook_receipts
           where applied_at is null and received_at > %(now)s - interval '1 day'
           order by id limit %(limit)s for update skip locked""",
        limit=limit,
    )


async def forget_receipts(tx: Tx) -> int:
    """Forgets webhooks older than thirty days: providers send again for seven."""
    return await tx.execute(
        "delete from communications.webhook_receipts where received_at < %(now)s - interval '30 days'"
    )
