"""What happens to messages. No event carries a code, a link or the words of a message of ours."""

from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class MessageStatusChanged(Event, frozen=True, kw_only=True):
    """A single message came further: it was sent, delivered, read, or did not make it. Bulk has none of these."""

    kind: ClassVar[str] = "message.status_changed"
    subject: ClassVar[str] = "message"
    seen_with: ClassVar[str] = Permission.MESSAGES_READ

    message_id: int
    status: str
    channel: str
    about: str | None = None
    about_id: int | None = None
    error: str | None = None


class InboundMessageReceived(Event, frozen=True, kw_only=True):
    """Somebody wrote to us. `answers` is the message of ours that they answered, where the channel says so."""

    kind: ClassVar[str] = "message.received"
    subject: ClassVar[str] = "inbound_message"
    seen_with: ClassVar[str] = Permission.MESSAGES_READ

    inbound_message_id: int
    conversation_id: int
    channel: str
    from_address: str
    body: str
    answers: int | None = None


class OwnerMessageStatusChanged(MessageStatusChanged, frozen=True, kw_only=True):
    """The same of a message to an owner, which not everybody who sees patients' messages may see."""

    seen_with: ClassVar[str] = Permission.OWNER_COMMUNICATIONS_READ


class OwnerMessageReceived(InboundMessageReceived, frozen=True, kw_only=True):
    """An owner, or somebody of theirs, wrote to us: nothing that reminders answer to."""

    seen_with: ClassVar[str] = Permission.OWNER_COMMUNICATIONS_READ


class OwnerMessageWritten(Event, frozen=True, kw_only=True):
    """Staff wrote to an owner from the messages or the inbox; or, with `repeats`, sent that message again."""

    kind: ClassVar[str] = "message.written"
    subject: ClassVar[str] = "message"
    seen_with: ClassVar[str] = Permission.OWNER_COMMUNICATIONS_READ

    message_id: int
    channel: str
    repeats: int | None = None
