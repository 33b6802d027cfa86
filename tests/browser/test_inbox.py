"""A conversation between the inbox and the outside world's phone, both live, with files both ways, and the inbox by
keyboard alone."""

from urllib.parse import quote

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import DESK, Open, is_live, was_not_reloaded
from tests.browsers import violations
from tests.messaging.test_attachments import png
from tests.product import Product

pytestmark = pytest.mark.browser


async def test_a_conversation_is_held_between_the_inbox_and_a_phone_both_live(
    open_page: Open, chromium: Browser, product: Product
) -> None:
    petra = await product.somebody()
    context = await chromium.new_context(**DESK)
    phone = await context.new_page()
    wrote = {"channel": "sms", "from": petra["phone"], "body": "Is there parking?"}
    assert (await product.outside.post("/replies", json=wrote)).status_code == 201

    inbox = await open_page(f"/inbox?q={quote(petra['lastName'])}")
    await inbox.locator(".inbox-item", has_text="Is there parking?").click()
    await is_live(inbox)
    await expect(inbox.locator("#thread-lines")).to_contain_text("Is there parking?")
    await phone.goto(f"{product.sandbox}/#{quote(petra['phone'], safe='')}")

    await inbox.locator("#thread-lines").focus()
    await inbox.keyboard.press("r")
    await inbox.keyboard.type("Yes, behind the house.")
    await inbox.keyboard.press("Control+Enter")
    screen = phone.get_by_role("article")
    await expect(screen.get_by_text("Yes, behind the house.")).to_be_visible()

    await phone.get_by_label("Answer as the patient").fill("And a lift?")
    await phone.keyboard.press("Enter")
    await expect(inbox.locator("#thread-lines")).to_contain_text("And a lift?")
    await expect(inbox.get_by_text("Waits for an answer")).to_be_visible()
    await was_not_reloaded(inbox)

    await inbox.locator("#thread-lines").focus()
    await inbox.keyboard.press("n")
    await inbox.keyboard.type("She walks with a stick.")
    await inbox.keyboard.press("Control+Enter")
    await expect(inbox.locator(".bubble.note")).to_contain_text("She walks with a stick.")
    await expect(screen.get_by_text("She walks with a stick.")).to_have_count(0)

    await inbox.locator("#thread-lines").focus()
    await inbox.keyboard.press("s")
    await inbox.get_by_role("button", name="Snooze", exact=True).last.click()
    await expect(inbox.locator(".thread-state", has_text="Snoozed until")).to_be_visible()
    await phone.get_by_label("Answer as the patient").fill("Never mind")
    await phone.keyboard.press("Enter")
    await expect(inbox.locator(".thread-state", has_text="Snoozed until")).to_have_count(0)
    await expect(inbox.locator("#thread-lines")).to_contain_text("Never mind")
    await inbox.locator("#thread-lines").focus()
    await inbox.keyboard.press("e")
    await inbox.wait_for_url(f"{product.web}/inbox")
    await context.close()


DROPPED = """async ([selector, kind]) => {
    const held = new DataTransfer();
    held.items.add(new File(["Take one a day."], `${kind}.txt`, { type: "text/plain" }));
    const target = document.querySelector(selector);
    const event = kind === "pasted"
        ? new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true })
        : new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true });
    target.dispatchEvent(event);
}"""


async def test_pictures_and_files_go_both_ways_picked_dropped_and_pasted(
    open_page: Open, chromium: Browser, product: Product
) -> None:
    petra = await product.somebody()
    context = await chromium.new_context(**DESK)
    phone = await context.new_page()
    wrote = {"channel": "whatsapp", "from": petra["phone"], "body": "May I send a picture?"}
    assert (await product.outside.post("/replies", json=wrote)).status_code == 201
    inbox = await open_page(f"/inbox?q={quote(petra['lastName'])}")
    await inbox.locator(".inbox-item", has_text="May I send a picture?").click()
    await is_live(inbox)
    await phone.goto(f"{product.sandbox}/#{quote(petra['phone'], safe='')}")

    knee = {"name": "knee.png", "mimeType": "image/png", "buffer": png(320, 200)}
    await phone.get_by_label("Answer as the patient").fill("My knee")
    await phone.get_by_label("Send a file").set_input_files(knee)
    picture = inbox.locator("img[width='320'][height='200']")
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("naturalWidth", 320)
    await expect(inbox.locator(".bubble", has=picture)).to_contain_text("My knee")

    await inbox.get_by_label("Add files").set_input_files(knee)
    await inbox.evaluate(DROPPED, [".thread-lines", "dropped"])
    await inbox.evaluate(DROPPED, ["#thread-words", "pasted"])
    files = inbox.get_by_role("list", name="Files to send").get_by_role("listitem")
    await expect(files).to_have_count(3)
    await inbox.get_by_role("button", name="Take dropped.txt off").click()
    await expect(files).to_have_count(2)
    await inbox.get_by_role("textbox", name="Answer").fill("Like this, and read the note.")
    await inbox.keyboard.press("Control+Enter")
    await expect(files).to_have_count(0)
    screen = phone.get_by_role("article")
    await expect(screen.locator(".line.theirs img")).to_be_visible()
    await expect(screen.get_by_text("Like this, and read the note.")).to_be_visible()
    await expect(screen.get_by_role("link", name="pasted.txt")).to_be_visible()
    await expect(inbox.get_by_role("link", name="pasted.txt")).to_be_visible()
    await inbox.get_by_label("Add files").set_input_files(knee)
    await expect(files).to_have_count(1)
    for width in (1440, 375):
        await inbox.set_viewport_size({"width": width, "height": 800})
        assert await inbox.evaluate("document.documentElement.scrollWidth") <= width
        assert await violations(inbox) == []
    await inbox.get_by_role("button", name="Take knee.png off").click()
    scans = [{**knee, "name": f"{name}.png", "buffer": png(padding=8_000_000)} for name in ("one", "two")]
    await inbox.get_by_label("Add files").set_input_files(scans)
    await expect(inbox.locator("#thread-files .refused")).to_have_text(
        "two.png is too much: files may have 15 MB together."
    )
    await inbox.get_by_role("button", name="Take one.png off").click()

    await inbox.get_by_label("Add files").set_input_files(
        {"name": "page.html", "mimeType": "text/html", "buffer": b"<!doctype html><script>alert(1)</script>"}
    )
    await inbox.get_by_role("button", name="Send", exact=True).click()
    await expect(inbox.locator("#toasts")).to_contain_text("page.html")
    await expect(files).to_have_count(1)
    await context.close()
