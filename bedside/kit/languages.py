"""The languages that somebody may be written to in, for forms to choose among."""

from babel import Locale

_OFFERED = ("en", "es", "ar", "zh", "fr", "hi", "pt", "ru", "vi", "pl", "uk")


def languages() -> list[tuple[str, str]]:
    """Tag and name of each, in its own words."""
    return [(tag, (Locale.parse(tag).display_name or tag).capitalize()) for tag in _OFFERED]
