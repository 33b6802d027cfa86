"""Files for the bank: which approved payouts one pays, what it says of them, and from which account."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from bedside.kit.http.problems import Conflict, Invalid, NotFound
from bedside.kit.money import CurrencyIn
from bedside.kit.wire import Wire

Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
AccountText = Annotated[str, Meta(min_length=1, max_length=40)]

MOST_IN_A_BATCH = 500  # made in half a second to a second, since each owner's details are unsealed and audited


class BatchStatus(StrEnum):
    """`open` until the bank has done it (`paid`) or it is given up (`discarded`)."""

    OPEN = "open"
    PAID = "paid"
    DISCARDED = "discarded"


class NoSuchBatch(NotFound):
    """404: no batch has this id, or it is not for you."""

    type = "no-such-payment-batch"


class NotPayable(Conflict):
    """409: some of the payouts cannot go into a file for the bank; `errors` names each and why."""

    type = "payouts-not-payable"


class NothingToPay(Conflict):
    """409: no approved payout waits for a bank transfer."""

    type = "nothing-to-pay"


class BatchEnded(Conflict):
    """409: the batch was paid or discarded, and does not change any more."""

    type = "payment-batch-ended"


class NoPayingAccount(Conflict):
    """409: it is not known which account the hospital pays from."""

    type = "no-paying-account"


class AccountRefused(Invalid):
    """422: this is no account that can be paid from."""

    type = "account-refused"


class NewBatch(Wire, kw_only=True):
    """A file for the bank to make. `payoutIds` left out: every approved payout that waits for a bank transfer."""

    hospital_id: Id
    currency: CurrencyIn
    execute_on: date
    payout_ids: Annotated[list[Id], Meta(min_length=1, max_length=MOST_IN_A_BATCH)] | None = None


class BatchPayment(Wire, kw_only=True):
    """One payout of a batch. `account` is masked; `because` says why it cannot be paid as things stand."""

    payout_id: int
    reference_number: str
    owner_id: int
    owner_name: str
    status: str
    amount: str
    currency: str
    account: str
    because: str | None = None


class Batch(Wire, kw_only=True):
    """A file for the bank. `total` is the sum of its `payments`, which are that many."""

    id: int
    hospital_id: int
    message_id: str
    execute_on: date
    currency: str
    status: BatchStatus
    payments: int
    total: str
    created_by_name: str
    created_at: datetime
    ended_at: datetime | None
    ended_by_name: str | None
    version: int


class LeftOut(Wire, kw_only=True):
    """A payout that was left out of a batch of all, and why."""

    payout_id: int
    reference_number: str
    because: str


class BatchDetail(Batch, kw_only=True):
    """A batch with its payments. `leftOut` says, when it is made, what else is approved and why it is not in it;
    `moreWait`, that it is full and others wait for a further batch."""

    items: list[BatchPayment]
    left_out: list[LeftOut]
    more_wait: bool = False


class PaymentFailed(Wire, kw_only=True):
    """A payout of a batch that could not be marked paid, and why."""

    payout_id: int
    reference_number: str
    type: str
    because: str


class BatchOutcome(Wire, kw_only=True):
    """What became of marking a batch paid. It stays open while something in it has failed."""

    batch: Batch
    paid: list[str]
    failed: list[PaymentFailed]


class MarkPaid(Wire, kw_only=True):
    """The day on which the bank did it; where left out, the day it was to be done, today at the latest."""

    paid_on: date | None = None


class PayingAccount(Wire, kw_only=True):
    """The account that a hospital pays from. `account` is masked."""

    hospital_id: int
    holder: str
    account: str
    updated_by_name: str
    updated_at: datetime


class PayingAccountGiven(Wire, kw_only=True):
    """The account to pay from: an `iban`, with a `bic` where the bank wants it; or `accountNumber` and
    `routingNumber`."""

    holder: Annotated[str, Meta(min_length=1, max_length=70)]
    iban: AccountText | None = None
    bic: AccountText | None = None
    account_number: AccountText | None = None
    routing_number: AccountText | None = None
    bank_name: Annotated[str, Meta(max_length=100)] = ""
