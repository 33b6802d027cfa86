"""Reminders: what one is, what a ladder of steps makes of a visit, and what may follow what."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bedside.kit.http.problems import Conflict, Invalid, NotFound
from bedside.kit.wire import Wire

Channel = Literal["sms", "whatsapp", "email"]
CHANNELS: tuple[Channel, ...] = ("sms", "whatsapp", "email")
CHANNEL_NAMES = {"sms": "SMS", "whatsapp": "WhatsApp", "email": "email"}

# A visit in one of these states still takes place, so it is worth reminding of.
AHEAD = frozenset({"scheduled", "confirmed"})


class ReminderStatus(StrEnum):
    """Where a reminder stands."""

    SCHEDULED = "scheduled"  # waits for its time, or for its message to leave
    SENT = "sent"  # a provider took the message
    FAILED = "failed"  # it could not be sent
    CANCELLED = "cancelled"  # the visit was moved or called off, or somebody on the staff withdrew it
    SKIPPED = "skipped"  # never tried: its time had passed, or there was no way to reach the patient


# A cancelled one is planned anew when its visit moves back to the time it was for. Receipts come in any order: one can
# tell of a failure after the provider took the message, or of its arrival after a failure. What failed or was skipped,
# staff may send by hand.
ALLOWED: dict[ReminderStatus, frozenset[ReminderStatus]] = {
    ReminderStatus.SCHEDULED: frozenset(
        {ReminderStatus.SENT, ReminderStatus.FAILED, ReminderStatus.CANCELLED, ReminderStatus.SKIPPED}
    ),
    ReminderStatus.SENT: frozenset({ReminderStatus.FAILED}),
    ReminderStatus.CANCELLED: frozenset({ReminderStatus.SCHEDULED}),
    ReminderStatus.FAILED: frozenset({ReminderStatus.SCHEDULED, ReminderStatus.SENT}),
    ReminderStatus.SKIPPED: frozenset({ReminderStatus.SCHEDULED}),
}


class ReminderNotFound(NotFound):
    """404: no such reminder, or of a hospital that is not yours."""

    type = "reminder-not-found"


class PolicyNotFound(NotFound):
    """404: no such reminder policy."""

    type = "reminder-policy-not-found"


class ReminderOver(Conflict):
    """409: the reminder has gone out, or was withdrawn, and that cannot be changed any more."""

    type = "reminder-over"


class NothingToRemindOf(Conflict):
    """409: the visit is over or called off."""

    type = "nothing-to-remind-of"


class Unreachable(Conflict):
    """409: the patient has no address for the channel, or refused it."""

    type = "patient-unreachable"


class TimePassed(Invalid):
    """422: the moment asked for lies in the past, or after the visit has begun."""

    type = "time-passed"


class PolicyExists(Conflict):
    """409: an active policy for that place is there already."""

    type = "reminder-policy-exists"


class Step(Wire, kw_only=True):
    """One rung of a ladder: how long before the visit, on which channels, with which text.

    `email_without_phone`: who has no phone is written to by mail instead (RULES.md, Reminders 2).
    `sms_if_whatsapp_fails`: what WhatsApp cannot deliver is sent by SMS, once (Reminders 7).
    """

    id: int
    lead_minutes: int
    channels: list[Channel]
    template_key: str
    only_if_unconfirmed: bool = False
    email_without_phone: bool = True
    sms_if_whatsapp_fails: bool = False


class Policy(Wire, kw_only=True):
    """A ladder of steps for a department, a hospital or the whole group; the most particular active one holds."""

    id: int
    hospital_id: int | None
    department_id: int | None
    name: str
    active: bool
    steps: list[Step]
    version: int


class NewStep(Wire, kw_only=True):
    """A step as it is written: `leadMinutes` is the time before the visit, 5 minutes to 90 days."""

    lead_minutes: Annotated[int, Meta(ge=5, le=129600)]
    channels: Annotated[list[Channel], Meta(min_length=1, max_length=3)]
    template_key: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{1,60}$")] = "appointment_reminder"
    only_if_unconfirmed: bool = False
    email_without_phone: bool = True
    sms_if_whatsapp_fails: bool = False


class NewPolicy(Wire, kw_only=True):
    """A policy as it is written. Without hospital it is the group's, without department the hospital's."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    steps: Annotated[list[NewStep], Meta(max_length=12)]
    hospital_id: int | None = None
    department_id: int | None = None
    active: bool = True


class ReminderView(Wire, kw_only=True):
    """A reminder as staff see it. `because` says why it failed, was skipped or was cancelled."""

    id: int
    appointment_id: int
    patient_id: int
    patient_name: str
    hospital_id: int
    practitioner_name: str
    channel: Channel
    for_start: datetime
    due_at: datetime
    status: ReminderStatus
    because: str
    message: str | None
    message_id: int | None
    message_status: str | None
    by_hand: bool
    time_zone: str


class NewReminder(Wire, kw_only=True):
    """A reminder by hand. Without `sendAt` it goes at once; without `message` it has the usual words."""

    channel: Channel
    send_at: datetime | None = None
    message: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None


class Processed(Wire, kw_only=True):
    """What a round of sending did: handed to the queue, skipped, withdrawn, failed, and how many are still due."""

    queued: int = 0
    skipped: int = 0
    cancelled: int = 0
    failed: int = 0
    still_due: int = 0

    def __add__(self, other: "Processed") -> "Processed":
        return Processed(
            queued=self.queued + other.queued,
            skipped=self.skipped + other.skipped,
            cancelled=self.cancelled + other.cancelled,
            failed=self.failed + other.failed,
            still_due=other.still_due,
        )


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How a patient can be written to, as far as planning goes; the queue looks again before anything leaves."""

    phone: str | None = None
    email: str | None = None
    takes_sms: bool = True
    takes_whatsapp: bool = True
    refused: frozenset[str] = frozenset()

    def obstacle(self, channel: Channel) -> str | None:
        """Why the patient cannot be written to there, in words for staff; None where they can."""
        if channel == "email":
            if not self.email:
                return "The patient has no email address."
        elif not self.phone:
            return "The patient has no phone number."
        elif not (self.takes_sms if channel == "sms" else self.takes_whatsapp):
            return f"The patient's phone takes no {CHANNEL_NAMES[channel]}."
        if channel in self.refused:
            return f"The patient does not want to be written to by {CHANNEL_NAMES[channel]}."
        return None


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A reminder about to be written down."""

    step_id: int
    channel: Channel
    due_at: datetime
    status: ReminderStatus = ReminderStatus.SCHEDULED
    because: str = ""


PASSED = "Its time had passed when the visit was booked."


def channels_for(step: Step, reach: Reach) -> list[Channel]:
    """The channels of a step for this patient: mail stands in for the phone that somebody does not have."""
    if step.email_without_phone and not reach.phone and reach.email:
        return ["email"]
    return list(step.channels)


def plan_ladder(steps: list[Step], *, starts_at: datetime, now: datetime, reach: Reach) -> list[Planned]:
    """What is planned for a visit. A step that cannot be kept is planned as skipped, with its reason, for staff to see.

    Lead times are lengths of time, not of the calendar: 24 hours before 10:00 on the day the clocks went forward is
    09:00 the day before. A reminder promises notice, and a day that the clocks shorten gives an hour less of it.
    """
    planned = []
    for step in steps:
        due_at = starts_at - timedelta(minutes=step.lead_minutes)
        for channel in channels_for(step, reach):
            because = PASSED if due_at < now else reach.obstacle(channel) or ""
            planned.append(
                Planned(
                    step_id=step.id,
                    channel=channel,
                    due_at=due_at,
                    status=ReminderStatus.SKIPPED if because else ReminderStatus.SCHEDULED,
                    because=because,
                )
            )
    return planned


class Due(msgspec.Struct, kw_only=True):
    """A reminder whose time has come, as it was claimed."""

    id: int
    appointment_id: int
    patient_id: int
    hospital_id: int
    channel: Channel
    for_start: datetime
    message: str | None
    round: int
    template_key: str | None
    only_if_unconfirmed: bool | None

    @property
    def by_hand(self) -> bool:
        """Added by somebody on the staff for its own time: that counts as urgent."""
        return self.template_key is None

    @property
    def message_key(self) -> str:
        """The key under which its message is queued, once."""
        return f"reminder:{self.id}" if self.round == 1 else f"reminder:{self.id}:{self.round}"


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """The visit as it stands when its reminder comes due."""

    id: int
    status: str
    starts_at: datetime


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a due reminder: sent, or put aside with a status and a reason."""

    status: ReminderStatus | None = None
    because: str = ""


SEND = Verdict()


def judge(due: Due, visit: Visit | None, *, now: datetime) -> Verdict:
    """Whether a due reminder still holds, by the visit as it is now (RULES.md, Reminders 1)."""
    if visit is None or visit.status not in AHEAD:
        state = visit.status.replace("_", " ") if visit else "gone"
        return Verdict(status=ReminderStatus.CANCELLED, because=f"The visit is {state}.")
    if visit.starts_at != due.for_start:
        return Verdict(status=ReminderStatus.CANCELLED, because="The visit was moved to another time.")
    if due.only_if_unconfirmed and visit.status == "confirmed":
        return Verdict(status=ReminderStatus.CANCELLED, because="The patient had confirmed already.")
    if visit.starts_at <= now:
        return Verdict(status=ReminderStatus.SKIPPED, because="The visit had begun before it could be sent.")
    return SEND
