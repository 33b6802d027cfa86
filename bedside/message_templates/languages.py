"""Which language's words to take where the very one asked for is not there."""

from collections.abc import Iterable

FALLBACK = "en"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def candidates(language: str) -> list[str]:
    """The languages to try, best first: es-MX gives es-MX, es, en."""
    tried = [language]
    while "-" in tried[-1]:
        tried.append(tried[-1].rpartition("-")[0])
    if FALLBACK not in tried:
        tried.append(FALLBACK)
    return tried


def choose(language: str, available: Iterable[str]) -> str | None:
    """The best of the languages there are, or None where not even English is among them."""
    there = {name.lower(): name for name in available}
    return next((there[name.lower()] for name in candidates(language) if name.lower() in there), None)


def direction(language: str) -> str:
    """`rtl` for languages written from right to left, else `ltr`."""
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"
