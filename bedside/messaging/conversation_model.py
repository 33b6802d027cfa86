"""Conversations as the API and the pages show them: one thread a person, whatever channels they write by."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, field

from bedside.kit.wire import Wire
from bedside.message_templates import Channel
from bedside.messaging.attachment_model import MOST, Attachment
from bedside.messaging.views import RecordId


class ConversationView(Wire, kw_only=True):
    """What was written back and forth with one person, or with an address that is nobody's yet. `channel` and `address`
    are those of their last message; `channels` is every one that they wrote by. `waiting_since` is when they began to
    wait for an answer, null where nobody waits."""

    id: int
    channel: Channel
    address: str
    channels: list[Channel]
    patient_id: int | None
    patient_name: str | None
    owner_id: int | None
    owner_name: str | None
    status: Literal["open", "snoozed", "closed"]
    needs_answer: bool
    waiting_since: datetime | None
    snoozed_until: datetime | None
    assigned_to: int | None
    assigned_name: str | None
    last_words: str
    last_inbound_at: datetime | None
    last_message_at: datetime
    last_whatsapp_at: datetime | None
    merged_into: int | None
    version: int


class AnswerTimes(Wire, kw_only=True):
    """How long people waited for a person's answer: how many wait now and since when the first of them, how many were
    answered, and after how many seconds half of those were (null where none was)."""

    waiting: int
    waiting_since: datetime | None
    answered: int
    median_seconds: int | None


class Line(Wire, kw_only=True):
    """One thing in a conversation. `status` is `received`, or how far ours has come; `acted` is what a message of
    theirs did by itself; `automatic`: a machine of theirs wrote it; `button`: what stood on the button that they
    pressed, `body` being what it answers. A `note` is staff's own and was sent to nobody."""

    id: int
    kind: Literal["message", "note"]
    ours: bool
    channel: Channel | None
    address: str
    subject: str | None
    body: str
    status: str
    at: datetime
    by: str
    acted: str
    automatic: bool
    button: str | None = None
    attachments: list[Attachment] = field(default_factory=list)


class Way(Wire, kw_only=True):
    """A way to answer: the channel, and the address on it."""

    channel: Channel
    address: str


class ConversationWithLines(Wire, kw_only=True):
    """A conversation with its newest lines, oldest first. `ways` are the channels to answer by, that of their last
    message first. `free_words_until` is when WhatsApp's window closes; null where it is closed, or where they never
    wrote by WhatsApp."""

    conversation: ConversationView
    lines: list[Line]
    ways: list[Way]
    free_words_until: datetime | None


class Reply(Wire, kw_only=True):
    """An answer: words, files that were added in the conversation (in this order), or both. Without `channel` it goes
    the way that they wrote last."""

    body: Annotated[str, Meta(max_length=1600)] = ""
    channel: Channel | None = None
    attachment_ids: Annotated[list[RecordId], Meta(max_length=MOST)] = field(default_factory=list)


class Assignment(Wire, kw_only=True):
    """Whose conversation it is to be; null gives it back to everybody."""

    staff_id: RecordId | None


class Snooze(Wire, kw_only=True):
    """Until when a conversation is out of sight; null brings it back now."""

    until: datetime | None


class PersonOfConversation(Wire, kw_only=True):
    """Whose conversation it is: a patient, or an owner."""

    patient_id: RecordId | None = None
    owner_id: RecordId | None = None
