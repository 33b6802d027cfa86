"""What the API takes and shows of visits and free times."""

from datetime import date, datetime, time
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from bedside.kit.http.problems import Invalid
from bedside.kit.wire import Wire
from bedside.scheduling.free_times import PractitionerAvailability
from bedside.scheduling.local_time import shown
from bedside.scheduling.model import Appointment, Status

Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9](:00)?$", examples=["10:00"])]
Words = Annotated[str, Meta(max_length=2000)]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]
Minutes = Annotated[int, Meta(ge=5, le=720)]


class AppointmentView(Wire, kw_only=True):
    """A visit. `startsAt` and `endsAt` carry the hospital's offset; `appointmentDate` and `appointmentTime` are the
    clock on its wall."""

    id: int
    status: Status
    patient_id: int | None
    patient_name: str | None
    practitioner_id: int
    practitioner_name: str
    department_id: int
    department: str
    hospital_id: int
    hospital: str
    service_id: int | None
    service: str | None
    starts_at: datetime
    ends_at: datetime
    appointment_date: date
    appointment_time: str
    time_zone: str
    duration_minutes: int
    lane: int
    reason: str
    source: str
    override_reason: str | None
    needs_new_time: bool
    hold_expires_at: datetime | None
    confirmed_at: datetime | None
    arrived_at: datetime | None
    completed_at: datetime | None
    no_show_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    cancelled_by: str | None
    booked_by: str
    created_at: datetime
    updated_at: datetime
    version: int
    links: dict[str, str]

    @classmethod
    def of(cls, one: Appointment) -> "AppointmentView":
        """A visit as the API shows it."""
        starts, ends = one.starts_local, one.ends_local
        address = f"/api/appointments/{one.id}"
        links = {"self": address, "calendar": f"{address}/calendar.ics"}
        if one.patient_id is not None:
            links["patient"] = f"/api/patients/{one.patient_id}"
        return cls(
            starts_at=starts,
            ends_at=ends,
            appointment_date=starts.date(),
            appointment_time=f"{starts:%H:%M}",
            duration_minutes=one.duration_minutes,
            booked_by=one.booked_by_name,
            links=links,
            **{name: getattr(one, name) for name in _ALIKE},
        )


_ALIKE = sorted(set(AppointmentView.__struct_fields__) & set(Appointment.__struct_fields__) - {"starts_at", "ends_at"})


class NewAppointment(Wire, kw_only=True):
    """A visit to book, said in one of two ways.

    By name: `doctorName`, `appointmentDate`, `appointmentTime` and, where it helps, `department`. By id:
    `practitionerId` and `startsAt` (with its offset, or as local time of the hospital) and, where they matter,
    `durationMinutes`, `serviceId`, `departmentId`. `hospitalId` goes with both. A held time is booked with
    `holdToken` and `patientId` alone. `overrideReason` books outside the schedule or above capacity, for who may.
    """

    patient_id: Id
    reason: Words = ""
    hospital_id: Id | None = None
    service_id: Id | None = None
    duration_minutes: Minutes | None = None
    override_reason: Reason | None = None
    doctor_name: Annotated[str, Meta(min_length=1, max_length=200, examples=["Dr. Smith"])] | None = None
    department: Annotated[str, Meta(max_length=200)] | None = None
    appointment_date: date | None = None
    appointment_time: ClockTime | None = None
    practitioner_id: Id | None = None
    department_id: Id | None = None
    starts_at: datetime | None = None
    hold_token: Annotated[str, Meta(min_length=10, max_length=100)] | None = None

    def check(self) -> None:
        """Raises Invalid (422) where the two ways are mixed, or something is missing."""
        by_name = ("doctor_name", "department", "appointment_date", "appointment_time")
        by_id = ("practitioner_id", "department_id", "starts_at")
        given = {name for name in (*by_name, *by_id) if getattr(self, name) is not None}
        if self.hold_token is not None:
            self._only(given, "A held time has its practitioner and time already")
            return
        if given & set(by_name) and given & set(by_id):
            raise Invalid(
                "The two ways of saying who and when are mixed.",
                errors=[_at(name, "Belongs to the one way.") for name in by_name if name in given]
                + [_at(name, "Belongs to the other way.") for name in by_id if name in given],
                next_step="Send doctorName, appointmentDate and appointmentTime, or practitionerId and startsAt.",
            )
        needed = ("practitioner_id", "starts_at") if given & set(by_id) else by_name[:1] + by_name[2:]
        missing = [name for name in needed if name not in given]
        if missing:
            raise Invalid(
                "It does not say with whom, or when.",
                errors=[_at(name, "Is missing.") for name in missing],
                next_step="Send doctorName, appointmentDate and appointmentTime, or practitionerId and startsAt.",
            )

    def _only(self, given: set[str], why: str) -> None:
        if given:
            raise Invalid(why + ".", errors=[_at(name, "Leave it out.") for name in sorted(given)])

    @property
    def clock(self) -> time:
        """The local time asked for by name."""
        return time.fromisoformat(self.appointment_time or "00:00")


def _at(name: str, detail: str) -> dict[str, str]:
    first, *rest = name.split("_")
    return {"pointer": "/" + first + "".join(word.capitalize() for word in rest), "detail": detail}


class NewTime(Wire, kw_only=True):
    """Where a visit is to be moved; what is left out stays. `startsAt` with its offset, or as the hospital's time."""

    starts_at: datetime | None = None
    appointment_date: date | None = None
    appointment_time: ClockTime | None = None
    practitioner_id: Id | None = None
    duration_minutes: Minutes | None = None
    override_reason: Reason | None = None


class Changes(NewTime, kw_only=True):
    """What to change of a visit: its time, practitioner or length, or the reason for it."""

    reason: Words | msgspec.UnsetType = msgspec.UNSET


class Cancellation(Wire, kw_only=True):
    """Why a visit is cancelled."""

    reason: Reason


class NewHold(Wire, kw_only=True):
    """A time to keep for ten minutes, while somebody is still typing."""

    practitioner_id: Id
    starts_at: datetime
    hospital_id: Id | None = None
    department_id: Id | None = None
    service_id: Id | None = None
    duration_minutes: Minutes | None = None


class HoldView(Wire, kw_only=True):
    """A held time. `holdToken` books it (POST /api/appointments) or lets it go; it is shown this once."""

    id: int
    hold_token: str
    expires_at: datetime
    practitioner_id: int
    starts_at: datetime
    ends_at: datetime


class FreeDay(Wire, kw_only=True):
    """The free beginnings of one local day, with the hospital's offset."""

    date: date
    times: list[str]


class FreeTimes(Wire, kw_only=True):
    """The free times of a practitioner at one department, for visits of one length; days without any are left out."""

    practitioner_id: int
    practitioner_name: str
    department_id: int
    department: str
    hospital_id: int
    hospital: str
    time_zone: str
    duration_minutes: int
    first_free: str | None
    days: list[FreeDay]

    @classmethod
    def of(cls, one: PractitionerAvailability) -> "FreeTimes":
        """Free times as the API shows them."""
        zone = one.zone
        days = [FreeDay(date=of_day.day, times=shown(zone, of_day.day, of_day.starts)) for of_day in one.days]
        alike: dict[str, Any] = {
            name: getattr(one, name) for name in PractitionerAvailability.__struct_fields__ if name != "days"
        }
        return cls(days=days, first_free=days[0].times[0] if days else None, **alike)
