"""What each party gets of a month: whole numbers that always add up, whatever was agreed and whatever came in."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.contracts import (
    Deduction,
    Earned,
    PartyShare,
    RuleShare,
    ShareRule,
    Terms,
    Tier,
    check_terms,
    rule_for,
    share_revenue,
    split,
)

WHOLE = 1_000_000
HARBOR, GRACE, LUCIA = 7, 8, 9
amounts = st.integers(-(10**14), 10**14)


def earned(amount: int, department: int | None = None, line: str = "") -> Earned:
    return Earned(department_id=department, service_line=line, amount_minor=amount, entries=1)


def shares(terms: Terms, *revenue: Earned, fixed: bool = True, currency: str = "USD") -> list[RuleShare]:
    return share_revenue(terms, revenue, currency=currency, fixed_deductions=fixed)


def percents(given: st.DrawFn, parties: list[int | None]) -> list[PartyShare]:
    """Shares of up to four decimals each that come to 100 at most; one may be the remainder."""
    left, made = WHOLE, []
    for party in parties:
        part = given(st.integers(0, left))
        left -= part
        made.append(PartyShare(owner_id=party, percent=f"{part // 10_000}.{part % 10_000:04}"))
    if given(st.booleans()) or None in parties:
        n = given(st.integers(0, len(made) - 1))
        made[n] = PartyShare(owner_id=made[n].owner_id)
    return made


@st.composite
def rules(draw: st.DrawFn, deductions: bool = True) -> ShareRule:
    """Any rule that can be saved."""
    parties: list[int | None] = list(draw(st.permutations([HARBOR, GRACE, LUCIA, None])))
    parties = parties[: draw(st.integers(1, 4))]
    if parties == [None]:
        parties = [HARBOR]
    method = draw(st.sampled_from(["fixed", "slab", "marginal"]))
    bounds = [] if method == "fixed" else sorted(draw(st.sets(st.integers(1, 10**9), max_size=4)))
    texts = [f"{one // 100}.{one % 100:02}" for one in bounds]
    tiers = [
        Tier(from_amount=begins, to_amount=ends, shares=percents(draw, parties))
        for begins, ends in zip(["0", *texts], [*texts, None], strict=True)
    ]
    return ShareRule(method=method, tiers=tiers, deductions=draw(deduction_lists) if deductions else [])  # type: ignore[arg-type]


deduction_lists: st.SearchStrategy[list[Deduction]] = st.lists(
    st.one_of(
        st.integers(0, 300_000).map(lambda n: Deduction(name="Fee", percent=f"{n // 10_000}.{n % 10_000:04}")),
        st.integers(1, 10**10).map(lambda n: Deduction(name="Rent", amount=f"{n // 100}.{n % 100:02}")),
    ),
    max_size=3,
)


@given(rule=rules(), amount=amounts, fixed=st.booleans())
def test_the_parts_add_up_to_what_was_shared_whatever_was_agreed(rule: ShareRule, amount: int, fixed: bool) -> None:
    terms = Terms(rules=[rule])
    check_terms(terms, currency="USD")  # the strategy makes only what can be saved
    [one] = shares(terms, earned(amount), fixed=fixed)
    assert sum(part for _, part in one.parts) == one.base_minor
    assert one.base_minor == one.gross_minor - sum(off for _, off in one.deducted)
    assert one.gross_minor == amount
    assert sum(step["amountMinor"] for step in one.steps) == one.base_minor
    # nobody is given more than there is, nor a sign that it has not
    for part in [*(part for _, part in one.parts), *(off for _, off in one.deducted), one.base_minor]:
        assert 0 <= part <= amount or amount <= part <= 0


@given(rule=rules(deductions=False), amount=amounts)
def test_a_negative_month_mirrors_the_positive_one(rule: ShareRule, amount: int) -> None:
    terms = Terms(rules=[rule])
    [there], [back] = shares(terms, earned(amount)), shares(terms, earned(-amount))
    assert [(party, -part) for party, part in there.parts] == back.parts


@given(rule=rules(), amount=amounts)
def test_percent_deductions_are_mirrored_too(rule: ShareRule, amount: int) -> None:
    terms = Terms(rules=[rule])
    [there], [back] = shares(terms, earned(amount), fixed=False), shares(terms, earned(-amount), fixed=False)
    assert [(name, -off) for name, off in there.deducted] == back.deducted
    assert [(party, -part) for party, part in there.parts] == back.parts


@given(rule=rules(), amount=amounts)
def test_nobody_is_a_whole_unit_away_from_their_exact_share(rule: ShareRule, amount: int) -> None:
    [one] = shares(Terms(rules=[rule]), earned(amount))
    for party, part in one.parts:
        exact = sum(
            step["amountMinor"] * share["millionths"]
            for step in one.steps
            for share in step["shares"]
            if share["ownerId"] == party
        )
        assert abs(part * WHOLE - exact) < WHOLE


@given(rule=rules(), amounts_=st.lists(amounts, min_size=1, max_size=6), seed=st.integers())
def test_the_order_in_which_revenue_came_changes_nothing(rule: ShareRule, amounts_: list[int], seed: int) -> None:
    terms = Terms(rules=[rule])
    shuffled = random.Random(seed).sample(amounts_, len(amounts_))
    assert shares(terms, *map(earned, amounts_)) == shares(terms, *map(earned, shuffled))


@given(rule=rules())
def test_of_nothing_everybody_gets_nothing(rule: ShareRule) -> None:
    [one] = shares(Terms(rules=[rule]), earned(0))
    assert {part for _, part in one.parts} == {0}
    assert (one.base_minor, {off for _, off in one.deducted} - {0}) == (0, set())
    assert shares(Terms(rules=[rule])) == [], "where nothing came in there is nothing to explain"


@given(base=amounts, weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_any_weights_split_any_base(base: int, weights: list[int]) -> None:
    whole = sum(weights)
    if whole == 0:
        return
    parts = split(base, weights, whole)
    assert sum(parts) == base
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


def test_a_cent_that_is_left_over_goes_to_who_stands_first() -> None:
    assert split(1, [500_000, 500_000], WHOLE) == [1, 0]
    assert split(-1, [500_000, 500_000], WHOLE) == [-1, 0]
    assert split(100, [333_333, 333_333, 333_334], WHOLE) == [33, 33, 34], "the largest fraction before the order"
    assert split(200, [333_333, 333_333, 333_334], WHOLE) == [67, 66, 67]


def tiered(method: str) -> Terms:
    """5% to 1000, 10% to 2000, 20% to 3000, 30% beyond; the hospital keeps the rest (RULES, Money 3)."""
    given: list[tuple[str, str | None, str]] = [
        ("0", "1000", "5"), ("1000", "2000", "10"), ("2000", "3000", "20"), ("3000", None, "30"),
    ]  # fmt: skip
    tiers = [
        Tier(from_amount=begins, to_amount=ends, shares=[PartyShare(owner_id=HARBOR, percent=percent), PartyShare()])
        for begins, ends, percent in given
    ]
    return Terms(rules=[ShareRule(method=method, tiers=tiers)])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "amount", "part"),
    [
        ("slab", 3800_00, 1140_00),
        ("marginal", 3800_00, 590_00),
        # a tier begins with its amount: a thousand is in the second
        ("slab", 999_99, 50_00),
        ("slab", 1000_00, 100_00),
        ("marginal", 1000_00, 50_00),
        ("slab", -3800_00, -1140_00),
        ("marginal", -3800_00, -590_00),
    ],
)
def test_by_slab_all_is_at_the_reached_rate_and_marginally_each_part_at_its_own(
    method: str, amount: int, part: int
) -> None:
    [one] = shares(tiered(method), earned(amount))
    assert (one.part_of(HARBOR), one.part_of(None)) == (part, amount - part)


def test_seventy_thirty_of_an_odd_amount() -> None:
    rule = ShareRule(tiers=[Tier(shares=[PartyShare(owner_id=HARBOR, percent="70"), PartyShare()])])
    [one] = shares(Terms(rules=[rule]), earned(45_000_01))
    assert one.parts == [(HARBOR, 31_500_01), (None, 13_500_00)]
    [yen] = shares(Terms(rules=[rule]), earned(101), currency="JPY")
    assert yen.parts == [(HARBOR, 71), (None, 30)]


def test_deductions_come_off_first_and_never_more_than_there_is() -> None:
    off = [Deduction(name="Card fees", percent="2.5"), Deduction(name="Rent", amount="1000")]
    rule = ShareRule(tiers=[Tier(shares=[PartyShare(owner_id=HARBOR, percent="50"), PartyShare()])], deductions=off)
    terms = Terms(rules=[rule])
    [one] = shares(terms, earned(10_000_00))
    assert one.deducted == [("Card fees", 250_00), ("Rent", 1000_00)]
    assert one.parts == [(HARBOR, 4375_00), (None, 4375_00)]
    [little] = shares(terms, earned(500_00))
    assert (little.deducted, little.base_minor) == ([("Card fees", 12_50), ("Rent", 487_50)], 0)
    [negative] = shares(terms, earned(-500_00))
    assert (negative.deducted, negative.base_minor) == ([("Card fees", -12_50)], -487_50), "no rent of a refund"
    [elsewhere] = shares(terms, earned(10_000_00), fixed=False)
    assert elsewhere.deducted == [("Card fees", 250_00)], "an amount a month is taken once"


def test_the_most_particular_rule_is_about_the_revenue() -> None:
    tier = Tier(shares=[PartyShare(owner_id=HARBOR, percent="50"), PartyShare()])

    def rule(**scope: Any) -> ShareRule:
        return ShareRule(tiers=[tier], **scope)

    terms = Terms(
        rules=[
            rule(),
            rule(service_line="Imaging"),
            rule(department_id=3),
            rule(department_id=3, service_line="Imaging"),
        ]
    )
    asked = [(None, ""), (4, "imaging"), (3, "Surgery"), (3, "IMAGING")]
    assert [rule_for(terms, department, line) for department, line in asked] == [0, 1, 2, 3]
    some = Terms(rules=[rule(department_id=3)])
    assert rule_for(some, 4, "") is None
    assert shares(some, earned(100, department=4)) == [], "what no rule covers stays with the hospital"
