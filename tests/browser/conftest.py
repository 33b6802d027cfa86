"""Debian's Chromium in front of the really running product, signed in once as the first administrator."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.product import Product

FRESH = 600.0  # seconds for which a sign-in is used again: a later one would meet the first renewal of its tokens
PHONE = {"viewport": {"width": 375, "height": 780}}
DESK = {"viewport": {"width": 1440, "height": 900}}

# An answer that says no is the test's own business; a page that is left early closes its socket early.
USUAL = ("Failed to load resource", "WebSocket is closed before the connection is established")

Open = Callable[..., Awaitable[Page]]

# A busy machine may be slow; what never comes still fails.
expect.set_options(timeout=20_000)


class Door:
    """Signs in once, and hands out what the browser then holds."""

    def __init__(self, browser: Browser, product: Product) -> None:
        self._browser = browser
        self._product = product
        self._state: Any = None
        self._at = float("-inf")

    async def state(self) -> Any:
        """Cookies of somebody signed in."""
        if time.monotonic() - self._at > FRESH:
            self._at = time.monotonic()
            context = await self._browser.new_context()
            page = await context.new_page()
            email, password = self._product.first_sign_in
            await page.goto(f"{self._product.web}/sign-in")
            await page.get_by_label("Email").fill(email)
            await page.get_by_label("Password", exact=True).fill(password)
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"{self._product.web}/")
            self._state = await context.storage_state()
            await context.close()
        return self._state


@pytest.fixture(scope="session")
async def door(chromium: Browser, product: Product) -> Door:
    """The door to the portal."""
    return Door(chromium, product)


@pytest.fixture
async def complaints() -> list[str]:
    """What the browser complained of in this test: refused by the policy, errors of scripts, or what it logged."""
    return []


@pytest.fixture
async def open_page(chromium: Browser, product: Product, door: Door, complaints: list[str]) -> AsyncIterator[Open]:
    """`await open_page("/patients", **PHONE)`: a page of the portal, signed in unless `public=True`. The test fails
    where the browser complained."""

    async def open_page(path: str, *, public: bool = False, **how: Any) -> Page:
        state = {} if public else {"storage_state": await door.state()}
        context = await chromium.new_context(**{**DESK, "base_url": product.web, **state, **how})
        page = await context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda message: (
                complaints.append(f"{page.url}: {message.text}")
                if message.type in ("error", "warning") and not any(usual in message.text for usual in USUAL)
                else None
            ),
        )
        await page.goto(path)
        return page

    yield open_page
    for context in chromium.contexts:
        await context.close()
    assert complaints == []


async def is_live(page: Page) -> None:
    """Waits until the page listens, and marks it: a reload would lose the mark."""
    await expect(page.locator("#live")).to_have_text("Live")
    await page.evaluate("window.wasHere = true")


async def was_not_reloaded(page: Page) -> None:
    """Fails where the page was loaded anew since `is_live`."""
    assert await page.evaluate("window.wasHere === true")
