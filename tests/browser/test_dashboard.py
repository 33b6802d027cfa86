"""The dashboard changes by itself: a visit booked elsewhere, a message delivered, an answer."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Open, is_live, was_not_reloaded
from tests.product import Product, until

pytestmark = pytest.mark.browser


async def number(page: Page, key: str) -> int:
    """A figure as it is shown."""
    shown = await page.locator(f"#stat-{key}").get_attribute("data-flash")
    return int((shown or "").replace(",", ""))


async def delivered_today(page: Page) -> int:
    """How many of the day's messages arrived, as it is shown."""
    found = re.search(r"([\d,]+) delivered", await page.locator("#stat-messages").inner_text())
    return int(found[1].replace(",", "")) if found else 0


async def test_a_visit_its_message_and_its_answer_appear_without_a_reload(open_page: Open, product: Product) -> None:
    patient = await product.somebody(lastName="Dashboard")
    page = await open_page("/")
    await is_live(page)
    reminders, sent = await number(page, "reminders"), await number(page, "messages")
    latest = page.locator("#latest")

    visit = await product.book(patient)
    await expect(latest.get_by_role("link", name="Petra Dashboard").first).to_be_visible()
    await expect(page.locator("#toasts")).to_contain_text("Petra Dashboard")
    await page.get_by_role("button", name="Notifications").click()
    await expect(page.locator("#bell")).to_contain_text("Petra Dashboard")
    await page.keyboard.press("Escape")

    async def counted() -> bool:
        return await number(page, "reminders") >= reminders + 2 and await number(page, "messages") > sent

    await until(counted, saying="the figures stay")

    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    await product.post(f"/api/appointments/{visit['id']}/reminders", {"channel": "sms", "sendAt": soon})
    delivered = await delivered_today(page)
    await product.received(patient["phone"], channel="sms", at_least=2)

    async def arrived() -> bool:
        return await delivered_today(page) > delivered

    await until(arrived, saying="nothing more is delivered")

    await product.reply(patient["phone"], "C")
    await expect(latest).to_contain_text(re.compile("confirmed", re.I))
    await was_not_reloaded(page)


async def test_every_figure_leads_to_what_it_counts(open_page: Open) -> None:
    page = await open_page("/")
    links = await page.locator(".stats a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(links) == 17  # seven of the day, five of what patients say and redeem, five of owners
    for path in links:
        answer = await page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        await expect(page.locator("h1")).to_be_visible()


async def test_a_page_is_live_though_the_script_for_sockets_comes_late(open_page: Open) -> None:
    page = await open_page("/")

    async def late(route: Route) -> None:
        await page.wait_for_timeout(1_000)  # the network's time, not the test's
        await route.continue_()

    await page.route("**/hx-ws.min.js*", late)
    await page.reload()
    await is_live(page)
    assert await page.locator("#live").get_attribute("data-state") == "live"
