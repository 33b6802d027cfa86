"""The dashboard's numbers of what patients say, and of what their loyalty earned them."""

from decimal import Decimal

from bedside.analytics.model_owners import FEW
from bedside.kit.wire import Wire


class FeedbackFigures(Wire, kw_only=True):
    """Feedback given in the last 30 days, and in the 30 before; what of it still waits for somebody.

    `mean` is null where nobody answered. `asked` counts those who were asked in the last 30 days, `answered` those of
    them who answered.
    """

    mean: Decimal | None
    answers: int
    mean_before: Decimal | None
    answers_before: int
    asked: int
    answered: int
    open_recoveries: int
    overdue_recoveries: int

    @property
    def change(self) -> Decimal | None:
        """The mean against the one before; None where there is none to compare."""
        return None if self.mean is None or self.mean_before is None else self.mean - self.mean_before

    @property
    def response_rate(self) -> float | None:
        """The share who answered, 0 to 1; None where nobody was asked."""
        return self.answered / self.asked if self.asked else None

    @property
    def rests_on_few(self) -> bool:
        """Whether n is under 30 in either window (RULES "Scores" 3)."""
        return min(self.answers, self.answers_before) < FEW


class LoyaltyFigures(Wire, kw_only=True):
    """Rewards redeemed in the last 30 days, in the 30 before, and vouchers that wait to be used. Of the whole group."""

    redeemed: int
    redeemed_before: int
    waiting: int


class ExperienceFigures(Wire, kw_only=True):
    """What patients say and redeem. Each part is null for whom it is not."""

    feedback: FeedbackFigures | None
    loyalty: LoyaltyFigures | None
