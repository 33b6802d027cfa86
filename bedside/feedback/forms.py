"""Survey forms: added, given a next version, put away; and the answers to the version that was asked."""

from bedside.accounts import SignedIn, audit
from bedside.event_log import record
from bedside.feedback import store_forms as store
from bedside.feedback.events import FeedbackSettingsChanged
from bedside.feedback.form_model import (
    AnswerRefused,
    Form,
    FormArchived,
    FormChanges,
    FormVersion,
    NewForm,
    NewFormVersion,
    NoSuchForm,
    check_questions,
    checked_answers,
)
from bedside.feedback.model import Answer, AnswerIn
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Forbidden
from bedside.kit.text import one_line
from bedside.kit.wire import given


async def forms(tx: Tx, *, archived: bool = False) -> list[Form]:
    """Every form with its newest version; those put away too where asked for."""
    return await store.forms(tx, archived=archived)


async def form(tx: Tx, form_id: int, *, lock: bool = False) -> Form:
    """One form. Raises NoSuchForm (404)."""
    found = await store.form(tx, form_id, lock=lock)
    if found is None:
        raise NoSuchForm("There is no such survey form.", next_step="Look at the list of forms.")
    return found


async def form_version(tx: Tx, version_id: int) -> FormVersion:
    """One version of a form. Raises NoSuchForm (404)."""
    found = await store.version(tx, version_id)
    if found is None:
        raise NoSuchForm("There is no such version.")
    return found


async def add_form(tx: Tx, *, new: NewForm, actor: SignedIn) -> Form:
    """Adds a form. Raises FormRefused (422), Forbidden (403) for who does not work at every hospital."""
    _check_everywhere(actor)
    check_questions(new.questions)
    made = await store.insert_form(tx, name=one_line(new.name, pointer="/name", longest=120), by=actor.name)
    await store.insert_version(tx, form_id=made, questions=new.questions, by=actor.name)
    return await _told(tx, made, "added", before=None, actor=actor)


async def publish_version(
    tx: Tx, *, form_id: int, new: NewFormVersion, actor: SignedIn, expected_version: int | None = None
) -> Form:
    """Gives a form its next version, which is asked from now on; who was asked before answers the one they were sent.

    Raises NoSuchForm (404), FormArchived (409), Changed (412), FormRefused (422), Forbidden (403).
    """
    _check_everywhere(actor)
    before = await form(tx, form_id, lock=True)
    check_version(expected=expected_version, actual=before.version)
    if before.archived_at is not None:
        raise FormArchived("This form was put away.", next_step="Bring it back first.")
    check_questions(new.questions)
    await store.insert_version(tx, form_id=form_id, questions=new.questions, by=actor.name)
    return await _told(tx, form_id, "version_added", before=before, actor=actor)


async def change_form(
    tx: Tx, *, form_id: int, changes: FormChanges, actor: SignedIn, expected_version: int | None = None
) -> Form:
    """Changes a form's name, puts it away or brings it back. A hospital whose policy names one that is put away asks
    for stars and words alone. Raises NoSuchForm (404), Changed (412), Forbidden (403)."""
    _check_everywhere(actor)
    before = await form(tx, form_id, lock=True)
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    name = one_line(sent["name"], pointer="/name", longest=120) if "name" in sent else before.name
    archived = sent.get("archived", before.archived_at is not None)
    await store.update_form(tx, form_id=form_id, name=name, archived=archived)
    return await _told(tx, form_id, "changed", before=before, actor=actor)


async def check_answers(tx: Tx, *, version_id: int | None, answers: dict[str, AnswerIn], rating: int) -> list[Answer]:
    """The answers to the version that was asked, as they are kept. Raises AnswerRefused (422) with a pointer."""
    if version_id is None:
        if any(answer is not None for answer in answers.values()):
            raise AnswerRefused("No further questions are asked here.", pointer="/answers", next_step="Leave them out.")
        return []
    return checked_answers((await form_version(tx, version_id)).questions, answers, rating=rating)


async def _told(tx: Tx, form_id: int, what: str, *, before: Form | None, actor: SignedIn) -> Form:
    after = await form(tx, form_id)
    await audit(
        tx, actor=actor, action=f"feedback_form.{what}", subject="feedback_form", subject_id=form_id, before=before,
        after=after,
    )  # fmt: skip
    await record(tx, FeedbackSettingsChanged(feedback_settings_id=form_id, what="form"), actor=actor)
    return after


def _check_everywhere(actor: SignedIn) -> None:
    if actor.hospital_ids is not None:
        raise Forbidden(
            "Survey forms are those of every hospital of the group, also those that you do not work at.",
            next_step="Ask somebody who works at every hospital.",
        )
