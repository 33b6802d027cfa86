"""A patient with a phone: books online, proves the number, confirms by the link in the message."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, Open
from tests.product import Product

pytestmark = pytest.mark.browser

NUMBER = "+19085550177"


async def fits(page: Page) -> None:
    await page.wait_for_load_state("load")  # between two pages there is no document to measure
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375, page.url


async def test_somebody_books_online_on_a_phone_and_confirms_by_the_link(open_page: Open, product: Product) -> None:
    page = await open_page("/book/bellevue", public=True, **PHONE)
    await fits(page)
    await page.get_by_role("link", name="Dermatology").click()
    await fits(page)
    await page.get_by_role("link", name="Sami Haddad").click()
    await fits(page)
    # another day than the first: its times come without a new page
    day = page.locator("a.week-day:not([aria-current])").last
    await day.click()
    await expect(page.locator("a.week-day[aria-current=date]")).to_have_count(1)
    await page.locator("button.slot").first.click()
    await expect(page.get_by_role("heading", name="Who is coming?")).to_be_visible()
    await fits(page)
    await page.get_by_label("First name").fill("Ines")
    await page.get_by_label("Last name").fill("Ibsen")
    await page.get_by_label("Phone").fill("908 555 0177")
    await page.get_by_role("checkbox").first.check()
    await page.get_by_role("button", name="code").click()
    [sms] = await product.received(NUMBER, containing="is your code")
    await fits(page)
    await page.get_by_label("Code", exact=True).fill(sms["body"][:6])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="You are booked, Ines")).to_be_visible()
    await fits(page)

    [confirmation] = await product.received(NUMBER, containing="Sami Haddad")
    await page.goto(confirmation["links"][0].replace(product.public_url, product.web))
    await page.get_by_role("button", name="Yes, I will come").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("See you then, Ines")
    await fits(page)
    [patient] = (await product.get("/api/patients", q="Ibsen"))["items"]
    [visit] = (await product.get("/api/appointments", patientId=patient["id"]))["items"]
    assert visit["status"] == "confirmed"
