"""Feedback as a table, a few hundred at a time, so that memory stays flat."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from bedside.feedback import store
from bedside.feedback.model import Feedback
from bedside.kit.database import Database, Tx

_AT_ONCE = 200
_FIRST = (
    "id", "given", "visit", "hospital", "department", "practitioner", "patient", "patient id", "appointment id",
    "rating", "words", "anonymous", "language", "source",
)  # fmt: skip
_LAST = ("answers", "recovery", "due", "escalated", "answered by staff", "review asked", "written by")


async def columns(tx: Tx) -> tuple[list[str], list[str]]:
    """The titles of the columns, and the codes of the categories among them: those put away too."""
    codes = [one.code for one in await store.categories(tx, archived=True)]
    return [*_FIRST, *(code.replace("_", " ") for code in codes), *_LAST], codes


async def rows(
    database: Database, *, codes: list[str], filters: dict[str, Any], sort: str | None
) -> AsyncIterator[Sequence[Any]]:
    """What passes the filters, in order."""
    cursor: str | None = None
    while True:
        async with database.transaction() as tx:
            page = await store.FEEDBACK.page(tx, filters=filters, sort=sort, cursor=cursor, limit=_AT_ONCE)
        for one in page.items:
            yield _row(one, codes)
        cursor = page.next
        if cursor is None:
            return


def _row(one: Feedback, codes: list[str]) -> list[Any]:
    recovery = one.recovery
    return [
        one.id,
        # of an anonymous one the day is all that is kept
        one.created_at.date() if one.anonymous else one.created_at,
        f"{one.visit_date:%Y-%m}" if one.anonymous else one.visit_date, one.hospital, one.department,
        one.practitioner_name, one.patient_name, one.patient_id, one.appointment_id, one.rating, one.words,
        "yes" if one.anonymous else "no", one.language, one.source,
        *(one.categories.get(code) for code in codes),
        "; ".join(f"{said.question}: {said.number if said.words is None else said.words}" for said in one.answers),
        recovery.status if recovery else None, recovery.due_at if recovery else None,
        recovery.escalated_at if recovery else None,
        "; ".join(f"{answer.kind}: {answer.body}" for answer in one.responses), one.review_asked_at,
        one.created_by_name,
    ]  # fmt: skip
