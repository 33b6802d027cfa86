"""Text that people typed: trimmed, of bounded length, and without characters that cannot be kept or shown."""

import re
import unicodedata

from bedside.kit.http.problems import Invalid

# control characters, lone surrogates, and marks that reorder what follows them (which spoof names)
_NEVER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
_BREAKS = re.compile("[\t\r\n\u2028\u2029]")


def one_line(text: str, *, pointer: str, longest: int = 200, needed: bool = True) -> str:
    """The text in one line, trimmed, runs of blanks made one, in Unicode's composed form.

    Raises Invalid (422) where it is empty but `needed`, over `longest` characters, or not text that can be kept.
    """
    if _NEVER.search(text) or _BREAKS.search(text.strip()):
        raise Invalid("This has a character that cannot stand in one line of text.", pointer=pointer)
    return _bounded(" ".join(unicodedata.normalize("NFC", text).split()), pointer, longest, needed)


def many_lines(text: str, *, pointer: str, longest: int = 10_000, needed: bool = False) -> str:
    """The text, trimmed, line breaks kept. Raises Invalid (422) as `one_line` does."""
    if _NEVER.search(text):
        raise Invalid("This has a character that cannot be kept.", pointer=pointer)
    return _bounded(unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip(), pointer, longest, needed)


def _bounded(text: str, pointer: str, longest: int, needed: bool) -> str:
    if needed and not text:
        raise Invalid("This must not be empty.", pointer=pointer)
    if len(text) > longest:
        raise Invalid(f"This is longer than {longest} characters.", pointer=pointer)
    return text


def without_marks(text: str) -> str:
    """The text in lower case and without accents, for comparing as people do (ß and the like are kept)."""
    apart = unicodedata.normalize("NFD", text.lower())
    return unicodedata.normalize("NFC", "".join(sign for sign in apart if not unicodedata.combining(sign)))
