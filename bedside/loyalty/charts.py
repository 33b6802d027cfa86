"""The months of the report as a chart that the server draws: where each bar and point stands. Pure."""

from collections.abc import Sequence
from datetime import date

import msgspec

from bedside.loyalty.member_model import MonthOfPoints

SLOT = 40  # units of width a month
BAR = 11
HEIGHT = 160
_STEPS = (1, 2, 2.5, 5, 10)


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A month: bars of what was earned (up), spent and lost (beside it), and the point of what stood at its end."""

    month: date
    x: int
    earned: float
    spent: float
    lost: float
    middle: int
    labelled: bool
    numbers: MonthOfPoints


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Bars of what moved, and above them the line of what was outstanding, each on a scale of its own."""

    columns: list[Column]
    width: int
    height: int
    line: str
    area: str
    most_moved: int
    most_outstanding: int


def rounded_up(number: int) -> int:
    """The next round number, for the end of a scale: 1, 2, 2.5, 5 and their tens. Pure."""
    if number <= 0:
        return 10
    power = 10 ** (len(str(number)) - 1)
    return max(10, next(int(step * power) for step in _STEPS if step * power >= number))


def months_drawn(months: Sequence[MonthOfPoints]) -> Chart:
    """The months, oldest first. What was taken back counts as lost, with what expired."""
    most = rounded_up(max((max(one.earned, one.spent, one.expired + one.reversed) for one in months), default=0))
    highest = rounded_up(max((one.outstanding for one in months), default=0))
    every = max(1, -(-len(months) // 12))
    columns, points = [], []
    for place, one in enumerate(months):
        middle = place * SLOT + SLOT // 2
        columns.append(
            Column(
                month=one.month,
                x=place * SLOT,
                earned=_tall(one.earned, most),
                spent=_tall(one.spent, most),
                lost=_tall(one.expired + one.reversed, most),
                middle=middle,
                labelled=(len(months) - 1 - place) % every == 0,
                numbers=one,
            )
        )
        points.append(f"{middle},{round(HEIGHT - _tall(one.outstanding, highest), 2)}")
    width = max(len(months), 1) * SLOT
    ends = f" {columns[-1].middle},{HEIGHT} {columns[0].middle},{HEIGHT}" if columns else ""
    return Chart(
        columns=columns,
        width=width,
        height=HEIGHT,
        line=" ".join(points),
        area=" ".join(points) + ends,
        most_moved=most,
        most_outstanding=highest,
    )


def _tall(number: int, most: int) -> float:
    return round(max(number, 0) / most * HEIGHT, 2)
