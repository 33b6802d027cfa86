"""What hospitals earned, what owners are owed, and what they were paid. The front door."""

from bedside.payouts.batch_model import PayingAccountGiven
from bedside.payouts.events import (
    PayoutApproved,
    PayoutDiscarded,
    PayoutDrafted,
    PayoutPaid,
    PayoutReturned,
    PayoutReversed,
    PayoutReviewed,
    PayoutRunEnded,
    PayoutRunProgressed,
    PeriodClosed,
    PeriodReopened,
    RevenueRecorded,
)
from bedside.payouts.loading import load_newest_payout_variables, load_payout_variables
from bedside.payouts.model import NoSuchPayout, Payout
from bedside.payouts.paying_accounts import set_paying_account
from bedside.payouts.periods import refuse_terms_in_closed_period
from bedside.payouts.reading import payout
from bedside.payouts.statements import statement_file_name, statement_pdf
from bedside.payouts.subjects import PAYOUT_SUBJECT

__all__ = [
    "PAYOUT_SUBJECT", "NoSuchPayout", "PayingAccountGiven", "Payout", "PayoutApproved", "PayoutDiscarded",
    "PayoutDrafted", "PayoutPaid", "PayoutReturned", "PayoutReversed", "PayoutReviewed", "PayoutRunEnded",
    "PayoutRunProgressed", "PeriodClosed", "PeriodReopened", "RevenueRecorded", "load_newest_payout_variables",
    "load_payout_variables", "payout", "refuse_terms_in_closed_period",
    "set_paying_account", "statement_file_name", "statement_pdf",
]  # fmt: skip
