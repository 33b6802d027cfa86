"""Finance runs a month, a colleague approves it, the payment is recorded, and the owner's phone says so."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, Open, is_live, was_not_reloaded
from tests.product import Product

pytestmark = pytest.mark.browser

PASSWORD = "a long password for finance 7"
# long before the demonstration hospital's own contracts
LONG_AGO = datetime.now(UTC).date().toordinal() - 600


async def finance(product: Product, open_page: Open, name: str, **screen: Any) -> Page:
    """Somebody of finance, newly employed and signed in."""
    email = f"{name.split()[0].lower()}.{product.web[-4:]}@bellevue.example.org"
    person = {"email": email, "name": name, "role": "finance", "everyHospital": True, "password": PASSWORD}
    await product.post("/api/staff", person)
    page = await open_page("/sign-in", public=True, **screen)
    await page.get_by_label("Email").fill(email)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{product.web}/")
    return page


async def an_owner(product: Product, month: date, phone: str, name: str) -> dict[str, Any]:
    """An owner with a signed share of 30 percent and a month in which something was earned."""
    owner = await product.post("/api/owners", {"name": name, "phone": phone, "hospitalIds": [1]})
    contract = {
        "hospitalId": 1, "title": "Revenue share", "startsOn": f"{month:%Y-%m}-01", "ownerPercent": "30",
        "endsOn": f"{month:%Y-%m}-28", "signature": {"signerName": "Olive Owner", "signedOn": f"{month:%Y-%m}-01"},
    }  # fmt: skip
    await product.post(f"/api/owners/{owner['id']}/contracts", contract)
    await product.post("/api/revenue-entries", {"hospitalId": 1, "revenueOn": f"{month:%Y-%m}-10", "amount": "1500.00"})
    return dict(owner)


async def test_a_month_is_run_approved_by_a_colleague_and_paid(open_page: Open, product: Product) -> None:
    month, phone = date.fromordinal(LONG_AGO).replace(day=1), "+12065550199"
    await an_owner(product, month, phone, "Quincy Holdings")
    page = await finance(product, open_page, "Felicity Grant")

    await page.goto("/payouts")
    await page.get_by_role("link", name="Run a month").click()
    await page.get_by_label("Month").select_option(f"{month:%Y-%m}")
    await page.get_by_label("Hospital", exact=True).select_option("1")
    await expect(page.locator("#there")).to_contain_text("$1,500.00")
    await page.get_by_role("button", name="Look at it").click()
    await expect(page.locator(".preview")).to_contain_text("Quincy Holdings")
    await expect(page.locator(".preview")).to_contain_text("$450.00")
    await page.get_by_role("button", name="Make").click()
    await expect(page.locator("#run")).to_contain_text("Ask a colleague to approve")
    await page.get_by_role("link", name="Look at the drafts").click()

    # one's own is refused, in the list and on its page, with the reason
    row = page.locator("#payouts tr", has_text="Quincy Holdings")
    await row.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Approve what is chosen").click()
    await expect(page.locator("#approved")).to_contain_text("Nothing was approved")
    await expect(page.locator("#approved")).to_contain_text("somebody else must approve it")
    await row.get_by_role("link").first.click()
    await expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    await expect(page.locator("#own-reason")).to_contain_text("somebody else must approve it")
    await is_live(page)

    colleague = await finance(product, open_page, "Maribel Lind", **PHONE)
    await colleague.goto(page.url.removeprefix(product.web))
    await colleague.get_by_role("button", name="Approve").click()
    await colleague.get_by_role("button", name="Approve it").click()
    await expect(colleague.locator("#standing")).to_contain_text("Maribel Lind")

    # the first one's page has seen it happen
    await page.get_by_role("link", name="Record the payment").click()
    await was_not_reloaded(page)
    dialog = page.locator("#dialog")
    await dialog.get_by_label("Method").select_option("check")
    await dialog.get_by_role("button", name="Record $450.00 as paid").click()
    await expect(dialog.locator("#problem-payment_reference")).to_be_visible()
    await dialog.get_by_label("The check's number").fill("10442")
    await dialog.get_by_role("button", name="Record $450.00 as paid").click()
    await expect(page.locator("#standing")).to_contain_text("10442")
    await expect(page.locator("#behind")).to_contain_text("Cash and bank")
    [sms] = await product.received(phone, channel="sms")
    assert "450.00" in sms["body"]


async def test_a_line_unfolds_down_to_the_revenue(open_page: Open, product: Product) -> None:
    month = date.fromordinal(LONG_AGO - 60).replace(day=1)
    owner = await an_owner(product, month, "+12065550198", "Orchard Partners")
    contract = (await product.get(f"/api/owners/{owner['id']}/contracts"))["items"][0]
    body = {"contractId": contract["id"], "period": f"{month:%Y-%m}"}
    payout = await product.post(f"/api/owners/{owner['id']}/payouts", body)
    page = await open_page(f"/payouts/{payout['id']}")
    await is_live(page)
    await page.locator("summary.line-row").first.press("Enter")
    await page.get_by_role("link", name="Show the 1 entry").click()
    await expect(page.locator(".line-body .list-frame")).to_contain_text("$1,500.00")
    await page.get_by_role("button", name="More about this payout").click()
    await page.get_by_role("link", name="Check the calculation").click()
    await expect(page.locator("#dialog")).to_contain_text("byte for byte")


async def test_revenue_is_drawn_and_told_as_a_table(open_page: Open, product: Product) -> None:
    month = date.fromordinal(LONG_AGO - 120).replace(day=1)
    for day in ("10", "11"):
        body = {"hospitalId": 1, "revenueOn": f"{month:%Y-%m}-{day}", "amount": "1500.00"}
        await product.post("/api/revenue-entries", body)
    page = await open_page(f"/revenue?period={month:%Y-%m}&hospital=1")
    await expect(page.locator(".chart canvas")).to_have_count(1)
    await page.get_by_text("As a table").click()
    await expect(page.locator(".chart-table table")).to_contain_text("$1,500.00")
    await page.get_by_label("Kind", exact=True).select_option("refund")
    await expect(page.locator("#found")).to_contain_text("Nothing was earned there")
