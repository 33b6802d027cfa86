"""A list's link: a code proves whose phone or mailbox it is, and they join or leave. Opening it changes nothing."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bedside.accounts import SignedIn
from bedside.app import create_app
from bedside.campaigns import joining
from bedside.campaigns.audience_model import Audience
from bedside.campaigns.join_words import WORDS
from bedside.kit.clock import SetClock
from bedside.kit.sealing import install_sealing_key
from bedside.messaging.links import PREFERENCES, UNSUBSCRIBE, link_token
from tests.campaigns.marketing import MARKETING
from tests.campaigns.test_words import a_list, another, on_it
from tests.post_office import MAIL, MARIA, SECRET, Application, PostOffice

HIDDEN = re.compile(r'name="(_csrf_token|ticket)" value="([^"]+)"')


@pytest.fixture
def application() -> Application:
    """The whole product."""
    install_sealing_key(SECRET)
    return create_app


class Visitor:
    """Somebody with a browser and nothing else."""

    def __init__(self, session: aiohttp.ClientSession, office: PostOffice) -> None:
        self.session, self.office, self.page = session, office, ""
        self.hidden: dict[str, str] = {}

    async def open(self, path: str) -> int:
        """Opens a page."""
        async with self.session.get(path) as answer:
            self.page = await answer.text()
            return answer.status

    async def send(self, path: str, **fields: str) -> int:
        """Sends the form of the page that is open."""
        self.hidden |= dict(HIDDEN.findall(self.page))
        async with self.session.post(path, data=self.hidden | fields) as answer:
            self.page = await answer.text()
            return answer.status

    async def code(self, to: str) -> str:
        """The code that came last."""
        await self.office.delivered()
        [found] = re.findall(r"\b\d{6}\b", self.office.phone(to)[-1].body)
        return str(found)


@pytest.fixture
async def visitor(office: PostOffice) -> AsyncIterator[Visitor]:
    """Somebody who has a link."""
    jar = aiohttp.CookieJar(unsafe=True)  # a host without a name has cookies too
    async with aiohttp.ClientSession(office.accounts.public_url, cookie_jar=jar) as session:
        yield Visitor(session, office)


async def a_link(office: PostOffice, one: Audience, by: SignedIn = MARKETING) -> str:
    async with office.database.transaction() as tx:
        made = await joining.make_link(tx, list_id=one.id, user=by)
    assert made.url is not None
    return made.url.removeprefix(office.accounts.public_url)


def test_every_language_has_the_same_words() -> None:
    assert all(set(words) == set(WORDS["en"]) for words in WORDS.values())


@pytest.mark.parametrize(("contact", "channel"), [("+1 (212) 555-0142", "sms"), (" Maria@Example.org ", "email")])
async def test_a_code_proves_who_it_is_and_they_are_on_the_list(
    office: PostOffice, visitor: Visitor, contact: str, channel: str
) -> None:
    one = await a_list(office)
    path = await a_link(office, one)
    assert await visitor.open(path) == 200
    assert await visitor.send(path, contact=contact) == 200
    assert await on_it(office, one) == []
    code = await visitor.code(MARIA if channel == "sms" else MAIL)
    assert await visitor.send(f"{path}/code", code=code) == 200
    assert "You are on" in visitor.page
    assert await on_it(office, one) == [(office.maria, "link")]
    [(given, words)] = await office.rows("select channel || ' ' || purpose || ' ' || how, words from crm.consents")
    assert given == f"{channel} marketing list's link"
    assert "you agree that we send you messages of “Living with diabetes”" in words
    assert await visitor.send(f"{path}/code", code=code) == 422  # a code works once
    await visitor.open(path)
    await visitor.send(path, contact=contact)
    await visitor.send(f"{path}/code", code=await visitor.code(MARIA if channel == "sms" else MAIL), do="leave")
    assert "You have left" in visitor.page
    assert await on_it(office, one) == []


async def test_opening_changes_nothing_and_a_guess_is_counted(
    office: PostOffice, visitor: Visitor, clock: SetClock
) -> None:
    one = await a_list(office)
    path = await a_link(office, one)
    await visitor.open(path)
    assert await visitor.send(path, contact="nonsense") == 422
    assert await visitor.send(path, contact=MARIA) == 200
    code = await visitor.code(MARIA)
    wrong = "000000" if code != "000000" else "111111"
    for left in (4, 3, 2, 1):
        assert await visitor.send(f"{path}/code", code=wrong) == 422
        assert f"{left} more times" in visitor.page
    ticket = dict(HIDDEN.findall(visitor.page))["ticket"]
    assert await visitor.send(f"{path}/code", code=wrong) == 422
    assert await visitor.send(f"{path}/code", code=code, ticket=ticket) == 422
    assert "too often" in visitor.page
    assert await on_it(office, one) == []
    for _ in range(4):
        assert await visitor.send(path, contact=MARIA) == 200
    await visitor.open(path)
    assert await visitor.send(path, contact=MARIA) == 429
    assert await visitor.open(f"{path}x") == 404


async def test_strangers_are_told_nothing_before_the_code_and_everything_after_it(
    office: PostOffice, visitor: Visitor
) -> None:
    one = await a_list(office)
    path = await a_link(office, one)
    stranger = "+12125550177"
    await visitor.open(path)
    await visitor.send(path, contact=stranger)
    unknown = visitor.page.replace(stranger, "").replace(dict(HIDDEN.findall(visitor.page))["ticket"], "")
    assert await visitor.send(f"{path}/code", code=await visitor.code(stranger)) == 200
    assert "We do not know you yet" in visitor.page
    await visitor.open(path)
    await visitor.send(path, contact=MARIA)
    known = visitor.page.replace(MARIA, "").replace(dict(HIDDEN.findall(visitor.page))["ticket"], "")
    csrf = re.compile(r'"[^"]*csrf[^"]*"[^>]*|hx-headers[^>]*|nonce="[^"]*"')
    assert csrf.sub("", known) == csrf.sub("", unknown)
    await another(office, "Pedro", born="1980-01-01")
    await visitor.send(f"{path}/code", code=await visitor.code(MARIA))
    assert "Which of you is it?" in visitor.page
    assert await on_it(office, one) == []


async def test_a_link_made_anew_or_taken_back_leads_nowhere(office: PostOffice, visitor: Visitor) -> None:
    one = await a_list(office)
    first = await a_link(office, one)
    second = await a_link(office, one)
    assert await visitor.open(first) == 404
    assert await visitor.open(second) == 200
    stored = await office.rows("select token_hash, sealed from communications.audience_links")
    token = second.rpartition("/")[2].encode()
    assert all(token not in bytes(kept) for row in stored for kept in row)
    async with office.database.transaction() as tx:
        assert (await joining.link_of(tx, list_id=one.id, user=MARKETING)).url is not None
        await joining.withdraw_link(tx, list_id=one.id, user=MARKETING)
    assert await visitor.open(second) == 404
    assert await visitor.send(second, contact=MARIA) in (403, 404)
    async with office.database.transaction() as tx:
        with pytest.raises(joining.NoListLink):
            await joining.link_of(tx, list_id=one.id, user=MARKETING)


async def test_the_pages_of_a_message_show_the_lists_that_one_is_on_and_leave_them(
    office: PostOffice, visitor: Visitor
) -> None:
    one = await a_list(office, "Diabetes")
    other = await a_list(office, "Walking", name="Walkers")
    await office.reply("diabetes")
    await office.reply("walking")
    message = (await office.queue("sms")).message_id
    assert message is not None
    path = f"/preferences/{link_token(PREFERENCES, message)}"
    assert await visitor.open(f"/u/{link_token(UNSUBSCRIBE, message)}") == 200
    assert "Leave Walkers" in visitor.page
    assert await visitor.open(path) == 200
    assert await visitor.send(f"{path}/leave", list=str(other.id)) == 200
    assert "Leave Living with diabetes" in visitor.page
    assert "Leave Walkers" not in visitor.page
    assert await on_it(office, other) == []
    assert await on_it(office, one) == [(office.maria, "word")]
    for odd in ("", "x", str(2**70), str(other.id)):
        assert await visitor.send(f"{path}/leave", list=odd) == 200
    assert await on_it(office, one) == [(office.maria, "word")]
