"""What somebody typed into the search box, taken apart. Pure."""

import re

import msgspec

_PHONE_SIGNS = re.compile(r"[\s().\-/]+")
_MOST_WORDS = 4
# as crm.words (migrations/0006) splits the names that are searched
_NO_SIGN = re.compile("['’ʼ`.]")
_BETWEEN_WORDS = re.compile(r"[\s,_/()\"-]+")
# sorts after whatever a beginning can be followed by
LAST = "\U0010ffff"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What may have been meant: words of a name, the beginning of a record's number, how a phone or email starts.

    `starts` are beginnings of emails and E.164 numbers; `phone_end` the last digits of a phone, turned round.
    """

    words: list[str] = []
    number: str | None = None
    starts: list[str] = []
    phone_end: str | None = None


def read_search(text: str, *, country_codes: tuple[str, ...] = ("1",)) -> Wanted:
    """Takes apart what was typed. Digits typed without a `+` may be a number as in `country_codes`, or its end."""
    typed = " ".join(text.replace("\x00", " ").split())[:200]
    if not typed:
        return Wanted()
    if "@" in typed and " " not in typed:
        return Wanted(starts=[typed.lower()])
    bare = _PHONE_SIGNS.sub("", typed)
    digits = bare.removeprefix("+")
    if digits.isascii() and digits.isdigit():
        if bare.startswith("+"):
            return Wanted(starts=[bare])
        national = digits.lstrip("0")
        starts = [f"+{digits}", *(f"+{code}{national}" for code in country_codes if national)]
        return Wanted(
            number=bare,
            starts=list(dict.fromkeys(starts)) if len(digits) >= 3 else [],
            phone_end=digits[::-1] if len(digits) >= 4 else None,
        )
    words = [word for word in _BETWEEN_WORDS.split(_NO_SIGN.sub("", typed)) if word][:_MOST_WORDS]
    # a record's number or an identifier may have letters in it, and then has digits too
    number = typed if " " not in typed and any(sign.isdigit() for sign in typed) else None
    return Wanted(words=words, number=number)
