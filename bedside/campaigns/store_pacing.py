"""SQL of how fast a campaign goes and when each line is due."""

from datetime import datetime, timedelta
from typing import LiteralString

from bedside.kit.database import Tx

# A throttled campaign's bucket holds a second's worth, one message at least; so much of it may be in the queue, too.
BURST: LiteralString = "greatest(1, c.per_minute / 60.0)"
TOKENS: LiteralString = (
    "least(" + BURST + ", c.tokens + c.per_minute / 60.0 * greatest(0, extract(epoch from %(now)s "
    "- coalesce(c.tokens_at, %(now)s))))"
)
# how many may be handed on now, where `q.queued` of it wait in the queue; null: as many as there are
ROOM: LiteralString = (
    "case when c.per_minute is not null then floor(least(" + TOKENS + ", ceil(" + BURST + ") - q.queued))::integer end"
)
# Some line is due and the throttle lets one through, or none waits any more; where people have hours it is not gone on
# with before it was looked at whether somebody is to be asked (`late`).
IS_DUE: LiteralString = (
    """((not exists (select from communications.campaign_recipients r
                 where r.campaign_id = c.id and r.outcome = 'waiting')
     or ((c.per_minute is null or """
    + ROOM
    + """ >= 1)
         and exists (select from communications.campaign_recipients r
                     where r.campaign_id = c.id and r.outcome = 'waiting' and r.due_at <= %(now)s)))
    and (c.local_time is null or c.hours_looked_at >= %(now)s - %(late)s::interval))"""
)


async def keep(tx: Tx, campaign_id: int, *, per_minute: int | None, local_time: str | None) -> None:
    """Sets how fast it goes, and at which hour."""
    await tx.execute(
        """update communications.campaigns set per_minute = %(per_minute)s, local_time = %(local_time)s
           where id = %(id)s""",
        id=campaign_id,
        per_minute=per_minute,
        local_time=local_time,
    )


async def spend(tx: Tx, campaign_id: int, *, tokens: int) -> None:
    """Takes what was handed on out of its bucket. Time does not run back where another worker's clock is ahead."""
    query: LiteralString = (
        "update communications.campaigns c set tokens = " + TOKENS + " - %(tokens)s,"
        " tokens_at = greatest(c.tokens_at, %(now)s) where c.id = %(id)s and c.per_minute is not null"
    )
    await tx.execute(query, id=campaign_id, tokens=tokens)


async def without_hour(tx: Tx, campaign_id: int, *, limit: int) -> list[int]:
    """Who waits without an hour of their own."""
    rows = await tx.rows(
        """select distinct person_id from communications.campaign_recipients
           where campaign_id = %(id)s and outcome = 'waiting' and due_at = '-infinity' order by 1 limit %(limit)s""",
        id=campaign_id,
        limit=limit,
    )
    return [row[0] for row in rows]


async def set_due(tx: Tx, campaign_id: int, *, people: list[int], at: datetime) -> None:
    """What waits of these people without an hour is due then."""
    await tx.execute(
        """update communications.campaign_recipients set due_at = %(at)s
           where campaign_id = %(id)s and person_id = any(%(people)s::bigint[]) and outcome = 'waiting'
             and due_at = '-infinity'""",
        id=campaign_id,
        people=people,
        at=at,
    )


async def last_due(tx: Tx, campaign_id: int) -> datetime | None:
    """When the last of those who wait is due; None where none has an hour."""
    found: datetime | None = await tx.value(
        """select max(due_at) from communications.campaign_recipients
           where campaign_id = %(id)s and outcome = 'waiting' and due_at > %(now)s""",
        id=campaign_id,
    )
    return found


async def missed_hours(tx: Tx, *, late: timedelta) -> list[int]:
    """The campaigns of which people's hour passed by more than that while nobody looked, locked."""
    rows = await tx.rows(
        """select c.id from communications.campaigns c
           where c.status = 'sending' and c.local_time is not null
             and c.hours_looked_at < %(now)s - %(late)s::interval
             and exists (select from communications.campaign_recipients r
                         where r.campaign_id = c.id and r.outcome = 'waiting'
                           and r.due_at > c.hours_looked_at and r.due_at < %(now)s - %(late)s::interval)
           order by c.id for update of c skip locked""",
        late=late,
    )
    return [row[0] for row in rows]


async def look_at_hours(tx: Tx, *, again_after: timedelta) -> None:
    """Notes that the hours of campaigns were looked at; not oftener than needed, since it writes their rows."""
    await tx.execute(
        """update communications.campaigns set hours_looked_at = %(now)s where id in (
               select id from communications.campaigns
               where status = 'sending' and local_time is not null
                 and (hours_looked_at is null or hours_looked_at < %(now)s - %(again)s::interval)
               order by id for update skip locked)""",
        again=again_after,
    )
