"""Contracts with owners: the parties, the dates, the versions of the terms, and who put their name to which words."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from bedside.contracts.terms import Id, Terms
from bedside.event_log import Happening
from bedside.kit.http.problems import Conflict, Gone, Invalid, NotFound
from bedside.kit.money import CurrencyIn
from bedside.kit.wire import Wire

Renewal = Literal["none", "ask", "automatic"]
SignatureWay = Literal["link", "portal", "paper"]
DocumentKind = Literal["signed_copy", "annex", "notice", "other"]
ContractTitle = Annotated[str, Meta(min_length=1, max_length=200, examples=["Revenue share"])]
Months = Annotated[int, Meta(ge=1, le=240)]
NoticeDays = Annotated[int, Meta(ge=0, le=730)]
PersonName = Annotated[str, Meta(min_length=1, max_length=200)]
ShortText = Annotated[str, Meta(max_length=200)]
Reason = Annotated[str, Meta(min_length=1, max_length=1000)]
Words = Annotated[str, Meta(max_length=100_000)]
# A percent as it comes in: text, or a number where that is what a form sends.
PercentIn = Annotated[str, Meta(min_length=1, max_length=20, examples=["70"])] | int | float

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)


class ContractStatus(StrEnum):
    """Where a contract stands today. Stored nowhere: see `status_on`."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"
    TERMINATED = "terminated"


def status_on(
    today: date, *, signed_at: datetime | None, starts_on: date, ends_on: date | None, terminated_on: date | None
) -> ContractStatus:
    """Where a contract stands on a day of its hospital's calendar. Pure; the store has the same rule as SQL.

    `ends_on` is the last day of the term. `terminated_on` is the last day whose revenue is shared, and from that day on
    the contract is said to be terminated. One that nobody signed is pending until its term is over.
    """
    if terminated_on is not None and terminated_on <= today:
        return ContractStatus.TERMINATED
    if ends_on is not None and ends_on < today:
        return ContractStatus.EXPIRED
    if signed_at is None or today < starts_on:
        return ContractStatus.PENDING
    return ContractStatus.ACTIVE


class NoSuchContract(NotFound):
    """404: no contract has this id, or it is not yours to see."""

    type = "no-such-contract"


class NoSuchVersion(NotFound):
    """404: the contract has no version with this number."""

    type = "no-such-contract-version"


class NoSuchDocument(NotFound):
    """404: the contract has no such document."""

    type = "no-such-contract-document"


class VersionsOverlap(Conflict):
    """409: a version begins later than every one before it; `latestFrom` says when the latest begins."""

    type = "versions-overlap"


class AlreadySigned(Conflict):
    """409: this party has signed this version already."""

    type = "already-signed"


class TermsAreSigned(Conflict):
    """409: it was signed with these dates; what was signed changes by amendment, renewal or termination."""

    type = "contract-signed"


class ContractOver(Conflict):
    """409: the contract has ended, so this cannot be done to it any more."""

    type = "contract-over"


class NoticeTooShort(Conflict):
    """409: the date is before the notice period is over; `earliest` is the first that is not. `confirmed` overrides."""

    type = "notice-too-short"


class WordsChanged(Conflict):
    """409: the words are not those that were read: nothing was signed."""

    type = "contract-words-changed"


class SigningLinkUnknown(NotFound):
    """404: no link to sign by has this token."""

    type = "signing-link-unknown"


class SigningLinkOver(Gone):
    """410: the link was used, withdrawn, or has run out; `because` says which."""

    type = "signing-link-over"


class DatesRefused(Invalid):
    """422: the contract's dates cannot be."""

    type = "contract-dates-refused"


class PartyRefused(Invalid):
    """422: somebody named in the terms cannot be a party to them."""

    type = "contract-party-refused"


class Contract(Wire, kw_only=True):
    """A contract between a hospital and one owner or several. `ownerId` is the first party, `ownerIds` all of them."""

    id: int
    number: str
    hospital_id: int
    hospital_name: str
    owner_id: int
    owner_name: str
    owner_ids: list[int]
    title: str
    currency: str
    starts_on: date
    ends_on: date | None
    renewal: Renewal
    renewal_months: int | None
    notice_days: int
    status: ContractStatus
    signed_at: datetime | None
    terminated_on: date | None
    termination_reason: str
    archived_at: datetime | None
    created_by_name: str
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def last_day(self) -> date | None:
        """The last day that has terms: the end of the term or of the notice, whichever comes first; None: no end."""
        known = [day for day in (self.ends_on, self.terminated_on) if day is not None]
        return min(known) if known else None


class ContractVersion(Wire, kw_only=True):
    """The terms from a day on, until the next signed version begins. `ownerIds`: who must sign it; `signedAt`: when the
    last of them did, null until then."""

    id: int
    contract_id: int
    number: int
    effective_from: date
    terms: Terms
    words: str
    words_sha256: str
    reason: str
    owner_ids: list[int]
    signed_at: datetime | None
    created_by_name: str
    created_at: datetime


class ContractInForce(msgspec.Struct, kw_only=True, frozen=True):
    """A contract with its signed versions, in the order in which they begin."""

    contract: Contract
    versions: list[ContractVersion]

    def version_on(self, day: date) -> ContractVersion | None:
        """Whose terms hold on a day: the latest that has begun; None outside the contract's term."""
        last = self.contract.last_day
        if day < self.contract.starts_on or (last is not None and day > last):
            return None
        begun = [version for version in self.versions if version.effective_from <= day]
        return begun[-1] if begun else None


class PaperSignature(Wire, kw_only=True):
    """A signature on paper, as it is recorded here. `party` hospital: for the hospital's side. `ownerId`: whose it is,
    where not the owner's under whose address the contract stands."""

    signer_name: PersonName
    signed_on: date
    signer_position: ShortText = ""
    file_id: Id | None = None
    party: Literal["owner", "hospital"] = "owner"
    owner_id: Id | None = None
    version: Annotated[int, Meta(ge=1, le=100_000)] | None = None


class NewContract(Wire, kw_only=True):
    """A contract to add: exactly one of `terms` and `ownerPercent` (what the owner gets; the hospital keeps the rest).

    `words` are made from the terms where they are left out. `signature` records at once that it was signed on paper.
    """

    hospital_id: Id
    title: ContractTitle
    starts_on: date
    ends_on: date | None = None
    currency: CurrencyIn | None = None
    renewal: Renewal = "none"
    renewal_months: Months | None = None
    notice_days: NoticeDays = 90
    owner_percent: PercentIn | None = None
    terms: Terms | None = None
    words: Words | None = None
    signature: PaperSignature | None = None
    signatures: Annotated[list[PaperSignature], Meta(max_length=21)] = field(default_factory=list)


class NewVersion(Wire, kw_only=True):
    """An amendment: the terms from a day on, what is signed with them, and why."""

    effective_from: date
    reason: Reason
    owner_percent: PercentIn | None = None
    terms: Terms | None = None
    words: Words | None = None


class ContractChanges(Wire, kw_only=True):
    """What to change of a contract; what is left out stays. Dates change only until it is signed. `archived` puts away
    one that was never signed."""

    title: ContractTitle | UnsetType = UNSET
    starts_on: date | UnsetType = UNSET
    ends_on: date | UnsetType | None = UNSET
    renewal: Renewal | UnsetType = UNSET
    renewal_months: Months | UnsetType | None = UNSET
    notice_days: NoticeDays | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class Termination(Wire, kw_only=True):
    """Ending a contract. `terminatedOn` is its last day; `confirmed` where the notice is shorter than agreed."""

    terminated_on: date
    reason: Reason
    confirmed: bool = False


class NewTerm(Wire, kw_only=True):
    """Another term: until a day, or by so many months; by its own renewal where neither is said."""

    ends_on: date | None = None
    months: Months | None = None


class Signature(Wire, kw_only=True):
    """One name under one version. `ownerId` null: the hospital's side."""

    id: int
    version_number: int
    owner_id: int | None
    party_name: str
    signer_name: str
    signer_position: str
    how: SignatureWay
    words_sha256: str
    file_id: int | None
    address: str | None
    user_agent: str
    recorded_by_name: str
    signed_at: datetime


class SigningLink(Wire, kw_only=True):
    """A link by which one party reads and signs one version. The link itself is shown once."""

    id: int
    owner_id: int
    owner_name: str
    version_number: int
    link: str
    expires_at: datetime


class ContractDocument(Wire, kw_only=True):
    """A file that belongs to a contract, with the SHA-256 of its bytes."""

    id: int
    contract_id: int
    version_number: int | None
    file_id: int
    file_name: str
    media_type: str
    size: int
    sha256: str
    title: str
    kind: DocumentKind
    created_by_name: str
    created_at: datetime
    archived_at: datetime | None


class ContractDetails(Contract, kw_only=True):
    """A contract with its versions and signatures. `terms`: those of today, or the latest where none hold today."""

    terms: Terms
    words: str
    summary: list[str]
    versions: list[ContractVersion]
    signatures: list[Signature]


class ContractHistory(Wire, kw_only=True):
    """Everything that happened to a contract: names put to it, versions written, and events, newest first."""

    signatures: list[Signature]
    versions: list[ContractVersion]
    events: list[Happening]
