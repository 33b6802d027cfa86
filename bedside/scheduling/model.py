"""What an appointment is, which status may follow which, and what can go wrong when a time is wanted."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from bedside.kit.http.problems import Conflict, Gone, Invalid


class Status(StrEnum):
    """Where a visit stands. The first four keep the practitioner's and the patient's time; the others free it."""

    HELD = "held"
    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


ACTIVE = frozenset({Status.HELD, Status.SCHEDULED, Status.CONFIRMED, Status.ARRIVED})

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.HELD: frozenset({Status.SCHEDULED, Status.CANCELLED}),
    Status.SCHEDULED: frozenset({Status.CONFIRMED, Status.ARRIVED, Status.CANCELLED, Status.NO_SHOW}),
    Status.CONFIRMED: frozenset({Status.ARRIVED, Status.CANCELLED, Status.NO_SHOW}),
    Status.ARRIVED: frozenset({Status.COMPLETED, Status.CANCELLED}),
    Status.COMPLETED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.NO_SHOW: frozenset(),
}

MOVABLE = frozenset({Status.SCHEDULED, Status.CONFIRMED})

WORDS: dict[Status, str] = {
    Status.HELD: "held",
    Status.SCHEDULED: "scheduled",
    Status.CONFIRMED: "confirmed",
    Status.ARRIVED: "checked in",
    Status.COMPLETED: "completed",
    Status.CANCELLED: "cancelled",
    Status.NO_SHOW: "marked as missed",
}


class Appointment(msgspec.Struct, kw_only=True):
    """A visit, with the names that go with its ids. Instants are UTC; `zone` is the hospital's."""

    id: int
    hospital_id: int
    hospital: str
    time_zone: str
    department_id: int
    department: str
    practitioner_id: int
    practitioner_name: str
    service_id: int | None
    service: str | None
    patient_id: int | None
    patient_name: str | None
    patient_last_name: str | None = None
    lane: int
    starts_at: datetime
    ends_at: datetime
    status: Status
    source: str
    reason: str
    override_reason: str | None
    hold_expires_at: datetime | None
    cancel_reason: str | None
    cancelled_by: str | None
    confirmed_at: datetime | None
    arrived_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    no_show_at: datetime | None
    calendar_sequence: int
    booked_by_name: str
    needs_new_time: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The hospital's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def starts_local(self) -> datetime:
        """The beginning, as the clock on the hospital's wall shows it."""
        return self.starts_at.astimezone(self.zone)

    @property
    def ends_local(self) -> datetime:
        """The end, as the clock on the hospital's wall shows it."""
        return self.ends_at.astimezone(self.zone)

    @property
    def duration_minutes(self) -> int:
        """How long the visit lasts, buffers not counted."""
        return int((self.ends_at - self.starts_at) / timedelta(minutes=1))

    @property
    def undoes_to(self) -> Status | None:
        """The status that undoing the last step would bring back; None where there is nothing to undo."""
        before = Status.CONFIRMED if self.confirmed_at else Status.SCHEDULED
        match self.status:
            case Status.COMPLETED:
                return Status.ARRIVED
            case Status.CANCELLED if self.patient_id is not None:
                return Status.ARRIVED if self.arrived_at else before
            case Status.ARRIVED | Status.NO_SHOW:
                return before
            case Status.CONFIRMED:
                return Status.SCHEDULED
            case _:
                return None


class Alternative(msgspec.Struct, rename="camel", kw_only=True):
    """A free time offered in place of one that is taken."""

    practitioner_id: int
    practitioner_name: str
    department_id: int
    hospital_id: int
    starts_at: str
    day: date


class SlotTaken(Conflict):
    """409: somebody else has this time. `alternatives` are the next free ones, here and with colleagues."""

    type = "slot-taken"
    title = "That time is taken"


class PatientBusy(Conflict):
    """409: the patient has another visit then; `otherAppointment` names it."""

    type = "patient-busy"
    title = "The patient has another visit then"


class ResourceTaken(Conflict):
    """409: the practitioner is free, but no room or device of the kind that the visit needs is."""

    type = "resource-taken"
    title = "No room or equipment is free then"


class TransitionRefused(Conflict):
    """409: a visit in this status cannot become what was asked for."""

    type = "transition-refused"
    title = "The visit cannot change that way"


class OutsideSchedule(Invalid):
    """422: the practitioner does not see patients then. Somebody who may override it gives a reason."""

    type = "outside-schedule"
    title = "Outside the schedule"


class InThePast(Invalid):
    """422: the time has gone by, or lies further ahead than anybody books."""

    type = "time-out-of-reach"
    title = "Not a time that can be booked"


class NoSuchLocalTime(Invalid):
    """422: the clocks jump over this time on that day."""

    type = "no-such-local-time"
    title = "That time does not exist on that day"


class AmbiguousLocalTime(Invalid):
    """422: the clocks go back, and this time comes twice on that day; `instants` are both."""

    type = "ambiguous-local-time"
    title = "That time comes twice on that day"


class HoldGone(Gone):
    """410: the hold has expired or was used."""

    type = "hold-gone"
    title = "The time is no longer held"


class ScheduleOverlaps(Conflict):
    """409: the practitioner has another schedule in those hours."""

    type = "schedule-overlaps"
    title = "Two schedules would overlap"


def refused(appointment: Appointment, to: Status, **members: Any) -> TransitionRefused:
    """What to tell somebody who asks for a step that does not follow."""
    allowed = sorted(TRANSITIONS[appointment.status])
    undo = appointment.undoes_to
    return TransitionRefused(
        f"The visit is {WORDS[appointment.status]}, so it cannot be {WORDS[to]}.",
        next_step=(
            f"From here it can become: {', '.join(allowed)}."
            if allowed
            else "Undo the last step first."
            if undo
            else "Book a new visit."
        ),
        currentStatus=appointment.status,
        allowed=allowed,
        **members,
    )
