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

__all__ = [
    "NoSuchPayout", "Payout", "PayoutApproved", "PayoutDiscarded", "PayoutDrafted", "PayoutPaid", "PayoutReturned",
    "PayoutReversed", "PayoutReviewed", "PayoutRunEnded", "PayoutRunProgressed", "PeriodClosed", "PeriodReopened",
    "RevenueRecorded",
]  # fmt: skip
