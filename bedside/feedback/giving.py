"""Keeping what a patient says of a visit, once a visit, and what follows from it at once."""

import msgspec

from bedside.accounts import SignedIn, audit
from bedside.event_log import Actor, record
from bedside.feedback import store
from bedside.feedback.events import FeedbackGiven
from bedside.feedback.forms import check_answers
from bedside.feedback.matching import Matched, match
from bedside.feedback.model import (
    AnonymityNotOffered,
    Answer,
    Feedback,
    FeedbackGivenAlready,
    Invitation,
    NewFeedback,
    NoSuchFeedback,
    Policy,
    Source,
)
from bedside.feedback.policies import asked_form_version, policy_of
from bedside.feedback.recovering import open_recovery
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.text import many_lines

# Whoever says something without a name, as the event log knows them.
SOMEBODY = Actor(kind="patient")


async def give(
    tx: Tx, *, new: NewFeedback, source: Source, actor: Actor, invitation: Invitation | None = None
) -> Feedback:
    """Keeps what a patient says of a visit. With `invitation` it is about its visit, and the patient says it.

    A rating of 2 or less opens a recovery task. Raises FeedbackGivenAlready (409) where something was said of the visit
    before; VisitRefused, VisitNotCompleted, VisitUnclear, AnonymityNotOffered, AnswerRefused, Invalid (422); Forbidden
    (403).
    """
    if invitation is not None:
        new = msgspec.structs.replace(
            new, appointment_id=invitation.appointment_id, patient_id=None, visit_date=None, hospital_id=None
        )
    words = many_lines(new.words, pointer="/words", longest=5000)
    stars = await _checked_stars(tx, new)
    about = await match(tx, new=new, actor=actor)
    policy = await policy_of(tx, about.place.id) if about.place else None
    if new.anonymous:
        _check_offered(policy, invitation)
    form_version_id, answers = await _checked_answers(tx, new, policy, invitation)
    at = about.day_begins(tx.now) if new.anonymous else tx.now
    language = _language(new, about)
    if about.visit is not None and policy is not None:
        claimed = await store.claim_visit(
            tx, visit=about.visit, policy=policy, form_version_id=form_version_id, language=language, at=at
        )
        if claimed is None:
            raise await _given_already(tx, about.visit.id)
    visit, who = about.visit, about.who
    said_by = "" if new.anonymous else who.name if who and source == "link" else actor.name
    made = await store.insert(
        tx,
        {
            "hospital_id": about.place.id if about.place else None,
            "patient_id": who.id if who and not new.anonymous else None,
            "appointment_id": visit.id if visit and not new.anonymous else None,
            "visit_date": about.day.replace(day=1) if new.anonymous else about.day,
            "department_id": visit.department_id if visit else None,
            "practitioner_id": visit.practitioner_id if visit and not new.anonymous else None,
            "rating": new.rating,
            "words": words,
            "anonymous": new.anonymous,
            "language": language,
            "source": source,
            "form_version_id": form_version_id,
            "by": said_by,
            "at": at,
        },
    )
    if made is None:
        raise await _given_already(tx, new.appointment_id)
    if stars:
        await store.insert_stars(tx, feedback_id=made, stars=stars)
    if answers:
        await store.insert_answers(tx, feedback_id=made, answers=answers)
    kept = await feedback(tx, made)
    if isinstance(actor, SignedIn) and not kept.anonymous:
        await audit(
            tx, actor=actor, action="feedback.recorded", subject="feedback", subject_id=made,
            patient_id=kept.patient_id, after={"rating": kept.rating, "appointmentId": kept.appointment_id},
        )  # fmt: skip
    await _tell(tx, kept, about, source, actor)
    if kept.is_low:
        await open_recovery(tx, kept, policy)
        kept = await feedback(tx, made)
    return kept


async def feedback(tx: Tx, feedback_id: int, *, seen_by: SignedIn | None = None) -> Feedback:
    """One feedback. Raises NoSuchFeedback (404), for one of a hospital where they do not work too."""
    return theirs(await store.feedback(tx, feedback_id), seen_by)


def theirs(found: Feedback | None, user: SignedIn | None) -> Feedback:
    """The same, as far as it is somebody's to see. Raises NoSuchFeedback (404)."""
    if found is None or (user is not None and not user.works_at(found.hospital_id)):
        raise NoSuchFeedback(
            "There is no feedback with this id, or it is not yours to see.", next_step="Look in /api/patient-feedback."
        )
    return found


async def _tell(tx: Tx, kept: Feedback, about: Matched, source: Source, actor: Actor) -> None:
    event = FeedbackGiven(
        feedback_id=kept.id,
        appointment_id=kept.appointment_id,
        rating=kept.rating,
        has_words=bool(kept.words),
        hospital_id=kept.hospital_id,
        patient_id=kept.patient_id,
    )
    if kept.anonymous:
        actor = SOMEBODY
    elif source == "link" and about.who is not None:
        actor = Actor(kind="patient", id=about.who.id, name=about.who.name)
    await record(tx, event, actor=actor)


async def _checked_stars(tx: Tx, new: NewFeedback) -> dict[int, int]:
    """Stars by the category's id. Raises Invalid (422), which names the category that is none, or not one to five."""
    if not new.categories:
        return {}
    known = {one.code: one.id for one in await store.categories(tx)}
    for code, stars in new.categories.items():
        if not 1 <= stars <= 5:
            raise Invalid("Stars are 1 to 5.", pointer=f"/categories/{code[:40]}", next_step="Leave out what is none.")
        if code not in known:
            raise Invalid(
                f"“{code[:40]}” is no category.",
                pointer=f"/categories/{code[:40]}",
                next_step="Use: " + ", ".join(known),
            )
    return {known[code]: stars for code, stars in new.categories.items()}


def _check_offered(policy: Policy | None, invitation: Invitation | None) -> None:
    # what was promised when they were asked is kept
    if not (invitation.anonymous_offered if invitation else policy is not None and policy.anonymous_offered):
        raise AnonymityNotOffered(
            "This hospital does not offer anonymous feedback.",
            pointer="/anonymous",
            next_step="Leave it out, or have it offered in the hospital's feedback policy.",
        )


async def _checked_answers(
    tx: Tx, new: NewFeedback, policy: Policy | None, invitation: Invitation | None
) -> tuple[int | None, list[Answer]]:
    """The version of the form that was asked, and the answers to it: by link the one that they were sent, else the
    newest, where anything was answered at all. Raises AnswerRefused, Invalid (422) with a pointer."""
    answers = {
        key: many_lines(answer, pointer=f"/answers/{key[:40]}") if isinstance(answer, str) else answer
        for key, answer in new.answers.items()
    }
    if invitation is not None:
        asked = invitation.form_version_id
    elif answers and policy is not None:
        asked = await asked_form_version(tx, policy)
    else:
        asked = None
    if asked is None and not answers:
        return None, []
    return asked, await check_answers(tx, version_id=asked, answers=answers, rating=new.rating)


def _language(new: NewFeedback, about: Matched) -> str:
    return new.language or (about.who.language if about.who else about.place.language if about.place else "en")


async def _given_already(tx: Tx, appointment_id: int | None) -> FeedbackGivenAlready:
    there = await store.feedback_of_visit(tx, appointment_id) if appointment_id else None
    said = "Something was said of this visit before, and a visit is rated once."
    if there is None:
        return FeedbackGivenAlready(said)
    return FeedbackGivenAlready(said, next_step="Answer it, or write a note.", feedbackId=there)
