"""Whether somebody would get it is said beside the words, before they are sent, and is what sending then does."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bedside.app import create_app
from tests.messaging.test_consent import says
from tests.post_office import Application, PostOffice
from tests.web import AsRole

HTML = {"accept": "text/html", "HX-Request": "true"}


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


@pytest.fixture
async def desk(office: PostOffice, as_role: AsRole) -> AsyncIterator[aiohttp.ClientSession]:
    """The front desk's client."""
    headers = await as_role("front_desk") | HTML
    async with aiohttp.ClientSession(office.accounts.public_url, headers=headers) as session:
        yield session


async def told(desk: aiohttp.ClientSession, **chosen: object) -> str:
    """What stands beside the words."""
    query = {name: str(value) for name, value in chosen.items()}
    async with desk.get("/messages/would-get", params=query) as answer:
        assert answer.status == 200, await answer.text()
        return " ".join((await answer.text()).split())


async def test_the_form_says_what_would_become_of_the_message_as_channel_and_purpose_change(
    office: PostOffice, desk: aiohttp.ClientSession
) -> None:
    await says(office, "email marketing true")
    await says(office, "sms transactional false")
    assert "Choose whom it is for" in await told(desk, patient_id="", channel="sms", purpose="")
    maria = {"patient_id": office.maria}
    assert "Maria Lopez would get it by WhatsApp" in await told(desk, **maria, channel="", purpose="transactional")
    by_sms = await told(desk, **maria, channel="sms", purpose="transactional")
    assert "Maria Lopez would not get it" in by_sms
    assert "They asked not to be written to by SMS." in by_sms
    assert "Maria Lopez would get it by Email" in await told(desk, **maria, channel="", purpose="marketing")
    news = await told(desk, **maria, channel="whatsapp", purpose="marketing")
    assert "No consent to news by WhatsApp is on record." in news
    assert "Maria Lopez would not get it" in news
    async with desk.get("/messages/would-get", params={"patient_id": "9" * 18}) as answer:
        assert answer.status == 404


async def test_what_is_said_is_what_sending_does(office: PostOffice, desk: aiohttp.ClientSession) -> None:
    await says(office, "email marketing true")
    for channel in ("", "sms", "whatsapp", "email"):
        for purpose in ("transactional", "marketing"):
            form = {"patient_id": str(office.maria), "channel": channel, "purpose": purpose}
            goes = "would not get it" not in await told(desk, **form)
            async with desk.post("/messages", data=form | {"body": "We open on Sunday too."}) as answer:
                assert (answer.status == 200) == goes, (channel, purpose, await answer.text())


async def test_new_messages_begin_in_the_inbox_too(office: PostOffice, desk: aiohttp.ClientSession) -> None:
    async with desk.get("/inbox") as answer:
        assert 'href="/messages/new"' in await answer.text()
    async with desk.get("/messages/new") as answer:
        assert 'hx-get="/messages/would-get"' in await answer.text()
