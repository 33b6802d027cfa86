"""Files with messages, both ways: fetched by the worker, judged by their bytes, sent as each channel carries them."""

import asyncio
import base64
import io
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from bedside.app import create_app
from bedside.kit.clock import SetClock
from bedside.kit.files import files_at
from bedside.messaging import Sender, mail_listener, providers
from bedside.messaging.fetching import Fetcher
from bedside.messaging.store_attachments import claim
from bedside.messaging.tasks import forget_unsent_files
from tests.post_office import MAIL, MARIA, SECRET, Application, PostOffice
from tests.web import AsRole

HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(32)
PDF = b"%PDF-1.7\n%of no use\n"
VOICE = b"OggS" + bytes(24) + b"OpusHead" + bytes(64)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def png(width: int = 3, height: int = 2, padding: int = 0) -> bytes:
    """A picture; `padding` bytes more where it is to be a large one."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\x00" + b"\x40\x80\xc0" * width) * height)
    parts = [
        chunk(b"IHDR", header),
        chunk(b"IDAT", pixels),
        chunk(b"tEXt", b"a\0" + bytes(padding)),
        chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def docx() -> bytes:
    """A document of an office program."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", "<document/>")
    return made.getvalue()


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


class Desk:
    """Somebody at the desk, a worker, and the hospital's post office."""

    def __init__(self, office: PostOffice, session: aiohttp.ClientSession, folder: Path) -> None:
        self.office, self.session, self.folder = office, session, folder
        files = files_at(folder)
        self.id = 0
        self.fetcher = Fetcher(office.database, files, office.accounts)
        office.sender = Sender(office.database, providers(office.accounts, files=files))

    async def writes(self, body: str = "", channel: str = "sms", **files: bytes) -> None:
        """Maria writes, with files by their names (`scan_pdf` is scan.pdf), and the worker fetches them."""
        sent = [
            {"name": name.replace("_", "."), "mediaType": KINDS[name.rpartition("_")[2]], "content": _coded(content)}
            for name, content in files.items()
        ]
        more: dict[str, Any] = {"from": MAIL, "to": "hello@bedside.example.org"} if channel == "email" else {}
        asked = {"channel": channel, "from": MARIA, "body": body, "files": sent, **more}
        content = io.BytesIO(msgspec.json.encode(asked))  # a large body is not handed over as bytes
        json = {"Content-Type": "application/json"}
        async with self.office.http.post("/replies", data=content, headers=json) as answer:
            assert answer.status == 201, await answer.text()
        await self.fetched()

    def lose_files(self) -> None:
        """The folder of files is gone."""
        for kept in self.folder.rglob("*"):
            if kept.is_file():
                kept.unlink()

    async def fetched(self) -> None:
        """The worker applies and fetches what waits."""
        await self.office.applied()
        while await self.fetcher.step():
            pass

    async def ask(self, path: str, method: str = "GET", expected: int = 200, **more: Any) -> dict[str, Any]:
        """What the API answers."""
        async with self.session.request(method, f"/api/conversations{path}", **more) as answer:
            given: dict[str, Any] = await answer.json() if answer.status != 204 else {}
            assert answer.status == expected, given
            return given

    async def thread(self) -> list[dict[str, Any]]:
        """The lines of the one conversation."""
        [one] = (await self.ask(""))["items"]
        self.id = one["id"]
        lines: list[dict[str, Any]] = (await self.ask(f"/{self.id}"))["lines"]
        return lines

    async def last(self) -> list[tuple[str, str, str]]:
        """The name, media type and status of the last line's files."""
        lines = await self.thread()
        return [(one["name"], one["mediaType"], one["status"]) for one in lines[-1]["attachments"]]

    async def add(self, name: str, content: bytes, expected: int = 201) -> dict[str, Any]:
        """Adds a file to send."""
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(content), filename=name, content_type="application/octet-stream")
        return await self.ask(f"/{self.id}/attachments", "POST", expected, data=form)

    async def send(self, body: str, channel: str, *ids: int, expected: int = 201) -> dict[str, Any]:
        """Answers with files."""
        reply = {"body": body, "channel": channel, "attachmentIds": list(ids)}
        return await self.ask(f"/{self.id}/replies", "POST", expected, json=reply)

    async def bytes_of(self, attachment_id: int) -> tuple[bytes, dict[str, str]]:
        """A file as it is served."""
        async with self.session.get(f"/api/conversations/{self.id}/attachments/{attachment_id}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.read(), dict(answer.headers)


KINDS = {
    "png": "image/png", "pdf": "application/pdf", "ogg": "audio/ogg", "svg": "image/svg+xml", "txt": "text/plain",
    "heic": "image/heic", "exe": "image/png",
}  # fmt: skip


def _coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture
async def desk(office: PostOffice, as_role: AsRole, tmp_path: Path) -> AsyncIterator[Desk]:
    """Everything, with mail listened for."""
    server = await mail_listener.listen(office.database, secret=SECRET, host="127.0.0.1", port=0)
    office.outside.mail_to = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with aiohttp.ClientSession(office.accounts.public_url, headers=await as_role("admin")) as session:
        yield Desk(office, session, tmp_path / "files")
    server.close()


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "email"])
async def test_a_picture_that_they_send_stands_in_the_thread_with_its_size(desk: Desk, channel: str) -> None:
    await desk.writes("My knee", channel, knee_png=png(320, 200))
    [line] = await desk.thread()
    assert line["body"] == "My knee"
    [file] = line["attachments"]
    assert (file["mediaType"], file["status"], file["width"], file["height"]) == ("image/png", "kept", 320, 200)
    assert file["name"].endswith(".png")
    content, headers = await desk.bytes_of(file["id"])
    assert content == png(320, 200)
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Disposition"].startswith("inline;")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-store"


async def test_a_voice_message_and_a_photo_of_a_telephone_come_as_what_they_are(desk: Desk) -> None:
    await desk.writes("", "whatsapp", voice_ogg=VOICE)
    assert [kind for _, kind, _ in await desk.last()] == ["audio/ogg"]
    await desk.writes("Two", "email", letter_pdf=PDF, photo_heic=HEIC)
    lines = await desk.thread()
    assert [one["name"] for one in lines[-1]["attachments"]] == ["letter.pdf", "photo.heic"]
    assert len((await desk.ask("?q=LETTER"))["items"]) == 1
    assert (await desk.ask("?q=lettre"))["items"] == []
    for file in lines[-1]["attachments"]:
        _, headers = await desk.bytes_of(file["id"])
        assert headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "email"])
async def test_what_can_carry_a_script_is_not_kept_whatever_it_says_it_is(desk: Desk, channel: str) -> None:
    await desk.writes("Look", channel, logo_exe=SVG)
    assert [status for _, _, status in await desk.last()] == ["refused"]
    assert await desk.office.rows("select count(*) from crm.files") == [(0,)]


async def test_a_file_that_is_too_large_is_not_read_to_its_end(desk: Desk) -> None:
    await desk.writes("Large", "sms", scan_png=png(padding=10_000_001))
    [file] = (await desk.thread())[-1]["attachments"]
    assert (file["status"], file["error"]) == ("refused", "It is larger than 10 MB.")


async def test_nothing_is_fetched_from_anywhere_but_the_provider(desk: Desk) -> None:
    account = desk.office.accounts.twilio
    assert account is not None
    inside = f"{desk.office.accounts.public_url}/healthz"
    around = f"{account.base_url}/2010-04-01/Accounts/{account.account_sid}/../../../messages"
    for sid, url in (("SM1", inside), ("SM2", "file:///etc/passwd"), ("SM3", around)):
        fields = {
            "MessageSid": sid,
            "From": MARIA,
            "To": account.sms_from,
            "Body": "x",
            "MediaUrl0": url,
            "NumMedia": "1",
        }
        assert await desk.office.twilio_posts("/webhooks/twilio/messages", fields) == 200
    await desk.fetched()
    rows = await desk.office.rows("select status, error like '%%not Twilio%%' from communications.attachments")
    assert rows == [("waiting", True)] * 3


async def test_what_is_not_there_yet_is_asked_for_again_and_given_up_at_last(desk: Desk, clock: SetClock) -> None:
    account = desk.office.accounts.twilio
    assert account is not None
    url = f"{account.base_url}/2010-04-01/Accounts/{account.account_sid}/Messages/SM9/Media/ME{0:032x}"
    fields = {
        "MessageSid": "SM9",
        "From": MARIA,
        "To": account.sms_from,
        "Body": "x",
        "MediaUrl0": url,
        "NumMedia": "1",
    }
    await desk.office.twilio_posts("/webhooks/twilio/messages", fields)
    for _ in range(3):
        await desk.fetched()
        clock.advance(timedelta(seconds=40))
    [file] = (await desk.thread())[-1]["attachments"]
    assert file["status"] == "lost"
    again = f"/{desk.id}/attachments/{file['id']}/fetch"
    async with desk.session.post(f"/api/conversations{again}") as answer:
        assert answer.status == 202
    assert (await desk.thread())[-1]["attachments"][0]["status"] == "waiting"
    await desk.ask(again, "POST", 404)


async def test_files_go_out_by_mail_and_the_answer_continues_their_thread(desk: Desk) -> None:
    await desk.writes("Please send it", "email")
    await desk.thread()
    ids = [(await desk.add(name, content))["id"] for name, content in (("plan.docx", docx()), ("knee.png", png()))]
    await desk.send("Here they are.", "email", *ids)
    await desk.office.delivered()
    [mail] = desk.office.phone(MAIL, "email")
    assert [file.name for file in mail.attachments] == ["plan.docx", "knee.png"]
    theirs = next(one for one in desk.office.outside.phones.find(person=MAIL, origin="person"))
    assert mail.headers["In-Reply-To"] == theirs.headers["Message-ID"]
    assert "Auto-Submitted" not in mail.headers
    assert await desk.last() == [
        ("plan.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "kept"),
        ("knee.png", "image/png", "kept"),
    ]
    # a further mail of theirs in the same thread, and our answer names all of it
    sent = {"channel": "email", "from": MAIL, "body": "Thank you", "inReplyTo": mail.id}
    async with desk.office.http.post("/replies", json=sent) as answer:
        assert answer.status == 201
    await desk.fetched()
    await desk.send("You are welcome.", "email")
    await desk.office.delivered()
    [_, second] = desk.office.phone(MAIL, "email")
    assert second.headers["References"].split()[0] == mail.headers["Message-ID"]
    assert second.headers["References"].split()[-1] == second.headers["In-Reply-To"]


async def test_files_go_out_by_whatsapp_one_a_message_and_the_words_below_the_first(
    desk: Desk, clock: SetClock
) -> None:
    await desk.writes("Please send it", "whatsapp")
    await desk.thread()
    ids = [(await desk.add(name, content))["id"] for name, content in (("knee.png", png()), ("a.pdf", PDF))]
    await desk.send("Here they are.", "whatsapp", *ids)
    await desk.office.delivered()
    clock.advance(timedelta(seconds=1))
    await desk.office.delivered()
    sent = desk.office.phone(MARIA, "whatsapp")
    assert [(one.body, one.attachments[0].media_type) for one in sent] == [
        ("Here they are.", "image/png"),
        ("", "application/pdf"),
    ]
    assert {one["status"] for one in (await desk.thread())[1:]} <= {"sent", "delivered", "read"}


async def test_files_go_out_by_mms_from_a_link_that_ends(desk: Desk, clock: SetClock) -> None:
    await desk.writes("Please send it")
    await desk.thread()
    await desk.send("", "sms", (await desk.add("knee.png", png()))["id"])
    await desk.office.delivered()
    [got] = desk.office.phone(MARIA, "sms")
    assert [(one.name, one.size) for one in got.attachments] == [("knee.png", len(png()))]
    link = next(one.url for one in desk.office.outside.callbacks.attempts if one.what == "fetched a file")
    async with desk.session.get(link, headers={"Authorization": ""}) as answer:
        assert (answer.status, await answer.read()) == (200, png())
    async with desk.session.get(link[:-1] + ("A" if link[-1] != "A" else "B")) as answer:
        assert answer.status == 404
    clock.advance(timedelta(hours=11))
    async with desk.session.get(link) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("name", "content", "status", "kind"),
    [
        ("evil.png", SVG, 422, "media-type-refused"),
        ("page.txt", b"<!doctype html><p>Hello", 422, "media-type-refused"),
        ("run.exe", b"MZ\x90\x00\x03" + bytes(64), 422, "media-type-refused"),
        ("empty.pdf", b"", 422, "invalid"),
        ("large.png", png(padding=10_000_001), 413, "file-too-large"),
    ],
)
async def test_what_is_not_sent_from_here_is_refused_with_a_pointer(
    desk: Desk, name: str, content: bytes, status: int, kind: str
) -> None:
    await desk.writes("Hello")
    await desk.thread()
    problem = await desk.add(name, content, status)
    assert problem["type"].endswith(kind)
    assert problem["errors"][0]["pointer"] == "/file"
    assert await desk.office.rows("select count(*) from communications.attachments") == [(0,)]


async def test_what_a_channel_does_not_carry_is_said_and_nothing_is_sent(desk: Desk) -> None:
    await desk.writes("Hello", "whatsapp")
    await desk.thread()
    document = (await desk.add("plan.docx", docx()))["id"]
    large = (await desk.add("scan.png", png(padding=5_500_000)))["id"]
    note = (await desk.add("note.txt", b"Take it with water."))["id"]
    for channel, ids, pointer in (
        ("sms", [document], "/attachmentIds/0"),
        ("sms", [large], "/attachmentIds"),
        ("whatsapp", [note, large], "/attachmentIds/1"),
        ("email", [document, document], "/attachmentIds"),
        ("email", [999_999], "/attachmentIds/0"),
    ):
        problem = await desk.send("Words", channel, *ids, expected=422)
        assert problem["errors"][0]["pointer"] == pointer, (channel, ids)
    async with desk.office.database.transaction() as tx:
        await tx.execute(
            "update communications.conversation_addresses set last_inbound_at = %(now)s - interval '25 hours'"
        )
    problem = await desk.send("", "whatsapp", note, expected=422)
    assert problem["type"].endswith("message-refused")
    await desk.send("", "email", expected=422)
    await desk.office.delivered()
    assert desk.office.phone() == []
    assert await desk.office.rows("select count(*) from communications.message_queue") == [(0,)]


async def test_a_file_is_sent_once_and_taken_away_only_before(desk: Desk) -> None:
    await desk.writes("Hello")
    await desk.thread()
    gone, sent = (await desk.add("a.pdf", PDF))["id"], (await desk.add("b.pdf", PDF))["id"]
    await desk.ask(f"/{desk.id}/attachments/{gone}", "DELETE", 204)
    await desk.send("", "email", gone, expected=422)
    await desk.send("", "email", sent)
    await desk.send("", "email", sent, expected=422)
    await desk.ask(f"/{desk.id}/attachments/{sent}", "DELETE", 404)
    assert (await desk.bytes_of(sent))[0] == PDF


async def test_a_file_is_seen_only_by_who_sees_its_conversation(desk: Desk, as_role: AsRole) -> None:
    await desk.writes("Hello", "sms", a_pdf=PDF)
    [file] = (await desk.thread())[-1]["attachments"]
    await desk.office.reply("Who is this?", person="+12125550177")
    stranger = next(one["id"] for one in (await desk.ask(""))["items"] if one["id"] != desk.id)
    await desk.ask(f"/{stranger}/attachments/{file['id']}", expected=404)
    async with desk.office.database.transaction() as tx:
        other = await tx.value(
            """insert into crm.hospitals (name, slug, time_zone, currency, created_at, updated_at)
               values ('Charité', 'charite', 'Europe/Berlin', 'EUR', %(now)s, %(now)s) returning id"""
        )
    outsider = await as_role("front_desk", hospitals=[other])
    await desk.ask(f"/{desk.id}/attachments/{file['id']}", expected=404, headers=outsider)
    finance = await as_role("finance")
    await desk.ask(f"/{desk.id}/attachments/{file['id']}", expected=403, headers=finance)
    await desk.ask(f"/{desk.id}/attachments/{2**63 - 1}", expected=404)
    await desk.ask(f"/{desk.id}/attachments/{2**64}", expected=422)
    path = f"/api/conversations/{desk.id}/attachments/{file['id']}"
    async with aiohttp.ClientSession(desk.office.accounts.public_url) as nobody, nobody.get(path) as answer:
        assert answer.status == 401


async def test_adding_twice_with_one_key_adds_once(desk: Desk) -> None:
    await desk.writes("Hello")
    await desk.thread()
    headers = {"Idempotency-Key": "one", "Content-Type": "application/pdf"}
    path = f"/{desk.id}/attachments?name=a.pdf"
    first = await desk.ask(path, "POST", 201, data=PDF, headers=headers)
    assert await desk.ask(path, "POST", 201, data=PDF, headers=headers) == first
    assert await desk.office.rows("select count(*) from communications.attachments") == [(1,)]


async def test_a_file_that_twilio_cannot_fetch_fails_its_message_and_says_why(desk: Desk) -> None:
    await desk.writes("Please send it")
    await desk.thread()
    sent = await desk.send("", "sms", (await desk.add("knee.png", png()))["id"])
    desk.lose_files()
    await desk.office.delivered()
    row = await desk.office.message(sent["id"])
    assert (row["status"], row["error_code"]) == ("failed", "11200")
    assert "BEDSIDE_PUBLIC_URL" in row["error"]


@pytest.mark.parametrize("channel", ["email", "whatsapp"])
async def test_a_file_that_was_lost_here_fails_its_message_and_nothing_leaves(desk: Desk, channel: str) -> None:
    await desk.writes("Please send it", channel)
    await desk.thread()
    sent = await desk.send("Words", channel, (await desk.add("knee.png", png()))["id"])
    desk.lose_files()
    await desk.office.delivered()
    row = await desk.office.message(sent["id"])
    assert (row["status"], row["error"]) == ("failed", "A file that goes with it was lost.")
    assert desk.office.outside.phones.find(person=MARIA if channel == "whatsapp" else MAIL) == []


async def test_a_message_sent_again_takes_its_files_along(desk: Desk) -> None:
    await desk.writes("Please send it", "email")
    await desk.thread()
    sent = await desk.send("Here.", "email", (await desk.add("knee.png", png()))["id"])
    await desk.office.fault("error", channel="email", code="554")
    await desk.office.delivered()
    async with desk.session.post(f"/api/messages/{sent['id']}/send-again") as answer:
        assert answer.status == 201, await answer.text()
    await desk.office.delivered()
    [mail] = desk.office.phone(MAIL, "email")
    assert [one.name for one in mail.attachments] == ["knee.png"]
    assert "In-Reply-To" in mail.headers
    async with desk.session.get(f"/api/messages/{sent['id']}") as answer:
        shown = await answer.json()
    assert ([one["name"] for one in shown["attachments"]], shown["conversationId"]) == (["knee.png"], desk.id)


async def test_what_was_added_and_never_sent_is_forgotten(desk: Desk, clock: SetClock) -> None:
    await desk.writes("Hello", "sms", a_pdf=PDF)
    await desk.thread()
    await desk.add("b.pdf", PDF)
    await desk.send("", "email", (await desk.add("c.pdf", PDF))["id"])
    clock.advance(timedelta(days=3))
    await forget_unsent_files(desk.office.database)
    rows = await desk.office.rows("select name from communications.attachments order by id")
    assert [name.rpartition(".")[0] for (name,) in rows] == ["file", "c"]


async def test_ten_at_once_send_a_file_and_one_message_takes_it(desk: Desk) -> None:
    await desk.writes("Hello", "email")
    await desk.thread()
    file = (await desk.add("a.pdf", PDF))["id"]
    reply = {"body": "Here", "channel": "email", "attachmentIds": [file]}

    async def answer() -> int:
        async with desk.session.post(f"/api/conversations/{desk.id}/replies", json=reply) as given:
            return given.status

    assert sorted(await asyncio.gather(*(answer() for _ in range(10)))) == [201] + [422] * 9
    assert await desk.office.rows("select count(*) from communications.message_queue") == [(1,)]


async def test_a_file_is_fetched_once_by_many_workers_and_again_where_one_died(desk: Desk, clock: SetClock) -> None:
    sent = {"name": "a.pdf", "mediaType": "application/pdf", "content": _coded(PDF)}
    for _ in range(6):
        await desk.office.http.post("/replies", json={"channel": "whatsapp", "from": MARIA, "files": [sent]})
    await desk.office.applied()
    async with desk.office.database.transaction() as tx:
        died_on = [one.id for one in await claim(tx, limit=1, lease=timedelta(minutes=2))]
    others = [Fetcher(desk.office.database, files_at(desk.folder), desk.office.accounts) for _ in range(4)]
    await asyncio.gather(*(one.step() for one in others))
    waiting = await desk.office.rows("select id from communications.attachments where status <> 'kept'")
    assert [one for (one,) in waiting] == died_on
    clock.advance(timedelta(minutes=3))
    await desk.fetched()
    assert await desk.office.rows("select count(*) from communications.attachments where status = 'kept'") == [(6,)]
    assert await desk.office.rows("select count(*) from crm.files") == [(6,)]


async def test_cards_and_places_by_whatsapp_are_words(desk: Desk) -> None:
    card = {"name": {"formatted_name": "Ana Lopez"}, "phones": [{"phone": "+12125550143"}], "emails": []}
    place = {"latitude": 40.7, "longitude": -74.0, "name": "Bellevue"}
    told = [
        {"id": "wamid.1", "from": MARIA[1:], "type": "contacts", "contacts": [card]},
        {"id": "wamid.2", "from": MARIA[1:], "type": "location", "location": place},
        {"id": "wamid.3", "from": MARIA[1:], "type": "location", "location": {"latitude": 1.5, "longitude": 2}},
    ]
    assert await desk.office.whatsapp_says(messages=told) == 200
    await desk.fetched()
    assert [line["body"] for line in await desk.thread()] == [
        "Contact: Ana Lopez, +12125550143",
        "Location: Bellevue (40.7, -74.0)",
        "Location: (1.5, 2)",
    ]
