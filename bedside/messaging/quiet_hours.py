"""Quiet hours and quiet days: when people are left in peace, in their own zone (RULES.md, Reminders 6). Pure."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# no country has as many holidays on end; who finds one gets their message after these
LONGEST_REST = 15
# a quiet day of a hospital without quiet hours ends then on the next
MORNING = time(8)


def after_quiet_hours(
    at: datetime,
    *,
    zone: str,
    quiet_from: time | None,
    quiet_until: time | None,
    is_quiet_day: Callable[[date], bool] = lambda _: False,
) -> datetime:
    """The instant from which a message may go out: `at` itself, or the end of the quiet hours and days it falls into.

    Both bounds are local times in `zone`; hours that pass midnight (21:00 to 08:00) are meant as they read. None: off.
    """
    for _ in range(LONGEST_REST):
        later = _after_hours(at, zone, quiet_from, quiet_until)
        local = later.astimezone(ZoneInfo(zone))
        if is_quiet_day(local.date()):
            next_day = local.date() + timedelta(days=1)
            morning = datetime.combine(next_day, quiet_until or MORNING, tzinfo=local.tzinfo)
            later = max(morning.astimezone(at.tzinfo), later)
        if later == at:
            break
        at = later
    return at


def _after_hours(at: datetime, zone: str, quiet_from: time | None, quiet_until: time | None) -> datetime:
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return at
    local = at.astimezone(ZoneInfo(zone))
    clock = local.time()
    if quiet_from < quiet_until:
        quiet, ends_on = quiet_from <= clock < quiet_until, local.date()
    else:
        quiet = clock >= quiet_from or clock < quiet_until
        ends_on = local.date() + timedelta(days=1) if clock >= quiet_from else local.date()
    if not quiet:
        return at
    ends = datetime.combine(ends_on, quiet_until, tzinfo=local.tzinfo).astimezone(at.tzinfo)
    return max(ends, at)
