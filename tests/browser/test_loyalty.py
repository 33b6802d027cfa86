"""Points from both sides: the desk gives, redeems and uses a voucher by the keyboard alone; a patient with a phone
redeems by their link, and the desk's camera reads the voucher."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Open, is_live, was_not_reloaded
from tests.browsers import violations
from tests.product import Product

pytestmark = pytest.mark.browser

# A camera that sees one code, and a browser that reads it, as those of phones do.
CAMERA = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ['qr_code']; }
  async detect() { return [{rawValue: 'CODE'}]; }
};
const drawn = document.createElement('canvas');
setInterval(() => drawn.getContext('2d').fillRect(0, 0, 9, 9), 40);
navigator.mediaDevices ??= {};
navigator.mediaDevices.getUserMedia = async () => drawn.captureStream();
"""


async def is_fine(page: Page, width: int = 375) -> None:
    """It fits, and passes axe."""
    await page.wait_for_load_state("load")
    await page.evaluate("document.fonts.ready.then(() => true)")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert await violations(page) == [], page.url


async def member(product: Product, points: int, **more: Any) -> dict[str, Any]:
    """Somebody with points."""
    made = await product.somebody(**more)
    await product.post(f"/api/loyalty/{made['id']}/award", {"points": points, "reason": "for a test"})
    return made


async def test_the_desk_gives_points_and_the_page_follows_what_others_do(open_page: Open, product: Product) -> None:
    patient = await product.somebody(lastName="Punkt")
    page = await open_page(f"/patients/{patient['id']}")
    await is_live(page)
    panel = page.locator("#panel-loyalty")
    await expect(panel).to_contain_text("No points yet")
    await panel.get_by_role("link", name="Give points").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="Points")).to_be_focused()
    await page.keyboard.type("40")
    await page.keyboard.press("Enter")
    await expect(page.locator("#dialog")).to_contain_text("Say what for.")
    await page.get_by_label("What for").fill("For waiting so long")
    await page.get_by_role("button", name="Give points").click()
    await expect(panel.locator(".points-number")).to_have_text("40")
    await expect(panel).to_contain_text("For waiting so long")
    # a visit takes place, at the practitioner's own desk
    visit = await product.book(patient)
    await product.post(f"/api/appointments/{visit['id']}/check-in", expect=200)
    await product.post(f"/api/appointments/{visit['id']}/complete", expect=200)
    await expect(panel.locator(".points-number")).to_have_text("140")
    await expect(panel).to_contain_text("Completed visit")
    # and somebody else gives some
    await product.post(f"/api/loyalty/{patient['id']}/award", {"points": 380, "reason": "an old card"})
    await expect(panel.locator(".points-number")).to_have_text("520")
    await expect(panel).to_contain_text("Silver")
    await was_not_reloaded(page)


async def test_a_voucher_is_made_and_used_by_the_keyboard_alone(open_page: Open, product: Product) -> None:
    patient = await member(product, 300, lastName="Tastatur")
    page = await open_page(f"/patients/{patient['id']}")
    await is_live(page)
    await page.locator("#panel-loyalty").get_by_role("link", name="Redeem").focus()
    await page.keyboard.press("Enter")
    first = page.locator("#dialog input[name=reward_id]:not([disabled])").first
    await expect(first).to_be_focused()
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page.locator("#dialog-title")).to_have_text("Redeemed")
    code = await page.locator("#dialog .voucher-code").inner_text()
    await expect(page.locator("#panel-loyalty .points-number")).to_have_text("50")

    await page.goto("/loyalty/scan")
    await expect(page.get_by_label("Voucher's code")).to_be_focused()
    await page.keyboard.type(code.lower().replace("-", ""))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Priority appointment")).to_be_visible()
    await expect(page.get_by_role("button", name="Use it")).to_be_focused()
    await is_fine(page, DESK["viewport"]["width"])
    await page.keyboard.press("Enter")
    await expect(page.locator(".scan-result")).to_contain_text("good for nothing more")
    await expect(page.get_by_label("Voucher's code")).to_be_focused()
    await page.keyboard.type(code)
    await page.keyboard.press("Enter")
    await expect(page.locator(".scan-result")).to_contain_text("Used")
    await expect(page.get_by_role("button", name="Use it")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_a_patient_redeems_on_a_phone_and_the_desks_camera_reads_it(
    open_page: Open, product: Product, language: str
) -> None:
    patient = await member(product, 600, firstName="Amira", lastName=f"Handy {language}", language=language)
    made = await product.post(f"/api/loyalty/{patient['id']}/links")
    path = "/p/" + made["link"].rpartition("/p/")[2]
    page = await open_page(path, public=True, color_scheme="dark" if language == "ar" else "light", **PHONE)
    await expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    await expect(page.locator(".purse-points strong")).to_have_text("600")
    await is_fine(page)
    await page.locator(".own-reward.ready").first.click()
    await is_fine(page)
    await page.locator(".form-actions button").click()
    await expect(page.locator(".own-done")).to_be_visible()
    await is_fine(page)
    await expect(page.locator(".voucher-qr")).to_have_js_property("complete", True)
    code = await page.locator(".voucher-code").inner_text()
    await page.locator(".own-back a").click()
    await expect(page.locator(".purse-points strong")).to_have_text("350")
    await expect(page.locator(".own-voucher")).to_have_count(1)

    desk = await open_page("/loyalty/scan")
    await desk.add_init_script(CAMERA.replace("CODE", code))
    await desk.reload()
    await desk.get_by_role("button", name="Camera").click()
    await expect(desk.get_by_role("link", name=f"Amira Handy {language}")).to_be_visible()
    await desk.get_by_role("button", name="Use it").click()
    await expect(desk.locator(".scan-result")).to_contain_text("good for nothing more")
    await page.reload()
    await expect(page.locator(".own-voucher")).to_have_count(0)


async def test_a_version_of_the_program_is_looked_at_before_it_is_saved(open_page: Open, product: Product) -> None:
    await member(product, 450, lastName="Schwelle")
    page = await open_page("/loyalty/program")
    await page.get_by_role("link", name="New version").click()
    await page.get_by_label("From points").nth(1).fill("5000")
    await page.get_by_role("button", name="See what it would do").last.click()
    await expect(page.get_by_text("Gold has to begin above Silver")).to_be_visible()
    await page.get_by_label("From points").nth(1).fill("450")
    await page.get_by_role("button", name="See what it would do").last.click()
    await expect(page.locator("#what-it-does")).to_contain_text("from Bronze to Silver, at once")
    await is_fine(page, DESK["viewport"]["width"])
    await page.get_by_role("link", name="Leave it").click()
    await expect(page.get_by_text("Version 1")).to_be_visible()
    assert len((await product.get("/api/loyalty/programs"))["items"]) == 1


async def test_a_reward_is_added_and_stands_among_the_others(open_page: Open, product: Product) -> None:
    page = await open_page("/loyalty/rewards")
    await is_live(page)
    await page.get_by_role("link", name="New reward").click()
    await page.get_by_label("Name", exact=True).fill("A cup of tea")
    await page.get_by_role("textbox", name="Points").fill("none")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_text("A whole number, from 1 up.")).to_be_visible()
    await page.get_by_role("textbox", name="Points").fill("20")
    await page.get_by_label("Stock").fill("7")
    await page.get_by_role("button", name="Add", exact=True).click()
    card = page.locator(".reward-card", has_text="A cup of tea")
    await expect(card).to_contain_text("7 left")
    patient = await member(product, 50)
    [tea] = (await product.get("/api/loyalty/rewards", q="cup of tea"))["items"]
    await product.post(f"/api/loyalty/{patient['id']}/redeem", {"rewardId": tea["id"]})
    await page.reload()
    await expect(card).to_contain_text("6 left")
    await card.get_by_role("button", name="Actions for A cup of tea").click()
    await page.get_by_role("button", name="Put away").click()
    await page.locator(".modal.show [data-yes]").click()
    await expect(card).to_have_count(0)


@pytest.mark.parametrize("path", ["/loyalty", "/loyalty/report", "/loyalty/redemptions", "/loyalty/rewards"])
async def test_lists_and_the_report_fit_a_phone_and_pass_axe_in_the_dark(
    open_page: Open, product: Product, path: str
) -> None:
    await member(product, 100)
    page = await open_page(path, color_scheme="dark", **PHONE)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await is_fine(page)
