"""A template is written with variables that are offered, read with a real visit, tried on oneself; mail of blocks."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.test_consent import is_sound
from tests.product import Product

pytestmark = pytest.mark.browser

SCREENS = pytest.mark.parametrize(
    ("screen", "theme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk, light", "phone, dark"]
)
BLOCKS = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{ patient.first_name }}</mj-text>"
    '<mj-button href="{{ links.book }}">Book a time</mj-button></mj-column></mj-section></mj-body></mjml>'
)


async def new_template(product: Product, key: str) -> int:
    """A template without words; gives its id."""
    made = await product.post("/api/templates", {"key": key, "name": f"Library: {key}", "category": "notice"})
    return int(made["id"])


async def preview_says(page: Page, words: str) -> None:
    """Waits until the preview has the words."""
    await expect(page.locator("#preview")).to_contain_text(words)


@SCREENS
async def test_a_text_is_written_with_offered_variables_and_read_with_a_real_visit(
    open_page: Open, product: Product, screen: dict[str, Any], theme: str
) -> None:
    patient = await product.somebody()
    visit = await product.book(patient)
    template = await new_template(product, f"written_{theme}")
    page = await open_page(f"/templates/{template}", color_scheme=theme, **screen)
    body = page.locator("#field-body")
    await body.press_sequentially("Dear {{ last")
    await expect(page.get_by_role("listbox", name="Variables")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(body).to_have_value("Dear {{ patient.last_name }}")
    await expect(page.get_by_role("listbox", name="Variables")).to_be_hidden()
    await body.press_sequentially(", you see {{ appo")
    for key in ("ArrowDown", "ArrowDown", "Tab"):
        await page.keyboard.press(key)
    await expect(body).to_have_value("Dear {{ patient.last_name }}, you see {{ appointment.practitioner }}")
    await preview_says(page, "Dear Lopez, you see Dr. Amelia Smith")

    whom = page.locator("#field-patient_id")
    await whom.fill(patient["lastName"])
    await page.get_by_role("option").filter(has_text=patient["recordNumber"]).click()
    name = (await product.appointment(visit["id"]))["practitionerName"]
    await preview_says(page, f"Dear {patient['lastName']}, you see {name}")

    await body.focus()
    await page.locator("summary", has_text="Hospital").click()
    await page.locator("[data-written='{{ hospital.phone }}']").click()
    await expect(body).to_have_value(
        "Dear {{ patient.last_name }}, you see {{ appointment.practitioner }}{{ hospital.phone }}"
    )
    await body.press_sequentially(" ć")
    await preview_says(page, "“ć” makes every part shorter")
    await is_sound(page, screen)
    await page.get_by_role("button", name="Show it").click()
    assert await page.evaluate("String(document.getSelection())") in ("ć", "")
    assert await body.evaluate("(field) => field.value.slice(field.selectionStart, field.selectionEnd)") == "ć"

    await body.fill("Dear {{ patient.shoe }}")
    await preview_says(page, "These words cannot be sent")
    await body.fill("Dear {{ patient.first_name }}, come by.")
    await preview_says(page, f"Dear {patient['firstName']}, come by.")
    await page.get_by_role("button", name="Save as version 1").click()
    await expect(page.get_by_role("button", name="Save as version 2")).to_be_visible()


@SCREENS
async def test_mail_of_blocks_is_seen_as_on_a_phone_saved_and_tried_on_oneself(
    open_page: Open, product: Product, screen: dict[str, Any], theme: str
) -> None:
    template = await new_template(product, f"blocks_{theme}")
    page = await open_page(f"/templates/{template}?channel=email", color_scheme=theme, **screen)
    await page.locator("#field-subject").fill("Come by")
    await page.locator("summary", has_text="Blocks").click()
    await page.locator("#field-mjml").fill("<mjml><mj-body>")
    await preview_says(page, "<mj-body> of line 1 is never closed")
    await page.locator("#field-mjml").fill(BLOCKS)
    mail = page.frame_locator(".mail-frame")
    await expect(mail.get_by_text("Book a time")).to_be_visible()
    frame = page.locator(".mail-frame")
    desktop = page.get_by_role("button", name="Desktop")
    # where there is less room it begins as on a phone
    await expect(desktop).to_have_attribute("aria-pressed", str(screen is DESK).lower())
    for name, wide in (("Desktop", 700), ("Phone", 375)):
        await page.get_by_role("button", name=name).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        await expect(frame).to_have_js_property("clientWidth", wide)
        await is_sound(page, screen)
    await expect(desktop).to_have_attribute("aria-pressed", "false")
    await page.get_by_role("button", name="Dark").click()
    await expect(page.get_by_text("other programs leave it light")).to_be_visible()
    await expect(mail.locator("body > style")).to_have_count(1)
    await is_sound(page, screen)
    await page.get_by_role("button", name="Dark").click()
    await page.get_by_role("button", name="Save as version 1").click()
    await page.get_by_role("link", name="Send a test to yourself").click()
    await expect(page.locator("#field-to")).to_have_value(product.first_sign_in[0])
    await page.locator("#field-to").fill(f"writer.{theme}@example.org")
    await is_sound(page, screen)
    await page.get_by_role("button", name="Send test").click()
    await expect(page.locator("#toasts")).to_contain_text("Test on its way")
    [seen] = await product.received(f"writer.{theme}@example.org", containing="Book a time")
    assert seen["subject"] == "[Test] Come by"
    await page.goto("/templates?channel=email")
    await expect(page.get_by_role("link", name=f"Library: blocks_{theme}")).to_be_visible()
    await is_sound(page, screen)
