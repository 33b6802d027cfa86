"""REST of visits: booking, changing, lists and the calendar file."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import find_practitioner, hospital, hospitals
from bedside.kit.database import Database, Tx
from bedside.kit.http.conditional import etag
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Invalid
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction
from bedside.kit.text import many_lines, one_line
from bedside.scheduling import booking, store, visits
from bedside.scheduling.calendar_file import calendar_file
from bedside.scheduling.exporting import csv_lines
from bedside.scheduling.free_times import availability, first_free
from bedside.scheduling.local_time import resolve_local
from bedside.scheduling.model import Appointment, Status
from bedside.scheduling.routes_changes import ROUTES as CHANGES
from bedside.scheduling.routes_schedules import ROUTES as SCHEDULES
from bedside.scheduling.views import (
    AppointmentView,
    FreeTimes,
    HoldView,
    NewAppointment,
    NewHold,
)

Asked = Request[SignedIn, Any, Any]
TAGS = ["Appointments"]


def _headers(one: Appointment) -> dict[str, str]:
    return {"ETag": etag(one.version), "Location": f"/api/appointments/{one.id}"}


def _answer(one: Appointment) -> Response[AppointmentView]:
    return Response(AppointmentView.of(one), headers={"ETag": etag(one.version)})


async def as_instant(tx: Tx, given: datetime, *, practitioner_id: int, hospital_id: int | None) -> datetime:
    """An instant as it was sent, or a local time of the hospital: the one named, or where the practitioner works."""
    if given.tzinfo is not None:
        try:
            return given.astimezone(UTC)
        except OverflowError:
            raise Invalid("That time is not of this world.", pointer="/startsAt") from None
    zones = await store.zones_of(tx, practitioner_id=practitioner_id, hospital_id=hospital_id)
    if len(zones) != 1:
        raise Invalid(
            "A local time needs a hospital whose clock it is on.",
            pointer="/startsAt",
            next_step="Send hospitalId, or startsAt with its offset (2027-10-25T10:00:00-04:00).",
        )
    return resolve_local(given.date(), given.time(), ZoneInfo(zones[0]))


async def _booked(tx: Tx, new: NewAppointment, user: SignedIn) -> Appointment:
    new.check()
    source = "api" if user.kind == "api_key" else "desk"
    reason = many_lines(new.reason, pointer="/reason")
    override = one_line(new.override_reason, pointer="/overrideReason", longest=500) if new.override_reason else None
    if new.hold_token is not None:
        return await booking.book(
            tx, actor=user, patient_id=new.patient_id, practitioner_id=0, starts_at=tx.now, reason=reason,
            hold_token=new.hold_token,
        )  # fmt: skip
    if new.practitioner_id is not None and new.starts_at is not None:
        practitioner_id, hospital_id, department_id = new.practitioner_id, new.hospital_id, new.department_id
        starts_at = await as_instant(tx, new.starts_at, practitioner_id=practitioner_id, hospital_id=hospital_id)
    else:
        who = await find_practitioner(
            tx, name=new.doctor_name or "", department=new.department, hospital_id=new.hospital_id
        )
        practitioner_id, hospital_id, department_id = who.id, who.hospital_id, who.department_id
        zone = (await hospital(tx, hospital_id)).zone
        starts_at = resolve_local(new.appointment_date or tx.now.date(), new.clock, zone, pointer="/appointmentTime")
    return await booking.book(
        tx,
        actor=user,
        patient_id=new.patient_id,
        practitioner_id=practitioner_id,
        starts_at=starts_at,
        hospital_id=hospital_id,
        department_id=department_id,
        duration_minutes=new.duration_minutes,
        service_id=new.service_id,
        reason=reason,
        source=source,
        override_reason=override,
    )


@post(
    "/api/appointments",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    tags=TAGS,
    summary="Book a visit",
    status_code=201,
)
async def book_appointment(data: JSONBody[NewAppointment], request: Asked, tx: Transaction) -> Response[Any]:
    """Books a visit, by name or by id, and answers with it; its confirmation and reminders are planned with it.

    A taken time is a 409 `slot-taken` whose `alternatives` are free; a patient with another visit then a 409
    `patient-busy` that names it; a time outside the schedule a 422 `outside-schedule`. Send an `Idempotency-Key` to
    be safe against answers that get lost.
    """
    return await once(request, tx, _booked(tx, data, request.user), show=AppointmentView.of, headers=_headers)


@get(
    "/api/appointments",
    guards=[requires(Permission.APPOINTMENTS_READ)],
    tags=TAGS,
    summary="Visits, filtered and sorted",
)
async def list_appointments(
    request: Asked,
    tx: Transaction,
    patient_id: Annotated[int | None, QueryParameter(name="patientId")] = None,
    practitioner_id: Annotated[int | None, QueryParameter(name="practitionerId")] = None,
    department_id: Annotated[int | None, QueryParameter(name="departmentId")] = None,
    hospital_id: Annotated[int | None, QueryParameter(name="hospitalId")] = None,
    status: Annotated[list[Status] | None, QueryParameter(name="status")] = None,
    since: Annotated[str | None, QueryParameter(name="from")] = None,
    until: Annotated[str | None, QueryParameter(name="to")] = None,
    needs_new_time: Annotated[bool | None, QueryParameter(name="needsNewTime")] = None,
    sort: Annotated[str | None, QueryParameter(name="sort")] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[AppointmentView]:
    """The visits at your hospitals; `status` may be given several times.

    `from` and `to` are dates, both included (in the hospital's days where one is named, else in UTC's), or instants,
    `to` not included. `sort`: `startsAt`, `-startsAt`, `createdAt`, `-createdAt`.
    """
    filters = await chosen(
        tx, request.user, patient_id=patient_id, practitioner_id=practitioner_id, department_id=department_id,
        hospital_id=hospital_id, status=status, since=since, until=until, needs_new_time=needs_new_time,
    )  # fmt: skip
    found = await store.APPOINTMENTS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)
    return Page(items=[AppointmentView.of(one) for one in found.items], next=found.next)


async def chosen(
    tx: Tx,
    user: SignedIn,
    *,
    status: list[Status] | None,
    since: str | None,
    until: str | None,
    hospital_id: int | None,
    **more: Any,
) -> dict[str, Any]:
    """Filters of the list, as its Listing takes them: only hospitals of the user, days as instants."""
    zone = UTC if hospital_id is None or not (since or until) else await _zone(tx, hospital_id)
    return {
        "hospital_ids": user.hospitals,
        "hospital_id": hospital_id,
        "status": [str(one) for one in status] if status else None,
        "from": _edge(since, zone, "/from"),
        "to": _edge(until, zone, "/to", past=True),
        **more,
    }


async def _zone(tx: Tx, hospital_id: int) -> Any:
    found = await hospitals(tx, ids=[hospital_id])
    return found[0].zone if found else UTC


def _edge(text: str | None, zone: Any, pointer: str, *, past: bool = False) -> datetime | None:
    if text is None:
        return None
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + timedelta(days=1 if past else 0)
            return datetime.combine(day, time(), zone).astimezone(UTC)
        return datetime.fromisoformat(text).replace(tzinfo=datetime.fromisoformat(text).tzinfo or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("Not a date or an instant.", pointer=pointer, next_step="Send 2027-10-25, or RFC 3339.") from None


@get(
    "/api/appointments/export.csv",
    guards=[requires(Permission.APPOINTMENTS_READ)],
    tags=TAGS,
    summary="Visits as a table",
    media_type="text/csv",
)
async def export_appointments(
    request: Asked,
    tx: Transaction,
    patient_id: Annotated[int | None, QueryParameter(name="patientId")] = None,
    practitioner_id: Annotated[int | None, QueryParameter(name="practitionerId")] = None,
    department_id: Annotated[int | None, QueryParameter(name="departmentId")] = None,
    hospital_id: Annotated[int | None, QueryParameter(name="hospitalId")] = None,
    status: Annotated[list[Status] | None, QueryParameter(name="status")] = None,
    since: Annotated[str | None, QueryParameter(name="from")] = None,
    until: Annotated[str | None, QueryParameter(name="to")] = None,
) -> Stream:
    """The same filters as the list, every row, as CSV in UTF-8. Cells that a spreadsheet would compute are quoted."""
    filters = await chosen(
        tx, request.user, patient_id=patient_id, practitioner_id=practitioner_id, department_id=department_id,
        hospital_id=hospital_id, status=status, since=since, until=until,
    )  # fmt: skip
    database: Database = request.app.state.database
    return Stream(
        csv_lines(database, filters),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="appointments.csv"'},
    )


@get(
    "/api/appointments/availability",
    guards=[requires(Permission.APPOINTMENTS_READ)],
    tags=TAGS,
    summary="Free times",
)
async def list_availability(
    request: Asked,
    tx: Transaction,
    since: Annotated[
        date | None, QueryParameter(name="from", description="First day, local; today if left out")
    ] = None,
    until: Annotated[
        date | None, QueryParameter(name="to", description="Last day, local; six days on if left out")
    ] = None,
    day: Annotated[date | None, QueryParameter(name="date", description="One day, in place of from and to")] = None,
    hospital_id: Annotated[int | None, QueryParameter(name="hospitalId")] = None,
    department_id: Annotated[int | None, QueryParameter(name="departmentId")] = None,
    department: Annotated[str | None, QueryParameter(name="department")] = None,
    practitioner_id: Annotated[int | None, QueryParameter(name="practitionerId")] = None,
    doctor_name: Annotated[str | None, QueryParameter(name="doctorName")] = None,
    service_id: Annotated[int | None, QueryParameter(name="serviceId")] = None,
    duration_minutes: Annotated[int | None, QueryParameter(name="durationMinutes", ge=5, le=720)] = None,
    first: Annotated[bool, QueryParameter(name="first", description="Only the first free time of each")] = False,
) -> Page[FreeTimes]:
    """Every free time of the days, by practitioner, those who are free first at the top. At most 62 days; never cut.

    `department` and `doctorName` are names, as in the booking's first body.
    """
    since = day or since or tx.now.date()
    until = day or until or since + timedelta(days=6)
    if doctor_name is not None:
        who = await find_practitioner(tx, name=doctor_name, department=department, hospital_id=hospital_id)
        practitioner_id, department_id, hospital_id = who.id, who.department_id, who.hospital_id
    department_ids = [department_id] if department_id is not None else None
    if department is not None and doctor_name is None:
        department_ids = await store.departments_named(tx, department, hospital_id=hospital_id)
        if not department_ids:
            raise Invalid(
                f"There is no department “{department[:100]}”.",
                pointer="/department",
                next_step="See /api/departments.",
            )
    found = await (first_free if first else availability)(
        tx,
        since=since,
        until=until,
        hospital_id=hospital_id,
        hospital_ids=request.user.hospitals,
        department_ids=department_ids,
        practitioner_id=practitioner_id,
        service_id=service_id,
        duration_minutes=duration_minutes,
    )
    return Page(items=[FreeTimes.of(one) for one in found])


@get(
    "/api/appointments/{appointment_id:int}",
    guards=[requires(Permission.APPOINTMENTS_READ)],
    tags=TAGS,
    summary="One visit",
)
async def read_appointment(appointment_id: FromPath[int], request: Asked, tx: Transaction) -> Response[AppointmentView]:
    """A visit, with its ETag."""
    return _answer(await visits.appointment(tx, appointment_id, actor=request.user))


@post(
    "/api/appointments/holds",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    tags=TAGS,
    summary="Hold a time",
    status_code=201,
)
async def hold_time(data: JSONBody[NewHold], request: Asked, tx: Transaction) -> Response[Any]:
    """Keeps a time for ten minutes; then it is free again by itself. Answers like booking where it is taken."""

    async def held() -> HoldView:
        starts_at = await as_instant(
            tx, data.starts_at, practitioner_id=data.practitioner_id, hospital_id=data.hospital_id
        )
        made, token = await booking.hold(
            tx,
            actor=request.user,
            practitioner_id=data.practitioner_id,
            starts_at=starts_at,
            hospital_id=data.hospital_id,
            department_id=data.department_id,
            service_id=data.service_id,
            duration_minutes=data.duration_minutes,
        )
        return HoldView(
            id=made.id,
            hold_token=token,
            expires_at=made.hold_expires_at or tx.now,
            practitioner_id=made.practitioner_id,
            starts_at=made.starts_local,
            ends_at=made.ends_local,
        )

    return await once(request, tx, held())


@delete(
    "/api/appointments/holds/{token:str}",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    tags=TAGS,
    summary="Let go of a held time",
)
async def release(token: FromPath[str], tx: Transaction) -> None:
    """Frees the time at once. A hold that is gone already is no error."""
    await booking.release_hold(tx, token=token)


@get(
    "/api/appointments/{appointment_id:int}/calendar.ics",
    guards=[requires(Permission.APPOINTMENTS_READ)],
    tags=TAGS,
    summary="A visit as a calendar file",
    media_type="text/calendar",
)
async def read_calendar_file(appointment_id: FromPath[int], request: Asked, tx: Transaction) -> Response[bytes]:
    """iCalendar: one UID for good, SEQUENCE counting up with each change, METHOD:CANCEL once it is cancelled."""
    one = await visits.appointment(tx, appointment_id, actor=request.user)
    place = await hospital(tx, one.hospital_id)
    return Response(
        calendar_file(one, place_name=place.name, address=place.address),
        media_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="appointment-{one.id}.ics"'},
    )


ROUTES = [
    *CHANGES,
    *SCHEDULES,
    book_appointment,
    list_appointments,
    export_appointments,
    list_availability,
    read_appointment,
    hold_time,
    release,
    read_calendar_file,
]
