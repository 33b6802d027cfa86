"""What happens to reminders, as the event log tells it."""

from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class ReminderChanged(Event, frozen=True, kw_only=True):
    """A reminder was added by hand, withdrawn, sent, or could not be sent."""

    kind: ClassVar[str] = "reminder.changed"
    subject: ClassVar[str] = "reminder"
    seen_with: ClassVar[str] = Permission.REMINDERS_READ

    reminder_id: int
    appointment_id: int
    channel: str
    status: str
    because: str = ""


class PatientReplied(Event, frozen=True, kw_only=True):
    """A patient answered a reminder or a confirmation: `did` says what it did (confirmed, cancelled, task)."""

    kind: ClassVar[str] = "reminder.replied"
    subject: ClassVar[str] = "appointment"
    seen_with: ClassVar[str] = Permission.APPOINTMENTS_READ

    appointment_id: int
    did: str


class ReminderPolicyChanged(Event, frozen=True, kw_only=True):
    """A policy was made, changed or put away."""

    kind: ClassVar[str] = "reminder_policy.changed"
    subject: ClassVar[str] = "policy"
    seen_with: ClassVar[str] = Permission.REMINDER_POLICIES_EDIT

    policy_id: int
    name: str


class EmergencyNotificationChanged(Event, frozen=True, kw_only=True):
    """An emergency notification was sent, wholly handed over, or cancelled."""

    kind: ClassVar[str] = "emergency_notification.changed"
    subject: ClassVar[str] = "emergency_notification"
    seen_with: ClassVar[str] = Permission.EMERGENCIES_SEND

    emergency_notification_id: int
    status: str
