"""SQL of the sender: claiming, preparing, leases, and what becomes of each message."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.messaging.model import Message, SendingAddress

_MESSAGE: LiteralString = """
    q.id, q.channel, q.sender_id, q.hospital_id, q.person_kind, q.person_id, q.to_address, q.purpose, q.priority,
    q.template_key, q.language, q.about, q.about_id, q.variables, q.subject, q.body, q.sensitive, q.attempts,
    q.created_at, q.sending_at,
    (select c.last_inbound_at from communications.conversations c
     where q.channel = 'whatsapp' and c.channel = q.channel and c.address = q.to_address) as last_inbound_at
"""


_ADDRESS: LiteralString = """
select id, hospital_id, channel, provider, address, name, per_second, active, paused_until, paused_because, version
from communications.senders
"""


async def sending_addresses(tx: Tx) -> list[SendingAddress]:
    """The senders that may send now."""
    return await tx.all(
        SendingAddress,
        _ADDRESS + "where active and (paused_until is null or paused_until <= %(now)s) order by id",
    )


async def every_address(tx: Tx) -> list[SendingAddress]:
    """Every sender there is or was."""
    return await tx.all(SendingAddress, _ADDRESS + "order by active desc, channel, id")


async def claim(tx: Tx, *, rooms: dict[int, int], lease: timedelta) -> list[Message]:
    """Takes what is due, for each sender as many as it has room for, and marks it as being sent under a lease.

    Rows that another sender process has in hand are passed over. Suppressed addresses are taken too: they are
    refused just before the wire, so that a stop is immediate.
    """
    return await tx.all(
        Message,
        """with room as (select * from unnest(%(senders)s::bigint[], %(rooms)s::int[]) as r (sender_id, room)),
           due as (
               select taken.id from room cross join lateral (
                   select id from communications.message_queue
                   where status = 'queued' and sender_id = room.sender_id and not_before <= %(now)s
                   order by priority, not_before, id limit room.room
                   for update skip locked) as taken),
           q as (
               update communications.message_queue m
               set status = 'sending', lease_until = %(now)s + %(lease)s, sending_at = %(now)s, attempts = attempts + 1
               from due where m.id = due.id returning m.*)
           select """
        + _MESSAGE
        + " from q order by q.priority, q.id",
        senders=list(rooms),
        rooms=list(rooms.values()),
        lease=lease,
    )


async def next_due(tx: Tx) -> bool:
    """Whether anything is due now, for senders that may send."""
    return bool(
        await tx.value(
            """select exists (
                   select from communications.message_queue q join communications.senders s on s.id = q.sender_id
                   where q.status = 'queued' and q.not_before <= %(now)s and s.active
                     and (s.paused_until is null or s.paused_until <= %(now)s))"""
        )
    )


async def suppressed(tx: Tx, *, messages: list[Message]) -> set[int]:
    """Which of these messages go to an address that has stopped their sender, or every one."""
    rows = await tx.rows(
        """select q.id from unnest(%(ids)s::bigint[], %(channels)s::text[], %(addresses)s::text[],
                                   %(senders)s::bigint[]) as q (id, channel, address, sender_id)
           where exists (select from communications.suppressions s
                         where s.lifted_at is null and s.channel = q.channel and s.address = q.address
                           and (s.sender_id is null or s.sender_id = q.sender_id))""",
        ids=[message.id for message in messages],
        channels=[message.channel for message in messages],
        addresses=[message.to_address for message in messages],
        senders=[message.sender_id for message in messages],
    )
    return {row[0] for row in rows}


async def hospital_variables(tx: Tx, *, hospital_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What every template may say of the hospital, by its id."""
    rows = await tx.rows(
        "select id, name, phone, address, email from crm.hospitals where id = any(%(ids)s)",
        ids=sorted(set(hospital_ids)),
    )
    return {row[0]: {"name": row[1], "phone": row[2], "address": row[3], "email": row[4]} for row in rows}


class Prepared(msgspec.Struct, kw_only=True):
    """The words of a message as they go out."""

    id: int
    subject: str | None
    body: str
    template_version_id: int | None
    segments: int | None


async def keep_words(tx: Tx, prepared: list[Prepared]) -> None:
    """Keeps what is about to be said, before it is said: a message whose fate is unknown is looked for by its words."""
    await tx.execute_many(
        """update communications.message_queue
           set subject = %(subject)s, body = %(body)s, template_version_id = %(template_version_id)s,
               segments = %(segments)s
           where id = %(id)s""",
        [msgspec.structs.asdict(words) for words in prepared],
    )


class Stored(msgspec.Struct, kw_only=True):
    """What a message was made of."""

    variables: dict[str, Any]
    body: str | None
    subject: str | None


async def stored(tx: Tx, *, message_id: int) -> Stored:
    """What a message was made of, to make it again."""
    return await tx.one(
        Stored,
        "select variables, body, subject from communications.message_queue where id = %(id)s",
        id=message_id,
    )


async def put_back(tx: Tx, *, message_id: int, until: datetime, code: str | None, words: str) -> bool:
    """Puts a message that was certainly not processed back into the queue; False where a receipt has moved it on."""
    changed = await tx.execute(
        """update communications.message_queue
           set status = 'queued', lease_until = null, not_before = %(until)s, error_code = %(code)s, error = %(words)s
           where id = %(id)s and status = 'sending'""",
        id=message_id,
        until=until,
        code=code,
        words=words,
    )
    return changed == 1


async def expired_leases(tx: Tx, *, limit: int) -> list[int]:
    """Messages whose sender died on them: their lease ran out and nobody knows whether they left."""
    rows = await tx.rows(
        """select id from communications.message_queue
           where status = 'sending' and lease_until < %(now)s
           order by lease_until limit %(limit)s for update skip locked""",
        limit=limit,
    )
    return [row[0] for row in rows]


async def to_reconcile(tx: Tx, *, again_after: timedelta, limit: int) -> list[Message]:
    """Messages of unknown fate whose turn it is to be looked for; puts their next turn off at once.

    The pauses grow with the age of the attempt, and end with a day.
    """
    return await tx.all(
        Message,
        """with q as (
               update communications.message_queue
               set not_before = case when %(now)s - sending_at > interval '1 day' then timestamptz '2999-01-01'
                                     else %(now)s + greatest(%(again_after)s, %(now)s - sending_at) end
               where id in (select id from communications.message_queue
                            where status = 'unknown' and not_before <= %(now)s
                            order by not_before limit %(limit)s for update skip locked)
               returning *)
           select """
        + _MESSAGE
        + " from q",
        again_after=again_after,
        limit=limit,
    )


async def known_provider_ids(tx: Tx, *, provider_ids: list[str]) -> set[str]:
    """Which of a provider's ids belong to messages that we know."""
    rows = await tx.rows(
        "select provider_id from communications.message_queue where provider_id = any(%(ids)s)", ids=provider_ids
    )
    return {row[0] for row in rows}


async def suppress(tx: Tx, *, channel: str, address: str, sender_id: int | None, reason: str, source: str) -> None:
    """Stops messages to an address, from one sender or (None) from every one of the channel; once."""
    await tx.execute(
        """insert into communications.suppressions (channel, address, sender_id, reason, source, at)
           values (%(channel)s, %(address)s, %(sender_id)s, %(reason)s, %(source)s, %(now)s)
           on conflict (channel, address, coalesce(sender_id, 0)) where lifted_at is null do nothing""",
        channel=channel,
        address=address,
        sender_id=sender_id,
        reason=reason,
        source=source,
    )


async def pause(tx: Tx, *, sender_id: int, until: datetime, because: str) -> bool:
    """Pauses a sender; False where it is paused for longer already."""
    changed = await tx.execute(
        """update communications.senders set paused_until = %(until)s, paused_because = %(because)s,
                  version = version + 1, updated_at = %(now)s
           where id = %(id)s and (paused_until is null or paused_until < %(until)s)""",
        id=sender_id,
        until=until,
        because=because,
    )
    return changed == 1


async def blank_old_codes(tx: Tx, *, older_than: timedelta) -> int:
    """Blanks codes in messages that nothing will become of any more; gives their number."""
    return await tx.execute(
        """update communications.message_queue set body = '', variables = %(none)s
           where sensitive and (body <> '' or variables <> '{}') and status <> 'queued'
             and created_at < %(now)s - %(age)s""",
        none=Jsonb({}),
        age=older_than,
    )
