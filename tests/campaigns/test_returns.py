"""What a campaign brought against what it cost: assumed, and said to be; beyond the control group beside it."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import httpx
from hypothesis import given
from hypothesis import strategies as st

from bedside.campaigns import analytics, money
from bedside.campaigns.analytics_model import Conversions
from bedside.campaigns.lift import lift
from bedside.campaigns.money_model import Cost, Sum, Value, ValueGiven
from bedside.campaigns.returns import money as reckoned
from bedside.campaigns.returns import shared
from bedside.kit.clock import SetClock
from bedside.message_templates import Channel
from tests.campaigns.marketing import MARKETING, Marketing
from tests.campaigns.test_analytics import book
from tests.campaigns.test_cost import price
from tests.web import AsRole


def spent(*sums: tuple[str, str], complete: bool = True) -> Cost:
    """A cost of these sums."""
    totals = [Sum(currency=currency, exact=exact, amount=exact) for currency, exact in sums]
    return Cost(campaign_id=1, lines=[], told=totals, totals=totals, complete=complete)


def booked(visits: int, *, people: int = 0, control: int = 0, control_booked: int = 0) -> Conversions:
    """So many visits, and how the groups did."""
    return Conversions(
        sent=people, people=visits, through_link=0, visits=visits, until=None, written_to=people,
        written_to_booked=visits, control=control, control_booked=control_booked,
        lift=lift(done=visits, people=people, control_done=control_booked, control=control),
    )  # fmt: skip


def worth(amount: str, currency: str) -> Value:
    """What somebody assumes."""
    return Value(amount=amount, currency=currency, said_by_name="Mona", said_at=datetime(2026, 11, 27, tzinfo=UTC))


def test_revenue_is_visits_times_the_assumed_worth_and_the_return_is_beyond_the_cost() -> None:
    found = reckoned(spent(("USD", "12.345")), worth("80.00", "USD"), booked(7))
    assert found.revenue
    assert (found.revenue.amount, found.revenue.currency) == ("560.00", "USD")
    assert [(one.amount, one.currency) for one in found.cost_per_conversion] == [("1.76", "USD")]
    assert found.return_on_cost == "44.36"
    assert found.beyond_control is None


def test_nothing_is_set_against_a_cost_in_another_currency_or_one_that_is_not_all_known() -> None:
    value = worth("80.00", "USD")
    assert reckoned(spent(("GBP", "1")), value, booked(7)).return_on_cost is None
    assert reckoned(spent(("GBP", "1"), ("USD", "1")), value, booked(7)).return_on_cost is None
    assert reckoned(spent(("USD", "1"), complete=False), value, booked(7)).return_on_cost is None
    assert reckoned(spent(), value, booked(0)).revenue_per_conversion is None


def test_beyond_the_control_group_is_reckoned_beside_it() -> None:
    done = booked(30, people=100, control=50, control_booked=10)
    found = reckoned(spent(("USD", "20")), worth("100.00", "USD"), done).beyond_control
    assert found is not None
    assert (found.people, found.revenue.amount) == (10.0, "1000.00")  # 30 against 20 of a hundred
    assert found.cost_per_person
    assert found.cost_per_person.amount == "2.00"
    assert (found.return_on_cost, found.low < 10 < found.high) == ("49.00", True)


@given(st.decimals(min_value=0, max_value=10_000, places=6), st.integers(min_value=1, max_value=10_000))
def test_what_a_visit_cost_is_its_share_to_the_nearest_unit(total: object, visits: int) -> None:
    (one,) = shared([Sum(currency="USD", exact=str(total), amount="")], visits)
    assert abs(Fraction(one.amount) - Fraction(str(total)) / visits) <= Fraction(1, 200)


async def test_what_somebody_assumes_is_kept_with_who_and_shown_as_assumed(
    marketing: Marketing, clock: SetClock
) -> None:
    people = await marketing.people(3)
    await price(marketing, "sms", "0.01")
    campaign = await marketing.launch(channels=[Channel.SMS])
    await marketing.until_done(campaign.id)
    clock.advance(timedelta(hours=1))
    await book(marketing, people[0])
    async with marketing.office.database.transaction() as tx:
        await money.put_value(
            tx, campaign_id=campaign.id, given=ValueGiven(amount="120", currency="USD"), user=MARKETING
        )
        came = (await analytics.analytics(tx, campaign_id=campaign.id, user=MARKETING)).money
    assert came.value
    assert (came.value.amount, came.value.said_by_name) == ("120.00", "Mona")
    assert came.revenue
    assert came.revenue.amount == "120.00"
    assert [one.amount for one in came.cost_per_conversion] == ["0.03"]


async def test_a_worth_is_put_and_refused_by_rest_and_on_the_page(client: httpx.AsyncClient, as_role: AsRole) -> None:
    headers = await as_role("marketing")
    new = {"name": "Flu", "message": "Come", "targetAudience": "all_patients", "channels": ["sms"], "status": "draft"}
    path = (await client.post("/api/campaigns", json=new, headers=headers)).headers["location"]
    put = await client.put(f"{path}/value", json={"amount": "80", "currency": "USD"}, headers=headers)
    assert (put.status_code, put.json()["amount"]) == (200, "80.00")
    for wrong in ({"amount": "0", "currency": "USD"}, {"amount": "1"}, {"amount": "1.234", "currency": "USD"}):
        assert (await client.put(f"{path}/value", json=wrong, headers=headers)).status_code == 422
    assert (await client.get(f"{path}/analytics", headers=headers)).json()["money"]["value"]["currency"] == "USD"
    page = path.removeprefix("/api")
    kept = await client.post(f"{page}/value", data={"amount": "90", "currency": "usd"}, headers=headers)
    assert kept.status_code == 303
    refused = await client.post(f"{page}/value", data={"amount": "much", "currency": "usd"}, headers=headers)
    assert (refused.status_code, "is no amount" in refused.text) == (422, True)
    off = await client.put(f"{path}/value", json={"amount": None}, headers=headers)
    assert (off.status_code, off.json()) == (200, None)
