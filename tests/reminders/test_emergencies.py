"""The hospital has to close: everybody with a visit is told at once, by every channel, and once."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bedside.reminders import emergencies
from bedside.reminders.tasks import send_emergencies
from tests.reminders.conftest import ANNAS_PHONE, BENS_PHONE, House
from tests.scheduling.conftest import MONDAY, at
from tests.web import AsRole

ADDRESS = "/api/emergency-notifications"
WORDS = {"en": "A water pipe broke. We are closed today: please stay at home."}


@pytest.fixture
async def manager(house: House, client: httpx.AsyncClient, as_role: AsRole) -> httpx.AsyncClient:
    """A client signed in as an administrator, early on Monday; Anna and Ben have a visit."""
    house.clock.set(at(MONDAY, "06:00"))
    client.headers.update(await as_role("admin"))
    await house.book(at(MONDAY, "10:00"))
    await house.book(at(MONDAY, "15:00"), house.bellevue.ben)
    await house.deliver()
    return client


def draft(house: House, **more: Any) -> dict[str, Any]:
    """What is to be said, to everybody of the hospital."""
    return {"hospitalId": house.bellevue.hospital, "words": WORDS, **more}


async def send(manager: httpx.AsyncClient, house: House, **more: Any) -> dict[str, Any]:
    """Sends it, confirmed."""
    answer = await manager.post(ADDRESS, json=draft(house, confirm="Bellevue General", **more))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_everybody_with_a_visit_today_is_told_by_every_channel(house: House, manager: httpx.AsyncClient) -> None:
    sent = await send(manager, house)
    assert (sent["status"], sent["day"], sent["progress"]["people"]) == ("sending", "2027-03-08", 2)
    await send_emergencies(house.database)
    told = await house.deliver()
    assert sorted((one.channel, one.to) for one in told) == [
        ("email", "anna@example.org"),
        ("sms", ANNAS_PHONE), ("sms", BENS_PHONE), ("whatsapp", ANNAS_PHONE), ("whatsapp", BENS_PHONE),
    ]  # fmt: skip
    assert {one.body for one in told} == {f"Bellevue General: {WORDS['en']}"}
    now = (await manager.get(f"{ADDRESS}/{sent['id']}")).json()
    assert (now["status"], now["progress"]["sent"], now["progress"]["waiting"]) == ("sent", 2, 0)
    people = (await manager.get(f"{ADDRESS}/{sent['id']}/recipients")).json()["items"]
    assert [(one["patientName"], one["state"]) for one in people] == [("Anna Avery", "sent"), ("Ben Brook", "sent")]
    assert [one["status"] for one in people[1]["channels"]] == ["sent", "sent", "refused"]


async def test_it_passes_quiet_hours_and_goes_before_everything_else(house: House, manager: httpx.AsyncClient) -> None:
    await house.bellevue.execute("update crm.hospitals set quiet_from = '21:00', quiet_until = '08:00'")
    await send(manager, house)
    await send_emergencies(house.database)
    waiting = await house.bellevue.value(
        """select count(*) from communications.message_queue
           where about = 'emergency_notification' and priority = 0 and not_before <= %(now)s"""
    )
    assert waiting == 5


async def test_a_preview_counts_and_says_who_must_be_called_and_keeps_nothing(
    house: House, manager: httpx.AsyncClient
) -> None:
    for channel in ("sms", "whatsapp"):
        await house.refuse(house.bellevue.ben, channel)
    answer = await manager.post(f"{ADDRESS}/preview", json=draft(house))
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert (seen["people"], seen["reachablePeople"], seen["unreachablePeople"]) == (2, 1, 1)
    assert seen["messages"] == {"sms": 1, "whatsapp": 1, "email": 1}
    [ben] = seen["unreachable"]
    assert (ben["patientName"], ben["phone"]) == ("Ben Brook", BENS_PHONE)
    assert ben["because"][0] == {"channel": "sms", "because": "They asked not to be written to by SMS."}
    assert seen["texts"][0]["text"].startswith("Bellevue General: A water pipe")
    assert (await manager.get(ADDRESS)).json()["items"] == []


async def test_a_preview_says_which_channel_is_paused(house: House, manager: httpx.AsyncClient) -> None:
    assert (await manager.post(f"{ADDRESS}/preview", json=draft(house))).json()["atRest"] == {}
    await house.bellevue.execute(
        """update communications.senders set paused_until = '2999-01-01', paused_because = 'Paused by Dana Desk.'
           where channel = 'sms'"""
    )
    seen = (await manager.post(f"{ADDRESS}/preview", json=draft(house))).json()
    assert seen["atRest"] == {"sms": "SMS is paused, so its messages wait. Paused by Dana Desk."}
    page = await manager.post(
        "/emergencies/preview",
        data={"hospital_id": str(house.bellevue.hospital), "words_en": "Closed", "day": "2027-03-08"},
    )
    assert "SMS is paused" in page.text


@pytest.mark.parametrize(
    ("limits", "names"),
    [
        ({"untilTime": "12:00:00"}, ["Anna Avery"]),
        ({"fromTime": "12:00:00"}, ["Ben Brook"]),
        ({"fromTime": "10:15:00", "untilTime": "10:20:00"}, ["Anna Avery"]),  # who is with the doctor now
        ({"fromTime": "10:30:00", "untilTime": "15:00:00"}, []),
        ({"day": "2027-03-09"}, []),
    ],
)
async def test_only_those_whose_visits_touch_the_hours(
    house: House, manager: httpx.AsyncClient, limits: dict[str, str], names: list[str]
) -> None:
    seen = (await manager.post(f"{ADDRESS}/preview", json=draft(house, **limits))).json()
    assert seen["people"] == len(names)
    if names:
        sent = await send(manager, house, **limits)
        people = (await manager.get(f"{ADDRESS}/{sent['id']}/recipients")).json()["items"]
        assert [one["patientName"] for one in people] == names
    else:
        refused = await manager.post(ADDRESS, json=draft(house, confirm="Bellevue General", **limits))
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/emergency-nobody")


async def test_only_one_doctors_patients(house: House, manager: httpx.AsyncClient) -> None:
    for doctor, people in ((house.bellevue.smith, 2), (house.bellevue.jones, 0)):
        seen = await manager.post(f"{ADDRESS}/preview", json=draft(house, practitionerId=doctor))
        assert seen.json()["people"] == people


async def test_who_called_it_off_or_was_seen_is_left_alone(house: House, manager: httpx.AsyncClient) -> None:
    await house.bellevue.execute(
        """update crm.appointments set status = 'cancelled', cancelled_at = %(now)s, cancelled_by = 'patient'
           where patient_id = %(ben)s""",
        ben=house.bellevue.ben,
    )
    assert (await manager.post(f"{ADDRESS}/preview", json=draft(house))).json()["people"] == 1


async def test_a_family_on_one_phone_is_told_once(house: House, manager: httpx.AsyncClient) -> None:
    await house.bellevue.execute("update crm.contact_points set value = %(one)s where kind = 'phone'", one=ANNAS_PHONE)
    seen = (await manager.post(f"{ADDRESS}/preview", json=draft(house))).json()
    assert (seen["people"], seen["together"], seen["messages"]["sms"]) == (2, 1, 1)
    sent = await send(manager, house)
    assert (sent["progress"]["waiting"], sent["progress"]["unreachable"]) == (2, 0)
    await send_emergencies(house.database)
    told = await house.deliver()
    assert [one.channel for one in told].count("sms") == 1
    now = (await manager.get(f"{ADDRESS}/{sent['id']}")).json()
    assert now["progress"]["sent"] == 2  # both of them have it


async def test_each_reads_their_language(house: House, manager: httpx.AsyncClient) -> None:
    await house.bellevue.execute("update crm.patients set language = 'es' where id = %(ben)s", ben=house.bellevue.ben)
    words = {**WORDS, "es": "Hoy estamos cerrados.\nQuédese en casa."}
    await send(manager, house, words=words)
    await send_emergencies(house.database)
    bens = [one for one in await house.deliver() if one.to == BENS_PHONE and one.channel == "sms"]
    assert [one.body for one in bens] == ["Bellevue General: Hoy estamos cerrados. Quédese en casa."]


async def test_a_second_press_sends_nothing(house: House, manager: httpx.AsyncClient) -> None:
    first = await send(manager, house)
    body = draft(house, confirm="bellevue  general")
    again = await manager.post(ADDRESS, json=body)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/emergency-sent-already")
    assert again.json()["emergencyNotificationId"] == first["id"]
    house.clock.advance(timedelta(minutes=11))
    key = {"Idempotency-Key": "close-again"}
    later = [await manager.post(ADDRESS, json=body, headers=key) for _ in range(2)]
    assert [one.status_code for one in later] == [201, 201]
    assert later[0].json()["id"] == later[1].json()["id"]


async def test_ten_managers_at_once_are_one_notification(house: House, manager: httpx.AsyncClient) -> None:
    body = draft(house, confirm="Bellevue General")
    answers = await asyncio.gather(*(manager.post(ADDRESS, json=body) for _ in range(10)))
    assert sorted(one.status_code for one in answers) == [201] + [409] * 9


async def test_four_workers_at_once_tell_everybody_once(house: House, manager: httpx.AsyncClient) -> None:
    await send(manager, house)
    await asyncio.gather(*(send_emergencies(house.database) for _ in range(4)))
    await send_emergencies(house.database)
    assert len(await house.deliver()) == 5
    assert await house.bellevue.value("select status from crm.emergency_notifications") == "sent"


async def test_a_worker_that_dies_in_between_forgets_nobody_and_tells_nobody_twice(
    house: House, manager: httpx.AsyncClient
) -> None:
    await send(manager, house)

    async def dies() -> None:
        async with house.database.transaction() as tx:
            await emergencies.hand_over(tx, limit=3)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await dies()
    await send_emergencies(house.database)
    told = await house.deliver()
    assert len(told) == len({(one.channel, one.to) for one in told}) == 5


@pytest.mark.parametrize("batch", [1, 2, 50])
async def test_stopped_while_it_goes_out_nothing_is_left_behind(
    house: House, manager: httpx.AsyncClient, batch: int
) -> None:
    sent = await send(manager, house)

    async def work() -> None:
        for _ in range(6):
            async with house.database.transaction() as tx:
                await emergencies.hand_over(tx, limit=batch)

    stopped, *_ = await asyncio.gather(manager.post(f"{ADDRESS}/{sent['id']}/cancel"), work(), work())
    assert stopped.status_code == 200, stopped.text
    await send_emergencies(house.database)
    assert await house.deliver() == []
    assert (await manager.get(f"{ADDRESS}/{sent['id']}")).json()["progress"]["cancelled"] == 2


async def test_what_has_not_left_is_taken_back(house: House, manager: httpx.AsyncClient) -> None:
    sent = await send(manager, house)
    async with house.database.transaction() as tx:
        await emergencies.hand_over(tx, limit=2)  # Anna's and Ben's SMS are queued, the others not yet
    queued = await house.bellevue.value(
        """select string_agg(to_address, ' ' order by id) from communications.message_queue
           where about = 'emergency_notification'"""
    )
    assert queued == f"{ANNAS_PHONE} {BENS_PHONE}"  # everybody's first channel goes before anybody's second
    stopped = await manager.post(f"{ADDRESS}/{sent['id']}/cancel")
    assert (stopped.status_code, stopped.json()["status"]) == (200, "cancelled")
    await send_emergencies(house.database)
    assert await house.deliver() == []
    assert stopped.json()["progress"]["cancelled"] == 2
    assert (await manager.post(f"{ADDRESS}/{sent['id']}/cancel")).status_code == 200


async def test_what_left_cannot_be_taken_back(house: House, manager: httpx.AsyncClient) -> None:
    sent = await send(manager, house)
    await send_emergencies(house.database)
    await house.deliver()
    refused = await manager.post(f"{ADDRESS}/{sent['id']}/cancel")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/emergency-has-left")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"confirm": "Bellevue"}, "/confirm"),
        ({"day": "2027-03-07"}, "/day"),
        ({"day": "2029-01-01"}, "/day"),
        ({"fromTime": "12:00:00", "untilTime": "09:00:00"}, "/untilTime"),
        ({"fromTime": "12:00:00Z"}, "/fromTime"),
        ({"words": {"en": "   "}}, "/words/en"),
        ({"words": {"en": "a\u0000b"}}, "/words/en"),
        ({"words": {"en": "x" * 481}}, "/words/en"),
        ({"words": {"es": "Cerrado"}}, "/words"),
    ],
)
async def test_what_cannot_be_is_refused_where_it_stands(
    house: House, manager: httpx.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    answer = await manager.post(ADDRESS, json={**draft(house), "confirm": "Bellevue General", **body})
    assert answer.status_code in (400, 422), answer.text
    assert pointer in answer.text
    assert await house.bellevue.value("select count(*) from crm.emergency_notifications") == 0


async def test_it_is_for_administrators_and_their_hospitals(
    house: House, manager: httpx.AsyncClient, as_role: AsRole
) -> None:
    desk = await as_role("front_desk")
    assert (await manager.post(ADDRESS, json=draft(house, confirm="Bellevue General"), headers=desk)).status_code == 403
    nowhere = await manager.post(f"{ADDRESS}/preview", json=draft(house) | {"hospitalId": 2**62})
    assert nowhere.status_code == 404
    for missing in (2**62, 2**63 - 1):
        assert (await manager.get(f"{ADDRESS}/{missing}")).status_code == 404


async def test_another_hospitals_is_not_there(house: House, manager: httpx.AsyncClient, as_role: AsRole) -> None:
    sent = await send(manager, house)
    elsewhere = await house.bellevue.add_hospital("Harbor", "America/New_York")
    outsider = await as_role("admin", hospitals=[elsewhere])
    assert (await manager.get(f"{ADDRESS}/{sent['id']}/recipients", headers=outsider)).status_code == 404
    assert (await manager.get(ADDRESS, headers=outsider)).json()["items"] == []
    assert (await manager.post(f"{ADDRESS}/preview", json=draft(house), headers=outsider)).status_code == 403


async def test_it_stands_in_the_audit_and_goes_out_as_a_table(house: House, manager: httpx.AsyncClient) -> None:
    sent = await send(manager, house)
    kept = await house.bellevue.value(
        "select after ->> 'people' from crm.audit_log where action = 'emergency_notification.sent'"
    )
    assert kept == "2"
    table = await manager.get(f"{ADDRESS}/{sent['id']}/recipients/export")
    assert table.headers["content-type"].startswith("text/csv")
    lines = table.text.strip().splitlines()
    assert (len(lines), "Anna Avery" in lines[1]) == (3, True)
