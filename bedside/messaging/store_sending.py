"""SQL of the sender: claiming, preparing, leases, and what becomes of each message."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.messaging.model import BULK, Message, SendingAddress
from bedside.messaging.store_circuits import DAY_LEFT, MAY_TRY_FOR, STANDS_IN
from bedside.messaging.store_senders import ADDRESS, BY_HAND

MESSAGE: LiteralString = """
    q.id, q.channel, q.sender_id, q.hospital_id, q.person_kind, q.person_id, q.to_address, q.purpose, q.priority,
    q.template_key, q.language, q.about, q.about_id, q.variables, q.subject, q.body, q.sensitive, q.attempts,
    q.created_at, q.sending_at,
    (select max(a.last_inbound_at) from communications.conversation_addresses a
     where q.channel = 'whatsapp' and a.channel = q.channel and a.address = q.to_address
       -- the window is open for the number that they wrote to, and for no other
       and not exists (select from communications.senders other
                       join communications.senders mine on mine.id = q.sender_id
                       where other.channel = a.channel and other.address = a.last_inbound_to
                         and other.address <> mine.address)) as last_inbound_at
"""


_ADDRESS: LiteralString = "select " + ADDRESS + " from communications.senders "

# What is left of a sender's rate now: a bucket that fills at its rate, and holds a second's worth.
_RATE_LEFT: LiteralString = """
least(per_second, coalesce(rate_left, per_second)
      + per_second * greatest(0, extract(epoch from %(now)s - coalesce(rate_at, %(now)s))))
"""


class AddressAtWork(SendingAddress, kw_only=True):
    """A sender, with how many may go, and the sender for which those wait: itself, or one that it stands in for.
    `try_by`: a sender that is held back and may try with one of them whether it works again. `may_send` is False where
    that one message is all that may go."""

    rate_left: float
    waiting_for: int
    may_send: bool
    try_by: int | None


async def addresses_with_work(tx: Tx) -> list[AddressAtWork]:
    """The senders that may send now, and have something to send. What waits for one that is held back goes by another
    account of its kind, where there is one that works; else by itself as ever, and the other is tried with it."""
    return await tx.all(
        AddressAtWork,
        """with work as (
               select a.id as waiting_for, coalesce(other.id, a.id) as goes_by,
                      other.id is not null or a.paused_until is null or a.paused_until <= %(now)s as may_send,
                      case when other.id is null then helper.id
                           when a.try_at <= %(now)s and """
        + DAY_LEFT.replace("daily_cap", "a.daily_cap").replace("sent_", "a.sent_")
        + """ then a.id end as try_by
               from communications.senders a
               left join lateral (
                   select b.id from communications.senders b where a.tripped_at is not null and """
        + STANDS_IN
        + """ order by b.account, b.id limit 1) other on true
               left join lateral (
                   select b.id from communications.senders b where other.id is null and """
        + MAY_TRY_FOR
        + """ order by b.account, b.id limit 1) helper on true
               where a.active
                 and (a.paused_until is null or a.paused_until <= %(now)s
                      or (coalesce(other.id, helper.id) is not null and a.paused_until < """
        + BY_HAND
        + """))
                 and exists (select from communications.message_queue q
                             where q.status = 'queued' and q.sender_id = a.id and q.not_before <= %(now)s))
           select """
        + ADDRESS
        + ", waiting_for, may_send, try_by, "
        + _RATE_LEFT
        + """::float8 as rate_left
           from communications.senders join work on work.goes_by = senders.id order by id, waiting_for""",
    )


async def every_address(tx: Tx) -> list[SendingAddress]:
    """Every sender there is or was."""
    return await tx.all(SendingAddress, _ADDRESS + "order by active desc, channel, account, id")


class Room(msgspec.Struct, frozen=True):
    """How many messages a sender may take, and how many of bulk, of those that wait for it or for whom it stands in."""

    sender_id: int
    room: int
    bulk: int
    waiting_for: tuple[int, ...]


async def claim(tx: Tx, *, rooms: list[Room], tries: list[tuple[int, int]]) -> list[Message]:
    """Holds what is due, for each sender as many as it has room for; `take` then marks it as being sent by it.
    `tries`: senders that are held back, which take one message each, to see, and the sender for which that waits.

    Rows that another sender process has in hand are passed over. Suppressed addresses are taken too: they are
    refused just before the wire, so that a stop is immediate.
    """
    queues = [(one.sender_id, queue) for one in rooms for queue in one.waiting_for]
    return await tx.all(
        Message,
        """with room as (
               select * from unnest(%(senders)s::bigint[], %(rooms)s::int[], %(bulk)s::int[])
                   as r (sender_id, room, bulk)),
           queue as (
               select * from unnest(%(goes_by)s::bigint[], %(waiting_for)s::bigint[]) as w (goes_by, waiting_for)),
           found as (
               select room.sender_id, taken.row, false as to_try from room cross join lateral (
                   select one.row from queue cross join lateral (
                       select m as row from communications.message_queue m
                       where status = 'queued' and sender_id = queue.waiting_for and not_before <= %(now)s
                         and priority < %(bulk_from)s
                       order by priority, not_before, id limit room.room
                       for update skip locked) as one
                   where queue.goes_by = room.sender_id
                   order by (one.row).priority, (one.row).not_before, (one.row).id limit room.room) as taken
               union all
               select room.sender_id, taken.row, false from room cross join lateral (
                   select one.row from queue cross join lateral (
                       select m as row from communications.message_queue m
                       where status = 'queued' and sender_id = queue.waiting_for and not_before <= %(now)s
                         and priority >= %(bulk_from)s
                       order by priority, not_before, id limit room.bulk
                       for update skip locked) as one
                   where queue.goes_by = room.sender_id
                   order by (one.row).priority, (one.row).not_before, (one.row).id limit room.bulk) as taken
               union all
               select trying.id, taken.row, true
               from unnest(%(try_by)s::bigint[], %(try_of)s::bigint[]) as trying (id, of) cross join lateral (
                   select m as row from communications.message_queue m
                   where status = 'queued' and sender_id = trying.of and not_before <= %(now)s
                   order by priority, not_before, id limit 1
                   for update skip locked) as taken),
           due as (select distinct on ((found.row).id) found.row, sender_id from found
                   order by (found.row).id, to_try desc),
           -- as `take` will write it
           q as (select (due.row).id, (due.row).channel, due.sender_id, (due.row).hospital_id, (due.row).person_kind,
                        (due.row).person_id, (due.row).to_address, (due.row).purpose, (due.row).priority,
                        (due.row).template_key, (due.row).language, (due.row).about, (due.row).about_id,
                        (due.row).variables, (due.row).subject, (due.row).body, (due.row).sensitive,
                        (due.row).attempts + 1 as attempts, (due.row).created_at, %(now)s as sending_at
                 from due)
           select """
        + MESSAGE
        + " from q order by q.priority, q.id",
        senders=[one.sender_id for one in rooms],
        rooms=[one.room for one in rooms],
        bulk=[one.bulk for one in rooms],
        goes_by=[goes_by for goes_by, _ in queues],
        waiting_for=[waiting_for for _, waiting_for in queues],
        try_by=[sender for sender, _ in tries],
        try_of=[of for _, of in tries],
        bulk_from=BULK,
    )


async def count_sent(tx: Tx, *, counts: dict[int, int]) -> None:
    """Takes what was claimed from the senders' rates and days, which all workers share. The last thing that a claiming
    transaction does, so that no other waits for its row meanwhile."""
    await tx.execute(
        """update communications.senders s
           set rate_left = """
        + _RATE_LEFT
        + """ - n.count, rate_at = greatest(rate_at, %(now)s),
               sent_that_day = n.count
                   + case when sent_on = (%(now)s at time zone 'UTC')::date then sent_that_day else 0 end,
               sent_on = (%(now)s at time zone 'UTC')::date
           from (select * from unnest(%(senders)s::bigint[], %(counts)s::int[]) as c (id, count) order by id) n
           where s.id = n.id""",
        senders=list(counts),
        counts=list(counts.values()),
    )


async def hold(tx: Tx, *, sender_id: int, seconds: float) -> None:
    """Lets nothing of a sender go for as long: the provider said that it was too quick."""
    await tx.execute(
        "update communications.senders set rate_left = least("
        + _RATE_LEFT
        + ", 0) - %(seconds)s * per_second, rate_at = greatest(rate_at, %(now)s) where id = %(id)s",
        id=sender_id,
        seconds=seconds,
    )


async def suppressed(tx: Tx, *, messages: list[Message]) -> set[int]:
    """Which of these messages go to an address that has stopped their sender, or every one."""
    rows = await tx.rows(
        """select q.id from unnest(%(ids)s::bigint[], %(channels)s::text[], %(addresses)s::text[],
                                   %(senders)s::bigint[], %(purposes)s::text[])
               as q (id, channel, address, sender_id, purpose)
           where exists (select from communications.suppressions s
                         where s.lifted_at is null and s.channel = q.channel and s.address = q.address
                           and (s.sender_id is null or s.sender_id = q.sender_id)
                           and (s.purpose is null or s.purpose = q.purpose))""",
        ids=[message.id for message in messages],
        channels=[message.channel for message in messages],
        addresses=[message.to_address for message in messages],
        senders=[message.sender_id for message in messages],
        purposes=[message.purpose for message in messages],
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


async def take(tx: Tx, *, claimed: list[Message], prepared: list[Prepared], lease: timedelta) -> None:
    """Marks what was claimed as being sent, under a lease, and keeps what is about to be said before it is said: a
    message whose fate is unknown is looked for by its words. What has none keeps its own."""
    words = {one.id: one for one in prepared}
    made = [words.get(message.id) for message in claimed]
    await tx.write(
        """update communications.message_queue q
           set status = 'sending', sender_id = w.sender_id, lease_until = %(now)s + %(lease)s, sending_at = %(now)s,
               attempts = attempts + 1,
               subject = case when w.made then w.subject else q.subject end,
               body = case when w.made then w.body else q.body end,
               template_version_id = case when w.made then w.version else q.template_version_id end,
               segments = case when w.made then w.segments else q.segments end
           from unnest(%(ids)s::bigint[], %(senders)s::bigint[], %(made)s::boolean[], %(subjects)s::text[],
                       %(bodies)s::text[], %(versions)s::bigint[], %(segments)s::smallint[])
               as w (id, sender_id, made, subject, body, version, segments)
           where q.id = w.id""",
        lease=lease,
        ids=[message.id for message in claimed],
        senders=[message.sender_id for message in claimed],
        made=[one is not None for one in made],
        subjects=[one and one.subject for one in made],
        bodies=[one and one.body for one in made],
        versions=[one and one.template_version_id for one in made],
        segments=[one and one.segments for one in made],
    )


async def keep_in_hand(tx: Tx, *, message_ids: list[int], lease: timedelta) -> None:
    """Says that a sender still has these in hand: it lives, and they wait for a slow provider."""
    await tx.write(
        """update communications.message_queue set lease_until = %(now)s + %(lease)s
           where id in (select id from communications.message_queue
                        where id = any(%(ids)s) and status = 'sending' order by id for update)""",
        ids=message_ids,
        lease=lease,
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
        + MESSAGE
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
