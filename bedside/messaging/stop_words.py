"""Words by which people stop, start and ask for help, by language: the whole message, in any case, without its accents
and punctuation (WIRE.md). Pure.

What cancels a visit in a language (CANCELAR, إلغاء) is no stop word there; English CANCEL is the carriers'.
"""

import re
from enum import StrEnum

import msgspec

from bedside.kit.text import without_marks


class Wish(StrEnum):
    """What a word asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    # lifts a stop where one is in force, and answers a question where none is
    YES = "yes"


class Asked(msgspec.Struct, frozen=True):
    """What somebody asked for, and in which language."""

    wish: Wish
    language: str


_MEANT: dict[str, dict[Wish, str]] = {
    "en": {
        Wish.STOP: "stop stopall unsubscribe cancel end quit revoke optout",
        Wish.START: "start unstop",
        Wish.HELP: "help info",
        Wish.YES: "yes",
    },
    "es": {
        Wish.STOP: "alto parar pare detener baja dar|de|baja darme|de|baja no|mas|mensajes cancelar|suscripcion",
        Wish.START: "alta iniciar empezar reanudar dar|de|alta",
        Wish.HELP: "ayuda",
        Wish.YES: "si",
    },
    "ar": {
        Wish.STOP: "قف توقف إيقاف ايقاف أوقف إلغاء|الاشتراك لا|ترسل لا|ترسلوا",
        Wish.START: "ابدأ تشغيل اشتراك استئناف",
        Wish.HELP: "مساعدة",
        Wish.YES: "نعم",
    },
}
_TATWEEL = "\u0640"


def plain_word(text: str) -> str:
    """A text as words of ours are heard: in small letters, without accents, punctuation and more than single blanks."""
    folded = without_marks(text.casefold()).replace(_TATWEEL, "")
    return " ".join(re.sub(r"[^\w\s]|_", " ", folded).split())


_WORDS = {
    plain_word(word.replace("|", " ")): Asked(wish, language)
    for language, meant in _MEANT.items()
    for wish, words in meant.items()
    for word in words.split()
}


def asked(text: str) -> Asked | None:
    """What a message that is nothing but such a word asks for. Every language is understood from everybody."""
    return _WORDS.get(plain_word(text)) if len(text) < 100 else None


def asks_carrier(word: str) -> bool:
    """Whether a word stops, starts or asks for help with all messages, in any language: nobody else may have it."""
    return plain_word(word) in _WORDS
