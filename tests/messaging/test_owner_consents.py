"""Owners agree to news and refuse them as patients do: told to staff, by the links in their mail, by STOP."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bedside.app import create_app
from bedside.kit.sealing import install_sealing_key
from bedside.messaging import PersonRef
from bedside.messaging.links import PREFERENCES, UNSUBSCRIBE, link_token
from tests.post_office import SECRET, Application, PostOffice
from tests.web import AsRole

PHONE, MAIL = "+12125550150", "olga@harbor.example.org"


@pytest.fixture
def application() -> Application:
    """The whole product."""
    install_sealing_key(SECRET)
    return create_app


@pytest.fixture
async def finance(office: PostOffice, as_role: AsRole) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody in finance, who knows the owners."""
    headers = await as_role("finance")
    async with aiohttp.ClientSession(office.accounts.public_url, headers=headers) as session:
        yield session


@pytest.fixture
async def visitor(office: PostOffice) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody who has a link and nothing else."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(office.accounts.public_url, cookie_jar=jar) as session:
        yield session


@pytest.fixture
async def olga(finance: aiohttp.ClientSession, office: PostOffice) -> int:
    """An owner with a phone and mail."""
    new = {"name": "Olga Harbor", "phone": PHONE, "email": MAIL, "hospitalIds": [office.hospital]}
    async with finance.post("/api/owners", json=new) as answer:
        assert answer.status == 201, await answer.text()
        return int((await answer.json())["id"])


async def says(finance: aiohttp.ClientSession, olga: int, channel: str, granted: bool, **more: object) -> None:
    """What Olga tells finance of news, or of what `more` says."""
    word = {"channel": channel, "purpose": "marketing", "granted": granted, "how": "on the phone", **more}
    async with finance.post(f"/api/owners/{olga}/consents", json=word) as answer:
        assert answer.status == 201, await answer.text()


async def news(office: PostOffice, olga: int, channel: str = "email") -> int | None:
    """News to Olga; gives the message, None where it was refused."""
    to = PersonRef(kind="owner", id=olga)
    return (await office.queue(channel, to=to, purpose="marketing", subject="A new wing")).message_id


async def history(finance: aiohttp.ClientSession, olga: int) -> list[tuple[str, str, bool, str, str]]:
    """What Olga said, newest first."""
    async with finance.get(f"/api/owners/{olga}/consents") as answer:
        items = (await answer.json())["items"]
    return [(one["channel"], one["purpose"], one["granted"], one["how"], one["recordedBy"]) for one in items]


async def test_news_reach_an_owner_who_agreed_and_stop_when_they_say_no(
    office: PostOffice, finance: aiohttp.ClientSession, olga: int
) -> None:
    assert await news(office, olga) is None
    await says(finance, olga, "email", True, words="Yes, keep me posted.")
    waiting = await news(office, olga)
    assert waiting is not None
    assert await news(office, olga, "sms") is None  # agreed to by mail alone
    await says(finance, olga, "email", False)
    assert await office.status(waiting) == "cancelled"
    assert await news(office, olga) is None
    assert (await office.queue("email", to=PersonRef(kind="owner", id=olga), subject="Your payout")).message_id
    said = await history(finance, olga)
    assert [one[:4] for one in said] == [
        ("email", "marketing", False, "on the phone"),
        ("email", "marketing", True, "on the phone"),
    ]
    async with finance.get(f"/api/owners/{olga}/timeline") as answer:
        lines = [one["text"] for one in (await answer.json())["items"] if one["kind"] == "owner.consent_recorded"]
    assert lines == ["No to news by Email", "Yes to news by Email"]


async def test_an_owner_who_refuses_a_channel_gets_nothing_by_it(
    office: PostOffice, finance: aiohttp.ClientSession, olga: int, as_role: AsRole
) -> None:
    waiting = await office.queue("sms", to=PersonRef(kind="owner", id=olga))
    await says(finance, olga, "sms", False, purpose="transactional")
    assert await office.status(waiting.message_id) == "cancelled"
    refused = await office.queue("sms", to=PersonRef(kind="owner", id=olga))
    assert refused.refused_because == "They asked not to be written to by SMS."
    query = {"ownerId": str(olga), "channel": "sms"}
    path = f"{office.accounts.public_url}/api/messages/explanation"
    async with finance.get(path, params=query, headers=await as_role("admin")) as answer:
        told = await answer.json()
    assert (told["goes"], told["refusedBecause"]) == (False, "They asked not to be written to by SMS.")


async def test_words_that_cannot_be_are_refused_and_a_repeated_request_keeps_one(
    finance: aiohttp.ClientSession, olga: int
) -> None:
    path = f"/api/owners/{olga}/consents"
    good = {"channel": "sms", "purpose": "marketing", "granted": True}
    for wrong, pointer in (
        ({"channel": "fax"}, "/channel"), ({"purpose": "fun"}, "/purpose"), ({"granted": "yes"}, "/granted"),
        ({"how": ""}, "/how"), ({"how": "\0"}, "/how"), ({"words": "x" * 2001}, "/words"),
    ):  # fmt: skip
        async with finance.post(path, json=good | wrong) as answer:
            assert (answer.status, (await answer.json())["errors"][0]["pointer"]) == (422, pointer)
    async with finance.post(f"/api/owners/{2**62}/consents", json=good) as answer:
        assert answer.status == 404
    for _ in range(2):
        async with finance.post(path, json=good, headers={"Idempotency-Key": "once"}) as answer:
            assert answer.status == 201
    assert len(await history(finance, olga)) == 1


async def test_one_click_from_an_owners_mail_stops_their_news_alone(
    office: PostOffice, finance: aiohttp.ClientSession, visitor: aiohttp.ClientSession, olga: int
) -> None:
    await says(finance, olga, "email", True)
    first = await news(office, olga)
    await office.delivered()
    path = f"/u/{link_token(UNSUBSCRIBE, first or 0)}"
    [mail] = office.phone(MAIL, channel="email")
    assert path in mail.headers["List-Unsubscribe"]
    async with visitor.get(path) as page:
        assert "your payouts still reach you" in await page.text()
    assert await news(office, olga) is not None  # looking changes nothing
    address, form = office.accounts.public_url + path, {"List-Unsubscribe": "One-Click"}
    async with aiohttp.ClientSession() as program, program.post(address, data=form) as answer:
        assert answer.status == 200
    assert await news(office, olga) is None
    assert (await history(finance, olga))[0] == ("email", "marketing", False, "one-click unsubscribe", "Olga Harbor")
    assert (await office.queue("email", to=PersonRef(kind="owner", id=olga), subject="Payout")).message_id is not None


async def test_an_owner_chooses_by_the_link_what_they_like_to_hear(
    office: PostOffice, finance: aiohttp.ClientSession, visitor: aiohttp.ClientSession, olga: int
) -> None:
    await says(finance, olga, "email", True)
    message = await news(office, olga)
    path = f"/preferences/{link_token(PREFERENCES, message or 0)}?lang=es"
    async with visitor.get(path) as page:
        text = await page.text()
    assert "Mi hospital, mis contratos y mis pagos, por correo electrónico" in text
    assert 'name="email_marketing" value="yes" checked' in text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', text)
    assert token is not None
    form = {
        "_csrf_token": token[1], "email_transactional": "yes", "sms_transactional": "yes", "sms_marketing": "yes",
        "language": "es",
    }  # fmt: skip
    async with visitor.post(path, data=form) as answer:
        assert "Guardado" in await answer.text()
    assert set((await history(finance, olga))[:3]) == {
        ("sms", "marketing", True, "preference page", "Olga Harbor"),
        ("whatsapp", "transactional", False, "preference page", "Olga Harbor"),
        ("email", "marketing", False, "preference page", "Olga Harbor"),
    }
    async with finance.get(f"/api/owners/{olga}") as answer:
        assert (await answer.json())["language"] == "es"
    assert await news(office, olga, "sms") is not None


async def test_a_mailbox_at_the_owners_decides_for_itself_alone(
    office: PostOffice, finance: aiohttp.ClientSession, visitor: aiohttp.ClientSession, olga: int
) -> None:
    await says(finance, olga, "email", True)
    whose = PersonRef(kind="owner", id=olga)
    to_the_accountant = await office.queue("email", to="books@harbor.example.org", person=whose, subject="Payout")
    path = f"/u/{link_token(UNSUBSCRIBE, to_the_accountant.message_id or 0)}"
    async with visitor.post(path) as answer:
        assert answer.status == 200
    assert await news(office, olga) is not None
    assert len(await history(finance, olga)) == 1


async def test_stop_by_an_owner_is_obeyed_at_once_and_confirmed_once(
    office: PostOffice, finance: aiohttp.ClientSession, olga: int
) -> None:
    await says(finance, olga, "sms", True)
    waiting = await news(office, olga, "sms")
    for _ in range(2):
        await office.reply("PARAR", person=PHONE)
    assert await office.status(waiting) == "cancelled"
    assert await news(office, olga, "sms") is None
    await office.delivered()
    assert len(office.phone(PHONE)) == 1
    await office.reply("START", person=PHONE)
    assert await news(office, olga, "sms") is not None


async def test_the_owners_page_says_what_holds_and_keeps_what_they_say(
    office: PostOffice, finance: aiohttp.ClientSession, olga: int
) -> None:
    html = {"accept": "text/html"}
    async with finance.get(f"/panels/owners/{olga}/profile", headers=html) as answer:
        assert (await answer.text()).count("News: not asked") == 3
    async with finance.get(f"/owners/{olga}/consents/new", headers=html) as answer:
        assert "Consent of Olga Harbor" in await answer.text()
    form = {"channel": "email", "purpose": "marketing", "granted": "", "how": "in a letter", "words": "Gladly."}
    async with finance.post(f"/owners/{olga}/consents", data=form, headers=html) as answer:
        assert (answer.status, "Say yes or no." in await answer.text()) == (422, True)
    async with finance.post(f"/owners/{olga}/consents", data=form | {"granted": "yes"}, headers=html) as answer:
        assert answer.status == 200
    async with finance.get(f"/panels/owners/{olga}/profile", headers=html) as answer:
        assert (await answer.text()).count("News: not asked") == 2
    async with finance.get(f"/owners/{olga}/consents/new", headers=html) as answer:
        assert "Agreed to news and offers by Email" in await answer.text()
