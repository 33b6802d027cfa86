"""Staff, their sessions, machines' keys and the audit log, as structs; and what may go wrong with them."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedside.accounts.permissions import Role
from bedside.kit.http.problems import Conflict, Forbidden, Invalid, Unauthenticated
from bedside.kit.wire import Wire

Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
PersonName = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
Language = Annotated[str, Meta(min_length=2, max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
NewPassword = Annotated[str, Meta(min_length=10, max_length=200)]
GivenPassword = Annotated[str, Meta(min_length=1, max_length=200)]
RecordId = Annotated[int, Meta(ge=1, le=2**63 - 1)]
HospitalIds = Annotated[list[RecordId], Meta(max_length=1000)]


class StaffMember(Wire, kw_only=True):
    """Somebody who signs in. `every_hospital`: whatever hospitals there are and will be; else `hospital_ids`.
    `owner_id`: whose data somebody with the role `owner` sees."""

    id: int
    email: str
    name: str
    role: Role
    every_hospital: bool
    hospital_ids: list[int]
    practitioner_id: int | None
    owner_id: int | None
    language: str
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def hospitals(self) -> frozenset[int] | None:
        """Where they work, as SignedIn carries it: None for every hospital."""
        return None if self.every_hospital else frozenset(self.hospital_ids)


class NewStaffMember(Wire, kw_only=True):
    """Somebody to add. Without a password one is made, and shown once in the answer."""

    email: Email
    name: PersonName
    role: Role
    every_hospital: bool = False
    hospital_ids: HospitalIds = msgspec.field(default_factory=list)
    practitioner_id: RecordId | None = None
    owner_id: RecordId | None = None
    language: Language = "en"
    password: NewPassword | None = None


class StaffEdit(Wire, kw_only=True):
    """What to change about somebody; what is left out stays."""

    email: Email | UnsetType = UNSET
    name: PersonName | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    every_hospital: bool | UnsetType = UNSET
    hospital_ids: HospitalIds | UnsetType = UNSET
    practitioner_id: RecordId | UnsetType | None = UNSET
    language: Language | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class ProfileEdit(Wire, kw_only=True):
    """What people may change about themselves."""

    name: PersonName | UnsetType = UNSET
    language: Language | UnsetType = UNSET


class Credentials(msgspec.Struct, kw_only=True):
    """What a password is checked against. Never leaves the room."""

    staff_id: int
    password_hash: str | None
    active: bool


class Session(msgspec.Struct, kw_only=True):
    """One sign-in of one person, as it is stored: tokens only as hashes."""

    id: int
    staff_id: int
    refresh_hash: bytes
    previous_refresh_hash: bytes | None
    rotated_at: datetime | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class SessionShown(Wire, kw_only=True):
    """One of one's own sessions, for the profile page."""

    id: int
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str | None
    user_agent: str | None


class ApiKey(Wire, kw_only=True):
    """A machine's key, without the key: `hint` is how it begins."""

    id: int
    name: str
    role: Role
    every_hospital: bool
    hospital_ids: list[int]
    hint: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class NewApiKey(Wire, kw_only=True):
    """A key to make."""

    name: PersonName
    role: Role = Role.INTEGRATION
    every_hospital: bool = False
    hospital_ids: HospitalIds = msgspec.field(default_factory=list)
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class AuditEntry(Wire, kw_only=True):
    """One line of the audit log: who did what to what, and how it was before and after."""

    id: int
    at: datetime
    actor_kind: str
    actor_id: int | None
    actor_name: str
    action: str
    subject: str
    subject_id: int | None
    patient_id: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str | None


class SignInRefused(Unauthenticated):
    """401: wrong e-mail address or password; which of the two is not said."""

    type = "sign-in-refused"
    title = "Not signed in"


class TokenExpired(Unauthenticated):
    """401: the access token was good, and its 15 minutes are over."""

    type = "token-expired"


class TokenRevoked(Unauthenticated):
    """401: the sign-in behind the token was ended."""

    type = "token-revoked"


class EmailTaken(Conflict):
    """409: somebody else signs in with the address."""

    type = "email-taken"


class LastAdministrator(Conflict):
    """409: nobody would be left who may manage staff."""

    type = "last-administrator"


class PasswordRefused(Invalid):
    """422: the password is too easy to guess."""

    type = "password-refused"


class HospitalsNotYours(Forbidden):
    """403: somebody limited to some hospitals may only hand those out."""

    type = "hospitals-not-yours"
