"""Marketing builds a journey: steps are dragged with the mouse or placed with the keyboard, kept, and read in words."""

import re
from itertools import count
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Open, is_live, was_not_reloaded
from tests.product import Product, until

pytestmark = pytest.mark.browser

CALM = {"reduced_motion": "reduce"}
FLU = "Time for your flu shot, {{ patient.first_name }}."


async def begun(page: Page, name: str) -> Page:
    """A journey of one message, in the builder."""
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("The first message").fill(FLU)
    await page.get_by_role("button", name="On to the steps").click()
    await page.wait_for_url(re.compile(r"/campaigns/\d+/steps$"))
    await expect(headings(page)).to_have_text(["Message 1"])
    return page


def headings(page: Page) -> Locator:
    return page.locator("#journey h3")


def palette(page: Page, kind: str) -> Locator:
    return page.locator(f"#journey-palette [data-kind={kind}]")


async def drag(page: Page, what: Locator, onto: Locator) -> None:
    """Takes it by the mouse, goes where it is to fall, and lets go when its place is shown there."""
    await what.scroll_into_view_if_needed()
    start = await what.bounding_box()
    assert start is not None
    await page.mouse.move(start["x"] + 60, start["y"] + start["height"] / 2)
    await page.mouse.down()
    await page.mouse.move(start["x"] + 70, start["y"] + start["height"] / 2 + 8, steps=4)
    steps = count()

    async def it_would_fall_there() -> bool:
        there = await onto.bounding_box()
        assert there is not None
        across = there["x"] + there["width"] / 2 + next(steps) % 3
        await page.mouse.move(across, there["y"] + there["height"] / 2, steps=8)
        return bool(
            await onto.evaluate(
                """there => { const ghost = document.querySelector("#journey .journey-ghost");
                     const place = (one) => { const list = one.closest("[data-slot]")?.dataset ?? {};
                         return `${list.owner ?? ""} ${list.owner ? list.slot : ""}`; };
                     return ghost && place(ghost.parentElement) === place(there); }"""
            )
        )

    await until(it_would_fall_there)
    await page.mouse.up()


async def kept(product: Product, page: Page) -> list[dict[str, Any]]:
    """The steps as the API has them."""
    found: dict[str, Any] = await product.get(f"/api/campaigns/{page.url.split('/')[-2]}")
    return found["steps"]  # type: ignore[no-any-return]


async def test_steps_are_dragged_into_a_journey_kept_and_there_again_after_loading(
    open_page: Open, product: Product
) -> None:
    page = await begun(await open_page("/campaigns/new-journey", **CALM), "Dragged")
    await drag(page, palette(page, "if"), page.locator(".journey-finish"))
    await expect(headings(page)).to_have_text(["Message 1", "Question 1"])
    await drag(page, palette(page, "end"), page.locator("[data-owner=q1][data-slot=yes]"))
    await drag(page, palette(page, "send"), page.locator("[data-owner=q1][data-slot=no]"))
    await expect(headings(page)).to_have_text(["Message 1", "Question 1", "End 1", "Message 2"])
    second = page.get_by_role("group", name="Message 2", exact=True)
    await second.get_by_label("What it says").fill("A last reminder: flu shots end on Friday.")
    await expect(page.locator("#journey-words")).to_contain_text("Send “A last reminder: flu shots end on Friday.”")
    await page.locator("[data-do=save]").click()
    await expect(page.locator("#journey-standing")).to_have_text("Saved")
    steps = await kept(product, page)
    assert [(one["id"], one["kind"]) for one in steps] == [("s1", "send"), ("q1", "if")]
    assert [one["kind"] for one in steps[1]["yes"]] == ["end"]
    assert [one["message"] for one in steps[1]["no"]] == ["A last reminder: flu shots end on Friday."]
    await page.reload()
    await expect(headings(page)).to_have_text(["Message 1", "Question 1", "End 1", "Message 2"])
    # a card is dragged by its head, out of the branch into the other
    await drag(page, page.locator("#step-s2"), page.get_by_role("button", name="Add a step after End 1"))
    await expect(page.locator("#journey-said")).to_have_text("Message 2 is now step 2 of 2 in Yes of Question 1.")
    await expect(page.locator("[data-owner=q1][data-slot=yes] h3")).to_have_count(2)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("[data-owner=q1][data-slot=no] h3")).to_have_text(["Message 2"])
    await page.get_by_role("button", name="Redo").click()
    await expect(page.locator("[data-owner=q1][data-slot=yes] h3")).to_have_count(2)
    await page.get_by_role("button", name="Undo").click()


async def test_everything_can_be_done_with_the_keyboard_and_is_said(open_page: Open, product: Product) -> None:
    page = await begun(await open_page("/campaigns/new-journey", **CALM), "By keyboard")
    said = page.locator("#journey-said")

    async def press(name: str) -> None:
        await page.get_by_role("button", name=name, exact=True).focus()
        await page.keyboard.press("Enter")

    await press("Add a step after Message 1")
    await expect(page.get_by_role("group", name="Add a step after Message 1").get_by_text("Send")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Add a step after Message 1")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(said).to_have_text("Wait 1 added.")
    await expect(page.get_by_label("Days", exact=True)).to_be_focused()
    await page.keyboard.type("3")
    await press("Add a step after Message 1")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(headings(page)).to_have_text(["Message 1", "Question 1", "Wait 1"])
    await press("Move Wait 1 into a branch")
    await page.get_by_role("button", name="No of Question 1", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(said).to_have_text("Wait 1 is now step 1 of 1 in No of Question 1.")
    await expect(page.locator("#step-w1")).to_be_focused()
    await press("Move Wait 1 down")
    await expect(said).to_have_text("Wait 1 is now step 3 of 3 in the journey.")
    await press("Move Wait 1 up")
    await expect(said).to_have_text("Wait 1 is now step 2 of 3 in the journey.")
    await press("Remove Question 1")
    await expect(said).to_have_text("Question 1 removed. Undo brings it back.")
    await expect(headings(page)).to_have_text(["Message 1", "Wait 1"])
    await page.keyboard.press("Control+s")
    await expect(said).to_have_text("Saved.")
    assert [one["kind"] for one in await kept(product, page)] == ["send", "wait"]


async def test_a_fault_stands_beside_the_very_field_and_goes_when_that_is_mended(
    open_page: Open, product: Product
) -> None:
    page = await begun(await open_page("/campaigns/new-journey", **CALM, **PHONE), "Faulty")
    await palette(page, "if").click()
    question = page.get_by_role("group", name="Question 1", exact=True)
    await question.get_by_label("If", exact=True).select_option("they opened it")
    await expect(question).to_contain_text("An SMS does not tell")
    await question.get_by_label("If", exact=True).select_option("they booked a visit")
    await expect(question).not_to_contain_text("An SMS does not tell")
    await page.get_by_role("button", name="Add a step to No of Question 1").click()
    await page.get_by_role("group", name="Add a step to No").get_by_role("button", name="Wait").click()
    days = page.get_by_label("Days", exact=True)
    await days.fill("0")
    await page.locator("[data-do=save]").click()
    await expect(days).to_be_focused()
    await expect(days).to_have_attribute("aria-invalid", "true")
    await expect(days).to_have_accessible_description("This waits for nothing. Say how long.")
    await expect(page.locator("#journey-said")).to_contain_text("Not saved. Wait 1: This waits for nothing.")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375
    await days.fill("2")
    await expect(page.locator("#journey .form-problem")).to_have_count(0)
    # a whole split is at fault: it is said at the split
    await palette(page, "split").click()
    await page.locator("[data-do=save]").click()
    split = page.get_by_role("group", name="Split 1", exact=True)
    await expect(split.locator(".form-problem")).to_contain_text("The parts of this split are all empty.")
    await page.get_by_role("button", name="Remove Split 1").click()
    await page.locator("[data-do=save]").click()
    await expect(page.locator("#journey-standing")).to_have_text("Saved")
    # somebody else was quicker: nothing of theirs is lost
    path = f"/api/campaigns/{page.url.split('/')[-2]}"
    answer = await product.ask("PATCH", path, {"name": "Faulty no more"})
    assert answer.status_code == 200
    await days.fill("4")
    await page.locator("[data-do=save]").click()
    await expect(page.locator("#journey-problem")).to_contain_text("Somebody else changed")
    assert (await kept(product, page))[1]["no"][0]["days"] == 2


async def test_what_a_journey_needs_to_begin_is_asked_for(open_page: Open, product: Product) -> None:
    page = await open_page("/campaigns/new", **PHONE)
    await page.get_by_role("link", name="A journey of steps").click()
    await page.get_by_role("button", name="On to the steps").click()
    await expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("The first message")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_label("Which list")).to_be_hidden()
    await page.get_by_label("When", exact=True).select_option("When they join a list")
    await page.get_by_label("Name").fill("Tips")
    await page.get_by_label("The first message").fill("The first tip.")
    await page.get_by_role("button", name="On to the steps").click()
    await expect(page.get_by_label("Which list")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("When", exact=True).select_option("After each completed visit")
    await page.get_by_label("May somebody come in again?").select_option("Yes, but not for some days")
    await page.get_by_label("Days before they may").fill("60")
    await page.get_by_label("They leave early when").select_option("They have a next visit")
    await page.get_by_role("button", name="On to the steps").click()
    await page.wait_for_url(re.compile(r"/campaigns/\d+/steps$"))
    start = page.locator(".journey-start")
    await expect(start).to_contain_text("People come in after a completed visit, again after 60 days.")
    await expect(start).to_contain_text("Who reaches the goal leaves: there is a next visit.")
    # changed afterwards, while steps are not kept yet: both are kept in the end
    await palette(page, "wait").click()
    await page.get_by_role("link", name="Change", exact=True).click()
    await expect(page.get_by_label("When", exact=True)).to_have_value("visit_completed")
    await expect(page.get_by_label("Days before they may")).to_have_value("60")
    await page.get_by_label("May somebody come in again?").select_option("Yes, each time")
    await page.locator("#dialog").get_by_role("button", name="Save").click()
    await expect(start).to_contain_text("People come in after a completed visit, each time.")
    await page.locator("[data-do=save]").click()
    await expect(page.locator("#journey-standing")).to_have_text("Saved")
    found = await product.get(f"/api/campaigns/{page.url.split('/')[-2]}")
    assert (found["entry"]["again"], [one["kind"] for one in found["steps"]]) == ("always", ["send", "wait"])
    assert found["goal"] == {"field": "next_visit", "operator": "some"}
    await page.get_by_role("link", name="Tips", exact=True).click()
    await is_live(page)
    await expect(page.locator("#campaign-region")).to_contain_text("Send “The first tip.” by SMS, WhatsApp or email.")
    await expect(page.get_by_role("link", name="Change the steps")).to_be_visible()


async def test_a_journey_is_launched_and_its_first_message_arrives_and_each_step_has_its_figures(
    open_page: Open, product: Product
) -> None:
    agreed = [
        {"channel": "sms", "purpose": purpose, "granted": True, "how": "form at the desk"}
        for purpose in ("transactional", "marketing")
    ]
    patient = await product.somebody(firstName="Jo", lastName="Journey", consents=agreed)
    steps = [
        {"id": "s1", "kind": "send", "message": "Step by step to a healthier winter."},
        {"id": "q1", "kind": "if", "asks": "answered", "withinHours": 48, "yes": [{"id": "e1", "kind": "end"}]},
        {"id": "s2", "kind": "send", "message": "The second step."},
    ]
    made = await product.post(
        "/api/campaigns",
        {"name": "Step by step", "targetAudience": "all_patients", "channels": ["sms"], "status": "draft"}
        | {"steps": steps},
    )
    page = await open_page(f"/campaigns/{made['id']}", **PHONE)
    await is_live(page)
    region = page.locator("#campaign-region")
    await expect(region).to_contain_text("Have they answered the message within 2 days?")
    await page.get_by_role("button", name="Launch now").click()
    await page.get_by_role("button", name="Launch", exact=True).click()
    received = await product.received(patient["phone"], containing="Step by step")
    assert [one["body"] for one in received if "Step by step" in one["body"]] != []
    line = page.locator("#journey-line-q1")
    await expect(line).to_contain_text("Have they answered")
    await expect(line.locator("td").nth(1)).to_have_text(re.compile(r"[1-9]"))
    await expect(page.locator("#stat-going")).to_be_visible()
    await expect(page.get_by_role("link", name="Change the steps")).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375
    # the steps of one that has started are looked at, not changed
    await page.goto(f"/campaigns/{made['id']}/steps")
    await page.wait_for_url(re.compile(rf"/campaigns/{made['id']}$"))


async def test_its_name_audience_and_channels_are_changed_beside_the_steps_and_on_its_page(
    open_page: Open, product: Product
) -> None:
    seniors = {"name": "Seniors of the details", "rule": {"field": "age", "operator": "at_least", "value": 65}}
    await product.post("/api/audiences", seniors)
    page = await begun(await open_page("/campaigns/new-journey", **CALM, **PHONE), "To be renamed")
    await palette(page, "wait").click()  # not kept yet, and not lost by what follows
    await page.get_by_role("link", name="Edit details").focus()
    await page.keyboard.press("Enter")
    dialog = page.locator("#dialog")
    name = dialog.get_by_label("Name")
    await expect(name).to_be_focused()
    await name.fill("")
    await dialog.get_by_label("SMS").uncheck()
    await dialog.get_by_label("WhatsApp").uncheck()
    await page.keyboard.press("Enter")
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(name).to_have_accessible_description(re.compile("Give it a name"))
    await expect(dialog.get_by_label("WhatsApp")).not_to_be_checked()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375
    await name.fill("Named anew")
    await dialog.get_by_label("Whom it is for").select_option("Seniors of the details")
    await dialog.get_by_label("Subject of its mail").fill("For you")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.locator("h1")).to_have_text("Named anew")
    await expect(page.locator("#journey-start")).to_contain_text("Seniors of the details")
    await expect(page.locator("#journey-words")).to_contain_text("by email.")
    await expect(headings(page)).to_have_text(["Message 1", "Wait 1"])
    await page.get_by_label("Days", exact=True).fill("2")
    await page.locator("[data-do=save]").click()
    await expect(page.locator("#journey-standing")).to_have_text("Saved")
    assert [one["kind"] for one in await kept(product, page)] == ["send", "wait"]
    await page.goto(page.url.removesuffix("/steps"))
    await is_live(page)
    await page.locator("#campaign-region").get_by_role("link", name="Edit details").click()
    await expect(dialog.get_by_label("Subject of its mail")).to_have_value("For you")
    await dialog.get_by_label("Name").fill("Named once more")
    # what it says is not of owners
    await dialog.get_by_label("Whom it is for").select_option("All owners")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text("patient.first_name")
    await dialog.get_by_label("Whom it is for").select_option("All patients")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.locator("h1")).to_have_text("Named once more")
    await expect(page.locator("#campaign-region")).to_contain_text("All patients")
    await was_not_reloaded(page)
