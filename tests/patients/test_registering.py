"""Patients are registered and changed over the API; nothing that cannot be true is kept."""

from typing import Any

import httpx
import pytest

from bedside.kit.database import Database
from tests.web import AsRole
from tests.world import SmallWorld

ANA = {
    "firstName": "Ana",
    "lastName": "Torres",
    "phone": "+1 212 555 0188",
    "email": "ana.torres@Example.org",
    "dateOfBirth": "1991-07-04",
}


async def test_the_documented_body_registers_a_patient(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    frida = await as_role("front_desk")
    made = await client.post("/api/patients", json=ANA, headers=frida | {"idempotency-key": "ana"})
    assert made.status_code == 201, made.text
    ana = made.json()
    assert (ana["phone"], ana["email"], ana["dateOfBirth"]) == ("+12125550188", "ana.torres@example.org", "1991-07-04")
    assert (ana["possibleDuplicates"], made.headers["location"]) == ([], f"/api/patients/{ana['id']}")

    again = await client.post("/api/patients", json=ANA, headers=frida | {"idempotency-key": "ana"})
    assert again.json()["id"] == ana["id"], "the same key is the same patient"

    read = await client.get(f"/api/patients/{ana['id']}", headers=frida)
    assert [point["value"] for point in read.json()["contactPoints"]] == ["+12125550188", "ana.torres@example.org"]


async def test_who_may_be_the_same_person_is_said_not_refused(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    frida = await as_role("front_desk")
    body = {"firstName": "María", "lastName": "Álvarez", "phone": "(212) 555-0142", "hospitalId": world.bellevue.id}
    made = await client.post("/api/patients", json=body, headers=frida)
    assert made.status_code == 201
    [alike] = made.json()["possibleDuplicates"]
    assert (alike["id"], alike["because"]) == (world.maria.id, "the same phone and a similar name")

    # a family shares a phone without being one person
    child = {"firstName": "Oscar", "lastName": "Baker", "phone": world.tom.phone, "dateOfBirth": "2020-01-01"}
    names = [
        one["firstName"]
        for one in (await client.post("/api/patients", json=child, headers=frida)).json()["possibleDuplicates"]
    ]
    assert "Tom" not in names


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"dateOfBirth": "2027-03-04"}, "/dateOfBirth"),
        ({"dateOfBirth": "1879-12-31"}, "/dateOfBirth"),
        ({"dateOfBirth": "1991-02-30"}, "/dateOfBirth"),
        ({"phone": "12"}, "/phone"),
        ({"phone": "+1 999 999 9999"}, "/phone"),
        ({"email": "ana@"}, "/email"),
        ({"firstName": "A\u0000na"}, "/firstName"),
        ({"firstName": "   "}, "/firstName"),
        ({"lastName": "T" * 101}, "/lastName"),
        ({"language": "klingon"}, "/language"),
        ({"timeZone": "Mars/Olympus"}, "/timeZone"),
        ({"favouriteColour": "green"}, "/favouriteColour"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_and_nothing_written(
    client: httpx.AsyncClient,
    as_role: AsRole,
    world: SmallWorld,
    database: Database,
    wrong: dict[str, Any],
    pointer: str,
) -> None:
    refused = await client.post("/api/patients", json=ANA | wrong, headers=await as_role("front_desk"))
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == pointer
    async with database.transaction() as tx:
        assert await tx.value("select count(*) from crm.patients where last_name = 'Torres'") == 0


async def test_a_change_made_on_an_old_reading_is_refused(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    frida, maria = await as_role("front_desk"), f"/api/patients/{world.maria.id}"
    tag = (await client.get(maria, headers=frida)).headers["etag"]
    first = await client.patch(maria, json={"lastName": "Alvarez-Reed"}, headers=frida | {"if-match": tag})
    assert (first.status_code, first.json()["lastName"]) == (200, "Alvarez-Reed")
    second = await client.patch(maria, json={"lastName": "Reed"}, headers=frida | {"if-match": tag})
    assert (second.status_code, second.json()["type"]) == (412, "/problems/changed-meanwhile")


async def test_the_first_phone_moves_and_the_next_moves_up(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    frida, maria = await as_role("front_desk"), f"/api/patients/{world.maria.id}"
    points = [{"kind": "phone", "value": "+12125550150"}, {"kind": "phone", "value": "212 555 0151", "takesSms": False}]
    kept = await client.put(f"{maria}/contact-points", json={"contactPoints": points}, headers=frida)
    assert [(one["value"], one["position"]) for one in kept.json()["contactPoints"]] == [
        ("+12125550150", 0),
        ("+12125550151", 1),
    ]
    assert (await client.patch(maria, json={"phone": None}, headers=frida)).json()["phone"] == "+12125550151"
    twice = await client.put(f"{maria}/contact-points", json={"contactPoints": [points[0], points[0]]}, headers=frida)
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (422, "/contactPoints/1/value")


async def test_an_archived_patient_is_out_of_the_list_until_brought_back(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    frida, james = await as_role("front_desk"), f"/api/patients/{world.james.id}"

    async def listed(**query: Any) -> list[int]:
        return [one["id"] for one in (await client.get("/api/patients", params=query, headers=frida)).json()["items"]]

    await client.patch(james, json={"archived": True}, headers=frida)
    assert world.james.id not in await listed() + await listed(q="connor")
    assert await listed(archived=True) == [world.james.id]
    await client.patch(james, json={"archived": False}, headers=frida)
    assert world.james.id in await listed()


async def test_an_identifier_is_one_persons_only(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> None:
    frida, card = await as_role("front_desk"), {"system": "Aetna", "value": "w-881"}
    made = await client.post(f"/api/patients/{world.maria.id}/identifiers", json=card, headers=frida)
    assert made.status_code == 201
    taken = await client.post(f"/api/patients/{world.james.id}/identifiers", json=card, headers=frida)
    assert (taken.status_code, taken.json()["patientId"]) == (409, world.maria.id)
    gone = await client.delete(f"/api/patients/{world.maria.id}/identifiers/{made.json()['id']}", headers=frida)
    assert gone.status_code == 204
    assert (
        await client.post(f"/api/patients/{world.james.id}/identifiers", json=card, headers=frida)
    ).status_code == 201


async def test_reading_and_changing_are_audit_facts(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, database: Database
) -> None:
    clara = await as_role("clinician")
    await client.get(f"/api/patients/{world.maria.id}", headers=clara)
    await client.patch(f"/api/patients/{world.maria.id}", json={"sex": "other"}, headers=await as_role("front_desk"))
    async with database.transaction() as tx:
        facts = await tx.rows(
            "select action, before, after from crm.audit_log where patient_id = %(id)s order by id desc limit 2",
            id=world.maria.id,
        )
    (changed, before, after), (read, *_) = facts
    assert (read, changed) == ("patient.read", "patient.changed")
    assert (before["sex"], after["sex"]) == ("female", "other")
