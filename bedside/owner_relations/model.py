"""What is said to owners and by them: one log of messages, calls, meetings and letters; notices and who gets them."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from bedside.kit.http.problems import Conflict, Gone, Invalid, NotFound
from bedside.kit.wire import Wire

Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
Channel = Literal["sms", "whatsapp", "email"]
ByHand = Literal["call", "meeting", "letter"]
CommunicationKind = Literal["email", "sms", "whatsapp", "call", "meeting", "letter"]
Direction = Literal["outbound", "inbound"]
NoticeKind = Literal["payout_paid", "statement_ready", "contract_expiring", "contract_to_sign", "survey_due"]
Subject = Annotated[str, Meta(max_length=200)]
Body = Annotated[str, Meta(max_length=10_000)]
Minutes = Annotated[int, Meta(ge=0, le=1440)]
At = Annotated[datetime, Meta(tz=True)]

CHANNELS: tuple[Channel, ...] = ("sms", "whatsapp", "email")


class NoSuchCommunication(NotFound):
    """404: the owner's log has no such entry."""

    type = "no-such-communication"


class NoSuchNotice(NotFound):
    """404: no notice is called this."""

    type = "no-such-notice"


class NotByHand(Conflict):
    """409: a message that was sent or received stays as it was; only what was written down by hand can be changed."""

    type = "communication-not-by-hand"


class NothingToRepeat(Conflict):
    """409: everybody has it, or it is still on its way."""

    type = "nothing-to-send-again"


class NobodyReached(Invalid):
    """422: not one of the recipients can be written to like this; `recipients` says why for each."""

    type = "nobody-reached"


class OwnerLinkUnknown(NotFound):
    """404: the link leads nowhere."""

    type = "owner-link-unknown"


class OwnerLinkOver(Gone):
    """410: the link has run out or was taken back."""

    type = "owner-link-over"


class CommunicationRecipient(Wire, kw_only=True):
    """Whom it was for, or who wrote or took part. `contactId` null: the owner's own phone or email.

    `status` is how far the message came, `refusedBecause` why there is none; both are empty for what was no message.
    `subject` and `body` are the words that this recipient got, once they have been made.
    """

    contact_id: int | None
    name: str
    address: str
    channel: Channel | None
    message_id: int | None
    status: str | None
    error: str | None
    refused_because: str
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    subject: str | None
    body: str | None


class FollowUpTask(Wire, kw_only=True):
    """The task that came of an entry, and how it stands."""

    task_id: int
    title: str
    status: str
    due_at: datetime | None


class Communication(Wire, kw_only=True):
    """One entry of the log. What was sent from a template shows the words that were made of it."""

    id: int
    owner_id: int
    hospital_id: int | None
    kind: CommunicationKind
    direction: Direction
    subject: str
    body: str
    template_key: str | None
    notice: NoticeKind | None
    about: str | None
    about_id: int | None
    happened_at: datetime
    duration_minutes: int | None
    follow_up: FollowUpTask | None
    created_by: str
    created_at: datetime
    archived_at: datetime | None
    version: int
    recipients: list[CommunicationRecipient] = field(default_factory=list)


class FollowUp(Wire, kw_only=True):
    """A task for staff that comes of it. Without `assignedTo` it is the account manager's, or finance's."""

    title: Annotated[str, Meta(min_length=1, max_length=300)]
    due_at: At | None = None
    assigned_to: Id | None = None


class NewCommunication(Wire, kw_only=True):
    """Something to send (`kind` email, sms, whatsapp) or to write down (call, meeting, letter).

    To send: `body` with a `subject` for mail, or `templateKey` with `variables`; `contactIds` says to whom (0 is the
    owner's own address; without it that alone), `sendAt` when. To write down: `happenedAt`, `durationMinutes`,
    `subject`, `body`, and who took part.
    """

    kind: CommunicationKind
    direction: Direction = "outbound"
    subject: Subject = ""
    body: Body = ""
    contact_ids: Annotated[list[Annotated[int, Meta(ge=0, le=9223372036854775807)]], Meta(max_length=50)] | None = None
    template_key: Annotated[str, Meta(max_length=61)] | None = None
    variables: Annotated[dict[str, str], Meta(max_length=30)] = field(default_factory=dict)
    send_at: At | None = None
    happened_at: At | None = None
    duration_minutes: Minutes | None = None
    hospital_id: Id | None = None
    follow_up: FollowUp | None = None


class CommunicationChanges(Wire, kw_only=True):
    """What to change of a call, a meeting or a letter; what is left out stays. `archived` true puts it away."""

    happened_at: At | UnsetType = UNSET
    duration_minutes: Minutes | UnsetType | None = UNSET
    direction: Direction | UnsetType = UNSET
    subject: Subject | UnsetType = UNSET
    body: Body | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class Notice(Wire, kw_only=True):
    """What owners are told by itself. `sendBy` each: by every channel of `channels` that reaches them; first: by the
    first that does."""

    kind: NoticeKind
    enabled: bool
    template_key: str
    channels: list[Channel]
    send_by: Literal["each", "first"]
    version: int
    updated_by: str
    updated_at: datetime | None


class NoticeChanges(Wire, kw_only=True):
    """What to change of a notice; what is left out stays."""

    enabled: bool | UnsetType = UNSET
    template_key: Annotated[str, Meta(min_length=1, max_length=61)] | UnsetType = UNSET
    channels: Annotated[list[Channel], Meta(min_length=1, max_length=3)] | UnsetType = UNSET
    send_by: Literal["each", "first"] | UnsetType = UNSET


class NoticePreference(Wire, kw_only=True):
    """By which channels one of an owner's people gets a notice. `contactId` null: the owner's own phone and email.

    No channel: not at all. For a kind that nobody has a word about, the owner's own phone and email get it by the
    notice's channels.
    """

    kind: NoticeKind
    contact_id: Id | None
    channels: Annotated[list[Channel], Meta(max_length=3)]


class NoticePreferences(Wire, kw_only=True):
    """All that is said of an owner's notices. A PUT replaces the whole."""

    preferences: Annotated[list[NoticePreference], Meta(max_length=500)]


class OwnerLink(Wire, kw_only=True):
    """A link by which an owner, or one of their people, sees the owner's own pages without a password."""

    id: int
    owner_id: int
    contact_id: int | None
    expires_at: datetime
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class SendOwnLink(Wire, kw_only=True):
    """To whom the link goes (0 or left out: the owner's own address), and by which channel; by default the first that
    reaches them of email, SMS and WhatsApp."""

    contact_id: Annotated[int, Meta(ge=0, le=9223372036854775807)] = 0
    channel: Channel | None = None
