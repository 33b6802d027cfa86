"""What campaigns cost, may cost and bring, in figures. Amounts are exact decimals, as text; currencies are never added
together."""

from datetime import datetime
from typing import Literal

from bedside.kit.http.problems import Invalid
from bedside.kit.money import AmountIn, CurrencyIn
from bedside.kit.wire import Wire
from bedside.message_templates import Channel

# how a price is known: kept by staff; what was paid of late; mail costs nothing; not at all
Basis = Literal["price_list", "average_paid", "free", "not_known"]


class PriceNotKnown(Invalid):
    """422: a budget cannot be kept, since what a message costs is not known."""

    type = "price-not-known"
    title = "What a message costs is not known"


class CostLine(Wire, kw_only=True):
    """What a campaign's messages by one channel cost in one currency; null where no price is known of any.

    `cost`: what providers took for the `priced` of them, which they say some minutes later. Of the others it is
    `notYetKnown`; or none came (`noneCame`), though the provider was asked, or in a day nobody asked; or this provider
    never says (`neverTold`, WhatsApp's Cloud API); or mail, which costs nothing (`free`). `expected`: what those
    without a price come to by the price list, but for what did not arrive and had none; null where it has none."""

    channel: Channel
    currency: str | None
    messages: int
    parts: int
    priced: int
    cost: str
    not_yet_known: int
    none_came: int
    never_told: int
    free: int
    expected: str | None


class Sum(Wire, kw_only=True):
    """A sum in one currency: `exact`, and `amount`, half to even, as it can be paid."""

    currency: str
    exact: str
    amount: str


class Cost(Wire, kw_only=True):
    """What a campaign has cost so far: told by providers (`told`), and with what is expected of the rest (`totals`).

    `complete`: of every message it is known, or expected, what it costs."""

    campaign_id: int
    lines: list[CostLine]
    told: list[Sum]
    totals: list[Sum]
    complete: bool


class EstimateLine(Wire, kw_only=True):
    """What the messages by one channel would cost: to so many people, in so many parts, by which prices."""

    channel: Channel
    basis: Basis
    currency: str | None
    people: int
    parts: int
    cost: str | None


class Estimate(Wire, kw_only=True):
    """What a campaign would cost as it is written now: everybody whom it reaches, without those held back, times the
    parts of the text as it reads in their language. `notKnown`: messages of which no price is known. `eachStepOnce`:
    it has steps, and this is what it would cost if everybody came to each of them once."""

    messages: int
    parts: int
    lines: list[EstimateLine]
    totals: list[Sum]
    not_known: int
    each_step_once: bool


class Budget(Wire, kw_only=True):
    """What a campaign may cost at most; both null: as much as it takes."""

    budget: AmountIn | None
    budget_currency: CurrencyIn | None = None


class ValueGiven(Wire, kw_only=True):
    """What a visit is assumed to be worth that a campaign's people book; `amount` null: nothing is assumed."""

    amount: AmountIn | None
    currency: CurrencyIn | None = None


class Value(Wire, kw_only=True):
    """What somebody assumes a visit to be worth. It is no bill's, so whatever is reckoned with it is assumed too.

    `source`: `campaign` where `saidByName` said it of this campaign; `hospital` where it is what the settings of the
    hospital of that name said when the campaign was added ("Every hospital": a campaign of the whole group, whose
    hospitals all say the same)."""

    amount: str
    currency: str
    said_by_name: str
    said_at: datetime
    source: Literal["campaign", "hospital"] = "campaign"


class Amount(Wire, kw_only=True):
    """An amount as it can be paid, rounded half to even."""

    currency: str
    amount: str


class Beyond(Wire, kw_only=True):
    """What a campaign did beyond its control group: so many more `people` booked than would have anyway, between `low`
    and `high` 95 times of a hundred, with the revenue assumed of one visit each. `costPerPerson`: null where nobody
    more booked, or the cost is not in this currency alone."""

    people: float
    low: float
    high: float
    revenue: Amount
    revenue_low: Amount
    revenue_high: Amount
    cost_per_person: Amount | None
    return_on_cost: str | None


class Money(Wire, kw_only=True):
    """What a campaign cost and brought. A conversion is a visit booked within the window. `revenue` is assumed: visits
    times `value`, what somebody says that a visit is worth; null where nobody did. `returnOnCost`: what came back
    beyond the cost for each unit of it ("4.20"); null where the cost is not all known, or in another currency."""

    cost: Cost
    cost_per_conversion: list[Amount]
    value: Value | None
    revenue: Amount | None
    revenue_per_conversion: Amount | None
    return_on_cost: str | None
    beyond_control: Beyond | None
