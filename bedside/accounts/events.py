"""What happens to staff, sessions and keys, that every web process must hear of at once."""

from typing import ClassVar

from bedside.accounts.permissions import Permission
from bedside.event_log import Event


class StaffChanged(Event, frozen=True, kw_only=True):
    """Somebody was added, edited or deactivated. `ends_tokens`: what their access tokens say no longer holds."""

    kind: ClassVar[str] = "staff.changed"
    subject: ClassVar[str] = "staff"
    seen_with: ClassVar[str] = Permission.STAFF_MANAGE

    staff_id: int
    what: str
    ends_tokens: bool = False


class SessionRevoked(Event, frozen=True, kw_only=True):
    """A sign-in was ended: by its person, by an administrator, or since its token was used twice."""

    kind: ClassVar[str] = "session.revoked"
    subject: ClassVar[str] = "session"
    seen_with: ClassVar[str] = Permission.STAFF_MANAGE

    session_id: int
    staff_id: int
    because: str


class OwnerLinkEnded(Event, frozen=True, kw_only=True):
    """A link to an owner's own pages was taken back: what it opened is closed at once."""

    kind: ClassVar[str] = "owner_link.ended"
    subject: ClassVar[str] = "owner_link"
    seen_with: ClassVar[str] = Permission.OWNERS_READ

    owner_link_id: int


class ApiKeyRevoked(Event, frozen=True, kw_only=True):
    """A machine's key no longer opens anything."""

    kind: ClassVar[str] = "api_key.revoked"
    subject: ClassVar[str] = "api_key"
    seen_with: ClassVar[str] = Permission.API_KEYS_MANAGE

    api_key_id: int
