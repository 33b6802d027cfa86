"""Staff, machines' keys, and the audit of what is done with them."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest

from bedside.accounts import audit, audit_reading, first_administrator, issue_token, reset_password
from bedside.accounts.gate import KEY_KEPT
from bedside.directory import NewHospital, add_hospital
from bedside.event_log import SYSTEM, Actor
from bedside.kit.clock import SetClock
from bedside.kit.database import Database, Tx
from tests.web import SECRET_KEY, AsRole


@pytest.fixture
async def hospitals(database: Database) -> list[int]:
    """Two hospitals; whoever works at the first only is an outsider at the second."""
    async with database.transaction() as tx:
        made = [
            await add_hospital(
                tx, new=NewHospital(name=name, time_zone="America/New_York", currency="USD"), actor=SYSTEM
            )
            for name in ("Bellevue General", "Lakeside Clinic")
        ]
    return [one.id for one in made]


async def add(client: httpx.AsyncClient, headers: dict[str, str], **more: Any) -> httpx.Response:
    body = {"email": "bob@example.org", "name": "Bob Stone", "role": "front_desk", "everyHospital": True} | more
    return await client.post("/api/staff", json=body, headers=headers)


async def test_a_new_colleague_signs_in_with_the_password_made_for_them(
    client: httpx.AsyncClient, as_role: AsRole
) -> None:
    made = (await add(client, await as_role("admin"))).json()
    signed_in = await client.post("/api/auth/login", json={"email": "bob@example.org", "password": made["password"]})
    assert signed_in.json()["user"]["role"] == "front_desk"
    assert "password" not in str(made["staff"]).lower()


async def test_two_people_cannot_have_one_address(client: httpx.AsyncClient, as_role: AsRole) -> None:
    admin = await as_role("admin")
    await add(client, admin)
    taken = await add(client, admin, email="BOB@example.org")
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/email-taken")
    unknown = await add(client, admin, email="eve@example.org", everyHospital=False, hospitalIds=[999])
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/hospitalIds")


async def test_deactivating_signs_out_at_once_and_keeps_out(client: httpx.AsyncClient, as_role: AsRole) -> None:
    admin = await as_role("admin")
    made = (await add(client, admin, password="three blue herons fly")).json()["staff"]
    login = {"email": "bob@example.org", "password": "three blue herons fly"}
    tokens = (await client.post("/api/auth/login", json=login)).json()
    bob = {"authorization": f"Bearer {tokens['accessToken']}"}
    assert (await client.get("/api/auth/me", headers=bob)).status_code == 200
    assert (await client.post(f"/api/staff/{made['id']}/deactivate", headers=admin)).json()["active"] is False
    await until_refused(client, bob)
    again = await client.post("/api/auth/refresh", json={"refreshToken": tokens["refreshToken"]})
    assert again.status_code == 401
    assert (await client.post("/api/auth/login", json=login)).status_code == 401


async def test_a_changed_role_holds_from_the_next_request_and_a_refresh_brings_it(
    client: httpx.AsyncClient, as_role: AsRole, clock: SetClock
) -> None:
    admin = await as_role("admin")
    made = (await add(client, admin, password="three blue herons fly")).json()["staff"]
    login = {"email": "bob@example.org", "password": "three blue herons fly"}
    tokens = (await client.post("/api/auth/login", json=login)).json()
    clock.advance(timedelta(seconds=1))
    await client.patch(f"/api/staff/{made['id']}", json={"role": "marketing"}, headers=admin)
    await until_refused(client, {"authorization": f"Bearer {tokens['accessToken']}"})
    again = await client.post("/api/auth/refresh", json={"refreshToken": tokens["refreshToken"]})
    bob = {"authorization": f"Bearer {again.json()['accessToken']}"}
    assert (await client.get("/api/auth/me", headers=bob)).json()["role"] == "marketing"


async def until_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """Asks until the tail of the event log has told this process: some tenths of a second."""
    for _ in range(200):
        if (await client.get("/api/auth/me", headers=headers)).status_code == 401:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the token still holds after four seconds")


async def test_the_last_administrator_stays(client: httpx.AsyncClient, as_role: AsRole) -> None:
    admin = await as_role("admin")
    me = (await client.get("/api/auth/me", headers=admin)).json()["id"]
    for edit in ({"active": False}, {"role": "finance"}, {"everyHospital": False}):
        refused = await client.patch(f"/api/staff/{me}", json=edit, headers=admin)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/last-administrator")


async def test_an_administrator_of_one_hospital_reaches_no_further(
    client: httpx.AsyncClient, as_role: AsRole, hospitals: list[int]
) -> None:
    here, elsewhere = hospitals
    chief, local = await as_role("admin"), await as_role("admin", hospitals=[here])
    other = (await add(client, chief, email="far@example.org", everyHospital=False, hospitalIds=[elsewhere])).json()
    both = (await add(client, chief, email="both@example.org", everyHospital=False, hospitalIds=hospitals)).json()
    listed = {one["email"] for one in (await client.get("/api/staff", headers=local)).json()["items"]}
    assert "far@example.org" not in listed
    assert "both@example.org" in listed
    assert (await client.get(f"/api/staff/{other['staff']['id']}", headers=local)).status_code == 404
    assert (await client.post(f"/api/staff/{other['staff']['id']}/deactivate", headers=local)).status_code == 404
    grabbing = await client.post(f"/api/staff/{both['staff']['id']}/reset-password", headers=local)
    assert (grabbing.status_code, grabbing.json()["type"]) == (403, "/problems/hospitals-not-yours")
    assert (await add(client, local, email="x@example.org")).status_code == 403
    assert (await add(client, local, email="x@example.org", everyHospital=False, hospitalIds=[here])).status_code == 201
    key = {"name": "Lab", "role": "admin", "everyHospital": True}
    assert (await client.post("/api/api-keys", json=key, headers=local)).status_code == 403


async def test_a_key_is_shown_once_and_ends_when_revoked(
    client: httpx.AsyncClient, as_role: AsRole, clock: SetClock
) -> None:
    admin = await as_role("admin")
    body = {"name": "Lab", "everyHospital": True, "expiresAt": (clock.now() + timedelta(days=1)).isoformat()}
    made = (await client.post("/api/api-keys", json=body, headers=admin)).json()
    assert made["key"].startswith("bk_")
    assert made["key"] not in (await client.get("/api/api-keys", headers=admin)).text
    lab = {"authorization": f"Bearer {made['key']}"}
    assert (await client.get("/api/auth/me", headers=lab)).json()["kind"] == "api_key"
    await client.delete(f"/api/api-keys/{made['apiKey']['id']}", headers=admin)
    await until_refused(client, lab)


async def test_a_key_ends_on_its_day(client: httpx.AsyncClient, as_role: AsRole, clock: SetClock) -> None:
    admin = await as_role("admin")
    body = {"name": "Lab", "everyHospital": True, "expiresAt": (clock.now() + timedelta(hours=1)).isoformat()}
    made = (await client.post("/api/api-keys", json=body, headers=admin)).json()
    lab = {"authorization": f"Bearer {made['key']}"}
    assert (await client.get("/api/auth/me", headers=lab)).status_code == 200
    clock.advance(timedelta(hours=1) + KEY_KEPT)
    assert (await client.get("/api/auth/me", headers=lab)).status_code == 401
    past = await client.post("/api/api-keys", json=body, headers=await as_role("admin"))
    assert past.json()["errors"][0]["pointer"] == "/expiresAt"


async def test_the_audit_shows_what_changed_and_no_secret(client: httpx.AsyncClient, as_role: AsRole) -> None:
    admin = await as_role("admin")
    made = (await add(client, admin, password="three blue herons fly")).json()["staff"]
    await client.patch(f"/api/staff/{made['id']}", json={"role": "finance"}, headers=admin)
    await client.post(f"/api/staff/{made['id']}/reset-password", headers=admin)
    log = await client.get(f"/api/audit?subject=staff&subjectId={made['id']}", headers=admin)
    entries = log.json()["items"]
    assert [one["action"] for one in entries] == ["staff.password_reset", "staff.edited", "staff.added"]
    assert (entries[1]["before"]["role"], entries[1]["after"]["role"]) == ("front_desk", "finance")
    assert "name" not in entries[1]["after"]
    assert entries[1]["address"] == "127.0.0.1"
    assert "herons" not in log.text


async def test_the_audit_is_read_by_actor_patient_action_and_time(
    client: httpx.AsyncClient, as_role: AsRole, database: Database, clock: SetClock
) -> None:
    admin = await as_role("admin")
    nurse = Actor(kind="staff", id=77, name="Nurse Joy")
    async with database.transaction() as tx:
        for _ in range(3):
            await audit_reading(tx, actor=nurse, patient_id=5)  # a page with three panels is one reading
        await audit_reading(tx, actor=nurse, patient_id=6)
    noon = clock.advance(timedelta(minutes=2))
    async with database.transaction() as tx:
        await audit_reading(tx, actor=nurse, patient_id=5)

    async def found(query: str) -> list[int]:
        answer = await client.get(f"/api/audit?{query}", headers=admin)
        return [one["patientId"] for one in answer.json()["items"]]

    assert await found("patientId=5") == [5, 5]
    assert await found("actorKind=staff&actorId=77") == [5, 6, 5]
    assert await found("action=patient.") == [5, 6, 5]
    assert await found("action=patient_") == []
    assert await found(f"since={noon.isoformat().replace('+', '%2B')}") == [5]
    assert await found(f"actorId=77&until={noon.isoformat().replace('+', '%2B')}") == [6, 5]
    first = (await client.get("/api/audit?actorId=77&limit=2", headers=admin)).json()
    rest = (await client.get(f"/api/audit?actorId=77&limit=2&cursor={first['next']}", headers=admin)).json()
    assert ([one["patientId"] for one in rest["items"]], rest["next"]) == ([5], None)


async def test_deeds_are_read_beside_the_audit_and_within_ones_hospitals(
    client: httpx.AsyncClient, as_role: AsRole, hospitals: list[int]
) -> None:
    deeds = (await client.get("/api/audit/deeds?action=directory", headers=await as_role("admin"))).json()["items"]
    assert [(one["actorKind"], one["subjectId"]) for one in deeds] == [("system", id) for id in reversed(hospitals)]
    local = await client.get("/api/audit/deeds", headers=await as_role("admin", hospitals=hospitals[:1]))
    assert {one["subjectId"] for one in local.json()["items"]} == {hospitals[0]}


@pytest.mark.parametrize("statement", ["update crm.audit_log set action = 'nothing'", "delete from crm.audit_log"])
async def test_nobody_rewrites_the_audit(tx: Tx, statement: str) -> None:
    await audit(tx, actor=SYSTEM, action="tried", subject="test", after={"apiKey": "bk_x", "kept": 1})
    with pytest.raises(psycopg.errors.RestrictViolation):
        async with tx.savepoint():
            await tx.execute(statement)  # type: ignore[arg-type]  # two words of ours
    assert await tx.value("select after from crm.audit_log") == {"kept": 1}


async def test_the_command_line_makes_an_administrator_a_password_and_a_token(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as tx:
        email, _ = await first_administrator(tx)
        password = await reset_password(tx, email=email)
        token = await issue_token(tx, role="admin", key=SECRET_KEY)  # type: ignore[arg-type]  # as click hands it
    assert (await client.post("/api/auth/login", json={"email": email, "password": password})).status_code == 200
    script = await client.get("/api/auth/me", headers={"authorization": f"Bearer {token}"})
    assert (script.json()["kind"], script.json()["role"]) == ("script", "admin")
