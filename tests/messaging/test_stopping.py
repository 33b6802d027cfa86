"""Who stops: by a word in their language, by a mail that comes back, by a report of unwanted mail."""

from datetime import datetime, timedelta

import pytest

from bedside.kit.clock import SetClock
from bedside.messaging import store_suppressions
from bedside.messaging.providers.smtp.verp import envelope_sender
from bedside.messaging.receiving import receive
from bedside.messaging.reports import Inbound
from bedside.messaging.stop_words import Asked, Wish, asked
from tests.messaging.test_preferences import news, stops
from tests.post_office import MAIL, MARIA, SECRET, PostOffice


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("stop", Asked(Wish.STOP, "en")),
        (" Stop. ", Asked(Wish.STOP, "en")),
        ("Párar", Asked(Wish.STOP, "es")),
        ("DAR DE BAJA!", Asked(Wish.STOP, "es")),
        ("إِيقاف", Asked(Wish.STOP, "ar")),
        ("ايقاف", Asked(Wish.STOP, "ar")),
        ("توقـــف", Asked(Wish.STOP, "ar")),
        ("AYUDA", Asked(Wish.HELP, "es")),
        ("Sí", Asked(Wish.YES, "es")),
        ("stop by at ten?", None),
        ("cancelar", None),
        ("إلغاء", None),
        ("", None),
    ],
)
def test_a_word_counts_where_it_is_the_whole_message(text: str, meant: Asked | None) -> None:
    assert asked(text) == meant


async def test_a_stop_in_spanish_is_obeyed_at_once_and_confirmed_once_in_spanish(office: PostOffice) -> None:
    waiting = await office.queue("sms", body="Too late")
    await office.reply("Alto")
    await office.reply("ALTO")
    assert await office.status(waiting.message_id) == "cancelled"
    assert (await office.queue("sms")).message_id is None
    assert (await office.queue("whatsapp")).message_id is not None
    await office.delivered()
    [confirmed] = office.phone(channel="sms")
    assert confirmed.language in (None, "es")
    assert "no " in confirmed.body.lower()
    assert "You will" not in confirmed.body
    await office.reply("Alta")
    assert (await office.queue("sms")).message_id is not None


async def bounced(office: PostOffice, message: int, *, status: str, to: str | None = None) -> int:
    """A mail comes back."""
    address = envelope_sender(message, domain="example.org", secret=SECRET)
    body = (
        f"To: {to or address}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {MAIL}\r\nAction: failed\r\nStatus: {status}\r\n\r\n--b--\r\n"
    )
    return await office.post("/webhooks/mail/bounces", body.encode(), {"Content-Type": "message/rfc822"})


async def test_a_mailbox_that_is_not_there_stops_the_address(office: PostOffice) -> None:
    message = await news(office)
    await office.delivered()
    assert await bounced(office, message, status="5.1.1") == 204
    assert await stops(office) == [("email", MAIL, None, "bounce")]
    assert (await office.queue("email")).refused_because == "Messages to this address came back."


async def test_a_full_mailbox_stops_the_address_the_third_time_in_a_row(office: PostOffice) -> None:
    for n in range(4):
        queued = await office.queue("email", subject=f"Number {n}")
        assert queued.message_id is not None
        await office.delivered()
        if n != 0:  # the first arrived
            assert await stops(office) == []
            await bounced(office, queued.message_id, status="4.2.2")
    assert await stops(office) == [("email", MAIL, None, "bounce")]


@pytest.mark.parametrize(("kind", "stopped"), [("abuse", True), ("not-spam", False)])
async def test_a_complaint_stops_the_address(office: PostOffice, kind: str, stopped: bool) -> None:
    message = await news(office)
    await office.delivered()
    address = envelope_sender(message, domain="example.org", secret=SECRET)
    body = (
        "From: <abuse@mailbox.example.org>\r\nTo: <feedback@bellevue.example.org>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n"
        f"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\nUser-Agent: Some/1.0\r\n"
        f"Version: 1\r\nOriginal-Mail-From: <{address}>\r\n\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: Flu shots\r\n\r\nHello\r\n--b--\r\n"
    )
    assert await office.post("/webhooks/mail/bounces", body.encode(), {"Content-Type": "message/rfc822"}) == 204
    assert await stops(office) == ([("email", MAIL, None, "complaint")] if stopped else [])
    forged = body.replace(address, address.replace(".", ".0", 1))
    assert await office.post("/webhooks/mail/bounces", forged.encode(), {}) == 403


async def test_a_stop_of_whatsapps_news_leaves_visits_alone(office: PostOffice) -> None:
    from tests.messaging.test_consent import says

    await says(office, "whatsapp marketing true")
    queued = await office.queue("whatsapp", purpose="marketing")
    await office.sender.drain()
    said = {"id": "wamid.x", "status": "failed", "recipient_id": MARIA[1:], "errors": [{"code": 131050, "title": "x"}]}
    row = await office.message(queued.message_id)
    await office.whatsapp_says(said | {"id": row["provider_id"]}, message_id=queued.message_id)
    assert await stops(office) == [("whatsapp", MARIA, "marketing", "opt_out")]
    assert (await office.queue("whatsapp", purpose="marketing")).refused_because == "They stopped news by WhatsApp."
    assert (await office.queue("whatsapp")).message_id is not None


async def test_a_mail_that_says_unsubscribe_in_its_subject_stops_news_alone(office: PostOffice) -> None:
    await news(office)
    mail = {"channel": "email", "provider": "smtp", "from_address": MAIL, "to_address": "hello@bellevue.example.org"}
    for n, subject in enumerate(("Unsubscribe", "START")):  # a From line proves nothing: by mail one can only stop
        async with office.database.transaction() as tx:
            inbound = Inbound(provider_id=f"<{n}@example.org>", body="Thank you", subject=subject, **mail)
            assert await receive(tx, inbound)
    assert await stops(office) == [("email", MAIL, "marketing", "opt_out")]
    assert (await office.queue("email", subject="Your visit")).message_id is not None


@pytest.mark.parametrize(
    ("language", "stop", "start", "help_", "stopped", "started", "helped"),
    [
        ("es", "Darme de baja", "Alta", "AYUDA", "Ya no le enviamos", "Vuelve a recibir", "Una persona de Bellevue"),
        ("ar", "إيقاف", "ابدأ", "مساعدة", "لن تصلك رسائل", "ستصلك رسائلنا", "سيقرأ أحد موظفي"),
    ],
)
async def test_stop_start_and_help_are_each_answered_once_in_the_language_of_the_word(
    office: PostOffice, language: str, stop: str, start: str, help_: str, stopped: str, started: str, helped: str
) -> None:
    async def answers(word: str) -> list[str]:
        before = len(office.phone(channel="sms"))
        await office.reply(word)
        await office.delivered()
        return [message.body for message in office.phone(channel="sms")[before:]]

    [confirmed] = await answers(stop)
    assert confirmed.startswith(stopped)
    assert await answers(stop) == []  # stopped already: nothing more goes there
    [again] = await answers(start)
    assert again.startswith(started)
    assert await answers(start) == []  # they get messages already
    [help_text] = await answers(help_)
    assert helped in help_text
    assert (await office.queue("sms")).message_id is not None


async def test_what_twilio_confirmed_itself_is_not_confirmed_again(office: PostOffice) -> None:
    for word in ("STOP", "START"):
        await office.reply(word)
        await office.delivered()
    assert await office.rows("select template_key from communications.message_queue") == []
    assert (await office.queue("sms")).message_id is not None


def wrote(office: PostOffice, body: str, at: datetime) -> Inbound:
    """What Maria wrote, when Twilio got it."""
    return Inbound(
        channel="sms", provider="twilio", provider_id=f"SM{body}{at.timestamp()}", from_address=MARIA,
        to_address="+12125550199", body=body, at=at,
    )  # fmt: skip


@pytest.mark.parametrize("word", ["START", "YES"])
async def test_a_start_that_we_apply_late_does_not_lift_the_stop_that_came_after_it(
    office: PostOffice, clock: SetClock, word: str
) -> None:
    first, start, second = (clock.now() + timedelta(minutes=minutes) for minutes in (0, 1, 2))
    clock.advance(timedelta(minutes=10))
    async with office.database.transaction() as tx:
        for body, at in [("STOP", first), ("STOP", second), (word, start)]:
            await receive(tx, wrote(office, body, at))
    assert (await office.queue("sms")).message_id is None
    acted = await office.rows("select acted from communications.inbound_messages order by id desc limit 1")
    assert acted == [("nothing: they stopped messages after that",)]
    async with office.database.transaction() as tx:
        await receive(tx, wrote(office, "START", clock.now()))
    assert (await office.queue("sms")).message_id is not None


async def test_a_start_that_we_apply_late_does_not_lift_a_stop_by_a_link_after_it(
    office: PostOffice, clock: SetClock
) -> None:
    start = clock.now()
    clock.advance(timedelta(minutes=2))
    async with office.database.transaction() as tx:
        await store_suppressions.suppress(
            tx, channel="sms", address=MARIA, sender_id=None, reason="opt_out", source="their preferences"
        )
        await receive(tx, wrote(office, "START", start))
    assert (await office.queue("sms")).message_id is None
