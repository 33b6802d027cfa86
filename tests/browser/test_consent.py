"""What people want and do not want to hear: on their own page by a link, among the suppressions, beside the words."""

import re
from typing import Any

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.browser.conftest import DESK, PHONE, Open, is_live, was_not_reloaded
from tests.browsers import violations
from tests.product import Product, until

pytestmark = pytest.mark.browser

SCREENS = pytest.mark.parametrize(
    ("screen", "theme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk, light", "phone, dark"]
)
LIST = """address,channel,what,reason
+1 {area} 555 0171,sms,,unsubscribed
+1 {area} 555 0172,,,
+1 {area} 555 0173,whatsapp,news,moved away
"""


async def is_sound(page: Page, screen: dict[str, Any]) -> None:
    """Fits, and passes axe; an open dialog hides the page's heading."""
    await page.evaluate("document.fonts.ready.then(() => true)")
    assert await page.evaluate("document.documentElement.scrollWidth") <= screen["viewport"]["width"], page.url
    excused = {"page-has-heading-one"} if await page.locator(".modal.show").count() else set()
    assert [one for one in await violations(page) if one[0] not in excused] == [], page.url


async def news(product: Product, **whose: int) -> str:
    """Sends news by mail to somebody who agreed; gives the path by which they unsubscribe."""
    sent = await product.post(
        "/api/messages",
        {"channel": "email", "purpose": "marketing", "subject": "Flu shots", "body": "Come by.", **whose},
    )
    await product.message_is(sent["id"], "sent", "delivered", "read")
    [mail] = await product.received(sent["to"], containing="Come by.")
    address = re.fullmatch(r"<(\S*)>", mail["headers"]["List-Unsubscribe"])
    assert address is not None
    return address[1].removeprefix(product.public_url)


async def stops(product: Product, address: str) -> list[Any]:
    """What stops messages to an address."""
    return list((await product.get("/api/suppressions", address=address, inForce=True))["items"])


@SCREENS
async def test_somebody_says_in_arabic_what_they_like_to_hear(
    open_page: Open, product: Product, screen: dict[str, Any], theme: str
) -> None:
    mail = f"karim.{theme}@example.org"
    patient = await product.somebody(email=mail)
    agreed = {"channel": "email", "purpose": "marketing", "granted": True, "how": "form at the desk"}
    await product.post(f"/api/patients/{patient['id']}/consents", agreed)
    path = await news(product, patientId=patient["id"])

    page = await open_page(f"{path}?lang=ar", public=True, color_scheme=theme, **screen)
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await is_sound(page, screen)
    assert await stops(product, mail) == []  # whoever looks, a mail scanner too, changes nothing
    await page.locator(".public-sheet a[href*='/preferences/']").click()
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await is_sound(page, screen)
    box = page.locator("input[name=email_marketing]")
    await expect(box).to_be_checked()
    # what is checked stands at the line's beginning, which is on the right
    place = await box.bounding_box()
    assert place is not None
    assert place["x"] > screen["viewport"]["width"] / 2
    await box.uncheck()
    await page.locator("select[name=language]").select_option("ar")
    await page.locator("button.btn-primary").click()
    await expect(page.get_by_role("status")).to_be_visible()
    await is_sound(page, screen)
    said = (await product.get(f"/api/patients/{patient['id']}/consents"))["items"][0]
    assert (said["purpose"], said["granted"], said["how"]) == ("marketing", False, "preference page")
    assert said["words"].startswith("الأخبار")
    assert (await product.get(f"/api/patients/{patient['id']}"))["language"] == "ar"


@SCREENS
async def test_one_button_stops_the_news_and_says_so(
    open_page: Open, product: Product, screen: dict[str, Any], theme: str
) -> None:
    mail = f"uma.{theme}@example.org"
    owner = await product.post("/api/owners", {"name": f"Uma {theme}", "email": mail, "hospitalIds": [1]})
    agreed = {"channel": "email", "purpose": "marketing", "granted": True, "how": "in a letter"}
    await product.post(f"/api/owners/{owner['id']}/consents", agreed)
    path = await news(product, ownerId=owner["id"])
    page = await open_page(path, public=True, color_scheme=theme, **screen)
    await is_sound(page, screen)
    await page.get_by_role("button", name="Stop news").click()
    await expect(page.get_by_role("heading", name="You will get no more news")).to_be_visible()
    await is_sound(page, screen)
    [stop] = await stops(product, mail)
    assert (stop["purpose"], stop["reason"]) == ("marketing", "opt_out")
    said = (await product.get(f"/api/owners/{owner['id']}/consents"))["items"][0]
    assert (said["granted"], said["how"]) == (False, "one-click unsubscribe")


@SCREENS
async def test_an_address_is_stopped_others_come_from_a_table_and_one_is_lifted(
    open_page: Open, product: Product, screen: dict[str, Any], theme: str
) -> None:
    area = {"light": "910", "dark": "919"}[theme]
    page = await open_page("/suppressions", color_scheme=theme, **screen)
    await is_live(page)
    await page.get_by_role("link", name="Stop an address").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Number or mail address").fill(f"+1 {area} 555 0170")
    await dialog.get_by_label("Why").fill("They asked on the phone")
    await dialog.get_by_role("button", name="Stop").click()
    row = page.locator("tr", has_text=f"{area}-555-0170")
    await expect(row).to_contain_text("They asked on the phone")
    await is_sound(page, screen)
    await row.get_by_role("link", name="Lift").click()
    await dialog.get_by_label("Why").fill("It was a mistake")
    await dialog.get_by_role("button", name="Lift").click()
    await expect(row).to_have_count(0)
    await was_not_reloaded(page)

    await page.get_by_role("link", name="Import").click()
    file: FilePayload = {"name": "stops.csv", "mimeType": "text/csv", "buffer": LIST.format(area=area).encode()}
    await page.get_by_label("Table").set_input_files(file)
    await page.get_by_role("button", name="Look at it").click()
    await expect(page.get_by_text("A number needs its channel: sms or whatsapp.")).to_be_visible()
    await is_sound(page, screen)
    assert await stops(product, f"+1{area}5550171") == []
    await page.get_by_role("button", name="Stop 2 addresses").click()
    await expect(page.get_by_text("2 addresses stopped, 1 line left out.")).to_be_visible()
    assert len(await stops(product, f"+1{area}5550171")) == 1


@SCREENS
async def test_the_desk_sees_before_sending_whether_somebody_gets_it(
    open_page: Open, product: Product, screen: dict[str, Any], theme: str
) -> None:
    patient = await product.somebody()
    name = f"{patient['firstName']} {patient['lastName']}"
    page = await open_page("/inbox", color_scheme=theme, **screen)
    await page.get_by_role("link", name="New message").click()
    beside = page.locator("#would-get")
    await expect(beside).to_contain_text("Choose whom it is for")
    await page.get_by_role("combobox", name="Patient").fill(name)
    await page.get_by_role("option", name=name).first.click()
    await expect(beside).to_contain_text(f"{name} would get it by")
    await page.get_by_role("radio", name="News and offers").check()
    await expect(beside).to_contain_text(f"{name} would not get it")
    await expect(beside).to_contain_text("No consent to news by SMS is on record.")
    await is_sound(page, screen)
    agreed = {"channel": "sms", "purpose": "marketing", "granted": True, "how": "on the phone"}
    await product.post(f"/api/patients/{patient['id']}/consents", agreed)
    await page.get_by_role("radio", name="SMS", exact=True).check()
    await expect(beside).to_contain_text(f"{name} would get it by SMS")
    await page.get_by_label("Words").fill("We open on Sundays too.")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#toasts")).to_contain_text("On its way")

    async def there() -> bool:
        return bool(await product.received(patient["phone"], containing="Sundays"))

    assert await until(there)


@SCREENS
async def test_what_an_owner_says_is_kept_on_their_page(
    open_page: Open, product: Product, screen: dict[str, Any], theme: str
) -> None:
    owner = await product.post("/api/owners", {"name": f"Vera {theme}", "phone": "+1 910 555 0190", "hospitalIds": [1]})
    page = await open_page(f"/owners/{owner['id']}", color_scheme=theme, **screen)
    await is_live(page)
    profile = page.locator("#panel-profile")
    await expect(profile.get_by_text("News: not asked")).to_have_count(3)
    await profile.get_by_role("link", name="Record").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Channel").select_option("sms")
    await dialog.get_by_label("They agree").check()
    await dialog.get_by_label("How they said it").fill("On the phone")
    await is_sound(page, screen)
    await dialog.get_by_role("button", name="Keep it").click()
    await expect(profile.get_by_text("News: not asked")).to_have_count(2)
    await is_sound(page, screen)
    await was_not_reloaded(page)
