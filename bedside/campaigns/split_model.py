"""Versions of a campaign: which there are, who tries them, and which did best."""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import Annotated, Literal

from msgspec import Meta

from bedside.kit.wire import Wire

VariantName = Annotated[str, Meta(min_length=1, max_length=20, description="A, B ...", examples=["B"])]
Share = Annotated[int, Meta(ge=1, le=100, description="Of a hundred people, how many try it.")]
WinnerBy = Literal["opened", "clicked", "answered", "booked"]
DecideAfterHours = Annotated[int, Meta(ge=1, le=336)]
MOST_VARIANTS = 5


class Variant(Wire, kw_only=True, omit_defaults=True):
    """A version of a campaign. What it leaves out is what the campaign itself says, so two may differ in their subject
    alone. `share`: of a hundred people, how many get it; those whom no version takes get the one that wins."""

    name: VariantName
    share: Share
    message: Annotated[str, Meta(min_length=1, max_length=5000)] | None = None
    template_key: Annotated[str, Meta(min_length=2, max_length=61)] | None = None
    subject: Annotated[str, Meta(max_length=200)] | None = None


Variants = Annotated[list[Variant], Meta(max_length=MOST_VARIANTS)]


def below(variants: Sequence[Variant]) -> list[int]:
    """For each version, below which hundredth of the people it ends: shares of 20 and 30 are 20 and 50."""
    return list(accumulate(variant.share for variant in variants))


class VariantFigures(Wire, kw_only=True):
    """How a version did. `people`: to how many it was sent; the others count people of them.

    `delivered`: a receipt says so; `reached`: that, or it went by mail and did not come back. `rate`: the share of `of`
    people who did what the winner is chosen by, with the interval that holds the true one 95 times of a hundred. `of`
    is `opensKnown` (reached by WhatsApp or mail) where it is chosen by who read it, `clicksKnown` (reached by mail)
    where by who followed a link, else `people`. Null where nobody got it yet or nothing is chosen."""

    name: str
    share: int
    people: int
    reached: int = 0
    delivered: int = 0
    opened: int = 0
    opens_known: int = 0
    clicked: int = 0
    clicks_known: int = 0
    answered: int = 0
    booked: int = 0
    of: int | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    winner: bool = False


class SplitReport(Wire, kw_only=True):
    """How the versions of a campaign do. `clear`: the intervals of the best two do not meet; else chance may have
    chosen. `waiting`: how many messages wait for the version that wins."""

    items: list[VariantFigures]
    winner_by: WinnerBy | None
    decide_at: datetime | None
    winner: str | None
    clear: bool
    waiting: int


class Winner(Wire, kw_only=True):
    """The version that the rest are to get."""

    variant: VariantName
