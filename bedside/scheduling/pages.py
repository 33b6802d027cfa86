"""Pages of visits: the calendar, the list, one visit, and what a patient's page shows of them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Response, Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import HOSPITAL_COOKIE, Hospital, departments, hospital_chosen, practitioners
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid, NotFound, Problem
from bedside.kit.http.transaction import Transaction
from bedside.scheduling import store, store_availability, visits
from bedside.scheduling.availability import windows
from bedside.scheduling.deciding import may_override
from bedside.scheduling.local_time import resolve_local
from bedside.scheduling.model import MOVABLE, TRANSITIONS, Appointment, Status
from bedside.scheduling.pages_booking import BOOKING_PAGES, number, offers, options
from bedside.scheduling.pages_schedules import SCHEDULE_PAGES
from bedside.scheduling.routes import chosen

Asked = Request[SignedIn, Any, Any]
LONGEST_VIEW = timedelta(days=62)


async def place_of(tx: Tx, request: Asked) -> Hospital:
    """The hospital that the visitor looks at."""
    return await hospital_chosen(tx, user=request.user, cookie=request.cookies.get(HOSPITAL_COOKIE))


@get("/calendar", guards=[requires(Permission.APPOINTMENTS_READ)], include_in_schema=False)
async def calendar_page(request: Asked, tx: Transaction) -> Template:
    """The calendar of a hospital: day, week, month, and practitioners side by side."""
    place = await place_of(tx, request)
    people = await practitioners(tx, hospital_id=place.id)
    return Template(
        "scheduling/calendar.html",
        context={
            "place": place,
            "department_options": options(await departments(tx, hospital_id=place.id)),
            "practitioner_options": options(people, "display_name"),
            "people": msgspec.json.encode([{"id": str(one.id), "title": one.display_name} for one in people]).decode(),
            "today": tx.now.astimezone(place.zone).replace(tzinfo=None),
            "offset": _offset(tx.now.astimezone(place.zone)),
            "may_book": request.user.may(Permission.APPOINTMENTS_BOOK),
        },
    )


def _offset(at: datetime) -> str:
    """`+05:30`, as the calendar library takes a zone."""
    text = at.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


@get("/calendar/visits", guards=[requires(Permission.APPOINTMENTS_READ)], include_in_schema=False)
async def calendar_visits(
    request: Asked,
    tx: Transaction,
    start: Annotated[str, QueryParameter(name="start")],
    end: Annotated[str, QueryParameter(name="end")],
    department_id: Annotated[str, QueryParameter(name="department")] = "",
    practitioner_id: Annotated[str, QueryParameter(name="practitioner")] = "",
) -> dict[str, Any]:
    """What the calendar draws between two local times: visits, the hours of work, leave; all in the hospital's time
    without zone, as its library wants it."""
    place = await place_of(tx, request)
    since, until = _local(start, place.zone), _local(end, place.zone)
    if not timedelta() < until - since <= LONGEST_VIEW:
        raise Invalid("A calendar shows 62 days at most.", pointer="/end")
    department, doctor = number(department_id), number(practitioner_id)
    found = await store.between(
        tx,
        since=since,
        until=until,
        hospital_ids=[place.id],
        department_id=department,
        practitioner_ids=None if doctor is None else [doctor],
    )
    hours = await _hours(tx, place, since, until, department, doctor) if until - since < timedelta(days=15) else []
    return {"visits": [_event(one) for one in found], "hours": hours}


def _local(text: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(text.removesuffix("Z")[:19]).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("Not a time.", pointer="/start") from None


def _event(one: Appointment) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "resourceId": str(one.practitioner_id),
        "start": one.starts_local.strftime("%Y-%m-%dT%H:%M:%S"),
        "end": one.ends_local.strftime("%Y-%m-%dT%H:%M:%S"),
        "title": one.patient_name or "Held",
        "editable": one.status in MOVABLE,
        "extendedProps": {
            "status": one.status,
            "doctor": one.practitioner_name,
            "department": one.department,
            "needsNewTime": one.needs_new_time,
            "reason": one.reason,
        },
    }


async def _hours(
    tx: Tx, place: Hospital, since: datetime, until: datetime, department: int | None, doctor: int | None
) -> list[dict[str, Any]]:
    """When practitioners see patients, and when they are away, for the background."""
    first, last = since.astimezone(place.zone).date(), until.astimezone(place.zone).date()
    facts = await store_availability.facts(
        tx,
        since=first,
        until=last,
        hospital_ids=[place.id],
        department_ids=None if department is None else [department],
        practitioner_id=doctor,
    )
    days = range(first.toordinal(), last.toordinal())
    drawn = []
    for one in facts.practitioners:
        for _, window in windows(facts, one, days):
            for kind, starts, ends in (
                ("open", window.starts, window.ends),
                *(("away", max(a, window.starts), min(b, window.ends)) for a, b in window.blocked),
            ):
                drawn.append(
                    {
                        "id": f"{kind}-{one}-{starts}",
                        "resourceId": str(one),
                        "start": _wall(starts, place.zone),
                        "end": _wall(ends, place.zone),
                        "display": "background",
                        "classNames": [f"hours-{kind}"],
                        "extendedProps": {"hours": kind},
                    }
                )
    return drawn


def _wall(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%dT%H:%M:%S")


@get("/appointments", guards=[requires(Permission.APPOINTMENTS_READ)], include_in_schema=False)
async def appointments_page(
    request: Asked,
    tx: Transaction,
    department_id: Annotated[str, QueryParameter(name="department")] = "",
    practitioner_id: Annotated[str, QueryParameter(name="practitioner")] = "",
    status: Annotated[str, QueryParameter(name="status")] = "",
    since: Annotated[str, QueryParameter(name="from")] = "",
    until: Annotated[str, QueryParameter(name="to")] = "",
    needs_new_time: Annotated[str, QueryParameter(name="needsNewTime")] = "",
    sort: Annotated[str, QueryParameter(name="sort")] = "startsAt",
    cursor: Annotated[str, QueryParameter(name="cursor")] = "",
) -> Template:
    """The list of visits of a hospital, filtered and sorted. Without dates it begins today."""
    place = await place_of(tx, request)
    today = tx.now.astimezone(place.zone).date()
    since = _day(since) or ("" if until or needs_new_time else today.isoformat())
    filters = await chosen(
        tx,
        request.user,
        hospital_id=place.id,
        status=[Status(status)] if status in set(Status) else None,
        since=since or None,
        until=_day(until) or None,
        department_id=number(department_id),
        practitioner_id=number(practitioner_id),
        needs_new_time=True if needs_new_time else None,
    )
    found = await store.APPOINTMENTS.page(tx, filters=filters, sort=sort, cursor=cursor or None, limit=50)
    return Template(
        "scheduling/list.html",
        context={
            "place": place, "zone": place.time_zone, "visits": found.items, "next": found.next, "sort": sort,
            "query": request.url.query,
            "department_options": options(await departments(tx, hospital_id=place.id)),
            "practitioner_options": options(await practitioners(tx, hospital_id=place.id), "display_name"),
            "department": department_id,
            "practitioner": practitioner_id, "status": status, "since": since, "until": until,
            "needs_new_time": needs_new_time, "may_book": request.user.may(Permission.APPOINTMENTS_BOOK),
            "statuses": [one.value for one in Status if one is not Status.HELD],
        },
    )  # fmt: skip


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


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


SAID = {
    "confirm": "Confirmed",
    "check-in": "Checked in",
    "complete": "Completed",
    "no-show": "Marked as missed",
    "undo": "Undone",
}


@post(
    "/appointments/{appointment_id:int}/{step:str}",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    include_in_schema=False,
    status_code=200,
)
async def take_step(appointment_id: FromPath[int], step: FromPath[str], request: Asked, tx: Transaction) -> Template:
    """Confirms, checks in, completes, marks as missed, cancels (with a reason) or undoes; answers with the panel."""
    verbs = {
        "confirm": visits.confirm,
        "check-in": visits.check_in,
        "complete": visits.complete,
        "no-show": visits.mark_no_show,
        "undo": visits.undo,
    }
    if step == "cancel":
        reason = str((await request.form()).get("reason", ""))
        one = await visits.cancel(tx, appointment_id=appointment_id, reason=reason, actor=request.user)
        return _details(request, one, tx.now, said="Cancelled")
    if step not in verbs:
        raise NotFound("There is nothing at this address.")
    one = await verbs[step](tx, appointment_id=appointment_id, actor=request.user)
    return _details(request, one, tx.now, said=SAID[step])


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


PAGES = [
    calendar_page,
    calendar_visits,
    appointments_page,
    visit_details,
    take_step,
    patient_panel,
    move_form,
    move_visit,
    *BOOKING_PAGES,
    *SCHEDULE_PAGES,
]
