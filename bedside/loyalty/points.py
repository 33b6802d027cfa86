"""Which points are spent, when they expire, what is owed: decided without I/O (RULES, Points)."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a lot, and the first instant at which that is no longer there (None: never)."""

    lot_id: int
    left_over: int
    expires_at: datetime | None

    def counts(self, now: datetime) -> bool:
        """Whether it can be spent, whether or not a job has swept it."""
        return self.left_over > 0 and (self.expires_at is None or self.expires_at > now)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """So many points of a lot."""

    lot_id: int
    points: int


def months_later(day: date, months: int) -> date:
    """The same day so many months on; the last of the month where there is no such day."""
    counted = day.year * 12 + day.month - 1 + months
    year, month = counted // 12, counted % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def expires_at(earned_at: datetime, *, months: int | None, zone: ZoneInfo) -> datetime | None:
    """The end of the last day of points earned then: the next day's beginning in the program's zone. None: never."""
    if months is None:
        return None
    last_day = months_later(earned_at.astimezone(zone).date(), months)
    return datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC)


def window_start(now: datetime, *, months: int, zone: ZoneInfo) -> datetime:
    """Since when what was earned counts for a tier: the beginning of the day so many months ago."""
    return datetime.combine(months_later(now.astimezone(zone).date(), -months), time(), zone).astimezone(UTC)


def balance(lots: Sequence[Left], now: datetime) -> int:
    """What there is to spend."""
    return sum(lot.left_over for lot in lots if lot.counts(now))


def take(lots: Sequence[Left], amount: int, now: datetime) -> list[Taken] | None:
    """Which lots so many points come from: those that expire soonest first, those that never do last, then the older
    ones. None where there are too few."""
    never = datetime.max.replace(tzinfo=UTC)
    taken: list[Taken] = []
    for lot in sorted((one for one in lots if one.counts(now)), key=lambda one: (one.expires_at or never, one.lot_id)):
        if amount == 0:
            break
        points = min(lot.left_over, amount)
        taken.append(Taken(lot_id=lot.lot_id, points=points))
        amount -= points
    return taken if amount == 0 else None
