"""What messages cost: Twilio is asked once, some minutes later; WhatsApp says in its receipts what it bills."""

from datetime import timedelta
from decimal import Decimal

import aiohttp
import pytest
from msgspec.structs import replace

from bedside.app import create_app
from bedside.kit.clock import SetClock
from bedside.messaging.pricing import Pricer
from bedside.sandbox import DEMONSTRATION
from tests.messaging.test_pages import admin, page
from tests.post_office import Application, PostOffice

__all__ = ["admin"]


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


@pytest.fixture
def stand_ins() -> bool:
    return True


async def asked(office: PostOffice) -> bool:
    """Asks Twilio as the worker does, once."""
    pricer = Pricer(office.database, office.accounts)
    try:
        return await pricer.step()
    finally:
        await pricer.close()


async def test_an_sms_has_its_price_some_minutes_later(
    office: PostOffice, admin: aiohttp.ClientSession, clock: SetClock
) -> None:
    queued = await office.queue("sms", body="A long one. " * 20)
    await office.delivered()
    assert not await asked(office)
    clock.advance(timedelta(minutes=6))
    assert await asked(office)
    row = await office.message(queued.message_id)
    assert (row["segments"], Decimal(str(row["price"])), row["price_currency"]) == (2, Decimal("0.0158"), "USD")
    assert not await asked(office)
    assert "2 parts, 0.0158 USD" in await page(admin, f"/messages/{queued.message_id}")
    async with admin.get(f"/api/messages/{queued.message_id}") as answer:
        shown = (await answer.json())["message"]
    assert (shown["price"], shown["priceCurrency"], shown["segments"]) == ("0.0158", "USD", 2)


async def test_a_message_of_the_second_account_is_asked_about_there(office: PostOffice, clock: SetClock) -> None:
    await office.fault("server_error", channel="sms", account=DEMONSTRATION.twilio_account_sid, count=None)
    for _ in range(3):
        await office.queue("sms")
    await office.delivered()
    queued = await office.queue("sms")
    await office.delivered()
    clock.advance(timedelta(minutes=6))
    assert await asked(office)
    assert Decimal(str((await office.message(queued.message_id))["price"])) == Decimal("0.0079")


async def test_a_price_that_is_not_there_yet_is_not_asked_for_again(office: PostOffice, clock: SetClock) -> None:
    queued = await office.queue("sms")
    await office.delivered()
    office.phone(channel="sms")[0].status = "sent"
    clock.advance(timedelta(minutes=6))
    assert await asked(office)
    assert not await asked(office)
    row = await office.message(queued.message_id)
    assert (row["price"], row["price_asked_at"] is not None) == (None, True)


async def test_while_twilio_cannot_be_reached_the_price_waits(office: PostOffice, clock: SetClock) -> None:
    queued = await office.queue("sms")
    await office.delivered()
    clock.advance(timedelta(minutes=6))
    there = office.accounts.twilio
    assert there is not None
    away = replace(office.accounts, twilio=replace(there, base_url="http://127.0.0.1:1"))
    pricer = Pricer(office.database, away)
    assert not await pricer.step()
    await pricer.close()
    assert (await office.message(queued.message_id))["price_asked_at"] is None
    assert await asked(office)


async def test_whatsapp_says_what_it_bills(office: PostOffice, admin: aiohttp.ClientSession) -> None:
    notice = await office.queue("whatsapp", body="Your results are there.")
    await office.delivered()
    await office.reply("Thanks!", "whatsapp")
    answer = await office.queue("whatsapp", body="You are welcome.")
    await office.delivered()
    rows = [await office.message(one.message_id) for one in (notice, answer)]
    assert [(row["price_category"], row["billable"]) for row in rows] == [("utility", True), ("service", False)]
    assert "billed as utility" in await page(admin, f"/messages/{notice.message_id}")
    assert "service, not billed" in await page(admin, f"/messages/{answer.message_id}")
