"""Languages: those that somebody may be written to in, and which of ours a page for them is in. Pure."""

from collections.abc import Container

from babel import Locale, UnknownLocaleError

_OFFERED = ("en", "es", "ar", "zh", "fr", "hi", "pt", "ru", "vi", "pl", "uk")
# What pages for patients and owners are written in.
WRITTEN = ("en", "es", "ar")
# Where a browser keeps the one that was chosen on such a page.
COOKIE = "bedside_language"


def languages() -> list[tuple[str, str]]:
    """Tag and name of each, in its own words."""
    return [(tag, (Locale.parse(tag).display_name or tag).capitalize()) for tag in _OFFERED]


def spoken(*wishes: str | None, accepted: str = "", among: Container[str] = WRITTEN) -> str:
    """The first wish that we speak (`es-MX` is `es`), else the best of an Accept-Language header, else English."""
    for wish in wishes:
        if wish and (short := wish.split("-")[0].lower()) in among:
            return short
    ranked = []
    for place, part in enumerate(accepted.split(",")[:20]):
        tag, _, quality = part.strip().partition(";q=")
        try:
            ranked.append((-float(quality or 1), place, tag))
        except ValueError:
            continue
    for _, _, tag in sorted(ranked):
        if (short := tag.split("-")[0].lower()) in among:
            return short
    return "en"


def locale_of(language: str, hospital_locale: str) -> str:
    """How dates and times are written: as the hospital does where it speaks the language, else as the language does."""
    return hospital_locale if hospital_locale.replace("_", "-").split("-")[0] == language else language


def locale_for(tag: str) -> Locale:
    """The locale of a language tag (`es-MX`), by which dates and numbers are written; English where there is none."""
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en", "US")
