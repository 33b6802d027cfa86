"""Texts through Twilio: what is taken, what is refused, what is told afterwards, and what stop words do."""

import asyncio

import pytest
from twilio.request_validator import RequestValidator

from bedside.kit.clock import SetClock
from bedside.sandbox import DEMONSTRATION, Pace
from bedside.sandbox.callbacks import twilio_signature
from bedside.sandbox.outside import Outside
from bedside.sandbox.replies import Reply, send_reply
from bedside.sandbox.sms_length import parts_of
from tests.sandbox.conftest import ACCOUNT, MARIA, SIGNED_IN, Hospital, World

JUDGE = RequestValidator(DEMONSTRATION.twilio_auth_token)


def test_the_signature_is_the_one_in_twilios_own_example() -> None:
    fields = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309"}
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signature("12345", url, {**fields, "To": "+18005551212"}) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("a" * 160, (1, "GSM-7")),
        ("a" * 161, (2, "GSM-7")),
        ("a" * 152 + "€" + "b" * 152, (3, "GSM-7")),
        ("😀" * 36, (2, "UCS-2")),
        ("ж" * 66 + "😀" + "ж" * 66, (3, "UCS-2")),
    ],
)
def test_parts_are_counted_without_cutting_a_character(body: str, parts: tuple[int, str]) -> None:
    assert parts_of(body) == parts


async def test_a_text_reaches_the_phone_and_every_receipt_is_signed(world: World, hospital: Hospital) -> None:
    callback = f"{hospital.address}/webhooks/twilio/status/42?site=1"
    status, sent = await world.text(body="See http://127.0.0.1:7002/v/abc.", StatusCallback=callback)

    assert (status, sent["status"], sent["num_segments"], sent["direction"]) == (201, "queued", "1", "outbound-api")
    receipts = await hospital.hears(3)
    assert [receipt.form["MessageStatus"] for receipt in receipts] == ["sending", "sent", "delivered"]
    for receipt in receipts:
        assert receipt.form["MessageSid"] == sent["sid"]
        assert JUDGE.validate(callback, receipt.form, receipt.headers["X-Twilio-Signature"])
    [shown] = await world.messages(to=MARIA, channel="sms")
    assert (shown["id"], shown["from"], shown["to"]) == (sent["sid"], DEMONSTRATION.twilio_numbers[0], MARIA)
    assert shown["links"] == ["http://127.0.0.1:7002/v/abc"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": "12345"}, 21211),
        ({"To": ""}, 21604),
        ({"From": "+12125550111"}, 21606),
        ({"From": "whatsapp:+12125550199"}, 21606),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
    ],
)
async def test_what_twilio_refuses_is_refused_with_its_code(world: World, fields: dict[str, str], code: int) -> None:
    form = {"To": MARIA, "Body": "Hello", **fields}
    status, refusal = await world.text(form.pop("To"), form.pop("Body"), **form)
    assert (status, refusal["code"], refusal["status"]) == (400, code, 400)
    assert await world.messages() == []


async def test_a_wrong_token_is_told_to_authenticate(world: World) -> None:
    async with world.http.get(f"{ACCOUNT}/Messages.json", headers={"Authorization": "Basic bm86bm8="}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (401, 20003)


async def test_after_a_time_out_a_message_is_found_by_person_and_date(world: World) -> None:
    _, first = await world.text(body="first")
    await world.text(to="+12125550143", body="somebody else")
    _, second = await world.text(body="second")
    found = await world.texts("To=%2B12125550142&DateSent%3E=2027-03-01")
    assert [message["sid"] for message in found] == [second["sid"], first["sid"]]
    assert await world.texts("To=%2B12125550142&DateSent%3E=2027-03-02") == []


async def test_stop_blocks_that_sender_until_start(world: World, hospital: Hospital) -> None:
    await world.text()
    await world.reply(" stop ")

    told = hospital.heard[-1]
    assert (told.path, told.form["OptOutType"], told.form["Body"]) == ("/webhooks/twilio/messages", "STOP", " stop ")
    assert JUDGE.validate(told.url, told.form, told.headers["X-Twilio-Signature"])
    [automatic] = await world.messages(to=MARIA, origin="provider")
    assert "unsubscribed" in automatic["body"]
    assert (await world.text())[1]["code"] == 21610
    assert (await world.text(From=DEMONSTRATION.twilio_numbers[1]))[0] == 201

    await world.reply("YES", to=DEMONSTRATION.twilio_numbers[0])
    assert hospital.heard[-1].form["OptOutType"] == "START"
    assert (await world.text())[0] == 201


async def test_yes_is_an_ordinary_word_while_nothing_is_stopped(world: World, hospital: Hospital) -> None:
    await world.text()
    await world.reply("YES")
    assert "OptOutType" not in hospital.heard[-1].form
    assert await world.messages(to=MARIA, origin="provider") == []


async def test_a_reply_goes_to_whoever_wrote_last(world: World, hospital: Hospital) -> None:
    await world.text(From=DEMONSTRATION.twilio_numbers[1])
    answered = await world.reply("C")
    assert hospital.heard[-1].form["To"] == DEMONSTRATION.twilio_numbers[1]
    assert answered["webhook"]["status"] == 200


async def test_what_the_product_answers_in_twiml_comes_back_to_the_phone(world: World, hospital: Hospital) -> None:
    hospital.answer = (200, "<Response><Message>Thank you</Message></Response>")
    await world.reply("C")
    [automatic] = await world.messages(to=MARIA, origin="provider")
    assert automatic["body"] == "Thank you"


async def test_a_reply_that_cannot_be_carried_says_why(world: World) -> None:
    for reply in ({"channel": "email", "person": "maria@example.org"}, {"person": "Maria"}, {"to": "+12125550100"}):
        answered = await world.reply("C", **reply)
        assert answered["httpStatus"] == 422
        assert answered["title"]


async def test_signatures_cover_the_address_that_the_product_calls_its_own(hospital: Hospital, clock: SetClock) -> None:
    outside = Outside(
        accounts=DEMONSTRATION, product=hospital.address, public_url="https://crm.example.org", clock=clock, pace=Pace()
    )
    await send_reply(outside, Reply(channel="sms", sender=MARIA, body="C"))
    await outside.close()
    [heard] = hospital.heard
    public = "https://crm.example.org/webhooks/twilio/messages"
    assert JUDGE.validate(public, heard.form, heard.headers["X-Twilio-Signature"])


async def test_whatsapp_by_twilio_needs_an_open_window(world: World, hospital: Hospital) -> None:
    sender = f"whatsapp:{DEMONSTRATION.twilio_whatsapp_number}"
    callback = f"{hospital.address}/status"
    status, _ = await world.text(f"whatsapp:{MARIA}", From=sender, StatusCallback=callback)
    assert status == 201
    receipts = await hospital.hears(3)
    assert (receipts[-1].form["MessageStatus"], receipts[-1].form["ErrorCode"]) == ("failed", "63016")
    await world.reply("Hello?", channel="whatsapp", to=DEMONSTRATION.twilio_whatsapp_number)
    _, sent = await world.text(f"whatsapp:{MARIA}", "Free words", From=sender)
    assert (await world.until(id=sent["sid"], status="read"))["body"] == "Free words"


async def test_get_messages_waits_until_there_is_one(world: World) -> None:
    waiting = asyncio.create_task(world.messages(to=MARIA, wait="5"))
    await world.text(to="+12125550143", body="somebody else")
    await world.text(body="Here")
    assert [message["body"] for message in await waiting] == ["Here"]


async def test_a_file_that_somebody_sends_is_given_out_to_the_account_alone(world: World, hospital: Hospital) -> None:
    sent = {"name": "a.pdf", "mediaType": "application/pdf", "content": "JVBERi0xLjcK"}
    assert (await world.reply("Here", files=[sent]))["httpStatus"] == 201
    [told] = await hospital.hears(1)
    assert (told.form["NumMedia"], told.form["MediaContentType0"]) == ("1", "application/pdf")
    url = told.form["MediaUrl0"]
    assert url.startswith(f"{world.address}{ACCOUNT}/Messages/")
    async with world.http.get(url) as answer:
        assert answer.status == 401
    async with world.http.get(url, headers=SIGNED_IN, allow_redirects=False) as answer:
        assert answer.status == 307
        onward = answer.headers["Location"]
    async with world.http.get(onward) as answer:
        assert await answer.read() == b"%PDF-1.7\n"
