"""Hospitals, departments, services, practitioners and rooms are kept over the API."""

from datetime import date
from typing import Any

import httpx
import pytest

from bedside.directory import holidays_of
from bedside.kit.database import Database
from tests.queries import QueryCount
from tests.web import AsRole
from tests.world import SmallWorld

NEW: dict[str, Any] = {
    "name": "Clinique Étoile",
    "timeZone": "Europe/Paris",
    "currency": "EUR",
    "locale": "fr-FR",
    "country": "FR",
}


async def test_a_hospital_is_added_changed_and_put_away(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, database: Database
) -> None:
    ada = await as_role("admin")
    made = await client.post("/api/hospitals", json=NEW, headers=ada)
    assert (made.status_code, made.json()["slug"]) == (201, "clinique-etoile")
    place = made.headers["location"]
    changed = await client.patch(
        place, json={"directions": "Second floor"}, headers=ada | {"if-match": made.headers["etag"]}
    )
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    stale = await client.patch(place, json={"name": "Other"}, headers=ada | {"if-match": made.headers["etag"]})
    assert stale.status_code == 412
    await client.patch(place, json={"archived": True}, headers=ada)
    names = [one["name"] for one in (await client.get("/api/hospitals", headers=ada)).json()["items"]]
    assert names == ["Bellevue General Hospital", "Clínica Santa Lucía"]
    async with database.transaction() as tx:
        rows = await tx.rows(
            "select action from crm.audit_log where subject = 'hospital' and subject_id = 3 order by id"
        )
    assert [row[0] for row in rows] == ["hospital.added", "hospital.changed", "hospital.archived"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"timeZone": "Mars/Olympus"}, "/timeZone"),
        ({"timeZone": "EST5EDT"}, "/timeZone"),
        ({"currency": "ABC"}, "/currency"),
        ({"locale": "xx-YY"}, "/locale"),
        ({"country": "ZZ", "subdivision": "X"}, "/country"),
        ({"country": "US", "subdivision": "XX"}, "/subdivision"),
        ({"quietFrom": "21:00:00"}, "/quietUntil"),
        ({"quietFrom": "21:00:00", "quietUntil": "21:00:00"}, "/quietUntil"),
        ({"quietFrom": "21:00:00Z", "quietUntil": "08:00:00"}, "/quietFrom"),
        ({"phone": "12"}, "/phone"),
    ],
)
async def test_what_there_is_not_is_refused(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, wrong: dict[str, Any], pointer: str
) -> None:
    refused = await client.post("/api/hospitals", json=NEW | wrong, headers=await as_role("admin"))
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_opening_hours_neither_overlap_nor_end_before_they_begin(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    ada, hours = await as_role("admin"), f"/api/hospitals/{world.bellevue.id}/opening-hours"

    async def put(*days: tuple[int, str, str]) -> httpx.Response:
        body = {"hours": [{"weekday": day, "opens": opens, "closes": closes} for day, opens, closes in days]}
        return await client.put(hours, json=body, headers=ada)

    assert (await put((1, "14:00:00", "18:00:00"), (1, "08:00:00", "12:00:00"))).status_code == 200
    shown = (await client.get(hours, headers=ada)).json()["hours"]
    assert [one["opens"] for one in shown] == ["08:00:00", "14:00:00"]
    assert (await put((1, "08:00:00", "12:00:00"), (1, "11:00:00", "13:00:00"))).status_code == 422
    assert (await put((1, "12:00:00", "08:00:00"))).status_code == 422
    assert (await client.get(hours, headers=ada)).json()["hours"] == shown


async def test_one_name_once_in_a_place(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> None:
    ada = await as_role("admin")
    for path, body in (
        ("/api/departments", {"hospitalId": world.bellevue.id, "name": "Cardiology"}),
        ("/api/services", {"departmentId": world.cardiology.id, "name": "ECG", "durationMinutes": 30}),
        ("/api/resources", {"hospitalId": world.bellevue.id, "name": "Echo lab", "kind": "ultrasound"}),
        ("/api/hospitals", NEW | {"slug": "bellevue"}),
    ):
        taken = await client.post(path, json=body, headers=ada)
        assert (taken.status_code, taken.json()["type"]) == (409, "/problems/name-taken"), path


async def test_who_works_elsewhere_changes_nothing_here(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    outsider = await as_role("admin", hospitals=[world.santa_lucia.id])
    for path in (
        f"/api/hospitals/{world.bellevue.id}",
        f"/api/departments/{world.cardiology.id}",
        f"/api/services/{world.consultation.id}",
        f"/api/practitioners/{world.smith.id}",
        "/api/resources/1",
    ):
        assert (await client.patch(path, json={"archived": True}, headers=outsider)).status_code == 403, path
    own = await client.patch(
        f"/api/practitioners/{world.reyes.id}", json={"specialty": "Cardiología"}, headers=outsider
    )
    assert own.status_code == 200
    moved = {"departmentIds": [world.cardiology.id]}
    assert (await client.patch(f"/api/practitioners/{world.reyes.id}", json=moved, headers=outsider)).status_code == 403


async def test_practitioners_are_listed_by_where_they_work(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, query_count: QueryCount
) -> None:
    frida = await as_role("front_desk")
    found = await client.get("/api/practitioners", params={"departmentId": world.cardiology.id}, headers=frida)
    assert [one["lastName"] for one in found.json()["items"]] == ["Okafor", "Smith"]
    with query_count() as one:
        await client.get("/api/practitioners", params={"limit": 1}, headers=frida)
    with query_count() as many:
        await client.get("/api/practitioners", params={"limit": 20}, headers=frida)
    assert len(one) == len(many)


async def test_public_holidays_are_those_of_the_place(world: SmallWorld) -> None:
    known = holidays_of(world.bellevue, since=date(2026, 11, 1), until=date(2026, 12, 31))
    assert known[date(2026, 11, 26)] == "Thanksgiving Day"
    assert date(2026, 11, 26) not in holidays_of(world.santa_lucia, since=date(2026, 11, 1), until=date(2026, 12, 31))
