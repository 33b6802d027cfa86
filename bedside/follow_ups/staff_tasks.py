"""Tasks of staff: opened by people and by the system, assigned, done, dropped, opened again."""

from datetime import datetime
from typing import Any

import msgspec

from bedside.accounts import audit
from bedside.event_log import SYSTEM, Actor, record
from bedside.follow_ups import store_tasks
from bedside.follow_ups.events import TaskChanged, TaskOpened
from bedside.follow_ups.model import (
    NEXT_STATUS,
    PATIENT,
    NoSuchTask,
    Priority,
    Task,
    TaskChanges,
    TaskTransitionRefused,
)
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid
from bedside.kit.text import many_lines, one_line
from bedside.kit.wire import given


async def open_task(
    tx: Tx,
    *,
    title: str,
    details: str = "",
    subject: str | None = None,
    subject_id: int | None = None,
    patient_id: int | None = None,
    hospital_id: int | None = None,
    priority: Priority = "normal",
    assigned_to: int | None = None,
    for_role: str | None = None,
    due_at: datetime | None = None,
    key: str | None = None,
    actor: Actor = SYSTEM,
) -> Task:
    """Opens a task, and rings the bell. With a `key`, once: the second call gives the task that the first opened.

    Raises Invalid (422) where nobody has the id `assigned_to`.
    """
    if (subject is None) != (subject_id is None):
        raise Invalid("A subject has a noun and an id.", pointer="/subjectId")
    await _check_assigned(tx, assigned_to)
    made = await store_tasks.insert_task(
        tx,
        {
            "title": one_line(title, pointer="/title", longest=300),
            "details": many_lines(details, pointer="/details"),
            "subject": subject,
            "subject_id": subject_id,
            "patient_id": subject_id if subject == PATIENT and patient_id is None else patient_id,
            "hospital_id": hospital_id,
            "priority": priority,
            "assigned_to": assigned_to,
            "for_role": for_role,
            "due_at": due_at,
            "key": key,
            "created_by_name": actor.name or actor.kind,
        },
    )
    if made is None and key is not None:
        there = await store_tasks.task_with_key(tx, key)
        return await task(tx, task_id=there or 0)
    opened = await task(tx, task_id=made or 0)
    await audit(
        tx, actor=actor, action="task.opened", subject="task", subject_id=opened.id, patient_id=opened.patient_id,
        after=opened,
    )  # fmt: skip
    event = TaskOpened(
        task_id=opened.id,
        title=opened.title,
        priority=opened.priority,
        assigned_to=opened.assigned_to,
        for_role=opened.for_role,
        patient_id=opened.patient_id,
        hospital_id=opened.hospital_id,
    )
    await record(tx, event, actor=actor)
    return opened


async def task(tx: Tx, *, task_id: int) -> Task:
    """A task. Raises NoSuchTask (404)."""
    found = await store_tasks.task(tx, task_id)
    if found is None:
        raise no_task()
    return found


async def change_task(
    tx: Tx, *, task_id: int, changes: TaskChanges, actor: Actor, expected_version: int | None = None
) -> Task:
    """Changes a task. Raises NoSuchTask (404), Changed (412), TaskTransitionRefused (409), Invalid (422)."""
    before = await store_tasks.lock_task(tx, task_id)
    if before is None:
        raise no_task()
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    status = sent.pop("status", before.status)
    if sent.get("assigned_to") != before.assigned_to:
        await _check_assigned(tx, sent.get("assigned_to"))
    after = msgspec.structs.replace(before, **sent)
    after.title = one_line(after.title, pointer="/title", longest=300)
    after.details = many_lines(after.details, pointer="/details")
    how = _how(before, sent)
    if status != before.status:
        if status not in NEXT_STATUS[before.status]:
            raise TaskTransitionRefused(
                f"A task that is {before.status} cannot become {status}.", next_step="Open it again first."
            )
        how = {"open": "reopened"}.get(status, status)
        ended = status != "open"
        after.status = status
        after.done_at = tx.now if ended else None
        after.done_by_name = actor.name if ended else None
    await store_tasks.update_task(tx, after)
    after = await task(tx, task_id=task_id)
    await audit(
        tx, actor=actor, action=f"task.{how}", subject="task", subject_id=task_id, patient_id=after.patient_id,
        before=before, after=after,
    )  # fmt: skip
    event = TaskChanged(task_id=task_id, how=how, patient_id=after.patient_id, hospital_id=after.hospital_id)
    await record(tx, event, actor=actor)
    return after


def no_task() -> NoSuchTask:
    """404, for a task that is not there or not for who asks."""
    return NoSuchTask("There is no task with this id.", next_step="Look it up in /api/tasks.")


def _how(before: Task, sent: dict[str, Any]) -> str:
    if "assigned_to" in sent and sent["assigned_to"] != before.assigned_to:
        return "assigned"
    return "changed"


async def _check_assigned(tx: Tx, staff_id: int | None) -> None:
    if staff_id is not None and not await store_tasks.staff_exists(tx, staff_id):
        raise Invalid("Nobody who works here has this id.", pointer="/assignedTo", next_step="Look in /api/staff.")
