"""An administrator approves of marketing's campaign, its template changes, and it asks again; what campaigns ask of
marketing stands in marketing's tasks by itself, and is ended there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Open, is_live
from tests.product import Product

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "mona.marks@bellevue.example.org", "walks in the autumn wind"


async def test_what_was_approved_and_changed_asks_again_and_marketing_ends_its_tasks(
    open_page: Open, product: Product
) -> None:
    person = {"email": EMAIL, "name": "Mona Marks", "role": "marketing", "everyHospital": True, "password": PASSWORD}
    await product.post("/api/staff", person)
    await product.ask("PUT", "/api/campaigns/approval-limits", {"limits": {"marketing": 0}})
    template = {"key": "autumn_walks", "name": "Autumn walks", "category": "health_promotion", "purpose": "marketing"}
    made = await product.post("/api/templates", template)
    words = {"channel": "sms", "language": "en", "body": "Walk with us on Sundays."}
    await product.post(f"/api/templates/{made['id']}/versions", words)
    agreed = {"channel": "sms", "purpose": "marketing", "granted": True, "how": "form at the desk"}
    await product.somebody(firstName="Wanda", lastName="Walker", consents=[agreed])
    signed_in = await product.http.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})
    mona = {"authorization": f"Bearer {signed_in.json()['accessToken']}"}

    async def asks(name: str, after: timedelta) -> dict[str, Any]:
        body = {
            "name": name, "templateKey": "autumn_walks", "targetAudience": "all_patients", "channels": ["sms"],
            "scheduledAt": (datetime.now(UTC) + after).isoformat(),
        }  # fmt: skip
        return dict(await product.post("/api/campaigns", body, **mona))

    campaign = await asks("Walks", timedelta(days=1))
    page = await open_page(f"/campaigns/{campaign['id']}")
    region = page.locator("#campaign-region")
    await expect(region).to_contain_text("unless its template gets new words")
    await region.get_by_role("button", name="Approve").click()
    await page.locator("[data-yes]").click()
    await expect(region).to_contain_text("Approved by")
    await product.post(f"/api/templates/{made['id']}/versions", words | {"body": "Walk with us. 90% off!"})

    page = await open_page("/sign-in", public=True, **PHONE)
    await page.get_by_label("Email").fill(EMAIL)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{product.web}/")
    await page.goto(f"/campaigns/{campaign['id']}")
    region = page.locator("#campaign-region")
    await expect(region).to_contain_text("This needs approval again")
    await expect(region).to_contain_text("Its template “Autumn walks” has had new words since it was approved.")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375
    await region.get_by_role("button", name="Ask for approval").click()
    await page.locator("[data-yes]").click()
    await expect(region).to_contain_text("Awaiting approval")

    # a time that passes unapproved is a task of marketing's, which comes by itself
    await page.goto("/tasks")
    await is_live(page)
    await asks("Late walks", timedelta(seconds=3))
    task = page.locator("#tasks tr", has_text="The campaign “Late walks” was not approved in time")
    await expect(task).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375
    await task.get_by_role("button", name="Done").click()
    await expect(task).to_have_count(0)
    await page.goto("/tasks?view=done")
    await expect(page.locator("#tasks")).to_contain_text("Late walks")
    await product.ask("PUT", "/api/campaigns/approval-limits", {"limits": {}})
