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


class ConversationChanged(Event, frozen=True, kw_only=True):
    """Staff gave a conversation to somebody, snoozed, closed, opened, noted or linked it; or its snooze is over."""

    kind: ClassVar[str] = "conversation.changed"
    subject: ClassVar[str] = "conversation"
    seen_with: ClassVar[str] = Permission.MESSAGES_READ

    conversation_id: int
    how: str


class OwnerConversationChanged(ConversationChanged, frozen=True, kw_only=True):
    """The same of a conversation with an owner."""

    seen_with: ClassVar[str] = Permission.OWNER_COMMUNICATIONS_READ


class SuppressionChanged(Event, frozen=True, kw_only=True):
    """Staff stopped an address (`how` added), many from a table (imported), or lifted a stop (lifted). It does not say
    which address."""

    kind: ClassVar[str] = "suppression.changed"
    subject: ClassVar[str] = "suppression"
    seen_with: ClassVar[str] = Permission.MESSAGES_READ

    suppression_id: int
    how: str


class SenderChanged(Event, frozen=True, kw_only=True):
    """A sender was held back since its provider failed (`how` held back), works again, is to be tried at once (to be
    tried), or was paused, resumed or changed by hand (changed)."""

    kind: ClassVar[str] = "sender.changed"
    subject: ClassVar[str] = "sender"
    seen_with: ClassVar[str] = Permission.MESSAGES_READ

    sender_id: int
    how: str


class TemplateApprovalChanged(Event, frozen=True, kw_only=True):
    """WhatsApp approved, rejected or paused the words of a template's version."""

    kind: ClassVar[str] = "template.approval_changed"
    subject: ClassVar[str] = "template"
    seen_with: ClassVar[str] = Permission.TEMPLATES_READ

    template_id: int
    version_id: int
    state: str
