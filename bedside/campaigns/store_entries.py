"""SQL of people on their way through a campaign's steps: coming in, being looked at when due, and moving on."""

from datetime import datetime
from typing import Any, LiteralString

import msgspec
from psycopg import sql
from psycopg.types.json import Jsonb

from bedside.campaigns.model import Campaign
from bedside.campaigns.rules import Whose
from bedside.campaigns.store_rules import Compiled
from bedside.kit.database import Tx

# their own zone, or their hospital's
_ZONE: dict[Whose, LiteralString] = {
    "patients": """coalesce(p.time_zone, (select h.time_zone from crm.hospitals h
        where h.id = coalesce(%(hospital)s::bigint, p.hospital_id)), 'UTC')""",
    "owners": """coalesce(p.time_zone, (select h.time_zone from crm.hospitals h
        where h.id = coalesce(%(hospital)s::bigint, (
            select min(w.hospital_id) from crm.owner_hospitals w where w.owner_id = p.id))), 'UTC')""",
}
_TABLE: dict[Whose, LiteralString] = {"patients": "crm.patients", "owners": "crm.hospital_owners"}
_HELD_BACK: LiteralString = """(hashtextextended(%(campaign)s::text || ':' || {person}::text, 0)
    & 9223372036854775807) %% 100 < %(control)s"""
_TODAY: LiteralString = "(%(now)s::timestamptz at time zone " + _ZONE["patients"] + ")::date"
_ADDED_AT: LiteralString = """(select m.added_at from communications.audience_members m
    where m.audience_id = %(entry_list)s and m.person_id = p.id)"""
_BEFORE: LiteralString = """select from communications.campaign_entries e
    where e.campaign_id = %(campaign)s and e.person_id = p.id"""
# what happened that lets somebody in, of those whom the campaign is for
_HAPPENED: dict[str, LiteralString] = {
    "birthday": "p.date_of_birth < "
    + _TODAY
    + " and (p.date_of_birth + make_interval(years => (extract(year from "
    + _TODAY
    + ") - extract(year from p.date_of_birth))::integer))::date = "
    + _TODAY,
    "rule": "true",
    "list_joined": _ADDED_AT + " is not null",
}
_ALWAYS: dict[str, LiteralString] = {
    "birthday": "'year:' || extract(year from " + _TODAY + ")",
    "rule": "''",
    "list_joined": "'joined:' || extract(epoch from " + _ADDED_AT + ")",
}


def coming_in(campaign: Campaign) -> tuple[sql.Composed, sql.Composed]:
    """Of a campaign: the condition on `p` that lets somebody in now, and the occasion of it. The same occasion lets
    nobody in twice; who may come again after some days has the number of their last entry as theirs."""
    if campaign.entry is None:
        return sql.SQL("{}").format(sql.SQL("true")), sql.SQL("{}").format(sql.SQL("''"))
    on, again = campaign.entry.on, campaign.entry.again
    if again == "always":
        return _joined(_HAPPENED[on]), _joined(_ALWAYS[on])
    if again == "never":
        return _joined(_HAPPENED[on], "not exists (" + _BEFORE + ")"), _joined("''")
    since: list[LiteralString] = [_HAPPENED[on]]
    if on == "list_joined":
        since.append("not exists (" + _BEFORE + " and e.entered_at >= " + _ADDED_AT + ")")
    since.append(
        "not exists ("
        + _BEFORE
        + " and (e.state in ('entering', 'going')"
        + " or e.entered_at > %(now)s - make_interval(days => %(again)s::integer)))"
    )
    last: LiteralString = _BEFORE.replace("select from", "select max(e.id) from")
    return _joined(*since), _joined("'after:' || coalesce((" + last + "), 0)")


def _joined(*parts: LiteralString) -> sql.Composed:
    return sql.SQL(" and ").join(sql.SQL(part) for part in parts)


class LookedAt(msgspec.Struct):
    """How many people were looked at, and up to whom."""

    people: int
    through: int | None


async def enter(
    tx: Tx, campaign: Campaign, *, named: sql.Composable, values: dict[str, object], after: int, piece: int
) -> tuple[LookedAt, list[tuple[int, int]]]:
    """Lets in the next of those who are named; gives how many were looked at, and of those held back the entries and
    people."""
    condition, occasion = coming_in(campaign)
    entry = campaign.entry
    query = sql.SQL(
        """with these as materialized ({named} and {condition} and p.id > %(after)s order by p.id limit %(piece)s),
           entered as (
               insert into communications.campaign_entries
                   (campaign_id, person_id, occasion, state, entered_at, since, due_at, ended_at)
               select %(campaign)s, p.id, {occasion}, case when held_back then 'control' else 'going' end,
                      %(now)s, %(now)s, %(now)s, case when held_back then %(now)s::timestamptz end
               from these join {table} p on p.id = these.id
               cross join lateral (select """
        + _HELD_BACK.replace("{person}", "p.id")
        + """ as held_back) h
               on conflict do nothing returning id, person_id, state)
           select (select count(*) from these), (select max(id) from these),
                  coalesce((select array_agg(id) from entered where state = 'control'), '{{}}'),
                  coalesce((select array_agg(person_id) from entered where state = 'control'), '{{}}')"""
    ).format(named=named, condition=condition, occasion=occasion, table=sql.SQL(_TABLE[campaign.whose]))
    [(people, through, entries, held_back)] = await tx.rows(
        query,
        **values,
        campaign=campaign.id,
        hospital=campaign.hospital_id,
        entry_list=entry.list_id if entry else None,
        again=entry.again if entry and isinstance(entry.again, int) else None,
        control=campaign.control_percent,
        after=after,
        piece=piece,
    )
    return LookedAt(people, through), list(zip(entries, held_back, strict=True))


async def happened(tx: Tx, *, on: str, person_id: int, hospital_id: int | None, occasion: str) -> None:
    """Something happened to somebody that lets them into those campaigns that stand and wait for it; whether each is
    for them is looked at when it goes on with them."""
    await tx.write(
        """insert into communications.campaign_entries
               (campaign_id, person_id, occasion, state, entered_at, since, due_at)
           select c.id, %(person)s,
                  case c.entry ->> 'again' when 'never' then '' when 'always' then %(occasion)s::text
                       else 'after:' || coalesce((select max(e.id) from communications.campaign_entries e
                                                  where e.campaign_id = c.id and e.person_id = %(person)s), 0) end,
                  'entering', %(now)s, %(now)s, %(now)s
           from communications.campaigns c
           where c.status = 'active' and c.entry ->> 'on' = %(on)s and c.whose = 'patients'
             and (c.hospital_id is null or c.hospital_id = %(hospital)s::bigint)
             and case when c.entry ->> 'again' in ('never', 'always') then true
                      else not exists (
                          select from communications.campaign_entries e
                          where e.campaign_id = c.id and e.person_id = %(person)s
                            and (e.state in ('entering', 'going')
                                 or e.entered_at > %(now)s - make_interval(days => (c.entry ->> 'again')::integer)))
                      end
           on conflict do nothing""",
        on=on,
        person=person_id,
        hospital=hospital_id,
        occasion=occasion,
    )


class Going(msgspec.Struct):
    """Somebody who is due. `step`: where they stand since `since`, '' before the first; `passed`: how often they came
    to each step."""

    id: int
    person_id: int
    state: str
    step: str
    since: datetime
    wrote: str | None
    passed: dict[str, int]
    due_at: datetime


async def campaign_due(tx: Tx, *, but: list[int]) -> int | None:
    """A campaign at work in which somebody is due."""
    found: int | None = await tx.value(
        """select c.id from communications.campaigns c
           where c.status in ('sending', 'active') and c.id <> all(%(but)s::bigint[])
             and exists (select from communications.campaign_entries e
                         where e.campaign_id = c.id and e.state in ('entering', 'going') and e.due_at <= %(now)s)
           order by c.id limit 1""",
        but=but,
    )
    return found


async def due(tx: Tx, campaign_id: int, *, limit: int) -> list[Going]:
    """The next who are due, locked; those whom somebody else goes on with are left to them."""
    return await tx.all(
        Going,
        """select id, person_id, state, step, since, wrote, passed, due_at from communications.campaign_entries
           where campaign_id = %(id)s and state in ('entering', 'going') and due_at <= %(now)s
           order by due_at, id limit %(limit)s for update skip locked""",
        id=campaign_id,
        limit=limit,
    )


async def named_of(tx: Tx, *, named: sql.Composable, values: dict[str, object], people: list[int]) -> set[int]:
    """Those of the people whom a query names."""
    query = sql.SQL("{} and p.id = any(%(these)s::bigint[])").format(named)
    return {row[0] for row in await tx.rows(query, **values, these=people)}


async def fulfilling(tx: Tx, rule: Compiled, *, whose: Whose, people: list[int]) -> set[int]:
    """Those of the people who fulfil a rule."""
    query = sql.SQL("select p.id from {} p where p.id = any(%(these)s::bigint[]) and {}")
    rows = await tx.rows(query.format(sql.SQL(_TABLE[whose]), rule.condition), **rule.values, these=people)
    return {row[0] for row in rows}


async def gone(tx: Tx, *, whose: Whose, list_id: int | None, people: list[int]) -> set[int]:
    """Those of the people who were put away, or are not on the list any more."""
    query = sql.SQL(
        """select p.id from {} p where p.id = any(%(these)s::bigint[]) and (p.archived_at is not null
               or (%(list_id)s::bigint is not null and not exists (
                   select from communications.audience_members m
                   where m.audience_id = %(list_id)s and m.person_id = p.id)))"""
    ).format(sql.SQL(_TABLE[whose]))
    return {row[0] for row in await tx.rows(query, these=people, list_id=list_id)}


async def held_back(tx: Tx, campaign: Campaign, *, people: list[int]) -> set[int]:
    """Those of the people with whom the others are compared."""
    query: LiteralString = "select id from unnest(%(these)s::bigint[]) id where " + _HELD_BACK.replace("{person}", "id")
    rows = await tx.rows(query, these=people, campaign=campaign.id, control=campaign.control_percent)
    return {row[0] for row in rows}


async def waits_until(
    tx: Tx, campaign: Campaign, *, people: list[int], days: int, hours: int, at: str | None
) -> dict[int, datetime]:
    """When a wait that begins now ends for each of the people: after so long, and then at that hour of theirs."""
    query = sql.SQL(
        """select p.id, case when %(at)s::time is null then ends
               else (date_trunc('day', there) + %(at)s::time
                     + case when there::time > %(at)s::time then interval '1 day' else interval '0' end)
                    at time zone zone end
           from (select p.id, """
        + _ZONE[campaign.whose]
        + """ as zone,
                        %(now)s::timestamptz + make_interval(days => %(days)s, hours => %(hours)s) as ends
                 from {} p where p.id = any(%(these)s::bigint[])) p
           cross join lateral (select ends at time zone zone as there) t"""
    ).format(sql.SQL(_TABLE[campaign.whose]))
    rows = await tx.rows(query, these=people, hospital=campaign.hospital_id, days=days, hours=hours, at=at)
    return dict(rows)


async def move(tx: Tx, moved: list[Going]) -> None:
    """Writes where these stand now, or that they are on their way no more."""
    await tx.execute(
        """update communications.campaign_entries e
           set state = d.state, step = d.step, since = d.since, due_at = d.due_at, wrote = d.wrote, passed = d.passed,
               ended_at = case when d.state <> 'going' then %(now)s::timestamptz end
           from unnest(%(ids)s::bigint[], %(states)s::text[], %(steps)s::text[], %(since)s::timestamptz[],
                       %(due)s::timestamptz[], %(wrote)s::text[], %(passed)s::jsonb[])
               as d (id, state, step, since, due_at, wrote, passed)
           where e.id = d.id""",
        ids=[one.id for one in moved],
        states=[one.state for one in moved],
        steps=[one.step for one in moved],
        since=[one.since for one in moved],
        due=[one.due_at for one in moved],
        wrote=[one.wrote for one in moved],
        passed=[Jsonb(one.passed) for one in moved],
    )


async def ask_now(tx: Tx, *, asks: str, whose: Whose, person_id: int) -> None:
    """Has a person looked at now where they stand at a question that asks this; who waits goes on waiting. Whoever is
    being gone on with at this moment is asked again in a while anyway."""
    await tx.execute(
        """update communications.campaign_entries set due_at = %(now)s
           where id in (
               select e.id from communications.campaigns c
               join communications.campaign_entries e on e.campaign_id = c.id and e.person_id = %(person)s
               where c.status in ('sending', 'active') and c.whose = %(whose)s
                 and e.state = 'going' and e.due_at > %(now)s
                 and jsonb_path_exists(c.steps, '$.** ? (@.id == $step && @.asks == $asks)',
                                       jsonb_build_object('step', e.step, 'asks', %(asks)s::text))
               for update of e skip locked)""",
        asks=asks,
        whose=whose,
        person=person_id,
    )


async def turn_away(tx: Tx, entries: list[int]) -> None:
    """The campaign is not for these: as if nothing had happened, so that another time may let them in."""
    await tx.execute("delete from communications.campaign_entries where id = any(%(ids)s::bigint[])", ids=entries)


async def cancel(tx: Tx, campaign_id: int) -> None:
    """Nobody goes on."""
    await tx.execute(
        """update communications.campaign_entries set state = 'cancelled', ended_at = %(now)s
           where campaign_id = %(id)s and state in ('entering', 'going')""",
        id=campaign_id,
    )


class Sweep(msgspec.Struct):
    """A campaign that stands, locked, in which it is looked for who comes in, and from which person on."""

    id: int
    swept_through: int


async def to_sweep(tx: Tx) -> Sweep | None:
    """The campaign whose turn it is."""
    return await tx.maybe(
        Sweep,
        """select id, swept_through from communications.campaigns
           where status = 'active' and entry ->> 'on' in ('birthday', 'rule', 'list_joined')
             and (sweep_at is null or sweep_at <= %(now)s)
           order by sweep_at nulls first, id limit 1 for no key update skip locked""",
    )


async def swept(tx: Tx, campaign_id: int, *, through: int, again_at: datetime | None) -> None:
    """Notes how far looking is; with `again_at` it is done, and begins again then."""
    values: dict[str, Any] = {"id": campaign_id, "through": through, "again_at": again_at}
    await tx.execute(
        """update communications.campaigns
           set swept_through = case when %(again_at)s::timestamptz is null then %(through)s else 0 end,
               sweep_at = coalesce(%(again_at)s::timestamptz, sweep_at)
           where id = %(id)s""",
        **values,
    )
