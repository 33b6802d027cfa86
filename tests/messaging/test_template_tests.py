"""A template sent to whoever works on it: through the queue, marked, a limited number of times."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bedside.app import create_app
from tests.post_office import Application, PostOffice
from tests.web import AsRole

MINE = "+12125550177"


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


@pytest.fixture
async def writer(office: PostOffice, as_role: AsRole) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody in marketing."""
    headers = await as_role("marketing")
    async with aiohttp.ClientSession(office.accounts.public_url, headers=headers) as session:
        yield session


async def reminder(office: PostOffice) -> str:
    """The address of the template that reminds of a visit."""
    [(found,)] = await office.rows("select id from communications.templates where key = 'appointment_reminder'")
    return f"/api/templates/{found}/test-send"


async def test_a_text_comes_to_the_phone_of_its_writer_and_says_that_it_is_a_test(
    office: PostOffice, writer: aiohttp.ClientSession
) -> None:
    asked = {"channel": "sms", "language": "en", "to": "+1 212 555 0177"}
    headers = {"Idempotency-Key": "one"}
    async with writer.post(await reminder(office), json=asked, headers=headers) as answer:
        made = await answer.json()
        assert answer.status == 201, made
    async with writer.post(await reminder(office), json=asked, headers=headers) as answer:
        assert (await answer.json())["id"] == made["id"]
    assert (made["about"], made["to"], made["patientId"]) == ("template_test", MINE, None)
    await office.delivered()
    [text] = office.phone(MINE)
    assert text.body.startswith("[Test] ")
    assert "Dr. Amelia Smith" in text.body


async def test_a_real_patient_stands_in_it_for_who_may_see_patients(
    office: PostOffice, writer: aiohttp.ClientSession, as_role: AsRole
) -> None:
    asked = {"channel": "email", "to": "lana@example.org", "patientId": office.maria}
    async with writer.post(await reminder(office), json=asked) as answer:
        assert answer.status == 403, await answer.text()
    headers = await as_role("admin")
    for patient, expected in ((office.maria, 201), (2**40, 404)):
        asked["patientId"] = patient
        async with writer.post(await reminder(office), json=asked, headers=headers) as answer:
            assert answer.status == expected, await answer.text()
    [(read,)] = await office.rows("select count(*) from crm.audit_log where action = 'patient.read'")
    assert read == 1


async def test_mail_goes_to_the_address_one_signs_in_with_or_another_of_ones_own(
    office: PostOffice, writer: aiohttp.ClientSession
) -> None:
    asked = {"channel": "email", "language": "es", "to": "lana@example.org"}
    async with writer.post(await reminder(office), json=asked) as answer:
        assert answer.status == 201, await answer.text()
    await office.delivered()
    [mail] = office.phone("lana@example.org", channel="email")
    assert str(mail.subject).startswith("[Test] ")


@pytest.mark.parametrize(
    ("asked", "status", "pointer"),
    [
        ({"channel": "sms"}, 422, "/to"),
        ({"channel": "sms", "to": "12"}, 422, "/to"),
        ({"channel": "email", "to": "nobody"}, 422, "/to"),
        ({"channel": "email", "to": "a\0@example.org"}, 422, "/to"),
        ({"channel": "pigeon"}, 422, "/channel"),
        ({"channel": "sms", "to": MINE, "patientId": 2**70}, 422, "/patientId"),
    ],
)
async def test_what_cannot_be_sent_is_said_with_its_field(
    office: PostOffice, writer: aiohttp.ClientSession, asked: dict[str, object], status: int, pointer: str
) -> None:
    async with writer.post(await reminder(office), json=asked) as answer:
        problem = await answer.json()
        assert (answer.status, problem["errors"][0]["pointer"]) == (status, pointer), problem


async def test_after_twenty_in_an_hour_one_waits(office: PostOffice, writer: aiohttp.ClientSession) -> None:
    asked = {"channel": "sms", "to": MINE}
    for expected in [201] * 20 + [429]:
        async with writer.post(await reminder(office), json=asked) as answer:
            assert answer.status == expected, await answer.text()
    async with writer.post((await reminder(office)).replace("/test-send", "0/test-send"), json=asked) as answer:
        assert answer.status == 404
    await office.rows(
        "update communications.message_queue set created_at = created_at - interval '1 hour 1 minute' returning id"
    )
    async with writer.post(await reminder(office), json=asked) as answer:
        assert answer.status == 201, await answer.text()


async def test_who_may_not_write_templates_sends_none(office: PostOffice, as_role: AsRole) -> None:
    headers = await as_role("front_desk")
    asked = {"channel": "sms", "to": MINE}
    async with (
        aiohttp.ClientSession(office.accounts.public_url, headers=headers) as session,
        session.post(await reminder(office), json=asked) as answer,
    ):
        assert answer.status == 403
