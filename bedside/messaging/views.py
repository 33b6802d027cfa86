"""Messages, conversations and senders as the API and the pages show them."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, field

from bedside.kit.wire import Wire
from bedside.message_templates import Channel, Purpose
from bedside.messaging.model import MessageStatus, SendingAddress

RecordId = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class MessageView(Wire, kw_only=True):
    """A message to somebody. `body` is there once it has been made, and never of one that carried a code."""

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
    """A message with everything that happened to it, oldest first."""

    message: MessageView
    steps: list[MessageStep]


class NewMessageByHand(Wire, kw_only=True):
    """A message to a patient, an owner, or a number or mail address: with a template of the library, or with words."""

    patient_id: RecordId | None = None
    owner_id: RecordId | None = None
    to: Annotated[str, Meta(max_length=320)] | None = None
    channel: Channel | None = None
    purpose: Purpose = Purpose.TRANSACTIONAL
    body: Annotated[str, Meta(min_length=1, max_length=5000)] | None = None
    subject: Annotated[str, Meta(max_length=200)] | None = None
    template_key: Annotated[str, Meta(max_length=61)] | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    language: Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    hospital_id: RecordId | None = None
    send_at: datetime | None = None


class ConversationView(Wire, kw_only=True):
    """What was written back and forth with one address on one channel."""

    id: int
    channel: Channel
    address: str
    patient_id: int | None
    patient_name: str | None
    owner_id: int | None
    owner_name: str | None
    status: str
    needs_answer: bool
    last_words: str
    last_inbound_at: datetime | None
    last_message_at: datetime
    version: int


class Line(Wire, kw_only=True):
    """One message of a conversation, either way. `status` is `received`, or how far ours has come; `acted` is what a
    message of theirs did by itself."""

    id: int
    ours: bool
    body: str
    status: str
    at: datetime
    by: str
    acted: str


class ConversationWithLines(Wire, kw_only=True):
    """A conversation with its newest lines, oldest first. `free_words_until` is when WhatsApp's window closes; null
    where it is closed, or where the channel has none."""

    conversation: ConversationView
    lines: list[Line]
    free_words_until: datetime | None


class Reply(Wire, kw_only=True):
    """Words for an answer."""

    body: Annotated[str, Meta(min_length=1, max_length=1600)]


class SenderChanges(Wire, kw_only=True):
    """What can be changed of a sender. `paused` true holds its messages back until it is false again."""

    name: Annotated[str, Meta(max_length=100)] | None = None
    per_second: Annotated[int, Meta(ge=1, le=1000)] | None = None
    paused: bool | None = None


__all__ = [
    "ConversationView", "ConversationWithLines", "Line", "MessageStep", "MessageView", "MessageWithSteps",
    "NewMessageByHand", "RecordId", "Reply", "SenderChanges", "SendingAddress",
]  # fmt: skip
