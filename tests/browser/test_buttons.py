"""A button that is pressed on the phone, seen in the inbox; what was refused, seen under Channels."""

from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, Open, is_live, was_not_reloaded
from tests.browsers import violations
from tests.product import Product

pytestmark = pytest.mark.browser


async def is_sound(page: Page, screen: dict[str, Any]) -> None:
    """Fits, and passes axe."""
    await page.evaluate("document.fonts.ready.then(() => true)")
    assert await page.evaluate("document.documentElement.scrollWidth") <= screen["viewport"]["width"], page.url
    assert await violations(page) == [], page.url


async def test_a_reminder_is_confirmed_by_a_press_on_the_phone_and_the_inbox_says_so_by_itself(
    open_page: Open, chromium: Browser, product: Product
) -> None:
    patient = await product.somebody()
    wrote = {"channel": "whatsapp", "from": patient["phone"], "body": "Good morning"}
    assert (await product.outside.post("/replies", json=wrote)).status_code == 201
    visit = await product.book(patient)
    await product.post(f"/api/appointments/{visit['id']}/reminders", {"channel": "whatsapp"})

    inbox = await open_page(f"/inbox?q={quote(patient['lastName'])}")
    await inbox.locator(".inbox-item", has_text="Good morning").click()
    await is_live(inbox)
    context = await chromium.new_context(**PHONE)
    phone = await context.new_page()
    await phone.goto(f"{product.sandbox}/#{quote(patient['phone'], safe='')}")
    screen = phone.get_by_role("article")
    await screen.get_by_role("button", name="WhatsApp").click()
    await screen.get_by_role("button", name="Confirm", exact=True).click()
    await expect(screen.get_by_text("is confirmed")).to_be_visible()

    pressed = inbox.locator(".bubble.theirs", has_text="pressed the button")
    await expect(pressed).to_contain_text("Confirm")
    await expect(pressed).to_contain_text(f"confirmed: appointment {visit['id']}")
    await was_not_reloaded(inbox)
    await is_sound(inbox, DESK)
    assert (await product.appointment(visit["id"]))["status"] == "confirmed"
    await context.close()


@pytest.mark.parametrize(("screen", "theme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk, light", "phone, dark"])
async def test_refused_calls_are_seen_under_channels(
    open_page: Open, product: Product, screen: dict[str, Any], theme: str
) -> None:
    forged = {"X-Hub-Signature-256": "sha256=00"}
    assert (await product.http.post("/webhooks/whatsapp", content=b"{}", headers=forged)).status_code == 403
    page = await open_page("/settings/channels", **screen, color_scheme=theme)
    row = page.locator("#refused-whatsapp_cloud-signature")
    await expect(row).to_contain_text("WhatsApp Cloud API: the signature did not fit")
    await expect(row).to_contain_text("BEDSIDE_WHATSAPP_APP_SECRET")
    await is_sound(page, screen)
