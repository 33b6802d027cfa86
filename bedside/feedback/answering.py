"""What staff answer to feedback: a message to the patient or a note for colleagues; and asking for a public review."""

from bedside.accounts import SignedIn, audit
from bedside.event_log import record
from bedside.feedback import store
from bedside.feedback.events import FeedbackAnswered
from bedside.feedback.giving import theirs
from bedside.feedback.loading import day_words
from bedside.feedback.model import (
    Channel,
    Feedback,
    NewResponse,
    NobodyToAnswer,
    NotReached,
    Response,
    ReviewRefused,
    ReviewRequest,
)
from bedside.feedback.policies import policy_of
from bedside.kit.database import Tx
from bedside.kit.text import many_lines
from bedside.messaging import Enqueued, PersonRef, enqueue

ABOUT = "feedback"
REVIEW = "feedback_review_request"
_SUBJECTS = {"en": "Your visit on {}", "es": "Su visita del {}", "ar": "زيارتك يوم {}"}


async def respond(tx: Tx, *, feedback_id: int, new: NewResponse, actor: SignedIn) -> Response:
    """Keeps an answer, and sends it where it is a message. What cannot be sent is not kept either.

    Raises NoSuchFeedback (404), NobodyToAnswer (409) where the feedback is anonymous, NotReached, Invalid (422).
    """
    given = theirs(await store.lock(tx, feedback_id), actor)
    body = many_lines(new.body, pointer="/body", longest=2000, needed=True)
    async with tx.savepoint():  # an answer that is not sent is not kept either, whoever catches why
        made = await store.insert_response(
            tx, feedback_id=given.id, kind=new.kind, body=body, by_id=actor.id if actor.kind == "staff" else None,
            by=actor.name,
        )  # fmt: skip
        if new.kind == "message":
            await _send(tx, given, made, body, new.channel, actor)
    await audit(
        tx, actor=actor, action="feedback.answered", subject="feedback", subject_id=given.id,
        patient_id=given.patient_id, after={"kind": new.kind},
    )  # fmt: skip
    await _tell(tx, given, new.kind, actor)
    after = theirs(await store.feedback(tx, given.id), actor)
    return next(one for one in after.responses if one.id == made)


async def _send(tx: Tx, given: Feedback, response_id: int, body: str, channel: Channel | None, actor: SignedIn) -> None:
    became = await enqueue(
        tx,
        key=f"feedback-answer:{response_id}",
        to=PersonRef(id=_named(given)),
        channel=channel,
        purpose="transactional",
        body=body,
        subject=_subject(given),
        hospital_id=given.hospital_id,
        priority=1,
        urgent=True,  # an answer to what somebody just said
        actor=actor,
    )
    await store.set_response_message(tx, response_id=response_id, message_id=_sent(became))


async def ask_for_review(tx: Tx, *, feedback_id: int, wanted: ReviewRequest, actor: SignedIn) -> Feedback:
    """Asks somebody who was content to tell others, once. Raises NoSuchFeedback (404), NobodyToAnswer, ReviewRefused
    (409) where the hospital asks nobody, the rating is too low or they were asked before, NotReached (422)."""
    given = theirs(await store.lock(tx, feedback_id), actor)
    person = _named(given)
    policy = await policy_of(tx, given.hospital_id) if given.hospital_id else None
    if policy is None or not policy.review_url:
        raise ReviewRefused(
            "This hospital asks nobody for public reviews.", next_step="Name the place for them in its feedback policy."
        )
    if not policy.asks_for_review(given.rating):
        raise ReviewRefused(f"Only ratings from {policy.review_from_stars} stars on are asked for a public review.")
    if given.review_asked_at is not None:
        raise ReviewRefused("They were asked for a public review before, and are asked once.")
    became = await enqueue(
        tx,
        key=f"feedback-review:{given.id}",
        to=PersonRef(id=person),
        channel=wanted.channel,
        purpose="transactional",
        template_key=REVIEW,
        about=ABOUT,
        about_id=given.id,
        hospital_id=given.hospital_id,
        priority=2,
        actor=actor,
    )
    _sent(became)
    await store.mark_review_asked(tx, given.id)
    await audit(
        tx, actor=actor, action="feedback.review_asked", subject="feedback", subject_id=given.id,
        patient_id=given.patient_id,
    )  # fmt: skip
    await _tell(tx, given, "review", actor)
    return theirs(await store.feedback(tx, given.id), actor)


async def _tell(tx: Tx, given: Feedback, how: str, actor: SignedIn) -> None:
    event = FeedbackAnswered(feedback_id=given.id, how=how, hospital_id=given.hospital_id, patient_id=given.patient_id)
    await record(tx, event, actor=actor)


def _named(given: Feedback) -> int:
    if given.patient_id is None:
        raise NobodyToAnswer(
            "It was given anonymously: nobody knows whom to write to.", next_step="Write a private note instead."
        )
    return given.patient_id


def _sent(became: Enqueued) -> int:
    if became.message_id is None:
        raise NotReached(
            became.refused_because or "They cannot be written to.",
            pointer="/channel",
            next_step="Try another channel, or call them.",
        )
    return became.message_id


def _subject(given: Feedback) -> str:
    words = _SUBJECTS.get(given.language.partition("-")[0], _SUBJECTS["en"])
    return words.format(day_words(given.visit_date, given.language))
