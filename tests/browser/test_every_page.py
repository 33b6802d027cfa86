"""Every page that a link or a dialog button leads to, by whatever the pages themselves offer: it opens, fits, obeys the
policy, and passes axe; on a desk in light and on a phone in dark."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bedside.accounts import PERMISSIONS, Role
from bedside.portal.navigation import ENTRIES
from tests.browser.conftest import DESK, PHONE, Open
from tests.browsers import violations
from tests.product import Product

pytestmark = pytest.mark.browser

OFFERED = """[...document.querySelectorAll('a[href^="/"]:not([download])')].map(one => one.getAttribute('href')).concat(
  [...document.querySelectorAll('[hx-get][hx-target="#dialog-content"]')].map(one => one.getAttribute('hx-get')))"""
# files, the API, and pages that somebody else made (the viewer of the API's document is tried without axe)
LEFT_OUT = re.compile(r"^/(api|static|m/[^/]+/visit\.ics|files)\b|\.(ics|csv)$|/export$")
# what an administrator finds in the navigation: an owner's own page is not theirs
LISTED = [entry.path for entry in ENTRIES if entry.permission in {None, *PERMISSIONS[Role.ADMIN]}]
# EventCalendar's own markup: a table whose rows are drawn later, and articles that are buttons
LIBRARY = {"aria-allowed-role", "aria-required-children"}


def kind(path: str) -> str:
    """What makes two addresses the same page with other contents: numbers and tokens, filters and cursors left out."""
    address, _, query = path.partition("#")[0].partition("?")
    shown = re.search(r"\b(show|view|tab)=\w+", query)
    parts = ["N" if re.fullmatch(r"\d+|[\w-]{20,}", part) else part for part in address.split("/")]
    return "/".join(parts) + (f"?{shown[0]}" if shown else "")


async def faults_of(page: Page, path: str, width: int) -> tuple[list[Any], list[str]]:
    """What is wrong with a page, and where it leads."""
    answer = await page.goto(path, wait_until="load")
    assert answer is not None
    if answer.status != 200:
        return [f"answers {answer.status}"], []
    await page.evaluate("document.fonts.ready.then(() => true)")
    await expect(page.locator(".htmx-request, .skeleton")).to_have_count(0)
    offered: list[str] = await page.evaluate(OFFERED)
    faults: list[Any] = []
    if (wide := await page.evaluate("document.documentElement.scrollWidth")) > width:
        faults.append(f"is {wide} px wide")
    # a dialog that stands open hides the page's heading, and has one of its own
    alone = await page.locator(".modal.show").count() > 0
    excused = LIBRARY if await page.locator("#calendar .ec").count() else {"page-has-heading-one"} if alone else set()
    return faults + [one for one in await violations(page, last=True) if one[0] not in excused], offered


async def walk(page: Page, start: list[str], width: int) -> tuple[dict[str, Any], list[str]]:
    """Opens every kind of page once, from these on. Gives the faults by address, and the kinds that were opened."""
    seen: dict[str, str] = {}
    waiting = [*start]
    faults: dict[str, Any] = {}
    while waiting:
        path = waiting.pop(0)
        if LEFT_OUT.search(path.partition("?")[0]) or kind(path) in seen:
            continue
        seen[kind(path)] = path
        found, offered = await faults_of(page, path, width)
        if found:
            faults[path] = found
        waiting += offered
    return faults, list(seen)


def told(faults: dict[str, Any]) -> str:
    """What is wrong, one line a fault."""
    return "\n".join(f"{path}: {str(one)[:600]}" for path, found in faults.items() for one in found)


@pytest.mark.parametrize(("screen", "theme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk, light", "phone, dark"])
async def test_every_page_of_the_portal(open_page: Open, screen: dict[str, Any], theme: str) -> None:
    page = await open_page("/", color_scheme=theme, reduced_motion="reduce", **screen)
    faults, seen = await walk(page, LISTED, screen["viewport"]["width"])
    assert not faults, told(faults)
    assert len(seen) > len(LISTED) + 10, seen


@pytest.mark.parametrize(("screen", "theme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk, light", "phone, dark"])
async def test_every_public_page(open_page: Open, product: Product, screen: dict[str, Any], theme: str) -> None:
    patient = await product.somebody()
    await product.book(patient)
    [confirmation] = await product.received(patient["phone"], channel="sms")
    manage = confirmation["links"][0].removeprefix(product.public_url)
    page = await open_page("/sign-in", public=True, color_scheme=theme, reduced_motion="reduce", **screen)
    start = ["/sign-in", "/book/bellevue", "/book/santa-lucia", manage, f"{manage}/times", f"{manage}/cancel"]
    faults, seen = await walk(page, start, screen["viewport"]["width"])
    assert not faults, told(faults)
    assert len(seen) >= 8, seen


async def test_the_document_of_the_api_is_shown_under_the_policy(open_page: Open) -> None:
    page = await open_page("/api/docs")
    await expect(page.locator(".opblock-summary-path").first).to_contain_text("login")
