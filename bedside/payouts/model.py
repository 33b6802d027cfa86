"""What hospitals earned, what owners are owed of it and were paid: structs, states, and what may go wrong."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType, field

from bedside.kit.http.problems import Conflict, Forbidden, Invalid, NotFound
from bedside.kit.money import AmountIn, CurrencyIn
from bedside.kit.wire import Wire
from bedside.owners import PaymentMethod

Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
PeriodText = Annotated[
    str, Meta(min_length=4, max_length=40, description="A month: October 2026, 2026-10.", examples=["October 2026"])
]
Reference = Annotated[str, Meta(min_length=1, max_length=64)]
Note = Annotated[str, Meta(max_length=1000)]
ServiceLine = Annotated[str, Meta(max_length=100)]
EntryKind = Literal["charge", "refund", "correction"]


class PayoutStatus(StrEnum):
    """How far a payout has come. Paid is final: a correction is a reversal and, if due, a new revision."""

    DRAFT = "draft"  # -> approved, discarded
    APPROVED = "approved"  # -> paid, and back to draft
    PAID = "paid"  # -> reversed
    REVERSED = "reversed"
    DISCARDED = "discarded"


# What may follow what (RULES, Money 6 and 8).
FOLLOWS: dict[PayoutStatus, frozenset[PayoutStatus]] = {
    PayoutStatus.DRAFT: frozenset({PayoutStatus.APPROVED, PayoutStatus.DISCARDED}),
    PayoutStatus.APPROVED: frozenset({PayoutStatus.PAID, PayoutStatus.DRAFT}),
    PayoutStatus.PAID: frozenset({PayoutStatus.REVERSED}),
    PayoutStatus.REVERSED: frozenset(),
    PayoutStatus.DISCARDED: frozenset(),
}
# What an owner sees of their own: nothing that staff still work on.
SHOWN_TO_OWNERS = (PayoutStatus.APPROVED, PayoutStatus.PAID, PayoutStatus.REVERSED)


class PayoutKind(StrEnum):
    """Where a payout comes from."""

    SHARE = "share"  # what a contract gives for a month
    MANUAL = "manual"  # an amount that staff set
    RECORDED = "recorded"  # paid, under no contract, before it was written down here


# What must be known of a payment, besides its day: what `paymentReference` is called for it; None: nothing.
METHOD_NEEDS: dict[PaymentMethod, str | None] = {
    PaymentMethod.BANK_TRANSFER: None,
    PaymentMethod.CHECK: "the check's number",
    PaymentMethod.MOBILE_WALLET: "the wallet's transaction number",
    PaymentMethod.CASH: "who received it",
}

LineKind = Literal["share", "guarantee", "adjustment", "recorded", "brought_forward", "carried_forward", "stated"]


class PayoutLine(Wire, kw_only=True):
    """One line of a payout: what it is for, what it was reckoned from, and what it comes to."""

    id: int
    position: int
    kind: LineKind
    description: str
    amount: str
    base: str | None
    entries: int
    contract_version_id: int | None
    contract_version: int | None
    inputs: dict[str, Any]
    recorded_payout_id: int | None


class Payout(Wire, kw_only=True):
    """What an owner is owed or was paid. Amounts are decimals as text; `period` is a month's first day."""

    id: int
    reference_number: str
    hospital_id: int
    owner_id: int
    owner_name: str
    contract_id: int | None
    contract_number: str | None
    kind: PayoutKind
    status: PayoutStatus
    period: date
    currency: str
    amount: str
    amount_minor: int
    revision: int
    payment_method: PaymentMethod | None
    payment_reference: str
    paid_on: date | None
    account: str | None
    note: str
    paid_before: bool
    needs_review: bool
    created_by_name: str
    created_at: datetime
    changed_by_name: str
    approved_at: datetime | None
    approved_by_name: str | None
    paid_at: datetime | None
    paid_by_name: str | None
    reversed_at: datetime | None
    reversed_by_name: str | None
    reversal_reason: str | None
    discarded_at: datetime | None
    reviewed_at: datetime | None
    reviewed_by_name: str | None
    replaces: int | None
    deducted_in: int | None
    run_id: int | None
    version: int


class PayoutDetail(Payout, kw_only=True):
    """A payout with its lines."""

    lines: list[PayoutLine]


class NewPayout(Wire, kw_only=True):
    """A payout to write down, in one of three forms.

    With `referenceNumber`: a payment already made, `paid` at once. Without it, with `contractId` and no `amount`: a
    draft of what the contract gives for the month. Without it, with an `amount`: a draft of an amount that staff set.
    """

    period: PeriodText
    amount: AmountIn | None = None
    currency: CurrencyIn | None = None
    payment_method: Annotated[str, Meta(max_length=40, examples=["bank_transfer"])] | None = None
    reference_number: Reference | None = None
    contract_id: Id | None = None
    hospital_id: Id | None = None
    payment_reference: Annotated[str, Meta(max_length=100)] = ""
    paid_on: date | None = None
    note: Note = ""


class PayoutChanges(Wire, kw_only=True):
    """What may be changed of a draft. Its lines and amount may not: discard it and draft anew."""

    note: Note | UnsetType = UNSET
    payment_method: Annotated[str, Meta(max_length=40)] | UnsetType | None = UNSET


class Payment(Wire, kw_only=True):
    """How a payout was paid. `paymentReference`: a check's number, a wallet's transaction, who took the cash."""

    payment_method: Annotated[str, Meta(max_length=40)] | None = None
    payment_reference: Annotated[str, Meta(max_length=100)] = ""
    paid_on: date | None = None


class Reason(Wire, kw_only=True):
    """Why."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


class RevenueEntry(Wire, kw_only=True):
    """What a hospital earned or gave back. Never changed: a refund is another entry below zero, a correction too.

    `revenueOn` picks the terms that share it; `period` is the month whose books it stands in.
    """

    id: int
    hospital_id: int
    department_id: int | None
    department: str | None
    service_line: str
    revenue_on: date
    period: date
    kind: EntryKind
    amount: str
    amount_minor: int
    currency: str
    corrects: int | None
    description: str
    source: str
    external_id: str | None
    import_id: int | None
    created_by_name: str
    created_at: datetime


class NewRevenueEntry(Wire, kw_only=True):
    """An entry to record. A department by id or by its name. Sent again with the same source and externalId it is the
    first one. `period`: a later, open month to book it in, where its own is closed."""

    amount: AmountIn
    revenue_on: date
    hospital_id: Id | None = None
    department_id: Id | None = None
    department: Annotated[str, Meta(max_length=200)] | None = None
    service_line: ServiceLine = ""
    currency: CurrencyIn | None = None
    kind: EntryKind | None = None
    corrects: Id | None = None
    description: Annotated[str, Meta(max_length=500)] = ""
    source: Annotated[str, Meta(min_length=1, max_length=60)] = "api"
    external_id: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    period: PeriodText | None = None


class RevenueSum(Wire, kw_only=True):
    """What entries come to, in one currency."""

    currency: str
    amount: str
    amount_minor: int
    entries: int


class AccountingPeriod(Wire, kw_only=True):
    """A month of a hospital's books. A closed one takes no more entries and postings."""

    hospital_id: int
    period: date
    status: Literal["open", "closed"]
    closed_at: datetime | None
    closed_by_name: str | None
    reopened_at: datetime | None
    reopened_by_name: str | None
    reopened_because: str | None
    version: int


class PayoutRun(Wire, kw_only=True):
    """A month that is, or was, worked through: every contract of a hospital, or of all (`hospitalId` null)."""

    id: int
    hospital_id: int | None
    period: date
    status: Literal["calculating", "done", "failed"]
    contracts: int
    contracts_done: int
    payouts_made: int
    skipped: int
    entries_through: int
    error: str
    created_by_name: str
    created_at: datetime
    finished_at: datetime | None


class NewRun(Wire, kw_only=True):
    """A month to work through."""

    period: PeriodText
    hospital_id: Id | None = None


class JournalLine(Wire, kw_only=True):
    """One side of a posting: debit above zero, credit below."""

    account: str
    owner_id: int
    amount: str
    currency: str


class JournalEntry(Wire, kw_only=True):
    """A posting, which balances."""

    id: int
    hospital_id: int
    period: date
    kind: Literal["accrual", "payment", "recorded_payment", "reversal"]
    payout_id: int
    reverses: int | None
    description: str
    posted_by_name: str
    posted_at: datetime
    lines: list[JournalLine] = field(default_factory=list)


class AccountBalance(Wire, kw_only=True):
    """What an account stands at, in one currency. All of them together are zero."""

    account: str
    currency: str
    amount: str
    amount_minor: int


class Recomputation(Wire, kw_only=True):
    """A payout computed once more from what it pinned: whether it comes to the same, byte for byte."""

    payout_id: int
    same: bool
    stored_sha256: str | None
    computed_sha256: str | None


class NoSuchPayout(NotFound):
    """404: there is no such payout, or it is not yours to see."""

    type = "no-such-payout"


class NoSuchEntry(NotFound):
    """404: there is no such revenue entry, import or run, or it is not yours to see."""

    type = "no-such-entry"


class PeriodUnreadable(Invalid):
    """422: no month can be read from it."""

    type = "period-unreadable"


class PeriodClosed(Conflict):
    """409: the month's books are closed."""

    type = "period-closed"


class PeriodNotReady(Conflict):
    """409: the month cannot be closed yet; `open` says what is still open in it."""

    type = "period-not-ready"


class WrongCurrency(Invalid):
    """422: the currency is not the contract's, or not the hospital's."""

    type = "wrong-currency"


class EntryRefused(Invalid):
    """422: the entry cannot be: its sign does not fit its kind, or what it corrects is another hospital's."""

    type = "entry-refused"


class ReferenceTaken(Conflict):
    """409: the reference number was used before; `payoutId` says where."""

    type = "reference-taken"


class PayoutExists(Conflict):
    """409: there is a payout of this contract, owner and month already; `payoutId` says which."""

    type = "payout-exists"


class NotAllowedNow(Conflict):
    """409: the payout is not in the state that this takes; `payoutStatus` says in which it is."""

    type = "payout-not-in-that-state"


class TwoPeopleNeeded(Forbidden):
    """403: nobody approves, or reviews, what they made or last changed themselves; nor does a machine."""

    type = "two-people-needed"
    title = "It takes a second person"


class PaymentRefused(Invalid):
    """422: an unknown method, or something that the method needs is missing."""

    type = "payment-refused"


class DetailsChanged(Conflict):
    """409: how the owner is paid was changed since the payout was approved."""

    type = "payment-details-changed"


class RunUnderWay(Conflict):
    """409: this month is being worked through just now; `runId` says by which run."""

    type = "run-under-way"


class NothingAgreed(Conflict):
    """409: no signed terms of the contract hold in this month."""

    type = "nothing-agreed"
