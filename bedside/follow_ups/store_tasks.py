"""SQL of staff tasks."""

from datetime import datetime
from typing import Any, LiteralString

import msgspec

from bedside.follow_ups.model import Task
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

_COLUMNS: LiteralString = """
select t.id, t.title, t.details, t.subject, t.subject_id, t.patient_id, t.hospital_id, t.status, t.priority,
       t.assigned_to, s.name as assigned_to_name, t.for_role, t.due_at, t.created_by_name, t.created_at, t.updated_at,
       t.done_at, t.done_by_name, t.version
"""
_TASK: LiteralString = _COLUMNS + "from crm.tasks t left join crm.staff s on s.id = t.assigned_to "

_ID = Key("t.id", "bigint", "id")
# The same expression as the index tasks_open has.
_DUE = Key("coalesce(t.due_at, '9999-12-31 23:59:59+00'::timestamptz)", "timestamptz", "due_or_never")
_URGENCY = Key("(case t.priority when 'urgent' then 0 else 1 end)", "integer", "urgency")

TASKS = Listing(
    into=Task,
    select=_TASK,
    sorts={
        "dueAt": (_DUE, _ID),
        "urgency": (_URGENCY, _DUE, _ID),
        "createdAt": (Key("t.created_at", "timestamptz", "created_at"), _ID),
        "updatedAt": (Key("t.updated_at", "timestamptz", "updated_at"), _ID),
        "id": (_ID,),
    },
    default_sort="dueAt",
    filters={
        "status": "t.status = %(status)s",
        "closed": "(t.status <> 'open') = %(closed)s",
        "assigned_to": "t.assigned_to = %(assigned_to)s",
        "assigned": "(t.assigned_to is not null) = %(assigned)s",
        "for_role": "t.for_role = %(for_role)s",
        "priority": "t.priority = %(priority)s",
        "overdue": "(t.status = 'open' and t.due_at is not null and t.due_at < %(now)s) = %(overdue)s",
        "patient_id": "t.patient_id = %(patient_id)s",
        "subject": "t.subject = %(subject)s",
        "subject_id": "t.subject_id = %(subject_id)s",
        "hospital_id": "t.hospital_id = %(hospital_id)s",
        # what belongs to no hospital is everybody's
        "within": "(t.hospital_id is null or t.hospital_id = any(%(within)s::bigint[]))",
        # for whoever sees only what is for their role
        "role_only": "(t.for_role = %(role_only)s and t.patient_id is null)",
        "about": "(t.subject is null or t.subject = any(%(about)s::text[]))",
        "q": "position(crm.searchable(%(q)s) in crm.searchable(t.title)) > 0",
    },
)


class Counts(msgspec.Struct, kw_only=True):
    """How many open tasks there are in each view of the list."""

    mine: int
    unassigned: int
    open: int
    overdue: int


async def task(tx: Tx, task_id: int) -> Task | None:
    """One task."""
    return await tx.maybe(Task, _TASK + "where t.id = %(id)s", id=task_id)


async def lock_task(tx: Tx, task_id: int) -> Task | None:
    """One task, which nobody else changes before the transaction ends."""
    return await tx.maybe(Task, _TASK + "where t.id = %(id)s for no key update of t", id=task_id)


async def lock_task_by_key(tx: Tx, key: str) -> Task | None:
    """The task that a system opened under a key, for changing it."""
    return await tx.maybe(Task, _TASK + "where t.key = %(key)s for no key update of t", key=key)


async def insert_task(
    tx: Tx,
    *,
    title: str,
    details: str,
    subject: str | None,
    subject_id: int | None,
    patient_id: int | None,
    hospital_id: int | None,
    priority: str,
    assigned_to: int | None,
    for_role: str | None,
    due_at: datetime | None,
    key: str | None,
    created_by_name: str,
) -> Task | None:
    """Opens a task; None where one was opened under the key before, be it by a transaction that ran beside this."""
    return await tx.maybe(
        Task,
        """with t as (
               insert into crm.tasks (title, details, subject, subject_id, patient_id, hospital_id, priority,
                   assigned_to, for_role, due_at, key, created_by_name, created_at, updated_at)
               values (%(title)s, %(details)s, %(subject)s, %(subject_id)s, %(patient_id)s, %(hospital_id)s,
                   %(priority)s, %(assigned_to)s, %(for_role)s, %(due_at)s, %(key)s, %(created_by_name)s, %(now)s,
                   %(now)s)
               on conflict (key) do nothing returning *)"""
        + _COLUMNS
        + "from t left join crm.staff s on s.id = t.assigned_to",
        title=title,
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
        created_by_name=created_by_name,
    )


async def update_task(tx: Tx, changed: Task) -> Task:
    """Writes a task and gives it as it is now."""
    values: dict[str, Any] = msgspec.structs.asdict(changed)
    await tx.execute(
        """update crm.tasks set title = %(title)s, details = %(details)s, hospital_id = %(hospital_id)s,
               status = %(status)s, priority = %(priority)s, assigned_to = %(assigned_to)s, for_role = %(for_role)s,
               due_at = %(due_at)s, done_at = %(done_at)s, done_by_name = %(done_by_name)s, version = version + 1,
               updated_at = %(now)s
           where id = %(id)s""",
        **values,
    )
    return await tx.one(Task, _TASK + "where t.id = %(id)s", id=changed.id)


async def counts(
    tx: Tx,
    *,
    staff_id: int | None,
    within: list[int] | None,
    role_only: str | None = None,
    about: list[str] | None = None,
) -> Counts:
    """The numbers of the views, in one look at the open tasks; `role_only` and `about` as in the list."""
    return await tx.one(
        Counts,
        """select count(*) filter (where assigned_to = %(staff)s) as mine,
                  count(*) filter (where assigned_to is null) as unassigned,
                  count(*) as open,
                  count(*) filter (where due_at < %(now)s) as overdue
           from crm.tasks
           where status = 'open'
             and (%(within)s::bigint[] is null or hospital_id is null or hospital_id = any(%(within)s))
             and (%(role_only)s::text is null or (for_role = %(role_only)s and patient_id is null))
             and (%(about)s::text[] is null or subject is null or subject = any(%(about)s))""",
        staff=staff_id,
        within=within,
        role_only=role_only,
        about=about,
    )
