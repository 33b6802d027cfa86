"""WhatsApp through the Cloud API: the 24 hours, templates, buttons, receipts that come until they are taken."""

import asyncio
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bedside.kit.clock import SetClock
from bedside.sandbox import DEMONSTRATION, Pace
from tests.sandbox.conftest import MARIA, Heard, Hospital, World

BEARER = {"Authorization": f"Bearer {DEMONSTRATION.whatsapp_access_token}"}
TEMPLATES = f"/v25.0/{DEMONSTRATION.whatsapp_business_account_id}/message_templates"


def template(name: str, *values: str, language: str = "en", **button: Any) -> dict[str, Any]:
    """The part of a request that names a template and fills it."""
    components: list[dict[str, Any]] = [
        {"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}
    ]
    if button:
        components.append({"type": "button", "sub_type": "quick_reply", **button})
    return {"name": name, "language": {"code": language}, "components": components}


def told(heard: Heard) -> dict[str, Any]:
    """The value of a webhook, its signature judged by hand."""
    right = hmac.new(DEMONSTRATION.whatsapp_app_secret.encode(), heard.body, hashlib.sha256).hexdigest()
    assert heard.headers["X-Hub-Signature-256"] == f"sha256={right}"
    [entry] = json.loads(heard.body)["entry"]
    value: dict[str, Any] = entry["changes"][0]["value"]
    assert value["metadata"]["phone_number_id"] == DEMONSTRATION.whatsapp_phone_number_id
    return value


async def test_free_words_are_taken_within_24_hours_of_the_persons_last_message(world: World, clock: SetClock) -> None:
    status, refused = await world.whatsapp("text", {"body": "Hello"})
    assert (status, refused["error"]["code"]) == (400, 131047)

    await world.reply("Hello?", channel="whatsapp")
    clock.advance(timedelta(hours=23, minutes=59))
    assert (await world.whatsapp("text", {"body": "Hello"}))[0] == 200

    clock.advance(timedelta(minutes=1))
    assert (await world.whatsapp("text", {"body": "Hello"}))[1]["error"]["code"] == 131047


async def test_a_template_is_read_and_told_with_our_own_reference(world: World, hospital: Hospital) -> None:
    status, sent = await world.whatsapp(
        "template", template("notice_utility", "Room 12 today"), biz_opaque_callback_data="message 42"
    )
    assert status == 200
    receipts = [told(heard)["statuses"][0] for heard in await hospital.hears(3)]
    assert [receipt["status"] for receipt in receipts] == ["sent", "delivered", "read"]
    assert {receipt["biz_opaque_callback_data"] for receipt in receipts} == {"message 42"}
    assert {receipt["id"] for receipt in receipts} == {sent["messages"][0]["id"]}
    [shown] = await world.messages(to=MARIA, channel="whatsapp")
    assert (shown["template"], "Room 12 today" in shown["body"]) == ("notice_utility", True)


async def test_a_message_is_read_when_its_thread_is_opened(world: World, hospital: Hospital) -> None:
    world.outside.pace = Pace(sent=0.001, delivered=0.001, read=None)
    await world.whatsapp("template", template("notice_utility", "Room 12 today"))
    await hospital.hears(2)
    await world.until(status="delivered")
    async with world.http.post(f"/recipients/{MARIA}/seen?channel=whatsapp") as answer:
        assert answer.status == 204
    assert told((await hospital.hears(3))[-1])["statuses"][0]["status"] == "read"


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (template("no_such_template"), 132001),
        (template("notice_utility", "words", language="xx"), 132001),
        (template("notice_utility"), 132000),
        (template("notice_utility", "one", "two"), 132000),
        (template("notice_utility", "two\nlines"), 132018),
        (template("notice_utility", "x" * 1024), 132005),
    ],
)
async def test_a_template_that_does_not_fit_is_refused(world: World, part: dict[str, Any], code: int) -> None:
    status, refused = await world.whatsapp("template", part)
    assert (status >= 400, refused["error"]["code"]) == (True, code)
    assert await world.messages() == []


async def test_a_tapped_button_comes_back_with_its_payload(world: World, hospital: Hospital) -> None:
    values = ("Maria", "Dr. Smith", "Monday 10:00", "Bellevue General")
    confirm: dict[str, Any] = {"index": "0", "parameters": [{"type": "payload", "payload": "C"}]}
    await world.whatsapp("template", template("appointment_reminder", *values, **confirm))
    await hospital.hears(3)
    answered = await world.reply("", channel="whatsapp", button="C")
    message = told(hospital.heard[-1])["messages"][0]
    assert (message["type"], message["button"]) == ("button", {"payload": "C", "text": "Confirm"})
    assert answered["message"]["body"] == "Confirm"


async def test_choices_within_the_window_come_back_by_id(world: World, hospital: Hospital) -> None:
    await world.reply("Hello?", channel="whatsapp")
    buttons = [{"type": "reply", "reply": {"id": name, "title": name.title()}} for name in ("morning", "evening")]
    part = {"type": "button", "body": {"text": "When?"}, "action": {"buttons": buttons}}
    assert (await world.whatsapp("interactive", part))[0] == 200
    await hospital.hears(4)
    await world.reply("", channel="whatsapp", button="evening")
    message = told(hospital.heard[-1])["messages"][0]
    assert message["interactive"]["button_reply"] == {"id": "evening", "title": "Evening"}


async def test_a_message_from_somebody_known_by_an_id_only_carries_no_number(world: World, hospital: Hospital) -> None:
    await world.reply("Hello", channel="whatsapp", withoutNumber=True)
    value = told(hospital.heard[-1])
    assert "from" not in value["messages"][0]
    assert value["messages"][0]["from_user_id"] == value["contacts"][0]["user_id"]


async def test_what_the_product_does_not_take_is_told_again(world: World, hospital: Hospital) -> None:
    hospital.answer = (503, "")
    answered = await world.reply("Hello", channel="whatsapp")
    assert answered["webhook"]["status"] == 503
    await hospital.hears(3)
    hospital.answer = (200, "")
    count = len(hospital.heard)
    heard = await hospital.hears(count + 1)
    assert heard[0].body == heard[-1].body


async def test_the_webhook_is_verified_before_it_is_used(world: World, hospital: Hospital) -> None:
    async with world.http.post("/whatsapp/verify") as answer:
        assert await answer.json() == {"verified": True}


async def test_a_wrong_bearer_is_refused(world: World) -> None:
    async with world.http.get(TEMPLATES, headers={"Authorization": "Bearer no"}) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (401, 190)


async def reviewed(world: World, name: str) -> dict[str, Any]:
    """A template that was handed in, once somebody at WhatsApp has looked at it."""
    async with asyncio.timeout(5):
        while True:
            async with world.http.get(TEMPLATES, params={"name": name}, headers=BEARER) as answer:
                [found] = (await answer.json())["data"]
            if found["status"] != "PENDING":
                return dict(found)


FLU: dict[str, Any] = {"name": "flu_season", "language": "en", "category": "MARKETING"}


def body(text: str) -> dict[str, Any]:
    """What a body with one variable is handed in as."""
    return {"type": "BODY", "text": text, "example": {"body_text": [["Maria"]]}}


async def test_a_template_added_over_the_wire_can_be_sent_once_it_was_looked_at(world: World) -> None:
    world.outside.pace = Pace(review=0.05)
    new = FLU | {"components": [body("Dear {{1}}, it is flu season again.")]}
    async with world.http.post(TEMPLATES, json=new, headers=BEARER) as answer:
        assert (await answer.json())["status"] == "PENDING"
    assert (await world.whatsapp("template", template("flu_season", "Maria")))[1]["error"]["code"] == 132001
    found = await reviewed(world, "flu_season")
    assert (found["status"], found["components"][0]["text"]) == ("APPROVED", "Dear {{1}}, it is flu season again.")
    await world.whatsapp("template", template("flu_season", "Maria"))
    assert (await world.messages(to=MARIA))[0]["body"] == "Dear Maria, it is flu season again."
    async with world.http.post(TEMPLATES, json=new, headers=BEARER) as answer:
        assert "already exists" in (await answer.json())["error"]["error_data"]["details"]


async def test_a_template_is_rejected_with_a_reason_or_refused_without_an_example(world: World) -> None:
    bad = FLU | {"components": [body("Dear {{1}}, you have won the lottery.")]}
    async with world.http.post(TEMPLATES, json=bad, headers=BEARER) as answer:
        assert answer.status == 200
    found = await reviewed(world, "flu_season")
    assert (found["status"], found["rejected_reason"]) == ("REJECTED", "SCAM")
    bare = FLU | {"name": "bare", "components": [{"type": "BODY", "text": "Dear {{1}}, hello."}]}
    async with world.http.post(TEMPLATES, json=bare, headers=BEARER) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (400, 100)


async def test_an_uploaded_document_arrives_and_can_be_fetched(world: World) -> None:
    form = aiohttp.FormData({"messaging_product": "whatsapp", "type": "application/pdf"})
    form.add_field("file", b"%PDF-1.7", filename="letter.pdf", content_type="application/pdf")
    number = f"/v25.0/{DEMONSTRATION.whatsapp_phone_number_id}"
    async with world.http.post(f"{number}/media", data=form, headers=BEARER) as answer:
        media = (await answer.json())["id"]
    await world.reply("Hello", channel="whatsapp")
    await world.whatsapp("document", {"id": media, "filename": "letter.pdf", "caption": "Your letter"})
    [shown] = await world.messages(to=MARIA)
    assert (shown["body"], shown["attachments"][0]["name"]) == ("Your letter", "letter.pdf")
    async with world.http.get(f"/v25.0/{media}", headers=BEARER) as answer:
        described = await answer.json()
    async with world.http.get(described["url"], headers=BEARER) as answer:
        assert (await answer.read(), answer.content_type) == (b"%PDF-1.7", "application/pdf")


@pytest.mark.parametrize(
    "replies",
    [
        [("A", "One"), ("B", "Two"), ("C", "Three"), ("D", "Four")],
        [("A", "One"), ("A", "Two")],
        [("A", "One"), ("B", "One")],
        [("A", "a title that is far too long")],
        [("", "One")],
        [],
    ],
)
async def test_buttons_that_whatsapp_does_not_take_are_refused(world: World, replies: list[tuple[str, str]]) -> None:
    await world.reply("Hello?", channel="whatsapp")
    buttons = [{"type": "reply", "reply": {"id": id_, "title": title}} for id_, title in replies]
    part = {"type": "button", "body": {"text": "When?"}, "action": {"buttons": buttons}}
    status, refused = await world.whatsapp("interactive", part)
    assert (status, refused["error"]["code"]) == (400, 131009)


@pytest.mark.parametrize(
    ("component", "code"),
    [
        ({"type": "button", "sub_type": "quick_reply", "index": "3", "parameters": []}, 132018),
        ({"type": "button", "sub_type": "url", "index": "0", "parameters": []}, 132018),
        ({"type": "header", "parameters": [{"type": "text", "text": "Hello"}]}, 132018),
    ],
)
async def test_components_that_a_template_does_not_have_are_refused(
    world: World, component: dict[str, Any], code: int
) -> None:
    part = template("appointment_reminder", "Maria", "Dr. Smith", "Monday 10:00", "Bellevue General")
    part["components"].append(component)
    assert (await world.whatsapp("template", part))[1]["error"]["code"] == code


async def test_a_header_with_a_picture_wants_one(world: World) -> None:
    header = {"type": "HEADER", "format": "IMAGE"}
    sent = {
        "name": "way",
        "language": "en",
        "category": "UTILITY",
        "components": [header, {"type": "BODY", "text": "To us."}],
    }
    async with world.http.post(TEMPLATES, json=sent, headers=BEARER) as answer:
        assert answer.status == 200, await answer.text()
    assert (await reviewed(world, "way"))["status"] == "APPROVED"
    assert (await world.whatsapp("template", template("way")))[1]["error"]["code"] == 132012
    part = template("way")
    picture = {"type": "image", "image": {"link": "https://example.org/map.png"}}
    part["components"].append({"type": "header", "parameters": [picture]})
    assert (await world.whatsapp("template", part))[0] == 200
    [shown] = await world.messages()
    assert shown["attachments"][0]["url"] == "https://example.org/map.png"
