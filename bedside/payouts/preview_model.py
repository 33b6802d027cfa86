"""What a run would make, as it goes over the wire. Amounts are text, each with its currency beside it."""

from datetime import date

from bedside.kit.wire import Wire
from bedside.payouts.model import LineKind, RevenueSum


class PreviewLine(Wire, kw_only=True):
    """A line that a run would make."""

    kind: LineKind
    description: str
    amount: str
    base: str | None
    entries: int


class PreviewPayout(Wire, kw_only=True):
    """A payout that a run would make; `exists`: one is there already, so the run would leave it alone."""

    contract_id: int
    contract_number: str
    owner_id: int
    owner_name: str
    hospital_id: int
    currency: str
    amount: str
    amount_minor: int
    exists: bool
    lacks_payment_details: bool
    lines: list[PreviewLine]


class RunPreview(Wire, kw_only=True):
    """What a run would make, and what somebody should look at first. Totals are per currency, never added across."""

    period: date
    hospital_id: int | None
    payouts: list[PreviewPayout]
    totals: list[RevenueSum]
    uncovered: list[RevenueSum]
    unsigned_contracts: list[str]
    warnings: list[str]
