"""The dashboard's numbers of owners: what they are owed and were paid, what ends, how satisfied they are."""

from datetime import date
from decimal import Decimal

from bedside.kit.money import amount_text
from bedside.kit.wire import Wire

FEW = 30
"""Below so many, a rate is said to rest on few (RULES "Scores" 3)."""

SHOWN = 5
"""How many of the contracts that end soon are named; of the others it says how many there are."""

SOON_DAYS = 90
"""A contract that ends within so many days ends soon."""


class Sum(Wire, kw_only=True):
    """So many payouts, and what they come to, in one currency: currencies are never added up."""

    currency: str
    amount: str
    payouts: int
    amount_minor: int

    @classmethod
    def of(cls, currency: str, payouts: int, amount_minor: int) -> "Sum":
        """The sum with its amount as text, `"45000.00"`."""
        return cls(
            currency=currency, payouts=payouts, amount_minor=amount_minor, amount=amount_text(amount_minor, currency)
        )


class PayoutFigures(Wire, kw_only=True):
    """What owners are owed (approved, not paid), what waits for somebody, and what was paid in the month before."""

    owed: list[Sum]
    to_approve: list[Sum]
    to_review: list[Sum]
    paid_last_month: list[Sum]
    last_month: date


class EndingContract(Wire, kw_only=True):
    """A contract whose last day is near."""

    id: int
    number: str
    title: str
    owner_id: int
    owner_name: str
    hospital_name: str
    ends_on: date
    days_left: int
    renews: bool


class ContractsEnding(Wire, kw_only=True):
    """Contracts in force whose last day is within 90 days: how many, and the first five by that day."""

    total: int
    first: list[EndingContract]

    @property
    def more(self) -> int:
        """How many there are beside those that are named."""
        return self.total - len(self.first)


class OwnerSatisfaction(Wire, kw_only=True):
    """The mean of owners' answers of the last year, the change against the year before, and how many answered.

    `answers` counts answers, `owners` the owners who gave them. Null where nobody answered.
    """

    mean: Decimal | None
    answers: int
    owners: int
    mean_before: Decimal | None
    answers_before: int
    change: Decimal | None

    @property
    def rests_on_few(self) -> bool:
        """Whether n is under 30 in either year (RULES "Scores" 3)."""
        return min(self.answers, self.answers_before) < FEW


class OwnerFigures(Wire, kw_only=True):
    """Owners and payouts. Each part is null for whom it is not."""

    payouts: PayoutFigures | None
    contracts: ContractsEnding | None
    satisfaction: OwnerSatisfaction | None
