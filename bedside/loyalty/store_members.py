"""SQL of members: the list, the numbers of the report, and where other terms would put them."""

from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime
from typing import Any, LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.loyalty.member_model import EarnedBy, Member, MonthOfPoints, MovedMember

# one visit of the lots' index for a member: what is left, and what expires first
_LEFT: LiteralString = """
left join lateral (
    select coalesce(sum(left_over), 0)::bigint as balance, min(expires_at) as next_expiry
    from loyalty.point_lots where patient_id = a.patient_id and left_over > 0
      and (expires_at is null or expires_at > %(now)s)) l on true
"""
_MEMBER: LiteralString = (
    """
select a.patient_id, p.first_name || ' ' || p.last_name as patient_name, coalesce(a.tier_code, %(lowest)s) as tier,
       a.tier_since, a.tier_until, l.balance, a.owed, w.earned as earned_in_window, l.next_expiry, a.joined_at,
       a.last_earned_at
from loyalty.patient_points a
join crm.patients p on p.id = a.patient_id
"""
    + _LEFT
    + """
left join lateral (
    select coalesce(sum(points), 0)::bigint as earned from loyalty.point_lots
    where patient_id = a.patient_id and earned_at >= %(window_start)s and counts_for_tier and reversed_at is null) w
  on true
"""
)

MEMBERS = Listing(
    into=Member,
    select=_MEMBER,
    sorts={
        "name": (
            Key("p.first_name || ' ' || p.last_name", "text", "patient_name"),
            Key("a.patient_id", "bigint", "patient_id"),
        ),
        "balance": (Key("l.balance", "bigint", "balance"), Key("a.patient_id", "bigint", "patient_id")),
        "earned": (Key("w.earned", "bigint", "earned_in_window"), Key("a.patient_id", "bigint", "patient_id")),
        "joined": (Key("a.joined_at", "timestamptz", "joined_at"), Key("a.patient_id", "bigint", "patient_id")),
    },
    default_sort="-balance",
    filters={
        "tier": "coalesce(a.tier_code, %(lowest)s) = %(tier)s",
        "min_balance": "l.balance >= %(min_balance)s",
        "in_grace": "(a.tier_until is not null) = %(in_grace)s",
        "expires_by": "l.next_expiry <= %(expires_by)s",
        "hospital_id": "p.hospital_id = %(hospital_id)s",
        "name": "crm.searchable(p.first_name || ' ' || p.last_name) like '%%' || crm.searchable(%(name)s) || '%%'",
    },
    always="p.archived_at is null",
)


async def every_member(tx: Tx, filters: Mapping[str, Any], parameters: Mapping[str, Any]) -> AsyncIterator[Member]:
    """Every member of a list, a page at a time, for a table to be downloaded."""
    cursor: str | None = None
    while True:
        page = await MEMBERS.page(tx, filters=filters, sort="joined", cursor=cursor, limit=200, **parameters)
        for one in page.items:
            yield one
        if page.next is None:
            return
        cursor = page.next


class TierCount(msgspec.Struct, kw_only=True):
    """How many accounts are in a tier, and how many of them keep it by grace."""

    code: str | None
    members: int
    in_grace: int


async def by_tier(tx: Tx) -> list[TierCount]:
    """Members by the tier that stands on their account."""
    return await tx.all(
        TierCount,
        """select a.tier_code as code, count(*) as members, count(a.tier_until) as in_grace
           from loyalty.patient_points a join crm.patients p on p.id = a.patient_id
           where p.archived_at is null group by a.tier_code""",
    )


class Standing(msgspec.Struct, kw_only=True):
    """What is outstanding now, what is owed, and what expires soon."""

    outstanding: int
    owed: int
    about_to_lapse: int
    members_about_to_lapse: int


async def outstanding(tx: Tx, *, lapse_until: datetime) -> Standing:
    """Points that can be spent, of everybody; `lapse_until` bounds what expires soon."""
    return await tx.one(
        Standing,
        """select coalesce(sum(left_over), 0)::bigint as outstanding,
                  (select coalesce(sum(owed), 0)::bigint from loyalty.patient_points) as owed,
                  coalesce(sum(left_over) filter (where expires_at <= %(until)s), 0)::bigint as about_to_lapse,
                  count(distinct patient_id) filter (where expires_at <= %(until)s) as members_about_to_lapse
           from loyalty.point_lots where left_over > 0 and (expires_at is null or expires_at > %(now)s)""",
        until=lapse_until,
    )


async def by_month(tx: Tx, *, since: date, until: date, zone: str) -> list[MonthOfPoints]:
    """What moved in each month of a stretch of days, and what stood at its end by the ledger, which hears of what has
    expired within the hour."""
    return await tx.all(
        MonthOfPoints,
        """with months as (
               select month::date as month, (month at time zone %(zone)s) as begins,
                      ((month + interval '1 month') at time zone %(zone)s) as ends
               from generate_series(date_trunc('month', %(since)s::timestamp), %(until)s::timestamp,
                                    interval '1 month') as month),
                moved as (
               select date_trunc('month', happened_at at time zone %(zone)s)::date as month,
                      coalesce(sum(points) filter (where kind = 'earned'), 0)::bigint as earned,
                      coalesce(-sum(points) filter (where kind in ('spent', 'refilled')), 0)::bigint as spent,
                      coalesce(-sum(points) filter (where kind = 'expired'), 0)::bigint as expired,
                      coalesce(-sum(points) filter (where kind = 'reversed'), 0)::bigint as reversed,
                      coalesce(sum(points) filter (where kind <> 'missing'), 0)::bigint as change
               from loyalty.point_entries group by 1)
           select m.month, coalesce(v.earned, 0) as earned, coalesce(v.spent, 0) as spent,
                  coalesce(v.expired, 0) as expired, coalesce(v.reversed, 0) as reversed,
                  coalesce((select sum(change) from moved where moved.month <= m.month), 0)::bigint as outstanding
           from months m left join moved v on v.month = m.month order by m.month""",
        since=since,
        until=until,
        zone=zone,
    )


class Moved(msgspec.Struct, kw_only=True):
    """What moved in a stretch of time."""

    earned: int
    spent: int
    expired: int
    reversed: int


async def moved(tx: Tx, *, since: datetime, until: datetime) -> Moved:
    """What moved between two moments."""
    return await tx.one(
        Moved,
        """select coalesce(sum(points) filter (where kind = 'earned'), 0)::bigint as earned,
                  coalesce(-sum(points) filter (where kind in ('spent', 'refilled')), 0)::bigint as spent,
                  coalesce(-sum(points) filter (where kind = 'expired'), 0)::bigint as expired,
                  coalesce(-sum(points) filter (where kind = 'reversed'), 0)::bigint as reversed
           from loyalty.point_entries where happened_at >= %(since)s and happened_at < %(until)s""",
        since=since,
        until=until,
    )


async def by_rule(tx: Tx, *, since: datetime, until: datetime) -> list[EarnedBy]:
    """What each rule earned between two moments, taken back awards apart."""
    return await tx.all(
        EarnedBy,
        """select rule, count(*) as awards, sum(points)::bigint as points from loyalty.point_lots
           where counts_for_tier and reversed_at is null and earned_at >= %(since)s and earned_at < %(until)s
           group by rule order by sum(points) desc, rule""",
        since=since,
        until=until,
    )


class Awards(msgspec.Struct, kw_only=True):
    """How often a rule earned so many points."""

    rule: str
    each: int
    awards: int


async def awards(tx: Tx, *, since: datetime) -> list[Awards]:
    """What was earned since a moment, by rule and by how much at once."""
    return await tx.all(
        Awards,
        """select rule, points as each, count(*) as awards from loyalty.point_lots
           where counts_for_tier and reversed_at is null and earned_at >= %(since)s group by rule, points""",
        since=since,
    )


class Group(msgspec.Struct, kw_only=True):
    """Members who are in one tier and have reached another."""

    from_code: str | None
    reached: int
    members: int


_REACHED: LiteralString = """
with earned as (
    select a.patient_id, a.tier_code, p.first_name || ' ' || p.last_name as patient_name,
           coalesce((select sum(points) from loyalty.point_lots l
                     where l.patient_id = a.patient_id and l.earned_at >= %(since)s and l.counts_for_tier
                       and l.reversed_at is null), 0)::bigint as earned
    from loyalty.patient_points a join crm.patients p on p.id = a.patient_id
    where p.archived_at is null),
     reached as (
    select earned.*, (select count(*)::int from unnest(%(thresholds)s::int[]) as t (threshold)
                      where t.threshold <= earned.earned) - 1 as reached
    from earned)
"""


async def reached(tx: Tx, *, since: datetime, thresholds: list[int]) -> list[Group]:
    """Members by the tier they are in and by which of these thresholds they have reached (0 is the lowest)."""
    return await tx.all(
        Group,
        _REACHED
        + "select tier_code as from_code, reached, count(*)::int as members from reached group by 1, 2 order by 1, 2",
        since=since,
        thresholds=thresholds,
    )


async def who_would_move(
    tx: Tx, *, since: datetime, thresholds: list[int], codes: list[str], limit: int
) -> list[MovedMember]:
    """Some of those who would be in another tier, those who earned most first."""
    return await tx.all(
        MovedMember,
        _REACHED
        + """select patient_id, patient_name, tier_code as from_code, (%(codes)s::text[])[reached + 1] as to_code,
                    earned
             from reached where tier_code is distinct from (%(codes)s::text[])[reached + 1]
             order by earned desc, patient_id limit %(limit)s""",
        since=since,
        thresholds=thresholds,
        codes=codes,
        limit=limit,
    )
