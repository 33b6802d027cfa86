"""What happens to a patient's record."""

from datetime import date
from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class PatientRegistered(Event, frozen=True, kw_only=True):
    """Somebody was registered as a patient."""

    kind: ClassVar[str] = "patient.registered"
    subject: ClassVar[str] = "patient"
    seen_with: ClassVar[str] = Permission.PATIENTS_READ


class PatientChanged(Event, frozen=True, kw_only=True):
    """A patient's record was changed; `fields` names what, never the values."""

    kind: ClassVar[str] = "patient.changed"
    subject: ClassVar[str] = "patient"
    seen_with: ClassVar[str] = Permission.PATIENTS_READ

    fields: list[str]


class PatientArchived(Event, frozen=True, kw_only=True):
    """A patient's record was archived, or brought back (`restored`)."""

    kind: ClassVar[str] = "patient.archived"
    subject: ClassVar[str] = "patient"
    seen_with: ClassVar[str] = Permission.PATIENTS_READ

    restored: bool = False


class ConsentRecorded(Event, frozen=True, kw_only=True):
    """A patient agreed to messages of a channel and purpose, or refused them."""

    kind: ClassVar[str] = "patient.consent_recorded"
    subject: ClassVar[str] = "patient"
    seen_with: ClassVar[str] = Permission.PATIENTS_READ

    channel: str
    purpose: str
    granted: bool


class VaccinationPlanned(Event, frozen=True, kw_only=True):
    """Doses of a vaccine were planned for a patient, the first of them due on a day."""

    kind: ClassVar[str] = "vaccination.planned"
    subject: ClassVar[str] = "vaccination"
    seen_with: ClassVar[str] = Permission.PATIENTS_READ

    vaccination_id: int
    vaccine_name: str
    doses: int
    due_on: date


class VaccinationGiven(Event, frozen=True, kw_only=True):
    """A patient was given a dose of a vaccine."""

    kind: ClassVar[str] = "vaccination.given"
    subject: ClassVar[str] = "vaccination"
    seen_with: ClassVar[str] = Permission.PATIENTS_READ

    vaccination_id: int
    vaccine_name: str
    dose: int
    given_on: date


class VaccinationChanged(Event, frozen=True, kw_only=True):
    """A dose in a patient's schedule was changed; `fields` names what, never the values."""

    kind: ClassVar[str] = "vaccination.changed"
    subject: ClassVar[str] = "vaccination"
    seen_with: ClassVar[str] = Permission.PATIENTS_READ

    vaccination_id: int
    vaccine_name: str
    dose: int
    fields: list[str]


class VaccinationRemoved(Event, frozen=True, kw_only=True):
    """A dose was taken out of a patient's schedule."""

    kind: ClassVar[str] = "vaccination.removed"
    subject: ClassVar[str] = "vaccination"
    seen_with: ClassVar[str] = Permission.PATIENTS_READ

    vaccination_id: int
    vaccine_name: str
    dose: int
