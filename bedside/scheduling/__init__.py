"""Schedules, free times, and visits: booked, moved, cancelled, kept. The front door."""

from bedside.scheduling.booking import book, hold, release_hold
from bedside.scheduling.calendar_file import calendar_file
from bedside.scheduling.events import (
    AppointmentArrived,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentMissed,
    AppointmentRescheduled,
    AppointmentRestored,
    ScheduleChanged,
)
from bedside.scheduling.free_times import PractitionerAvailability, availability, first_free
from bedside.scheduling.local_time import resolve_local, shown
from bedside.scheduling.model import Appointment, HoldGone, OutsideSchedule, PatientBusy, SlotTaken, Status
from bedside.scheduling.model import TransitionRefused as TransitionRefused
from bedside.scheduling.visits import appointment, cancel, check_in, complete, confirm, mark_no_show, reschedule, undo
from bedside.scheduling.visits import upcoming_of as upcoming_of

__all__ = [
    "Appointment", "AppointmentArrived", "AppointmentBooked", "AppointmentCancelled", "AppointmentCompleted",
    "AppointmentConfirmed", "AppointmentMissed", "AppointmentRescheduled", "AppointmentRestored", "HoldGone",
    "OutsideSchedule", "PatientBusy", "PractitionerAvailability", "ScheduleChanged", "SlotTaken", "Status",
    "TransitionRefused", "appointment", "availability", "book", "calendar_file", "cancel", "check_in", "complete",
    "confirm", "first_free", "hold", "mark_no_show", "release_hold", "reschedule", "resolve_local", "shown", "undo",
    "upcoming_of",
]  # fmt: skip
