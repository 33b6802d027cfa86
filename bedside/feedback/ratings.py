"""What ratings come to: exact, and only rounded to be shown (RULES, Scores). Pure."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

FEW = 30  # answers under which a change says little
SMALLEST_GROUP = 5  # under which an answer could be told from whom it is


def mean_of(counts: Mapping[int, int]) -> Fraction | None:
    """The mean of ratings, given how often each was given; None of none."""
    number = sum(counts.values())
    return Fraction(sum(stars * often for stars, often in counts.items()), number) if number else None


def top_box(counts: Mapping[int, int]) -> Fraction | None:
    """The share of the best rating, 5."""
    number = sum(counts.values())
    return Fraction(counts.get(5, 0), number) if number else None


def csat(counts: Mapping[int, int]) -> Fraction | None:
    """The share of 4 and 5 among answers from 1 to 5; skips are no answers."""
    number = sum(counts.values())
    return Fraction(counts.get(4, 0) + counts.get(5, 0), number) if number else None


def nps(counts: Mapping[int, int]) -> Fraction | None:
    """The net promoter score, -100 to 100: the share of 9 and 10 less the share of 0 to 6, in points; 7 and 8 count
    among the answers. Only answers from 0 to 10 count, skips do not. None of none. (Reichheld, The One Number You Need
    to Grow, Harvard Business Review, December 2003.)"""
    number = sum(counts.values())
    if not number:
        return None
    return Fraction(100 * (promoters(counts) - detractors(counts)), number)


def promoters(counts: Mapping[int, int]) -> int:
    """Answers of 9 and 10."""
    return counts.get(9, 0) + counts.get(10, 0)


def detractors(counts: Mapping[int, int]) -> int:
    """Answers of 0 to 6."""
    return sum(often for answer, often in counts.items() if answer <= 6)


def counted(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """How often each answer was given."""
    made: dict[int, int] = {}
    for answer, often in pairs:
        made[answer] = made.get(answer, 0) + often
    return made
