"""SQL of the ledger while a campaign is at work: freezing whom it is for, piece by piece, and handing on."""

from datetime import datetime, timedelta
from typing import LiteralString

import msgspec
from psycopg import sql

from bedside.campaigns.model import Campaign
from bedside.campaigns.rules import Rule
from bedside.campaigns.split_model import below
from bedside.campaigns.store_pacing import IS_DUE, ROOM
from bedside.campaigns.store_reach import outcomes
from bedside.kit.database import Tx
from bedside.message_templates import Channel


class Work(msgspec.Struct):
    """A campaign that is at work, locked: nobody else goes on with it until this transaction ends."""

    id: int
    frozen_through: int
    frozen: bool
    # how many its throttle lets through now; None: it has none
    room: int | None


async def at_work(tx: Tx, *, but: list[int], most_queued: int, late: timedelta) -> Work | None:
    """The campaign to go on with: one that sends, whose freezing is not done, or of which little waits in the queue,
    somebody is due and the throttle lets one through."""
    return await tx.maybe(
        Work,
        """select c.id, c.frozen_through, c.frozen_at is not null or c.entry is not null as frozen, """
        + ROOM
        + """ as room
           from communications.campaigns c
           cross join lateral (
               select count(*) as queued from (
                   select from communications.message_queue m
                   where m.about = 'campaign' and m.about_id = c.id and m.status = 'queued' limit %(most)s) waiting) q
           where c.status in ('sending', 'active') and c.id <> all(%(but)s::bigint[])
             -- while its versions are tried there is nothing to do
             and (c.decide_at is null or c.decide_at <= %(now)s or c.winner is not null)
             and ((c.frozen_at is null and c.entry is null) or (q.queued < %(most)s and """
        + IS_DUE
        + """))
             -- while people are on their way through its steps there is nothing to do but what these write
             and (c.steps = '[]' or (c.entry is null and c.frozen_at is null)
                  or exists (select from communications.campaign_recipients r
                             where r.campaign_id = c.id and r.outcome = 'waiting')
                  or (c.entry is null and not exists (
                      select from communications.campaign_entries e
                      where e.campaign_id = c.id and e.state in ('entering', 'going'))))
           order by c.id limit 1 for update of c skip locked""",
        but=but,
        most=most_queued,
        late=late,
    )


async def is_under_way(tx: Tx, campaign_id: int) -> bool:
    """Whether anybody is still to be written to: waits in the ledger or the queue, or is on the way through the steps.

    Asked of a campaign that is held, in a statement of its own: `at_work` may have looked before another worker let
    people in or queued the last, and then found the campaign's row as it is after that, and nobody else.
    """
    found: bool = await tx.value(
        """select exists (select from communications.campaign_recipients
                          where campaign_id = %(id)s and outcome = 'waiting')
               or exists (select from communications.message_queue
                          where about = 'campaign' and about_id = %(id)s and status = 'queued')
               or exists (select from communications.campaign_entries
                          where campaign_id = %(id)s and state in ('entering', 'going'))""",
        id=campaign_id,
    )
    return found


# what is decided of each person and channel, after `outcomes`
RANKED: LiteralString = """, ranked as (
               select o.*,
                      row_number() over (
                          partition by o.id, o.outcome
                          order by (o.channel = o.preferred_channel) is true desc,
                                   array_position(%(channels)s::text[], o.channel)) as nth,
                      (hashtextextended(%(id)s::text || ':' || o.id::text, 0) & 9223372036854775807) %% 100
                          < %(control)s as held_back,
                      case when cardinality(%(variants)s::text[]) = 0 then '' else coalesce((
                          select v.name from unnest(%(variants)s::text[], %(below)s::integer[]) as v (name, below)
                          where (hashtextextended(%(id)s::text || ':variant:' || o.id::text, 0)
                                 & 9223372036854775807) %% 100 < v.below
                          order by v.below limit 1), '') end as variant
               from outcomes o)"""
OUTCOME: LiteralString = """case when outcome <> 'reached' then outcome
                           when held_back then 'control'
                           when nth > 1 and %(choice)s = 'preferred' then 'another_channel'
                           when variant = '' and cardinality(%(variants)s::text[]) > 0 then 'held'
                           else 'waiting' end"""


class Pieces(msgspec.Struct):
    """The next people to freeze, by their ids: how many they are, where the first half of them ends and where the last
    does. `untouched`: nothing was ever written of them."""

    people: int
    middle: int | None
    last: int | None
    untouched: bool


async def pieces(
    tx: Tx, campaign: Campaign, *, named: sql.Composable, values: dict[str, object], after: int, piece: int
) -> Pieces:
    """Two pieces, which may be frozen at once."""
    query = sql.SQL(
        """select count(*) as people, max(id) filter (where nth <= %(piece)s) as middle, max(id) as last,
                  not exists (select from communications.campaign_recipients
                              where campaign_id = %(id)s and person_id > %(after)s) as untouched
           from (select id, row_number() over (order by id) as nth
                 from ({} and p.id > %(after)s order by p.id limit 2 * %(piece)s) next_ones) counted"""
    ).format(named)
    return await tx.one(Pieces, query, **values, id=campaign.id, after=after, piece=piece)


async def freeze(
    tx: Tx,
    campaign: Campaign,
    *,
    named: sql.Composable,
    values: dict[str, object],
    after: int,
    through: int,
    untouched: bool,
) -> None:
    """Writes a piece of a campaign's people into its ledger. Each person is written to once, by the channel that they
    prefer of those that reach them, unless every channel was asked for. Of those who are in it already nothing is
    changed; where that cannot be (`untouched`), not looking for them saves a third of the time."""
    some = sql.SQL("{} and p.id > %(after)s and p.id <= %(through)s order by p.id").format(named)
    query = outcomes(some, whose=campaign.whose) + sql.SQL(
        RANKED
        + """, ledger as (
               insert into communications.campaign_recipients
                   (campaign_id, person_id, channel, outcome, address, variant)
               select %(id)s, id, channel,
                      """
        + OUTCOME
        + """,
                      address, variant
               from ranked"""
        + ("" if untouched else " on conflict do nothing")
        + ") select from people limit 1"
    )
    await tx.execute(
        query,
        **values,
        id=campaign.id,
        channels=[str(one) for one in campaign.channels],
        control=campaign.control_percent,
        choice=campaign.channel_choice,
        variants=[one.name for one in campaign.variants],
        below=below(campaign.variants),
        after=after,
        through=through,
    )


async def frozen_through(tx: Tx, campaign_id: int, *, through: int, done: bool) -> None:
    """Notes how far freezing is."""
    await tx.execute(
        """update communications.campaigns
           set frozen_through = %(through)s, frozen_at = case when %(done)s then %(now)s::timestamptz end
           where id = %(id)s""",
        id=campaign_id,
        through=through,
        done=done,
    )


class Waiting(msgspec.Struct):
    """A line of the ledger that waits to be handed on."""

    person_id: int
    channel: Channel
    variant: str
    entry_id: int
    step: str
    turn: int


async def waiting(tx: Tx, campaign_id: int, *, limit: int) -> list[Waiting]:
    """The next lines that are due, locked, the longest due first."""
    return await tx.all(
        Waiting,
        """select person_id, channel, variant, entry_id, step, turn from communications.campaign_recipients
           where campaign_id = %(id)s and outcome = 'waiting' and due_at <= %(now)s
           order by due_at, person_id, channel limit %(limit)s for update""",
        id=campaign_id,
        limit=limit,
    )


async def handed_on(
    tx: Tx, campaign_id: int, lines: list[Waiting], *, outcomes: list[str], message_ids: list[int | None]
) -> None:
    """Notes what became of lines, in order."""
    await tx.execute(
        """update communications.campaign_recipients r
           set outcome = d.outcome, message_id = d.message_id
           from unnest(%(people)s::bigint[], %(channels)s::text[], %(entries)s::bigint[], %(steps)s::text[],
                       %(turns)s::smallint[], %(outcomes)s::text[], %(messages)s::bigint[])
               as d (person_id, channel, entry_id, step, turn, outcome, message_id)
           where r.campaign_id = %(id)s and r.person_id = d.person_id and r.channel = d.channel
             and r.entry_id = d.entry_id and r.step = d.step and r.turn = d.turn""",
        id=campaign_id,
        people=[one.person_id for one in lines],
        channels=[str(one.channel) for one in lines],
        entries=[one.entry_id for one in lines],
        steps=[one.step for one in lines],
        turns=[one.turn for one in lines],
        outcomes=outcomes,
        messages=message_ids,
    )


async def put_off(tx: Tx, campaign_id: int, lines: list[Waiting], *, until: list[datetime]) -> None:
    """Lines wait until they may be written to, in order."""
    await tx.execute(
        """update communications.campaign_recipients r set due_at = d.until
           from unnest(%(people)s::bigint[], %(channels)s::text[], %(entries)s::bigint[], %(steps)s::text[],
                       %(turns)s::smallint[], %(until)s::timestamptz[])
               as d (person_id, channel, entry_id, step, turn, until)
           where r.campaign_id = %(id)s and r.person_id = d.person_id and r.channel = d.channel
             and r.entry_id = d.entry_id and r.step = d.step and r.turn = d.turn""",
        id=campaign_id,
        people=[one.person_id for one in lines],
        channels=[str(one.channel) for one in lines],
        entries=[one.entry_id for one in lines],
        steps=[one.step for one in lines],
        turns=[one.turn for one in lines],
        until=until,
    )


async def wait_again(tx: Tx, campaign_id: int, *, message_ids: list[int]) -> None:
    """Lines whose messages were taken back wait again."""
    await tx.execute(
        """update communications.campaign_recipients set outcome = 'waiting', message_id = null
           where campaign_id = %(id)s and message_id = any(%(messages)s::bigint[])""",
        id=campaign_id,
        messages=message_ids,
    )


class _Pinned(msgspec.Struct):
    kind: str
    rule: Rule


async def pinned_rule(tx: Tx, audience_id: int, *, version: int | None) -> tuple[Rule, int | None]:
    """What an audience asked when a campaign started, and its id where it is a list."""
    found = await tx.one(
        _Pinned,
        """select a.kind, coalesce((select v.rule from communications.audience_versions v
                                    where v.audience_id = a.id and v.version <= %(version)s::integer
                                    order by v.version desc limit 1), a.rule) as rule
           from communications.audiences a where a.id = %(id)s""",
        id=audience_id,
        version=version,
    )
    return found.rule, audience_id if found.kind == "list" else None
