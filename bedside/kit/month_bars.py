"""Means by month, from 0 to 5, as a chart that the server draws: where each bar stands. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import msgspec

SLOT = 20  # units of width a month
BAR = 12
UNIT = 20  # units of height a star


class MonthMean(Protocol):
    """A month with its mean, as it is shown; null where there is none to be shown."""

    @property
    def month(self) -> date:
        """Its first day."""
        ...

    @property
    def mean(self) -> str | None:
        """From 0 to 5."""
        ...


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A month's place in the chart; `score` null where there is none. `labelled`: there is room for its name."""

    month: date
    score: MonthMean | None
    x: int
    y: float
    height: float
    labelled: bool


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A chart of months, the oldest first."""

    bars: list[Bar]
    width: int
    height: int

    @property
    def scored(self) -> list[MonthMean]:
        """The months that have a mean."""
        return [one.score for one in self.bars if one.score is not None]


def months_drawn(scores: Sequence[MonthMean], *, until: date, months: int) -> Chart:
    """The last so many months and the one under way, those without answers too. A bar is as high as its mean; that of
    a 0 is a line, so that it is not taken for none."""
    by_month = {one.month: one for one in scores if one.mean is not None}
    last = max([until.replace(day=1), *by_month])
    bars = []
    for place in range(months + 1):
        counted = last.year * 12 + last.month - 1 - (months - place)
        month = date(counted // 12, counted % 12 + 1, 1)
        score = by_month.get(month)
        height = max(float(score.mean or 0) * UNIT, 1.5) if score is not None else 0.0
        bars.append(
            Bar(
                month=month,
                score=score,
                x=place * SLOT + (SLOT - BAR) // 2,
                y=round(5 * UNIT - height, 2),
                height=round(height, 2),
                labelled=months <= 12 or (months - place) % 3 == 0,
            )
        )
    return Chart(bars=bars, width=(months + 1) * SLOT, height=5 * UNIT)
