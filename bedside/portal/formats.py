"""Times, money and phones as people read them: pure functions, which the templates know as filters."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton, format_time, format_timedelta
from babel.numbers import format_compact_decimal, format_currency, format_decimal, get_currency_precision

from bedside.kit.languages import locale_for


def local_date(value: date | datetime, *, zone: str, locale: str, shape: str = "medium") -> str:
    """A date in the zone and locale. `shape`: short, medium, long, full, `day` (no year), or a CLDR skeleton."""
    day = value.astimezone(ZoneInfo(zone)).date() if isinstance(value, datetime) else value
    if shape in {"short", "medium", "long", "full"}:
        return format_date(day, format=shape, locale=locale_for(locale))
    if shape == "day":
        # CLDR has no skeleton with both words whole and no year, so the year is taken off the end of the full date:
        # "Tuesday, November 24", "martes, 24 de noviembre". Locales that put it first keep it.
        full = str(locale_for(locale).date_formats["full"].pattern)
        return format_date(day, format=re.sub(r"[,،]?\s*('[^']*'\s*)?y+$", "", full), locale=locale_for(locale))
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    return format_skeleton(shape, midnight, tzinfo=UTC, locale=locale_for(locale))


def local_time(value: datetime | time, *, zone: str, locale: str) -> str:
    """A time of day, without seconds. A `time` is that of the clock on the wall, whatever the zone."""
    if isinstance(value, time):
        return format_time(value, format="short", locale=locale_for(locale))
    return format_time(value, format="short", tzinfo=ZoneInfo(zone), locale=locale_for(locale))


def wall_hours(starts: str, ends: str, *, locale: str) -> str:
    """Two times of the clock on the wall, `09:00` and `12:30`, as a span; `24:00` is midnight."""
    walls = [time.fromisoformat(clock.replace("24:", "00:")) for clock in (starts, ends)]
    return " – ".join(local_time(wall, zone="", locale=locale) for wall in walls)


def local_moment(value: datetime, *, zone: str, locale: str, shape: str = "medium") -> str:
    """A date with its time: "22 Nov 2026, 10:00"."""
    day = local_date(value, zone=zone, locale=locale, shape=shape)
    return f"{day}, {local_time(value, zone=zone, locale=locale)}"


def relative(value: datetime, *, now: datetime, locale: str) -> str:
    """How long ago or ahead, in one unit: "3 minutes ago", "in 2 days"; under ten seconds "now"."""
    gap = value - now
    if abs(gap.total_seconds()) < 10:
        return "now"
    return format_timedelta(gap, add_direction=True, threshold=1.2, locale=locale_for(locale))


def machine_moment(value: datetime) -> str:
    """The value of a `datetime` attribute, in UTC."""
    return format_datetime(value.astimezone(UTC), "yyyy-MM-dd'T'HH:mm:ss'Z'", tzinfo=UTC, locale="en")


def money(minor_units: int, *, currency: str, locale: str) -> str:
    """An amount in minor units: 4500000, USD → $45,000.00. No float on the way."""
    exponent = get_currency_precision(currency)
    return str(format_currency(Decimal(minor_units).scaleb(-exponent), currency, locale=locale_for(locale)))


def number(value: int | Decimal, *, locale: str, compact: bool = False) -> str:
    """A number with the locale's separators; `compact` makes 12,400 "12K"."""
    if compact and not -10_000 < value < 10_000:
        return format_compact_decimal(value, locale=locale_for(locale), fraction_digits=1)
    return format_decimal(value, locale=locale_for(locale))
