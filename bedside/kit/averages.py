"""Means and medians, exact; rounded only to be shown. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

Score = Decimal | Fraction | int


def mean(scores: Iterable[Score]) -> Fraction | None:
    """The mean, exactly; None of nothing."""
    every = [Fraction(score) for score in scores]
    return sum(every, Fraction(0)) / len(every) if every else None


def median(scores: Iterable[Score]) -> Fraction | None:
    """The middle, or the mean of the two in the middle; None of nothing."""
    every = sorted(Fraction(score) for score in scores)
    if not every:
        return None
    half = len(every) // 2
    return every[half] if len(every) % 2 else (every[half - 1] + every[half]) / 2


def shown(score: Fraction | None, places: int = 2) -> str | None:
    """A score as it is shown, rounded half up; None for none."""
    if score is None:
        return None
    scaled = score * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return f"{Decimal(whole).scaleb(-places):.{places}f}"
