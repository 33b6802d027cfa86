"""Marketing writes a campaign, sees whom it reaches, sends it to a phone, and follows it live."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESK, PHONE, Open, is_live, was_not_reloaded
from tests.browser.test_consent import is_sound
from tests.product import Product

pytestmark = pytest.mark.browser

WORDS = "Free blood sugar tests all week. Walk in, no booking needed."


async def test_a_campaign_goes_from_its_first_word_to_a_phone_and_its_report_follows(
    open_page: Open, product: Product
) -> None:
    agreed = [
        {"channel": channel, "purpose": purpose, "granted": True, "how": "form at the desk"}
        for channel in ("sms",)
        for purpose in ("transactional", "marketing")
    ]
    patient = await product.somebody(firstName="Nadia", lastName="News", consents=agreed)
    page = await open_page("/campaigns/new", **PHONE)
    await page.get_by_label("Name").fill("Diabetes week")
    await page.get_by_label("WhatsApp").uncheck()
    await page.get_by_label("Email", exact=True).uncheck()
    await page.get_by_role("button", name="See whom it reaches").click()
    # nothing to say: the page says so, and nothing is sent
    await expect(page.locator("#campaign-preview")).to_contain_text("It cannot be sent like this")
    await page.get_by_label("What it says").fill(WORDS)
    await page.get_by_role("button", name="See whom it reaches").click()
    preview = page.locator("#campaign-preview")
    await expect(preview).to_contain_text(WORDS)
    await expect(preview).to_contain_text("1 SMS each")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375
    await page.get_by_role("button", name="Keep as a draft").click()
    await page.wait_for_url(re.compile(r"/campaigns/\d+$"))
    await is_live(page)
    await expect(page.locator("#campaign-region")).to_contain_text("Draft")
    await page.get_by_role("button", name="Launch now").click()
    await page.get_by_role("button", name="Launch", exact=True).click()
    received = await product.received(patient["phone"], containing="Free blood sugar tests")
    assert [one["channel"] for one in received if "blood sugar" in one["body"]] == ["sms"]
    await expect(page.locator("#campaign-region")).to_contain_text("Completed")
    await page.get_by_role("link", name="Delivered", exact=True).click()
    await expect(page.locator("#campaign-people")).to_contain_text("Delivered")
    listing = await open_page("/campaigns")
    await expect(listing.locator("#campaigns")).to_contain_text("Diabetes week")


async def test_the_report_moves_by_itself(open_page: Open, product: Product) -> None:
    body = {
        "name": "Moving", "message": "Hello", "targetAudience": "all_patients", "channels": ["sms"], "status": "draft",
    }  # fmt: skip
    made = await product.post("/api/campaigns", body)
    page = await open_page(f"/campaigns/{made['id']}")
    await is_live(page)
    await product.post(f"/api/campaigns/{made['id']}/launch", expect=200)
    await expect(page.locator("#campaign-region")).to_contain_text("Completed", timeout=40_000)
    await expect(page.locator("#stat-all")).to_be_visible()
    await was_not_reloaded(page)


async def test_two_versions_are_tried_and_one_is_chosen_for_the_rest(open_page: Open, product: Product) -> None:
    for n in range(12):
        await product.somebody(
            firstName="Vera",
            lastName=f"Version {n}",
            consents=[{"channel": "sms", "purpose": "marketing", "granted": True, "how": "form at the desk"}],
        )
    page = await open_page("/campaigns/new", **PHONE)
    await page.get_by_label("Name").fill("Two ways to say it")
    await page.get_by_label("WhatsApp").uncheck()
    await page.get_by_label("Email", exact=True).uncheck()
    await page.get_by_label("What it says").fill("Come and have your eyes looked at.")
    await page.get_by_text("Try a second version").click()
    await page.get_by_label("What version B says").fill("Will you come for your eyes? Answer us.")
    await page.get_by_label("Of a hundred people, how many try each").fill("40")
    await page.get_by_label("Better is what more people did").select_option("clicked")
    await page.get_by_role("button", name="See whom it reaches").click()
    preview = page.locator("#campaign-preview")
    await expect(preview).to_contain_text("None of its channels tells who clicked it")
    await page.get_by_label("Better is what more people did").select_option("answered")
    await page.get_by_role("button", name="See whom it reaches").click()
    await expect(preview).to_contain_text("Version B")
    await preview.get_by_role("button", name="Send to").click()
    await page.wait_for_url(re.compile(r"/campaigns/\d+$"))
    region = page.locator("#campaign-region")
    await expect(region).to_contain_text("Tried until", timeout=40_000)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375
    await region.get_by_role("button", name="Choose B").click()
    await page.get_by_role("button", name="Send it").click()
    await expect(region).to_contain_text(re.compile("The rest g[eo]t version B"))
    await expect(region).to_contain_text("Completed", timeout=40_000)


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_campaign_is_read_as_a_person_by_phone_and_in_their_mail(
    open_page: Open, product: Product, screen: dict[str, Any]
) -> None:
    await product.somebody(firstName="Ottilie", lastName="Reader")
    page = await open_page("/campaigns/new", **screen)
    await page.get_by_label("Name").fill("Read before it goes")
    await page.get_by_label("What it says").fill("Hello {{ patient.first_name }}, come and see us.")
    await page.get_by_role("button", name="See whom it reaches").click()
    words, mail = page.locator("#campaign-words"), page.frame_locator(".mail-frame")
    await expect(words).to_contain_text("Hello Maria, come and see us.")
    await expect(mail.get_by_text("Hello Maria, come and see us.")).to_be_visible()
    pages = await page.evaluate("history.length")
    await page.get_by_role("combobox", name="Read as").fill("Ottilie")
    await page.get_by_role("option", name="Ottilie Reader").first.click()
    await expect(words).to_contain_text("Hello Ottilie, come and see us.")
    await expect(mail.get_by_text("Hello Ottilie, come and see us.")).to_be_visible()
    assert await page.evaluate("history.length") == pages  # Back leads away from here, not through the mails
    for name, wide in (("Phone", 375), ("Desktop", 700)):
        await page.get_by_role("button", name=name).click()
        await expect(page.locator(".mail-frame")).to_have_js_property("clientWidth", wide)
    await is_sound(page, screen)


async def test_each_message_of_a_campaign_is_seen_on_its_page_before_it_goes(open_page: Open, product: Product) -> None:
    two = [{"name": "A", "share": 50}, {"name": "B", "share": 50, "message": "Come by, {{ patient.first_name }}."}]
    new = {
        "name": "Seen first", "message": "Hello {{ patient.first_name }}.", "targetAudience": "all_patients",
        "channels": ["sms", "email"], "status": "draft", "variants": two,
    }  # fmt: skip
    made = await product.post("/api/campaigns", new)
    page = await open_page(f"/campaigns/{made['id']}", **PHONE)
    await page.get_by_role("link", name="What it says").click()
    mail = page.frame_locator(".mail-frame")
    await expect(mail.get_by_text("Hello Maria.")).to_be_visible()
    await page.get_by_label("Which message").select_option("Version B: Come by, {{ patient.first_name }}.")
    await expect(page.locator("#campaign-words")).to_contain_text("Come by, Maria.")
    await expect(mail.get_by_text("Come by, Maria.")).to_be_visible()
    await is_sound(page, PHONE)
