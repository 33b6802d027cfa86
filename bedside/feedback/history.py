"""Feedback of a time before there was any: for a demonstration that tells its past. No event is told of it."""

from datetime import date, datetime
from typing import Literal

import msgspec

from bedside.event_log import Actor
from bedside.feedback import store, store_history
from bedside.feedback.form_model import NewForm
from bedside.feedback.forms import add_form
from bedside.feedback.giving import feedback
from bedside.feedback.model import CHANNELS, Answer, Channel, NewPolicy, Source
from bedside.feedback.policies import change_policy, policy_of
from bedside.feedback.recovering import open_recovery
from bedside.follow_ups import close_task
from bedside.kit.database import Tx

__all__ = [
    "Answer", "NewForm", "NewPolicy", "PastFeedback", "PastInvitation", "add_form", "change_policy", "write_feedback",
    "write_invitations", "write_recovery", "write_response",
]  # fmt: skip


class PastFeedback(msgspec.Struct, kw_only=True):
    """What a patient said of a visit. An anonymous one keeps neither `patient_id`, `appointment_id` nor
    `practitioner_id`, and of its times the day and the visit's month: the writer sees to it."""

    hospital_id: int
    visit_date: date
    rating: int
    created_at: datetime
    patient_id: int | None = None
    appointment_id: int | None = None
    department_id: int | None = None
    practitioner_id: int | None = None
    words: str = ""
    anonymous: bool = False
    language: str = "en"
    source: Source = "link"
    created_by_name: str = ""
    form_version_id: int | None = None
    # stars by the category's code
    categories: dict[str, int] = {}
    answers: list[Answer] = []


class PastInvitation(msgspec.Struct, kw_only=True):
    """A patient who was asked, or will be. One `answered` has its `answered_at`; anonymous answers only the day."""

    appointment_id: int
    patient_id: int
    hospital_id: int
    status: Literal["planned", "sent", "answered", "skipped"]
    due_at: datetime
    expires_at: datetime
    created_at: datetime
    because: str = ""
    channels: list[Channel] = msgspec.field(default_factory=lambda: list(CHANNELS))
    language: str = "en"
    form_version_id: int | None = None
    anonymous_offered: bool = False
    remind_at: datetime | None = None
    sent_at: datetime | None = None
    reminded_at: datetime | None = None
    answered_at: datetime | None = None
    message_id: int | None = None


async def write_feedback(tx: Tx, past: list[PastFeedback]) -> list[int]:
    """Writes them, with their stars and answers, in three statements; gives their ids in the same order."""
    ids = await store_history.new_ids(tx, len(past))
    await store_history.insert_feedback(tx, [_row(id, one) for id, one in zip(ids, past, strict=True)])
    codes = {one.code: one.id for one in await store.categories(tx, archived=True)}
    await store_history.insert_stars(
        tx,
        [
            {"feedback_id": id, "category_id": codes[code], "stars": stars}
            for id, one in zip(ids, past, strict=True)
            for code, stars in one.categories.items()
        ],
    )
    await store_history.insert_answers(
        tx,
        [
            {"feedback_id": id, **msgspec.structs.asdict(answer)}
            for id, one in zip(ids, past, strict=True)
            for answer in one.answers
        ],
    )
    return ids


async def write_invitations(tx: Tx, past: list[PastInvitation]) -> None:
    """Writes them in one statement. Those planned or sent are asked and reminded when their time comes."""
    await store_history.insert_invitations(tx, [msgspec.structs.asdict(one) for one in past])


async def write_recovery(
    tx: Tx, *, feedback_id: int, at: datetime, done_at: datetime | None = None, by: str = ""
) -> None:
    """Opens the task that a low rating called for, as of then; with `done_at` it was done, by somebody called so."""
    given = await feedback(tx, feedback_id)
    await open_recovery(tx.dated(at), given, await policy_of(tx, given.hospital_id) if given.hospital_id else None)
    if done_at is not None:
        await close_task(tx.dated(done_at), key=f"feedback-recovery:{feedback_id}", actor=Actor(kind="staff", name=by))


async def write_response(
    tx: Tx, *, feedback_id: int, kind: Literal["message", "private"], body: str, by: str, at: datetime,
    message_id: int | None = None,
) -> None:  # fmt: skip
    """Writes what staff answered then; nothing is sent."""
    made = await store.insert_response(tx.dated(at), feedback_id=feedback_id, kind=kind, body=body, by_id=None, by=by)
    if message_id is not None:
        await store.set_response_message(tx, response_id=made, message_id=message_id)


def _row(id: int, one: PastFeedback) -> dict[str, object]:
    row = msgspec.structs.asdict(one) | {"id": id}
    del row["categories"], row["answers"]
    if one.anonymous:
        row |= {
            "patient_id": None,
            "appointment_id": None,
            "practitioner_id": None,
            "created_by_name": "",
            "visit_date": one.visit_date.replace(day=1),
            "created_at": one.created_at.replace(hour=0, minute=0, second=0, microsecond=0),
        }
    return row
