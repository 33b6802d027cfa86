"""What happens between us and owners. No event carries a link, nor the words of a message of ours."""

from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class _CommunicationEvent(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "communication"
    seen_with: ClassVar[str] = Permission.OWNER_COMMUNICATIONS_READ

    communication_id: int
    how: str


class CommunicationSent(_CommunicationEvent, frozen=True, kw_only=True):
    """A message to an owner was queued, by hand or (with `notice`) by itself; `how` is its first channel."""

    kind: ClassVar[str] = "owner_communication.sent"

    recipients: int
    notice: str | None = None


class CommunicationRecorded(_CommunicationEvent, frozen=True, kw_only=True):
    """A call, a meeting or a letter was written down."""

    kind: ClassVar[str] = "owner_communication.recorded"


class CommunicationChanged(_CommunicationEvent, frozen=True, kw_only=True):
    """What was written down by hand was changed, put away or brought back."""

    kind: ClassVar[str] = "owner_communication.changed"
