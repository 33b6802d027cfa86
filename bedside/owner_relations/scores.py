"""What ratings come to: exact, and only rounded to be shown (RULES, Scores). Pure.

0 is a rating, null is none; what was not rated leaves the denominator. A trend compares equal windows and says how many
answered. Groups under five are withheld where people are compared with others.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from bedside.kit.averages import Score, mean, median

CATEGORIES = ("payments", "communication", "transparency", "support", "growth")
FEW = 30  # answers under which a number says little
SMALLEST_GROUP = 5
LOW = Decimal(2)


class Rated(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of an owner: overall and by category, null where not rated."""

    owner_id: int
    surveyed_on: date
    overall: Decimal | None
    payments: Decimal | None = None
    communication: Decimal | None = None
    transparency: Decimal | None = None
    support: Decimal | None = None
    growth: Decimal | None = None

    @property
    def score(self) -> Fraction:
        """The overall rating; where none was given, the mean of the categories that were."""
        return overall_of(self.overall, [getattr(self, name) for name in CATEGORIES])


def overall_of(overall: Decimal | None, categories: Iterable[Decimal | None]) -> Fraction:
    """The overall rating, or the mean of the categories that were rated. Raises ValueError where nothing was."""
    if overall is not None:
        return Fraction(overall)
    found = mean(one for one in categories if one is not None)
    if found is None:
        raise ValueError("nothing was rated")
    return found


def fall(before: Sequence[Fraction], now: Fraction) -> Fraction | None:
    """How far a rating lies under the mean of the two before it (of the one, where there is one); None without any."""
    known = mean(before[:2])
    return None if known is None else known - now


def of_others(rated: Iterable[Rated], owner_id: int, category: str | None = None) -> tuple[Fraction | None, int]:
    """The median of other owners' own means, and how many there are. Withheld (None) for fewer than five: with so few,
    somebody's answer could be guessed."""
    by_owner: dict[int, list[Score]] = {}
    for one in rated:
        score = one.score if category is None else getattr(one, category)
        if one.owner_id != owner_id and score is not None:
            by_owner.setdefault(one.owner_id, []).append(score)
    if len(by_owner) < SMALLEST_GROUP:
        return None, len(by_owner)
    return median(found for scores in by_owner.values() if (found := mean(scores)) is not None), len(by_owner)


def by_month(rated: Iterable[Rated]) -> list[tuple[date, Fraction, int]]:
    """Month, mean and how many answered, in order; months without an answer are left out."""
    months: dict[date, list[Fraction]] = {}
    for one in rated:
        months.setdefault(one.surveyed_on.replace(day=1), []).append(one.score)
    return [(month, sum(scores, Fraction(0)) / len(scores), len(scores)) for month, scores in sorted(months.items())]


def distribution(rated: Iterable[Rated]) -> list[tuple[str, int]]:
    """How many answers there are of each whole star, 0 to 5, by the overall rating rounded down."""
    counted = [0] * 6
    for one in rated:
        counted[int(one.score)] += 1
    return [(str(stars), number) for stars, number in enumerate(counted)]
