"""What happens to a patient's record."""

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
