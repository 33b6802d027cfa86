"""Months as people write them, and as they are said. Pure. A month is kept as its first day."""

import re
from datetime import date, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton

from bedside.kit.text import without_marks
from bedside.payouts.model import PeriodUnreadable

_NUMBERS = re.compile(r"(?:(?P<year>\d{4})[-/. ](?P<month>\d{1,2})|(?P<month2>\d{1,2})[-/. ](?P<year2>\d{4}))")
_WORDS = re.compile(r"(?P<name>[^\W\d_]+)\.?(?: de| del|,)? (?P<year>\d{4})|(?P<year2>\d{4}) (?P<name2>[^\W\d_]+)\.?")
_LANGUAGES = ("en", "es", "ar", "fr", "de", "pt", "it")


def read_month(text: str, *, locale: str = "en", pointer: str = "/period") -> date:
    """The first day of the month that the text names: "October 2026", "Oct 2026", "2026-10", "10/2026", and names in
    the hospital's language and the larger others. Raises PeriodUnreadable (422)."""
    words = " ".join(text.split())
    if found := _NUMBERS.fullmatch(words):
        year, month = int(found["year"] or found["year2"]), int(found["month"] or found["month2"])
    elif found := _WORDS.fullmatch(words):
        year = int(found["year"] or found["year2"])
        month = _names(locale.replace("-", "_")).get(without_marks(found["name"] or found["name2"]), 0)
    else:
        year, month = 0, 0
    if not 1 <= month <= 12 or not 1990 <= year <= 2199:
        raise PeriodUnreadable(
            f"No month can be read from “{text[:40]}”.",
            pointer=pointer,
            next_step="Write it as October 2026 or 2026-10.",
        )
    return date(year, month, 1)


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def last_day_of(month: date) -> date:
    """A month's last day."""
    return month_after(month) - timedelta(days=1)


def month_after(month: date, by: int = 1) -> date:
    """The first day of the month so many months later (or earlier, below zero)."""
    total = month.year * 12 + month.month - 1 + by
    return date(total // 12, total % 12 + 1, 1)


def month_words(month: date, locale: str = "en") -> str:
    """A month as it is said: October 2026, octubre de 2026."""
    return str(format_skeleton("yMMMM", month, locale=_locale(locale.replace("-", "_"))))


def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@lru_cache(maxsize=64)
def _names(locale: str) -> dict[str, int]:
    """Month names, long and short, by their letters without accents; those of the locale go before all others."""
    known: dict[str, int] = {}
    for one in (*_LANGUAGES, locale):
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                names = _locale(one).months[context][width]
                known |= {without_marks(name.rstrip(".")): number for number, name in names.items()}
    return known
