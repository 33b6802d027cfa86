"""The hospital has to close: a manager tells everybody with a visit, by typing its name, and sees who got it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Open, is_live, was_not_reloaded
from tests.browsers import violations
from tests.product import Product

pytestmark = pytest.mark.browser

WORDS = "A pipe broke. Please stay at home today."


async def day_of(visit: dict[str, Any]) -> str:
    """The day of a visit, by the hospital's calendar."""
    return str(datetime.fromisoformat(visit["startsAt"]).astimezone(ZoneInfo("America/New_York")).date())


async def test_everybody_is_told_once_and_the_page_follows_by_itself(open_page: Open, product: Product) -> None:
    patient = await product.somebody(firstName="Wanda", lastName="Water", email="wanda.water@example.org")
    visit = await product.book(patient)
    page = await open_page("/")
    await page.get_by_role("link", name="Notify everybody").click()
    await page.wait_for_url("**/emergencies/new")
    await page.get_by_label("What is to be said").fill(WORDS)
    await page.get_by_label("Day").fill(await day_of(visit))
    await page.get_by_role("button", name="See whom it comes to").click()
    step_two = page.locator("#emergency-preview")
    await expect(step_two.get_by_role("heading", level=2)).to_contain_text("It comes to")
    await expect(step_two).to_contain_text(f": {WORDS}")
    assert await product.get("/api/emergency-notifications") == {"items": [], "next": None}
    await step_two.get_by_role("textbox").fill("Some other hospital")
    await step_two.get_by_role("button", name="Send to").click()
    await expect(step_two).to_contain_text("This is not the hospital's name.")
    await step_two.get_by_role("textbox").fill("Bellevue General Hospital")
    await step_two.get_by_role("button", name="Send to").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Emergency notification")
    await is_live(page)
    row = page.locator("#emergency-people tr", has_text="Wanda Water")
    await expect(row).to_contain_text("Reached")
    await was_not_reloaded(page)
    for channel, address in (("sms", patient["phone"]), ("whatsapp", patient["phone"]),
                             ("email", "wanda.water@example.org")):  # fmt: skip
        got = await product.received(address, channel=channel, containing=WORDS)
        assert len(got) == 1, (channel, got)
    assert await violations(page) == []


async def test_it_is_written_on_a_phone_and_found_by_the_palette(open_page: Open, product: Product) -> None:
    page = await open_page("/")
    await is_live(page)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("emergency")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/emergencies")
    assert await violations(page) == []
    phone = await open_page("/emergencies/new", **PHONE)
    await phone.get_by_label("What is to be said").fill(WORDS)
    await phone.get_by_role("button", name="See whom it comes to").click()
    await expect(phone.locator("#emergency-preview")).not_to_be_empty()
    assert await phone.evaluate("document.documentElement.scrollWidth") <= 375
    assert await violations(phone) == []
