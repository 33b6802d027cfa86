"""The words by which people join and leave a list: which may be chosen, and what a message that is nothing but such a
word asks for. Pure."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from bedside.kit.http.problems import Conflict, Invalid
from bedside.kit.languages import WRITTEN
from bedside.kit.text import one_line
from bedside.kit.wire import Wire
from bedside.messaging import asks_carrier, plain_word
from bedside.reminders import is_reply

LONGEST = 40
MOST = 10  # words for joining, and as many for leaving
# Before or after a list's word they leave it, without anybody choosing that: LEAVE DIABETES, DIABETES STOP.
LEAVING = {"en": ("leave", "stop"), "es": ("salir", "baja"), "ar": ("خروج", "توقف")}
_LEAVING = {plain_word(one) for words in LEAVING.values() for one in words}


class WordTaken(Conflict):
    """409: another list that is in use has this word."""

    type = "list-word-taken"
    title = "Another list has this word"


class ListWord(Wire, kw_only=True):
    """A word, and the language of the answer to it; null: that of whoever writes it."""

    word: Annotated[str, Meta(min_length=1, max_length=200)]
    language: Annotated[str, Meta(pattern="^[a-z]{2}$")] | None = None


class ListWords(Wire, kw_only=True):
    """The words of a list. Each of `joins` leaves it too, with LEAVE or STOP before or after it."""

    joins: Annotated[list[ListWord], Meta(max_length=MOST)] = field(default_factory=list)
    leaves: Annotated[list[ListWord], Meta(max_length=MOST)] = field(default_factory=list)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A word as it is kept."""

    word: str
    folded: str
    does: Literal["join", "leave"]
    language: str | None


def checked(words: ListWords) -> list[Kept]:
    """The words as they are kept. Raises Invalid (422) at the first that cannot be one: a carrier's stop word, an
    answer to a reminder, a single letter, a number, the same word twice, a leaving word beside a joining one."""
    made: list[Kept] = []
    for does, given in (("join", words.joins), ("leave", words.leaves)):
        for index, one in enumerate(given):
            pointer = f"/{does}s/{index}/word"
            if one.language is not None and one.language not in WRITTEN:
                raise Invalid(
                    f"We have no words in “{one.language}”.",
                    pointer=f"/{does}s/{index}/language",
                    next_step=f"Use one of {', '.join(WRITTEN)}, or leave it out.",
                )
            word = one_line(one.word, pointer=pointer, longest=LONGEST)
            folded = plain_word(word)
            if because := _refused(folded, joins=does == "join"):
                raise Invalid(f"“{word}” {because}", pointer=pointer, next_step="Choose another word.")
            if any(other.folded == folded for other in made):
                raise Invalid(f"“{word}” stands here twice.", pointer=pointer, next_step="Leave one of them out.")
            made.append(
                Kept(word=word, folded=folded, does="join" if does == "join" else "leave", language=one.language)
            )
    if words.leaves and not words.joins:
        raise Invalid("A list that is left by a word is joined by one.", pointer="/joins", next_step="Add one.")
    return made


def _refused(folded: str, *, joins: bool) -> str | None:
    tokens = folded.split()
    if len(folded.replace(" ", "")) < 2 or folded.replace(" ", "").isdigit():
        return "is too short to be told from an answer: a word has two letters or more."
    if len(tokens) > 3:
        return "has more than three words, which nobody types."
    if asks_carrier(folded):
        return "stops, starts or asks for help with all our messages, so it cannot be a list's."
    if is_reply(folded):
        return "answers our reminders, so it cannot be a list's."
    if folded in _LEAVING or (joins and (tokens[0] in _LEAVING or tokens[-1] in _LEAVING)):
        return "is how people leave a list."
    return None


def meant(text: str) -> tuple[str, list[str]]:
    """What a message may be: a word as it stands, and the words of lists that it would leave."""
    if len(text) > 2 * LONGEST:
        return "", []
    folded = plain_word(text)
    tokens = folded.split()
    left = []
    if len(tokens) > 1 and tokens[0] in _LEAVING:
        left.append(" ".join(tokens[1:]))
    if len(tokens) > 1 and tokens[-1] in _LEAVING:
        left.append(" ".join(tokens[:-1]))
    return folded, left


def how_to_leave(words: list[Kept], *, language: str) -> str:
    """What somebody who speaks it is told to write: the list's own word, or LEAVE and the one that joins. Empty where
    there is no word."""
    spoken = language.partition("-")[0]
    own = sorted(
        (one for one in words if one.does == "leave"),
        key=lambda one: (one.language != spoken, one.language is not None),
    )
    if own:
        return own[0].word
    joins = sorted(
        (one for one in words if one.does == "join"), key=lambda one: (one.language != spoken, one.language is not None)
    )
    return f"{LEAVING.get(spoken, LEAVING['en'])[0].upper()} {joins[0].word}" if joins else ""
