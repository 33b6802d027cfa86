"""REST of staff tasks and notes."""

from typing import Annotated, Any, Literal

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from bedside.accounts import Permission, Role, SignedIn, audit_reading, requires
from bedside.follow_ups import note_writing, staff_tasks, store_notes, store_tasks
from bedside.follow_ups.model import (
    NewNote,
    NewTask,
    Note,
    NoteChanges,
    Noun,
    Priority,
    RecordId,
    TaskChanges,
    TaskStatus,
)
from bedside.follow_ups.routes_records import ROUTES as RECORD_ROUTES
from bedside.follow_ups.seeing import narrowing
from bedside.follow_ups.subjects import check_subject, patient_of
from bedside.follow_ups.views import TaskView, named_one, named_page
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.parameters import LARGEST
from bedside.kit.http.problems import Invalid
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]


@get("/api/tasks", guards=[requires(Permission.TASKS_READ)], tags=["Follow-ups"], summary="List tasks")
async def list_tasks(
    request: Person,
    tx: Transaction,
    status: FromQuery[TaskStatus | None] = None,
    assigned_to: Annotated[
        RecordId | Literal["me", "nobody"] | None,
        QueryParameter(name="assignedTo", description="An id of staff, `me`, or `nobody`."),
    ] = None,
    for_role: Annotated[Role | None, QueryParameter(name="forRole")] = None,
    priority: FromQuery[Priority | None] = None,
    overdue: FromQuery[bool | None] = None,
    patient_id: Annotated[RecordId | None, QueryParameter(name="patientId")] = None,
    subject: FromQuery[Noun | None] = None,
    subject_id: Annotated[RecordId | None, QueryParameter(name="subjectId")] = None,
    hospital_id: Annotated[RecordId | None, QueryParameter(name="hospitalId")] = None,
    q: Annotated[str | None, QueryParameter(max_length=200, description="A part of the title.")] = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[TaskView]:
    """Tasks of your hospitals and of none, by `sort` (dueAt, urgency, createdAt, updatedAt, id; `-` before it for
    descending). What has no due time comes after all that has one. `overdue`: open, though its time has passed.
    Marketing sees those that are for marketing and about no patient.
    """
    filters = (
        {
            "status": status,
            "for_role": for_role,
            "priority": priority,
            "overdue": overdue,
            "patient_id": patient_id,
            "subject": subject,
            "subject_id": subject_id,
            "hospital_id": hospital_id,
            "q": q,
            "within": request.user.hospitals,
        }
        | narrowing(request.user)
        | _assigned(assigned_to, request.user)
    )
    page = await store_tasks.TASKS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)
    return await named_page(tx, page, reader=request.user)


@post("/api/tasks", guards=[requires(Permission.FOLLOW_UPS_EDIT)], tags=["Follow-ups"], summary="Open a task")
async def open_task(data: JSONBody[NewTask], request: Person, tx: Transaction) -> Response[TaskView]:
    """Opens a task for somebody (`assignedTo`), for whoever has a role (`forRole`), or for anybody; one about an owner
    that says neither goes to the owner's account manager.

    Without `hospitalId` it is everybody's; of somebody who works at one hospital only, that hospital's. 404 for a
    patient that there is not, 403 for a hospital that is not yours, 422 for somebody who could not see the task.
    """
    return await once(
        request,
        tx,
        _opened(tx, data, request.user),
        headers=lambda made: {"ETag": etag(made.version), "Location": f"/api/tasks/{made.id}"},
    )


@get("/api/tasks/{task_id:int}", guards=[requires(Permission.TASKS_READ)], tags=["Follow-ups"], summary="One task")
async def show_task(task_id: FromPath[RecordId], request: Person, tx: Transaction) -> Response[TaskView]:
    """One task, with an ETag for changing it. 404 for one of a hospital where you do not work."""
    found = await staff_tasks.task(tx, task_id, seen_by=request.user)
    return _answer(await named_one(tx, found, reader=request.user))


@patch(
    "/api/tasks/{task_id:int}",
    guards=[requires(Permission.TASKS_END)],
    tags=["Follow-ups"],
    summary="Change a task",
)
async def change_task(
    task_id: FromPath[RecordId], data: JSONBody[TaskChanges], request: Person, tx: Transaction
) -> Response[TaskView]:
    """Changes what the body names; `status` `done`, `dropped` or `open` again. `If-Match` refuses (412) where somebody
    else changed it meanwhile; a task that is not open takes nothing but `status` `open` (409). Marketing sends
    `status`, and `assignedTo` with their own id or null: else 403."""
    changed = await staff_tasks.change_task(
        tx, task_id=task_id, changes=data, actor=request.user, expected_version=expected_version(request)
    )
    return _answer(await named_one(tx, changed, reader=request.user))


@get("/api/notes", guards=[requires(Permission.FOLLOW_UPS_READ)], tags=["Follow-ups"], summary="List notes")
async def list_notes(
    request: Person,
    tx: Transaction,
    subject: FromQuery[Noun] = "patient",
    subject_id: Annotated[RecordId | None, QueryParameter(name="subjectId")] = None,
    patient_id: Annotated[RecordId | None, QueryParameter(name="patientId", description="Short for a subject.")] = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Note]:
    """Notes about one record, pinned ones first, then the newest (`sort`: -pinned, or id). 404 for a record that there
    is not."""
    subject_id = subject_id or patient_id
    if subject_id is None:
        raise Invalid("Say whose notes.", pointer="/patientId", next_step="Send patientId, or subject and subjectId.")
    await check_subject(tx, noun=subject, subject_id=subject_id, actor=request.user)
    if (patient := patient_of(subject, subject_id)) is not None:
        await audit_reading(tx, actor=request.user, patient_id=patient)
    return await store_notes.NOTES.page(
        tx, filters={"subject": subject, "subject_id": subject_id}, sort=sort, cursor=cursor, limit=limit
    )


@post("/api/notes", guards=[requires(Permission.FOLLOW_UPS_EDIT)], tags=["Follow-ups"], summary="Write a note")
async def add_note(data: JSONBody[NewNote], request: Person, tx: Transaction) -> Response[Note]:
    """Writes a note about a record. 404 for a record that there is not, 422 for a kind of record without notes."""
    return await once(
        request,
        tx,
        note_writing.add_note(tx, new=data, actor=request.user),
        headers=lambda made: {"ETag": etag(made.version), "Location": f"/api/notes/{made.id}"},
    )


@get("/api/notes/{note_id:int}", guards=[requires(Permission.FOLLOW_UPS_READ)], tags=["Follow-ups"], summary="One note")
async def show_note(note_id: FromPath[RecordId], request: Person, tx: Transaction) -> Response[Note]:
    """One note, with an ETag for changing it."""
    found = await note_writing.note(tx, note_id, seen_by=request.user)
    return Response(found, headers={"ETag": etag(found.version)})


@patch(
    "/api/notes/{note_id:int}",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    tags=["Follow-ups"],
    summary="Edit or pin a note",
)
async def change_note(
    note_id: FromPath[RecordId], data: JSONBody[NoteChanges], request: Person, tx: Transaction
) -> Response[Note]:
    """Changes a note's words (who wrote it, or an administrator: else 403), or pins it."""
    changed = await note_writing.change_note(
        tx, note_id=note_id, changes=data, actor=request.user, expected_version=expected_version(request)
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@delete(
    "/api/notes/{note_id:int}",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    status_code=200,
    tags=["Follow-ups"],
    summary="Delete a note",
)
async def delete_note(note_id: FromPath[RecordId], request: Person, tx: Transaction) -> Response[Note]:
    """Deletes a note (who wrote it, or an administrator: else 403); its restoring undoes it."""
    gone = await note_writing.delete_note(
        tx, note_id=note_id, actor=request.user, expected_version=expected_version(request)
    )
    return Response(gone, headers={"ETag": etag(gone.version)})


@post(
    "/api/notes/{note_id:int}/restore",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    status_code=200,
    tags=["Follow-ups"],
    summary="Bring a deleted note back",
)
async def restore_note(note_id: FromPath[RecordId], request: Person, tx: Transaction) -> Response[Note]:
    """Undoes the deletion of a note; one that is there stays as it is."""
    back = await note_writing.restore_note(tx, note_id=note_id, actor=request.user)
    return Response(back, headers={"ETag": etag(back.version)})


async def _opened(tx: Transaction, new: NewTask, actor: SignedIn) -> TaskView:
    return await named_one(tx, await staff_tasks.add_task(tx, new=new, actor=actor), reader=actor)


def _answer(task: TaskView) -> Response[TaskView]:
    return Response(task, headers={"ETag": etag(task.version)})


def _assigned(wanted: int | str | None, user: SignedIn) -> dict[str, Any]:
    if wanted == "nobody":
        return {"assigned": False}
    if wanted == "me":
        # a machine has no tasks of its own, though its id may be that of a person
        return {"assigned_to": user.id if user.kind == "staff" else 0}
    if isinstance(wanted, int) and not 1 <= wanted <= LARGEST:
        raise Invalid("No one of staff has such an id.", pointer="/assignedTo", next_step="Look it up in /api/staff.")
    return {"assigned_to": wanted}


ROUTES = [
    list_tasks, open_task, show_task, change_task, list_notes, add_note, show_note, change_note, delete_note,
    restore_note, *RECORD_ROUTES,
]  # fmt: skip
