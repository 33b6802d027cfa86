"""When providers are slow, away, cut off or wrong: nothing is lost, nothing is doubled, and people are told."""

import asyncio
from datetime import timedelta

from bedside.kit.clock import SetClock
from bedside.messaging import Sender, providers
from bedside.messaging.providers.http import Answer, Unanswered, Wire
from bedside.messaging.providers.twilio.wire import Twilio
from tests.post_office import MAIL, MARIA, PostOffice


async def tasks_for_staff(office: PostOffice) -> list[str]:
    """What staff have been asked to do."""
    return [row[0] for row in await office.rows("select title from crm.tasks order by id")]


async def test_a_rate_limit_was_not_processed_so_it_is_sent_again_later(office: PostOffice, clock: SetClock) -> None:
    await office.fault("rate_limit", channel="sms")
    queued = await office.queue("sms")
    await office.delivered()
    waiting = await office.message(queued.message_id)
    assert (waiting["status"], waiting["error_code"], waiting["attempts"]) == ("queued", "20429", 1)
    assert office.phone() == []
    clock.advance(timedelta(seconds=5))
    await office.delivered()
    assert len(office.phone()) == 1
    assert await office.status(queued.message_id) == "delivered"


async def test_a_storm_of_rate_limits_is_sat_out_and_nobody_is_given_up(office: PostOffice, clock: SetClock) -> None:
    queued = await office.queue("sms")
    await office.fault("rate_limit", channel="sms", count=12)
    for _ in range(12):
        await office.delivered()
        assert await office.status(queued.message_id) == "queued"
        clock.advance(timedelta(minutes=20))
    await office.delivered()
    assert len(office.phone()) == 1
    row = await office.message(queued.message_id)
    assert (row["status"], row["attempts"]) == ("delivered", 13)


async def test_a_connection_refused_is_sent_again_and_given_up_after_eight_attempts(
    office: PostOffice, clock: SetClock
) -> None:
    queued = await office.queue("email", subject="Hello")
    await office.fault("refused_connection", channel="email", count=None)
    for _ in range(10):
        await office.delivered()
        clock.advance(timedelta(minutes=20))
    row = await office.message(queued.message_id)
    assert (row["status"], row["attempts"]) == ("failed", 8)
    assert "Given up after 8 attempts" in row["error"]


async def test_a_provider_away_for_a_minute_gets_every_message_once_it_is_back(
    office: PostOffice, clock: SetClock
) -> None:
    await office.fault("refused_connection", channel="email", count=None)
    queued = [(await office.queue("email", subject="Hello", body=f"Number {n}")).message_id for n in range(10)]
    for _ in range(4):
        await office.delivered()
        clock.advance(timedelta(seconds=15))
    assert office.phone(to=MAIL) == []
    assert {await office.status(one) for one in queued} == {"queued"}
    async with office.http.delete("/faults") as answer:
        assert answer.status in (200, 204)
    clock.advance(timedelta(minutes=1))
    await office.delivered()
    assert sorted(message.body for message in office.phone(to=MAIL)) == sorted(f"Number {n}" for n in range(10))
    assert {await office.status(one) for one in queued} == {"sent"}


async def test_a_time_out_after_acceptance_is_found_at_twilio_and_not_sent_again(
    office: PostOffice, clock: SetClock
) -> None:
    await office.fault("silent_after_acceptance", channel="sms")
    await office.fault("receipts_lost", channel="sms")
    impatient = providers(office.accounts)
    assert office.accounts.twilio is not None
    impatient["twilio"] = Twilio(office.accounts.twilio, public_url=office.accounts.public_url, timeout=0.3)
    sender = Sender(office.database, impatient)
    queued = await office.queue("sms", body="Once only")
    await sender.drain()
    assert await office.status(queued.message_id) == "unknown"
    await sender.look_after()
    await sender.drain()
    await sender.close()
    row = await office.message(queued.message_id)
    assert len(office.phone()) == 1
    assert (row["status"], row["provider_id"]) == ("delivered", office.phone()[0].id)


async def test_a_message_that_waits_for_a_connection_to_a_slow_provider_has_not_been_sent_and_is_not_given_up() -> None:
    """One connection, on which the first request takes all the time that a request has."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"/silent" in await reader.readuntil(b"\r\n\r\n"):
            await reader.read()  # until they are gone
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as provider:
        wire = Wire(timeout=0.5, connections=1)
        host, port = provider.sockets[0].getsockname()
        at = f"http://{host}:{port}"
        asked = (wire.request("GET", f"{at}/silent"), wire.request("GET", f"{at}/quick"))
        silent, quick = await asyncio.gather(*asked, return_exceptions=True)
        await wire.close()
    assert isinstance(silent, Unanswered)
    assert isinstance(quick, Answer)
    assert quick.status == 200


async def test_an_identical_message_that_is_known_is_not_taken_for_the_unknown_one(
    office: PostOffice, clock: SetClock
) -> None:
    """Two reminders with the same words; the second was cut off before Twilio had it."""
    first = await office.queue("sms", body="The same words")
    await office.delivered()
    second = await office.queue("sms", body="The same words")
    async with office.database.transaction() as tx:
        await tx.execute(
            """update communications.message_queue set status = 'unknown', sending_at = %(now)s where id = %(id)s""",
            id=second.message_id,
        )
    await office.sender.look_after()
    assert await office.status(first.message_id) == "delivered"
    assert await office.status(second.message_id) == "unknown"


async def test_a_sender_that_dies_after_sending_leaves_a_message_unknown_that_is_then_found(
    office: PostOffice, clock: SetClock
) -> None:
    await office.fault("receipts_lost", channel="sms", count=None)
    queued = await office.queue("sms", body="Killed in between")
    dying = Sender(office.database, providers(office.accounts))
    await dying._claim()
    while not all(task.done() for task in dying._in_flight):
        await office.outside.phones.change(0.05)
    await dying.close()  # and here it is gone, without having written anything back
    assert await office.status(queued.message_id) == "sending"
    await office.delivered()
    assert len(office.phone()) == 1
    clock.advance(timedelta(seconds=61))
    await office.sender.look_after()
    await office.delivered()
    assert len(office.phone()) == 1
    assert await office.events(queued.message_id) == ["unknown", "delivered"]


async def test_what_stays_unknown_is_put_before_staff_and_a_late_receipt_still_settles_it(
    office: PostOffice, clock: SetClock
) -> None:
    queued = await office.queue("whatsapp", body="Perhaps")
    dying = Sender(office.database, providers(office.accounts))
    await dying._claim()  # its request will arrive, but nobody waits for the answer
    for task in dying._in_flight:
        task.cancel()
    await dying.close()
    clock.advance(timedelta(minutes=2))
    await office.sender.look_after()
    clock.advance(timedelta(minutes=5))
    await office.sender.look_after()
    assert await office.status(queued.message_id) == "unknown"
    assert await tasks_for_staff(office) == [f"It is not known whether a message to {MARIA} arrived (whatsapp)"]
    assert await office.whatsapp_says({"id": "wamid.late", "status": "delivered"}, message_id=queued.message_id) == 200
    assert await office.status(queued.message_id) == "delivered"


async def test_mail_lost_after_the_final_dot_is_unknown_and_never_sent_again(
    office: PostOffice, clock: SetClock
) -> None:
    await office.fault("silent_after_acceptance", channel="email")
    queued = await office.queue("email", subject="Once only")
    await office.delivered()
    for _ in range(5):
        clock.advance(timedelta(minutes=10))
        await office.sender.look_after()
        await office.delivered()
    assert len(office.phone(to=MAIL)) == 1
    assert await office.status(queued.message_id) == "unknown"


async def test_a_permanent_error_is_not_tried_again(office: PostOffice, clock: SetClock) -> None:
    await office.fault("error", channel="sms", code=21612)
    queued = await office.queue("sms")
    await office.delivered()
    clock.advance(timedelta(days=1))
    await office.delivered()
    row = await office.message(queued.message_id)
    assert (row["status"], row["error_code"], row["attempts"]) == ("failed", "21612", 1)


async def test_an_opt_out_that_only_twilio_knew_stops_the_number_here_too(office: PostOffice) -> None:
    await office.fault("error", channel="sms", code=21610)
    await office.queue("sms")
    await office.delivered()
    refused = await office.queue("sms")
    assert refused.message_id is None
    assert refused.refused_because == "They stopped messages by SMS."
    assert (await office.queue("email", subject="By mail")).message_id is not None


async def test_an_account_that_is_not_accepted_pauses_its_channel_and_asks_an_administrator(
    office: PostOffice, clock: SetClock
) -> None:
    await office.fault("error", channel="whatsapp", code=190)
    first, second = await office.queue("whatsapp"), await office.queue("sms")
    await office.delivered()
    assert await office.status(first.message_id) == "queued"
    assert await office.status(second.message_id) == "delivered"
    assert await tasks_for_staff(office) == ["The whatsapp account does not work; its messages wait"]
    clock.advance(timedelta(minutes=16))
    await office.delivered()
    assert await office.status(first.message_id) == "read"


async def test_a_text_that_cannot_be_made_fails_alone_and_asks_for_the_template(office: PostOffice) -> None:
    bad = await office.queue("sms", template_key="appointment_reminder", variables={"appointment": {"date": "1 May"}})
    good = await office.queue("sms", body="Hello")
    await office.delivered()
    row = await office.message(bad.message_id)
    assert row["status"] == "failed"
    assert "appointment.practitioner" in row["error"]
    assert await office.status(good.message_id) == "delivered"
    assert await tasks_for_staff(office) == ["Messages from the template “appointment_reminder” cannot be sent (sms)"]


async def test_a_mailbox_that_is_not_there_is_suppressed_by_its_bounce(office: PostOffice) -> None:
    await office.fault("bounce", channel="email", code="5.1.1")
    queued = await office.queue("email", subject="Hello")
    await office.delivered()
    [bounce] = office.outside.bounces
    raw = bounce.raw.encode()
    assert await office.post("/webhooks/mail/bounces", raw, {"content-type": "message/rfc822"}) == 204
    assert await office.status(queued.message_id) == "undelivered"
    assert (await office.queue("email", subject="Again")).message_id is None
    forged = raw.replace(b"bounces+", b"bounces+1")
    assert await office.post("/webhooks/mail/bounces", forged, {"content-type": "message/rfc822"}) == 403


async def test_a_demonstration_writes_to_real_providers_only_for_those_allowed(office: PostOffice) -> None:
    speaking = providers(office.accounts)
    for provider in speaking.values():
        provider.real = True
    careful = Sender(office.database, speaking, demonstration=True, allow_recipients=frozenset({MAIL}))
    text, mail = await office.queue("sms"), await office.queue("email", subject="Hello")
    await careful.drain()
    await careful.close()
    row = await office.message(text.message_id)
    assert (row["status"], row["error_code"]) == ("failed", "demonstration")
    assert office.phone() == []
    assert await office.status(mail.message_id) == "sent"
