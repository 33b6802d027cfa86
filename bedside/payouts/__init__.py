"""What hospitals earned, what owners are owed, and what they were paid. The front door."""

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
from bedside.payouts.model import NoSuchPayout, Payout
from bedside.payouts.statements import statement_file_name, statement_pdf

__all__ = [
    "NoSuchPayout", "Payout", "PayoutApproved", "PayoutDiscarded", "PayoutDrafted", "PayoutPaid", "PayoutReturned",
    "PayoutReversed", "PayoutReviewed", "PayoutRunEnded", "PayoutRunProgressed", "PeriodClosed", "PeriodReopened",
    "RevenueRecorded", "statement_file_name", "statement_pdf",
]  # fmt: skip
