"""A second account stands in while the first fails, and the first comes back by itself; nobody gets anything twice."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bedside.kit.clock import SetClock
from bedside.messaging import Sender, providers
from bedside.messaging.fetching import Fetcher
from bedside.messaging.store_attachments import ToFetch
from bedside.sandbox import DEMONSTRATION
from bedside.sandbox.phones import Message
from tests.messaging.test_bad_days import tasks_for_staff
from tests.post_office import MAIL, MARIA, PostOffice

TWILIO, TWILIO_2 = DEMONSTRATION.twilios
WHATSAPP, WHATSAPP_2 = DEMONSTRATION.whatsapps
MAIL_SERVER = DEMONSTRATION.smtp_username


@pytest.fixture
def stand_ins() -> bool:
    return True


async def senders(office: PostOffice, channel: str) -> list[dict[str, Any]]:
    """The senders of a channel, the first account's first."""
    rows = await office.rows(
        "select to_jsonb(s) from communications.senders s where channel = %(channel)s order by account", channel=channel
    )
    return [row[0] for row in rows]


async def sent_by(office: PostOffice, message_id: int | None) -> int:
    """Which account a message went by, as it stands on the message."""
    [(account,)] = await office.rows(
        """select s.account from communications.message_queue q join communications.senders s on s.id = q.sender_id
           where q.id = %(id)s""",
        id=message_id,
    )
    return int(account)


async def held_back(office: PostOffice, channel: str = "email") -> list[bool]:
    """Whether the first account is held back, and the second."""
    return [one["tripped_at"] is not None for one in await senders(office, channel)]


async def mails(office: PostOffice, how_many: int) -> list[int | None]:
    """Queues mails, "Number 0" and so on."""
    return [(await office.queue("email", subject="Hello", body=f"Number {n}")).message_id for n in range(how_many)]


def once_each(got: list[Message], how_many: int) -> bool:
    """Whether everything arrived, and nothing twice."""
    return sorted(one.body for one in got) == sorted(f"Number {n}" for n in range(how_many))


async def mended(office: PostOffice) -> None:
    """The provider works again."""
    async with office.http.delete("/faults") as answer:
        assert answer.status in (200, 204)


async def test_messages_go_by_the_first_account_while_it_works(office: PostOffice) -> None:
    queued = [(await office.queue(channel)).message_id for channel in ("sms", "whatsapp", "email")]
    await office.delivered()
    assert [await sent_by(office, one) for one in queued] == [1, 1, 1]
    assert [one.sender for one in office.phone(channel="sms")] == [TWILIO.numbers[0]]
    assert [one.sender for one in office.phone(channel="whatsapp")] == [WHATSAPP.number]


async def test_a_mail_server_that_is_away_is_stood_in_for_and_comes_back_by_itself(
    office: PostOffice, clock: SetClock
) -> None:
    await office.fault("refused_connection", channel="email", account=MAIL_SERVER, count=None)
    queued = await mails(office, 10)
    await office.delivered()
    assert await held_back(office) == [True, False]
    assert once_each(office.phone(to=MAIL), 10)
    assert {await sent_by(office, one) for one in queued} == {2}
    [first, _] = await senders(office, "email")
    assert "mail server could not be reached" in first["tripped_because"]

    clock.advance(timedelta(seconds=31))  # one mail tries, and goes by the other
    again = await mails(office, 5)
    await office.delivered()
    assert await held_back(office) == [True, False]
    assert {await sent_by(office, one) for one in again} == {2}
    assert len(office.phone(to=MAIL)) == 15
    [first, _] = await senders(office, "email")
    assert first["tries"] == 1

    await mended(office)
    await mails(office, 3)
    await office.delivered()
    assert await held_back(office) == [True, False]  # its turn is a minute later
    clock.advance(timedelta(seconds=61))
    [trying, *_] = await mails(office, 2)
    await office.sender._claim()
    await office.delivered()
    assert await held_back(office) == [False, False]
    assert await sent_by(office, trying) == 1
    [last] = await mails(office, 1)
    await office.delivered()
    assert await sent_by(office, last) == 1
    assert len(office.phone(to=MAIL)) == 21
    kinds = await office.rows("select data->>'how' from crm.event_log where kind = 'sender.changed' order by id")
    assert [kind for (kind,) in kinds] == ["held back", "works again"]


async def test_two_workers_at_once_double_nothing_while_another_account_stands_in(
    office: PostOffice, clock: SetClock
) -> None:
    await office.fault("refused_connection", channel="email", account=MAIL_SERVER, count=None)
    await mails(office, 120)
    other = Sender(office.database, providers(office.accounts))
    await asyncio.gather(office.sender.drain(), other.drain())
    assert once_each(office.phone(to=MAIL), 120)
    clock.advance(timedelta(seconds=31))
    await mails(office, 1)
    struck = office.outside.faults
    before = [fault.struck for fault in struck]
    await asyncio.gather(office.sender.drain(), other.drain())
    # one of them tried, with the one mail that there was
    assert [fault.struck - was for fault, was in zip(struck, before, strict=True)] == [1]
    await other.close()


async def test_what_may_have_been_taken_stays_unknown_and_is_not_sent_by_the_other(
    office: PostOffice, clock: SetClock
) -> None:
    """Twilio answers 503, which does not say whether it took the message."""
    await office.fault("server_error", channel="sms", account=TWILIO.account_sid, count=None)
    unsure = [(await office.queue("sms", body=f"Unsure {n}")).message_id for n in range(3)]
    await office.delivered()
    assert {await office.status(one) for one in unsure} == {"unknown"}
    assert await held_back(office, "sms") == [True, False]
    later = [(await office.queue("sms", body=f"Number {n}")).message_id for n in range(5)]
    await office.delivered()
    assert once_each(office.phone(channel="sms"), 5)
    assert {one.sender for one in office.phone(channel="sms")} == {TWILIO_2.numbers[0]}
    assert {await office.status(one) for one in later} == {"delivered"}  # its receipts, signed by the second's token
    for _ in range(5):
        clock.advance(timedelta(seconds=20))
        await office.sender.look_after()
        await office.delivered()
    assert {await office.status(one) for one in unsure} == {"unknown"}
    assert len(office.phone(channel="sms")) == 5


async def test_a_bad_password_pauses_the_account_and_the_second_stands_in(office: PostOffice, clock: SetClock) -> None:
    account = office.accounts.smtp
    assert account is not None
    sender = Sender(office.database, providers(replace(office.accounts, smtp=replace(account, password="wrong"))))
    queued = await mails(office, 6)
    await sender.drain()
    await office.settled()
    assert once_each(office.phone(to=MAIL), 6)
    assert {await sent_by(office, one) for one in queued} == {2}
    [first, _] = await senders(office, "email")
    assert first["paused_because"] == first["tripped_because"] == "The mail server does not accept our sign-in."
    assert await tasks_for_staff(office) == ["The email account does not work; another account sends meanwhile"]
    await sender.close()

    clock.advance(timedelta(minutes=16))  # somebody has mended the password meanwhile
    [trying] = await mails(office, 1)
    await office.delivered()
    assert await held_back(office) == [False, False]
    assert await sent_by(office, trying) == 1


async def test_a_sender_paused_by_hand_waits_and_nobody_stands_in(office: PostOffice) -> None:
    async with office.database.transaction() as tx:
        await tx.execute(
            """update communications.senders set paused_until = timestamptz '2999-01-01', tripped_at = %(now)s,
                      try_at = %(now)s where channel = 'email' and account = 1"""
        )
    [waiting] = await mails(office, 1)
    await office.delivered()
    assert await office.status(waiting) == "queued"


@pytest.mark.parametrize("kind", ["rate_limit", "error"])
async def test_a_recipients_fault_and_a_rate_limit_are_no_reason_to_change(office: PostOffice, kind: str) -> None:
    await office.fault(kind, channel="sms", account=TWILIO.account_sid, count=6, code=21614)
    for n in range(6):
        await office.queue("sms", body=f"Number {n}", to=f"+1212555010{n}")
    await office.sender.step()
    await office.settled()
    await office.sender.step()
    assert await held_back(office, "sms") == [False, False]


async def test_where_both_fail_messages_wait_as_ever(office: PostOffice, clock: SetClock) -> None:
    await office.fault("refused_connection", channel="email", count=None)
    queued = await mails(office, 6)
    await office.delivered()
    assert await held_back(office) == [True, True]
    assert {await office.status(one) for one in queued} == {"queued"}
    await mended(office)
    clock.advance(timedelta(seconds=40))
    await office.delivered()
    assert once_each(office.phone(to=MAIL), 6)
    # the last to fail had them; the first was tried with one
    assert await held_back(office) == [False, False]
    assert sorted({await sent_by(office, one) for one in queued}) == [1, 2]


async def test_a_second_that_failed_too_is_tried_again_with_what_waits_for_the_first(
    office: PostOffice, clock: SetClock
) -> None:
    """Both were away, nothing waits for the second any more, and the first stays away."""
    async with office.database.transaction() as tx:
        await tx.execute(
            """update communications.senders set tripped_at = %(now)s, tripped_because = 'Away.', faults_in_row = 3,
                      try_at = %(now)s + interval '1 minute' * account,
                      paused_until = case when account = 1 then %(now)s + interval '15 minutes' end
               where channel = 'email'"""
        )
    await office.fault("refused_connection", channel="email", account=MAIL_SERVER, count=None)
    queued = await mails(office, 4)
    await office.delivered()
    assert {await office.status(one) for one in queued} == {"queued"}
    clock.advance(timedelta(seconds=121))
    await office.delivered()
    assert once_each(office.phone(to=MAIL), 4)
    assert {await sent_by(office, one) for one in queued} == {2}
    assert await held_back(office) == [True, False]


async def test_a_full_day_of_the_first_keeps_the_second_from_nothing(office: PostOffice) -> None:
    async with office.database.transaction() as tx:
        await tx.execute(
            """update communications.senders set tripped_at = %(now)s, try_at = %(now)s, daily_cap = 5,
                      sent_that_day = 5, sent_on = (%(now)s at time zone 'UTC')::date
               where channel = 'email' and account = 1"""
        )
    queued = await mails(office, 2)
    await office.delivered()
    assert {await sent_by(office, one) for one in queued} == {2}
    assert once_each(office.phone(to=MAIL), 2)


async def test_an_answer_to_the_second_number_goes_by_it_and_as_a_template_by_the_first(office: PostOffice) -> None:
    await office.reply("Hello, are you there?", "whatsapp", to=WHATSAPP_2.number)
    answered = await office.queue("whatsapp", body="Yes, we are.")
    await office.delivered()
    assert await sent_by(office, answered.message_id) == 2
    [got] = office.phone(channel="whatsapp")
    assert (got.sender, got.template, got.body) == (WHATSAPP_2.number, None, "Yes, we are.")

    await office.fault("error", channel="whatsapp", account=WHATSAPP_2.phone_number_id, code=131016, count=None)
    for n in range(3):
        await office.queue("whatsapp", body=f"Number {n}")
    await office.delivered()
    assert await held_back(office, "whatsapp") == [False, True]
    by_first = office.phone(channel="whatsapp")[1:]
    assert {(one.sender, one.template) for one in by_first} == {(WHATSAPP.number, "notice_utility")}
    assert len(by_first) == 3


async def test_a_stop_to_the_number_that_stands_in_stops_both(office: PostOffice) -> None:
    await office.reply("STOP", to=TWILIO_2.numbers[0])
    assert (await office.queue("sms")).message_id is None
    await office.reply("START", to=TWILIO.numbers[0])
    assert (await office.queue("sms")).message_id is not None


async def test_a_picture_sent_to_the_second_number_is_fetched_with_its_account(office: PostOffice) -> None:
    fetcher = Fetcher(office.database, None, office.accounts)  # type: ignore[arg-type]
    one = {"id": 1, "name": "x", "conversation_id": 1, "person_kind": None, "person_id": None, "attempts": 0}
    sms = ToFetch(
        provider="twilio",
        reference=f"https://api.twilio.com/2010-04-01/Accounts/{TWILIO_2.account_sid}/Messages/SM1/Media/ME1",
        to_address=TWILIO_2.numbers[0],
        **one,  # type: ignore[arg-type]
    )
    assert fetcher._twilio(sms).account_sid == TWILIO_2.account_sid
    picture = ToFetch(provider="whatsapp_cloud", reference="1", to_address=WHATSAPP_2.phone_number_id, **one)  # type: ignore[arg-type]
    assert fetcher._whatsapp(picture).phone_number_id == WHATSAPP_2.phone_number_id


async def test_a_form_of_one_account_signed_with_the_others_token_is_refused(office: PostOffice) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": "sent", "AccountSid": TWILIO_2.account_sid}
    path = "/webhooks/twilio/status/1"
    assert await office.twilio_posts(path, fields) == 403
    assert await office.twilio_posts(path, fields, token=TWILIO_2.auth_token) == 204
    assert await office.reply("Hello", to=TWILIO_2.numbers[0], person=MARIA) == 200
