"""The numbers of the dashboard."""

from datetime import date, datetime, time
from typing import Any

from bedside.analytics.model_experience import ExperienceFigures
from bedside.analytics.model_owners import FEW, OwnerFigures
from bedside.kit.wire import Wire
from bedside.messaging import AnswerTimes

RINGS = [
    "appointment.booked",
    "appointment.cancelled",
    "appointment.confirmed",
    "reminder.replied",
    "message.received",
    "task.opened",
    "feedback.escalated",
]
"""The kinds of event that ring the bell."""

QUIET = [
    "session.revoked",
    "api_key.revoked",
    "staff.changed",
    "message.status_changed",
    "reminder.changed",
    "feedback_invitation.sent",
    "loyalty.awarded",
    "loyalty.expired",
    "loyalty.expiring",
    "suppression.changed",
    "template.approval_changed",
]
"""The kinds of event that the dashboard's feed leaves out: too many, or of no interest there."""


class SetUp(Wire, kw_only=True):
    """What is there of all that a hospital needs before its first visit can be booked."""

    hospital: bool = False
    department: bool = False
    practitioner: bool = False
    hours: bool = False
    patient: bool = False
    visit: bool = False
    owner: bool = False


class Today(Wire, kw_only=True):
    """The appointments of a day, by where they stand."""

    day: date
    total: int
    expected: int
    confirmed: int
    arrived: int
    completed: int
    cancelled: int
    missed: int

    @property
    def done(self) -> int:
        """Visits that are over."""
        return self.completed + self.missed


class MessagesToday(Wire, kw_only=True):
    """The messages written since midnight, by state. `sent`: the provider has it, and no receipt says that it was
    delivered; for mail none comes, so a mail stays there unless it is returned."""

    total: int
    waiting: int
    sent: int
    delivered: int
    read: int
    failed: int
    unknown: int

    @property
    def arrived(self) -> int:
        """Those that are known to have reached their phone or mailbox."""
        return self.delivered + self.read


class PendingReminders(Wire, kw_only=True):
    """Reminders still to go out."""

    total: int
    within_a_day: int
    next_due_at: datetime | None


class NoShows(Wire, kw_only=True):
    """Missed visits among those that were to take place: the last 30 days, and the 30 before."""

    missed: int
    of: int
    missed_before: int
    of_before: int

    @property
    def rate(self) -> float | None:
        """The share missed, 0 to 1; None where there was no visit."""
        return self.missed / self.of if self.of else None

    @property
    def rate_before(self) -> float | None:
        """The same for the equal window before."""
        return self.missed_before / self.of_before if self.of_before else None

    @property
    def rests_on_few(self) -> bool:
        """Whether n is under 30 in either window."""
        return min(self.of, self.of_before) < FEW


class NeedsAPerson(Wire, kw_only=True):
    """What waits for somebody to do something."""

    open_tasks: int
    overdue_tasks: int
    failed_messages: int
    # messaging counts these, by who may see them
    unanswered: int = 0

    @property
    def total(self) -> int:
        """All of it, for the bell."""
        return self.open_tasks + self.unanswered


class HourOfDay(Wire, kw_only=True):
    """How full an hour of the day is."""

    hour: int
    visits: int
    done: int

    @property
    def starts(self) -> time:
        """The full hour, on the clock on the hospital's wall."""
        return time(self.hour)


class ExpectedVisit(Wire, kw_only=True):
    """One visit of today, as the dashboard lists it."""

    id: int
    starts_at: datetime
    ends_at: datetime
    status: str
    version: int
    patient_id: int
    patient_name: str
    practitioner_name: str
    department_name: str
    time_zone: str
    arrived_at: datetime | None


class Latest(Wire, kw_only=True):
    """One event of the feed."""

    id: int
    kind: str
    occurred_at: datetime
    actor_name: str
    actor_kind: str
    subject: str
    subject_id: int
    patient_id: int | None
    patient_name: str | None
    owner_id: int | None = None
    owner_name: str | None = None
    data: dict[str, Any]

    @property
    def href(self) -> str:
        """The page of what it is about."""
        if self.subject == "appointment":
            return f"/appointments/{self.subject_id}"
        if self.subject in ("inbound_message", "conversation"):
            return "/inbox"
        if self.subject == "task":
            return "/tasks"
        if self.subject in ("contract", "payout"):
            return f"/{self.subject}s/{self.subject_id}"
        if self.subject == "feedback":
            return f"/feedback/{self.subject_id}"
        if self.patient_id is not None:
            return f"/patients/{self.patient_id}"
        if self.owner_id is not None:
            return f"/owners/{self.owner_id}"
        return "/"


class Dashboard(Wire, kw_only=True):
    """Every number of the dashboard at one instant. `owners` and `experience` are null for whom they are not."""

    at: datetime
    today: Today
    messages: MessagesToday
    reminders: PendingReminders
    no_shows: NoShows
    needs_a_person: NeedsAPerson
    answers: AnswerTimes
    owners: OwnerFigures | None = None
    experience: ExperienceFigures | None = None
