"""Canned answers: words that staff write often, kept under a short name, with variables of the person they go to."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedside.accounts import SignedIn, audit
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import NotFound
from bedside.kit.text import many_lines
from bedside.kit.wire import Wire, given
from bedside.message_templates import Channel, MissingVariable, Words, render_words
from bedside.messaging import store_canned_answers as store
from bedside.messaging import store_conversations, store_sending
from bedside.messaging.canned_answer_model import CannedAnswer
from bedside.messaging.conversations import conversation
from bedside.messaging.views import RecordId

Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]
Body = Annotated[str, Meta(min_length=1, max_length=1600)]
Language = Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]

# What the words may name, with what it reads like: a name that is not here is refused when it is saved.
VARIABLES = {
    "person": {"first_name": "Amelia", "last_name": "Ortiz", "name": "Amelia Ortiz"},
    "hospital": {"name": "Harbor Clinic", "phone": "+1 212-555-0100", "address": "1 Harbor Street", "email": "a@b.org"},
    "staff": {"name": "Sam Reyes"},
}


class NewCannedAnswer(Wire, kw_only=True):
    """A canned answer: inserted by `/name`. Without `hospitalId` every hospital has it."""

    name: Name
    body: Body
    language: Language = "en"
    hospital_id: RecordId | None = None


class CannedAnswerChanges(Wire, kw_only=True):
    """What to change of a canned answer; what is left out stays."""

    name: Name | UnsetType = UNSET
    body: Body | UnsetType = UNSET
    language: Language | UnsetType = UNSET


class NoSuchCannedAnswer(NotFound):
    """404: there is no such canned answer."""

    type = "canned-answer-not-found"


class Filled(msgspec.Struct, kw_only=True):
    """A canned answer as it would read in a conversation; `missing` says what has no value there, and then there are no
    words."""

    name: str
    words: str
    missing: str = ""


async def add(tx: Tx, *, new: NewCannedAnswer, user: SignedIn) -> CannedAnswer:
    """Keeps a canned answer. Raises MissingVariable or TemplateFault (422), Forbidden (403), Conflict (409) for a name
    that is taken."""
    user.check_works_at(new.hospital_id)
    body = _checked(new.body)
    made = await store.insert(
        tx, name=new.name, language=new.language, body=body, hospital_id=new.hospital_id, by=user.name
    )
    await audit(tx, actor=user, action="canned_answer.added", subject="canned_answer", subject_id=made.id, after=made)
    return made


async def change(
    tx: Tx, *, answer_id: int, changes: CannedAnswerChanges, user: SignedIn, expected_version: int | None = None
) -> CannedAnswer:
    """Changes one. Raises NoSuchCannedAnswer (404), Changed (412), and as `add` does."""
    before = await _theirs(tx, answer_id, user)
    check_version(expected=expected_version, actual=before.version)
    wanted = msgspec.structs.replace(before, **given(changes))
    after = await store.update(
        tx, answer_id=answer_id, name=wanted.name, language=wanted.language, body=_checked(wanted.body)
    )
    await audit(
        tx, actor=user, action="canned_answer.changed", subject="canned_answer", subject_id=answer_id, before=before,
        after=after,
    )  # fmt: skip
    return after


async def archive(tx: Tx, *, answer_id: int, user: SignedIn) -> None:
    """Takes one out of use. Raises NoSuchCannedAnswer (404)."""
    before = await _theirs(tx, answer_id, user)
    await store.archive(tx, answer_id=answer_id)
    await audit(
        tx, actor=user, action="canned_answer.archived", subject="canned_answer", subject_id=answer_id, before=before
    )


async def canned_answer(tx: Tx, *, answer_id: int, user: SignedIn) -> CannedAnswer:
    """One of them. Raises NoSuchCannedAnswer (404)."""
    return await _theirs(tx, answer_id, user)


async def filled(tx: Tx, *, conversation_id: int, user: SignedIn) -> list[Filled]:
    """Every canned answer that fits a conversation, as it would read there. Raises ConversationNotFound (404)."""
    found = await conversation(tx, conversation_id=conversation_id, user=user)
    at = await store_conversations.hospital_of_conversation(tx, conversation_id=found.id)
    hospital = (await store_sending.hospital_variables(tx, hospital_ids=[at] if at else [])).get(at or 0, {})
    name = found.patient_name or found.owner_name or ""
    first, _, last = name.partition(" ")
    person = {"first_name": first, "last_name": last, "name": name} if found.patient_id else {"name": name}
    variables = {"person": person, "hospital": hospital, "staff": {"name": user.name}}
    return [_filled(one, variables) for one in await store.usable(tx, hospital_id=at)]


def _filled(one: CannedAnswer, variables: dict[str, dict[str, str]]) -> Filled:
    try:
        words = render_words(Words(body=one.body), channel=Channel.SMS, language=one.language, variables=variables)
    except MissingVariable as missing:
        return Filled(name=one.name, words="", missing=missing.detail)
    return Filled(name=one.name, words=words.body)


def _checked(body: str) -> str:
    body = many_lines(body, pointer="/body", needed=True)
    render_words(Words(body=body), channel=Channel.SMS, language="en", variables=VARIABLES)
    return body


async def _theirs(tx: Tx, answer_id: int, user: SignedIn) -> CannedAnswer:
    found = await store.find(tx, answer_id=answer_id)
    if found is None or not user.works_at(found.hospital_id):
        raise NoSuchCannedAnswer("There is no such canned answer.", next_step="It may have been archived.")
    return found
