"""What people say by the links in their messages: one-click unsubscribing (RFC 8058), and preferences."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bedside.app import create_app
from bedside.kit.sealing import install_sealing_key, signed, signed_text
from bedside.messaging.links import PREFERENCES, UNSUBSCRIBE, link_token
from bedside.messaging.preference_words import WORDS
from tests.messaging.test_consent import says
from tests.post_office import MAIL, MARIA, SECRET, Application, PostOffice


@pytest.fixture
def application() -> Application:
    """The whole product."""
    install_sealing_key(SECRET)
    return create_app


@pytest.fixture
async def visitor(office: PostOffice) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody who has a link and nothing else."""
    jar = aiohttp.CookieJar(unsafe=True)  # a host without a name has cookies too
    async with aiohttp.ClientSession(office.accounts.public_url, cookie_jar=jar) as session:
        yield session


async def news(office: PostOffice) -> int:
    """News that Maria agreed to, by mail."""
    await says(office, "email marketing true")
    queued = await office.queue("email", purpose="marketing", subject="Flu shots")
    assert queued.message_id is not None
    return queued.message_id


async def stops(office: PostOffice) -> list[tuple[object, ...]]:
    """What is stopped."""
    return await office.rows(
        "select channel, address, purpose, reason from communications.suppressions where lifted_at is null"
    )


def test_every_language_has_the_same_words() -> None:
    assert all(set(words) == set(WORDS["en"]) for words in WORDS.values())


def test_a_signed_link_says_what_we_said_and_nothing_else() -> None:
    install_sealing_key(SECRET)
    token = signed("12", context="one")
    assert signed_text(token, context="one") == "12"
    for other in (token[:-1], token[:-2] + "xx", "A" * 24, "", "ä", token + "="):
        assert signed_text(other, context="one") is None
    assert signed_text(token, context="another") is None


async def test_one_click_posts_without_cookies_and_news_stop_at_once_but_visits_do_not(
    office: PostOffice, visitor: aiohttp.ClientSession
) -> None:
    first = await news(office)
    await office.delivered()
    [mail] = office.phone(MAIL, channel="email")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = re.fullmatch(r"<(\S*)>", mail.headers["List-Unsubscribe"])
    assert address is not None
    assert address[1].endswith(f"/u/{link_token(UNSUBSCRIBE, first)}")
    waiting = await office.queue("email", purpose="marketing", subject="More")
    assert waiting.message_id is not None

    async with visitor.get(address[1]) as page:  # scanners follow links
        assert page.status == 200
        assert "Stop news" in await page.text()
    assert await stops(office) == []

    for _ in range(2):
        async with aiohttp.ClientSession() as program:
            form = {"List-Unsubscribe": "One-Click"}
            async with program.post(address[1], data=form, allow_redirects=False) as answer:
                assert answer.status == 200
    assert await stops(office) == [("email", MAIL, "marketing", "opt_out")]
    assert await office.status(waiting.message_id) == "cancelled"
    assert (await office.queue("email", purpose="marketing", subject="Again")).message_id is None
    assert (await office.queue("email", subject="Your visit")).message_id is not None
    rows = await office.rows("select granted, how, recorded_by from crm.consents order by id desc limit 2")
    assert rows == [(False, "one-click unsubscribe", "Maria Lopez"), (True, "told staff", "Ana")]


async def test_a_link_that_is_not_ours_leads_nowhere(office: PostOffice, visitor: aiohttp.ClientSession) -> None:
    message = await news(office)
    for path in (f"/u/{link_token(PREFERENCES, message)}", "/u/nonsense", f"/preferences/{'A' * 24}"):
        async with visitor.get(path) as page:
            assert page.status == 404
            assert "leads nowhere" in await page.text()
    async with visitor.post("/u/nonsense") as answer:
        assert answer.status == 404


async def test_preferences_are_kept_with_the_words_that_were_read(
    office: PostOffice, visitor: aiohttp.ClientSession
) -> None:
    message = await news(office)
    await office.reply("STOP")  # by SMS, which they want again now
    path = f"/preferences/{link_token(PREFERENCES, message)}?lang=es"
    async with visitor.get(path) as page:
        text = await page.text()
    assert 'name="email_marketing" value="yes" checked' in text
    assert 'name="sms_transactional" value="yes" aria' in text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', text)
    assert token is not None
    form = {"_csrf_token": token[1], "sms_transactional": "yes", "email_transactional": "yes", "language": "es"}
    async with visitor.post(path, data={**form, "whatsapp_transactional": "yes"}) as answer:
        assert answer.status == 200
        assert "Guardado" in await answer.text()
    assert await office.status(message) == "cancelled"
    assert await stops(office) == []
    said = await office.rows(
        "select channel, purpose, granted, how, words from crm.consents where how = 'preference page' order by id"
    )
    assert said == [
        ("sms", "transactional", True, "preference page", "Mis citas y mi atención, por SMS"),
        ("email", "marketing", False, "preference page", "Noticias y ofertas, por correo electrónico"),
    ]
    assert await office.rows("select language from crm.patients where id = %(id)s", id=office.maria) == [("es",)]
    assert (await office.queue("sms")).message_id is not None


async def test_who_is_no_patient_chooses_news_alone(office: PostOffice, visitor: aiohttp.ClientSession) -> None:
    queued = await office.queue("sms", to="+12125550177")
    assert queued.message_id is not None
    path = f"/preferences/{link_token(PREFERENCES, queued.message_id)}?lang=ar"
    async with visitor.get(path) as page:
        text = await page.text()
    assert 'dir="rtl"' in text
    assert (text.count('type="checkbox"'), MARIA in text) == (1, False)


@pytest.mark.parametrize("link", ["u", "preferences"])
async def test_a_link_is_over_after_a_year_and_says_how_to_get_a_new_one(
    office: PostOffice, visitor: aiohttp.ClientSession, link: str
) -> None:
    message = await news(office)
    token = link_token(UNSUBSCRIBE if link == "u" else PREFERENCES, message)
    await office.rows(
        """update communications.message_queue set created_at = created_at - interval '364 days' where id = %(id)s
           returning id""",
        id=message,
    )
    async with visitor.get(f"/{link}/{token}") as answer:
        assert answer.status == 200
        form = dict(re.findall(r'name="(_csrf_token)" value="([^"]+)"', await answer.text()))
    await office.rows(
        """update communications.message_queue set created_at = created_at - interval '1 day' where id = %(id)s
           returning id""",
        id=message,
    )
    for language in WORDS:
        async with visitor.get(f"/{link}/{token}?lang={language}") as answer:
            assert answer.status == 404
            assert WORDS[language]["over_lead"] in await answer.text()
    before = await stops(office)
    async with visitor.post(f"/{link}/{token}", data=form) as answer:
        assert answer.status == 404
    assert await stops(office) == before == []
