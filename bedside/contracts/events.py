"""What happens to a contract with an owner. No event carries a link to sign by."""

from datetime import date
from typing import ClassVar, Literal

from bedside.accounts import Permission
from bedside.event_log import Event


class ContractEvent(Event, frozen=True, kw_only=True):
    """What every event about a contract says: which one, what it is called, and by `owner_id` on whose timeline."""

    subject: ClassVar[str] = "contract"
    seen_with: ClassVar[str] = Permission.CONTRACTS_READ

    contract_id: int
    number: str
    title: str


class ContractAdded(ContractEvent, frozen=True, kw_only=True):
    """A contract was added; nobody has signed it yet."""

    kind: ClassVar[str] = "contract.added"

    version_id: int
    effective_from: date


class ContractChanged(ContractEvent, frozen=True, kw_only=True):
    """What stands beside the terms was changed; `fields` names what."""

    kind: ClassVar[str] = "contract.changed"

    fields: list[str]


class ContractSentToSign(ContractEvent, frozen=True, kw_only=True):
    """An owner was asked to sign a version by a link; one event for each of them."""

    kind: ClassVar[str] = "contract.sent_to_sign"

    version_id: int
    version_number: int


class ContractSigned(ContractEvent, frozen=True, kw_only=True):
    """Somebody put their name to a version, for an owner or (`party`) for the hospital. `all_signed`: it was the last
    owner, so from now on the version holds."""

    kind: ClassVar[str] = "contract.signed"

    version_id: int
    version_number: int
    effective_from: date
    signer_name: str
    how: str
    all_signed: bool
    party: Literal["owner", "hospital"] = "owner"


class ContractAmended(ContractEvent, frozen=True, kw_only=True):
    """New terms were written, to hold from a day on once they are signed."""

    kind: ClassVar[str] = "contract.amended"

    version_id: int
    version_number: int
    effective_from: date
    reason: str


class ContractRenewed(ContractEvent, frozen=True, kw_only=True):
    """A contract got another term."""

    kind: ClassVar[str] = "contract.renewed"

    ends_on: date
    ended_on: date | None = None
    automatic: bool = False


class ContractTerminated(ContractEvent, frozen=True, kw_only=True):
    """A contract was ended before its time; `terminated_on` is its last day."""

    kind: ClassVar[str] = "contract.terminated"

    terminated_on: date
    reason: str


class ContractExpiring(ContractEvent, frozen=True, kw_only=True):
    """A contract's end, or the last day to give notice, is near: 90, 60, 30 and 7 days before, once each; one event for
    each owner who is party to it."""

    kind: ClassVar[str] = "contract.expiring"

    ends_on: date
    days_ahead: int
    renewal: str
    notice_by: date


class ContractDocumentAdded(ContractEvent, frozen=True, kw_only=True):
    """A file was put with a contract."""

    kind: ClassVar[str] = "contract.document_added"

    document_id: int
    document_title: str
