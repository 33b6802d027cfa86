"""How often somebody hears news from the hospitals, across channels and campaigns (RULES.md, Reminders 6). Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

DAY, WEEK = timedelta(days=1), timedelta(days=7)
# what holds for a hospital that has not said how often
NEWS_PER_DAY, NEWS_PER_WEEK = 4, 12


def most_at_once(times: Iterable[datetime], at: datetime, span: timedelta) -> int:
    """The most of `times` that any stretch of `span` around `at` holds: what is queued for later counts like what went
    out before."""
    near = sorted(time for time in times if abs(time - at) < span)
    most = 0
    for n, starts in enumerate(near):
        if starts > at:
            break
        most = max(most, sum(1 for time in near[n:] if time - starts < span))
    return max(most, sum(1 for time in near if time >= at))


def too_often(times: Iterable[datetime], at: datetime, *, per_day: int, per_week: int) -> str | None:
    """Why one more at `at` would be too much, in a sentence for staff; None where it would not."""
    times = list(times)
    for span, most, name in ((DAY, per_day, "day"), (WEEK, per_week, "week")):
        if most_at_once(times, at, span) >= most:
            return f"They get news {most} time{'' if most == 1 else 's'} a {name} at most, and have that already."
    return None
