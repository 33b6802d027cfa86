"""Staff tasks: opened by people or, once by key, by the system; given to somebody, done, dropped, opened again."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg.errors import ForeignKeyViolation

from bedside.accounts import Permission, SignedIn, StaffMember, audit, staff_member
from bedside.event_log import SYSTEM, Actor, record
from bedside.follow_ups import store_tasks as store
from bedside.follow_ups.events import TaskChanged, TaskDone, TaskOpened
from bedside.follow_ups.model import NewTask, NoSuchAssignee, NoSuchTask, Task, TaskChanges, TaskTransitionRefused
from bedside.follow_ups.seeing import sees, sees_all
from bedside.follow_ups.subjects import check_subject, owner_of, who_looks_after
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Forbidden, Invalid, NotFound
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
    priority: str = "normal",
    assigned_to: int | None = None,
    for_role: str | None = None,
    due_at: datetime | None = None,
    key: str | None = None,
    actor: Actor = SYSTEM,
) -> Task | None:
    """Opens a task for staff; gives None where one was opened under the same `key` before, done or not.

    For rooms, which know what they speak of; what people send goes through `add_task`. A title over 300 characters
    is cut short. Raises Invalid (422) for a hospital that there is not.
    """
    if subject is None and patient_id is not None:
        subject, subject_id = "patient", patient_id
    try:
        made = await store.insert_task(
            tx,
            title=title if len(title) <= 300 else title[:299] + "…",
            details=details,
            subject=subject,
            subject_id=subject_id,
            patient_id=patient_id,
            hospital_id=hospital_id,
            priority=priority,
            assigned_to=assigned_to,
            for_role=for_role,
            due_at=due_at,
            key=key,
            created_by_name=actor.name,
        )
    except ForeignKeyViolation as violation:
        raise _no_such(violation) from None
    if made is None:
        return None
    await record(
        tx,
        TaskOpened(
            task_id=made.id,
            title=made.title,
            priority=made.priority,
            hospital_id=made.hospital_id,
            patient_id=made.patient_id,
            owner_id=owner_of(made.subject, made.subject_id),
        ),
        actor=actor,
    )
    return made


async def add_task(tx: Tx, *, new: NewTask, actor: SignedIn) -> Task:
    """Opens a task that a person or a machine asked for, everything in it checked.

    Without a hospital it is everybody's, or of the one hospital where they work. Raises Invalid (422), Forbidden
    (403) for a hospital that is not theirs, NoSuchSubject (404).
    """
    subject, subject_id = new.subject, new.subject_id
    if (subject is None) != (subject_id is None):
        raise Invalid("A subject has a noun and an id, or neither.", pointer="/subjectId")
    if new.patient_id is not None:
        if subject is not None and (subject, subject_id) != ("patient", new.patient_id):
            raise Invalid("patientId and subject name two records.", pointer="/subject", next_step="Send one of them.")
        subject, subject_id = "patient", new.patient_id
    if subject is not None and subject_id is not None:
        await check_subject(tx, noun=subject, subject_id=subject_id, actor=actor)
    hospital_id = new.hospital_id
    if hospital_id is None and actor.hospital_ids is not None and len(actor.hospital_ids) == 1:
        hospital_id = next(iter(actor.hospital_ids))
    actor.check_works_at(hospital_id)
    if new.assigned_to is not None:
        await _check_assignee(tx, staff_id=new.assigned_to, hospital_id=hospital_id)
    assigned_to = new.assigned_to
    if assigned_to is None and new.for_role is None:
        assigned_to = await _looked_after_by(tx, subject, subject_id, hospital_id)
    made = await open_task(
        tx,
        title=one_line(new.title, pointer="/title", longest=300),
        details=many_lines(new.details, pointer="/details"),
        subject=subject,
        subject_id=subject_id,
        patient_id=subject_id if subject == "patient" else None,
        hospital_id=hospital_id,
        priority=new.priority,
        assigned_to=assigned_to,
        for_role=new.for_role,
        due_at=new.due_at,
        actor=actor,
    )
    if made is None:  # only a key makes it so, and none was given
        raise LookupError("a task without a key was not opened")
    await audit(
        tx,
        actor=actor,
        action="task.opened",
        subject="task",
        subject_id=made.id,
        patient_id=made.patient_id,
        after=made,
    )
    return made


async def subject_name(tx: Tx, *, patient_id: int, actor: SignedIn) -> str:
    """What the patient is called whom a task would be about. Raises NoSuchSubject (404)."""
    return await check_subject(tx, noun="patient", subject_id=patient_id, actor=actor)


async def task(tx: Tx, task_id: int, *, seen_by: SignedIn) -> Task:
    """One task. Raises NoSuchTask (404), for one of a hospital where they do not work too."""
    return _theirs(await store.task(tx, task_id), seen_by)


async def close_task(
    tx: Tx, *, key: str | None = None, task_id: int | None = None, actor: Actor = SYSTEM
) -> Task | None:
    """Marks a task done, since what it asked for is no more to do. Gives None where there is none, or it is not open.

    For rooms; what people send goes through `change_task`.
    """
    if key is not None:
        found = await store.lock_task_by_key(tx, key)
    elif task_id is not None:
        found = await store.lock_task(tx, task_id)
    else:
        raise TypeError("close_task takes a key or a task_id")
    if found is None or found.status != "open":
        return None
    return await _write(tx, found, {"status": "done"}, actor=actor)


async def change_task(
    tx: Tx, *, task_id: int, changes: TaskChanges, actor: SignedIn, expected_version: int | None = None
) -> Task:
    """Changes what is named: words, priority, due time, who has it, or its status (done, dropped, open again). Who sees
    only what is for their role takes it, gives it back and ends it, and changes nothing else of it.

    Raises NoSuchTask (404), Changed (412), TaskTransitionRefused (409), Invalid (422), Forbidden (403).
    """
    before = _theirs(await store.lock_task(tx, task_id), actor)
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    if not sees_all(actor):
        _check_ends_only(sent, before, actor)
    if "title" in sent:
        sent["title"] = one_line(sent["title"], pointer="/title", longest=300)
    if "details" in sent:
        sent["details"] = many_lines(sent["details"], pointer="/details")
    hospital_id = sent.get("hospital_id", before.hospital_id)
    if hospital_id != before.hospital_id:
        actor.check_works_at(hospital_id)
    if sees_all(actor) and sent.get("assigned_to") is not None and sent["assigned_to"] != before.assigned_to:
        await _check_assignee(tx, staff_id=sent["assigned_to"], hospital_id=hospital_id)
    return await _write(tx, before, sent, actor=actor)


async def _write(tx: Tx, before: Task, sent: dict[str, Any], *, actor: Actor) -> Task:
    changed = {name: value for name, value in sent.items() if value != getattr(before, name)}
    if "status" in sent and "status" not in changed and len(sent) == 1 and before.status != "open":
        return before  # done twice is done once
    status = changed.get("status")
    if before.status != "open" and status != "open" and changed:
        raise TaskTransitionRefused(
            f"This task is {before.status}, so it does not change.",
            next_step="Open it again first.",
            status_now=before.status,
        )
    if not changed:
        return before
    if status in ("done", "dropped"):
        changed |= {"done_at": tx.now, "done_by_name": actor.name}
    elif status == "open":
        changed |= {"done_at": None, "done_by_name": None}
    try:
        after = await store.update_task(tx, msgspec.structs.replace(before, **changed))
    except ForeignKeyViolation as violation:
        raise _no_such(violation) from None
    how = {"done": "done", "dropped": "dropped", "open": "reopened"}.get(
        str(status), "assigned" if "assigned_to" in changed else "edited"
    )
    await audit(
        tx, actor=actor, action=f"task.{how}", subject="task", subject_id=after.id, patient_id=after.patient_id,
        before=before, after=after,
    )  # fmt: skip
    place = {
        "hospital_id": after.hospital_id, "patient_id": after.patient_id,
        "owner_id": owner_of(after.subject, after.subject_id),
    }  # fmt: skip
    if how == "done":
        await record(tx, TaskDone(task_id=after.id, title=after.title, **place), actor=actor)
    else:
        await record(tx, TaskChanged(task_id=after.id, title=after.title, how=how, **place), actor=actor)
    return after


def _theirs(found: Task | None, actor: SignedIn) -> Task:
    if found is None or not sees(actor, found):
        raise NoSuchTask("There is no task with this id, or it is not yours to see.", next_step="Look in /api/tasks.")
    return found


def _check_ends_only(sent: dict[str, Any], before: Task, actor: SignedIn) -> None:
    oneself = (None, before.assigned_to, actor.id if actor.kind == "staff" else None)
    if sent.keys() <= {"status", "assigned_to"} and sent.get("assigned_to") in oneself:
        return
    raise Forbidden(
        f"The role {actor.role} takes tasks that are for it, gives them back and ends them, and changes nothing else.",
        next_step="Send status, or assignedTo with your own id or null.",
    )


async def _check_assignee(tx: Tx, *, staff_id: int, hospital_id: int | None) -> StaffMember:
    try:
        person = await staff_member(tx, staff_id)
    except NotFound:
        raise NoSuchAssignee(
            f"Nobody on the staff has the id {staff_id}.", pointer="/assignedTo", next_step="Look in /api/staff."
        ) from None
    as_user = SignedIn(kind="staff", id=person.id, name=person.name, role=person.role, hospital_ids=person.hospitals)
    if not person.active or not as_user.may(Permission.FOLLOW_UPS_READ) or not as_user.works_at(hospital_id):
        raise NoSuchAssignee(
            f"{person.name} could not see this task: not active, without the permission, or of another hospital.",
            pointer="/assignedTo",
            next_step="Give it to somebody who works at its hospital.",
        )
    return person


async def _looked_after_by(tx: Tx, noun: str | None, subject_id: int | None, hospital_id: int | None) -> int | None:
    """Who looks after the record that a task is about, where they could see the task."""
    staff_id = await who_looks_after(tx, noun=noun, subject_id=subject_id)
    if staff_id is None:
        return None
    try:
        return (await _check_assignee(tx, staff_id=staff_id, hospital_id=hospital_id)).id
    except NoSuchAssignee:
        return None


def _no_such(violation: ForeignKeyViolation) -> Invalid:
    if "hospital" in (violation.diag.constraint_name or ""):
        return Invalid("There is no hospital with this id.", pointer="/hospitalId", next_step="Look in /api/hospitals.")
    return NoSuchAssignee("Nobody on the staff has this id.", pointer="/assignedTo", next_step="Look in /api/staff.")
