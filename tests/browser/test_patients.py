"""Patients are found however one types, and their page follows what happens to them."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Open, is_live, was_not_reloaded
from tests.product import Product

pytestmark = pytest.mark.browser


async def test_a_misspelt_name_finds_the_patient_as_one_types(open_page: Open, product: Product) -> None:
    patient = await product.somebody(firstName="Wilhelmina", lastName="Oppenheim")
    page = await open_page("/patients")
    await is_live(page)
    rows = page.locator("#patients tbody tr")
    await page.get_by_role("searchbox").press_sequentially("oppenhiem")
    await expect(rows.first).to_contain_text("Wilhelmina Oppenheim")
    for asked in (patient["phone"][-4:], patient["recordNumber"]):
        await page.get_by_role("searchbox").fill(asked)
        await expect(page.locator("#patients")).to_contain_text("Wilhelmina Oppenheim")
    await was_not_reloaded(page)
    await page.keyboard.press("/")
    await page.get_by_role("link", name="Wilhelmina Oppenheim").first.click()
    await expect(page.get_by_role("heading", name="Wilhelmina Oppenheim", level=1)).to_be_visible()


async def test_the_page_of_a_patient_shows_a_new_visit_and_its_confirmation_by_itself(
    open_page: Open, product: Product
) -> None:
    patient = await product.somebody(lastName="Watched")
    page = await open_page(f"/patients/{patient['id']}")
    await is_live(page)
    visits = page.locator("#panel-appointments")
    await expect(visits).not_to_contain_text("Dr. Amelia Smith")
    await product.book(patient)
    await expect(visits).to_contain_text("Dr. Amelia Smith")
    await expect(visits).to_contain_text("Scheduled")
    await product.received(patient["phone"], channel="sms")
    await product.reply(patient["phone"], "C")
    await expect(visits).to_contain_text("Confirmed")
    await was_not_reloaded(page)

    await page.get_by_role("link", name="Timeline").click()
    await expect(page.locator("#panel-timeline")).to_contain_text(re.compile("confirmed", re.I))
    await page.get_by_role("link", name="Messages", exact=True).last.click()
    await expect(page.locator("#panel-messages")).to_contain_text("Dr. Amelia Smith")
