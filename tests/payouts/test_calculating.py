"""Stories about what a month gives an owner: versions within it, tiers, late entries, guarantees, balances. Pure."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from bedside.contracts import Terms
from bedside.payouts.calculating import (
    Agreed,
    AgreedVersion,
    Before,
    Group,
    Line,
    Recorded,
    fingerprint,
    lines_of,
    month_shares,
)

OWNER, OTHER = 7, 8
AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)
# the published example of RULES, Money 3: 3800 by slab is 1140
BRACKETS = [("0", "1000", "5"), ("1000", "2000", "10"), ("2000", "3000", "20"), ("3000", None, "30")]


def rule(percent: str = "30", **more: Any) -> dict[str, Any]:
    return {
        "method": "fixed",
        "tiers": [{"fromAmount": "0", "shares": [{"ownerId": OWNER, "percent": percent}]}],
    } | more


def tiered(method: str) -> dict[str, Any]:
    tiers = [
        {"fromAmount": since, "toAmount": until, "shares": [{"ownerId": OWNER, "percent": percent}]}
        for since, until, percent in BRACKETS
    ]
    return {"method": method, "tiers": tiers}


def agreed(*versions: tuple[date, dict[str, Any]], starts_on: date = date(2026, 1, 1), last_day: date | None = None,
           currency: str = "USD") -> Agreed:  # fmt: skip
    return Agreed(
        contract_id=1, number="C-1001", currency=currency, starts_on=starts_on, last_day=last_day,
        versions=tuple(
            AgreedVersion(id=10 + n, number=n, effective_from=since, terms=msgspec.convert(terms, Terms))
            for n, (since, terms) in enumerate(versions, start=1)
        ),
    )  # fmt: skip


def under(*rules: dict[str, Any], guarantees: list[dict[str, Any]] | None = None, **more: Any) -> Agreed:
    return agreed((date(2026, 1, 1), {"rules": list(rules), "guarantees": guarantees or []}), **more)


def took(day: date, amount: int, *, department: int | None = 1, line: str = "", late: bool = False) -> Group:
    return Group(revenue_on=day, department_id=department, service_line=line, amount_minor=amount, entries=1, late=late)


def october(of: Agreed, *groups: Group, before: Before | None = None, recorded: list[Recorded] | None = None,
            owner: int = OWNER) -> list[Line]:  # fmt: skip
    return lines_of(
        of, owner_id=owner, period=OCTOBER, groups=groups, before=before, recorded=recorded or [],
        departments={1: "Cardiology", 2: "Radiology"},
    )  # fmt: skip


def told(lines: list[Line]) -> list[tuple[str, int]]:
    return [(line.kind, line.amount_minor) for line in lines]


def test_a_month_is_shared_and_says_of_what() -> None:
    lines = october(under(rule("30", departmentId=1), rule("5")), took(date(2026, 10, 3), 10000, department=2),
                    took(date(2026, 10, 9), 100000))  # fmt: skip
    assert [(line.description, line.amount_minor, line.base_minor) for line in lines] == [
        ("Cardiology", 30000, 100000),
        ("Other revenue", 500, 10000),
    ]


@pytest.mark.parametrize(("method", "share"), [("slab", 114000), ("marginal", 59000)])
def test_the_published_brackets(method: str, share: int) -> None:
    """3800 with 5% to 1000, 10% to 2000, 20% to 3000, 30% beyond: 1140 by slab; 50 + 100 + 200 + 240 by slices."""
    assert told(october(under(tiered(method)), took(date(2026, 10, 3), 380000))) == [("share", share)]


def test_terms_that_change_within_a_month_share_the_days_that_they_hold() -> None:
    of = agreed((date(2026, 1, 1), {"rules": [rule("30")]}), (date(2026, 10, 15), {"rules": [rule("40")]}))
    lines = october(of, took(date(2026, 10, 14), 100000), took(date(2026, 10, 15), 100000))
    assert told(lines) == [("share", 30000), ("share", 40000)]
    assert [(line.inputs["from"], line.inputs["to"]) for line in lines] == [
        ("2026-10-01", "2026-10-14"),
        ("2026-10-15", "2026-10-31"),
    ]
    assert [line.contract_version_id for line in lines] == [11, 12]


def test_a_month_is_not_prorated() -> None:
    """All of it was earned in the first half, so the second half's terms share nothing."""
    of = agreed((date(2026, 1, 1), {"rules": [rule("30")]}), (date(2026, 10, 15), {"rules": [rule("90")]}))
    assert told(october(of, took(date(2026, 10, 2), 100000))) == [("share", 30000)]


def test_what_is_deducted_each_month_comes_off_once_by_the_terms_of_the_last_day() -> None:
    rent = {"deductions": [{"name": "Rent", "amount": "100"}]}
    of = agreed(
        (date(2026, 1, 1), {"rules": [rule("50", **rent)]}), (date(2026, 10, 15), {"rules": [rule("50", **rent)]})
    )
    lines = october(of, took(date(2026, 10, 2), 100000), took(date(2026, 10, 20), 100000))
    assert [line.base_minor for line in lines] == [100000, 90000]


def test_days_before_and_after_the_contract_are_the_hospitals() -> None:
    of = under(rule("50"), starts_on=date(2026, 10, 10), last_day=date(2026, 10, 20))
    days = [took(date(2026, 10, day), 1000) for day in (9, 10, 20, 21)]
    assert told(october(of, *days)) == [("share", 1000)]


def test_a_late_refund_drops_its_month_into_a_lower_tier() -> None:
    """September came to 3800 and gave 1140. With 1000 given back it is 2800, by 20 percent: 560, so 580 less."""
    lines = october(
        under(tiered("slab")), took(date(2026, 9, 5), 380000), took(date(2026, 9, 6), -100000, late=True),
        took(date(2026, 10, 5), 500000), before=Before(payout_id=1, period=SEPTEMBER, through=1),
    )  # fmt: skip
    assert told(lines) == [("share", 150000), ("adjustment", -58000)]
    assert lines[1].inputs["month"] == "2026-09-01"
    assert (lines[1].entries, lines[1].base_minor) == (1, -100000)


def test_a_late_entry_counts_though_nothing_was_paid_for_its_month() -> None:
    lines = october(under(rule("30")), took(date(2026, 9, 5), 100000), took(date(2026, 9, 6), -10000, late=True))
    assert told(lines) == [("adjustment", -3000), ("carried_forward", 3000)]


def test_a_late_entry_that_the_contract_is_not_about_makes_no_line() -> None:
    of = under(rule("30", departmentId=1))
    assert october(of, took(date(2026, 9, 6), -10000, department=2, late=True)) == []


def test_late_entries_after_the_contract_ended_still_count() -> None:
    of = under(rule("30"), last_day=date(2026, 9, 30))
    lines = october(of, took(date(2026, 9, 6), 10000, late=True), took(date(2026, 10, 2), 99999))
    assert told(lines) == [("adjustment", 3000)]


GUARANTEE = {"ownerId": OWNER, "amount": "500", "period": "month"}


def test_a_month_below_the_guarantee_is_topped_up_on_a_line_of_its_own() -> None:
    lines = october(under(rule("30"), guarantees=[GUARANTEE]), took(date(2026, 10, 5), 100000))
    assert told(lines) == [("share", 30000), ("guarantee", 20000)]
    assert lines[1].inputs["gotMinor"] == 30000


def test_a_month_without_any_revenue_still_has_its_guarantee() -> None:
    assert told(october(under(rule("30"), guarantees=[GUARANTEE]))) == [("guarantee", 50000)]


def test_a_month_that_the_contract_covers_in_part_has_no_guarantee() -> None:
    of = under(rule("30"), guarantees=[GUARANTEE], starts_on=date(2026, 10, 2))
    assert told(october(of, took(date(2026, 10, 5), 1000))) == [("share", 300)]


def test_a_quarter_is_topped_up_at_its_end_and_not_before() -> None:
    quarter = GUARANTEE | {"period": "quarter", "amount": "1000"}
    of = under(rule("50"), guarantees=[quarter])
    assert told(october(of, took(date(2026, 10, 5), 10000))) == [("share", 5000)]
    months = [took(date(2026, month, 5), 40000) for month in (7, 8, 9)]
    lines = lines_of(of, owner_id=OWNER, period=SEPTEMBER, groups=months, before=None, departments={})
    assert told(lines) == [("share", 20000), ("guarantee", 40000)]


def test_a_late_refund_of_a_guaranteed_month_is_topped_up_again() -> None:
    """September gave 300 and 200 on top. A refund takes 60 off the share, so the guarantee gives 60 more."""
    lines = october(
        under(rule("30"), guarantees=[GUARANTEE]), took(date(2026, 9, 5), 100000),
        took(date(2026, 9, 8), -20000, late=True), took(date(2026, 10, 5), 200000),
        before=Before(payout_id=1, period=SEPTEMBER, through=1),
    )  # fmt: skip
    assert told(lines) == [("share", 60000), ("adjustment", -6000), ("guarantee", 6000)]


def test_what_is_below_zero_is_carried_forward_and_taken_off_the_next() -> None:
    of = under(rule("30"))
    lines = october(of, took(date(2026, 10, 5), -100000))
    assert told(lines) == [("share", -30000), ("carried_forward", 30000)]
    before = Before(payout_id=3, period=OCTOBER, through=9, carried_minor=30000)
    november = lines_of(
        of, owner_id=OWNER, period=date(2026, 11, 1), groups=[took(date(2026, 11, 5), 200000)], before=before,
        departments={},
    )  # fmt: skip
    assert told(november) == [("share", 60000), ("brought_forward", -30000)]


def test_payments_made_before_are_deducted_one_by_one() -> None:
    recorded = [
        Recorded(payout_id=4, reference_number="PAY1", amount_minor=10000),
        Recorded(payout_id=5, reference_number="PAY2", amount_minor=30000),
    ]
    lines = october(under(rule("30")), took(date(2026, 10, 5), 100000), recorded=recorded)
    assert told(lines) == [("share", 30000), ("recorded", -10000), ("recorded", -30000), ("carried_forward", 10000)]
    assert [line.recorded_payout_id for line in lines[1:3]] == [4, 5]


days = some.dates(OCTOBER, date(2026, 10, 31))
takings = some.lists(
    some.builds(
        took, days, some.integers(-(10**9), 10**9), department=some.sampled_from([None, 1, 2]),
        line=some.sampled_from(["", "imaging", "Imaging"]),
    ),
    max_size=30,
)  # fmt: skip
percents = some.integers(0, 1_000_000).map(lambda n: f"{n // 10_000}.{n % 10_000:04d}")


@given(takings=takings, mine=percents, theirs=percents, changes_on=days)
def test_the_shares_of_all_parties_add_up_to_what_was_shared(
    takings: list[Group], mine: str, theirs: str, changes_on: date
) -> None:
    share_of_both = {
        "method": "marginal",
        "tiers": [
            {
                "fromAmount": "0", "toAmount": "500",
                "shares": [{"ownerId": OWNER, "percent": mine}, {"ownerId": OTHER, "percent": None}],
            },
            {
                "fromAmount": "500",
                "shares": [{"ownerId": OTHER, "percent": theirs}, {"ownerId": None, "percent": None}],
            },
        ],
    }  # fmt: skip
    of = agreed(
        (date(2026, 1, 1), {"rules": [share_of_both]}),
        (changes_on, {"rules": [rule(mine), rule("10", serviceLine="imaging")]}),
    )
    for month in month_shares(of, OCTOBER, takings):
        for one in month.shares:
            assert sum(amount for _, amount in one.parts) == one.base_minor
    shared = sum(one.gross_minor for month in month_shares(of, OCTOBER, takings) for one in month.shares)
    assert shared == sum(one.amount_minor for one in takings)
    assert sum(line.amount_minor for line in october(of, *takings)) >= 0


@given(takings=takings, mine=percents, shuffled=some.randoms())
def test_the_same_facts_give_the_same_bytes_in_whatever_order_they_come(
    takings: list[Group], mine: str, shuffled: Any
) -> None:
    of = under(rule(mine), rule("10", serviceLine="imaging"), guarantees=[GUARANTEE])
    again = list(takings)
    shuffled.shuffle(again)
    assert fingerprint({}, october(of, *takings)) == fingerprint({}, october(of, *again))


@given(early=takings, late=takings, mine=percents)
def test_a_month_paid_in_two_pieces_comes_to_the_same_as_in_one(
    early: list[Group], late: list[Group], mine: str
) -> None:
    """October worked out at once, or what was known then, and the rest as an adjustment in November."""
    of = under(tiered("slab"), rule(mine, serviceLine="imaging"))
    whole = sum(line.amount_minor for line in october(of, *early, *late) if line.kind == "share")
    first = sum(line.amount_minor for line in october(of, *early) if line.kind == "share")
    lines = lines_of(
        of, owner_id=OWNER, period=date(2026, 11, 1),
        groups=[*early, *(msgspec.structs.replace(one, late=True) for one in late)],
        before=Before(payout_id=1, period=OCTOBER, through=1), departments={},
    )  # fmt: skip
    assert first + sum(line.amount_minor for line in lines if line.kind == "adjustment") == whole
