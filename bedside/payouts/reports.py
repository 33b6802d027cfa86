"""Reports about payouts: what months came to, what is unpaid and how long, what an owner received, what awaits review.

The sums are made by one query each; how old a debt is, and what stands beside last year, is decided here. Pure where it
decides. Nothing is ever added across currencies.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bedside.accounts import Role, SignedIn
from bedside.kit.csv_text import BYTE_ORDER_MARK, csv_line
from bedside.kit.database import Database, Tx
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Invalid
from bedside.kit.money import amount_text
from bedside.owners import seen_owner
from bedside.payouts import store_reports as store
from bedside.payouts.report_model import (
    Aging,
    AgingBy,
    AgingRow,
    GroupBy,
    HistoryRow,
    OwnerHistory,
    PeriodRow,
    UnreviewedPayment,
    YearToDate,
)
from bedside.payouts.store_reports import OpenSum, OwnerSum, PeriodSum, Unreviewed

_AT_ONCE = 200
MOST_MONTHS = 120


class Age(StrEnum):
    """How long ago the month of an unpaid payout ended."""

    CURRENT = "current"
    DAYS_1_TO_30 = "1-30"
    DAYS_31_TO_60 = "31-60"
    DAYS_61_TO_90 = "61-90"
    OVER_90 = "over 90"


def age_of(days: int) -> Age:
    """In which bucket so many days since the end of the month lie. Pure."""
    if days <= 0:
        return Age.CURRENT
    if days <= 30:
        return Age.DAYS_1_TO_30
    if days <= 60:
        return Age.DAYS_31_TO_60
    return Age.DAYS_61_TO_90 if days <= 90 else Age.OVER_90


def days_since_end(period: date, today: date) -> int:
    """Days since the last day of a month: 0 on that day, below zero before it. Pure."""
    return (today - period.replace(day=monthrange(period.year, period.month)[1])).days


def month_of(text: str, *, pointer: str) -> date:
    """The first day of `2026-10`. Raises Invalid (422). Pure."""
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  # a month has no zone
    except ValueError:
        raise Invalid("This is no month.", pointer=pointer, next_step="Write it as 2026-10.") from None


def months_asked(begins: str | None, ends: str | None, *, today: date) -> tuple[date, date]:
    """The months of a report, both included; the last twelve where none is named. Raises Invalid (422). Pure."""
    last = month_of(ends, pointer="/to") if ends else today.replace(day=1)
    first = month_of(begins, pointer="/from") if begins else _months_before(last, 11)
    if first > last:
        raise Invalid("The report would end before it begins.", pointer="/from", next_step="Swap from and to.")
    if (last.year - first.year) * 12 + last.month - first.month >= MOST_MONTHS:
        raise Invalid(f"A report covers {MOST_MONTHS} months at most.", pointer="/from")
    return first, last


def _months_before(month: date, count: int) -> date:
    n = month.year * 12 + month.month - 1 - count
    return date(max(n // 12, 1), n % 12 + 1, 1)


async def periods(
    tx: Tx,
    *,
    user: SignedIn,
    group: GroupBy,
    begins: date,
    ends: date,
    hospital_id: int | None = None,
    owner_id: int | None = None,
    currency: str | None = None,
    sort: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[PeriodRow]:
    """A page of the period report."""
    found = await store.PERIODS[group].page(
        tx,
        filters={},
        sort=sort,
        cursor=cursor,
        limit=limit,
        **_asked(user, begins, ends, hospital_id, owner_id, currency),
    )
    return Page(items=[_period_row(one) for one in found.items], next=found.next)


async def periods_csv(
    database: Database,
    *,
    user: SignedIn,
    group: GroupBy,
    begins: date,
    ends: date,
    hospital_id: int | None,
    owner_id: int | None,
    currency: str | None,
) -> AsyncIterator[bytes]:
    """The whole period report as a table."""
    yield BYTE_ORDER_MARK + csv_line([group, *PeriodRow.__struct_fields__[2:]])
    lines: list[bytes] = []
    async with database.transaction() as tx:
        asked = _asked(user, begins, ends, hospital_id, owner_id, currency)
        async for one in store.export_periods(tx, group, **asked):
            row = _period_row(one)
            lines.append(csv_line([row.label, *(getattr(row, name) for name in PeriodRow.__struct_fields__[2:])]))
            if len(lines) == _AT_ONCE:
                yield b"".join(lines)
                lines.clear()
    yield b"".join(lines)


async def aging(
    tx: Tx,
    *,
    user: SignedIn,
    by: AgingBy,
    hospital_id: int | None = None,
    owner_id: int | None = None,
    currency: str | None = None,
) -> Aging:
    """What is approved or drafted and unpaid, by how long ago its month ended, where it was earned."""
    found = await store.open_sums(
        tx, hospitals=user.hospitals, hospital_id=hospital_id, owner_id=owner_id, currency=currency
    )
    return aged(found, now=tx.now, by=by)


def aged(found: Sequence[OpenSum], *, now: datetime, by: AgingBy) -> Aging:
    """Sums of unpaid payouts in buckets, for each owner or hospital and for each currency. Pure."""
    rows: dict[tuple[int, str], list[OpenSum]] = defaultdict(list)
    totals: dict[str, list[OpenSum]] = defaultdict(list)
    names: dict[int, str] = {}
    for one in found:
        id, name = (one.owner_id, one.owner_name) if by == "owner" else (one.hospital_id, one.hospital_name)
        names[id] = name
        rows[id, one.currency].append(one)
        totals[one.currency].append(one)
    ordered = sorted(rows, key=lambda key: (names[key[0]].casefold(), key))
    return Aging(
        items=[_aging_row(id, names[id], currency, rows[id, currency], now) for id, currency in ordered],
        totals=[_aging_row(0, "", currency, totals[currency], now) for currency in sorted(totals)],
    )


def aging_csv(report: Aging) -> bytes:
    """The aging report as a table, the totals below. Pure."""
    names = AgingRow.__struct_fields__[1:]
    lines = [csv_line(names)]
    lines += [csv_line([getattr(row, name) for name in names]) for row in report.items]
    lines += [csv_line(["total", *(getattr(row, name) for name in names[1:])]) for row in report.totals]
    return BYTE_ORDER_MARK + b"".join(lines)


async def history(tx: Tx, *, owner_id: int, user: SignedIn) -> OwnerHistory:
    """What an owner earned and received. An owner's own has no drafts. Raises NoSuchOwner (404)."""
    owner_asks = user.role is Role.OWNER
    if not owner_asks:
        await seen_owner(tx, owner_id=owner_id, user=user)
    hospitals = None if owner_asks else user.hospitals
    found = await store.owner_sums(tx, owner_id=owner_id, hospitals=hospitals, with_drafts=not owner_asks)
    return told(owner_id, found, today=tx.now.date())


def told(owner_id: int, found: Sequence[OwnerSum], *, today: date) -> OwnerHistory:
    """An owner's months summed up: by year, and this year so far beside the same months of the last one. Pure."""
    years: dict[tuple[int, str], list[OwnerSum]] = defaultdict(list)
    for one in found:
        years[one.period.year, one.currency].append(one)
    so_far = []
    for currency in sorted({one.currency for one in found}):
        mine = [one for one in found if one.currency == currency and one.period.month <= today.month]
        this = [one for one in mine if one.period.year == today.year]
        last = [one for one in mine if one.period.year == today.year - 1]
        if this or last:
            so_far.append(
                YearToDate(
                    year=today.year,
                    through=f"{today:%Y-%m}",
                    currency=currency,
                    earned=amount_text(sum(one.earned_minor for one in this), currency),
                    received=amount_text(sum(one.received_minor for one in this), currency),
                    earned_last_year=amount_text(sum(one.earned_minor for one in last), currency),
                    received_last_year=amount_text(sum(one.received_minor for one in last), currency),
                )
            )
    return OwnerHistory(
        owner_id=owner_id,
        year_to_date=so_far,
        years=[
            _history_row(str(year), currency, years[year, currency])
            for year, currency in sorted(years, key=lambda key: (-key[0], key[1]))
        ],
        months=[_history_row(f"{one.period:%Y-%m}", one.currency, [one]) for one in found],
    )


def history_csv(report: OwnerHistory) -> bytes:
    """An owner's months as a table. Pure."""
    names = HistoryRow.__struct_fields__
    lines = [csv_line(names), *(csv_line([getattr(row, name) for name in names]) for row in report.months)]
    return BYTE_ORDER_MARK + b"".join(lines)


async def unreviewed(
    tx: Tx,
    *,
    user: SignedIn,
    hospital_id: int | None = None,
    owner_id: int | None = None,
    currency: str | None = None,
    sort: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[UnreviewedPayment]:
    """Payments that were made before they were written down, and that no second person has looked at."""
    found = await store.UNREVIEWED.page(
        tx,
        filters={
            "hospitals": user.hospitals, "hospital_id": hospital_id, "owner_id": owner_id, "currency": currency,
        },
        sort=sort,
        cursor=cursor,
        limit=limit,
    )  # fmt: skip
    return Page(items=[_unreviewed(one) for one in found.items], next=found.next)


async def unreviewed_csv(
    database: Database, *, user: SignedIn, hospital_id: int | None, owner_id: int | None, currency: str | None
) -> AsyncIterator[bytes]:
    """All of them as a table, page after page."""
    names = UnreviewedPayment.__struct_fields__
    yield BYTE_ORDER_MARK + csv_line(names)
    cursor: str | None = None
    async with database.transaction() as tx:
        while True:
            page = await unreviewed(
                tx,
                user=user,
                hospital_id=hospital_id,
                owner_id=owner_id,
                currency=currency,
                cursor=cursor,
                limit=_AT_ONCE,
            )
            yield b"".join(csv_line([getattr(row, name) for name in names]) for row in page.items)
            cursor = page.next
            if cursor is None:
                return


def _asked(
    user: SignedIn, begins: date, ends: date, hospital_id: int | None, owner_id: int | None, currency: str | None
) -> dict[str, Any]:
    return {
        "begins": begins, "ends": ends, "hospitals": user.hospitals, "hospital": hospital_id, "owner": owner_id,
        "of_currency": currency,
    }  # fmt: skip


def _period_row(one: PeriodSum) -> PeriodRow:
    def text(units: int | None) -> str | None:
        return None if units is None else amount_text(units, one.currency)

    def sure(units: int) -> str:
        return amount_text(units, one.currency)

    return PeriodRow(
        id=one.id,
        label=one.label,
        currency=one.currency,
        payouts=one.payouts,
        revenue=text(one.revenue_minor),
        shared_revenue=text(one.shared_minor),
        shares=sure(one.shares_minor),
        guarantees=sure(one.guarantees_minor),
        adjustments=sure(one.adjustments_minor),
        set_by_hand=sure(one.stated_minor),
        deducted=sure(one.deducted_minor),
        carried=sure(one.carried_minor),
        paid=sure(one.paid_minor),
        open=sure(one.open_minor),
    )


def _aging_row(id: int, name: str, currency: str, sums: Iterable[OpenSum], now: datetime) -> AgingRow:
    ages: dict[Age, int] = defaultdict(int)
    payouts = drafts = 0
    for one in sums:
        today = now.astimezone(ZoneInfo(one.time_zone)).date()
        ages[age_of(days_since_end(one.period, today))] += one.amount_minor
        payouts += one.payouts
        drafts += one.amount_minor if one.status == "draft" else 0
    return AgingRow(
        id=id,
        name=name,
        currency=currency,
        payouts=payouts,
        current=amount_text(ages[Age.CURRENT], currency),
        days1_to30=amount_text(ages[Age.DAYS_1_TO_30], currency),
        days31_to60=amount_text(ages[Age.DAYS_31_TO_60], currency),
        days61_to90=amount_text(ages[Age.DAYS_61_TO_90], currency),
        over90=amount_text(ages[Age.OVER_90], currency),
        total=amount_text(sum(ages.values()), currency),
        drafts=amount_text(drafts, currency),
    )


def _history_row(period: str, currency: str, sums: Sequence[OwnerSum]) -> HistoryRow:
    return HistoryRow(
        period=period,
        currency=currency,
        payouts=sum(one.payouts for one in sums),
        earned=amount_text(sum(one.earned_minor for one in sums), currency),
        paid=amount_text(sum(one.paid_minor for one in sums), currency),
        open=amount_text(sum(one.open_minor for one in sums), currency),
        received=amount_text(sum(one.received_minor for one in sums), currency),
    )


def _unreviewed(one: Unreviewed) -> UnreviewedPayment:
    return UnreviewedPayment(
        id=one.id,
        reference_number=one.reference_number,
        hospital_id=one.hospital_id,
        hospital_name=one.hospital_name,
        owner_id=one.owner_id,
        owner_name=one.owner_name,
        kind=one.kind,
        period=f"{one.period:%Y-%m}",
        currency=one.currency,
        amount=amount_text(one.amount_minor, one.currency),
        method=one.method,
        paid_on=one.paid_on,
        created_by_name=one.created_by_name,
        created_at=one.created_at,
    )
