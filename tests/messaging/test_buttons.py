"""Buttons below a WhatsApp message, shown on the phone, and what a press does: what the word would."""

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
import pytest

from bedside.app import create_app
from bedside.event_log import Actor
from bedside.kit.clock import SetClock
from bedside.message_templates import Channel, ReplyButton, WhatsAppHeader, Words
from bedside.message_templates.library import add_version, create
from bedside.message_templates.model import Category, Purpose
from bedside.messaging.providers.outcomes import Outgoing
from bedside.messaging.providers.twilio.wire import words_of
from bedside.sandbox.phones import Message
from tests.post_office import MARIA, Application, PostOffice

LANA = Actor(kind="staff", id=1, name="Lana")
VISIT = {
    "patient": {"first_name": "Maria"},
    "appointment": {"practitioner": "Dr. Smith", "date": "Monday, May 3", "time": "10:00 AM", "place": "Bellevue"},
}
REMINDER: dict[str, Any] = {"template_key": "appointment_reminder", "variables": VISIT}
TITLES = {"C": "Confirm", "X": "I can't come", "R": "Another time"}


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


async def shown(office: PostOffice, **more: Any) -> Message:
    """Sends a message by WhatsApp; gives it as it stands on the phone."""
    queued = await office.queue("whatsapp", **more)
    await office.delivered()
    assert await office.status(queued.message_id) == "read", await office.message(queued.message_id)
    return office.phone(channel="whatsapp")[-1]


def buttons_of(message: Message) -> dict[str | None, str]:
    """What a press answers, and what stands on it."""
    return {button.payload: button.text for button in message.buttons}


async def test_outside_the_window_they_are_those_of_the_approved_template(office: PostOffice) -> None:
    reminder = await shown(office, **REMINDER)
    assert reminder.template == "appointment_reminder"
    assert buttons_of(reminder) == TITLES
    assert {button.kind for button in reminder.buttons} == {"quick_reply"}


async def test_within_the_window_they_stand_below_free_words(office: PostOffice, clock: SetClock) -> None:
    await office.reply("Hello?", channel="whatsapp")
    reminder = await shown(office, **REMINDER)
    assert (reminder.template, buttons_of(reminder)) == (None, TITLES)
    assert {button.kind for button in reminder.buttons} == {"interactive"}
    assert "Hello Maria, a reminder of your visit with Dr. Smith" in reminder.body
    clock.advance(timedelta(hours=25))
    assert (await shown(office, **REMINDER)).template == "appointment_reminder"


async def test_where_their_clock_has_closed_the_window_it_goes_as_the_template_at_once(office: PostOffice) -> None:
    await office.reply("Hello?", channel="whatsapp")
    office.outside.phones.last_written.clear()
    assert buttons_of(await shown(office, **REMINDER)) == TITLES


@pytest.mark.parametrize("wrote_first", [False, True])
async def test_a_press_is_shown_in_the_inbox_by_what_stood_on_it(
    office: PostOffice, desk: aiohttp.ClientSession, wrote_first: bool
) -> None:
    if wrote_first:
        await office.reply("Hello?", channel="whatsapp")
    reminder = await shown(office, **REMINDER)
    assert await office.reply("", channel="whatsapp", button="X", inReplyTo=reminder.id) == 200
    [(body, button, answers)] = await office.rows(
        "select body, button, answers from communications.inbound_messages order by id desc limit 1"
    )
    assert (body, button, answers is not None) == ("X", "I can't come", True)
    async with desk.get("/api/conversations") as answer:
        [conversation] = (await answer.json())["items"]
    assert conversation["lastWords"] == "I can't come"
    async with desk.get(f"/api/conversations/{conversation['id']}") as answer:
        theirs = [line for line in (await answer.json())["lines"] if not line["ours"]]
    assert (theirs[-1]["button"], theirs[-1]["body"]) == ("I can't come", "X")
    page = f"/inbox/{conversation['id']}"
    async with desk.get(page, headers={"accept": "text/html"}) as answer:
        words = await answer.text()
    assert ("I can&#39;t come" in words, "pressed the button" in words) == (True, True)


async def own_template(office: PostOffice, **words: Any) -> None:
    """A template of the hospital's own, approved by WhatsApp under the name `map` with a picture above its words."""
    async with office.database.transaction() as tx:
        made = await create(
            tx, key="way_to_us", name="The way", category=Category.REMINDER, purpose=Purpose.TRANSACTIONAL
        )
        await add_version(
            tx, template_id=made.id, channel=Channel.WHATSAPP, language="en", words=Words(**words), actor=LANA
        )


@pytest.mark.parametrize(
    ("kind", "value", "shown_as"),
    [
        ("image", "https://example.org/map.png", ("image", "image/*")),
        ("document", "https://example.org/The%20way.pdf", ("The way.pdf", "application/octet-stream")),
        ("text", "The way to Bellevue", None),
    ],
)
async def test_a_template_with_a_header_is_filled_with_words_or_a_file(
    office: PostOffice, kind: Any, value: str, shown_as: tuple[str, str] | None
) -> None:
    office.outside.templates.add(
        name="way_to_us", language="en", category="UTILITY", body="It is {{1}} today.",
        header="{{1}}" if kind == "text" else None, header_format=kind.upper(),
    )  # fmt: skip
    await own_template(
        office,
        body="It is {{ custom.weather }} today.",
        whatsapp_name="way_to_us",
        whatsapp_variables=("{{ custom.weather }}",),
        whatsapp_header=WhatsAppHeader(kind=kind, value="{{ custom.above }}"),
    )
    variables = {"custom": {"above": value, "weather": "sunny"}}
    message = await shown(office, template_key="way_to_us", variables=variables)
    assert [(one.name, one.media_type) for one in message.attachments] == ([shown_as] if shown_as else [])
    assert message.body == ("The way to Bellevue\n\n" if kind == "text" else "") + "It is sunny today."


async def test_long_words_leave_the_buttons_out_and_lose_nothing(office: PostOffice) -> None:
    await own_template(
        office,
        body="Come. {{ custom.more }}",
        whatsapp_name="notice_utility",
        whatsapp_variables=("{{ body }}",),
        whatsapp_buttons=(ReplyButton(id="C", title="Confirm"),),
    )
    await office.reply("Hello?", channel="whatsapp")
    few = await shown(office, template_key="way_to_us", variables={"custom": {"more": "Please."}})
    assert (few.body, buttons_of(few)) == ("Come. Please.", {"C": "Confirm"})
    many = await shown(office, template_key="way_to_us", variables={"custom": {"more": "Please. " * 200}})
    assert (len(many.body) > 1024, many.buttons) == (True, [])


async def test_by_sms_and_mail_they_are_words(office: PostOffice) -> None:
    for channel in ("sms", "email"):
        await office.queue(channel, template_key="appointment_reminder", variables={**VISIT, "links": {}})
    await office.delivered()
    by_sms = office.phone(MARIA, channel="sms")[-1]
    assert ("Reply C to confirm" in by_sms.body, by_sms.buttons) == (True, [])


async def by_hand(desk: aiohttp.ClientSession, office: PostOffice, **more: Any) -> tuple[int, Any]:
    """Sends a message to Maria as the desk does."""
    new = {"patientId": office.maria, "channel": "whatsapp", "body": "Lunch at {{ noon }}?", **more}
    async with desk.post("/api/messages", json=new) as answer:
        return answer.status, await answer.json()


LUNCH = [{"id": "lunch-yes", "title": "Yes, please"}, {"id": "lunch-no", "title": "No"}]


async def test_words_by_hand_have_buttons_within_the_window_and_go_without_outside(
    office: PostOffice, desk: aiohttp.ClientSession, clock: SetClock
) -> None:
    await office.reply("Hello?", channel="whatsapp")
    status, made = await by_hand(desk, office, buttons=LUNCH)
    assert status == 201, made
    await office.delivered()
    message = office.phone(channel="whatsapp")[-1]
    assert (message.body, buttons_of(message)) == (
        "Lunch at {{ noon }}?", {"lunch-yes": "Yes, please", "lunch-no": "No"},
    )  # fmt: skip
    await office.reply("", channel="whatsapp", button="lunch-yes", inReplyTo=message.id)
    row = (await office.rows("select body, button, acted from communications.inbound_messages order by id"))[-1]
    assert row == ("lunch-yes", "Yes, please", "")  # a person reads it
    clock.advance(timedelta(hours=25))
    queued = await office.queue("whatsapp", body="Lunch?", variables={"buttons": LUNCH})
    await office.delivered()
    assert await office.status(queued.message_id) == "read"
    later = office.phone(channel="whatsapp")[-1]
    assert (later.template, later.buttons) == ("notice_utility", [])


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"buttons": [*LUNCH, *LUNCH]}, "/buttons/3"),
        ({"buttons": [LUNCH[0], LUNCH[0]]}, "/buttons/1/id"),
        ({"buttons": [{"id": "a", "title": "a title that is far too long"}]}, "/buttons/0/title"),
        ({"buttons": [{"id": "a", "title": "NUL\0"}]}, "/buttons/0/title"),
        ({"buttons": LUNCH, "channel": "sms"}, "/buttons"),
        ({"buttons": LUNCH, "body": "a" * 1025}, "/body"),
        ({"buttons": LUNCH, "body": None, "templateKey": "appointment_reminder", "variables": VISIT}, "/buttons"),
        ({"variables": {"buttons": LUNCH}}, "/variables/buttons"),
    ],
)
async def test_buttons_that_cannot_be_are_refused_before_anything_is_queued(
    office: PostOffice, desk: aiohttp.ClientSession, more: dict[str, Any], pointer: str
) -> None:
    status, refused = await by_hand(desk, office, **more)
    assert (status, refused["errors"][0]["pointer"]) == (422, pointer), refused
    assert await office.rows("select id from communications.message_queue") == []


async def test_by_twilio_they_are_written_out_and_a_press_of_its_templates_is_known(office: PostOffice) -> None:
    outgoing = Outgoing(
        message_id=1, channel="whatsapp", sender_address="+12125550197", to=MARIA, purpose="transactional",
        language="en", subject=None, body="Will you come?", buttons=(ReplyButton(id="C", title="Confirm"),),
        sending_at=datetime(2027, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    assert words_of(outgoing) == "Will you come?\n\nC: Confirm"
    assert words_of(msgspec.structs.replace(outgoing, channel="sms")) == "Will you come?"
    form = {"MessageSid": "SM1", "From": f"whatsapp:{MARIA}", "To": "whatsapp:+12125550197", "Body": "Confirm"}
    posted = await office.twilio_posts(
        "/webhooks/twilio/messages", {**form, "ButtonPayload": "C", "ButtonText": "Confirm"}
    )
    assert posted == 200
    assert await office.rows("select body, button from communications.inbound_messages") == [("C", "Confirm")]
