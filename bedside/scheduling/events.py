"""What happens to a visit, as the event log keeps it."""

from datetime import datetime
from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class _AppointmentEvent(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "appointment"
    seen_with: ClassVar[str] = Permission.APPOINTMENTS_READ

    appointment_id: int
    practitioner_id: int
    department_id: int
    starts_at: datetime


class AppointmentBooked(_AppointmentEvent, frozen=True, kw_only=True):
    """A visit was booked; `source` says by which way."""

    kind: ClassVar[str] = "appointment.booked"
    source: str


class AppointmentRescheduled(_AppointmentEvent, frozen=True, kw_only=True):
    """A visit has a new time, or another practitioner."""

    kind: ClassVar[str] = "appointment.rescheduled"
    previous_starts_at: datetime
    previous_practitioner_id: int


class AppointmentCancelled(_AppointmentEvent, frozen=True, kw_only=True):
    """A visit will not take place."""

    kind: ClassVar[str] = "appointment.cancelled"
    reason: str


class AppointmentConfirmed(_AppointmentEvent, frozen=True, kw_only=True):
    """The patient says that they will come; `how`: desk, sms, whatsapp, link."""

    kind: ClassVar[str] = "appointment.confirmed"
    how: str


class AppointmentArrived(_AppointmentEvent, frozen=True, kw_only=True):
    """The patient is here."""

    kind: ClassVar[str] = "appointment.arrived"


class AppointmentCompleted(_AppointmentEvent, frozen=True, kw_only=True):
    """The visit took place."""

    kind: ClassVar[str] = "appointment.completed"


class AppointmentMissed(_AppointmentEvent, frozen=True, kw_only=True):
    """The patient did not come."""

    kind: ClassVar[str] = "appointment.missed"


class AppointmentRestored(_AppointmentEvent, frozen=True, kw_only=True):
    """The last step was undone; a visit that comes back from cancelled or missed keeps its time again."""

    kind: ClassVar[str] = "appointment.restored"
    undone: str
    status: str


class ScheduleChanged(Event, frozen=True, kw_only=True):
    """When a practitioner, or a whole hospital, sees patients has changed; calendars look again."""

    kind: ClassVar[str] = "schedule.changed"
    subject: ClassVar[str] = "schedule"
    seen_with: ClassVar[str] = Permission.APPOINTMENTS_READ

    schedule_id: int
    practitioner_id: int | None = None
    what: str
