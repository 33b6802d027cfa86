"""What happens to revenue, payouts, runs and periods. No event has an account number; `amount` is a decimal as text."""

from datetime import date
from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class _PayoutEvent(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "payout"
    seen_with: ClassVar[str] = Permission.PAYOUTS_READ

    payout_id: int
    reference_number: str
    period: date
    amount: str
    currency: str


class PayoutDrafted(_PayoutEvent, frozen=True, kw_only=True):
    """A payout was drafted."""

    kind: ClassVar[str] = "payout.drafted"


class PayoutApproved(_PayoutEvent, frozen=True, kw_only=True):
    """A second person approved a payout."""

    kind: ClassVar[str] = "payout.approved"


class PayoutReturned(_PayoutEvent, frozen=True, kw_only=True):
    """An approved payout went back to being a draft."""

    kind: ClassVar[str] = "payout.returned"


class PayoutDiscarded(_PayoutEvent, frozen=True, kw_only=True):
    """A draft was given up."""

    kind: ClassVar[str] = "payout.discarded"


class PayoutPaid(_PayoutEvent, frozen=True, kw_only=True):
    """A payout was paid. The owner is told, unless it came to nothing."""

    kind: ClassVar[str] = "payout.paid"

    amount_minor: int


class PayoutReversed(_PayoutEvent, frozen=True, kw_only=True):
    """A payment was taken back, whole."""

    kind: ClassVar[str] = "payout.reversed"

    reason: str


class PayoutReviewed(_PayoutEvent, frozen=True, kw_only=True):
    """A second person looked at a payment that had been made before it was written down here."""

    kind: ClassVar[str] = "payout.reviewed"


class PayoutRunProgressed(Event, frozen=True, kw_only=True):
    """A run has come further; at most one a second."""

    kind: ClassVar[str] = "payout_run.progressed"
    subject: ClassVar[str] = "payout_run"
    seen_with: ClassVar[str] = Permission.PAYOUTS_READ

    payout_run_id: int
    done: int
    contracts: int


class PayoutRunEnded(Event, frozen=True, kw_only=True):
    """A run has ended: `how` is done or failed."""

    kind: ClassVar[str] = "payout_run.ended"
    subject: ClassVar[str] = "payout_run"
    seen_with: ClassVar[str] = Permission.PAYOUTS_READ

    payout_run_id: int
    how: str
    made: int


class RevenueRecorded(Event, frozen=True, kw_only=True):
    """Revenue was written down: so many entries from a source, in one event."""

    kind: ClassVar[str] = "revenue.recorded"
    subject: ClassVar[str] = "revenue_entry"
    seen_with: ClassVar[str] = Permission.REVENUE_READ

    revenue_entry_id: int
    entries: int
    source: str


class PeriodClosed(Event, frozen=True, kw_only=True):
    """A month's books were closed."""

    kind: ClassVar[str] = "period.closed"
    subject: ClassVar[str] = "hospital"
    seen_with: ClassVar[str] = Permission.PAYOUTS_READ

    period: date


class PeriodReopened(Event, frozen=True, kw_only=True):
    """A month's books were opened again, with a reason."""

    kind: ClassVar[str] = "period.reopened"
    subject: ClassVar[str] = "hospital"
    seen_with: ClassVar[str] = Permission.PAYOUTS_READ

    period: date
    reason: str
