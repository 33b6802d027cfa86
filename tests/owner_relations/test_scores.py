"""What ratings come to, exactly; RULES "Scores"."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.kit.averages import mean, median, shown
from bedside.owner_relations.scores import (
    Rated,
    by_month,
    distribution,
    fall,
    of_others,
    overall_of,
)

SCORES = st.integers(0, 10).map(lambda halves: Decimal(halves) / 2)
DAY = date(2026, 10, 5)


def rated(owner_id: int, overall: str | None, day: date = DAY, **categories: Decimal) -> Rated:
    """An answer."""
    return Rated(
        owner_id=owner_id, surveyed_on=day, overall=None if overall is None else Decimal(overall), **categories
    )


def test_nought_is_a_rating_and_none_is_not() -> None:
    assert mean([Decimal(0), Decimal(5)]) == Fraction(5, 2)
    assert mean([]) is None
    assert overall_of(None, [Decimal(0), None, None]) == 0
    assert overall_of(Decimal(0), [Decimal(5)]) == 0
    with pytest.raises(ValueError, match="nothing was rated"):
        overall_of(None, [None, None])


def test_what_was_not_rated_leaves_the_denominator() -> None:
    assert rated(1, None, payments=Decimal(4), support=Decimal(5)).score == Fraction(9, 2)


def test_the_middle_of_an_even_number_is_the_mean_of_two() -> None:
    assert median([Decimal(1), Decimal(5), Decimal(2), Decimal(3)]) == Fraction(5, 2)
    assert median([Decimal(5), Decimal(1), Decimal(3)]) == 3
    assert median([]) is None


def test_a_score_is_rounded_half_up_and_only_to_be_shown() -> None:
    assert shown(Fraction(13, 3)) == "4.33"
    assert shown(Fraction(1, 8)) == "0.13"
    assert shown(Fraction(17, 4), 1) == "4.3"
    assert shown(None) is None


@given(st.lists(SCORES, min_size=1, max_size=40))
def test_mean_and_median_lie_between_the_lowest_and_the_highest(scores: list[Decimal]) -> None:
    for found in (mean(scores), median(scores)):
        assert found is not None
        assert min(scores) <= found <= max(scores)


@given(st.lists(SCORES, min_size=1, max_size=40))
def test_every_answer_stands_in_the_distribution_once(scores: list[Decimal]) -> None:
    assert sum(number for _, number in distribution(rated(1, str(score)) for score in scores)) == len(scores)


def test_a_fall_is_against_the_mean_of_the_two_before() -> None:
    assert fall([], Fraction(1)) is None
    assert fall([Fraction(4)], Fraction(3)) == 1
    assert fall([Fraction(4), Fraction(5), Fraction(0)], Fraction(3)) == Fraction(3, 2)
    assert fall([Fraction(2)], Fraction(3)) == -1


def test_the_median_of_others_is_withheld_for_fewer_than_five_and_counts_each_owner_once() -> None:
    others = [rated(owner_id, str(owner_id)) for owner_id in (2, 3, 4, 5)]
    assert of_others([rated(1, "5"), *others], 1) == (None, 4)
    many = [*others, *(rated(6, "0") for _ in range(9))]
    # of 2, 3, 4, 5 and 0, however often the sixth owner answered
    assert of_others([rated(1, "5"), *many], 1) == (3, 5)
    assert of_others([rated(1, "5"), *many], 1, "growth") == (None, 0)


def test_months_are_in_order_with_how_many_answered() -> None:
    answers = [rated(1, "4", date(2026, 10, 31)), rated(1, "1", date(2026, 8, 1)), rated(2, "5", date(2026, 10, 1))]
    assert by_month(answers) == [(date(2026, 8, 1), 1, 1), (date(2026, 10, 1), Fraction(9, 2), 2)]
