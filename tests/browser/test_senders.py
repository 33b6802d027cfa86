"""The senders on the page about channels: one fails, another stands in, and it is tried again by a press."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESK, PHONE, Open, is_live, was_not_reloaded
from tests.browser.test_consent import is_sound
from tests.product import Product, until

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("screen", "theme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk, light", "phone, dark"])
async def test_an_account_that_fails_is_seen_and_tried_again_by_a_press(
    open_page: Open, product: Product, screen: dict[str, Any], theme: str
) -> None:
    patient = await product.somebody()

    async def write(words: str) -> dict[str, Any]:
        body = {"patientId": patient["id"], "channel": "whatsapp", "body": words}
        made = await product.post("/api/messages", body)
        return await product.message_is(made["id"], "sent", "delivered", "read")

    async def made() -> bool:
        return len((await product.get("/api/senders"))["items"]) == 6

    await until(made, saying="the worker made no senders")
    page = await open_page("/settings/channels", color_scheme=theme, **screen)
    await is_live(page)
    row = page.locator("#senders tr", has_text="100000000000001")
    other = page.locator("#senders tr", has_text="100000000000002")
    await expect(row).to_contain_text("Sending")
    await expect(other).to_contain_text("Stands in when the first account fails.")
    await product.fault("error", channel="whatsapp", account="100000000000001", code=131016, count=None)
    try:
        for n in range(3):
            await write(f"Your results are there, part {n}")
        await expect(row).to_contain_text("WhatsApp is not available just now.")
        await expect(row).to_contain_text("The second account sends meanwhile")
        await expect(other).to_contain_text("Standing in")
        await is_sound(page, screen)
    finally:
        await product.outside.delete("/faults")
    await row.get_by_role("button", name="Try again now").click()
    await expect(page.get_by_text("the next message shows whether it works")).to_be_visible()

    async def works() -> bool:
        await write("And one more")
        return "Sending" in await row.inner_text()

    await until(works)
    await expect(other).to_contain_text("Ready")
    await is_sound(page, screen)
    await was_not_reloaded(page)
