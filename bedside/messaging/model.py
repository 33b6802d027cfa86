"""What a message is and which states it goes through; who is written to; what refuses a message."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import msgspec

from bedside.kit.http.problems import Conflict, Invalid, NotFound
from bedside.kit.wire import Wire
from bedside.message_templates import Channel, Purpose
from bedside.messaging.provider_accounts import carrier

__all__ = ["Channel", "Purpose"]


class MessageStatus(StrEnum):
    """How far a message has come."""

    QUEUED = "queued"  # waits for its time and its turn
    SENDING = "sending"  # a sender has it, under a lease
    CANCELLED = "cancelled"  # never left: what it would have said no longer holds
    UNKNOWN = "unknown"  # may or may not have left: a time-out, or a sender that died
    SENT = "sent"  # the provider has it
    UNDELIVERED = "undelivered"  # the carrier gave it up
    FAILED = "failed"  # the provider refused it, or its text could not be made
    DELIVERED = "delivered"
    READ = "read"


# The order in which a message moves, and never back (RULES.md, Reminders 8). A sign that it arrived weighs more than a
# sign that it did not, since receipts come in any order; whatever order they come in, the furthest of these stays.
FORWARD: tuple[MessageStatus, ...] = (
    MessageStatus.QUEUED,
    MessageStatus.SENDING,
    MessageStatus.CANCELLED,
    MessageStatus.UNKNOWN,
    MessageStatus.SENT,
    MessageStatus.UNDELIVERED,
    MessageStatus.FAILED,
    MessageStatus.DELIVERED,
    MessageStatus.READ,
)
_RANK = {status: rank for rank, status in enumerate(FORWARD)}

# Nothing more is done for these by the sender; receipts may still move them forward.
ENDED = frozenset(
    {
        MessageStatus.CANCELLED,
        MessageStatus.UNDELIVERED,
        MessageStatus.FAILED,
        MessageStatus.DELIVERED,
        MessageStatus.READ,
    }
)
REPEATABLE = frozenset({MessageStatus.UNKNOWN, MessageStatus.FAILED, MessageStatus.UNDELIVERED})


def furthest(now: MessageStatus, reported: MessageStatus) -> MessageStatus:
    """The status after a report: what is further along of the two."""
    return reported if _RANK[reported] > _RANK[now] else now


# Messages of this priority and above are bulk: their changes are columns on the row, without events.
BULK = 5


# What the confirmation of a stop is about: the one message that goes out though the address has stopped us.
PAST_STOP = "stop"
# What a template sent to oneself is about; its id is that of whoever tries it.
TEMPLATE_TEST = "template_test"


class PersonRef(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose record holds how they are reached."""

    kind: Literal["patient", "owner"] = "patient"
    id: int


class Enqueued(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message: its id, or a sentence that says why it was refused. `fresh` is False where the key had
    been used before and the id is that of the first."""

    message_id: int | None
    refused_because: str | None = None
    channel: Channel | None = None
    fresh: bool = True


class Stale(msgspec.Struct, frozen=True):
    """What a loader gives instead of variables where the message no longer holds; it is cancelled with this reason."""

    because: str


class MessageNotFound(NotFound):
    """404: there is no such message."""

    type = "message-not-found"


class ConversationNotFound(NotFound):
    """404: there is no such conversation."""

    type = "conversation-not-found"


class SenderNotFound(NotFound):
    """404: there is no such sender."""

    type = "sender-not-found"


class TooLate(Conflict):
    """409: the message is past the point where this could be done."""

    type = "message-past-that"


class Refused(Invalid):
    """422: the person is not to be written to like this; the detail says why."""

    type = "message-refused"


class Message(msgspec.Struct, kw_only=True):
    """A row of the queue, as the sender takes it."""

    id: int
    channel: Channel
    sender_id: int | None
    hospital_id: int | None
    person_kind: str | None
    person_id: int | None
    to_address: str
    purpose: Purpose
    priority: int
    template_key: str | None
    language: str
    about: str | None
    about_id: int | None
    variables: dict[str, Any]
    subject: str | None
    body: str | None
    sensitive: bool
    attempts: int
    created_at: datetime
    sending_at: datetime | None = None
    # the person's last message on WhatsApp, which opens a window of 24 hours for free words
    last_inbound_at: datetime | None = None


class SendingAddress(Wire, kw_only=True):
    """Where messages of a channel come from (a row of `senders`): a number or an address at a provider.

    `dailyCap`: the most that it sends in a day, in UTC, as providers count; null: as many as there are. `account` 2
    stands in while the first of its kind is held back. `trippedAt`, `trippedBecause`: the provider failed several times
    in a row; what would go by it goes by the other account where there is one, and at `nextTryAt` one message tries
    whether it works again."""

    id: int
    hospital_id: int | None
    channel: Channel
    provider: str
    account: int
    address: str
    name: str
    per_second: int
    daily_cap: int | None
    sent_today: int
    active: bool
    paused_until: datetime | None
    paused_because: str | None
    tripped_at: datetime | None
    tripped_because: str | None
    next_try_at: datetime | None
    version: int

    @property
    def carrier(self) -> str:
        """The account that carries it."""
        return carrier(self.provider, self.account)
