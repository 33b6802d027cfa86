"""Owners join and leave a list of owners by a word, by its link and by the page behind a message, as patients do."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bedside.accounts import Role, SignedIn
from bedside.app import create_app
from bedside.event_log import SYSTEM
from bedside.kit.sealing import install_sealing_key
from bedside.messaging import PersonRef
from bedside.messaging.links import PREFERENCES, link_token
from bedside.owners import NewContact, NewOwner, add_contact, add_owner
from tests.campaigns.test_join_link import Visitor, a_link
from tests.campaigns.test_words import a_list, acted, on_it
from tests.post_office import MARIA, SECRET, Application, PostOffice

# marketing may not see owners
ADMIN = SignedIn(kind="staff", id=1, name="Ana", role=Role.ADMIN)
ADA, BO, DESK = "+12125550161", "+12125550162", "+12125550163"


@pytest.fixture
def application() -> Application:
    """The whole product."""
    install_sealing_key(SECRET)
    return create_app


@pytest.fixture
async def visitor(office: PostOffice) -> AsyncIterator[Visitor]:
    """Somebody who has a link."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(office.accounts.public_url, cookie_jar=jar) as session:
        yield Visitor(session, office)


async def an_owner(office: PostOffice, name: str, phone: str) -> int:
    """An owner of the hospital with a phone and a mailbox."""
    async with office.database.transaction() as tx:
        new = NewOwner(name=name, phone=phone, email=f"{name.lower()}@example.org", hospital_ids=[office.hospital])
        return (await add_owner(tx, new=new, actor=SYSTEM)).id


async def consents(office: PostOffice) -> list[tuple[object, ...]]:
    return await office.rows("select owner_id, channel, purpose, granted, how from crm.owner_consents order by id")


async def test_a_word_puts_an_owner_on_the_list_and_takes_them_off(office: PostOffice) -> None:
    ada = await an_owner(office, "Ada", ADA)
    one = await a_list(
        office, "Dividends", name="News for owners", whose="owners", by=ADMIN, hospital_id=office.hospital
    )
    await office.reply("dividends", person=ADA)
    assert await on_it(office, one) == [(ada, "word")]
    assert await acted(office) == [f"joined: list {one.id}"]
    assert await consents(office) == [(ada, "sms", "marketing", True, "wrote Dividends")]
    assert await office.rows("select title from crm.tasks") == []  # nobody has to answer
    assert await office.rows("select body from crm.owner_communications") == [("dividends",)]
    assert await office.rows(
        "select actor_kind, actor_id, patient_id from crm.audit_log where action = 'list.joined'"
    ) == [("owner", ada, None)]
    await office.reply("leave dividends", person=ADA)
    assert await on_it(office, one) == []
    await office.delivered()
    said = sorted(answer.body for answer in office.phone(ADA))
    assert said[0].startswith('You are on "News for owners" now')
    assert said[1] == 'You have left "News for owners" and get nothing more of it. Our other messages still reach you.'


async def test_an_owners_word_is_no_patients_and_somebody_at_an_owners_does_not_speak_for_them(
    office: PostOffice,
) -> None:
    ada = await an_owner(office, "Ada", ADA)
    async with office.database.transaction() as tx:
        await add_contact(tx, owner_id=ada, new=NewContact(name="Her desk", phone=DESK), actor=SYSTEM)
    one = await a_list(office, "Dividends", whose="owners", by=ADMIN)
    walkers = await a_list(office, "Walking", name="Walkers")
    for person, word in ((MARIA, "dividends"), (DESK, "dividends"), (ADA, "walking")):
        await office.reply(word, person=person)
    assert (await on_it(office, one), await on_it(office, walkers)) == ([], [])
    assert await acted(office) == ["", "", ""]
    await office.delivered()
    assert all("could not tell who you are" in office.phone(phone)[-1].body for phone in (MARIA, DESK, ADA))
    await office.reply("walking")
    assert await on_it(office, walkers) == [(office.maria, "word")]


async def test_a_link_and_a_code_put_an_owner_on_the_list_and_their_messages_page_takes_them_off(
    office: PostOffice, visitor: Visitor
) -> None:
    ada = await an_owner(office, "Ada", ADA)
    await an_owner(office, "Bo", BO)
    one = await a_list(office, name="News for owners", whose="owners", by=ADMIN)
    path = await a_link(office, one, ADMIN)
    await visitor.open(path)
    await visitor.send(path, contact="Ada@Example.org")
    assert await visitor.send(f"{path}/code", code=await visitor.code("ada@example.org")) == 200
    assert "You are on" in visitor.page
    assert await on_it(office, one) == [(ada, "link")]
    assert await consents(office) == [(ada, "email", "marketing", True, "list's link")]
    await visitor.open(path)
    await visitor.send(path, contact=MARIA)
    await visitor.send(f"{path}/code", code=await visitor.code(MARIA))
    assert "No owner of ours has this phone or address" in visitor.page
    message = (await office.queue("sms", to=PersonRef(kind="owner", id=ada))).message_id
    assert message is not None
    preferences = f"/preferences/{link_token(PREFERENCES, message)}"
    await visitor.open(preferences)
    assert "Leave News for owners" in visitor.page
    await visitor.send(f"{preferences}/leave", list=str(one.id))
    assert await on_it(office, one) == []
    [(how, by)] = await office.rows("select left_how, left_by_name from communications.audience_departures")
    assert (how, by) == ("link", "Ada")


async def test_an_owner_who_stopped_everything_is_not_put_on_a_list_by_a_word(office: PostOffice) -> None:
    ada = await an_owner(office, "Ada", ADA)
    one = await a_list(office, "Dividends", whose="owners", by=ADMIN)
    await office.reply("STOP", person=ADA)
    await office.reply("dividends", person=ADA)
    assert await on_it(office, one) == []
    await office.reply("START", person=ADA)
    await office.reply("dividends", person=ADA)
    assert await on_it(office, one) == [(ada, "word")]
