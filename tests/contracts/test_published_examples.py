"""Worked examples that others published, reckoned by our rules: tiers by the tax tables, splitting by apportionment."""

import pytest

from bedside.contracts import Earned, PartyShare, ShareRule, Terms, Tier, check_terms, share_revenue, split

HARBOR = 7

# 2024, Schedule X, single: taxable income from, rate, and the tax at where the bracket begins, in dollars
SCHEDULE_X = [
    ("0", "10", 0),
    ("11600", "12", 1160_00),
    ("47150", "22", 5426_00),
    ("100525", "24", 17_168_50),
    ("191950", "32", 39_110_50),
    ("243725", "35", 55_678_50),
    ("609350", "37", 183_647_25),
]


def brackets() -> Terms:
    """The tax brackets as if they were the tiers of a contract."""
    ends = [*(begins for begins, _, _ in SCHEDULE_X[1:]), None]
    tiers = [
        Tier(from_amount=begins, to_amount=end, shares=[PartyShare(owner_id=HARBOR, percent=rate), PartyShare()])
        for (begins, rate, _), end in zip(SCHEDULE_X, ends, strict=True)
    ]
    terms = Terms(rules=[ShareRule(method="marginal", tiers=tiers)])
    check_terms(terms, currency="USD")
    return terms


def part(terms: Terms, amount: int) -> int:
    revenue = [Earned(department_id=None, service_line="", amount_minor=amount, entries=1)]
    [one] = share_revenue(terms, revenue, currency="USD", fixed_deductions=True)
    assert sum(given for _, given in one.parts) == amount
    return one.part_of(HARBOR)


@pytest.mark.parametrize(("begins", "tax"), [(begins, tax) for begins, _, tax in SCHEDULE_X])
def test_marginal_tiers_come_to_the_taxes_at_the_ends_of_the_brackets(begins: str, tax: int) -> None:
    """The 2024 Tax Rate Schedule X of the U.S. Internal Revenue Service (brackets: Rev. Proc. 2023-34), as reprinted in
    Spilker et al., McGraw Hill's Taxation, 15th ed., appendix "2024 Tax Rate Schedules": "over $47,150 but not over
    $100,525: $5,426 plus 22% of the excess over $47,150", and so on for every bracket."""
    assert part(brackets(), int(begins) * 100) == tax


def test_marginal_tiers_come_to_the_tax_within_a_bracket() -> None:
    """The same schedule, applied to $60,000 and to a million by its own words: "$5,426 plus 22% of the excess over
    $47,150" and "$183,647.25 plus 37% of the excess over $609,350"."""
    assert part(brackets(), 60_000_00) == 5426_00 + (60_000_00 - 47_150_00) * 22 // 100 == 8253_00
    assert part(brackets(), 1_000_000_00) == 183_647_25 + (1_000_000_00 - 609_350_00) * 37 // 100 == 328_187_75


def test_splitting_is_hamiltons_apportionment_of_1792() -> None:
    """Example 6, "The Vetoed Apportionment Bill by Hamilton's Method", in COMAP, For All Practical Purposes, 10th ed.,
    chapter 14: 120 seats for a population of 3,615,920 in 15 states (census of 1790). The whole quotas come to 111, and
    the nine states with the largest fractions get one more."""
    states = {
        "New Jersey": (179_570, 6), "Virginia": (630_560, 21), "Connecticut": (236_841, 8),
        "South Carolina": (206_236, 7), "Delaware": (55_540, 2), "Vermont": (85_533, 3),
        "Massachusetts": (475_327, 16), "North Carolina": (353_523, 12), "New Hampshire": (141_822, 5),
        "Pennsylvania": (432_879, 14), "Georgia": (70_835, 2), "Kentucky": (68_705, 2), "Rhode Island": (68_446, 2),
        "Maryland": (278_514, 9), "New York": (331_589, 11),
    }  # fmt: skip
    people = [one for one, _ in states.values()]
    assert sum(people) == 3_615_920
    assert split(120, people, sum(people)) == [seats for _, seats in states.values()]


def test_splitting_is_the_largest_remainder_method_by_hares_quota() -> None:
    """The example of Wikipedia, "Largest remainder method" (quota method), under "Hare quota": 100,000 votes, 10 seats,
    for Yellows, Whites, Reds, Greens, Blues and Pinks."""
    votes = [47_000, 16_000, 15_800, 12_000, 6_100, 3_100]
    assert split(10, votes, 100_000) == [5, 2, 1, 1, 1, 0]
