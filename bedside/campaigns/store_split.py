"""SQL of a campaign's versions: who waits for the one that wins, how each did, and letting the rest go."""

from datetime import datetime
from typing import LiteralString

from bedside.campaigns.split_model import VariantFigures
from bedside.campaigns.store_analytics import (
    ANSWERED,
    BOOKED,
    CLICKED,
    CLICKS_KNOWN,
    DELIVERED,
    OPENS_KNOWN,
    REACHED,
    READ,
)
from bedside.kit.database import Tx


async def held(tx: Tx, campaign_id: int, *, most: int | None = None) -> int:
    """How many lines wait for the version that wins; counts no further than `most`."""
    count: int = await tx.value(
        """select count(*) from (
               select from communications.campaign_recipients
               where campaign_id = %(id)s and outcome = 'held' limit %(most)s) held""",
        id=campaign_id,
        most=most,
    )
    return count


async def decide_at(tx: Tx, campaign_id: int, *, at: datetime) -> None:
    """Everybody who tries has got it; from `at` on it is decided."""
    await tx.execute("update communications.campaigns set decide_at = %(at)s where id = %(id)s", id=campaign_id, at=at)


async def win(tx: Tx, campaign_id: int, *, variant: str) -> None:
    """The rest get this version."""
    await tx.execute(
        """update communications.campaigns
           set winner = %(variant)s, winner_at = %(now)s, updated_at = %(now)s, version = version + 1
           where id = %(id)s""",
        id=campaign_id,
        variant=variant,
    )


async def release(tx: Tx, campaign_id: int, *, variant: str, piece: int) -> None:
    """The next of those who wait for a version get this one."""
    await tx.execute(
        """with released as (
               select person_id from communications.campaign_recipients
               where campaign_id = %(id)s and outcome = 'held' order by person_id limit %(piece)s)
           update communications.campaign_recipients
           set outcome = 'waiting', variant = %(variant)s
           where campaign_id = %(id)s and outcome = 'held' and person_id in (select person_id from released)""",
        id=campaign_id,
        variant=variant,
        piece=piece,
    )


async def figures(tx: Tx, *, campaign_id: int, days: int) -> list[VariantFigures]:
    """How many people of each version did what, of those who tried it; the rest, who got it after, are not counted:
    they had less time."""
    query: LiteralString = f"""
        select variant as name, 0 as share, count(*) as people, count(*) filter (where reached) as reached,
               count(*) filter (where delivered) as delivered,
               count(*) filter (where opened) as opened, count(*) filter (where opens_known) as opens_known,
               count(*) filter (where clicked) as clicked, count(*) filter (where clicks_known) as clicks_known,
               count(*) filter (where answered) as answered, count(*) filter (where booked) as booked
        from (select r.variant, r.person_id, bool_or({REACHED}) as reached, bool_or({DELIVERED}) as delivered,
                     bool_or({READ}) as opened, bool_or({OPENS_KNOWN}) as opens_known,
                     bool_or({CLICKED}) as clicked, bool_or({CLICKS_KNOWN}) as clicks_known,
                     bool_or({ANSWERED}) as answered,
                     bool_or(exists (select from crm.appointments a where {BOOKED})) as booked
              from communications.campaign_recipients r
              join communications.campaigns c on c.id = r.campaign_id
              join communications.message_queue m on m.id = r.message_id and m.sent_at is not null
              where r.campaign_id = %(id)s and r.variant <> ''
                and (c.winner_at is null or m.created_at < c.winner_at)
              group by r.variant, r.person_id) people
        group by variant"""
    return await tx.all(VariantFigures, query, id=campaign_id, days=days)
