"""What the REST and the pages of follow-ups show beside the structs of model.py."""

import msgspec

from bedside.accounts import SignedIn
from bedside.follow_ups.model import FieldValue, Task
from bedside.follow_ups.subjects import subjects
from bedside.kit.database import Tx
from bedside.kit.http.paging import Page
from bedside.kit.wire import Wire


class TaskView(Task, kw_only=True):
    """A task, with the name of the patient that it is about, and whether its time has passed."""

    patient_name: str | None
    overdue: bool


class Values(Wire, kw_only=True):
    """The custom fields of a record and what stands in them."""

    items: list[FieldValue]


async def named(tx: Tx, tasks: list[Task], *, reader: SignedIn) -> list[TaskView]:
    """The tasks with their patients' names, in one query however many they are."""
    ids = sorted({task.patient_id for task in tasks if task.patient_id is not None})
    patient = subjects().get("patient")
    names = await patient.names(tx, ids) if ids and patient and reader.may(patient.seen_with) else {}
    return [
        TaskView(
            **msgspec.structs.asdict(task),
            patient_name=None if task.patient_id is None else names.get(task.patient_id),
            overdue=task.is_overdue(tx.now),
        )
        for task in tasks
    ]


async def named_one(tx: Tx, task: Task, *, reader: SignedIn) -> TaskView:
    """One task with its patient's name."""
    return (await named(tx, [task], reader=reader))[0]


async def named_page(tx: Tx, page: Page[Task], *, reader: SignedIn) -> Page[TaskView]:
    """A page of the list, with the patients' names."""
    return Page(items=await named(tx, page.items, reader=reader), next=page.next)
