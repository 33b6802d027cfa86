"""What the REST of signing in, staff and keys takes and gives, beside the structs of model.py."""

from typing import Annotated

from msgspec import Meta

from bedside.accounts.model import ApiKey, GivenPassword, NewPassword, StaffMember
from bedside.accounts.permissions import Permission, Role, SignedIn
from bedside.accounts.sessions import Grant
from bedside.accounts.tokens import ACCESS_LASTS
from bedside.kit.wire import Wire


class Login(Wire, kw_only=True):
    """An email address and its password."""

    email: Annotated[str, Meta(min_length=1, max_length=254, examples=["admin@example.org"])]
    password: GivenPassword


class RefreshToken(Wire, kw_only=True):
    """A refresh token, as the sign-in or the last refresh gave it."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=300)]


class SigningOut(Wire, kw_only=True):
    """Which sign-in to end: the refresh token's, or that of the access token in the header."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=300)] | None = None


class SignedInView(Wire, kw_only=True):
    """Who is signed in, and what they may do. `hospitalIds` null: every hospital."""

    kind: str
    id: int | None
    name: str
    email: str | None
    role: Role
    language: str
    hospital_ids: list[int] | None
    permissions: list[Permission]


class TokensView(Wire, kw_only=True):
    """Tokens: send `Authorization: Bearer <accessToken>`; `expiresIn` is in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105
    user: SignedInView

    @classmethod
    def of(cls, grant: Grant) -> "TokensView":
        """From what the gate gives."""
        return cls(
            access_token=grant.access_token,
            refresh_token=grant.refresh_token,
            expires_in=int(ACCESS_LASTS.total_seconds()),
            user=shown(grant.user, grant.staff.email),
        )


class AddedStaffMember(Wire, kw_only=True):
    """Somebody just added; `password` where one was made, shown this once."""

    staff: StaffMember
    password: str | None


class MadeApiKey(Wire, kw_only=True):
    """A key just made; `key` is shown this once."""

    api_key: ApiKey
    key: str


class PasswordChange(Wire, kw_only=True):
    """One's own password, the present and the new."""

    present_password: GivenPassword
    new_password: NewPassword


class PasswordReset(Wire, kw_only=True):
    """A new password for somebody; left out, one is made."""

    password: NewPassword | None = None


class ResetPassword(Wire, kw_only=True):
    """The new password, shown this once."""

    password: str


def shown(user: SignedIn, email: str | None) -> SignedInView:
    """Who is signed in, as it goes over the wire."""
    return SignedInView(
        kind=user.kind,
        id=user.id,
        name=user.name,
        email=email,
        role=user.role,
        language=user.language,
        hospital_ids=user.hospitals,
        permissions=sorted(user.permissions),
    )
