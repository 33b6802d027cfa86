"""What happens to an owner's record. No event carries an account or a tax number."""

from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class OwnerAdded(Event, frozen=True, kw_only=True):
    """Somebody was added as an owner."""

    kind: ClassVar[str] = "owner.added"
    subject: ClassVar[str] = "owner"
    seen_with: ClassVar[str] = Permission.OWNERS_READ


class OwnerChanged(Event, frozen=True, kw_only=True):
    """An owner's record was changed; `fields` names what, never the values."""

    kind: ClassVar[str] = "owner.changed"
    subject: ClassVar[str] = "owner"
    seen_with: ClassVar[str] = Permission.OWNERS_READ

    fields: list[str]


class OwnerArchived(Event, frozen=True, kw_only=True):
    """An owner's record was put away, or brought back (`restored`)."""

    kind: ClassVar[str] = "owner.archived"
    subject: ClassVar[str] = "owner"
    seen_with: ClassVar[str] = Permission.OWNERS_READ

    restored: bool = False


class PaymentDetailsChanged(Event, frozen=True, kw_only=True):
    """How an owner is paid was changed. Whatever was approved for the old details must be approved again."""

    kind: ClassVar[str] = "owner.payment_details_changed"
    subject: ClassVar[str] = "owner"
    seen_with: ClassVar[str] = Permission.OWNERS_READ

    method: str


class OwnerDocumentAdded(Event, frozen=True, kw_only=True):
    """A document was put with an owner."""

    kind: ClassVar[str] = "owner.document_added"
    subject: ClassVar[str] = "owner"
    seen_with: ClassVar[str] = Permission.OWNERS_READ

    title: str


class OwnerConsentRecorded(Event, frozen=True, kw_only=True):
    """An owner agreed to messages of a channel and purpose, or refused them."""

    kind: ClassVar[str] = "owner.consent_recorded"
    subject: ClassVar[str] = "owner"
    seen_with: ClassVar[str] = Permission.OWNERS_READ

    channel: str
    purpose: str
    granted: bool
