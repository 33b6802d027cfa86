"""Conversations: one thread a person whatever they write by, given to colleagues, put off, closed, noted, matched."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bedside.app import create_app
from bedside.kit.clock import SetClock
from bedside.messaging import mail_listener
from bedside.messaging.conversations import wake
from bedside.messaging.quoted import fold
from tests.post_office import MAIL, MARIA, SECRET, Application, PostOffice
from tests.web import AsRole

STRANGER = "+12125550177"


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


class Desk:
    """Somebody at the desk who speaks JSON."""

    def __init__(self, office: PostOffice, session: aiohttp.ClientSession) -> None:
        self.office, self.session = office, session

    async def ask(self, path: str, method: str = "GET", expected: int = 200, **more: Any) -> dict[str, Any]:
        """What the API answers."""
        async with self.session.request(method, f"/api/conversations{path}", **more) as answer:
            given: dict[str, Any] = await answer.json()
            assert answer.status == expected, given
            return given | {"etag": answer.headers.get("ETag")}

    async def only(self, query: str = "") -> dict[str, Any]:
        """The one conversation of a list."""
        [one] = (await self.ask(query))["items"]
        return dict(one)

    async def none(self, query: str) -> bool:
        """Whether a list is empty."""
        found: list[Any] = (await self.ask(query))["items"]
        return not found


@pytest.fixture
async def desk(office: PostOffice, as_role: AsRole) -> AsyncIterator[Desk]:
    """The desk, and the hospital's post office."""
    async with aiohttp.ClientSession(office.accounts.public_url, headers=await as_role("admin")) as session:
        yield Desk(office, session)


async def test_one_thread_holds_what_a_person_writes_by_every_channel(desk: Desk, clock: SetClock) -> None:
    await desk.office.queue("sms", body="Your visit is on Tuesday.")
    await desk.office.delivered()
    clock.advance(timedelta(minutes=1))
    await desk.office.reply("Is there parking?")
    clock.advance(timedelta(minutes=1))
    await desk.office.reply("And a lift?", "whatsapp")
    one = await desk.only("?needsAnswer=true")
    assert (one["channels"], one["channel"], one["patientName"]) == (["sms", "whatsapp"], "whatsapp", "Maria Lopez")
    read = await desk.ask(f"/{one['id']}")
    assert [(line["channel"], line["body"]) for line in read["lines"]] == [
        ("sms", "Your visit is on Tuesday."),
        ("sms", "Is there parking?"),
        ("whatsapp", "And a lift?"),
    ]
    assert [way["channel"] for way in read["ways"]] == ["whatsapp", "sms", "email"]
    assert read["freeWordsUntil"] is not None
    replies = f"/{one['id']}/replies"
    assert (await desk.ask(replies, "POST", 201, json={"body": "Yes."}))["channel"] == "whatsapp"
    assert (await desk.ask(replies, "POST", 201, json={"body": "By SMS too.", "channel": "sms"}))["channel"] == "sms"
    assert (await desk.ask(replies, "POST", 201, json={"body": "And mail.", "channel": "email"}))["channel"] == "email"
    assert (await desk.only())["needsAnswer"] is False


async def test_how_long_they_waited_and_who_answered_is_kept(desk: Desk, clock: SetClock) -> None:
    await desk.office.reply("Hello?")
    began = (await desk.only())["waitingSince"]
    clock.advance(timedelta(minutes=7))
    await desk.office.reply("Anybody?")
    one = await desk.only()
    assert one["waitingSince"] == began
    await desk.ask(f"/{one['id']}/replies", "POST", 201, json={"body": "Here."})
    waits = await desk.office.rows(
        "select ended_at - began_at, how, ended_by_name <> '' from communications.conversation_waits"
    )
    assert waits == [(timedelta(minutes=7), "answered", True)]
    times = await desk.ask("/answer-times")
    assert (times["waiting"], times["answered"], times["medianSeconds"]) == (0, 1, 420)
    assert "answered in 7 min" in await page(desk.session, "/inbox?region=list")


async def test_a_conversation_is_given_to_a_colleague_and_guarded_by_its_version(desk: Desk) -> None:
    await desk.office.reply("Hello?")
    one = await desk.only("?unassigned=true")
    [(me,)] = await desk.office.rows("select max(id) from crm.staff where role = 'admin'")
    given = await desk.ask(f"/{one['id']}/assignment", "PUT", json={"staffId": me})
    assert given["assignedTo"] == me
    assert given["etag"] == f'"{given["version"]}"'
    assert await desk.none("?unassigned=true")
    assert (await desk.only(f"?assignedTo={me}"))["id"] == one["id"]
    old = {"If-Match": f'"{one["version"]}"'}
    await desk.ask(f"/{one['id']}/assignment", "PUT", 412, json={"staffId": None}, headers=old)
    await desk.ask(f"/{one['id']}/assignment", "PUT", 422, json={"staffId": 999_999})
    assert (await desk.ask(f"/{one['id']}/assignment", "PUT", json={"staffId": None}))["assignedTo"] is None


async def test_what_is_snoozed_comes_back_by_itself_and_at_once_when_they_write(desk: Desk, clock: SetClock) -> None:
    await desk.office.reply("Hello?")
    one = await desk.only("?status=open")
    for wrong in ("2020-01-01T00:00:00Z", "2027-03-05T10:00:00", "9999-12-31T23:59:59Z"):
        await desk.ask(f"/{one['id']}/snooze", "PUT", 422, json={"until": wrong})
    until = (clock.now() + timedelta(minutes=9)).isoformat()
    assert (await desk.ask(f"/{one['id']}/snooze", "PUT", json={"until": until}))["status"] == "snoozed"
    assert await desk.none("?status=open")
    await desk.office.reply("Still there?")
    assert (await desk.only("?status=open"))["snoozedUntil"] is None
    await desk.ask(f"/{one['id']}/snooze", "PUT", json={"until": until})
    clock.advance(timedelta(minutes=9))
    assert (await desk.only())["status"] == "open"
    async with desk.office.database.transaction() as tx:
        assert await wake(tx) == 1
        assert await wake(tx) == 0
    rows = await desk.office.rows(
        "select data->>'how' from crm.event_log where kind = 'conversation.changed' order by id"
    )
    assert rows[-1] == ("woken",)


async def test_closing_ends_the_wait_and_their_next_words_open_it(desk: Desk) -> None:
    await desk.office.reply("Hello?")
    one = await desk.only()
    closed = await desk.ask(f"/{one['id']}/close", "POST")
    assert (closed["status"], closed["needsAnswer"]) == ("closed", False)
    assert (await desk.ask(f"/{one['id']}/reopen", "POST"))["status"] == "open"
    await desk.ask(f"/{one['id']}/close", "POST")
    await desk.office.reply("One more thing")
    assert ((await desk.only())["status"], (await desk.only())["needsAnswer"]) == ("open", True)


async def test_an_unknown_number_is_matched_and_its_words_join_the_patients_thread(desk: Desk, clock: SetClock) -> None:
    await desk.office.reply("From my own phone", "whatsapp")
    clock.advance(timedelta(minutes=1))
    await desk.office.reply("From my work phone", person=STRANGER)
    [nobodys] = [one for one in (await desk.ask(""))["items"] if one["patientId"] is None]
    path = f"/{nobodys['id']}"
    await desk.ask(f"{path}/person", "PUT", 422, json={})
    await desk.ask(f"{path}/person", "PUT", 404, json={"patientId": 999_999})
    linked = await desk.ask(f"{path}/person", "PUT", json={"patientId": desk.office.maria})
    assert (await desk.only())["id"] == linked["id"]
    assert (linked["channel"], linked["address"]) == ("sms", STRANGER)
    read = await desk.ask(path)  # the old address leads to the one that holds it all
    assert [line["body"] for line in read["lines"]] == ["From my own phone", "From my work phone"]
    await desk.ask(f"{path}/person", "PUT", 422, json={"patientId": desk.office.maria})
    await desk.ask(f"{path}/replies", "POST", 201, json={"body": "Hello Maria."})
    await desk.office.delivered()
    assert [one.body for one in desk.office.phone(STRANGER)] == ["Hello Maria."]
    assert await desk.office.rows("select count(*) from communications.conversation_waits") == [(1,)]


async def test_the_window_is_whatsapps_own_and_no_sms_opens_it(desk: Desk) -> None:
    await desk.office.reply("Hello", "whatsapp")
    async with desk.office.database.transaction() as tx:
        await tx.execute(
            "update communications.conversation_addresses set last_inbound_at = last_inbound_at - interval '25 hours'"
        )
    await desk.office.reply("Hello again")
    read = await desk.ask(f"/{(await desk.only())['id']}")
    assert read["freeWordsUntil"] is None


async def test_the_list_is_searched_by_name_number_and_words(desk: Desk) -> None:
    await desk.office.reply("Where do I park?")
    await desk.office.reply("Hello", person=STRANGER)
    assert (await desk.only("?q=lopez"))["patientId"] == desk.office.maria
    assert (await desk.only("?q=PARK"))["patientId"] == desk.office.maria
    assert (await desk.only("?q=0177"))["address"] == STRANGER
    assert await desk.none("?q=nobody%25")
    assert await desk.none("?channel=email")
    await desk.ask("?status=gone", expected=422)


async def page(session: aiohttp.ClientSession, path: str, form: dict[str, str] | None = None, status: int = 200) -> str:
    """A page, or what a form sent there answers."""
    asked = session.get(path) if form is None else session.post(path, data=form, headers={"HX-Request": "true"})
    async with asked as answer:
        assert answer.status == status, await answer.text()
        return answer.headers.get("HX-Redirect", "") + await answer.text()


async def test_staff_note_snooze_assign_and_register_on_the_page(desk: Desk) -> None:
    async with desk.office.database.transaction() as tx:
        await tx.execute("update crm.patients set record_number = '900001'")
    await desk.office.reply("Hello", person=STRANGER)
    one = await desk.only()
    inbox = f"/inbox/{one['id']}"
    thread = await page(desk.session, f"{inbox}/replies", {"channel": "note", "body": "She is <shy>"})
    assert "She is &lt;shy&gt;" in thread
    assert "Note, not sent" in thread
    await desk.office.delivered()
    assert desk.office.phone(STRANGER) == []
    assert "Until tomorrow" in await page(desk.session, f"{inbox}/snooze")
    assert "Choose a day" in await page(desk.session, f"{inbox}/snooze", {"for": "at"}, 422)
    past = {"for": "at", "date": "2020-01-01"}
    assert "That time has passed" in await page(desk.session, f"{inbox}/snooze", past, 422)
    assert "Snoozed" in await page(desk.session, f"{inbox}/snooze", {"for": "tomorrow"})
    assert "Bring back" in await page(desk.session, f"{inbox}?show=snoozed")
    assert "Who answers" in await page(desk.session, f"{inbox}/assignment")
    half = {"first_name": "", "last_name": "Bell"}
    assert "Both names are needed" in await page(desk.session, f"{inbox}/person", half, 422)
    assert await page(desk.session, f"{inbox}/person", {"first_name": "Ana", "last_name": "Bell"}) == inbox
    assert "Ana Bell" in await page(desk.session, f"{inbox}?show=snoozed")
    assert "Ana Bell" in await page(desk.session, "/inbox?q=bell&region=list")
    assert MARIA not in await page(desk.session, inbox)


async def test_an_answer_by_mail_carries_on_their_subject(desk: Desk) -> None:
    server = await mail_listener.listen(desk.office.database, secret=SECRET, host="127.0.0.1", port=0)
    desk.office.outside.mail_to = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    mail = {"channel": "email", "from": MAIL, "to": "hello@bedside.example.org", "subject": "A lift?", "body": "Well?"}
    async with desk.office.http.post("/replies", json=mail) as answer:
        assert answer.status == 201
    await desk.office.applied()
    one = await desk.only()
    assert (one["channel"], one["patientName"]) == ("email", "Maria Lopez")
    await desk.ask(f"/{one['id']}/replies", "POST", 201, json={"body": "There is."})
    await desk.office.delivered()
    [sent] = [each for each in desk.office.phone(MAIL) if each.origin == "hospital"]
    assert (sent.subject, "There is." in sent.body) == ("Re: A lift?", True)
    assert "A lift?" in await page(desk.session, f"/inbox/{one['id']}")
    server.close()


async def test_canned_answers_are_filled_for_the_person_and_refused_with_a_name_nobody_knows(desk: Desk) -> None:
    async def canned(path: str, method: str, expected: int, **more: Any) -> dict[str, Any]:
        async with desk.session.request(method, f"/api/canned-answers{path}", **more) as answer:
            assert answer.status == expected, await answer.text()
            return dict(await answer.json()) if expected < 204 else {}

    words = {"name": "parking", "body": "Dear {{ person.first_name }}, park behind {{ hospital.name }}."}
    made = await canned("", "POST", 201, json=words)
    await canned("", "POST", 409, json=words)
    await canned("", "POST", 422, json={"name": "other", "body": "Dear {{ person.firstname }}"})
    await canned("", "POST", 422, json={"name": "Not A Name", "body": "Hello"})
    await desk.office.reply("Where do I park?")
    one = await desk.only()
    offered = await page(desk.session, f"/inbox/{one['id']}/canned-answers")
    assert "Dear Maria, park behind" in offered
    await desk.office.reply("Hello", person=STRANGER)
    [stranger] = [each for each in (await desk.ask(""))["items"] if each["patientId"] is None]
    offered = await page(desk.session, f"/inbox/{stranger['id']}/canned-answers")
    assert "data-words" not in offered
    assert "no value here" in offered
    settings = "/settings/canned-answers"
    assert "/parking" in await page(desk.session, settings)
    assert "park behind" in await page(desk.session, f"{settings}/{made['id']}")
    assert "Small letters" in await page(desk.session, settings, {"name": "A b", "language": "en", "body": "x"}, 422)
    good = {"name": "hours", "language": "en", "body": "We open at nine."}
    assert await page(desk.session, settings, good) == settings
    assert await page(desk.session, f"{settings}/{made['id']}", good | {"name": "car-park"}) == settings
    assert await page(desk.session, f"{settings}/{made['id']}/archive", {}) == settings
    async with desk.session.get("/api/canned-answers") as answer:
        assert [each["name"] for each in (await answer.json())["items"]] == ["hours"]


@pytest.mark.parametrize(
    ("body", "words", "quoted"),
    [
        ("Yes.\n\nOn Tue, Mar 2, Harbor wrote:\n> Come?\n> Do", "Yes.", "On Tue, Mar 2, Harbor wrote:\n> Come?\n> Do"),
        ("Sí.\n\nEl mar, 2 mar, Harbor escribió:\n> ¿Viene?", "Sí.", "El mar, 2 mar, Harbor escribió:\n> ¿Viene?"),
        ("Yes\n> Come?\n> Please", "Yes", "> Come?\n> Please"),
        ("> Come?\nYes\n> When?\nAt ten", "> Come?\nYes\n> When?\nAt ten", ""),
        ("Just words", "Just words", ""),
    ],
)
def test_what_a_mail_quotes_is_told_from_what_it_says(body: str, words: str, quoted: str) -> None:
    assert fold(body) == (words, quoted)
