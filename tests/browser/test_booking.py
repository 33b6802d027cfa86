"""A receptionist books by keyboard, and in the calendar by mouse."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Open, is_live, was_not_reloaded
from tests.product import Product, until

pytestmark = pytest.mark.browser


async def visits_of(product: Product, patient_id: int) -> list[str]:
    found = await product.get("/api/appointments", patientId=patient_id)
    return [one["startsAt"] for one in found["items"]]


async def test_a_visit_is_booked_from_anywhere_with_ten_keys(open_page: Open, product: Product) -> None:
    patient = await product.somebody(firstName="Quentin", lastName="Xylander")
    page = await open_page("/")
    await is_live(page)
    pressed = 0

    async def press(*keys: str) -> None:
        nonlocal pressed
        for key in keys:
            await page.keyboard.press(key)
            pressed += 1

    await press("b")
    await expect(page.get_by_role("dialog").get_by_role("combobox", name="Patient")).to_be_focused()
    await press(*"xylan")
    await expect(page.get_by_role("option", name=re.compile("Quentin Xylander"))).to_be_visible()
    await press("Enter")
    # the first free time of all is chosen and has the focus: Enter takes it
    await expect(page.locator("input[name=slot]:checked")).to_be_focused()
    await press("Enter")
    await expect(page.locator("#toasts")).to_contain_text("Quentin Xylander is booked")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert pressed <= 10
    assert len(await visits_of(product, patient["id"])) == 1
    await was_not_reloaded(page)


HOUR = 88  # pixels in the calendar


async def calendar_of_dr_smith(open_page: Open, day: str) -> Page:
    """The calendar, on one day, side by side, with Dr. Smith alone."""
    page = await open_page(f"/calendar#view=people&date={day}")
    await is_live(page)
    await page.get_by_label("Practitioner").select_option("1")
    await expect(page.locator("#calendar .ec-col-head")).to_have_count(1)
    await expect(page.locator("#calendar .hours-closed").first).to_be_attached()
    await page.locator("#calendar .ec-main").evaluate(f"body => {{ body.scrollTop = 2.5 * {HOUR} }}")
    return page


async def middle(one: Locator) -> tuple[float, float]:
    """The middle of what is shown, as soon as it stands: the calendar draws visits anew when they change."""
    box = await until(one.bounding_box, saying=f"{one} is not shown")
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def drag(page: Page, visit: Locator, *, hours: float) -> None:
    """Drags a visit down, as a hand does: a small move first, then the way in steps."""
    x, y = await middle(visit)
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x, y + 6)
    await page.mouse.move(x, y + hours * HOUR, steps=8)
    await page.mouse.up()


async def day_of_dr_smith(product: Product, *, days_ahead: int) -> str:
    """A day on which nobody has booked Dr. Smith yet."""
    times = await product.free_times(days_ahead=days_ahead)
    days = {one[:10]: 0 for one in times}
    for one in times:
        days[one[:10]] += 1
    return next(day for day, number in days.items() if number == 16)


async def at_local(product: Product, day: str, clock: str) -> str:
    return next(one for one in await product.free_times(days_ahead=40) if one.startswith(f"{day}T{clock}"))


async def test_a_click_on_a_free_time_books_it(open_page: Open, product: Product) -> None:
    patient = await product.somebody(firstName="Ulla", lastName="Clickman")
    day = await day_of_dr_smith(product, days_ahead=40)
    page = await calendar_of_dr_smith(open_page, day)
    x, _ = await middle(page.locator("#calendar .ec-body .ec-day"))
    body = await page.locator("#calendar .ec-body").bounding_box()
    assert body is not None
    await page.mouse.click(x, body["y"] + (11 - 7) * HOUR + 10)  # the column begins at seven; eleven it is
    combobox = page.get_by_role("dialog").get_by_role("combobox", name="Patient")
    await expect(combobox).to_be_focused()
    await page.keyboard.type("clickman")
    await expect(page.get_by_role("option", name=re.compile("Ulla Clickman"))).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator("input[name=slot]:checked")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#calendar").get_by_role("button", name=re.compile("Clickman"))).to_be_visible()
    [starts_at] = await visits_of(product, patient["id"])
    assert starts_at.startswith(f"{day}T11:00")
    await was_not_reloaded(page)


async def test_a_visit_is_dragged_to_another_time_and_put_back_where_that_is_taken(
    open_page: Open, product: Product
) -> None:
    dora, theo = await product.somebody(lastName="Dragged"), await product.somebody(lastName="Settled")
    day = await day_of_dr_smith(product, days_ahead=40)
    page = await calendar_of_dr_smith(open_page, day)
    # booked elsewhere while the calendar is open: both appear by themselves
    await product.book(dora, startsAt=await at_local(product, day, "10:00"))
    await product.book(theo, startsAt=await at_local(product, day, "13:00"))
    visits = page.locator("#calendar")
    moving, staying = (visits.get_by_role("button", name=re.compile(name)) for name in ("Dragged", "Settled"))
    await expect(moving).to_be_visible()
    await expect(staying).to_be_visible()

    await drag(page, moving, hours=1)

    async def moved() -> bool:
        return (await visits_of(product, dora["id"]))[0].startswith(f"{day}T11:00")

    await until(moved)
    await expect(page.locator("#toasts")).to_contain_text("Moved")

    # once what was moved has been drawn anew, it is dragged onto the other
    async def distance() -> float:
        return (await middle(staying))[1] - (await middle(moving))[1]

    async def two_hours_apart() -> bool:
        return abs(await distance() - 2 * HOUR) < 3

    await until(two_hours_apart)
    await page.mouse.move(5, 5)
    await drag(page, moving, hours=2)
    await expect(page.locator("#toasts")).to_contain_text(re.compile("taken", re.I))
    await until(two_hours_apart)
    assert (await visits_of(product, dora["id"]))[0].startswith(f"{day}T11:00")
    await was_not_reloaded(page)
