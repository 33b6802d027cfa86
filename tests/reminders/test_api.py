"""Reminders over REST: listed, added, sent, withdrawn, and their policies, each for whom it is for."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.reminders.conftest import House
from tests.scheduling.conftest import MONDAY, at
from tests.web import AsRole


@pytest.fixture
async def desk(house: House, client: httpx.AsyncClient, as_role: AsRole) -> httpx.AsyncClient:
    """A client signed in as the front desk."""
    client.headers.update(await as_role("front_desk"))
    return client


async def test_a_reminder_added_two_seconds_ahead_is_pending_then_processed_then_sent(
    house: House, desk: httpx.AsyncClient
) -> None:
    visit = await house.book(at(MONDAY))
    await house.deliver()
    ahead = (house.clock.now() + timedelta(seconds=2)).isoformat()
    for channel in ("sms", "whatsapp"):
        body = {"channel": channel, "sendAt": ahead, "message": "See you soon"}
        answer = await desk.post(f"/api/appointments/{visit.id}/reminders", json=body)
        assert answer.status_code == 201, answer.text
        assert (answer.json()["status"], answer.json()["byHand"]) == ("scheduled", True)
    pending = (await desk.get("/api/appointments/reminders/pending")).json()
    assert [one["channel"] for one in pending["items"]] == ["sms", "whatsapp", "sms", "whatsapp"]
    assert (await desk.post("/api/appointments/reminders/process")).json()["queued"] == 0
    house.clock.advance(timedelta(seconds=2))
    first = await desk.post("/api/appointments/reminders/process")
    assert (first.status_code, first.json()) == (
        200, {"queued": 2, "skipped": 0, "cancelled": 0, "failed": 0, "stillDue": 0},
    )  # fmt: skip
    assert (await desk.post("/api/appointments/reminders/process")).json()["queued"] == 0
    assert {one.channel for one in await house.deliver()} == {"sms", "whatsapp"}
    shown = (await desk.get(f"/api/appointments/{visit.id}/reminders")).json()["items"]
    assert [one["status"] for one in shown if one["byHand"]] == ["sent", "sent"]
    assert {one["messageStatus"] for one in shown if one["byHand"]} == {"sent"}


async def test_the_pending_list_is_filtered_and_paged(house: House, desk: httpx.AsyncClient) -> None:
    for half_hour in range(4):
        patient = house.bellevue.ben if half_hour % 2 else None
        await house.book(at(MONDAY) + timedelta(minutes=30 * half_hour), patient)
    first = (await desk.get("/api/appointments/reminders/pending", params={"limit": 5})).json()
    rest = (await desk.get("/api/appointments/reminders/pending", params={"limit": 5, "cursor": first["next"]})).json()
    ids = [one["id"] for one in first["items"] + rest["items"]]
    assert (len(ids), len(set(ids)), rest["next"]) == (8, 8, None)
    bens = await desk.get(
        "/api/appointments/reminders/pending", params={"patientId": house.bellevue.ben, "channel": "sms"}
    )
    assert {one["patientName"] for one in bens.json()["items"]} == {"Ben Brook"}
    assert len(bens.json()["items"]) == 2


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"channel": "pigeon"}, 422, "/channel"),
        ({"channel": "sms", "sendAt": "yesterday"}, 422, "/sendAt"),
        ({"channel": "sms", "sendAt": "2027-03-01T13:00:00Z"}, 422, "/sendAt"),
        ({"channel": "sms", "sendAt": "9999-12-31T23:59:59-23:00"}, 422, "/sendAt"),
        ({"channel": "sms", "sendAt": "0001-01-01T00:00:00"}, 422, "/sendAt"),
        ({"channel": "sms", "message": ""}, 422, "/message"),
        ({"channel": "sms", "words": "x"}, 422, "/words"),
        ({"channel": "email"}, 409, "/channel"),
    ],
)
async def test_what_cannot_be_sent_is_refused_at_its_field(
    house: House, desk: httpx.AsyncClient, body: dict[str, Any], status: int, pointer: str
) -> None:
    visit = await house.book(at(MONDAY), house.bellevue.ben)  # who has no email
    answer = await desk.post(f"/api/appointments/{visit.id}/reminders", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer), answer.text
    assert await house.bellevue.value("select count(*) from crm.appointment_reminders where step_id is null") == 0


async def test_sent_now_or_withdrawn_by_hand(house: House, desk: httpx.AsyncClient) -> None:
    visit = await house.book(at(MONDAY))
    await house.deliver()
    first, second = (one["id"] for one in (await desk.get(f"/api/appointments/{visit.id}/reminders")).json()["items"])
    assert (await desk.post(f"/api/appointments/reminders/{first}/send-now")).status_code == 200
    assert (await desk.delete(f"/api/appointments/reminders/{second}")).json()["status"] == "cancelled"
    assert len(await house.deliver()) == 1
    over = await desk.delete(f"/api/appointments/reminders/{first}")
    assert (over.status_code, over.json()["type"]) == (409, "/problems/reminder-over")


async def test_an_outsider_sees_nothing_and_touches_nothing(
    house: House, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    visit = await house.book(at(MONDAY))
    elsewhere = await house.bellevue.add_hospital("Harbour Clinic", "America/Chicago")
    client.headers.update(await as_role("front_desk", hospitals=[elsewhere]))
    reminder = await house.bellevue.value("select min(id) from crm.appointment_reminders")
    assert (await client.get("/api/appointments/reminders/pending")).json()["items"] == []
    assert (await client.get(f"/api/appointments/{visit.id}/reminders")).status_code == 404
    body = {"channel": "sms"}
    assert (await client.post(f"/api/appointments/{visit.id}/reminders", json=body)).status_code == 404
    assert (await client.post(f"/api/appointments/reminders/{reminder}/send-now")).status_code == 404
    assert (await client.delete(f"/api/appointments/reminders/{reminder}")).status_code == 404
    house.clock.set(at(MONDAY) - timedelta(hours=1))
    client.headers.update(await as_role("front_desk", hospitals=[elsewhere]))
    assert (await client.post("/api/appointments/reminders/process")).json()["queued"] == 0


async def test_a_policy_is_made_changed_and_kept_by_version(
    house: House, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    client.headers.update(await as_role("admin"))
    step = {"leadMinutes": 120, "channels": ["sms"]}
    new = {"name": "Two hours", "departmentId": house.bellevue.cardiology, "steps": [step]}
    made = await client.post("/api/reminder-policies", json=new)
    assert made.status_code == 201, made.text
    policy = made.json()
    assert (policy["hospitalId"], policy["steps"][0]["templateKey"]) == (
        house.bellevue.hospital,
        "appointment_reminder",
    )
    assert (await client.post("/api/reminder-policies", json=new)).status_code == 409

    kept, more = policy["steps"][0]["id"], {"leadMinutes": 2880, "channels": ["email", "whatsapp"]}
    changed = {"name": "Two steps", "steps": [more, step]}
    path, version = f"/api/reminder-policies/{policy['id']}", made.headers["etag"]
    answer = await client.put(path, json=changed, headers={"if-match": version})
    assert [one["leadMinutes"] for one in answer.json()["steps"]] == [2880, 120]
    assert answer.json()["steps"][1]["id"] == kept  # what is planned by an unchanged step stays tied to it
    assert (await client.put(path, json=changed, headers={"if-match": version})).status_code == 412

    visit = await house.book(at(MONDAY))
    assert {due for _, _, due, _ in await house.reminders(visit.id)} == {
        at(MONDAY) - timedelta(hours=48), at(MONDAY) - timedelta(hours=2),
    }  # fmt: skip
    wrong = {"name": "x", "steps": [{**step, "templateKey": "no_such"}], "hospitalId": house.bellevue.hospital}
    refused = await client.post("/api/reminder-policies", json=wrong)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/steps/0/templateKey")


async def test_an_administrator_of_one_hospital_does_not_change_the_groups_policy(
    house: House, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    client.headers.update(await as_role("admin", hospitals=[house.bellevue.hospital]))
    [group] = (await client.get("/api/reminder-policies")).json()["items"]
    answer = await client.put(f"/api/reminder-policies/{group['id']}", json={"name": "None", "steps": []})
    assert answer.status_code == 403
    assert (await client.post("/api/reminder-policies", json={"name": "None", "steps": []})).status_code == 403


async def test_the_pages_of_staff_show_what_is_waiting_and_why_something_was_not_sent(
    house: House, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    await house.book(at(MONDAY))
    await house.book(house.clock.now() + timedelta(hours=3), house.bellevue.ben)
    client.headers.update({**await as_role("admin"), "accept": "text/html"})
    waiting = (await client.get("/reminders")).text
    assert "Anna Avery" in waiting
    assert "Ben Brook" not in waiting
    assert "Its time had passed when the visit was booked." in (await client.get("/reminders?tab=problems")).text
    assert "24 hours before" in (await client.get("/settings/reminders")).text
    policy = await house.bellevue.value("select min(id) from crm.reminder_policies")
    form = {
        "name": "Two days", "active": "true", "version": "1", "amount_0": "2", "unit_0": "days", "channels_0": "sms",
        "amount_1": "1", "unit_1": "hours", "channels_1": ["sms", "email"], "unconfirmed_1": "true",
    }  # fmt: skip
    answer = await client.post(f"/settings/reminders/{policy}", data=form)
    assert answer.headers.get("hx-redirect") == "/settings/reminders", answer.text
    page = (await client.get("/settings/reminders")).text
    assert "2 days before" in page
    assert "only who has not confirmed" in page
    wrong = await client.post(f"/settings/reminders/{policy}", data={**form, "amount_0": "4", "unit_0": "minutes"})
    assert wrong.status_code == 422
    assert "From 5 minutes to 90 days." in wrong.text
