"""Emergency notifications: whom one is for, what it says, and how far it has come."""

from datetime import date, datetime, time
from typing import Annotated, Literal

from msgspec import Meta

from bedside.kit.http.problems import Conflict, NotFound
from bedside.kit.wire import Wire
from bedside.reminders.model import Channel

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Text = Annotated[str, Meta(min_length=1, max_length=480)]
LANGUAGES = ("en", "es", "ar")

# Where one person stands: the best that any of their channels has come to.
State = Literal["reached", "sent", "waiting", "unknown", "failed", "cancelled", "unreachable"]
STATES: tuple[State, ...] = ("reached", "sent", "waiting", "unknown", "failed", "cancelled", "unreachable")


class EmergencyNotFound(NotFound):
    """404: there is no such emergency notification."""

    type = "emergency-not-found"


class NobodyToTell(Conflict):
    """409: nobody has such a visit, or nobody who has can be reached."""

    type = "emergency-nobody"


class SentAlready(Conflict):
    """409: the same words went to the same people minutes ago."""

    type = "emergency-sent-already"


class AllHasLeft(Conflict):
    """409: there is nothing left that could be cancelled."""

    type = "emergency-has-left"


class EmergencyWords(Wire, kw_only=True):
    """What is said, by language. Who reads another language, or one that is left out, gets the English."""

    en: Text
    es: Text | None = None
    ar: Text | None = None

    def in_language(self, language: str) -> tuple[str, str]:
        """The language that is used, and its words."""
        words = {"es": self.es, "ar": self.ar}.get(language)
        return (language, words) if words else ("en", self.en)


class Audience(Wire, kw_only=True):
    """Everybody with a visit on a day (today, where none is given): of the hospital, or of a department or a
    practitioner, or whose visit touches the hours from `fromTime` until `untilTime`, on the hospital's clock."""

    hospital_id: Id
    day: date | None = None
    department_id: Id | None = None
    practitioner_id: Id | None = None
    from_time: time | None = None
    until_time: time | None = None


class EmergencyDraft(Audience, kw_only=True):
    """Whom it is for, and what it is to say."""

    words: EmergencyWords


class NewEmergency(EmergencyDraft, kw_only=True):
    """What is sent. `confirm` is the hospital's name, typed by who sends it."""

    confirm: Annotated[str, Meta(max_length=300)]


class ClosedWay(Wire, kw_only=True):
    """A channel that does not reach somebody, and why."""

    channel: Channel
    because: str


class Unreachable(Wire, kw_only=True):
    """Somebody whom no channel reaches: to be called."""

    patient_id: int
    patient_name: str
    record_number: str
    phone: str | None
    because: list[ClosedWay]


class Said(Wire, kw_only=True):
    """The whole text in a language, what it comes to as SMS, and how many people read it."""

    language: str
    text: str
    people: int
    encoding: str
    segments: int
    forced_by: str | None


class EmergencyPreview(Wire, kw_only=True):
    """What sending would do now. `messages` by channel; `together`: who shares a phone or mailbox with somebody who is
    told, and gets no second copy. `unreachable` names 500 at most; `unreachablePeople` counts them all."""

    hospital_id: int
    hospital_name: str
    day: date
    people: int
    reachable_people: int
    together: int
    messages: dict[Channel, int]
    # by channel: why nothing leaves by it just now, so that its messages would wait
    at_rest: dict[Channel, str]
    texts: list[Said]
    unreachable_people: int
    unreachable: list[Unreachable]


class Progress(Wire, kw_only=True):
    """How many people stand where: the best that any of their channels has come to."""

    people: int = 0
    reached: int = 0
    sent: int = 0
    waiting: int = 0
    unknown: int = 0
    failed: int = 0
    cancelled: int = 0
    unreachable: int = 0


class EmergencyNotification(Wire, kw_only=True):
    """One notification: to whom, what, by whom, and how far it has come."""

    id: int
    hospital_id: int
    hospital_name: str
    day: date
    department_id: int | None
    department_name: str | None
    practitioner_id: int | None
    practitioner_name: str | None
    from_time: time | None
    until_time: time | None
    words: EmergencyWords
    status: Literal["sending", "sent", "cancelled"]
    created_by: str
    created_at: datetime
    handed_over_at: datetime | None
    cancelled_by: str | None
    cancelled_at: datetime | None
    progress: Progress


class ToldBy(Wire, kw_only=True):
    """One channel of somebody: `status` is the message's, or waiting, refused, together, cancelled."""

    channel: Channel
    status: str
    because: str
    message_id: int | None


class EmergencyRecipient(Wire, kw_only=True):
    """One person, where they stand, and by what they are told."""

    patient_id: int
    patient_name: str
    record_number: str
    phone: str | None
    state: State
    channels: list[ToldBy]
