"""Messages and conversations over HTTP: by hand, with consent, and seen only by those who work there."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bedside.app import create_app
from bedside.kit.clock import SetClock
from tests.post_office import MARIA, Application, PostOffice
from tests.web import AsRole


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


async def post(session: aiohttp.ClientSession, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Posts JSON; gives status and body."""
    async with session.post(path, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def read(session: aiohttp.ClientSession, path: str) -> tuple[int, Any]:
    """Gets JSON; gives status and body."""
    async with session.get(path) as answer:
        return answer.status, await answer.json()


async def test_a_message_by_hand_goes_out_and_shows_its_steps(office: PostOffice, desk: aiohttp.ClientSession) -> None:
    new = {"patientId": office.maria, "channel": "sms", "body": "Your glasses are at the desk."}
    status, made = await post(desk, "/api/messages", new, **{"Idempotency-Key": "glasses"})
    assert (status, made["status"], made["patientName"]) == (201, "queued", "Maria Lopez")
    assert await post(desk, "/api/messages", new, **{"Idempotency-Key": "glasses"}) == (201, made)
    await office.delivered()
    assert [message.body for message in office.phone()] == ["Your glasses are at the desk."]
    _, one = await read(desk, f"/api/messages/{made['id']}")
    assert [step["status"] for step in one["steps"]] == ["queued", "sent", "delivered"]
    _, listed = await read(desk, f"/api/messages?patientId={office.maria}&status=delivered&status=read")
    assert [each["id"] for each in listed["items"]] == [made["id"]]


async def test_the_messages_of_one_campaign(office: PostOffice, desk: aiohttp.ClientSession) -> None:
    told = await office.queue(about="campaign", about_id=7)
    await office.queue(about="campaign", about_id=8)
    await office.queue(about="appointment", about_id=7)
    _, listed = await read(desk, "/api/messages?campaignId=7")
    assert [each["id"] for each in listed["items"]] == [told.message_id]
    assert (await read(desk, "/api/messages?campaignId=seven"))[0] == 422
    assert (await read(desk, f"/api/messages?campaignId={2**63}"))[1].get("items", []) == []
    async with desk.get("/api/openapi.json") as answer:
        told_of = (await answer.json())["paths"]["/api/messages"]["get"]["parameters"]
    [about_it] = [one for one in told_of if one["name"] == "campaignId"]
    assert (about_it["description"] != "", "12" in str(about_it["examples"])) == (True, True)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"body": "Hello"}, "invalid"),
    ({"patientId": 1}, "invalid"),
    ({"patientId": 1, "body": "Hello", "templateKey": "booking_code"}, "invalid"),
    ({"to": "12345", "channel": "sms", "body": "Hello"}, "invalid"),
    ({"to": MARIA, "body": "Hello"}, "invalid"),
    ({"to": "nobody", "channel": "email", "body": "Hello"}, "invalid"),
    ({"patientId": 1, "channel": "email", "body": "News!", "purpose": "marketing"}, "message-refused"),
    ({"patientId": 1, "channel": "sms", "templateKey": "booking_code"}, "missing-variable"),
    ({"patientId": 1, "channel": "sms", "body": "Hello", "sendAt": "2027-03-02T10:00:00"}, "invalid"),
    ({"patientId": 1, "channel": "sms", "body": "Hello", "sendAt": "2099-03-02T10:00:00Z"}, "invalid"),
    ({"patientId": 1, "channel": "pigeon", "body": "Hello"}, "invalid"),
]


async def test_what_cannot_be_sent_says_why_and_queues_nothing(office: PostOffice, desk: aiohttp.ClientSession) -> None:
    assert office.maria == 1
    for new, kind in REFUSED:
        status, problem = await post(desk, "/api/messages", new)
        assert (status, problem["type"]) == (422, f"/problems/{kind}"), (new, problem)
    assert (await read(desk, "/api/messages"))[1]["items"] == []


@pytest.mark.parametrize(("channel", "longest"), [("sms", 1_600), ("whatsapp", 4_096)])
async def test_words_that_a_channel_would_cut_off_are_refused_and_the_longest_are_taken(
    office: PostOffice, desk: aiohttp.ClientSession, channel: str, longest: int
) -> None:
    new = {"patientId": office.maria, "channel": channel, "body": "a" * (longest + 1)}
    status, problem = await post(desk, "/api/messages", new)
    assert (status, problem["errors"][0]["pointer"]) == (422, "/body")
    assert f"takes at most {longest:,} characters, and this has {longest + 1:,}" in str(problem)
    _, listed = await read(desk, f"/api/messages?patientId={office.maria}")
    assert listed["items"] == []
    assert (await post(desk, "/api/messages", new | {"body": "a" * longest}))[0] == 201


async def test_a_message_for_later_waits_and_can_be_cancelled(
    office: PostOffice, desk: aiohttp.ClientSession, clock: SetClock
) -> None:
    at = (clock.now() + timedelta(hours=2)).isoformat()
    new = {"patientId": office.maria, "channel": "sms", "body": "Later", "sendAt": at}
    _, made = await post(desk, "/api/messages", new)
    await office.delivered()
    assert office.phone() == []
    assert (await post(desk, f"/api/messages/{made['id']}/cancel"))[1]["status"] == "cancelled"
    status, problem = await post(desk, f"/api/messages/{made['id']}/cancel")
    assert (status, problem["type"]) == (409, "/problems/message-past-that")
    clock.advance(timedelta(hours=3))
    await office.delivered()
    assert office.phone() == []


async def test_what_did_not_arrive_is_sent_again_once(office: PostOffice, desk: aiohttp.ClientSession) -> None:
    await office.fault("error", channel="sms", code=21612)
    first = await office.queue("sms", body="Second try")
    await office.delivered()
    status, again = await post(desk, f"/api/messages/{first.message_id}/send-again")
    assert (status, again["repeats"]) == (201, first.message_id)
    twice = await post(desk, f"/api/messages/{first.message_id}/send-again")
    assert twice[1]["id"] == again["id"]
    await office.delivered()
    assert [message.body for message in office.phone()] == ["Second try"]
    assert (await post(desk, f"/api/messages/{again['id']}/send-again"))[0] == 409


async def test_a_conversation_is_answered_and_closed(office: PostOffice, desk: aiohttp.ClientSession) -> None:
    await office.reply("Is there parking?", "whatsapp")
    _, waiting = await read(desk, "/api/conversations?needsAnswer=true")
    [one] = waiting["items"]
    assert (one["patientName"], one["lastWords"]) == ("Maria Lopez", "Is there parking?")
    status, made = await post(desk, f"/api/conversations/{one['id']}/replies", {"body": "Yes, behind the house."})
    assert (status, made["patientId"]) == (201, office.maria)
    await office.delivered()
    assert office.phone(channel="whatsapp")[0].body == "Yes, behind the house."
    _, whole = await read(desk, f"/api/conversations/{one['id']}")
    assert [(line["ours"], line["body"]) for line in whole["lines"]] == [
        (False, "Is there parking?"),
        (True, "Yes, behind the house."),
    ]
    assert whole["freeWordsUntil"] is not None
    assert whole["conversation"]["needsAnswer"] is False
    assert (await post(desk, f"/api/conversations/{one['id']}/close"))[1]["status"] == "closed"
    await office.reply("Thanks!", "whatsapp")
    assert (await read(desk, f"/api/conversations/{one['id']}"))[1]["conversation"]["status"] == "open"


async def test_staff_of_another_hospital_see_none_of_it(
    office: PostOffice, desk: aiohttp.ClientSession, as_role: AsRole
) -> None:
    queued = await office.queue("sms")
    await office.reply("Hello")
    async with office.database.transaction() as tx:
        other = await tx.value(
            """insert into crm.hospitals (name, slug, time_zone, currency, created_at, updated_at)
               values ('Elsewhere', 'elsewhere', 'America/New_York', 'USD', %(now)s, %(now)s) returning id"""
        )
    headers = await as_role("front_desk", hospitals=[other])
    async with aiohttp.ClientSession(office.accounts.public_url, headers=headers) as outsider:
        assert (await read(outsider, "/api/messages"))[1]["items"] == []
        assert (await read(outsider, "/api/conversations"))[1]["items"] == []
        for path in (f"/api/messages/{queued.message_id}", "/api/conversations/1"):
            assert (await read(desk, path))[0] == 200
            assert (await read(outsider, path))[0] == 404


async def test_a_sender_is_paused_and_resumed_by_an_administrator(
    office: PostOffice, desk: aiohttp.ClientSession, as_role: AsRole
) -> None:
    [sms] = [one for one in (await read(desk, "/api/senders"))[1]["items"] if one["channel"] == "sms"]
    address = f"/api/senders/{sms['id']}"
    async with aiohttp.ClientSession(office.accounts.public_url, headers=await as_role("admin")) as admin:
        async with admin.patch(address, json={"paused": True}) as answer:
            assert (await answer.json())["pausedBecause"].startswith("Paused by Admin")
        queued = await office.queue("sms")
        await office.delivered()
        assert await office.status(queued.message_id) == "queued"
        async with admin.patch(address, json={"paused": False}, headers={"If-Match": '"1"'}) as answer:
            assert answer.status == 412
        async with admin.patch(address, json={"paused": False}) as answer:
            assert answer.status == 200
    await office.delivered()
    assert await office.status(queued.message_id) == "delivered"


async def test_a_link_by_which_a_patient_acts_is_the_patients_alone(
    office: PostOffice, desk: aiohttp.ClientSession
) -> None:
    words = "Change or cancel: https://bedside.test/m/hAzM3-zZ0n7Zq5-WkHp4Yg"
    _, made = await post(desk, "/api/messages", {"patientId": office.maria, "channel": "sms", "body": words})
    await office.delivered()
    assert [message.body for message in office.phone()] == [words]
    _, seen = await read(desk, f"/api/messages/{made['id']}")
    assert seen["message"]["body"] == "Change or cancel: https://bedside.test/m/…"
    await office.reply("May I come later?", "sms")
    _, inbox = await read(desk, "/api/conversations")
    _, thread = await read(desk, f"/api/conversations/{inbox['items'][0]['id']}")
    assert {line["body"] for line in thread["lines"]} == {seen["message"]["body"], "May I come later?"}
