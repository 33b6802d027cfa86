"""Mail that comes in: for our own addresses only, threaded, acted on by no From line, machines never answered."""

import asyncio
from collections.abc import AsyncIterator

import aiosmtplib
import pytest

from bedside.messaging import mail_listener
from bedside.messaging.providers.smtp import incoming
from bedside.messaging.reports import Malformed
from tests.post_office import MAIL, SECRET, PostOffice

OURS = "hello@bedside.example.org"


@pytest.fixture
async def post(office: PostOffice) -> AsyncIterator[PostOffice]:
    """The post office, whose worker takes mail."""
    server = await mail_listener.listen(office.database, secret=SECRET, host="127.0.0.1", port=0)
    office.outside.mail_to = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield office
    server.close()


async def write(office: PostOffice, body: str, **more: object) -> None:
    """Maria writes a mail."""
    sent = {"channel": "email", "from": MAIL, "to": OURS, "body": body, **more}
    async with office.http.post("/replies", json=sent) as answer:
        assert answer.status == 201, await answer.text()
        assert (await answer.json())["message"]["status"] == "received"
    await office.applied()


async def kept(office: PostOffice) -> list[tuple[object, ...]]:
    """What came in."""
    await office.applied()
    return await office.rows(
        """select m.subject, m.body, m.answers is not null, m.automatic, c.needs_answer, c.person_id, m.acted
           from communications.inbound_messages m
           join communications.conversations c on c.id = m.conversation_id order by m.id"""
    )


async def test_an_answer_by_mail_stands_in_the_patients_thread_and_names_what_it_answers(post: PostOffice) -> None:
    await post.queue("email", subject="Your visit", body="Please bring your card.")
    await post.delivered()
    await post.reply("And by SMS")
    await write(post, "Which card?\n\nOn Tue, Mar 2, Harbor wrote:\n> Please bring your card.")
    assert [row[:5] for row in await kept(post)] == [
        (None, "And by SMS", False, False, True),
        (
            "Re: Your visit",
            "Which card?\n\nOn Tue, Mar 2, Harbor wrote:\n> Please bring your card.",
            True,
            False,
            True,
        ),
    ]
    assert await post.rows("select count(*) from communications.conversations") == [(1,)]


async def test_what_a_machine_writes_is_kept_and_nobody_is_asked_to_answer(post: PostOffice) -> None:
    await write(post, "I am away until Monday. HELP", subject="Out of office", automatic=True)
    assert await kept(post) == [("Out of office", "I am away until Monday. HELP", False, True, False, post.maria, "")]
    assert await post.rows("select count(*) from crm.tasks") == [(0,)]
    assert await post.rows("select count(*) from communications.message_queue") == [(0,)]


async def test_mail_for_nobody_here_is_refused_and_nothing_is_relayed(post: PostOffice) -> None:
    host, _, port = str(post.outside.mail_to).rpartition(":")
    async with aiosmtplib.SMTP(hostname=host, port=int(port), start_tls=False) as wire:
        for address in ("somebody@elsewhere.org", "bounces+1.000000000000@bedside.example.org"):
            with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
                await wire.sendmail(MAIL, [address], b"Subject: Hello\r\n\r\nHello")
        await wire.sendmail(MAIL, [OURS.upper()], b"Subject: no sender\r\n\r\nHello")
    assert await kept(post) == []
    rows = await post.rows("select error, set_aside_at is not null from communications.webhook_receipts")
    assert rows == [("Malformed: a mail without a sender", True)]


async def test_the_same_mail_twice_is_kept_once(post: PostOffice) -> None:
    host, _, port = str(post.outside.mail_to).rpartition(":")
    mail = f"From: {MAIL}\r\nMessage-ID: <1@x>\r\nSubject: Hi\r\n\r\nHello".encode()
    async with aiosmtplib.SMTP(hostname=host, port=int(port), start_tls=False) as wire:
        await asyncio.gather(wire.sendmail(MAIL, [OURS], mail))
        await wire.sendmail(MAIL, [OURS], b"X-Seen: again\r\n" + mail)
    assert len(await kept(post)) == 1


async def test_stop_alone_stops_mail_and_a_letter_acts_on_nothing(post: PostOffice) -> None:
    await write(post, "X")
    [(told,)] = await post.rows("select data->>'body' from crm.event_log where kind = 'message.received'")
    assert told == "Hello\nX"
    await write(post, "Stop\n\nOn Tue, Mar 2, Harbor wrote:\n> Please bring your card.")
    assert (await post.queue("email")).message_id is None
    assert (await post.queue("sms")).message_id is not None


def test_words_are_read_from_html_where_there_is_nothing_else() -> None:
    raw = (
        b"Return-Path: <a@b.org>\r\nDelivered-To: us@h.org\r\n"
        b"From: =?utf-8?q?Ana?= <Ana@B.org>\r\nSubject: =?utf-8?b?U8Ot?=\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<style>p{}</style><p>Yes<br>please</p><script>x()</script>"
    )
    read = incoming.inbound(raw)
    assert (read.from_address, read.subject, read.body, read.automatic) == ("ana@b.org", "Sí", "Yes\nplease", False)
    assert read.to_address == "us@h.org"
    with pytest.raises(Malformed):
        incoming.inbound(b"Subject: Hello\r\n\r\nHello")


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied", "Precedence: bulk", "List-Id: <x>", "Return-Path: <>", "X-Autoreply: yes"],
)
def test_machines_are_known_by_what_they_say_of_themselves(header: str) -> None:
    assert incoming.inbound(f"{header}\r\nFrom: a@b.org\r\n\r\nAway".encode()).automatic
    assert not incoming.inbound(b"Auto-Submitted: no\r\nFrom: a@b.org\r\n\r\nHere").automatic
