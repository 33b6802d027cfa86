"""SQL of what a campaign's steps write and ask, and of how many stand where."""

from datetime import datetime
from typing import LiteralString

import msgspec
from psycopg import sql

from bedside.campaigns import store_reach
from bedside.campaigns.journey_model import StepFigures
from bedside.campaigns.model import Campaign
from bedside.campaigns.store_analytics import (
    ANSWERED,
    BOOKED,
    CLICKED,
    DELIVERED,
    GONE,
    REACHED,
    READ,
    WRITTEN,
)
from bedside.campaigns.store_ledger import OUTCOME, RANKED
from bedside.campaigns.store_rules import Compiled
from bedside.kit.database import Tx


async def write(
    tx: Tx, campaign: Campaign, *, step: str, entries: list[int], people: list[int], turns: list[int], control: bool
) -> None:
    """Writes into the ledger what a step sends to these entries: the campaign is as that step says it. What decides on
    each is what decides when a simple campaign is frozen; `control`: nobody is written to, to compare with."""
    these = Compiled(sql.SQL("p.id = any(%(people)s::bigint[])"), {"people": people})
    named, values = store_reach.people(these, whose=campaign.whose, within=None, list_id=None)
    query = store_reach.outcomes(named, whose=campaign.whose) + sql.SQL(
        RANKED
        + """, ledger as (
               insert into communications.campaign_recipients
                   (campaign_id, person_id, channel, outcome, address, entry_id, step, turn)
               select %(id)s, ranked.id, channel, """
        + OUTCOME
        + """, address, g.entry_id, %(step)s, g.turn
               from ranked
               join unnest(%(entries)s::bigint[], %(people)s::bigint[], %(turns)s::smallint[])
                   as g (entry_id, person_id, turn) on g.person_id = ranked.id
               on conflict do nothing)
           select count(*) from people"""
    )
    await tx.value(
        query,
        **values,
        id=campaign.id,
        channels=[str(one) for one in campaign.channels],
        control=100 if control else 0,
        choice=campaign.channel_choice,
        variants=[],
        below=[],
        step=step,
        entries=entries,
        turns=turns,
    )


class Answer(msgspec.Struct):
    """What a question comes to for an entry. `pending`: the message that it is about has not left yet; `left_at`: when
    it did."""

    entry_id: int
    true: bool
    pending: bool
    left_at: datetime | None


# what somebody did with the message `m`; what they booked is not about a message alone
_DID: dict[str, LiteralString] = {
    "opened": f"m.sent_at is not null and {READ}",
    "clicked": CLICKED,
    "answered": f"""exists (select from communications.conversations c
        join communications.inbound_messages i on i.conversation_id = c.id
        where i.received_at > m.sent_at and {WRITTEN}
          and ((c.channel = m.channel and c.address = m.to_address)
               or (c.person_kind = m.person_kind and c.person_id = m.person_id)))""",
    "booked": "false",
}


async def answers(tx: Tx, *, asks: str, entries: list[int], steps: list[str], turns: list[int]) -> list[Answer]:
    """What a question about a message comes to, for each entry: about which step's, and which time of it."""
    query: LiteralString = (
        """select e.id as entry_id, coalesce(w.pending, false) as pending, w.left_at,
                  -- who was not written to may book all the same, but who is still to be has not booked after it
                  coalesce(w.did, false) or (%(asks)s = 'booked' and (w.left_at is not null or w.pending is not true)
                      and exists (select from crm.appointments a
                          where a.patient_id = e.person_id
                            and a.created_at > coalesce(w.left_at, e.entered_at) and a.created_at <= %(now)s)) as true
           from unnest(%(entries)s::bigint[], %(steps)s::text[], %(turns)s::smallint[]) as g (entry_id, step, turn)
           join communications.campaign_entries e on e.id = g.entry_id
           cross join lateral (
               -- a line for each way, of which a message went by some
               select bool_or("""
        + _DID[asks]
        + """) as did, max(m.sent_at) as left_at,
                      bool_or(r.outcome in ('waiting', 'held') or coalesce(m.status in ('queued', 'sending'), false))
                          as pending
               from communications.campaign_recipients r
               left join communications.message_queue m on m.id = r.message_id
               where r.campaign_id = e.campaign_id and r.person_id = e.person_id and r.entry_id = e.id
                 and r.step = g.step and r.turn = g.turn) w"""
    )
    return await tx.all(Answer, query, asks=asks, entries=entries, steps=steps, turns=turns)


async def figures(tx: Tx, *, campaign_id: int, steps: list[str], days: int) -> list[StepFigures]:
    """Each step's figures, in order."""
    query: LiteralString = f"""
        with came as (
            select k.step, count(*) as entered from communications.campaign_entries e
            cross join lateral jsonb_object_keys(e.passed) as k (step)
            where e.campaign_id = %(id)s group by k.step),
        standing as (
            select step, count(*) as waiting from communications.campaign_entries
            where campaign_id = %(id)s and state = 'going' group by step),
        written as (
            select r.step, r.entry_id, bool_or(r.outcome = 'waiting' or m.status in ('queued', 'sending')) as waiting,
                   bool_or(m.status in {GONE}) as sent, bool_or({REACHED}) as reached,
                   bool_or({DELIVERED}) as delivered, bool_or({READ}) as opened, bool_or({CLICKED}) as clicked,
                   bool_or({ANSWERED}) as answered,
                   bool_or(exists (select from crm.appointments a where {BOOKED})) as booked
            from communications.campaign_recipients r
            left join communications.message_queue m on m.id = r.message_id
            where r.campaign_id = %(id)s and r.entry_id > 0 and r.step <> '' group by r.step, r.entry_id),
        counted as (
            select step, count(*) filter (where waiting) as waiting, count(*) filter (where sent) as sent,
                   count(*) filter (where reached) as reached,
                   count(*) filter (where delivered) as delivered, count(*) filter (where opened) as opened,
                   count(*) filter (where clicked) as clicked, count(*) filter (where answered) as answered,
                   count(*) filter (where booked) as booked
            from written group by step)
        select s.step as step_id, coalesce(entered, 0) as entered,
               coalesce(standing.waiting, 0) + coalesce(counted.waiting, 0) as waiting,
               coalesce(sent, 0) as sent, coalesce(reached, 0) as reached, coalesce(delivered, 0) as delivered,
               coalesce(opened, 0) as opened, coalesce(clicked, 0) as clicked, coalesce(answered, 0) as answered,
               coalesce(booked, 0) as booked
        from unnest(%(steps)s::text[]) with ordinality as s (step, nth)
        left join came on came.step = s.step
        left join standing on standing.step = s.step
        left join counted on counted.step = s.step
        order by s.nth"""
    return await tx.all(StepFigures, query, id=campaign_id, steps=steps, days=days)


async def states(tx: Tx, *, campaign_id: int) -> dict[str, int]:
    """How many are on their way, and how the others ended."""
    rows = await tx.rows(
        """select state, count(*) from communications.campaign_entries where campaign_id = %(id)s group by state""",
        id=campaign_id,
    )
    return dict(rows)
