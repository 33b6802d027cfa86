"""Pages of messages, the inbox, the library and the channels, as staff use them."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bedside.app import create_app
from tests.post_office import Application, PostOffice
from tests.web import AsRole


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


@pytest.fixture
async def admin(office: PostOffice, as_role: AsRole) -> AsyncIterator[aiohttp.ClientSession]:
    """An administrator's browser, as far as addresses and forms go."""
    async with aiohttp.ClientSession(office.accounts.public_url, headers=await as_role("admin")) as session:
        yield session


async def page(session: aiohttp.ClientSession, path: str, **more: str) -> str:
    """A page that must be there."""
    async with session.get(path, headers={"accept": "text/html", **more}) as answer:
        assert answer.status == 200, f"{path}: {answer.status} {(await answer.text())[-500:]}"
        return await answer.text()


async def send(session: aiohttp.ClientSession, path: str, form: dict[str, str], expected: int = 200) -> str:
    """Sends a form."""
    async with session.post(path, data=form, headers={"HX-Request": "true"}) as answer:
        assert answer.status == expected, await answer.text()
        return answer.headers.get("HX-Redirect", "") + await answer.text()


async def test_messages_are_listed_and_one_says_why_it_did_not_arrive_and_goes_out_again(
    office: PostOffice, admin: aiohttp.ClientSession
) -> None:
    await office.fault("error", channel="sms", code=21612)
    queued = await office.queue("sms", body="Bring your card")
    await office.delivered()
    listed = await page(admin, "/messages?status=not-arrived&q=lopez")
    assert "Bring your card" in listed
    assert "Maria Lopez" in await page(admin, "/messages", **{"x-quiet": "1"})
    one = await page(admin, f"/messages/{queued.message_id}")
    assert "This number cannot be reached from the sender" in one
    onward = await send(admin, f"/messages/{queued.message_id}/send-again", {})
    assert onward.startswith("/messages/")
    assert "Bring your card" in await page(admin, f"/panels/patients/{office.maria}/messages")


async def test_a_message_is_written_in_the_dialog(office: PostOffice, admin: aiohttp.ClientSession) -> None:
    assert "What they prefer" in await page(admin, f"/messages/new?patient_id={office.maria}&name=Maria")
    wrong = await send(admin, "/messages", {"patient_id": "", "channel": "sms", "body": "Hello"}, 422)
    assert "Choose whom it is for." in wrong
    sent = await send(admin, "/messages", {"patient_id": str(office.maria), "channel": "", "body": "Your results"})
    assert "On its way" in sent
    await office.delivered()
    assert [message.body for message in office.phone()] == ["Your results"]


async def test_the_inbox_shows_who_waits_and_an_answer_goes_out(
    office: PostOffice, admin: aiohttp.ClientSession
) -> None:
    await office.reply("Is there <b>parking</b>?", "whatsapp")
    waiting = await page(admin, "/inbox?show=waiting&region=list")
    assert "Is there &lt;b&gt;parking&lt;/b&gt;?" in waiting
    [(conversation,)] = await office.rows("select id from communications.conversations")
    assert "Free words until" in await page(admin, f"/inbox/{conversation}")
    thread = await send(admin, f"/inbox/{conversation}/replies", {"body": "Yes, behind the house."})
    assert "Yes, behind the house." in thread
    await office.delivered()
    assert [message.body for message in office.phone(channel="whatsapp")] == ["Yes, behind the house."]
    assert "Nothing waits" in await page(admin, "/inbox?show=waiting")
    assert await send(admin, f"/inbox/{conversation}/close", {}) == "/inbox"


async def test_a_template_is_edited_with_its_preview_beside_it(
    office: PostOffice, admin: aiohttp.ClientSession
) -> None:
    assert "Appointment reminder" in await page(admin, "/templates?q=reminder")
    [(template,)] = await office.rows("select id from communications.templates where key = 'appointment_reminder'")
    address = f"/templates/{template}"
    assert "martes, 2 de marzo" in await page(admin, f"{address}?channel=sms&language=es")
    words = {"channel": "sms", "language": "en", "body": "Come at {{ appointment.time }}."}
    assert "Come at 10:00 AM." in await send(admin, f"{address}/preview", words)
    assert "appointment.tyme" in await send(admin, f"{address}/preview", words | {"body": "{{ appointment.tyme }}"})
    assert "cannot be sent" in await send(admin, f"{address}/versions", words | {"body": "{{ oh"})
    saved = await send(admin, f"{address}/versions", words)
    assert saved == f"{address}?channel=sms&language=en"
    assert "Version 2" in await page(admin, saved)
    mail = words | {"channel": "email", "subject": "Hello", "html": "<p>Hello</p><script>x</script>"}
    drawn = await send(admin, f"{address}/mail", mail)
    assert "Hello</p>" in drawn
    assert "<script" not in drawn


async def test_a_channel_is_paused_by_hand(office: PostOffice, admin: aiohttp.ClientSession) -> None:
    shown = await page(admin, "/settings/channels")
    assert shown.count("Sandbox") == 3
    assert f"{office.accounts.public_url}/webhooks/whatsapp" in shown
    [(sms,)] = await office.rows("select id from communications.senders where channel = 'sms'")
    assert "Its messages wait" in await send(admin, f"/settings/channels/{sms}?paused=true", {})
    assert "Paused by" in await page(admin, "/settings/channels/senders", **{"x-quiet": "1"})
    queued = await office.queue("sms")
    await office.delivered()
    assert await office.status(queued.message_id) == "queued"


async def test_the_dashboard_counts_who_waits_at_its_own_hospital_alone(office: PostOffice, as_role: AsRole) -> None:
    [(other,)] = await office.rows(
        """insert into crm.hospitals (name, slug, time_zone, currency, phone, created_at, updated_at)
           values ('Santa Lucia', 'santa-lucia', 'UTC', 'EUR', '+34910000000', now(), now()) returning id"""
    )
    await office.reply("Is there parking?")
    [(conversation,)] = await office.rows("select id from communications.conversations")

    async def numbers(hospital: int, answer: bool = False) -> tuple[int, int, bool]:
        headers = await as_role("front_desk", hospitals=[hospital])
        async with aiohttp.ClientSession(office.accounts.public_url, headers=headers) as desk:
            if answer:
                async with desk.post(
                    f"/inbox/{conversation}/replies", data={"body": "Yes."}, headers={"HX-Request": "true"}
                ) as replied:
                    assert replied.status < 400, await replied.text()
            async with desk.get("/api/analytics/dashboard") as got:
                found = await got.json()
        answers = found["answers"]
        assert found["needsAPerson"]["unanswered"] == answers["waiting"]
        return answers["waiting"], answers["answered"], answers["medianSeconds"] is not None

    assert await numbers(other) == (0, 0, False)
    assert await numbers(office.hospital) == (1, 0, False)
    assert await numbers(office.hospital, answer=True) == (0, 1, True)
    assert await numbers(other) == (0, 0, False)
