"""What a campaign brought against what it cost. Pure; fractions are exact, and each amount is rounded once.

Nobody's bill says what a visit brings: revenue is visits times what somebody assumes a visit to be worth, and is called
assumed wherever it is shown."""

from collections.abc import Sequence
from fractions import Fraction

from bedside.campaigns.analytics_model import Conversions
from bedside.campaigns.money_model import Amount, Beyond, Cost, Money, Sum, Value
from bedside.kit.money import amount_text, exponent


def shared(totals: Sequence[Sum], visits: int) -> list[Amount]:
    """What each of so many visits cost, in each currency; nothing where there are none."""
    if not visits:
        return []
    return [_amount(Fraction(one.exact) / visits, one.currency) for one in totals]


def money(cost: Cost, value: Value | None, done: Conversions) -> Money:
    """What it brought and what it cost, put together."""
    revenue = return_on_cost = beyond = None
    if value is not None:
        worth = Fraction(value.amount)
        revenue = _amount(worth * done.visits, value.currency)
        return_on_cost = _return(worth * done.visits, value.currency, cost)
        beyond = _beyond(worth, value.currency, done, cost)
    return Money(
        cost=cost,
        cost_per_conversion=shared(cost.totals, done.visits),
        value=value,
        revenue=revenue,
        revenue_per_conversion=_amount(Fraction(value.amount), value.currency) if value and done.visits else None,
        return_on_cost=return_on_cost,
        beyond_control=beyond,
    )


def _beyond(worth: Fraction, currency: str, done: Conversions, cost: Cost) -> Beyond | None:
    if done.lift is None or not done.control:
        return None
    people = done.written_to_booked - Fraction(done.written_to * done.control_booked, done.control)
    low, high = (Fraction(share) * done.written_to for share in (done.lift.low, done.lift.high))
    spent = [one for one in cost.totals if one.currency == currency] if len(cost.totals) == 1 else []
    return Beyond(
        people=round(float(people), 1),
        low=round(float(low), 1),
        high=round(float(high), 1),
        revenue=_amount(worth * people, currency),
        revenue_low=_amount(worth * low, currency),
        revenue_high=_amount(worth * high, currency),
        cost_per_person=_amount(Fraction(spent[0].exact) / people, currency) if spent and people > 0 else None,
        return_on_cost=_return(worth * people, currency, cost),
    )


def _return(revenue: Fraction, currency: str, cost: Cost) -> str | None:
    """What came back beyond the cost, for each unit of it. Only in one currency, and where the whole cost is known."""
    if not cost.complete or [one.currency for one in cost.totals] != [currency]:
        return None
    spent = Fraction(cost.totals[0].exact)
    if not spent:
        return None
    hundredths = round((revenue - spent) / spent * 100)
    return f"{'-' if hundredths < 0 else ''}{abs(hundredths) // 100}.{abs(hundredths) % 100:02}"


def _amount(exact: Fraction, currency: str) -> Amount:
    return Amount(currency=currency, amount=amount_text(round(exact * 10 ** exponent(currency)), currency))
