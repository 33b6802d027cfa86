"""Owners: people and firms that own a hospital or share in its revenue; how they are reached, and how they are paid."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from bedside.kit.http.problems import Conflict, Invalid, NotFound
from bedside.kit.wire import Wire

Channel = Literal["sms", "whatsapp", "email"]
Purpose = Literal["transactional", "marketing"]
OwnerKind = Literal["person", "company"]
DocumentKind = Literal["identity", "tax", "registration", "correspondence", "other"]
Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
OwnerName = Annotated[str, Meta(min_length=1, max_length=200)]
PhoneText = Annotated[str, Meta(min_length=1, max_length=40)]
EmailText = Annotated[str, Meta(min_length=3, max_length=254)]
Language = Annotated[str, Meta(min_length=2, max_length=35)]
Zone = Annotated[str, Meta(min_length=1, max_length=60)]
Address = Annotated[str, Meta(max_length=2000)]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", min_length=2, max_length=2)]
ShortText = Annotated[str, Meta(max_length=200)]
PercentOfHospital = Annotated[str, Meta(pattern=r"^\d{1,3}(\.\d{1,4})?$", examples=["42.5"])]


class PaymentMethod(StrEnum):
    """How money reaches an owner."""

    BANK_TRANSFER = "bank_transfer"
    CHECK = "check"
    MOBILE_WALLET = "mobile_wallet"
    CASH = "cash"


class NoSuchOwner(NotFound):
    """404: no owner has this id, or they are not yours to see."""

    type = "no-such-owner"


class NoSuchContact(NotFound):
    """404: the owner has no such contact."""

    type = "no-such-contact"


class NoSuchPaymentDetails(NotFound):
    """404: the owner has no such payment details."""

    type = "no-such-payment-details"


class StakesTooLarge(Invalid):
    """422: the stakes in a hospital would come to more than 100 percent."""

    type = "stakes-too-large"


class PaymentDetailsRefused(Invalid):
    """422: an account with these details cannot be: a check digit is wrong, or something is missing."""

    type = "payment-details-refused"


class AlreadyHasDetails(Conflict):
    """409: somebody changed the payment details at the same moment."""

    type = "payment-details-changed-meanwhile"


class OwnerHospital(Wire, kw_only=True):
    """A hospital that an owner has a part in. `stakePercent` as text, null where there is no part of their own."""

    hospital_id: int
    name: str
    stake_percent: Decimal | None
    since: date | None
    until: date | None


class Owner(Wire, kw_only=True):
    """An owner. `phone` and `email` are their own; further people are their contacts."""

    id: int
    kind: OwnerKind
    name: str
    legal_name: str
    registration_number: str
    phone: str | None
    email: str | None
    language: str
    time_zone: str | None
    preferred_channel: Channel | None
    address: str
    country: str | None
    tax_number_hint: str
    account_manager_id: int | None
    photo_file_id: int | None
    hospital_ids: list[int]
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def full_name(self) -> str:
        """As it stands on a statement: the registered name where there is one."""
        return self.legal_name or self.name


class NewOwner(Wire, kw_only=True):
    """An owner to add. A phone without a country code is read as one of the first hospital's country."""

    name: OwnerName
    kind: OwnerKind = "person"
    legal_name: ShortText = ""
    registration_number: ShortText = ""
    phone: PhoneText | None = None
    email: EmailText | None = None
    language: Language | None = None
    time_zone: Zone | None = None
    preferred_channel: Channel | None = None
    address: Address = ""
    country: Country | None = None
    account_manager_id: Id | None = None
    hospital_ids: Annotated[list[Id], Meta(max_length=200)] = field(default_factory=list)


class OwnerChanges(Wire, kw_only=True):
    """What to change of an owner; what is left out stays. `archived` true puts the record away, false back."""

    name: OwnerName | UnsetType = UNSET
    kind: OwnerKind | UnsetType = UNSET
    legal_name: ShortText | UnsetType = UNSET
    registration_number: ShortText | UnsetType = UNSET
    phone: PhoneText | UnsetType | None = UNSET
    email: EmailText | UnsetType | None = UNSET
    language: Language | UnsetType = UNSET
    time_zone: Zone | UnsetType | None = UNSET
    preferred_channel: Channel | UnsetType | None = UNSET
    address: Address | UnsetType = UNSET
    country: Country | UnsetType | None = UNSET
    account_manager_id: Id | UnsetType | None = UNSET
    archived: bool | UnsetType = UNSET


class OwnerConsentGiven(Wire, kw_only=True):
    """What an owner said about being written to on a channel, for a purpose, and how they said it."""

    channel: Channel
    purpose: Purpose
    granted: bool
    how: Annotated[str, Meta(min_length=1, max_length=200)] = "told staff"
    words: Annotated[str, Meta(max_length=2000)] = ""


class OwnerConsent(Wire, kw_only=True):
    """One line of the history of consent; the newest for a channel and purpose is in force."""

    id: int
    channel: Channel
    purpose: Purpose
    granted: bool
    how: str
    words: str
    recorded_by: str
    at: datetime


class PossibleDuplicate(Wire, kw_only=True):
    """Another owner who may be the same, and what makes one think so."""

    id: int
    name: str
    because: str


class AddedOwner(Owner, kw_only=True):
    """An owner just added, with those who may be the same: a warning, not a refusal."""

    possible_duplicates: list[PossibleDuplicate] = field(default_factory=list)


class StakeGiven(Wire, kw_only=True):
    """A hospital that an owner has a part in from now on, and how large it is where it is one of the whole."""

    hospital_id: Id
    stake_percent: PercentOfHospital | None = None
    since: date | None = None
    until: date | None = None


class OwnerContact(Wire, kw_only=True):
    """Somebody at an owner's who is written to."""

    id: int
    owner_id: int
    name: str
    position: str
    phone: str | None
    email: str | None
    language: str | None
    preferred_channel: Channel | None
    archived_at: datetime | None
    version: int


class NewContact(Wire, kw_only=True):
    """Somebody to add; with a phone, an email, or both."""

    name: OwnerName
    position: ShortText = ""
    phone: PhoneText | None = None
    email: EmailText | None = None
    language: Language | None = None
    preferred_channel: Channel | None = None


class ContactChanges(Wire, kw_only=True):
    """What to change of a contact; what is left out stays."""

    name: OwnerName | UnsetType = UNSET
    position: ShortText | UnsetType = UNSET
    phone: PhoneText | UnsetType | None = UNSET
    email: EmailText | UnsetType | None = UNSET
    language: Language | UnsetType | None = UNSET
    preferred_channel: Channel | UnsetType | None = UNSET
    archived: bool | UnsetType = UNSET


class PaymentDetails(Wire, kw_only=True):
    """How an owner is paid, without what must not be read: `masked` shows the last signs. Never changed, only replaced.

    `hospitalId` null: by every hospital that has no details of its own for them.
    """

    id: int
    owner_id: int
    hospital_id: int | None
    method: PaymentMethod
    masked: str
    created_by_id: int | None
    created_by_name: str
    created_at: datetime
    retired_at: datetime | None


class NewPaymentDetails(Wire, kw_only=True):
    """How an owner is paid from now on. `details` by method:

    bank_transfer: holder, and iban with bic, or accountNumber, routingNumber and bankName; check: payableTo, address;
    mobile_wallet: provider, number, holder; cash: receiver.
    """

    method: PaymentMethod
    details: Annotated[dict[str, Annotated[str, Meta(max_length=300)]], Meta(max_length=10)]
    hospital_id: Id | None = None


class UnsealedDetails(Wire, kw_only=True):
    """Payment details in clear. That they were read is an audit fact."""

    id: int
    method: PaymentMethod
    details: dict[str, str]


class TaxNumberGiven(Wire, kw_only=True):
    """An owner's tax number, kept sealed; null takes it away."""

    tax_number: Annotated[str, Meta(min_length=2, max_length=40)] | None


class TaxNumber(Wire, kw_only=True):
    """A tax number in clear. That it was read is an audit fact."""

    tax_number: str | None


class OwnerDocument(Wire, kw_only=True):
    """A file that belongs to an owner."""

    id: int
    owner_id: int
    file_id: int
    title: str
    kind: DocumentKind
    media_type: str
    size: int
    created_by_name: str
    created_at: datetime
    archived_at: datetime | None


class NewSignIn(Wire, kw_only=True):
    """Somebody who is to see an owner's own pages. Their password is made, and shown this once in the answer."""

    email: EmailText
    name: OwnerName
    language: Language | None = None


class SignIn(Wire, kw_only=True):
    """Somebody who signs in for an owner."""

    id: int
    email: str
    name: str
    active: bool
    created_at: datetime


class AddedSignIn(Wire, kw_only=True):
    """A sign-in just made; `password` is shown this once."""

    sign_in: SignIn
    password: str | None


class ImportedLine(Wire, kw_only=True):
    """What a line of a table would do, or did: add an owner, change one, nothing since it may be one that is there
    already, or nothing since it cannot be read. `because` says why."""

    line: int
    name: str
    outcome: Literal["new", "changed", "same", "possible_duplicate", "refused"]
    because: str = ""
    owner_id: int | None = None


class ImportOutcome(Wire, kw_only=True):
    """What an import would do (`importId` null), or did."""

    import_id: int | None
    file_name: str
    new: int
    changed: int
    same: int
    possible_duplicates: int
    refused: int
    lines: list[ImportedLine]


class OwnerImport(Wire, kw_only=True):
    """An import of owners that was done."""

    id: int
    file_name: str
    added: int
    changed: int
    created_by_name: str
    created_at: datetime
    undone_at: datetime | None
    undone_by_name: str | None
