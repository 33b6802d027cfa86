"""Pages of staff tasks; what stands on a record's page is in pages_panels.py, settings are in pages_settings.py."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, Role, SignedIn, active_staff, requires
from bedside.follow_ups import staff_tasks, store_tasks
from bedside.follow_ups.model import NewTask, RecordId, Task, TaskChanges
from bedside.follow_ups.pages_panels import PAGES as PANELS
from bedside.follow_ups.pages_settings import PAGES as SETTINGS
from bedside.follow_ups.seeing import narrowing, sees_all
from bedside.follow_ups.subjects import check_subject, subjects
from bedside.follow_ups.views import named, named_one
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import NotFound, Problem
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]

VIEWS = {"mine": "Mine", "unassigned": "Unassigned", "all": "All open", "overdue": "Overdue", "done": "Done"}
# whoever a task may be given to who sees what it may be about
ROLES = [(Role.FRONT_DESK, "Front desk"), (Role.CLINICIAN, "Clinicians"), (Role.ADMIN, "Administrators")]
FOR_ROLES = [*ROLES, (Role.MARKETING, "Marketing"), (Role.FINANCE, "Finance")]
_WORDS = {"title": "Say in a few words what is to be done.", "due_at": "Give a date, and a time if it matters."}
_FIELDS = ("title", "details", "patient_id", "hospital_id", "priority", "assigned_to", "for_role", "due_at")


def _within(request: Person) -> list[int] | None:
    """The hospital that the reader chose, as the dashboard counts it; what belongs to none is shown too."""
    visitor = request.app.state.visitors.visitor_of(request)
    return [visitor.hospital.id] if visitor and visitor.hospital else request.user.hospitals


def _filters(view: str, user: SignedIn) -> tuple[dict[str, Any], str]:
    """What a view shows, and in which order."""
    match view:
        case "mine":
            return {"status": "open", "assigned_to": user.id if user.kind == "staff" else 0}, "urgency"
        case "unassigned":
            return {"status": "open", "assigned": False}, "urgency"
        case "overdue":
            return {"overdue": True}, "dueAt"
        case "done":
            return {"closed": True}, "-updatedAt"
        case _:
            return {"status": "open"}, "urgency"


@get("/tasks", guards=[requires(Permission.TASKS_READ)], include_in_schema=False)
async def tasks_page(
    request: Person,
    tx: Transaction,
    view: FromQuery[str] = "",
    q: FromQuery[str] = "",
    for_role: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """What is to be done: one's own, what nobody has taken, all, overdue, done. Without a view, the first of the first
    three that has any."""
    within, narrow = _within(request), narrowing(request.user)
    numbers = await store_tasks.counts(
        tx, staff_id=request.user.id if request.user.kind == "staff" else 0, within=within, **narrow
    )
    if view not in VIEWS:
        view = "mine" if numbers.mine else "unassigned" if numbers.unassigned else "all"
    filters, sort = _filters(view, request.user)
    filters |= narrow | {"within": within, "q": q.strip()[:200] or None, "for_role": for_role or None}
    page = await store_tasks.TASKS.page(tx, filters=filters, sort=sort, cursor=cursor)
    counted = {"mine": numbers.mine, "unassigned": numbers.unassigned, "all": numbers.open, "overdue": numbers.overdue}
    context = {
        "tasks": await named(tx, page.items, reader=request.user), "next": page.next, "view": view, "q": q,
        "for_role": for_role, "query": request.url.query, "roles": FOR_ROLES, "role_names": dict(FOR_ROLES),
        "tabs": [(label, f"/tasks?view={name}", counted.get(name)) for name, label in VIEWS.items()],
        "self_id": request.user.id, "may_edit": request.user.may(Permission.FOLLOW_UPS_EDIT),
        "may_end": request.user.may(Permission.TASKS_END), "sees_all": sees_all(request.user),
        "kinds": {noun: kind for noun, kind in subjects().items() if request.user.may(kind.seen_with)},
        "may_see_patients": request.user.may(Permission.PATIENTS_READ), "now": tx.now,
    }  # fmt: skip
    region = "x-quiet" in request.headers  # a live region asks for what stands inside it
    return Template("follow_ups/task_list.html" if region else "follow_ups/tasks.html", context=context)


async def _form(
    tx: Tx, request: Person, values: dict[str, Any], *, task: Task | None, errors: dict[str, str]
) -> Template:
    people = [
        (one.id, one.name)
        for one in await active_staff(tx)
        if SignedIn(kind="staff", role=one.role, hospital_ids=one.hospitals).may(Permission.FOLLOW_UPS_READ)
    ]
    context = {
        "values": values, "task": task, "errors": errors, "people": people, "roles": ROLES,
        "patient_words": values.get("patient_words", ""), "action": f"/tasks/{task.id}" if task else "/tasks",
    }  # fmt: skip
    return Template("follow_ups/task_form.html", context=context, status_code=422 if errors else 200)


@get("/tasks/new", guards=[requires(Permission.FOLLOW_UPS_EDIT)], include_in_schema=False)
async def new_task_dialog(
    request: Person,
    tx: Transaction,
    patient_id: Annotated[RecordId | None, QueryParameter(name="patientId")] = None,
    subject: Annotated[str, QueryParameter(max_length=40)] = "",
    subject_id: Annotated[RecordId | None, QueryParameter(name="subjectId")] = None,
) -> Template:
    """The form for a new task, about a patient or another record if one is named."""
    within = _within(request)
    values = {
        "title": "", "details": "", "patient_id": patient_id, "patient_words": "", "priority": "normal",
        "hospital_id": within[0] if within else "", "assigned_to": "", "for_role": "", "due_date": "", "due_time": "",
    }  # fmt: skip
    if subject and subject_id is not None:
        words = await check_subject(tx, noun=subject, subject_id=subject_id, actor=request.user)
        values |= {"subject": subject, "subject_id": subject_id, "patient_words": words}
    elif patient_id is not None:
        values["patient_words"] = await staff_tasks.subject_name(tx, patient_id=patient_id, actor=request.user)
    return await _form(tx, request, values, task=None, errors={})


@get("/tasks/{task_id:int}", guards=[requires(Permission.TASKS_READ)], include_in_schema=False)
async def task_dialog(task_id: FromPath[RecordId], request: Person, tx: Transaction) -> Template:
    """One task, to read and to change."""
    task = await named_one(tx, await staff_tasks.task(tx, task_id, seen_by=request.user), reader=request.user)
    visitor = request.app.state.visitors.visitor_of(request)
    zone = ZoneInfo(visitor.hospital.time_zone if visitor and visitor.hospital else "UTC")
    due = task.due_at.astimezone(zone) if task.due_at else None
    values = {
        "title": task.title, "details": task.details, "patient_id": task.patient_id, "priority": task.priority,
        "hospital_id": task.hospital_id or "", "assigned_to": task.assigned_to or "", "for_role": task.for_role or "",
        "due_date": due.date().isoformat() if due else "", "due_time": due.strftime("%H:%M") if due else "",
    }  # fmt: skip
    return await _form(tx, request, values, task=task, errors={})


def _due(fields: dict[str, str]) -> datetime | None:
    """The due time from a date, a time (else the end of the working day) and the zone that the form was shown in."""
    if not fields.get("due_date"):
        return None
    try:
        day, clock = date.fromisoformat(fields["due_date"]), time.fromisoformat(fields.get("due_time") or "17:00")
        return datetime.combine(day, clock, ZoneInfo(fields.get("zone") or "UTC")).astimezone(UTC)
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        raise Wrong({"due_date": _WORDS["due_at"]}) from None


def _given(fields: dict[str, str]) -> dict[str, Any]:
    return {
        "title": fields.get("title", ""),
        "details": fields.get("details", ""),
        "priority": "urgent" if "urgent" in fields else "normal",
        "hospital_id": number_in(fields.get("hospital_id", "")),
        "assigned_to": number_in(fields.get("assigned_to", "")),
        "for_role": fields.get("for_role") or None,
        "due_at": _due(fields),
    }


def _typed(fields: dict[str, str]) -> dict[str, Any]:
    names = (
        "title",
        "details",
        "patient_id",
        "subject",
        "subject_id",
        "hospital_id",
        "assigned_to",
        "for_role",
        "due_date",
        "due_time",
    )
    return {name: fields.get(name, "") for name in names} | {
        "priority": "urgent" if "urgent" in fields else "normal",
        "patient_words": fields.get("patient_words", ""),
    }


def _toast(title: str, text: str) -> Template:
    context = {"title": title, "text": text, "undo": ""}
    # the list draws itself anew at once, without waiting for the socket to tell of it
    return Template(
        "follow_ups/toast.html", context=context, headers={"HX-Trigger": '{"dialog:close": {}, "task": {}}'}
    )


@post("/tasks", guards=[requires(Permission.FOLLOW_UPS_EDIT)], status_code=200, include_in_schema=False)
async def open_task(request: Person, tx: Transaction) -> Template:
    """Opens a task."""
    fields = await fields_of(request)
    try:
        given = _given(fields) | {"patient_id": number_in(fields.get("patient_id", ""))}
        if subject := fields.get("subject"):
            given |= {"subject": subject, "subject_id": number_in(fields.get("subject_id", "")), "patient_id": None}
        new = read_as(NewTask, given, _WORDS)
        async with tx.savepoint():
            made = await staff_tasks.add_task(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return await _form(tx, request, _typed(fields), task=None, errors=wrong.errors)
    except Problem as problem:
        return await _form(tx, request, _typed(fields), task=None, errors=told(problem, _FIELDS))
    return _toast("Task opened", made.title)


@post("/tasks/{task_id:int}", guards=[requires(Permission.FOLLOW_UPS_EDIT)], status_code=200, include_in_schema=False)
async def change_task(task_id: FromPath[RecordId], request: Person, tx: Transaction) -> Template:
    """Changes a task; refused where somebody else did since the form was opened."""
    fields = await fields_of(request)
    task = await staff_tasks.task(tx, task_id, seen_by=request.user)
    try:
        changes = read_as(TaskChanges, _given(fields), _WORDS)
        async with tx.savepoint():
            await staff_tasks.change_task(
                tx,
                task_id=task_id,
                changes=changes,
                actor=request.user,
                expected_version=number_in(fields.get("version", "")),
            )
    except Wrong as wrong:
        return await _form(tx, request, _typed(fields), task=task, errors=wrong.errors)
    except Problem as problem:
        return await _form(tx, request, _typed(fields), task=task, errors=told(problem, _FIELDS))
    return _toast("Saved", task.title)


@post(
    "/tasks/{task_id:int}/{what:str}",
    guards=[requires(Permission.TASKS_END)],
    status_code=200,
    include_in_schema=False,
)
async def act_on_task(task_id: FromPath[RecordId], what: FromPath[str], request: Person, tx: Transaction) -> Template:
    """`take` it oneself, `done`, `drop`, or `reopen`."""
    changes, said = {
        "take": (TaskChanges(assigned_to=request.user.id), "It is yours"),
        "done": (TaskChanges(status="done"), "Done"),
        "drop": (TaskChanges(status="dropped"), "Dropped"),
        "reopen": (TaskChanges(status="open"), "Open again"),
    }.get(what, (None, ""))
    if changes is None:
        raise NotFound("A task does not know that.", next_step="Reload the page.")
    task = await staff_tasks.change_task(tx, task_id=task_id, changes=changes, actor=request.user)
    return _toast(said, task.title)


PAGES = [
    tasks_page, new_task_dialog, task_dialog, open_task, change_task, act_on_task, *PANELS, *SETTINGS,
]  # fmt: skip
