"""What finance does in a month, verb by verb, for a demonstration that tells its past."""

from bedside.payouts.drafting import draft_one
from bedside.payouts.model import NewPayout, NewRevenueEntry
from bedside.payouts.periods import close_period
from bedside.payouts.recording import write_down
from bedside.payouts.revenue import record_entries
from bedside.payouts.states import approve, pay

__all__ = [
    "NewPayout",
    "NewRevenueEntry",
    "approve",
    "close_period",
    "draft_one",
    "pay",
    "record_entries",
    "write_down",
]
