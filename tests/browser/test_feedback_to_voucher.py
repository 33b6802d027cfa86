"""From a visit to a reward: the visit takes place, the patient says how it was on a phone, and uses what it earned."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Open, is_live, was_not_reloaded
from tests.product import Product

pytestmark = pytest.mark.browser


async def test_a_visit_earns_points_live_feedback_by_link_more_once_and_a_voucher_is_used_at_the_desk(
    open_page: Open, product: Product
) -> None:
    patient = await product.somebody(firstName="Vera", lastName="Voucher")
    visit = await product.book(patient, practitionerId=1)
    desk = await open_page(f"/patients/{patient['id']}")
    await is_live(desk)
    panel = desk.locator("#panel-loyalty")
    await expect(panel).to_contain_text("No points yet")

    # it takes place, on the page of the visit
    at_the_visit = await open_page(f"/appointments/{visit['id']}")
    await at_the_visit.get_by_role("button", name="Check in").click()
    await at_the_visit.get_by_role("button", name="Complete").click()
    await expect(panel.locator(".points-number")).to_have_text("100")

    # they are asked at once, by a message with a link
    [asked] = await product.received(patient["phone"], containing="/f/")
    path = "/f/" + asked["body"].rpartition("/f/")[2].split()[0]
    phone = await open_page(path, public=True, **PHONE)
    await phone.locator("input[name=rating][value='5']").check(force=True)
    await phone.get_by_role("textbox").first.fill("Everybody took their time.")
    await phone.locator(".form-actions button").click()
    await expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    await expect(panel.locator(".points-number")).to_have_text("150")
    again = await open_page(path, public=True, **PHONE)
    await expect(again.locator("input[name=rating]")).to_have_count(0)
    await was_not_reloaded(desk)

    # what is missing to a reward is given, and they redeem it on their own page
    await product.post(f"/api/loyalty/{patient['id']}/award", {"points": 100, "reason": "Waited for an hour"})
    own = (await product.post(f"/api/loyalty/{patient['id']}/links"))["link"]
    await phone.goto("/p/" + own.rpartition("/p/")[2])
    await expect(phone.locator(".purse-points strong")).to_have_text("250")
    await phone.locator(".own-reward.ready").first.click()
    await phone.locator(".form-actions button").click()
    code = await phone.locator(".voucher-code").inner_text()
    await expect(panel.locator(".points-number")).to_have_text("0")

    # and show it at the desk, where it is good once
    await desk.goto("/loyalty/scan")
    await desk.keyboard.type(code)
    await desk.keyboard.press("Enter")
    await desk.get_by_role("button", name="Use it").click()
    await expect(desk.locator(".scan-result")).to_contain_text("good for nothing more")
    told = await product.get("/api/loyalty/redemptions", patientId=patient["id"])
    assert [one["status"] for one in told["items"]] == ["used"]
    answers = await product.get("/api/patient-feedback", patientId=patient["id"])
    assert [(one["rating"], one["words"], one["source"]) for one in answers["items"]] == [
        (5, "Everybody took their time.", "link")
    ]
