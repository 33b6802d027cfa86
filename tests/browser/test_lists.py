"""A list is begun, filled by hand and from a file that is looked at first, and somebody is taken off it again."""

import re
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.test_every_page import faults_of
from tests.product import Product

pytestmark = pytest.mark.browser


async def test_a_list_is_filled_by_hand_and_from_a_file(open_page: Open, product: Product) -> None:
    lena = await product.somebody(firstName="Lena", lastName="Listed")
    omar = await product.somebody(firstName="Omar", lastName="Onfile")
    page = await open_page("/audiences", **PHONE)
    await page.get_by_role("link", name="New list").click()
    await page.get_by_label("Name", exact=False).last.fill("Walking club")
    await page.get_by_role("button", name="Begin it").click()
    await page.wait_for_url(re.compile(r"/audiences/\d+/people$"))
    await expect(page.get_by_role("heading", name="Nobody is on it yet")).to_be_visible()
    await page.get_by_role("combobox", name="Put somebody on it").fill("Lena Listed")
    await page.get_by_role("option", name="Lena Listed").first.click()
    await page.get_by_role("button", name="Put on the list").click()
    await expect(page.locator("#members")).to_contain_text("Lena Listed")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375

    await page.get_by_role("link", name="From a file").click()
    table = f"Phone,Note\n{omar['phone']},\n{lena['phone']},\n12,too short\n"
    await page.get_by_label("Table").set_input_files(
        {"name": "club.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    await page.get_by_role("button", name="Look at it").click()
    await expect(page.locator("#lines")).to_contain_text("cannot be a phone number")
    async with page.expect_download() as left_out:
        await page.get_by_role("button", name="Lines left out, as a table").click()
    assert (await left_out.value).suggested_filename == "left-out.csv"
    await page.get_by_role("button", name="Put 1 on the list").click()
    await page.get_by_role("link", name="See the list").click()
    await expect(page.locator("#members")).to_contain_text("Omar Onfile")
    await page.get_by_role("button", name="Take Omar Onfile off").click()
    await page.get_by_role("button", name="Take off", exact=True).click()
    await expect(page.locator("#members")).not_to_contain_text("Omar Onfile")
    await expect(page.locator("#members")).to_contain_text("Lena Listed")
    address = re.sub(r"^https?://[^/]+", "", page.url)
    for path in (address, f"{address}/import", address.removesuffix("/people"), "/audiences/lists/new"):
        assert (await faults_of(page, path, 375))[0] == [], path
    await page.goto(address)
    await page.get_by_role("link", name="Campaign to this list").click()
    await expect(page.get_by_label("Whom it is for").locator("option:checked")).to_have_text("Walking club")


async def test_a_patient_texts_the_word_and_is_on_the_list_and_the_answer_is_in_their_phone(
    open_page: Open, product: Product, chromium: Browser
) -> None:
    petra = await product.somebody(firstName="Petra", lastName="Wordy")
    one = await product.post("/api/audiences", {"name": "Living with diabetes", "kind": "list"})
    page = await open_page(f"/audiences/{one['id']}/people", **PHONE)
    await page.get_by_label("Words that join").fill("STOP")
    await page.get_by_role("button", name="Keep the words").click()
    await expect(page.locator("#words-refused")).to_contain_text("cannot be a list's")
    await page.get_by_label("Words that join").fill("Sugar, Azúcar")
    await page.get_by_role("button", name="Keep the words").click()
    await expect(page.get_by_text("LEAVE Sugar")).to_be_visible()

    context = await chromium.new_context(**PHONE)
    phone = await context.new_page()
    greeting = {"channel": "sms", "from": petra["phone"], "body": "Hello"}
    assert (await product.outside.post("/replies", json=greeting)).status_code == 201
    await phone.goto(f"{product.sandbox}/#{quote(petra['phone'], safe='')}")
    await phone.get_by_label("Answer as the patient").fill("SUGAR")
    await phone.keyboard.press("Enter")
    await expect(phone.get_by_role("article").get_by_text("To leave it, reply LEAVE Sugar")).to_be_visible()
    await expect(page.locator("#members")).to_contain_text("Petra Wordy")  # without loading the page again
    await expect(page.locator("#members")).to_contain_text("Their word")

    await page.get_by_role("button", name="Take Petra Wordy off").click()
    await page.get_by_role("button", name="Take off", exact=True).click()
    await expect(page.locator("#members")).not_to_contain_text("Petra Wordy")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("#members")).to_contain_text("Petra Wordy")

    await page.get_by_role("button", name="Make a link").click()
    await expect(page.get_by_alt_text("QR code of the link")).to_be_visible()
    link = re.sub(r"^https?://[^/]+", "", await page.locator(".list-link span span").first.inner_text())
    address = re.sub(r"^https?://[^/]+", "", page.url)
    for path in (address, link, f"{link}?lang=ar"):
        assert (await faults_of(page, path, 375))[0] == [], path
    await page.goto(f"{product.web}{link}?lang=en")
    await page.get_by_label("Your phone, or your email address").fill(petra["phone"])
    await page.get_by_role("button", name="Send me a code").click()
    messages = await product.received(petra["phone"], at_least=2)
    [code] = [found for one in messages for found in re.findall(r"\b\d{6}\b", one["body"])]
    await page.get_by_label("Your code").fill(code)
    await page.get_by_role("button", name="Leave it").click()
    await expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    await context.close()


async def test_an_owner_texts_the_word_of_a_list_of_owners_and_leaves_it_by_its_link(
    open_page: Open, product: Product
) -> None:
    phone = "+12125550188"
    await product.post("/api/owners", {"name": "Odile Holdings", "phone": phone, "hospitalIds": [1]})
    one = await product.post("/api/audiences", {"name": "News for owners", "kind": "list", "whose": "owners"})
    page = await open_page(f"/audiences/{one['id']}/people", **DESK)
    await page.get_by_label("Words that join").fill("Dividends")
    await page.get_by_role("button", name="Keep the words").click()
    await expect(page.get_by_text("LEAVE Dividends")).to_be_visible()
    await product.reply(phone, "dividends")
    await expect(page.locator("#members")).to_contain_text("Odile Holdings")  # without loading the page again
    await expect(page.locator("#members")).to_contain_text("Their word")
    await page.get_by_role("button", name="Make a link").click()
    await expect(page.get_by_alt_text("QR code of the link")).to_be_visible()
    link = re.sub(r"^https?://[^/]+", "", await page.locator(".list-link span span").first.inner_text())
    address = re.sub(r"^https?://[^/]+", "", page.url)
    for path in (address, link):
        assert (await faults_of(page, path, 1440))[0] == [], path
    await page.get_by_label("Your phone, or your email address").fill(phone)
    await page.get_by_role("button", name="Send me a code").click()
    [sent] = await product.received(phone, containing="is your code")
    [code] = re.findall(r"\b\d{6}\b", sent["body"])
    await page.get_by_label("Your code").fill(code)
    await page.get_by_role("button", name="Leave it").click()
    await expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    await page.goto(address)
    await expect(page.get_by_text("left by a link")).to_be_visible()


async def test_a_ready_made_campaign_leads_to_its_steps(open_page: Open) -> None:
    page = await open_page("/campaigns", **PHONE)
    await page.get_by_role("link", name="Ready-made").click()
    await page.get_by_role("button", name="Use Tips: Heart").click()
    await page.wait_for_url(re.compile(r"/campaigns/\d+/steps$"))
    await expect(page.get_by_text("Tips: Heart").first).to_be_visible()
    assert (await faults_of(page, "/campaigns/recipes", 375))[0] == []
