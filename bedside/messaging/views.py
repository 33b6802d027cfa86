"""Messages and senders as the API and the pages show them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType, field

from bedside.kit.wire import Wire
from bedside.message_templates import Channel, Purpose, ReplyButton
from bedside.messaging.attachment_model import Attachment
from bedside.messaging.model import MessageStatus, SendingAddress

RecordId = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class MessageView(Wire, kw_only=True):
    """A message to somebody. `body` is there once it has been made, and never of one that carried a code. `price`: what
    Twilio took for it, known some minutes later; `priceCategory`, `billable`: as what WhatsApp bills it, and whether.
    `senderId`: which of /api/senders it goes by, or went by where another stood in."""

    id: int
    channel: Channel
    status: MessageStatus
    to: str
    patient_id: int | None
    patient_name: str | None
    owner_id: int | None
    owner_name: str | None
    hospital_id: int | None
    purpose: Purpose
    priority: int
    template_key: str | None
    language: str
    about: str | None
    about_id: int | None
    subject: str | None
    body: str | None
    sensitive: bool
    provider_id: str | None
    error_code: str | None
    error: str | None
    attempts: int
    segments: int | None
    price: Decimal | None
    price_currency: str | None
    price_category: str | None
    billable: bool | None
    sender_id: int | None
    repeats: int | None
    created_by: str
    not_before: datetime
    created_at: datetime
    sending_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    ended_at: datetime | None


class MessageStep(Wire, kw_only=True):
    """One thing that happened to a message."""

    status: MessageStatus
    at: datetime
    detail: str


class MessageWithSteps(Wire, kw_only=True):
    """A message with everything that happened to it, oldest first, and the files that go with it: each is at
    /api/conversations/{conversationId}/attachments/{id}."""

    message: MessageView
    steps: list[MessageStep]
    conversation_id: int | None = None
    attachments: list[Attachment] = field(default_factory=list)


class NewMessageByHand(Wire, kw_only=True):
    """A message to a patient, an owner, or a number or mail address: with a template of the library, or with words.

    `buttons`, three at most, stand below words by WhatsApp while the person's 24 hours last; afterwards WhatsApp takes
    words alone. A press comes back as a message whose words are the button's `id`.
    """

    patient_id: RecordId | None = None
    owner_id: RecordId | None = None
    to: Annotated[str, Meta(max_length=320)] | None = None
    channel: Channel | None = None
    purpose: Purpose = Purpose.TRANSACTIONAL
    body: Annotated[str, Meta(min_length=1, max_length=5000)] | None = None
    subject: Annotated[str, Meta(max_length=200)] | None = None
    template_key: Annotated[str, Meta(max_length=61)] | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    buttons: Annotated[
        list[ReplyButton],
        Meta(max_length=20, examples=[[{"id": "lunch-yes", "title": "Yes"}, {"id": "lunch-no", "title": "No"}]]),
    ] = field(default_factory=list)
    language: Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    hospital_id: RecordId | None = None
    send_at: datetime | None = None


SenderState = Literal["sending", "standing_in", "ready", "held_back", "failing", "paused", "retired"]


class SenderView(SendingAddress, kw_only=True):
    """A sender with what it does now. `held_back`: its provider fails, and the sender `stoodInBy` sends what would go
    by it; `failing`: no other can, and its messages are tried again and again; `ready`: stands in when needed."""

    state: SenderState
    stood_in_by: int | None


class SenderChanges(Wire, kw_only=True):
    """What can be changed of a sender. `paused` true holds its messages back until it is false again; `dailyCap` null
    lets it send as many a day as there are."""

    name: Annotated[str, Meta(max_length=100)] | None = None
    per_second: Annotated[int, Meta(ge=1, le=1000)] | None = None
    daily_cap: Annotated[int, Meta(ge=1, le=100_000_000)] | UnsetType | None = UNSET
    paused: bool | None = None


__all__ = [
    "MessageStep", "MessageView", "MessageWithSteps", "NewMessageByHand", "RecordId", "SenderChanges", "SenderState",
    "SenderView", "SendingAddress",
]  # fmt: skip
