"""Marketing puts a mail together from blocks, sends it as a campaign, and sees somebody book through its link."""

import re
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from bedside.messaging.machines import TOO_SOON
from tests.browser.conftest import Open, is_live
from tests.message_templates.test_brands import png
from tests.product import Product, until

pytestmark = pytest.mark.browser

NEWS = [
    {"channel": "email", "purpose": purpose, "granted": True, "how": "form at the desk"}
    for purpose in ("transactional", "marketing")
]


async def template(product: Product, key: str) -> int:
    """A template of marketing without words."""
    new = {"key": key, "name": "Check-ups in spring", "category": "health_promotion", "purpose": "marketing"}
    return int((await product.post("/api/templates", new))["id"])


async def build(open_page: Open, template_id: int, language: str = "en") -> Page:
    """The builder, ready to be used."""
    page = await open_page(f"/templates/{template_id}/builder?language={language}")
    await page.wait_for_selector("body[data-ready]")
    return page


async def drag(page: Page, block: str, below: int) -> None:
    """Drags a block onto the mail, so many pixels below its beginning: a small move first, then onto the frame until
    the place where it would fall is shown."""
    source = await page.locator(".gjs-block", has_text=block).bounding_box()
    frame = await page.locator(".gjs-frame").bounding_box()
    assert source is not None
    assert frame is not None
    await page.mouse.move(source["x"] + 20, source["y"] + 20)
    await page.mouse.down()
    await page.mouse.move(source["x"] + 30, source["y"] + 30)
    steps = count()

    async def its_place_is_shown() -> bool:
        await page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + below - 30 + next(steps) % 30, steps=3)
        return await page.locator(".gjs-placeholder:visible").count() > 0

    await until(its_place_is_shown)
    await page.mouse.up()


async def _no_machine_any_more(product: Product, patient_id: int) -> bool:
    """Whether the mail arrived so long ago that following its link is a person's doing."""
    (message,) = await product.messages(patient_id, channel="email")
    at = message.get("deliveredAt") or message.get("sentAt")
    return bool(at) and datetime.now(UTC) - datetime.fromisoformat(at) > TOO_SOON + timedelta(seconds=0.5)


async def test_from_dragging_a_block_to_a_booking_through_the_mails_link(open_page: Open, product: Product) -> None:
    patient = await product.somebody(
        firstName="Nora", lastName="Reader", email="nora.reader@example.org", consents=NEWS, preferredChannel="email"
    )
    made = await template(product, "spring_check_up")
    page = await build(open_page, made)
    mail = page.frame_locator(".gjs-frame")
    await expect(mail.get_by_text("A heading")).to_be_visible()
    await drag(page, "Offer", 250)
    await expect(mail.get_by_text("20 % off")).to_be_visible()
    await page.get_by_label("Subject").fill("Spring is for check-ups, {{ patient.first_name }}")
    await page.get_by_role("button", name="Preview").click()
    seen = page.frame_locator("iframe.narrow")
    await expect(seen.get_by_text("Hello Maria, write here.")).to_be_visible()
    await page.get_by_role("button", name="Close").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#builder-said")).to_contain_text("Saved as version 1.")
    new = {
        "name": "Spring", "templateKey": "spring_check_up", "channels": ["email"], "targetAudience": "all_patients",
        "hospitalId": 1,
    }  # fmt: skip
    campaign = await product.post("/api/campaigns", new)
    report = await open_page(f"/campaigns/{campaign['id']}/analytics")
    await is_live(report)
    received = await product.received(patient["email"], channel="email")
    (one,) = [each for each in received if each["subject"] == "Spring is for check-ups, Nora"]
    assert "20 % off" in one["html"]
    assert "Hello Nora, write here." in one["body"]
    link = re.search(r'href="([^"]+)"[^>]*>\s*Book a time', one["html"])
    assert link is not None
    await until(lambda: _no_machine_any_more(product, patient["id"]))
    async with httpx.AsyncClient(follow_redirects=True, headers={"user-agent": "Mozilla/5.0 Firefox/130.0"}) as phone:
        there = await phone.get(link[1].replace("&amp;", "&").replace("localhost", "127.0.0.1"))
    assert there.status_code == 200, there.text
    await product.book(patient)
    await expect(report.locator("#stat-booked")).to_contain_text("1", timeout=20_000)
    await expect(report.locator("#stat-through-link")).to_contain_text("1")


async def test_blocks_are_added_by_the_keyboard_and_what_is_missing_is_said(open_page: Open, product: Product) -> None:
    made = await template(product, "by_keyboard")
    page = await build(open_page, made)
    block = page.locator(".gjs-block", has_text="Picture")
    await block.focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Close the pictures").click()
    await page.get_by_role("button", name="Save").click()
    said = page.locator("#builder-said")
    await expect(said).to_contain_text("A picture is not chosen yet")
    await expect(said).to_contain_text("A picture says nothing to those who hear the mail read")
    await page.get_by_label("Subject").fill("")
    await page.get_by_role("button", name="Save").click()
    await expect(said).to_contain_text("Mail needs a subject.")


async def test_a_picture_is_uploaded_and_seen_in_the_mail_that_arrives(
    open_page: Open, product: Product, tmp_path: Path
) -> None:
    made = await template(product, "with_picture")
    page = await build(open_page, made)
    await drag(page, "Picture", 250)
    dialog = page.get_by_role("dialog", name="Pictures")
    (tmp_path / "nurses.png").write_bytes(png(90, 600, 200))
    await dialog.get_by_label("Choose it, or drop it here").set_input_files(tmp_path / "nurses.png")
    await expect(dialog.get_by_role("alert")).to_contain_text("Say first what the picture shows")
    await dialog.get_by_label("What a new picture shows").fill("Two nurses at work")
    await dialog.get_by_label("What a new picture shows").press("Tab")
    await expect(dialog).to_be_hidden()
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#builder-said")).to_contain_text("Saved as version 1.")
    await page.get_by_role("button", name="Preview").click()
    await expect(page.frame_locator("iframe.narrow").get_by_alt_text("Two nurses at work")).to_be_visible()
    test = {"channel": "email", "to": "me@example.org"}
    await product.post(f"/api/templates/{made}/test-send", test)

    async def arrived() -> bool:
        return bool(await product.received("me@example.org", channel="email"))

    await until(arrived)
    (mail,) = await product.received("me@example.org", channel="email")
    shown = re.search(r'src="([^"]+/pictures/[0-9a-f]{32}\.png)"', mail["html"])
    assert shown is not None, mail["html"]
    async with httpx.AsyncClient() as phone:
        picture = await phone.get(shown[1].replace("localhost", "127.0.0.1"))
    assert picture.content == png(90, 600, 200)
    assert "A heading" in mail["body"]


async def test_a_mail_is_read_as_a_patient_in_the_colours_of_the_hospital(open_page: Open, product: Product) -> None:
    await product.somebody(firstName="Ignatius", lastName="Quill")
    assert (await product.ask("PUT", "/api/hospitals/1/brand", {"main": "#7a1f5c"})).status_code == 200
    page = await build(open_page, await template(product, "read_as"))
    await expect(page.frame_locator(".gjs-frame").get_by_text("Book a time")).to_be_visible()
    await page.get_by_role("button", name="Preview").click()
    seen = page.frame_locator("iframe.narrow")
    await expect(seen.get_by_text("Hello Maria, write here.")).to_be_visible()
    assert "#7a1f5c" in (await page.locator("iframe.narrow").get_attribute("srcdoc") or "")
    await page.get_by_role("combobox", name="Read as").fill("Quill")
    await page.get_by_role("option", name="Ignatius Quill").click()
    await expect(seen.get_by_text("Hello Ignatius, write here.")).to_be_visible()
    await page.get_by_role("button", name="Close", exact=True).click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#builder-said")).to_contain_text("Saved as version 1.")
    await product.ask("PUT", "/api/hospitals/1/brand", {})


async def test_the_kits_header_and_foot_are_seen_as_they_look_and_kept_as_what_they_are(
    open_page: Open, product: Product
) -> None:
    words = "Open all night <night>"
    assert (await product.ask("PUT", "/api/hospitals/1/brand", {"footer": words})).status_code == 200
    hospital = await product.get("/api/hospitals/1")
    made = await template(product, "kit_seen")
    page = await build(open_page, made)
    mail = page.frame_locator(".gjs-frame")
    await expect(mail.get_by_text(hospital["name"], exact=True)).to_be_visible()
    await expect(mail.get_by_text(words)).to_be_visible()
    await expect(mail.get_by_text("{{ brand.")).to_have_count(0)
    # written beside, and another header put at the top: they stay what they are
    await mail.get_by_text("A heading").dblclick()
    await page.keyboard.press("Control+a")
    await page.keyboard.type("Good news")
    await mail.get_by_text(words).click()
    await page.locator(".gjs-block", has_text="Header").click()
    await expect(mail.get_by_text(hospital["name"], exact=True)).to_have_count(2)
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#builder-said")).to_contain_text("Saved as version 1.")
    kept = (await product.get(f"/api/templates/{made}"))["versions"][0]["mjml"]
    assert (kept.count("{{ brand.header }}"), kept.count("{{ brand.footer }}")) == (2, 1)
    assert "data-brand" not in kept
    assert "Good news" in kept
    page = await build(open_page, made)
    await expect(page.frame_locator(".gjs-frame").get_by_text(hospital["name"], exact=True)).to_have_count(2)
    await product.ask("PUT", "/api/hospitals/1/brand", {})
