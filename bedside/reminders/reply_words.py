"""What a patient's answer means: the words, per language. Pure.

No SMS of ours invites CANCEL, which carriers take for STOP (RULES.md, Reminders 4); the letter X cancels instead.
"""

import re
import unicodedata
from enum import StrEnum

from bedside.messaging import plain_word


class Reply(StrEnum):
    """What an answer asks for."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    ANOTHER_TIME = "another_time"
    # CANCEL by itself: the carrier has stopped our messages, and the patient may have meant the visit
    STOPPED_PERHAPS_CANCEL = "stopped_perhaps_cancel"
    # anything else: for a person
    WORDS = "words"


_MEANT: dict[str, dict[Reply, str]] = {
    "en": {
        Reply.CONFIRM: "c 1 confirm confirmed yes y ok okay",
        Reply.CANCEL: "x 2",
        Reply.ANOTHER_TIME: "r 3 reschedule",
        Reply.STOPPED_PERHAPS_CANCEL: "cancel",
    },
    "es": {
        Reply.CONFIRM: "c 1 confirmar confirmo confirmado si sí ok",
        Reply.CANCEL: "x 2 cancelar",
        Reply.ANOTHER_TIME: "r 3 cambiar otra|hora",
    },
    "ar": {
        Reply.CONFIRM: "c 1 نعم تأكيد أؤكد تاكيد اؤكد",
        Reply.CANCEL: "x 2 إلغاء الغاء",
        Reply.ANOTHER_TIME: "r 3 تغيير موعد|آخر",
    },
}

_WORDS: dict[str, dict[str, Reply]] = {
    language: {word.replace("|", " "): reply for reply, words in meant.items() for word in words.split()}
    for language, meant in _MEANT.items()
}


def _plain(text: str) -> str:
    """One line, small letters, no punctuation, every script's digits as 0 to 9."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    digits = "".join(
        str(unicodedata.digit(sign)) if unicodedata.digit(sign, None) is not None else sign for sign in folded
    )
    return " ".join(re.sub(r"[^\w\s]|_", " ", digits).split())


def read_reply(text: str, *, language: str = "en") -> Reply:
    """What an answer means to somebody who speaks `language`; English is understood from everybody.

    Only an answer that is nothing but the word counts: "yes but can I bring my son" is for a person.
    """
    said = _plain(text)
    spoken = language.split("-")[0].lower()
    for words in (_WORDS.get(spoken, {}), _WORDS["en"]):
        if said in words:
            return words[said]
    return Reply.WORDS


def is_reply(word: str) -> bool:
    """Whether a word answers a reminder in any language, accents or not: no list of people may have it."""
    return plain_word(word) in _REPLIES


_REPLIES = {plain_word(word) for words in _WORDS.values() for word in words}
