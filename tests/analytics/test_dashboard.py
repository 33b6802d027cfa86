"""The dashboard counts what happened, at the reader's own hospital, on the hospital's own day."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from bedside.analytics.dashboard import day_of
from bedside.kit.clock import SetClock
from tests.queries import QueryCount
from tests.world import SmallWorld

Headers = Callable[..., Awaitable[dict[str, str]]]


async def book(client: httpx.AsyncClient, desk: dict[str, str], world: SmallWorld, patient: int, time: str) -> int:
    """Books a visit with Dr. Smith today and gives its id."""
    body = {
        "patientId": patient,
        "doctorName": "Dr. Smith",
        "appointmentDate": "2027-03-01",
        "appointmentTime": time,
        "department": "Cardiology",
    }
    answer = await client.post("/api/appointments", json=body, headers=desk)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def numbers(client: httpx.AsyncClient, who: dict[str, str], **query: int) -> dict[str, dict[str, object]]:
    answer = await client.get("/api/analytics/dashboard", headers=who, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_a_visit_is_counted_where_it_stands(
    client: httpx.AsyncClient, world: SmallWorld, as_role: Headers, clock: SetClock
) -> None:
    desk = await as_role("front_desk", hospitals=[world.bellevue.id])
    first = await book(client, desk, world, world.maria.id, "10:00")
    await book(client, desk, world, world.james.id, "10:30")
    assert (await numbers(client, desk))["today"] == {
        "day": "2027-03-01", "total": 2, "expected": 2, "confirmed": 0, "arrived": 0, "completed": 0,
        "cancelled": 0, "missed": 0,
    }  # fmt: skip
    await client.post(f"/api/appointments/{first}/check-in", headers=desk)
    today = (await numbers(client, desk))["today"]
    assert (today["expected"], today["arrived"]) == (1, 1)
    clock.set(datetime(2027, 3, 1, 16, 0, tzinfo=UTC))
    desk = await as_role("front_desk", hospitals=[world.bellevue.id])  # the first token has expired by now
    await client.post(f"/api/appointments/{first}/complete", headers=desk)
    after = await numbers(client, desk)
    assert after["today"]["completed"] == 1
    assert (after["noShows"]["of"], after["noShows"]["missed"]) == (1, 0)


async def test_the_confirmations_that_were_queued_are_messages_of_today(
    client: httpx.AsyncClient, world: SmallWorld, as_role: Headers
) -> None:
    desk = await as_role("front_desk", hospitals=[world.bellevue.id])
    await book(client, desk, world, world.maria.id, "10:00")
    messages = (await numbers(client, desk))["messages"]
    assert (messages["total"], messages["waiting"], messages["failed"]) == (1, 1, 0)


async def test_another_hospitals_day_is_not_shown(
    client: httpx.AsyncClient, world: SmallWorld, as_role: Headers
) -> None:
    desk = await as_role("front_desk", hospitals=[world.bellevue.id])
    outsider = await as_role("front_desk", hospitals=[world.santa_lucia.id])
    await book(client, desk, world, world.maria.id, "10:00")
    assert (await numbers(client, outsider))["today"]["total"] == 0
    refused = await client.get("/api/analytics/dashboard", headers=outsider, params={"hospitalId": world.bellevue.id})
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 13), 24), (date(2027, 3, 14), 23), (date(2027, 11, 7), 25)])
def test_a_day_is_as_long_as_the_zone_has_it(day: date, hours: int) -> None:
    zone = ZoneInfo("America/New_York")
    begins, ends = day_of(datetime(day.year, day.month, day.day, 12, tzinfo=zone), zone)
    assert ends - begins == timedelta(hours=hours)


async def test_the_page_asks_as_much_for_many_visits_as_for_one(
    client: httpx.AsyncClient, world: SmallWorld, as_role: Headers, query_count: QueryCount
) -> None:
    desk = await as_role("front_desk", hospitals=[world.bellevue.id])
    await book(client, desk, world, world.maria.id, "10:00")
    with query_count() as for_one:
        assert (await client.get("/dashboard/visits", headers=desk)).status_code == 200
    for number, patient in enumerate((world.james, world.leila, world.tom, world.emma, world.ben), start=11):
        await book(client, desk, world, patient.id, f"{number}:00")
    with query_count() as for_six:
        page = await client.get("/dashboard/visits", headers=desk)
    assert page.text.count("Check in") >= 6
    assert len(for_six) == len(for_one)


async def test_before_the_first_visit_the_page_says_how_to_get_there(
    client: httpx.AsyncClient, world: SmallWorld, as_role: Headers
) -> None:
    desk = await as_role("front_desk", hospitals=[world.bellevue.id])
    empty = (await client.get("/", headers=desk)).text
    assert "5 of 6" in empty
    assert "Open the calendar" in empty
    await book(client, desk, world, world.maria.id, "10:00")
    assert "Here and next" in (await client.get("/", headers=desk)).text
