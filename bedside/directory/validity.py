"""Whether zones, currencies, languages and places are such as exist. Pure."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import babel
import babel.numbers
import holidays

from bedside.kit.http.problems import Invalid

# what CLDR names but nobody lives in: unknown regions, unions, and two that exist to test with
_NO_COUNTRIES = frozenset({"ZZ", "XA", "XB", "EU", "EZ", "UN", "QO"})


@cache
def _zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


@cache
def time_zones() -> list[str]:
    """Every IANA time zone that a hospital may be in, by name."""
    return sorted(name for name in _zones() if not name.startswith("Etc/"))


def check_time_zone(name: str, pointer: str = "/timeZone") -> None:
    """Raises Invalid (422) unless it is an IANA time zone such as America/New_York."""
    if name not in _zones():
        raise Invalid(f"“{name[:60]}” is no time zone.", pointer=pointer, next_step="Use one such as America/New_York.")
    ZoneInfo(name)


def check_currency(code: str, pointer: str = "/currency") -> None:
    """Raises Invalid (422) unless it is an ISO 4217 currency."""
    if not babel.numbers.is_currency(code):
        raise Invalid(f"“{code[:10]}” is no currency.", pointer=pointer, next_step="Use a code such as USD or EUR.")


def check_locale(name: str, pointer: str = "/locale") -> None:
    """Raises Invalid (422) unless it is a locale such as en-US."""
    try:
        babel.Locale.parse(name, sep="-")
    except (ValueError, babel.UnknownLocaleError):
        raise Invalid(
            f"“{name[:40]}” is no locale.", pointer=pointer, next_step="Use one such as en-US or es-MX."
        ) from None


def check_language(tag: str, pointer: str = "/language") -> None:
    """Raises Invalid (422) unless it is a language such as en, es or pt-BR."""
    try:
        babel.Locale.parse(tag, sep="-")
    except (ValueError, babel.UnknownLocaleError):
        raise Invalid(
            f"“{tag[:40]}” is no language.", pointer=pointer, next_step="Use a tag such as en or es."
        ) from None


def check_country(country: str, subdivision: str | None) -> None:
    """Raises Invalid (422) unless the country is one of ISO 3166, and the subdivision one of its own where given."""
    if country in _NO_COUNTRIES or country not in babel.Locale("en").territories:
        raise Invalid(f"“{country}” is no country.", pointer="/country", next_step="Use its two letters, such as US.")
    if subdivision is not None:
        known = holidays.list_supported_countries(include_aliases=False).get(country, [])
        if known and subdivision not in known:
            raise Invalid(
                f"“{subdivision[:20]}” is no subdivision of {country} whose public holidays are known.",
                pointer="/subdivision",
                next_step="Use one of: " + ", ".join(known),
            )
