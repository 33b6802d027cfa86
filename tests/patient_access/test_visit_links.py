"""The link in a message: it opens the visit and changes nothing until a button is pressed."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from html import unescape

import pytest

from bedside.patient_access import manage_link
from bedside.scheduling import cancel
from tests.patient_access.conftest import START, Browser, code_sent
from tests.reminders.conftest import House
from tests.scheduling.conftest import MONDAY, at

Phone = Callable[..., Awaitable[Browser]]


async def link_to(house: House) -> tuple[int, str]:
    """Anna's visit on Monday at ten, and her link to it."""
    visit = await house.book(at(MONDAY))
    async with house.database.transaction() as tx:
        url = await manage_link(tx, visit.id)
    return visit.id, url.removeprefix("http://bedside.test")


async def everything(house: House) -> str:
    """A fingerprint of every row there is."""
    async with house.database.transaction() as tx:
        tables = await tx.rows(
            """select format('%%I.%%I', table_schema, table_name) from information_schema.tables
               where table_schema in ('crm', 'communications', 'loyalty') and table_type = 'BASE TABLE' order by 1"""
        )
        found = hashlib.sha256()
        for (table,) in tables:
            rows = await tx.rows(f"select one::text from {table} one order by 1")  # type: ignore[arg-type]
            found.update(f"{table} {rows}".encode())
    return found.hexdigest()


async def test_a_scanner_that_follows_every_link_changes_nothing(phone: Phone, house: House) -> None:
    _, path = await link_to(house)
    held = await (await phone()).choose_first_time()
    asked = await (await phone("203.0.113.8")).choose_first_time(button=2)
    await asked.tell()
    before = await everything(house)
    scanner = await phone("198.51.100.1")
    waiting, seen = [path, held.path, asked.path, START], set()
    while waiting:
        one = waiting.pop(0)
        if one in seen or len(seen) > 60:
            continue
        seen.add(one)
        await scanner.open(one)
        assert scanner.answer.status_code < 500, one
        links = re.findall(r'(?:href|hx-get|action)="(/(?:m|book)/[^"]+)"', scanner.answer.text)
        waiting += [unescape(link) for link in links]
    assert {f"{path}/cancel", f"{path}/times", f"{path}/visit.ics", f"{path}/confirm"} <= seen
    assert len(seen) > 20
    assert await everything(house) == before


async def test_a_form_that_is_not_ours_is_refused(phone: Phone, house: House) -> None:
    visit, path = await link_to(house)
    browser = await phone()
    assert (await browser.client.post(f"{path}/confirm")).status_code == 403
    await browser.open(path)
    forged = await browser.client.post(f"{path}/cancel", data={"reason": "ill", "_csrf_token": "x" * 128})
    assert forged.status_code == 403
    assert await house.status_of(visit) == "scheduled"


async def test_who_will_come_says_so_with_one_button(phone: Phone, house: House) -> None:
    visit, path = await link_to(house)
    anna = await (await phone()).open(path)
    assert "Will you be there, Anna?" in anna.text
    assert "Monday, March 8" in anna.text
    await anna.send("/confirm")
    assert "See you then, Anna" in anna.text
    assert await house.status_of(visit) == "confirmed"
    how = await house.bellevue.value("select data ->> 'how' from crm.event_log where kind = 'appointment.confirmed'")
    assert how == "link"


async def test_who_wants_another_time_takes_one_that_is_free(phone: Phone, house: House) -> None:
    visit, path = await link_to(house)
    anna = await (await phone()).open(f"{path}/times?day=2027-03-09")
    await anna.send("/times", button=4)
    assert "Your new time, Anna" in anna.text
    starts = await house.bellevue.value("select starts_at from crm.appointments where id = %(id)s", id=visit)
    assert starts == at(MONDAY + timedelta(days=1), "11:00")


async def test_a_time_taken_meanwhile_leaves_the_visit_where_it_is(phone: Phone, house: House) -> None:
    visit, path = await link_to(house)
    anna = await (await phone()).open(f"{path}/times?day=2027-03-09")
    await house.book(at(MONDAY + timedelta(days=1), "11:00"), house.bellevue.ben)
    await anna.send("/times", button=4)
    assert "just been taken" in anna.text
    starts = await house.bellevue.value("select starts_at from crm.appointments where id = %(id)s", id=visit)
    assert starts == at(MONDAY)


async def test_who_cannot_come_is_asked_why_and_whether_they_are_sure(phone: Phone, house: House) -> None:
    visit, path = await link_to(house)
    anna = await (await phone()).open(f"{path}/cancel")
    assert "Call off your visit?" in anna.text
    await anna.send("/cancel", reason="ill")
    assert "Your visit is called off" in anna.text
    assert "Book a new visit" in anna.text
    reason = await house.bellevue.value("select cancel_reason from crm.appointments where id = %(id)s", id=visit)
    assert reason == "By the patient: ill"


async def test_the_calendar_file_names_place_and_time_but_no_department(phone: Phone, house: House) -> None:
    _, path = await link_to(house)
    file = await (await phone()).open(f"{path}/visit.ics")
    assert file.answer.headers["content-type"].startswith("text/calendar")
    assert "DTSTART;TZID=America/New_York:20270308T100000" in file.answer.text
    assert "Cardiology" not in file.answer.text


async def test_a_visit_called_off_by_the_hospital_can_only_be_booked_anew(phone: Phone, house: House) -> None:
    visit, path = await link_to(house)
    anna = await (await phone()).open(path)
    async with house.database.transaction() as tx:
        await cancel(tx, appointment_id=visit, reason="Dr. Smith is ill", actor=house.bellevue.desk)
    await anna.send("/confirm")
    assert "That is not possible any more" in anna.text
    assert "will not take place" in anna.text
    assert await house.status_of(visit) == "cancelled"


@pytest.mark.parametrize("path", ["", "/confirm", "/cancel", "/times", "/visit.ics"])
async def test_an_unknown_link_leads_nowhere_and_says_what_to_do(phone: Phone, house: House, path: str) -> None:
    browser = await phone()
    if path != "/confirm":
        await browser.open(f"/m/AAAAAAAAAAAAAAAAAAAAAA{path}")
        assert browser.answer.status_code == 404
        assert "Open it from the message again, or call the hospital." in browser.text
        assert browser.answer.headers["cache-control"] == "no-store"


async def test_a_link_ends_two_weeks_after_the_visit_or_when_it_is_revoked(phone: Phone, house: House) -> None:
    _, path = await link_to(house)
    browser = await phone()
    house.clock.set(at(MONDAY) + timedelta(days=13))
    assert "This visit is over" in (await browser.open(path)).text
    house.clock.set(at(MONDAY) + timedelta(days=15))
    await browser.open(path)
    assert browser.answer.status_code == 410
    assert "This link has ended" in browser.text
    house.clock.set(at(MONDAY) - timedelta(days=1))
    await house.bellevue.execute("update crm.access_links set revoked_at = %(now)s")
    assert (await browser.open(path)).answer.status_code == 410


async def test_each_message_has_a_link_of_its_own_that_opens_the_visit(phone: Phone, house: House) -> None:
    await house.book(at(MONDAY))
    [confirmation] = await house.deliver()
    found = re.search(r"http://bedside\.test(/m/\S+)", confirmation.body)
    assert found
    assert "Will you be there, Anna?" in (await (await phone()).open(found[1])).text
    stored = await house.bellevue.value("select encode(token_hash, 'escape') from crm.access_links")
    assert found[1].rpartition("/")[2] not in stored


async def test_booked_online_the_link_is_there_at_once(phone: Phone, house: House) -> None:
    nora = await (await phone()).choose_first_time()
    await nora.tell()
    await nora.send("/code", code=await code_sent(house))
    assert (await nora.open(nora.path)).answer.status_code == 200
    assert "Will you be there, Nora?" in nora.text
