"""Reports about payouts as they go over the wire. Amounts are text, each with its currency beside it."""

from datetime import date, datetime
from typing import Literal

from bedside.kit.wire import Wire

GroupBy = Literal["month", "hospital", "owner", "contract"]
AgingBy = Literal["owner", "hospital"]


class PeriodRow(Wire, kw_only=True):
    """What payouts of some months come to. Reversed and discarded ones do not count.

    `revenue` is all that the books hold, by month or hospital. `sharedRevenue` is what the owner, or the contract, had
    a part of: owners share the same revenue, so it is not added up over them. `deducted` are payments made before.
    """

    id: int
    label: str
    currency: str
    payouts: int
    revenue: str | None
    shared_revenue: str | None
    shares: str
    guarantees: str
    adjustments: str
    set_by_hand: str
    deducted: str
    carried: str
    paid: str
    open: str


class AgingRow(Wire, kw_only=True):
    """What is unpaid, by how many days ago its month ended: `current` where it has not."""

    id: int
    name: str
    currency: str
    payouts: int
    current: str
    days1_to30: str
    days31_to60: str
    days61_to90: str
    over90: str
    total: str
    drafts: str


class Aging(Wire, kw_only=True):
    """Unpaid payouts by age, and their sum in each currency. `drafts` is what of the total nobody has approved yet."""

    items: list[AgingRow]
    totals: list[AgingRow]


class HistoryRow(Wire, kw_only=True):
    """A year or a month of an owner, in one currency. `earned`, `paid` are for it, `received` was paid in it."""

    period: str
    currency: str
    payouts: int
    earned: str
    paid: str
    open: str
    received: str


class YearToDate(Wire, kw_only=True):
    """This year up to now beside the same months of last year."""

    year: int
    through: str
    currency: str
    earned: str
    received: str
    earned_last_year: str
    received_last_year: str


class OwnerHistory(Wire, kw_only=True):
    """What an owner earned and received: this year so far, by year, and by month."""

    owner_id: int
    year_to_date: list[YearToDate]
    years: list[HistoryRow]
    months: list[HistoryRow]


class UnreviewedPayment(Wire, kw_only=True):
    """A payment that was made before it was written down, and awaits a second person's look."""

    id: int
    reference_number: str
    hospital_id: int
    hospital_name: str
    owner_id: int
    owner_name: str
    kind: str
    period: str
    currency: str
    amount: str
    method: str | None
    paid_on: date | None
    created_by_name: str
    created_at: datetime
