"""SQL of reports about payouts. Each is one query, and none adds across currencies."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any, LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing


class PeriodSum(msgspec.Struct, frozen=True, kw_only=True):
    """What payouts of some months come to: of a month, a hospital, an owner or a contract, in one currency."""

    id: int
    label: str
    currency: str
    payouts: int
    revenue_minor: int | None
    shared_minor: int | None
    shares_minor: int
    guarantees_minor: int
    adjustments_minor: int
    stated_minor: int
    deducted_minor: int
    carried_minor: int
    paid_minor: int
    open_minor: int


class OpenSum(msgspec.Struct, frozen=True, kw_only=True):
    """What of a month is approved or drafted, and unpaid."""

    hospital_id: int
    hospital_name: str
    time_zone: str
    owner_id: int
    owner_name: str
    currency: str
    period: date
    status: str
    payouts: int
    amount_minor: int


class OwnerSum(msgspec.Struct, frozen=True, kw_only=True):
    """What an owner earned for a month, was paid of it, and received in it."""

    period: date
    currency: str
    payouts: int
    earned_minor: int
    paid_minor: int
    open_minor: int
    received_minor: int


class Unreviewed(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that was made before it was written down here, and that no second person has looked at."""

    id: int
    reference_number: str
    hospital_id: int
    hospital_name: str
    owner_id: int
    owner_name: str
    kind: str
    period: date
    currency: str
    amount_minor: int
    method: str | None
    paid_on: date | None
    created_by_name: str
    created_at: datetime


# By what the months are summed up: month, hospital, owner or contract. All revenue of the books is a month's or a
# hospital's. Two owners share the same revenue, so by owner and contract it is said what each had a part of: that is
# never added up.
_HEAD: LiteralString = """
select r.* from (
    with counted as (
        select p.*, """
_COUNTED: LiteralString = """ as group_id
        from crm.owner_payouts p
        where p.period between %(begins)s and %(ends)s and p.status not in ('reversed', 'discarded')
          and (%(hospitals)s::bigint[] is null or p.hospital_id = any(%(hospitals)s))
          and (%(hospital)s::bigint is null or p.hospital_id = %(hospital)s)
          and (%(owner)s::bigint is null or p.owner_id = %(owner)s)
          and (%(of_currency)s::text is null or p.currency = %(of_currency)s)),
    earned as (
        select """
# which is nobody's where the report is about one owner
_EARNED: LiteralString = """ as group_id, e.currency, sum(e.amount_minor)::bigint as revenue_minor
        from crm.revenue_entries e
        where e.period between %(begins)s and %(ends)s and %(owner)s::bigint is null
          and (%(hospitals)s::bigint[] is null or e.hospital_id = any(%(hospitals)s))
          and (%(hospital)s::bigint is null or e.hospital_id = %(hospital)s)
          and (%(of_currency)s::text is null or e.currency = %(of_currency)s)
        group by 1, 2),
"""
_NOT_EARNED: LiteralString = """0::bigint as group_id, ''::text as currency, null::bigint as revenue_minor where false),
"""
# months are grouped as a number of days, not by year and month: 0.1 s less for a million entries
_MONTH_OF_PAYOUT: LiteralString = "(p.period - date '1970-01-01')::bigint"
_MONTH_OF_ENTRY: LiteralString = "(e.period - date '1970-01-01')::bigint"
_SUMS: LiteralString = """
    lines as (
        select c.group_id, c.currency,
               sum(l.base_minor) filter (where l.kind = 'share') as shared_minor,
               coalesce(sum(l.amount_minor) filter (where l.kind = 'share'), 0) as shares_minor,
               coalesce(sum(l.amount_minor) filter (where l.kind = 'guarantee'), 0) as guarantees_minor,
               coalesce(sum(l.amount_minor) filter (where l.kind = 'adjustment'), 0) as adjustments_minor,
               coalesce(sum(l.amount_minor) filter (where l.kind = 'stated'), 0) as stated_minor,
               coalesce(sum(l.amount_minor) filter (where l.kind = 'recorded'), 0) as deducted_minor,
               coalesce(sum(l.amount_minor) filter (where l.kind in ('brought_forward', 'carried_forward')), 0)
                   as carried_minor
        from counted c join crm.payout_lines l on l.payout_id = c.id group by 1, 2),
    sums as (
        select group_id, currency, count(*) as payouts,
               coalesce(sum(amount_minor) filter (where status = 'paid'), 0) as paid_minor,
               coalesce(sum(amount_minor) filter (where status in ('draft', 'approved')), 0) as open_minor
        from counted group by 1, 2),
    groups as (select group_id, currency from sums union select group_id, currency from earned)
    select g.currency, coalesce(s.payouts, 0) as payouts, e.revenue_minor,
           coalesce(l.shares_minor, 0)::bigint as shares_minor,
           coalesce(l.guarantees_minor, 0)::bigint as guarantees_minor,
           coalesce(l.adjustments_minor, 0)::bigint as adjustments_minor,
           coalesce(l.stated_minor, 0)::bigint as stated_minor,
           coalesce(l.deducted_minor, 0)::bigint as deducted_minor,
           coalesce(l.carried_minor, 0)::bigint as carried_minor,
           coalesce(s.paid_minor, 0)::bigint as paid_minor, coalesce(s.open_minor, 0)::bigint as open_minor,
"""
_JOINED: LiteralString = """
    from groups g
    left join sums s using (group_id, currency)
    left join lines l using (group_id, currency)
    left join earned e using (group_id, currency)
"""

_STATEMENTS: dict[str, LiteralString] = {
    "month": _HEAD
    + _MONTH_OF_PAYOUT
    + _COUNTED
    + _MONTH_OF_ENTRY
    + _EARNED
    + _SUMS
    + """to_char(date '1970-01-01' + g.group_id::int, 'YYYYMM')::bigint as id, null::bigint as shared_minor,
           to_char(date '1970-01-01' + g.group_id::int, 'YYYY-MM') as label"""
    + _JOINED
    + ") r",
    "hospital": _HEAD
    + "p.hospital_id"
    + _COUNTED
    + "e.hospital_id"
    + _EARNED
    + _SUMS
    + "g.group_id as id, null::bigint as shared_minor, h.name as label"
    + _JOINED
    + "join crm.hospitals h on h.id = g.group_id) r",
    "owner": _HEAD
    + "p.owner_id"
    + _COUNTED
    + _NOT_EARNED
    + _SUMS
    + "g.group_id as id, coalesce(l.shared_minor, 0)::bigint as shared_minor, o.name as label"
    + _JOINED
    + "join crm.hospital_owners o on o.id = g.group_id) r",
    "contract": _HEAD
    + "coalesce(p.contract_id, 0)"
    + _COUNTED
    + _NOT_EARNED
    + _SUMS
    + """g.group_id as id, coalesce(l.shared_minor, 0)::bigint as shared_minor,
           coalesce(c.number || ' ' || c.title, 'Without a contract') as label"""
    + _JOINED
    + "left join crm.owner_contracts c on c.id = g.group_id) r",
}

PERIODS: dict[str, Listing[PeriodSum]] = {
    group: Listing(
        into=PeriodSum,
        select=select,
        sorts={
            "label": (
                Key('(r.label collate "C")', "text", "label"),
                Key("r.id", "bigint", "id"),
                Key("r.currency", "text", "currency"),
            ),
            "paid": (
                Key("r.paid_minor", "bigint", "paid_minor"),
                Key("r.id", "bigint", "id"),
                Key("r.currency", "text", "currency"),
            ),
            "open": (
                Key("r.open_minor", "bigint", "open_minor"),
                Key("r.id", "bigint", "id"),
                Key("r.currency", "text", "currency"),
            ),
        },
        default_sort="-label" if group == "month" else "label",
    )
    for group, select in _STATEMENTS.items()
}


def export_periods(tx: Tx, group: str, **parameters: Any) -> AsyncIterator[PeriodSum]:
    """The same, every row, by label."""
    return tx.stream(PeriodSum, _STATEMENTS[group] + ' order by (r.label collate "C"), r.id, r.currency', **parameters)


async def open_sums(
    tx: Tx, *, hospitals: list[int] | None, hospital_id: int | None, owner_id: int | None, currency: str | None
) -> list[OpenSum]:
    """What is approved or drafted and unpaid, by hospital, owner, currency, month and status."""
    return await tx.all(
        OpenSum,
        """select p.hospital_id, h.name as hospital_name, h.time_zone, p.owner_id, o.name as owner_name, p.currency,
               p.period, p.status, count(*) as payouts, sum(p.amount_minor)::bigint as amount_minor
           from crm.owner_payouts p
           join crm.hospitals h on h.id = p.hospital_id
           join crm.hospital_owners o on o.id = p.owner_id
           where p.status in ('draft', 'approved') and p.amount_minor > 0
             and (%(hospitals)s::bigint[] is null or p.hospital_id = any(%(hospitals)s))
             and (%(hospital_id)s::bigint is null or p.hospital_id = %(hospital_id)s)
             and (%(owner_id)s::bigint is null or p.owner_id = %(owner_id)s)
             and (%(currency)s::text is null or p.currency = %(currency)s)
           group by p.hospital_id, h.id, p.owner_id, o.id, p.currency, p.period, p.status
           order by o.name, p.owner_id, h.name, p.hospital_id, p.currency, p.period, p.status""",
        hospitals=hospitals,
        hospital_id=hospital_id,
        owner_id=owner_id,
        currency=currency,
    )


async def owner_sums(tx: Tx, *, owner_id: int, hospitals: list[int] | None, with_drafts: bool) -> list[OwnerSum]:
    """What an owner earned and was paid, by month and currency: for a month, and, as received, in it."""
    return await tx.all(
        OwnerSum,
        """with theirs as (
               select p.period, p.currency, p.status, p.amount_minor, p.paid_on from crm.owner_payouts p
               where p.owner_id = %(owner_id)s
                 and p.status = any(case when %(with_drafts)s then '{draft,approved,paid}'::text[]
                                         else '{approved,paid}'::text[] end)
                 and (%(hospitals)s::bigint[] is null or p.hospital_id = any(%(hospitals)s))),
           told as (
               select period, currency, 1 as payouts, amount_minor as earned_minor,
                      case when status = 'paid' then amount_minor else 0 end as paid_minor,
                      case when status <> 'paid' then amount_minor else 0 end as open_minor, 0 as received_minor
               from theirs
               union all
               select date_trunc('month', paid_on)::date, currency, 0, 0, 0, 0, amount_minor
               from theirs where status = 'paid')
           select period, currency, sum(payouts)::int as payouts, sum(earned_minor)::bigint as earned_minor,
               sum(paid_minor)::bigint as paid_minor, sum(open_minor)::bigint as open_minor,
               sum(received_minor)::bigint as received_minor
           from told group by 1, 2 order by 1 desc, 2""",
        owner_id=owner_id,
        hospitals=hospitals,
        with_drafts=with_drafts,
    )


UNREVIEWED = Listing(
    into=Unreviewed,
    select="""
select p.id, p.reference_number, p.hospital_id, h.name as hospital_name, p.owner_id, o.name as owner_name, p.kind,
       p.period, p.currency, p.amount_minor, p.method, p.paid_on, p.created_by_name, p.created_at
from crm.owner_payouts p
join crm.hospitals h on h.id = p.hospital_id
join crm.hospital_owners o on o.id = p.owner_id
""",
    always="p.paid_before and p.reviewed_at is null and p.status = 'paid'",
    sorts={
        "created": (Key("p.id", "bigint", "id"),),
        "amount": (Key("p.amount_minor", "bigint", "amount_minor"), Key("p.id", "bigint", "id")),
    },
    default_sort="created",
    filters={
        "hospitals": "p.hospital_id = any(%(hospitals)s)",
        "hospital_id": "p.hospital_id = %(hospital_id)s",
        "owner_id": "p.owner_id = %(owner_id)s",
        "currency": "p.currency = %(currency)s",
    },
)
