"""SQL of senders that a provider fails: held back, stood in for, tried again."""

from datetime import datetime, timedelta
from typing import LiteralString

from bedside.kit.database import Tx
from bedside.messaging.model import SendingAddress
from bedside.messaging.store_senders import ADDRESS, BY_HAND

# whether a sender's day still has room
DAY_LEFT: LiteralString = """
(daily_cap is null
 or daily_cap > case when sent_on = (%(now)s at time zone 'UTC')::date then sent_that_day else 0 end)
"""

# whether sender `b` is another account's of the kind of sender `a`, and nothing but its provider may be in its way
_COULD: LiteralString = """
b.active and b.id <> a.id and (b.channel, b.provider) = (a.channel, a.provider)
and b.hospital_id is not distinct from a.hospital_id
and (b.paused_until is null or b.paused_until <= %(now)s) and """ + DAY_LEFT.replace(
    "daily_cap", "b.daily_cap"
).replace("sent_", "b.sent_")

# whether sender `b` may send what waits for sender `a`
STANDS_IN: LiteralString = "b.tripped_at is null and " + _COULD

# whether sender `b`, held back as sender `a` is, may try with one message that waits for `a`: its turn has come, and
# nothing waits for itself
MAY_TRY_FOR: LiteralString = (
    """
a.tripped_at is not null and b.tripped_at is not null and b.try_at <= %(now)s
and not exists (select from communications.message_queue o
                where o.status = 'queued' and o.sender_id = b.id and o.not_before <= %(now)s) and """
    + _COULD
)


async def in_trouble(tx: Tx, *, sender_ids: list[int]) -> set[int]:
    """Which of these have failed since they last worked, or are held back."""
    rows = await tx.rows(
        """select id from communications.senders
           where id = any(%(ids)s) and (faults_in_row > 0 or tripped_at is not null)""",
        ids=sender_ids,
    )
    return {row[0] for row in rows}


async def worked(tx: Tx, *, sender_id: int, sent_at: datetime) -> bool:
    """Notes that the provider took a message that was handed over then. Whether that ends its being held back: what was
    under way before does not."""
    ended = await tx.execute(
        """update communications.senders
           set tripped_at = null, tripped_because = null, try_at = null, tries = 0, faults_in_row = 0,
               version = version + 1, updated_at = %(now)s
           where id = %(id)s and tripped_at < %(sent_at)s""",
        id=sender_id,
        sent_at=sent_at,
    )
    await tx.execute("update communications.senders set faults_in_row = 0 where id = %(id)s", id=sender_id)
    return ended == 1


async def failed(tx: Tx, *, sender_id: int, times: int) -> int:
    """Adds the provider's faults to those before; gives how many in a row that makes."""
    in_row: int = await tx.value(
        """update communications.senders set faults_in_row = faults_in_row + %(times)s
           where id = %(id)s returning faults_in_row""",
        id=sender_id,
        times=times,
    )
    return in_row


async def trip(tx: Tx, *, sender_id: int, because: str, try_at: datetime) -> bool:
    """Holds a sender back until then; False where it is held back already, then until the later of both."""
    changed: bool = await tx.value(
        """update communications.senders s
           set tripped_at = coalesce(s.tripped_at, %(now)s), tripped_because = %(because)s,
               try_at = case when s.tripped_at is null then %(try_at)s else greatest(s.try_at, %(try_at)s) end,
               version = s.version + 1, updated_at = %(now)s
           from communications.senders before where s.id = %(id)s and before.id = s.id
           returning before.tripped_at is null""",
        id=sender_id,
        because=because,
        try_at=try_at,
    )
    return changed


async def take_tries(tx: Tx, *, sender_ids: list[int], first: timedelta, longest: timedelta) -> list[SendingAddress]:
    """Of senders that are held back, those whose turn it is to try with one message; puts their next turn off, for
    twice as long each time, so that no other worker tries too."""
    return await tx.all(
        SendingAddress,
        """update communications.senders
           set try_at = %(now)s + least(%(first)s * 2 ^ least(tries + 1, 12), %(longest)s), tries = least(tries + 1, 99)
           where id = any(%(ids)s) and active and try_at <= %(now)s
           returning """
        + ADDRESS,
        ids=sender_ids,
        first=first,
        longest=longest,
    )


async def try_now(tx: Tx, *, sender_id: int) -> bool:
    """Has a sender that is held back tried with the next message, and what it could not send tried again; False where
    it is not held back."""
    changed = await tx.execute(
        """update communications.senders
           set try_at = %(now)s, tries = 0, version = version + 1, updated_at = %(now)s,
               paused_because = case when paused_until < """
        + BY_HAND
        + """ then null else paused_because end,
               paused_until = case when paused_until < """
        + BY_HAND
        + """ then null else paused_until end
           where id = %(id)s and tripped_at is not null""",
        id=sender_id,
    )
    if changed:
        await tx.execute(
            """update communications.message_queue set not_before = %(now)s
               where sender_id = %(id)s and status = 'queued' and attempts > 0 and error is not null
                 and not_before between %(now)s and %(now)s + interval '15 minutes'""",
            id=sender_id,
        )
    return changed == 1


async def stood_in_for(tx: Tx) -> dict[int, int]:
    """Senders that are held back while another can send for them, with which one."""
    rows = await tx.rows(
        """select a.id, (select b.id from communications.senders b where """
        + STANDS_IN
        + """ order by b.account, b.id limit 1) as other
           from communications.senders a where a.active and a.tripped_at is not null"""
    )
    return {row[0]: row[1] for row in rows if row[1] is not None}
