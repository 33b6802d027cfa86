"""The portal's behaviour in a real browser, on the gallery: keyboard, dialogs, live numbers, themes, accessibility."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browsers import violations

pytestmark = pytest.mark.browser

PAGES = [
    "/", "/patients", "/patients/1", "/components", "/empty", "/arabic", "/public", "/public/arabic", "/public/times",
    "/sign-in", "/nope",
]  # fmt: skip


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    """The gallery's address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    serving = subprocess.Popen([sys.executable, "-m", "tests.portal.gallery", str(port)], cwd=Path(__file__).parents[2])
    try:
        while serving.poll() is None:
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield f"http://127.0.0.1:{port}"
    finally:
        serving.terminate()
        serving.wait()


async def _open(chromium: Browser, address: str, **how: Any) -> tuple[Page, list[str]]:
    """A page, and the list that everything lands in which a browser complains about."""
    how = {"viewport": {"width": 1440, "height": 900}} | how
    for earlier in chromium.contexts:
        await earlier.close()
    page = await (await chromium.new_context(**how)).new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    await page.goto(address)
    return page, complaints


async def test_a_visit_is_booked_by_keyboard_alone(chromium: Browser, gallery: str) -> None:
    page, complaints = await _open(chromium, gallery)
    await page.get_by_role("link", name="Book appointment").focus()
    await page.keyboard.press("Enter")
    patient = page.get_by_role("combobox", name="Patient")
    await expect(patient).to_be_focused()

    await page.keyboard.press("Shift+Tab")
    await page.get_by_role("button", name="Book", exact=True).press("Enter")
    await expect(page.get_by_text("Choose a patient, or register a new one first.")).to_be_visible()
    await expect(patient).to_be_focused()
    await expect(patient).to_have_attribute("aria-invalid", "true")

    await page.keyboard.type("noah")
    await expect(page.get_by_role("listbox", name="Patient").get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(patient).to_have_value("Noah Bennett")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Tuesday 24 November at 10:00.")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert complaints == []


async def test_one_goes_about_by_keys(chromium: Browser, gallery: str) -> None:
    page, complaints = await _open(chromium, gallery)
    await page.keyboard.press("?")
    await expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_hidden()

    await page.keyboard.press("/")
    await expect(page.get_by_role("combobox", name="Search people and pages")).to_be_focused()
    await page.keyboard.type("amelia")
    await expect(page.get_by_role("option", name="Amelia Ortiz")).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/patients/1")

    await page.keyboard.press("g")
    await page.keyboard.press("p")
    await page.wait_for_url("**/patients")
    await page.get_by_role("searchbox").press_sequentially("mei")
    await page.wait_for_url("**q=mei**")
    await expect(page.locator("#patients-rows .row-link")).to_have_count(1)
    await expect(page.get_by_role("searchbox")).to_be_focused()
    assert complaints == []


async def test_a_number_changes_by_itself_when_something_happens(chromium: Browser, gallery: str) -> None:
    page, complaints = await _open(chromium, gallery)
    await expect(page.locator("#stat-today")).to_contain_text("43")
    await expect(page.locator("#live")).to_have_text("Live")
    assert complaints == []


async def test_harm_is_asked_about_first(chromium: Browser, gallery: str) -> None:
    page, _ = await _open(chromium, f"{gallery}/patients/1")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await page.get_by_role("button", name="Erase", exact=True).click()
    await expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Keep it")).to_have_count(0)
    assert sent == []

    await page.get_by_role("button", name="Erase", exact=True).click()
    await page.get_by_role("button", name="Erase for good").click()
    await expect(page.get_by_text("has just been taken. Choose another time.")).to_be_visible()
    assert sent == [f"{gallery}/taken"]


async def test_the_theme_stays_as_chosen_and_else_follows_the_device(chromium: Browser, gallery: str) -> None:
    page, _ = await _open(chromium, gallery, color_scheme="dark")
    html = page.locator("html")
    await expect(html).to_have_attribute("data-bs-theme", "dark")
    await page.get_by_role("button", name="Account of Dana Whitaker").click()
    await page.get_by_role("button", name="Light").click()
    await page.reload()
    await expect(html).to_have_attribute("data-bs-theme", "light")


async def test_on_a_phone_the_navigation_opens_and_closes(chromium: Browser, gallery: str) -> None:
    page, _ = await _open(chromium, gallery, viewport={"width": 375, "height": 780})
    await page.get_by_role("button", name="More").click()
    await expect(page.get_by_role("link", name="Settings")).to_be_visible()
    await expect(page.get_by_role("button", name="Close navigation")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("link", name="Settings")).to_be_hidden()


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (375, "dark")])
async def test_every_page_is_accessible_and_fits(chromium: Browser, gallery: str, width: int, theme: Any) -> None:
    page, complaints = await _open(
        chromium, gallery, viewport={"width": width, "height": 800}, color_scheme=theme, reduced_motion="reduce"
    )
    faults: list[Any] = []
    for path in PAGES:
        await page.goto(gallery + path, wait_until="load")
        await page.evaluate("document.fonts.ready.then(() => true)")
        faults += [(path, one) for one in await violations(page, last=True)]
        if (wide := await page.evaluate("document.documentElement.scrollWidth")) > width:
            faults.append((path, f"is {wide} px wide"))
    assert faults == []
    assert complaints == []
