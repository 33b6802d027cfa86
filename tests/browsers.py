"""Debian's Chromium, one for all tests of a process, and axe, which reads a page as those do who cannot see it."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import axe_playwright_python  # type: ignore[import-untyped]
import pytest
from playwright.async_api import Browser, Page, async_playwright

# the shell draws the same pages without a window around them, in half the time
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
# what is still fading in has no contrast yet: movements that end are awaited; a mail's frame has no scripts, nor axe
RUN_AXE = """Promise.allSettled(document.getAnimations()
  .filter(one => one.effect.getComputedTiming().endTime < Infinity && one.playState === 'running')
  .map(one => one.finished)).then(() => axe.run({resultTypes: ['violations'], iframes: false})).then(
  result => result.violations.map(one => [one.id, one.nodes.map(node => node.html)]))"""
# of rows that are built alike, down to their classes, two stay: the contrast of each word takes axe its time
THIN_OUT = """for (const list of document.querySelectorAll('tbody, ul, ol, select, datalist')) {
  const met = new Map()
  for (const row of [...list.children]) {
    const built = [row, ...row.querySelectorAll('*')].map(one => `${one.tagName} ${one.getAttribute('class')}`).join()
    met.set(built, (met.get(built) ?? 0) + 1)
    if (met.get(built) > 2) row.remove()
  }
}"""


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests. Where there is none, they are skipped; bin/test says so and how to get it."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("There is no Chromium here.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        await browser.close()


async def violations(page: Page, *, last: bool = False) -> list[list[Any]]:
    """What axe finds wrong with a page: the rule's name, and the elements. `last`: nothing is done with the page
    afterwards, so that of rows alike all but two may be taken out before."""
    await page.evaluate(AXE)
    if last:
        await page.evaluate(THIN_OUT)
    found: list[list[Any]] = await page.evaluate(RUN_AXE)
    return found
