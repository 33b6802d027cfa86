"""Immunization schedules: planned by a vaccine's intervals, given, put off, due again, overdue; who may, who knows."""

from datetime import date
from io import BytesIO
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import load_workbook

from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.patients.vaccination_model import Vaccine, after, months_later, schedule
from tests.web import AsRole
from tests.world import SmallWorld

HEPATITIS = {"vaccine": "hepatitis_b", "firstDueOn": "2027-03-10"}
FLU = {"vaccine": "influenza", "firstDueOn": "2027-02-01"}


def of(world: SmallWorld) -> str:
    """Maria's vaccinations."""
    return f"/api/patients/{world.maria.id}/vaccinations"


async def planned(client: httpx.AsyncClient, who: dict[str, str], path: str, body: dict[str, Any]) -> list[Any]:
    """The doses that were planned."""
    made = await client.post(path, json=body, headers=who)
    assert made.status_code == 201, made.text
    return list(made.json()["items"])


async def test_a_series_is_planned_by_the_vaccines_intervals(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    clara = await as_role("clinician")
    doses = await planned(client, clara | {"idempotency-key": "hep"}, of(world), HEPATITIS)
    assert [(one["dose"], one["dueOn"]) for one in doses] == [
        (1, "2027-03-10"),
        (2, "2027-04-07"),
        (3, "2027-09-08"),
    ]
    again = await planned(client, clara | {"idempotency-key": "hep"}, of(world), HEPATITIS)
    assert again == doses, "the same key plans once"
    twice = await client.post(of(world), json=HEPATITIS, headers=clara)
    assert (twice.status_code, twice.json()["vaccinationId"]) == (409, doses[0]["id"])
    listed = (await client.get(of(world), headers=clara)).json()["items"]
    assert listed == doses


async def test_a_dose_given_late_moves_those_after_it_and_one_given_early_none(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, database: Database
) -> None:
    clara = await as_role("clinician")
    first, second, third = await planned(
        client, clara, of(world), {"vaccine": "hepatitis_b", "firstDueOn": "2027-02-01"}
    )
    body = {"givenOn": "2027-02-20", "lotNumber": "AB-12", "hospitalId": world.bellevue.id}
    done = await client.post(f"{of(world)}/{first['id']}/given", json=body, headers=clara)
    assert done.status_code == 200, done.text
    assert (done.json()["givenOn"], done.json()["lotNumber"]) == ("2027-02-20", "AB-12")
    listed = {one["dose"]: one["dueOn"] for one in (await client.get(of(world), headers=clara)).json()["items"]}
    assert listed == {1: "2027-02-01", 2: "2027-03-20", 3: "2027-08-21"}
    async with database.transaction() as tx:
        moved = await tx.rows(
            """select subject_id, before ->> 'dueOn', after ->> 'dueOn' from crm.audit_log
               where action = 'vaccination.changed' order by id"""
        )
    assert moved == [(second["id"], "2027-03-01", "2027-03-20"), (third["id"], "2027-08-02", "2027-08-21")]
    # today is 1 March: the second is given nineteen days early, and the third stays
    early = await client.post(f"{of(world)}/{second['id']}/given", json={}, headers=clara)
    assert early.json()["givenOn"] == "2027-03-01"
    listed = {one["id"]: one["dueOn"] for one in (await client.get(of(world), headers=clara)).json()["items"]}
    assert listed[third["id"]] == "2027-08-21"
    twice = await client.post(f"{of(world)}/{second['id']}/given", json={}, headers=clara)
    assert (twice.status_code, "2027-03-01" in twice.json()["detail"]) == (409, True)


async def test_what_is_given_every_year_is_due_again_and_taking_it_back_takes_that_back(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    frida = await as_role("front_desk")
    [flu] = await planned(client, frida, of(world), FLU)
    await client.post(f"{of(world)}/{flu['id']}/given", json={"givenOn": "2027-02-27"}, headers=frida)
    listed = (await client.get(of(world), headers=frida)).json()["items"]
    assert [(one["dose"], one["dueOn"], one["givenOn"]) for one in listed] == [
        (2, "2028-02-27", None),
        (1, "2027-02-01", "2027-02-27"),
    ]
    back = await client.patch(f"{of(world)}/{flu['id']}", json={"givenOn": None}, headers=frida)
    assert back.json()["givenOn"] is None
    listed = (await client.get(of(world), headers=frida)).json()["items"]
    assert [(one["dose"], one["givenOn"]) for one in listed] == [(1, None)]


async def test_a_dose_is_changed_and_removed_and_the_audit_knows(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, database: Database
) -> None:
    frida = await as_role("front_desk")
    [flu] = await planned(client, frida, of(world), FLU)
    path = f"{of(world)}/{flu['id']}"
    changed = await client.patch(path, json={"dueOn": "2027-04-01", "note": "Prefers the left arm."}, headers=frida)
    assert (changed.json()["dueOn"], changed.headers["etag"]) == ("2027-04-01", '"2"')
    stale = await client.patch(path, json={"note": ""}, headers=frida | {"if-match": '"1"'})
    assert stale.status_code == 412
    assert (await client.delete(path, headers=frida)).status_code == 204
    assert (await client.delete(path, headers=frida)).status_code == 404
    await client.get(of(world), headers=frida)
    async with database.transaction() as tx:
        facts = await tx.rows(
            "select action, before ->> 'dueOn' from crm.audit_log where patient_id = %(id)s order by id",
            id=world.maria.id,
        )
        kinds = await tx.rows(
            "select kind from crm.event_log where patient_id = %(id)s and kind like 'vacc%%' order by id",
            id=world.maria.id,
        )
    assert [fact for fact in facts if fact[0].startswith("vacc")] == [
        ("vaccination.planned", None),
        ("vaccination.changed", "2027-02-01"),
        ("vaccination.removed", "2027-04-01"),
    ]
    assert facts[-1][0] == "patient.read", "reading them is a fact too"
    assert [kind for (kind,) in kinds] == ["vaccination.planned", "vaccination.changed", "vaccination.removed"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"vaccine": "plague", "firstDueOn": "2027-03-10"}, "/vaccine"),
        ({"vaccine": "influenza", "firstDueOn": "1983-05-17"}, "/firstDueOn"),
        ({"vaccine": "influenza", "firstDueOn": "9999-12-31"}, "/firstDueOn"),
        ({"vaccine": "influenza", "firstDueOn": "2027-02-30"}, "/firstDueOn"),
        ({"vaccine": "influenza", "firstDueOn": "2027-03-10", "note": "a\0b"}, "/note"),
        ({"vaccine": "influenza", "firstDueOn": "2027-03-10", "hospitalId": 2**63}, "/hospitalId"),
        ({"vaccine": "influenza", "firstDueOn": "2027-03-10", "colour": "red"}, "/colour"),
    ],
)
async def test_what_cannot_be_planned_is_refused_where_it_stands(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, body: dict[str, Any], pointer: str
) -> None:
    refused = await client.post(of(world), json=body, headers=await as_role("front_desk"))
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_nothing_was_given_in_the_future_by_the_hospitals_own_day(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, clock: SetClock
) -> None:
    frida = await as_role("front_desk")
    [flu] = await planned(client, frida, of(world), FLU)
    path = f"{of(world)}/{flu['id']}/given"
    clock.set(clock.now().replace(day=2, hour=3))  # still the evening of 1 March in New York
    frida = await as_role("front_desk")
    refused = await client.post(path, json={"givenOn": "2027-03-02"}, headers=frida)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/givenOn")
    born_later = await client.post(path, json={"givenOn": "1984-05-16"}, headers=frida)
    assert born_later.status_code == 422
    done = await client.post(path, json={}, headers=frida)
    assert done.json()["givenOn"] == "2027-03-01", done.text


async def test_the_overdue_list_is_filtered_sorted_paged_and_taken_out(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    frida = await as_role("front_desk")
    for patient, body in (
        (world.maria, FLU),
        (world.james, {"vaccine": "shingles", "firstDueOn": "2026-12-01"}),
        (world.rosa, {"vaccine": "influenza", "firstDueOn": "2026-12-15"}),
        (world.tom, {"vaccine": "influenza", "firstDueOn": "2027-03-01"}),  # due today is not overdue
    ):
        await planned(client, frida, f"/api/patients/{patient.id}/vaccinations", body)

    async def names(**asked: Any) -> list[tuple[str, str, int]]:
        answer = await client.get("/api/vaccinations/overdue", params=asked, headers=frida)
        assert answer.status_code == 200, answer.text
        return [(one["patientName"], one["vaccine"], one["daysOverdue"]) for one in answer.json()["items"]]

    james, rosa = ("James O'Connor", "shingles", 90), ("Rosa Núñez Ibarra", "influenza", 76)
    maria, james_later = ("Maria Alvarez", "influenza", 28), ("James O'Connor", "shingles", 30)
    assert await names() == [james, rosa, james_later, maria]
    assert await names(vaccine="influenza") == [rosa, maria]
    assert await names(hospitalId=world.santa_lucia.id) == [rosa]
    assert await names(overdueByDays=76) == [james, rosa]
    assert await names(sort="name") == [maria, rosa, james, james_later]
    assert await names(vaccine="plague") == []
    for sort in ("due", "-due", "name", "-name", "vaccine", "-vaccine"):
        seen, cursor = [], None
        while True:
            asked = {"sort": sort, "limit": 1} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/api/vaccinations/overdue", params=asked, headers=frida)).json()
            seen += [one["id"] for one in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert len(seen) == len(set(seen)) == 4, sort

    csv = await client.get("/api/vaccinations/overdue/export", params={"vaccine": "shingles"}, headers=frida)
    assert csv.text.splitlines()[1].startswith("James O'Connor,"), csv.text
    book = await client.get("/api/vaccinations/overdue/export", params={"format": "xlsx"}, headers=frida)
    rows = load_workbook(BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert len(rows) == 5
    assert rows[0][0] == "Patient"


async def test_a_preview_over_a_patient_says_the_dose_that_they_lack_and_of_who_lacks_none_nothing(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    ada = await as_role("admin")
    await planned(client, ada, of(world), FLU)
    new = {"key": "lacks", "name": "What they lack", "category": "health_promotion", "purpose": "marketing"}
    template = (await client.post("/api/templates", json=new, headers=ada)).headers["location"]
    due = "{{ patient.vaccine_due }}: {{ patient.vaccine_due_on }}"
    body = "{% if patient.vaccine_due %}" + due + "{% else %}Nothing{% endif %}"
    said = {}
    for patient in (world.maria, world.james):
        asked = {
            "channel": "sms", "patientId": patient.id, "words": {"channel": "sms", "language": "en", "body": body},
        }  # fmt: skip
        answer = await client.post(f"{template}/preview", json=asked, headers=ada)
        assert answer.status_code == 200, answer.text
        said[patient.first_name] = answer.json()["body"]
    assert said == {"Maria": "Influenza: February 1, 2027", "James": "Nothing"}


async def test_vaccines_are_listed_and_added(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> None:
    clara, mona = await as_role("clinician"), await as_role("marketing")
    known = (await client.get("/api/vaccines", headers=mona)).json()["items"]
    assert {"influenza", "mmr", "hepatitis_b", "shingles"} <= {one["code"] for one in known}
    rsv = {"code": "rsv", "name": "RSV", "intervals": [], "repeatMonths": 24}
    assert (await client.post("/api/vaccines", json=rsv, headers=clara)).status_code == 201
    assert (await client.post("/api/vaccines", json=rsv | {"code": "rsv_2"}, headers=clara)).status_code == 409
    for wrong in ({"code": "R S V"}, {"intervals": [0]}, {"repeatMonths": 0}, {"name": "a\0"}, {"intervals": [1] * 12}):
        refused = await client.post("/api/vaccines", json=rsv | {"code": "x"} | wrong, headers=clara)
        assert refused.status_code == 422, wrong
    assert (await client.post("/api/vaccines", json=rsv | {"code": "x"}, headers=mona)).status_code == 403


@given(st.lists(st.integers(1, 3660), max_size=11), st.integers(0, 12), st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_a_schedule_keeps_the_intervals_whatever_was_had_before(intervals: list[int], had: int, first: date) -> None:
    vaccine = Vaccine(code="x", name="X", intervals=intervals)
    planned = schedule(vaccine, first_due_on=first, had=had)
    assert [dose for dose, _ in planned] == list(range(had + 1, max(had + 1, vaccine.doses) + 1))
    assert planned[0][1] == first
    for (dose, due), (_, following) in pairwise(planned):
        assert after(vaccine, dose=dose, given_on=due) == following


def test_a_year_after_the_29th_of_february_is_the_28th() -> None:
    assert months_later(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert months_later(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert months_later(date(2027, 12, 31), 12) == date(2028, 12, 31)
