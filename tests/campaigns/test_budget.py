"""A campaign that may cost so much and no more: it pauses by itself, and goes on when the budget is raised."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.campaigns import campaigns, money
from bedside.campaigns.model import CampaignStands, CampaignStatus
from bedside.campaigns.money_model import Budget, PriceNotKnown
from bedside.campaigns.sending import Campaigns
from bedside.campaigns.spending import within
from bedside.kit.clock import SetClock
from bedside.message_templates import Channel
from tests.campaigns.marketing import MARKETING, Marketing
from tests.campaigns.test_cost import price
from tests.web import AsRole

cents = st.decimals(min_value=0, max_value=10, places=6)
BUDGET: dict[str, Any] = {"channels": [Channel.SMS], "budget": "0.25", "budget_currency": "USD"}


@given(cents, st.lists(cents))
def test_what_fits_into_what_is_left_never_takes_more_and_leaves_no_room_for_the_next(
    left: Decimal, prices: list[Decimal]
) -> None:
    number = within(left, prices)
    assert sum(prices[:number]) <= left
    assert number == len(prices) or sum(prices[: number + 1]) > left


async def until_at_rest(marketing: Marketing, campaign_id: int) -> None:
    """Works until it pauses or is done."""
    async with asyncio.timeout(60):
        while (await marketing.now(campaign_id)).status is CampaignStatus.SENDING:
            await marketing.loop.step()
            await marketing.office.sender.drain()
    await marketing.office.delivered()


async def raise_to(marketing: Marketing, campaign_id: int, amount: str | None) -> None:
    """Another budget."""
    async with marketing.office.database.transaction() as tx:
        given = Budget(budget=amount, budget_currency="USD" if amount else None)
        await money.put_budget(tx, campaign_id=campaign_id, given=given, user=MARKETING)


async def test_it_pauses_before_it_costs_more_says_why_and_goes_on_when_the_budget_is_raised(
    marketing: Marketing,
) -> None:
    everybody = await marketing.people(100)
    await price(marketing, "sms", "0.0079")
    campaign = await marketing.launch(**BUDGET)
    await until_at_rest(marketing, campaign.id)
    paused = await marketing.now(campaign.id)
    assert paused.status is CampaignStatus.PAUSED
    assert "0.25 USD is used up: 0.24 went out" in paused.because
    states = await marketing.states(campaign.id)
    assert (states["delivered"], states["waiting"]) == (31, 69)  # 31 x 0.0079 = 0.2449
    tasks = await marketing.office.rows("select title, for_role from crm.tasks where subject = 'campaign'")
    assert tasks == [("The campaign “Flu Vaccination Drive” has used up its budget", "marketing")]
    # resumed without more money it stops where it stood
    await marketing.do(campaigns.resume, campaign.id)
    await until_at_rest(marketing, campaign.id)
    assert (await marketing.states(campaign.id))["delivered"] == 31
    await raise_to(marketing, campaign.id, "0.50")
    resumed = await marketing.do(campaigns.resume, campaign.id)
    still = "select count(*) from crm.tasks where subject = 'campaign' and status = 'open'"
    assert await marketing.office.rows(still) == [(0,)]  # what the task asked for was done
    assert (resumed.because, resumed.budget, resumed.budget_currency) == ("", "0.50", "USD")
    await until_at_rest(marketing, campaign.id)
    assert (await marketing.states(campaign.id))["delivered"] == 63
    await raise_to(marketing, campaign.id, None)
    await marketing.do(campaigns.resume, campaign.id)
    await marketing.until_done(campaign.id)
    assert [len(marketing.office.phone(f"+1212555{id_:04}")) for id_ in everybody] == [1] * 100


async def test_of_several_workers_at_once_none_spends_what_another_has_spent(marketing: Marketing) -> None:
    await marketing.people(1_500)
    await price(marketing, "sms", "0.0079")
    campaign = await marketing.launch(**(BUDGET | {"budget": "10.00"}))
    loops = [Campaigns(marketing.office.database) for _ in range(4)]

    async def work(loop: Campaigns) -> None:
        while (await marketing.now(campaign.id)).status is CampaignStatus.SENDING:
            await loop.step()

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(loop) for loop in loops))
    assert (await marketing.states(campaign.id))["queued"] == 1265  # of 10.00 / 0.0079


async def test_what_providers_took_counts_instead_of_what_was_expected(marketing: Marketing, clock: SetClock) -> None:
    await marketing.people(100)
    await price(marketing, "sms", "0.01")
    campaign = await marketing.launch(**BUDGET)
    await until_at_rest(marketing, campaign.id)
    assert (await marketing.states(campaign.id))["delivered"] == 25
    await marketing.office.rows(
        """update communications.message_queue set price = 0.005, price_currency = 'USD'
           where about = 'campaign' and status = 'delivered' returning id"""
    )
    await marketing.do(campaigns.resume, campaign.id)
    await until_at_rest(marketing, campaign.id)
    # 25 took 0.125, so 12 more are expected to fit into the rest
    assert (await marketing.states(campaign.id))["delivered"] == 37


async def test_a_long_text_takes_the_price_of_each_part_and_mail_none(marketing: Marketing) -> None:
    await marketing.people(20, email=True)
    await price(marketing, "sms", "0.01")
    asked = {"message": "A long one. " * 20, "channels": [Channel.SMS, Channel.EMAIL], "channel_choice": "every"}
    campaign = await marketing.launch(**(BUDGET | asked))
    await until_at_rest(marketing, campaign.id)
    rows = await marketing.office.rows(
        "select channel, count(*) from communications.campaign_recipients where outcome = 'queued' group by 1"
    )
    assert dict(rows) == {"sms": 12, "email": 13}  # two parts each: 0.24; the thirteenth SMS would be too much


async def test_what_was_taken_back_from_the_queue_is_there_to_be_spent_again(marketing: Marketing) -> None:
    await marketing.people(100)
    await price(marketing, "sms", "0.01")
    campaign = await marketing.launch(**BUDGET)
    while (await marketing.now(campaign.id)).status is CampaignStatus.SENDING:
        await marketing.loop.step()
    assert (await marketing.states(campaign.id))["queued"] == 25
    await marketing.do(campaigns.resume, campaign.id)
    await marketing.do(campaigns.pause, campaign.id)
    assert (await marketing.states(campaign.id)).get("queued") is None
    await marketing.do(campaigns.resume, campaign.id)
    await until_at_rest(marketing, campaign.id)
    assert (await marketing.states(campaign.id))["delivered"] == 25


async def test_no_budget_without_prices_and_none_across_currencies(marketing: Marketing) -> None:
    await marketing.people(2)
    with pytest.raises(PriceNotKnown, match="SMS cost in USD is not known"):
        await marketing.launch(**BUDGET)
    await price(marketing, "sms", "0.04", "USD", "44")  # which says nothing of other numbers
    with pytest.raises(PriceNotKnown):
        await marketing.launch(**BUDGET)
    await price(marketing, "sms", "0.0079")
    await price(marketing, "sms", "0.04", "GBP", "44")
    with pytest.raises(PriceNotKnown, match=r"to \+44 is in GBP"):
        await marketing.launch(**BUDGET)
    await price(marketing, "sms", "0.04", "USD", "44")
    campaign = await marketing.launch(**BUDGET)
    await marketing.until_done(campaign.id)
    with pytest.raises(CampaignStands):
        await raise_to(marketing, campaign.id, "9.00")


async def test_budgets_are_set_by_rest(client: httpx.AsyncClient, as_role: AsRole) -> None:
    headers = await as_role("marketing")
    new = {"name": "Flu", "message": "Come", "targetAudience": "all_patients", "channels": ["sms"], "status": "draft"}
    wrong = await client.post("/api/campaigns", json=new | {"budget": "5", "budgetCurrency": "USD"}, headers=headers)
    assert (wrong.status_code, wrong.json()["type"].rsplit("/", 1)[-1]) == (422, "price-not-known")
    assert wrong.json()["errors"][0]["pointer"] == "/budget"
    wrong = await client.post("/api/campaigns", json=new | {"budget": "5"}, headers=headers)
    assert wrong.json()["errors"][0]["pointer"] == "/budgetCurrency"
    sms = {"channel": "sms", "price": "0.0079", "currency": "USD"}
    await client.put("/api/message-prices", json=sms, headers=await as_role("admin"))
    made = await client.post("/api/campaigns", json=new | {"budget": 5, "budgetCurrency": "USD"}, headers=headers)
    assert (made.status_code, made.json()["budget"], made.json()["budgetCurrency"]) == (201, "5.00", "USD")
    path = made.headers["location"] + "/budget"
    changed = await client.put(path, json={"budget": "7.5", "budgetCurrency": "USD"}, headers=headers)
    assert (changed.status_code, changed.json()["budget"]) == (200, "7.50")
    for amount in ("0", "-1", "1.005", "much"):
        answer = await client.put(path, json={"budget": amount, "budgetCurrency": "USD"}, headers=headers)
        assert answer.status_code == 422, amount
    off = await client.put(path, json={"budget": None}, headers=headers)
    assert (off.json()["budget"], off.json()["budgetCurrency"]) == (None, None)
    assert (await client.put(path, json={"budget": None}, headers=await as_role("finance"))).status_code == 403


async def test_a_budget_is_set_and_refused_on_the_page(client: httpx.AsyncClient, as_role: AsRole) -> None:
    headers = await as_role("marketing")
    new = {"name": "Flu", "message": "Come", "targetAudience": "all_patients", "channels": ["sms"], "status": "draft"}
    path = (await client.post("/api/campaigns", json=new, headers=headers)).headers["location"].removeprefix("/api")
    asked = {"budget": "5", "budget_currency": "usd"}
    refused = await client.post(f"{path}/budget", data=asked, headers=headers)
    assert refused.status_code == 422
    assert "Put a price under Settings" in refused.text
    sms = {"channel": "sms", "price": "0.0079", "currency": "USD"}
    kept = await client.post("/settings/channels/prices", data=sms, headers=await as_role("admin"))
    assert kept.status_code == 303
    assert (await client.post(f"{path}/budget", data=asked, headers=headers)).status_code == 303
    assert "0.00 of 5.00 USD" in (await client.get(path, headers=headers)).text
    form = {"name": "Flu", "message": "Come", "audience": "all_patients", "channels": "sms"}
    seen = await client.post("/campaigns/preview", data=form | asked, headers=headers)
    assert seen.status_code == 200
    assert "It costs nothing" in seen.text  # nobody has agreed to news
    wrong = await client.post("/campaigns/preview", data=form | asked | {"budget": "much"}, headers=headers)
    assert wrong.status_code == 422
