"""Quiet hours: when people are left in peace, in their own zone (RULES.md, Reminders 6). Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def after_quiet_hours(at: datetime, *, zone: str, quiet_from: time | None, quiet_until: time | None) -> datetime:
    """The instant from which a message may go out: `at` itself, or the end of the quiet hours that it falls into.

    Both bounds are local times in `zone`; hours that pass midnight (21:00 to 08:00) are meant as they read. None: off.
    """
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
