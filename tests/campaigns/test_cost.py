"""What a campaign costs: told by providers afterwards, reckoned with prices and parts before."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.accounts import Role, SignedIn
from bedside.campaigns import costing
from bedside.campaigns.campaigns import check_new
from bedside.campaigns.costing import cost_of, sums
from bedside.campaigns.journey_model import Step
from bedside.campaigns.model import NewCampaign
from bedside.campaigns.money_model import Cost, Estimate, PriceNotKnown
from bedside.campaigns.store_cost import Taken
from bedside.kit.clock import SetClock
from bedside.kit.money import exponent
from bedside.message_templates import Channel
from bedside.messaging.price_list import NewMessagePrice, put_price
from bedside.messaging.pricing import Pricer
from tests.campaigns.marketing import FLU, MARKETING, Marketing
from tests.web import AsRole

ADMIN = SignedIn(kind="staff", id=1, name="Ada", role=Role.ADMIN)
amounts = st.decimals(min_value=0, max_value=1000, places=6)
spent = st.lists(st.tuples(st.sampled_from(["USD", "GBP", "JPY", "BHD", None]), amounts))


async def price(marketing: Marketing, channel: str, amount: str, currency: str = "USD", code: str = "") -> None:
    """Puts a price on the list."""
    async with marketing.office.database.transaction() as tx:
        new = NewMessagePrice(channel=Channel(channel), price=amount, currency=currency, calling_code=code)
        await put_price(tx, new=new, user=ADMIN)


async def estimated(marketing: Marketing, **more: object) -> Estimate:
    """What a campaign would cost."""
    async with marketing.office.database.transaction() as tx:
        new = NewCampaign(**(FLU | more))  # type: ignore[arg-type]
        return await costing.estimate(tx, await check_new(tx, new=new, user=MARKETING))


async def cost(marketing: Marketing, campaign_id: int) -> Cost:
    """What one has cost."""
    async with marketing.office.database.transaction() as tx:
        return await costing.cost(tx, campaign_id=campaign_id, user=MARKETING)


@given(spent)
def test_sums_are_those_of_each_currency_and_round_once(parts: list[tuple[str | None, Decimal]]) -> None:
    by_hand: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in parts:
        if currency:
            by_hand[currency] += amount
    found = sums(parts)
    assert {one.currency: Decimal(one.exact) for one in found} == by_hand
    for one in found:
        half = Decimal(1).scaleb(-exponent(one.currency)) / 2
        assert abs(Decimal(one.amount) - by_hand[one.currency]) <= half


@given(st.lists(st.tuples(st.sampled_from(list(Channel)), st.sampled_from(["USD", "GBP"]), amounts, amounts)))
def test_the_totals_of_a_cost_are_its_lines(parts: list[tuple[Channel, str, Decimal, Decimal]]) -> None:
    lines = [
        Taken(1, channel, currency, 2, 2, 1, paid, 1, 0, 0, 0, expected, 0)
        for channel, currency, paid, expected in parts
    ]
    found = cost_of(1, lines)
    for total in found.totals:
        ours = [one for one in found.lines if one.currency == total.currency]
        assert Decimal(total.exact) == sum(Decimal(one.cost) + Decimal(one.expected or 0) for one in ours)


async def test_prices_come_minutes_later_and_each_way_of_having_none_is_told_apart(
    marketing: Marketing, clock: SetClock
) -> None:
    await marketing.people(3)
    campaign = await marketing.launch(channels=[Channel.SMS], message="A long one. " * 20)
    await marketing.until_done(campaign.id)
    (line,) = (before := await cost(marketing, campaign.id)).lines
    assert (line.messages, line.parts, line.priced, line.cost, line.not_yet_known) == (3, 6, 0, "0", 3)
    assert (line.expected, before.totals, before.complete) == (None, [], False)
    # with a price on the list, what is not known yet is expected
    await price(marketing, "sms", "0.01")
    before = await cost(marketing, campaign.id)
    assert [(one.exact, one.amount, one.currency) for one in before.totals] == [("0.06", "0.06", "USD")]
    assert (before.told, before.complete) == ([], True)
    clock.advance(timedelta(minutes=6))
    pricer = Pricer(marketing.office.database, marketing.office.accounts)
    await pricer.step()
    await pricer.close()
    found = await cost(marketing, campaign.id)
    assert [(one.priced, one.cost, one.currency, one.not_yet_known) for one in found.lines] == [(3, "0.0474", "USD", 0)]
    assert [(one.exact, one.amount) for one in found.told] == [("0.0474", "0.05")]
    # one that Twilio was asked of in vain, and one that was never asked within a day
    await marketing.office.rows(
        """with chosen as (select id, row_number() over (order by id) as n from communications.message_queue
                         where about = 'campaign')
           update communications.message_queue q
           set price = null, price_asked_at = case when s.n = 1 then price_asked_at end
           from chosen s where s.id = q.id and s.n < 3 returning q.id"""
    )
    assert sum(one.not_yet_known for one in (await cost(marketing, campaign.id)).lines) == 1
    clock.advance(timedelta(days=2))
    lines = (await cost(marketing, campaign.id)).lines
    assert (sum(one.none_came for one in lines), sum(one.priced for one in lines)) == (2, 1)
    assert (found := await cost(marketing, campaign.id)).totals[0].exact == "0.0558"  # 0.0158 and twice 0.02
    assert found.complete


async def test_whatsapp_never_says_and_mail_costs_nothing(marketing: Marketing) -> None:
    await marketing.people(1, email=True)
    asked = {"channels": [Channel.WHATSAPP, Channel.EMAIL], "channel_choice": "every", "subject": "Flu"}
    campaign = await marketing.launch(**asked)
    await marketing.until_done(campaign.id)
    whatsapp, email = (await cost(marketing, campaign.id)).lines
    assert (whatsapp.channel, whatsapp.never_told, whatsapp.currency) == ("whatsapp", 1, None)
    assert (email.channel, email.free, email.currency) == ("email", 1, None)


async def test_what_it_would_cost_is_people_times_parts_times_price_of_their_country(marketing: Marketing) -> None:
    people = await marketing.people(4)
    async with marketing.office.database.transaction() as tx:
        await tx.execute(
            "update crm.contact_points set value = '+447700900142' where patient_id = %(id)s", id=people[0]
        )
    long = {"channels": [Channel.SMS], "message": "A long one. " * 20}
    none = await estimated(marketing, **long)
    assert [(one.basis, one.people, one.parts, one.cost) for one in none.lines] == [("not_known", 4, 8, None)]
    assert (none.totals, none.not_known) == ([], 4)
    await price(marketing, "sms", "0.0079")
    await price(marketing, "sms", "0.04", "GBP", "44")
    await price(marketing, "sms", "9", "EUR", "4")
    found = await estimated(marketing, **long)
    assert [(one.currency, one.people, one.parts, one.cost) for one in found.lines] == [
        ("GBP", 1, 2, "0.08"),
        ("USD", 3, 6, "0.0474"),
    ]
    assert [(one.currency, one.amount) for one in found.totals] == [("GBP", "0.08"), ("USD", "0.05")]
    half = await estimated(marketing, **long, control_percent=50)
    assert half.messages == 3  # of one, and of three, half are held back, and nobody is halved


async def test_one_with_steps_is_reckoned_as_if_everybody_came_to_each_once(marketing: Marketing) -> None:
    await marketing.people(2)
    await price(marketing, "sms", "0.01")
    steps = [
        Step(id="s1", kind="send", message="A long one. " * 20),
        Step(id="w1", kind="wait", days=2),
        Step(id="s2", kind="send", message="Come", channels=[Channel.WHATSAPP]),
    ]
    found = await estimated(marketing, channels=[Channel.SMS], message=None, steps=steps)
    assert [(one.channel, one.people, one.parts, one.cost) for one in found.lines] == [
        ("sms", 2, 4, "0.04"),
        ("whatsapp", 2, 2, None),
    ]
    assert found.each_step_once
    with pytest.raises(PriceNotKnown, match="WhatsApp"):
        await estimated(marketing, channels=[Channel.SMS], message=None, steps=steps, budget="5", budget_currency="USD")


async def test_without_a_list_it_is_what_was_paid_of_late_or_plainly_not_known(
    marketing: Marketing, clock: SetClock
) -> None:
    await marketing.people(2)
    campaign = await marketing.launch(channels=[Channel.SMS])
    await marketing.until_done(campaign.id)
    await marketing.office.rows(
        """update communications.message_queue set price = 0.03, price_currency = 'USD', segments = 2
           where about = 'campaign' returning id"""
    )
    found = await estimated(marketing, channels=[Channel.SMS])
    assert [(one.basis, one.cost, one.currency) for one in found.lines] == [("average_paid", "0.03", "USD")]
    clock.advance(timedelta(days=91))
    assert [one.basis for one in (await estimated(marketing, channels=[Channel.SMS])).lines] == ["not_known"]


async def test_prices_are_kept_and_read_by_rest(client: httpx.AsyncClient, as_role: AsRole) -> None:
    admin, marketing = await as_role("admin"), await as_role("marketing")
    sms = {"channel": "sms", "price": 0.0079, "currency": "USD"}
    kept = await client.put("/api/message-prices", json=sms, headers=admin)
    assert (kept.status_code, kept.json()["items"][0]["price"]) == (200, "0.0079")
    again = await client.put("/api/message-prices", json=sms | {"price": "0.008"}, headers=admin)
    assert [one["price"] for one in again.json()["items"]] == ["0.008"]
    read = await client.get("/api/message-prices?channel=sms", headers=marketing)
    assert (read.status_code, len(read.json()["items"])) == (200, 1)
    assert (await client.put("/api/message-prices", json=sms, headers=marketing)).status_code == 403
    off = await client.put("/api/message-prices", json=sms | {"price": None}, headers=admin)
    assert off.json()["items"] == []


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"price": "-1"}, "/price"),
        ({"price": "0.00000001"}, "/price"),
        ({"price": "much"}, "/price"),
        ({"price": 1e300}, "/price"),
        ({"currency": "XQQ"}, "/currency"),
        ({"callingCode": "0044"}, "/callingCode"),
        ({"since": "9999-12-31"}, "/since"),
        ({"channel": "email", "callingCode": "44"}, "/callingCode"),
    ],
)
async def test_a_price_that_is_none_is_a_problem_beside_its_field(
    client: httpx.AsyncClient, as_role: AsRole, wrong: dict[str, object], pointer: str
) -> None:
    new = {"channel": "sms", "price": "0.0079", "currency": "USD"} | wrong
    answer = await client.put("/api/message-prices", json=new, headers=await as_role("admin"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_cost_and_estimate_are_read_by_rest(client: httpx.AsyncClient, as_role: AsRole) -> None:
    headers = await as_role("marketing")
    new = {"name": "Flu", "message": "Come", "targetAudience": "all_patients", "channels": ["sms"], "status": "draft"}
    found = await client.post("/api/campaigns/estimate", json=new, headers=headers)
    assert (found.status_code, found.json()["totals"]) == (200, [])
    path = (await client.post("/api/campaigns", json=new, headers=headers)).headers["location"]
    assert (await client.get(f"{path}/cost", headers=headers)).json()["lines"] == []
    assert (await client.get("/api/campaigns/999/cost", headers=headers)).status_code == 404
    page = await client.get(f"{path.removeprefix('/api')}/analytics", headers=headers)
    assert page.status_code == 200
