"""What an owner is owed for a month under one contract: from revenue that was added up, to lines. Pure.

Revenue of a month is shared by the terms of its days, never by prorating the month's total (RULES, Money 4). What came
after an earlier payout had been worked out, or is booked in this month for an earlier one, is late: its month is worked
out twice, with everything known now and without what is late, and the difference is a line (decision 11).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import msgspec

from bedside.contracts import Earned, Guarantee, RuleShare, Terms, rule_for, share_revenue
from bedside.kit.money import minor_units
from bedside.payouts.months import last_day_of, month_after, month_of, month_words


class AgreedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Signed terms that hold from a day on, until the next begin."""

    id: int
    number: int
    effective_from: date
    terms: Terms


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as a calculation needs it: its days (`last_day` None: no end) and signed versions, in order."""

    contract_id: int
    number: str
    currency: str
    starts_on: date
    last_day: date | None
    versions: tuple[AgreedVersion, ...]

    def version_on(self, day: date) -> AgreedVersion | None:
        """Whose terms hold on a day; None outside the contract's days and before the first version."""
        if day < self.starts_on or (self.last_day is not None and day > self.last_day):
            return None
        held = None
        for version in self.versions:
            if version.effective_from > day:
                break
            held = version
        return held

    def covers(self, first: date, last: date) -> bool:
        """Whether it holds on every day from the first to the last."""
        return self.version_on(first) is not None and self.version_on(last) is not None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Revenue of a day, department and service line, added up. `late`: of an earlier month, and not counted by then."""

    revenue_on: date
    department_id: int | None
    service_line: str
    amount_minor: int
    entries: int
    late: bool = False


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """The payout before: what it had counted, and what it left below zero (above zero here)."""

    payout_id: int
    period: date
    through: int
    carried_minor: int = 0


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that was made already, to be deducted."""

    payout_id: int
    reference_number: str
    amount_minor: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a payout, before it is written."""

    kind: str
    description: str
    amount_minor: int
    base_minor: int | None = None
    entries: int = 0
    contract_version_id: int | None = None
    inputs: dict[str, Any] = {}
    recorded_payout_id: int | None = None


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a version's days lie in a month, and what its rules came to."""

    version: AgreedVersion
    first: date
    last: date
    shares: list[RuleShare]


def lines_of(
    agreed: Agreed,
    *,
    owner_id: int,
    period: date,
    groups: Sequence[Group],
    before: Before | None,
    recorded: Sequence[Recorded] = (),
    departments: Mapping[int, str],
) -> list[Line]:
    """The lines of an owner's payout for a month, in the order in which they stand on it; empty where there is nothing.

    `groups` holds the revenue of the month, and that of earlier months which late entries or guarantees touch, marked
    `late` where it had not been counted.
    """
    by_month = _by_month(groups)
    lines = _share_lines(agreed, owner_id, period, by_month.get(period, []), departments)
    late = sorted(month for month, some in by_month.items() if month < period and any(g.late for g in some))
    adjusted = [_adjustment(agreed, owner_id, month, by_month[month], before) for month in late]
    lines += [line for line in adjusted if line is not None]
    lines += _guarantees_again(agreed, owner_id, late, by_month, period)
    lines += _guarantees(agreed, owner_id, period, by_month)
    if before is not None and before.carried_minor:
        lines.append(
            Line(
                kind="brought_forward",
                description="Brought forward from the payout before",
                amount_minor=-before.carried_minor,
                inputs={"payoutId": before.payout_id},
            )
        )
    lines += [
        Line(
            kind="recorded",
            description=f"Already paid: {one.reference_number}",
            amount_minor=-one.amount_minor,
            recorded_payout_id=one.payout_id,
            inputs={"payoutId": one.payout_id, "referenceNumber": one.reference_number},
        )
        for one in recorded
    ]
    left = sum(line.amount_minor for line in lines)
    if left < 0:
        lines.append(Line(kind="carried_forward", description="Carried forward to the next payout", amount_minor=-left))
    return lines


def month_shares(agreed: Agreed, month: date, groups: Sequence[Group]) -> list[Month]:
    """What a month's revenue comes to under the versions that hold in it, in order. Revenue of days without terms is
    left out. Amounts a month are deducted once, by the version of the last day that has terms."""
    held = spans_of(agreed, month, last_day_of(month))
    made = []
    for version, first, last in held:
        sums: dict[tuple[int | None, str], tuple[int, int]] = {}
        for group in groups:
            if first <= group.revenue_on <= last:
                key = (group.department_id, group.service_line)
                amount, entries = sums.get(key, (0, 0))
                sums[key] = (amount + group.amount_minor, entries + group.entries)
        if not sums:
            continue
        earned = [
            Earned(department_id=department_id, service_line=line, amount_minor=amount, entries=entries)
            for (department_id, line), (amount, entries) in sorted(
                sums.items(), key=lambda item: (item[0][0] or 0, item[0][1])
            )
        ]
        shares = share_revenue(version.terms, earned, currency=agreed.currency, fixed_deductions=version is held[-1][0])
        made.append(Month(version=version, first=first, last=last, shares=shares))
    return made


def spans_of(agreed: Agreed, first: date, last: date) -> list[tuple[AgreedVersion, date, date]]:
    """Which version holds on which of these days, in order."""
    spans = []
    for n, version in enumerate(agreed.versions):
        begins = max(first, agreed.starts_on, version.effective_from)
        ends = min(last, agreed.last_day or last)
        if n + 1 < len(agreed.versions):
            ends = min(ends, agreed.versions[n + 1].effective_from - timedelta(days=1))
        if begins <= ends:
            spans.append((version, begins, ends))
    return spans


def covers(agreed: Agreed, group: Group) -> bool:
    """Whether a rule in the terms of its day is about some revenue."""
    version = agreed.version_on(group.revenue_on)
    return version is not None and rule_for(version.terms, group.department_id, group.service_line) is not None


def part_of(months: Iterable[Month], owner_id: int) -> int:
    """What an owner gets of a month, all versions and rules together."""
    return sum(share.part_of(owner_id) for month in months for share in month.shares)


def span_of(guarantee: Guarantee, month: date) -> tuple[date, date]:
    """The first and last month of the calendar's month, quarter or year that a month lies in."""
    if guarantee.period == "month":
        return month, month
    if guarantee.period == "quarter":
        first = month.replace(month=(month.month - 1) // 3 * 3 + 1)
        return first, month_after(first, 2)
    return month.replace(month=1), month.replace(month=12)


def months_needed(agreed: Agreed, *, owner_id: int, period: date, late: Iterable[date]) -> set[date]:
    """Which months' revenue a payout for the period follows from: late months, and those of guarantees that they or the
    period's end touch."""
    needed = set(late)
    for month in [*needed, period]:
        for guarantee, _ in _guarantees_at(agreed, owner_id, month):
            first, last = span_of(guarantee, month)
            if month != period or last == period:
                needed |= set(_months(first, min(last, period)))
    return needed | {period}


def fingerprint(inputs: Mapping[str, Any], lines: Sequence[Line]) -> bytes:
    """SHA-256 of everything that a payout was computed from and came to, in one canonical form."""
    kept = [inputs, [msgspec.to_builtins(line, str_keys=True) for line in lines]]
    return hashlib.sha256(msgspec.json.encode(kept, order="sorted")).digest()


def _by_month(groups: Sequence[Group]) -> dict[date, list[Group]]:
    ordered = sorted(groups, key=lambda group: month_of(group.revenue_on))
    return {month: list(some) for month, some in groupby(ordered, key=lambda group: month_of(group.revenue_on))}


def _months(first: date, last: date) -> list[date]:
    made = []
    while first <= last:
        made.append(first)
        first = month_after(first)
    return made


def _share_lines(
    agreed: Agreed, owner_id: int, period: date, groups: Sequence[Group], departments: Mapping[int, str]
) -> list[Line]:
    months = month_shares(agreed, period, groups)
    return [
        Line(
            kind="share",
            description=_scope_words(month, share, departments, several=len(months) > 1),
            amount_minor=share.part_of(owner_id),
            base_minor=share.base_minor,
            entries=share.entries,
            contract_version_id=month.version.id,
            inputs={
                "rule": share.rule,
                "version": month.version.number,
                "from": month.first.isoformat(),
                "to": month.last.isoformat(),
                "grossMinor": share.gross_minor,
                "deducted": [[name, amount] for name, amount in share.deducted],
                "steps": share.steps,
            },
        )
        for month in months
        for share in month.shares
        if any(party == owner_id for party, _ in share.parts)
    ]


def _scope_words(month: Month, share: RuleShare, departments: Mapping[int, str], *, several: bool) -> str:
    rule = month.version.terms.rules[share.rule]
    named = [
        departments.get(rule.department_id, "") if rule.department_id is not None else "",
        rule.service_line or "",
    ]
    scope = " · ".join(word for word in named if word)
    if not scope:
        scope = "Other revenue" if len(month.version.terms.rules) > 1 else "All revenue"
    return f"{scope}, {month.first:%d %b} to {month.last:%d %b}" if several else scope


def _adjustment(
    agreed: Agreed, owner_id: int, month: date, groups: Sequence[Group], before: Before | None
) -> Line | None:
    """The difference that late entries make to a month; None where the contract is not about them."""
    now = part_of(month_shares(agreed, month, groups), owner_id)
    then = part_of(month_shares(agreed, month, [group for group in groups if not group.late]), owner_id)
    late = [group for group in groups if group.late and covers(agreed, group)]
    if not late:
        return None
    return Line(
        kind="adjustment",
        description=f"Late entries of {month_words(month)}",
        amount_minor=now - then,
        base_minor=sum(group.amount_minor for group in late),
        entries=sum(group.entries for group in late),
        inputs={
            "month": month.isoformat(),
            "nowMinor": now,
            "thenMinor": then,
            "payoutId": before.payout_id if before else None,
            "through": before.through if before else None,
        },
    )


def _guarantees_at(agreed: Agreed, owner_id: int, month: date) -> list[tuple[Guarantee, AgreedVersion]]:
    """The owner's guarantees in the terms of the last day of a month."""
    version = agreed.version_on(last_day_of(month))
    if version is None:
        return []
    return [(one, version) for one in version.terms.guarantees if one.owner_id == owner_id]


def _top_up(
    agreed: Agreed,
    owner_id: int,
    guarantee: Guarantee,
    span: tuple[date, date],
    by_month: Mapping[date, list[Group]],
    *,
    with_late: bool,
) -> tuple[int, int]:
    """What is missing to a guarantee over its months, and what the owner got in them."""
    got = sum(
        part_of(month_shares(agreed, month, [g for g in by_month.get(month, []) if with_late or not g.late]), owner_id)
        for month in _months(*span)
    )
    return max(0, minor_units(guarantee.amount, agreed.currency) - got), got


def _guarantees(agreed: Agreed, owner_id: int, period: date, by_month: Mapping[date, list[Group]]) -> list[Line]:
    """A line for each guarantee whose whole months end with the period and were not reached (RULES, Money 5)."""
    made = []
    for guarantee, version in _guarantees_at(agreed, owner_id, period):
        span = span_of(guarantee, period)
        if span[1] != period or not agreed.covers(span[0], last_day_of(span[1])):
            continue
        missing, got = _top_up(agreed, owner_id, guarantee, span, by_month, with_late=True)
        if missing:
            made.append(_guarantee_line(guarantee, version, span, missing, {"gotMinor": got}, "Minimum guarantee"))
    return made


def _guarantees_again(
    agreed: Agreed, owner_id: int, late: Sequence[date], by_month: Mapping[date, list[Group]], period: date
) -> list[Line]:
    """Guarantees of months that are over, where late entries change what was missing."""
    made, seen = [], set()
    for month in late:
        for guarantee, version in _guarantees_at(agreed, owner_id, month):
            span = span_of(guarantee, month)
            known = (guarantee.period, span[0])
            if known in seen or span[1] >= period or not agreed.covers(span[0], last_day_of(span[1])):
                continue
            seen.add(known)
            now, got = _top_up(agreed, owner_id, guarantee, span, by_month, with_late=True)
            then, _ = _top_up(agreed, owner_id, guarantee, span, by_month, with_late=False)
            if now != then:
                facts = {"gotMinor": got, "thenMinor": then, "nowMinor": now}
                made.append(
                    _guarantee_line(guarantee, version, span, now - then, facts, "Minimum guarantee, worked out again")
                )
    return made


def _guarantee_line(
    guarantee: Guarantee,
    version: AgreedVersion,
    span: tuple[date, date],
    amount: int,
    facts: dict[str, Any],
    words: str,
) -> Line:
    months = month_words(span[1]) if span[0] == span[1] else f"{month_words(span[0])} to {month_words(span[1])}"
    return Line(
        kind="guarantee",
        description=f"{words}: {months}",
        amount_minor=amount,
        contract_version_id=version.id,
        inputs={
            "amount": guarantee.amount,
            "period": guarantee.period,
            "from": span[0].isoformat(),
            "to": last_day_of(span[1]).isoformat(),
        }
        | facts,
    )
