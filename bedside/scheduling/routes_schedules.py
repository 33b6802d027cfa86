"""REST of schedules and of their exceptions."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import NotFound
from bedside.kit.http.transaction import Transaction
from bedside.scheduling import schedules, store_schedules
from bedside.scheduling.schedule_model import (
    Absence,
    Affected,
    HolidayPolicy,
    NewException,
    NewSchedule,
    Schedule,
    ScheduleChanges,
    SetHolidayPolicy,
)

Asked = Request[SignedIn, Any, Any]
TAGS = ["Schedules"]
Preview = Annotated[bool, QueryParameter(name="preview", description="Only say whom it would hit; write nothing")]


@get("/api/schedules", guards=[requires(Permission.APPOINTMENTS_READ)], tags=TAGS, summary="Weekly schedules")
async def list_schedules(
    request: Asked,
    tx: Transaction,
    practitioner_id: Annotated[int | None, QueryParameter(name="practitionerId")] = None,
    hospital_id: Annotated[int | None, QueryParameter(name="hospitalId")] = None,
    department_id: Annotated[int | None, QueryParameter(name="departmentId")] = None,
) -> Page[Schedule]:
    """Every schedule at your hospitals that holds today or later, by practitioner, weekday and hour; in one page."""
    found = await store_schedules.schedules(
        tx,
        hospital_ids=request.user.hospitals,
        practitioner_id=practitioner_id,
        hospital_id=hospital_id,
        department_id=department_id,
    )
    return Page(items=found)


@get(
    "/api/schedules/{schedule_id:int}",
    guards=[requires(Permission.APPOINTMENTS_READ)],
    tags=TAGS,
    summary="One weekly schedule",
)
async def read_schedule(schedule_id: FromPath[int], request: Asked, tx: Transaction) -> Response[Schedule]:
    """A schedule, with its ETag."""
    found = await store_schedules.schedule(tx, schedule_id)
    if found is None or not request.user.works_at(found.hospital_id):
        raise NotFound("There is no schedule with this id.", next_step="Look in /api/schedules.")
    return Response(found, headers={"ETag": etag(found.version)})


@post(
    "/api/schedules",
    guards=[requires(Permission.SCHEDULES_EDIT)],
    tags=TAGS,
    summary="Add a weekly schedule",
    status_code=201,
)
async def add_schedule(
    data: JSONBody[NewSchedule], request: Asked, tx: Transaction, preview: Preview = False
) -> Response[Any]:
    """Adds hours on one weekday. Two schedules of a practitioner may not overlap: 409 `schedule-overlaps`."""
    work = schedules.add_schedule(tx, new=data, actor=request.user, preview=preview)
    return await once(request, tx, work, status=200 if preview else 201)


@patch(
    "/api/schedules/{schedule_id:int}",
    guards=[requires(Permission.SCHEDULES_EDIT)],
    tags=TAGS,
    summary="Change a weekly schedule",
)
async def change_schedule(
    schedule_id: FromPath[int],
    data: JSONBody[ScheduleChanges],
    request: Asked,
    tx: Transaction,
    preview: Preview = False,
) -> Affected:
    """Changes hours and lists the visits that lose their time by it; they are kept. With `If-Match`, as you read it."""
    return await schedules.change_schedule(
        tx,
        schedule_id=schedule_id,
        changes=data,
        actor=request.user,
        expected_version=expected_version(request),
        preview=preview,
    )


@delete(
    "/api/schedules/{schedule_id:int}",
    guards=[requires(Permission.SCHEDULES_EDIT)],
    tags=TAGS,
    summary="Remove a weekly schedule",
    status_code=200,
)
async def remove_schedule(
    schedule_id: FromPath[int], request: Asked, tx: Transaction, preview: Preview = False
) -> Affected:
    """Removes hours and lists the visits that lose their time by it; they are kept."""
    return await schedules.remove_schedule(tx, schedule_id=schedule_id, actor=request.user, preview=preview)


@get(
    "/api/schedule-exceptions",
    guards=[requires(Permission.APPOINTMENTS_READ)],
    tags=TAGS,
    summary="Leave, extra clinics and closures",
)
async def list_exceptions(
    request: Asked,
    tx: Transaction,
    practitioner_id: Annotated[int | None, QueryParameter(name="practitionerId")] = None,
    hospital_id: Annotated[int | None, QueryParameter(name="hospitalId")] = None,
    since: Annotated[date | None, QueryParameter(name="from")] = None,
    until: Annotated[date | None, QueryParameter(name="to")] = None,
) -> Page[Absence]:
    """Those that touch the days from `from` (today, if left out) to `to`, soonest first; in one page."""
    begin = tx.now if since is None else datetime.combine(since, time(), tx.now.tzinfo)
    end = None if until is None else datetime.combine(until + timedelta(days=1), time(), tx.now.tzinfo)
    if end is not None and end <= begin:
        return Page(items=[])
    found = await store_schedules.exceptions(
        tx,
        hospital_ids=request.user.hospitals,
        since=begin,
        until=end,
        practitioner_id=practitioner_id,
        hospital_id=hospital_id,
    )
    return Page(items=[one.local() for one in found])


@post(
    "/api/schedule-exceptions",
    guards=[requires(Permission.SCHEDULES_EDIT)],
    tags=TAGS,
    summary="Add leave, an extra clinic or a closure",
    status_code=201,
)
async def add_exception(
    data: JSONBody[NewException], request: Asked, tx: Transaction, preview: Preview = False
) -> Response[Any]:
    """Adds it and lists the visits that lose their time by it: they are kept, and a task is opened for each."""
    work = schedules.add_exception(tx, new=data, actor=request.user, preview=preview)
    return await once(request, tx, work, status=200 if preview else 201)


@delete(
    "/api/schedule-exceptions/{exception_id:int}",
    guards=[requires(Permission.SCHEDULES_EDIT)],
    tags=TAGS,
    summary="Take leave, an extra clinic or a closure back",
    status_code=200,
)
async def remove_exception(
    exception_id: FromPath[int], request: Asked, tx: Transaction, preview: Preview = False
) -> Affected:
    """Takes it back. Visits that have their time again no longer need a new one."""
    return await schedules.remove_exception(tx, exception_id=exception_id, actor=request.user, preview=preview)


@get(
    "/api/hospitals/{hospital_id:int}/holiday-policy",
    guards=[requires(Permission.APPOINTMENTS_READ)],
    tags=TAGS,
    summary="Whether a hospital closes on public holidays",
)
async def read_holiday_policy(hospital_id: FromPath[int], request: Asked, tx: Transaction) -> HolidayPolicy:
    """And which the public holidays of the next 365 days are, by its country and subdivision."""
    return await schedules.holiday_policy(tx, hospital_id=hospital_id, actor=request.user)


@put(
    "/api/hospitals/{hospital_id:int}/holiday-policy",
    guards=[requires(Permission.SCHEDULES_EDIT)],
    tags=TAGS,
    summary="Say whether a hospital closes on public holidays",
)
async def write_holiday_policy(
    hospital_id: FromPath[int],
    data: JSONBody[SetHolidayPolicy],
    request: Asked,
    tx: Transaction,
    preview: Preview = False,
) -> Affected:
    """Weekly schedules then stand still on them; an extra clinic may be added. Lists the visits that it hits."""
    return await schedules.set_holiday_policy(
        tx, hospital_id=hospital_id, closed=data.closed, actor=request.user, preview=preview
    )


ROUTES = [
    list_schedules,
    read_schedule,
    add_schedule,
    change_schedule,
    remove_schedule,
    list_exceptions,
    add_exception,
    remove_exception,
    read_holiday_policy,
    write_holiday_policy,
]
