"""SQL of staff tasks."""

from datetime import datetime
from typing import Any, LiteralString

import msgspec

from bedside.follow_ups.model import Task
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

_TASK: LiteralString = """
select t.id, t.title, t.details, t.subject, t.subject_id, t.patient_id, t.hospital_id, t.status, t.priority,
       t.assigned_to, s.name as assigned_to_name, t.for_role, t.due_at, t.created_by_name, t.created_at, t.updated_at,
       t.done_at, t.done_by_name, t.version
"""
_FROM: LiteralString = """
from crm.tasks t left join crm.staff s on s.id = t.assigned_to
"""


class ListedTask(Task, kw_only=True):
    """A task in the list, with the due time that it is sorted by: those without one come last."""

    due_or_never: datetime


TASKS = Listing(
    into=ListedTask,
    select=_TASK + ", coalesce(t.due_at, '9999-01-01Z') as due_or_never" + _FROM,
    sorts={
        "due": (Key("coalesce(t.due_at, '9999-01-01Z')", "timestamptz", "due_or_never"), Key("t.id", "bigint", "id")),
        "created": (Key("t.created_at", "timestamptz", "created_at"), Key("t.id", "bigint", "id")),
        "id": (Key("t.id", "bigint", "id"),),
    },
    default_sort="due",
    filters={
        "hospitals": "(t.hospital_id is null or t.hospital_id = any(%(hospitals)s))",
        "hospital_id": "t.hospital_id = %(hospital_id)s",
        "status": "t.status = %(status)s",
        "priority": "t.priority = %(priority)s",
        "subject": "t.subject = %(subject)s",
        "subject_id": "t.subject_id = %(subject_id)s",
        "patient_id": "t.patient_id = %(patient_id)s",
        "assigned_to": "t.assigned_to = %(assigned_to)s",
        # somebody's own, and what their role should take while nobody has
        "mine": "(t.assigned_to = %(mine)s or (t.assigned_to is null and t.for_role = %(my_role)s))",
        "overdue": "(t.status = 'open' and t.due_at < %(now)s) = %(overdue)s",
    },
)


async def task(tx: Tx, task_id: int) -> Task | None:
    """A task."""
    return await tx.maybe(Task, _TASK + _FROM + "where t.id = %(id)s", id=task_id)


async def lock_task(tx: Tx, task_id: int) -> Task | None:
    """A task, for changing it."""
    return await tx.maybe(Task, _TASK + _FROM + "where t.id = %(id)s for update of t", id=task_id)


async def insert_task(tx: Tx, row: dict[str, Any]) -> int | None:
    """Opens a task and gives its id; None where one with the same key was opened before."""
    made = await tx.value(
        """insert into crm.tasks (title, details, subject, subject_id, patient_id, hospital_id, status, priority,
               assigned_to, for_role, due_at, key, created_by_name, created_at, updated_at)
           values (%(title)s, %(details)s, %(subject)s, %(subject_id)s, %(patient_id)s, %(hospital_id)s, 'open',
               %(priority)s, %(assigned_to)s, %(for_role)s, %(due_at)s, %(key)s, %(created_by_name)s, %(now)s, %(now)s)
           on conflict (key) do nothing returning id""",
        **row,
    )
    return None if made is None else int(made)


async def task_with_key(tx: Tx, key: str) -> int | None:
    """The id of the task that a system opened under a key."""
    found = await tx.value("select id from crm.tasks where key = %(key)s", key=key)
    return None if found is None else int(found)


async def update_task(tx: Tx, changed: Task) -> None:
    """Writes a task."""
    await tx.execute(
        """update crm.tasks set title = %(title)s, details = %(details)s, status = %(status)s, priority = %(priority)s,
               assigned_to = %(assigned_to)s, due_at = %(due_at)s, done_at = %(done_at)s,
               done_by_name = %(done_by_name)s, version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        **msgspec.structs.asdict(changed),
    )


async def staff_exists(tx: Tx, staff_id: int) -> bool:
    """Whether a member of staff has this id and works here still."""
    return bool(await tx.value("select exists (select 1 from crm.staff where id = %(id)s and active)", id=staff_id))


async def counts(tx: Tx, *, hospitals: list[int] | None, mine: int | None, my_role: str) -> tuple[int, int, int]:
    """How many tasks are open, how many of them are somebody's own or their role's, and how many are overdue."""
    rows = await tx.rows(
        """select count(*),
                  count(*) filter (where assigned_to = %(mine)s or (assigned_to is null and for_role = %(role)s)),
                  count(*) filter (where due_at < %(now)s)
           from crm.tasks where status = 'open'
             and (%(hospitals)s::bigint[] is null or hospital_id is null or hospital_id = any(%(hospitals)s))""",
        hospitals=hospitals,
        mine=mine,
        role=my_role,
    )
    return rows[0][0], rows[0][1], rows[0][2]
