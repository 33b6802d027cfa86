"""When each is due by their own clock, and how long a campaign will still take. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bedside.campaigns.model import Campaign
from bedside.kit.http.problems import Invalid

SECOND = timedelta(seconds=1)


def check_hours(one: Campaign) -> None:
    """Raises Invalid (422) for a campaign of steps that has an hour of its own, too."""
    if one.local_time is not None and one.steps:
        raise Invalid("Steps have their own hours.", pointer="/localTime", next_step="Give the hour in a wait: `at`.")


@lru_cache(maxsize=4096)
def first_at(hour: str, zone: str, *, start: datetime) -> datetime:
    """The first instant at or after `start` at which a clock of this zone shows the hour (`09:00`). One that a day does
    not have, in spring, is the instant in which the clocks go on; of one that it has twice, the first counts."""
    wanted = time.fromisoformat(hour)
    day = start.astimezone(ZoneInfo(zone)).date()
    for after in range(3):
        at = _instant(day + timedelta(days=after), wanted, ZoneInfo(zone))
        if at >= start:
            return at
    raise LookupError(f"no {hour} after {start} in {zone}")  # no zone skips three days


def _instant(day: date, wanted: time, zone: ZoneInfo) -> datetime:
    local = datetime.combine(day, wanted, tzinfo=zone)
    at = local.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return at
    # between these the clocks go on
    before, behind = local.replace(fold=1).astimezone(UTC), at
    ahead = behind.astimezone(zone).utcoffset()
    while behind - before > SECOND:
        middle = before + timedelta(seconds=(behind - before) // SECOND // 2)
        if middle.astimezone(zone).utcoffset() == ahead:
            behind = middle
        else:
            before = middle
    return behind


def time_left(
    *,
    now: datetime,
    frozen_at: datetime,
    gone: int,
    left: int,
    per_minute: int | None,
    last_due: datetime | None,
) -> timedelta | None:
    """How long `left` lines will take: at the pace so far, no quicker than the throttle lets them, and not before the
    last is due by their own clock. None where nothing tells."""
    tell = []
    if per_minute is not None:
        tell.append(timedelta(minutes=left / per_minute))
    elif gone:
        tell.append((now - frozen_at) * (left / gone))
    if last_due is not None and last_due > now:
        # the pace so far says nothing while all wait for an hour
        tell = [last_due - now, *(tell if per_minute is not None else [])]
    return max(tell) if tell else None
