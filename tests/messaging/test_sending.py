"""A message's way out: queued once, sent, followed by receipts, and never twice."""

import asyncio
from datetime import timedelta

from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.messaging import PersonRef, Sender, enqueue, providers
from tests.messaging.conftest import MAIL, MARIA, PostOffice


async def test_an_sms_arrives_and_its_receipts_come_back(office: PostOffice) -> None:
    queued = await office.queue("sms", body="See you at ten.")
    await office.delivered()
    [received] = office.phone(channel="sms")
    row = await office.message(queued.message_id)
    assert (received.body, received.status) == ("See you at ten.", "delivered")
    assert (row["status"], row["provider_id"], row["segments"]) == ("delivered", received.id, 1)
    assert await office.events(queued.message_id) == ["sent", "delivered"]
    assert None not in (row["sent_at"], row["delivered_at"], row["ended_at"])


async def test_whatsapp_carries_free_words_in_an_approved_template_and_is_read(office: PostOffice) -> None:
    queued = await office.queue("whatsapp", body="Please bring\nyour papers.")
    await office.delivered()
    [received] = office.phone(channel="whatsapp")
    assert (received.template, received.body) == (
        "notice_utility",
        "A message from your hospital:\n\nPlease bring your papers.\n\nYou can answer here.",
    )
    assert await office.status(queued.message_id) == "read"


async def test_whatsapp_takes_free_words_as_they_are_within_a_day_of_the_persons_last_message(
    office: PostOffice, clock: SetClock
) -> None:
    assert await office.reply("Is there parking?", channel="whatsapp") == 200
    await office.queue("whatsapp", body="Yes, behind\nthe house.")
    await office.delivered()
    clock.advance(timedelta(hours=24))
    await office.queue("whatsapp", body="Did you find it?")
    await office.delivered()
    within, after = office.phone(channel="whatsapp")
    assert (within.template, within.body) == (None, "Yes, behind\nthe house.")
    assert after.template == "notice_utility"


async def test_mail_arrives_with_plain_text_html_and_an_envelope_of_its_own(office: PostOffice) -> None:
    queued = await office.queue("email", subject="Your papers", body="Please bring your papers.")
    await office.delivered()
    [received] = office.phone(to=MAIL)
    assert (received.subject, received.body) == ("Your papers", "Please bring your papers.")
    assert "Please bring your papers.</p>" in (received.html or "")
    assert f"bounces+{queued.message_id}." in (received.envelope_sender or "")
    assert "List-Unsubscribe" not in received.headers
    assert await office.status(queued.message_id) == "sent"


async def test_the_same_key_queues_once_though_two_ask_at_the_same_time(office: PostOffice) -> None:
    async def ask() -> int | None:
        async with office.database.transaction() as tx:
            queued = await enqueue(
                tx,
                key="reminder:7",
                to=PersonRef(id=office.maria),
                channel="sms",
                purpose="transactional",
                body="Hello",
                hospital_id=office.hospital,
                actor=SYSTEM,
            )
            await asyncio.sleep(0)
            return queued.message_id

    first, second, third = await asyncio.gather(ask(), ask(), ask())
    await office.delivered()
    assert first == second == third
    assert len(office.phone()) == 1


async def test_two_senders_at_once_send_each_message_once(office: PostOffice) -> None:
    other = Sender(office.database, providers(office.accounts))
    for number in range(30):
        await office.queue("sms", body=f"Number {number}")
    await asyncio.gather(office.sender.drain(), other.drain())
    await other.close()
    assert sorted(message.body for message in office.phone()) == sorted(f"Number {n}" for n in range(30))


async def test_a_code_is_blanked_once_it_has_left(office: PostOffice) -> None:
    queued = await office.queue(
        "sms",
        to=MARIA,
        template_key="booking_code",
        variables={"code": "123456", "minutes": 10},
        sensitive=True,
        urgent=True,
        priority=0,
    )
    await office.delivered()
    row = await office.message(queued.message_id)
    assert office.phone()[0].body.startswith("123456 is your code for Bellevue General.")
    assert "123456" not in str(row)
