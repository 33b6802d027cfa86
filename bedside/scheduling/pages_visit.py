"""Pages of one visit: its panel, its steps, moving it, and what a patient's page shows of visits."""

from datetime import date, datetime, time
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Response, Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import practitioners
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid, Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.text import one_line
from bedside.scheduling import store, visits
from bedside.scheduling.deciding import may_override
from bedside.scheduling.local_time import resolve_local
from bedside.scheduling.model import MOVABLE, TRANSITIONS, Appointment, Status
from bedside.scheduling.pages_booking import number, offers, options

Asked = Request[SignedIn, Any, Any]


def _details(request: Asked, one: Appointment, now: datetime, said: str = "") -> Template:
    may_book = request.user.may(Permission.APPOINTMENTS_BOOK)
    steps = TRANSITIONS[one.status] if may_book else frozenset()
    if now < one.starts_at:
        steps -= {Status.NO_SHOW}
    return Template(
        "scheduling/visit.html",
        context={
            "visit": one, "steps": {str(step) for step in steps}, "zone": one.time_zone, "said": said,
            "movable": may_book and one.status in MOVABLE, "undoable": may_book and one.undoes_to is not None,
        },
    )  # fmt: skip


@get("/appointments/{appointment_id:int}", guards=[requires(Permission.APPOINTMENTS_READ)], include_in_schema=False)
async def visit_details(appointment_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """One visit and what can be done about it, for the side panel; a page of its own where htmx does not ask."""
    one = await visits.appointment(tx, appointment_id, actor=request.user)
    if "HX-Request" in request.headers:
        return _details(request, one, tx.now)
    inner = _details(request, one, tx.now)
    return Template("scheduling/visit_page.html", context=inner.context)


@post(
    "/appointments/{appointment_id:int}/confirm",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    include_in_schema=False,
    status_code=200,
)
async def confirm_visit(appointment_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """The patient will come. Answers with the panel as it is now."""
    one = await visits.confirm(tx, appointment_id=appointment_id, actor=request.user)
    return _details(request, one, tx.now, said="Confirmed")


@post(
    "/appointments/{appointment_id:int}/check-in",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    include_in_schema=False,
    status_code=200,
)
async def check_in_visit(appointment_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """The patient is here. Answers with the panel as it is now."""
    one = await visits.check_in(tx, appointment_id=appointment_id, actor=request.user)
    return _details(request, one, tx.now, said="Checked in")


@post(
    "/appointments/{appointment_id:int}/complete",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    include_in_schema=False,
    status_code=200,
)
async def complete_visit(appointment_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """The visit took place. Answers with the panel as it is now."""
    one = await visits.complete(tx, appointment_id=appointment_id, actor=request.user)
    return _details(request, one, tx.now, said="Completed")


@post(
    "/appointments/{appointment_id:int}/no-show",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    include_in_schema=False,
    status_code=200,
)
async def mark_no_show_visit(appointment_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """The patient did not come. Answers with the panel as it is now."""
    one = await visits.mark_no_show(tx, appointment_id=appointment_id, actor=request.user)
    return _details(request, one, tx.now, said="Marked as missed")


@post(
    "/appointments/{appointment_id:int}/undo",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    include_in_schema=False,
    status_code=200,
)
async def undo_visit(appointment_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """Takes the last step back. Answers with the panel as it is now."""
    one = await visits.undo(tx, appointment_id=appointment_id, actor=request.user)
    return _details(request, one, tx.now, said="Undone")


@post(
    "/appointments/{appointment_id:int}/cancel",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    include_in_schema=False,
    status_code=200,
)
async def cancel_visit(appointment_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """The visit will not take place, for a reason. Answers with the panel as it is now."""
    reason = one_line(str((await request.form()).get("reason", "")), pointer="/reason", longest=500)
    one = await visits.cancel(tx, appointment_id=appointment_id, reason=reason, actor=request.user)
    return _details(request, one, tx.now, said="Cancelled")


@get(
    "/panels/patients/{patient_id:int}/appointments",
    guards=[requires(Permission.APPOINTMENTS_READ)],
    include_in_schema=False,
)
async def patient_panel(patient_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """The visits of a patient, those ahead first: a panel of their page."""
    found = await store.of_patient(tx, patient_id, hospital_ids=request.user.hospitals, limit=30)
    ahead = [one for one in reversed(found) if one.ends_at > tx.now and one.status in (*MOVABLE, Status.ARRIVED)]
    return Template(
        "scheduling/patient_panel.html",
        context={
            "patient_id": patient_id,
            "ahead": ahead,
            "last": next((one for one in found if one.status is Status.COMPLETED), None),
            "came": sum(one.status is Status.COMPLETED for one in found),
            "missed": sum(one.status is Status.NO_SHOW for one in found),
            "before": [one for one in found if one not in ahead],
            "may_book": request.user.may(Permission.APPOINTMENTS_BOOK),
        },
    )


@get(
    "/appointments/{appointment_id:int}/move",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    include_in_schema=False,
)
async def move_form(
    appointment_id: FromPath[int],
    request: Asked,
    tx: Transaction,
    starts_at: Annotated[str, QueryParameter(name="startsAt")] = "",
    practitioner_id: Annotated[str, QueryParameter(name="practitionerId")] = "",
    problem: Annotated[str, QueryParameter(name="problem")] = "",
) -> Template:
    """The form that moves a visit, which does by keyboard what dragging does by mouse."""
    one = await visits.appointment(tx, appointment_id, actor=request.user)
    wanted = _wanted(starts_at) or one.starts_local.replace(tzinfo=None)
    context = await _move_context(
        tx, request, one, day=wanted.date(), clock=wanted.time(), doctor=number(practitioner_id),
        errors={"time": problem[:300]} if problem else {},
    )  # fmt: skip
    return Template("scheduling/move.html", context=context)


async def _move_context(
    tx: Tx, request: Asked, one: Appointment, *, day: date, clock: time, doctor: int | None, errors: dict[str, str],
    alternatives: list[dict[str, Any]] | None = None, override_reason: str = "",
) -> dict[str, Any]:  # fmt: skip
    return {
        "visit": one,
        "day": day.isoformat(),
        "clock": f"{clock:%H:%M}",
        "practitioner_options": options(await practitioners(tx, department_id=one.department_id), "display_name"),
        "practitioner": doctor or one.practitioner_id,
        "errors": errors,
        "alternatives": offers(alternatives),
        "may_override": may_override(request.user),
        "override_reason": override_reason,
        "zone": one.time_zone,
    }


def _wanted(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text[:19])
    except ValueError:
        return None


@post(
    "/appointments/{appointment_id:int}/move",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    include_in_schema=False,
    status_code=200,
)
async def move_visit(appointment_id: FromPath[int], request: Asked, tx: Transaction) -> Response[Any]:
    """Moves a visit; where the time cannot be had, draws the form again with what to take instead."""
    form = await request.form()
    one = await visits.appointment(tx, appointment_id, actor=request.user)
    picked = str(form.get("slot", ""))
    doctor = number(str(form.get("practitioner_id", "")))
    override = str(form.get("override_reason", "")).strip()
    text = f"{form.get('date', '')}T{form.get('time', '')}"
    if "|" in picked:
        chosen_doctor, text = picked.split("|", 1)
        doctor = number(chosen_doctor)
    wanted = _wanted(text)
    try:
        if wanted is None:
            raise Invalid("Give a day and a time.")
        async with tx.savepoint():
            moved = await visits.reschedule(
                tx,
                appointment_id=appointment_id,
                starts_at=resolve_local(wanted.date(), wanted.time(), one.zone),
                practitioner_id=doctor,
                actor=request.user,
                override_reason=override or None,
            )
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        at = wanted or one.starts_local
        context = await _move_context(
            tx, request, one, day=at.date(), clock=at.time(), doctor=doctor, errors={"time": problem.detail},
            alternatives=problem.members.get("alternatives"), override_reason=override,
        )  # fmt: skip
        return Template("scheduling/move.html", context=context, status_code=problem.status)
    return Template(
        "scheduling/moved.html",
        context={"visit": moved, "zone": moved.time_zone},
        headers={"HX-Trigger": "dialog:close, visits:changed"},
    )


VISIT_PAGES = [
    visit_details,
    confirm_visit,
    check_in_visit,
    complete_visit,
    mark_no_show_visit,
    undo_visit,
    cancel_visit,
    patient_panel,
    move_form,
    move_visit,
]
