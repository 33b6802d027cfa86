"""A visit is over: the patient says how it was on a phone, the centre shows it by itself, the desk makes up for it."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, Open, is_live, was_not_reloaded
from tests.product import Product, until

pytestmark = pytest.mark.browser


async def completed(product: Product, patient: dict[str, Any]) -> dict[str, Any]:
    """A visit of theirs that took place."""
    visit = await product.book(patient)
    for step in ("check-in", "complete"):
        await product.post(f"/api/appointments/{visit['id']}/{step}", expect=200)
    return visit


async def asks_at_once(product: Product) -> None:
    """Bellevue asks as soon as a visit is over, and offers to leave the name out."""
    body = {
        "delayMinutes": 0, "channels": ["sms"], "anonymousOffered": True,
        "reviewUrl": "https://reviews.example.org/bellevue",
    }  # fmt: skip
    answer = await product.ask("PUT", "/api/feedback-policies/1", body)
    assert answer.status_code == 200, answer.text


async def link_of(product: Product, patient: dict[str, Any]) -> str:
    """The path of the link that their phone received."""

    async def there() -> str | None:
        for message in await product.received(patient["phone"], channel="sms"):
            for link in message["links"]:
                if "/f/" in link:
                    return str(link)[str(link).index("/f/") :]
        return None

    return await until(there, saying="a link to say how it was")


async def fits(page: Page) -> None:
    """Nothing is wider than a phone."""
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375, page.url


async def test_ten_seconds_on_a_phone_and_the_centre_shows_it_by_itself(open_page: Open, product: Product) -> None:
    await asks_at_once(product)
    patient = await product.somebody(firstName="Rosalind", lastName="Rated")
    centre = await open_page("/feedback")
    await is_live(centre)
    await completed(product, patient)
    phone = await open_page(await link_of(product, patient), public=True, **PHONE)
    await fits(phone)
    await expect(phone.get_by_role("heading", level=1)).to_have_text("How was your visit, Rosalind?")
    # by keyboard alone: the stars are radios
    await phone.get_by_role("radio", name="1 star: very poor").focus()
    for _ in range(4):
        await phone.keyboard.press("ArrowRight")
    await expect(phone.get_by_role("radio", name="5 stars: excellent")).to_be_checked()
    await phone.get_by_label("Wonderful. What was good?").fill("Everybody was kind.")
    await phone.get_by_text("Rate it in detail").click()
    await phone.locator(".rate-line", has_text="Staff").locator("label.rate-star").nth(4).click()
    await fits(phone)
    await phone.get_by_role("button", name="Send").click()
    await expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")
    await expect(phone.get_by_role("link", name="Write a public review")).to_be_visible()
    await fits(phone)
    voice = centre.locator(".voice", has_text="Rosalind Rated")
    await expect(voice).to_contain_text("Everybody was kind.")
    await was_not_reloaded(centre)
    await phone.goto(phone.url)
    await expect(phone.get_by_role("heading", level=1)).to_have_text("You have told us already")


async def test_a_low_rating_rings_and_is_answered(open_page: Open, product: Product) -> None:
    await asks_at_once(product)
    patient = await product.somebody(firstName="Lorenzo", lastName="Low")
    visit = await completed(product, patient)
    await link_of(product, patient)
    page = await open_page("/feedback?state=recovery")
    await is_live(page)
    said = await product.post(
        "/api/patient-feedback", {"appointmentId": visit["id"], "rating": 1, "words": "Two hours."}
    )
    await expect(page.locator(".voice", has_text="Lorenzo Low")).to_contain_text("To recover")
    await expect(page.locator("#toasts")).to_contain_text("Low rating: 1 of 5")
    await was_not_reloaded(page)
    await page.get_by_role("link", name="Lorenzo Low").first.click()
    await page.wait_for_url(f"**/feedback/{said['id']}")
    await is_live(page)
    await page.get_by_role("link", name="Answer", exact=True).click()
    dialog = page.locator("#dialog")
    await dialog.get_by_label("Message to Lorenzo Low").fill("We are sorry, and call you today.")
    await dialog.get_by_label("By", exact=True).select_option("sms")
    await dialog.get_by_role("button", name="Send").click()
    await expect(page.locator("#one-feedback")).to_contain_text("We are sorry, and call you today.")
    await product.received(patient["phone"], containing="call you today")


async def test_the_desk_writes_it_down_from_the_patients_page(open_page: Open, product: Product) -> None:
    patient = await product.somebody(firstName="Delia", lastName="Desk")
    await completed(product, patient)
    page = await open_page(f"/patients/{patient['id']}")
    await is_live(page)
    panel = page.locator("#panel-feedback")
    await panel.get_by_role("link", name="Write down").click()
    dialog = page.locator("#dialog")
    await dialog.locator(".rate .rate-star").nth(3).click()
    await dialog.get_by_label("In their words").fill("Good, but cold.")
    await dialog.get_by_role("button", name="Keep").click()
    await expect(panel).to_contain_text("Good, but cold.")
    await was_not_reloaded(page)
