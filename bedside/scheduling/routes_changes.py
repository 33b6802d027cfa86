"""REST of what happens to a visit after it was booked."""

from datetime import UTC, time
from typing import Any

from litestar import Request, Response, patch, post
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.database import Tx
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.problems import Invalid
from bedside.kit.http.transaction import Transaction
from bedside.kit.text import many_lines, one_line
from bedside.scheduling import visits
from bedside.scheduling.local_time import resolve_local
from bedside.scheduling.model import Appointment
from bedside.scheduling.views import AppointmentView, Cancellation, Changes, NewTime

Asked = Request[SignedIn, Any, Any]
TAGS = ["Appointments"]


def _answer(one: Appointment) -> Response[AppointmentView]:
    return Response(AppointmentView.of(one), headers={"ETag": etag(one.version)})


async def _moved(tx: Tx, request: Asked, appointment_id: int, new: NewTime) -> Appointment:
    now = await visits.appointment(tx, appointment_id, actor=request.user)
    starts_at = now.starts_at
    if new.starts_at is not None and (new.appointment_date or new.appointment_time):
        raise Invalid("The time is said twice.", pointer="/startsAt", next_step="Send startsAt, or date and time.")
    if new.starts_at is not None and new.starts_at.tzinfo is not None:
        starts_at = new.starts_at.astimezone(UTC)
    elif new.starts_at is not None:
        starts_at = resolve_local(new.starts_at.date(), new.starts_at.time(), now.zone)
    elif new.appointment_date or new.appointment_time:
        day = new.appointment_date or now.starts_local.date()
        clock = time.fromisoformat(new.appointment_time) if new.appointment_time else now.starts_local.time()
        starts_at = resolve_local(day, clock, now.zone, pointer="/appointmentTime")
    return await visits.reschedule(
        tx,
        appointment_id=appointment_id,
        starts_at=starts_at,
        practitioner_id=new.practitioner_id,
        duration_minutes=new.duration_minutes,
        actor=request.user,
        expected_version=expected_version(request),
        override_reason=one_line(new.override_reason, pointer="/overrideReason") if new.override_reason else None,
    )


@patch(
    "/api/appointments/{appointment_id:int}",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    tags=TAGS,
    summary="Change a visit",
)
async def change_appointment(
    appointment_id: FromPath[int], data: JSONBody[Changes], request: Asked, tx: Transaction
) -> Response[AppointmentView]:
    """Moves a visit, or changes its length or the reason for it. With `If-Match`, only as you read it.

    Answers like booking where the new time cannot be had; the visit then keeps the time that it has.
    """
    times = (data.starts_at, data.appointment_date, data.appointment_time, data.practitioner_id, data.duration_minutes)
    if isinstance(data.reason, str):
        after = await visits.change_reason(
            tx,
            appointment_id=appointment_id,
            reason=many_lines(data.reason, pointer="/reason"),
            actor=request.user,
            expected_version=expected_version(request),
        )
        if not any(times):
            return _answer(after)
        request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"if-match"]
    elif not any(times):
        return _answer(await visits.appointment(tx, appointment_id, actor=request.user))
    return _answer(await _moved(tx, request, appointment_id, data))


@post(
    "/api/appointments/{appointment_id:int}/reschedule",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    tags=TAGS,
    summary="Move a visit",
    status_code=200,
)
async def reschedule_appointment(
    appointment_id: FromPath[int], data: JSONBody[NewTime], request: Asked, tx: Transaction
) -> Response[AppointmentView]:
    """Moves a visit to another time or practitioner; its reminders are planned anew, and the patient is told."""
    return _answer(await _moved(tx, request, appointment_id, data))


@post(
    "/api/appointments/{appointment_id:int}/cancel",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    tags=TAGS,
    summary="Cancel a visit",
    status_code=200,
)
async def cancel_appointment(
    appointment_id: FromPath[int], data: JSONBody[Cancellation], request: Asked, tx: Transaction
) -> Response[AppointmentView]:
    """Cancels a visit for a reason. Its time is free at once and its reminders are cancelled with it."""
    return _answer(
        await visits.cancel(
            tx,
            appointment_id=appointment_id,
            reason=one_line(data.reason, pointer="/reason", longest=500),
            actor=request.user,
            expected_version=expected_version(request),
        )
    )


@post(
    "/api/appointments/{appointment_id:int}/confirm",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    tags=TAGS,
    summary="Confirm a visit",
    status_code=200,
)
async def confirm_appointment(
    appointment_id: FromPath[int], request: Asked, tx: Transaction
) -> Response[AppointmentView]:
    """The patient said that they will come."""
    expected = expected_version(request)
    return _answer(
        await visits.confirm(tx, appointment_id=appointment_id, actor=request.user, expected_version=expected)
    )


@post(
    "/api/appointments/{appointment_id:int}/check-in",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    tags=TAGS,
    summary="Check a patient in",
    status_code=200,
)
async def check_in_appointment(
    appointment_id: FromPath[int], request: Asked, tx: Transaction
) -> Response[AppointmentView]:
    """The patient is here."""
    expected = expected_version(request)
    return _answer(
        await visits.check_in(tx, appointment_id=appointment_id, actor=request.user, expected_version=expected)
    )


@post(
    "/api/appointments/{appointment_id:int}/complete",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    tags=TAGS,
    summary="Complete a visit",
    status_code=200,
)
async def complete_appointment(
    appointment_id: FromPath[int], request: Asked, tx: Transaction
) -> Response[AppointmentView]:
    """The visit took place. It must have been checked in."""
    expected = expected_version(request)
    return _answer(
        await visits.complete(tx, appointment_id=appointment_id, actor=request.user, expected_version=expected)
    )


@post(
    "/api/appointments/{appointment_id:int}/no-show",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    tags=TAGS,
    summary="Mark a visit as missed",
    status_code=200,
)
async def mark_no_show_appointment(
    appointment_id: FromPath[int], request: Asked, tx: Transaction
) -> Response[AppointmentView]:
    """The patient did not come; not before the time has come."""
    expected = expected_version(request)
    return _answer(
        await visits.mark_no_show(tx, appointment_id=appointment_id, actor=request.user, expected_version=expected)
    )


@post(
    "/api/appointments/{appointment_id:int}/undo",
    guards=[requires(Permission.APPOINTMENTS_BOOK)],
    tags=TAGS,
    summary="Undo the last step",
    status_code=200,
)
async def undo_appointment(appointment_id: FromPath[int], request: Asked, tx: Transaction) -> Response[AppointmentView]:
    """Takes back the last step; a cancelled or missed visit comes back where its time is still free."""
    expected = expected_version(request)
    return _answer(await visits.undo(tx, appointment_id=appointment_id, actor=request.user, expected_version=expected))


ROUTES = [
    change_appointment,
    reschedule_appointment,
    cancel_appointment,
    confirm_appointment,
    check_in_appointment,
    complete_appointment,
    mark_no_show_appointment,
    undo_appointment,
]
