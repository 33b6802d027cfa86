"""Doses are planned and given on the patient's page, and who lacks one is found, and made an audience."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from bedside.kit.clock import SystemClock
from tests.browser.conftest import PHONE, Open, is_live, was_not_reloaded
from tests.product import Product

pytestmark = pytest.mark.browser
TODAY = SystemClock().now().date()


async def test_a_dose_is_planned_given_taken_back_and_removed_on_the_patients_page(
    open_page: Open, product: Product
) -> None:
    patient = await product.somebody(lastName="Vaccinated")
    page = await open_page(f"/patients/{patient['id']}", **PHONE)
    await is_live(page)
    panel, dialog = page.locator("#panel-vaccinations"), page.get_by_role("dialog")
    await expect(panel).to_contain_text("No vaccinations yet")
    await panel.get_by_role("link", name="Plan").click()
    await dialog.get_by_role("button", name="Plan").click()
    await expect(dialog).to_contain_text("Choose a vaccine.")
    await dialog.get_by_label("Vaccine").select_option("hepatitis_b")
    await dialog.get_by_role("button", name="Plan").click()
    await expect(panel.locator("tbody tr")).to_have_count(3)
    first = panel.locator("tbody tr").first
    await expect(first).to_contain_text("Due")
    await first.get_by_role("link", name="Given").click()
    await dialog.get_by_label("Given on").fill("2199-01-01")
    await dialog.get_by_role("button", name="Record as given").click()
    await expect(dialog).to_contain_text("Give a day from 1880 to today.")
    await dialog.get_by_label("Given on").fill((TODAY - timedelta(days=1)).isoformat())
    await dialog.get_by_label("Lot number").fill("AB-12")
    await dialog.get_by_role("button", name="Record as given").click()
    given = panel.get_by_role("row").filter(has_text="lot AB-12")
    await expect(given).to_contain_text("Given")
    await page.locator("[data-toast]").get_by_role("button", name="Undo").click()
    await expect(panel.get_by_role("link", name="Given")).to_have_count(3)
    await panel.get_by_role("button", name=re.compile("Actions for Hepatitis B, dose 3")).click()
    await panel.get_by_role("button", name="Remove").click()
    await page.get_by_role("button", name="Remove it").click()
    await expect(panel.locator("tbody tr")).to_have_count(2)
    await was_not_reloaded(page)
    await page.goto(f"/patients/{patient['id']}?show=timeline")
    story = page.locator("#panel-timeline")
    for told in ("Vaccination planned", "Vaccination given", "Vaccination changed", "Vaccination removed"):
        await expect(story).to_contain_text(told)


async def test_who_is_overdue_is_found_and_made_an_audience(open_page: Open, product: Product) -> None:
    patient = await product.somebody(firstName="Otto", lastName="Overdue")
    due = TODAY - timedelta(days=400)
    planned = {"vaccine": "pneumococcal", "firstDueOn": due.isoformat()}
    await product.post(f"/api/patients/{patient['id']}/vaccinations", planned)
    page = await open_page("/vaccinations")
    await is_live(page)
    await page.get_by_label("Vaccine", exact=True).select_option("pneumococcal")
    await page.get_by_label("Overdue by").select_option("365")
    rows = page.locator("#overdue tbody tr")
    await expect(rows).to_have_count(1)
    await expect(rows.first).to_contain_text("Otto Overdue")
    await was_not_reloaded(page)
    await page.get_by_role("link", name="Make an audience of these").click()
    await expect(page.get_by_role("heading", name="New audience")).to_be_visible()
    await expect(page.get_by_label("Vaccination: days")).to_have_value("365")
    await expect(page.get_by_label(re.compile("Vaccination: vaccines"))).to_have_values(["pneumococcal"])
    await expect(page.locator("#audience-count")).to_contain_text("Otto Overdue")
    await page.goto("/vaccinations?vaccine=pneumococcal&days=365")
    await rows.first.get_by_role("link", name="Given").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Otto Overdue")
    await dialog.get_by_role("button", name="Record as given").click()
    await expect(page.locator("#overdue")).to_contain_text("Nobody like that")
