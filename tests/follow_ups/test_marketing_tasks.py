"""Marketing sees the tasks that are for marketing, takes and ends them, and sees nothing of what is to be done for
patients."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bedside.accounts import PERMISSIONS, Permission, Role
from bedside.follow_ups import Task, open_task
from bedside.kit.database import Database
from tests.follow_ups.conftest import Group
from tests.web import AsRole


@pytest.fixture
async def mona(group: Group, as_role: AsRole) -> AsyncIterator[httpx.AsyncClient]:
    """Marketing of Bellevue."""
    headers = await as_role("marketing", hospitals=[group.bellevue])
    async with httpx.AsyncClient(
        transport=group.desk._transport, base_url="http://bedside.test", headers=headers
    ) as client:
        yield client


async def opened(database: Database, title: str, **more: Any) -> int:
    async with database.transaction() as tx:
        made = await open_task(tx, title=title, **more)
    assert isinstance(made, Task)
    return made.id


@pytest.fixture
async def hers(database: Database, group: Group) -> int:
    """Hers, among others that are not."""
    anna = {"patient_id": group.anna, "hospital_id": group.bellevue}
    await opened(database, "Call Anna", **anna, for_role="front_desk")
    await opened(database, "Ask Anna what she thinks of the leaflet", **anna, for_role="marketing")
    await opened(database, "Anybody", hospital_id=group.bellevue)
    await opened(database, "Desk", hospital_id=group.bellevue, for_role="front_desk")
    await opened(database, "Mercy", hospital_id=group.mercy, for_role="marketing")
    await opened(database, "An owner", subject="owner", subject_id=1, for_role="marketing")
    more = {"subject": "campaign", "subject_id": 4, "hospital_id": group.bellevue, "for_role": "marketing"}
    return await opened(database, "Flu was not sent in time", **more)


def test_who_may_do_what_of_tasks() -> None:
    """Whoever works on follow-ups sees and ends all tasks; marketing those for marketing; nobody else any."""
    follow = {Permission.FOLLOW_UPS_READ, Permission.FOLLOW_UPS_EDIT}
    ends = {Permission.TASKS_READ, Permission.TASKS_END}
    all_ = {role: PERMISSIONS[role] & (follow | ends) for role in Role}
    assert all_ == {
        Role.ADMIN: follow | ends, Role.FRONT_DESK: follow | ends, Role.CLINICIAN: follow | ends,
        Role.FINANCE: follow | ends, Role.MARKETING: ends, Role.OWNER: set(), Role.INTEGRATION: set(),
    }  # fmt: skip


async def test_marketing_sees_what_is_for_it_and_nothing_of_patients(
    group: Group, mona: httpx.AsyncClient, hers: int
) -> None:
    for query in ("", "?forRole=front_desk", "?forRole=marketing", f"?patientId={group.anna}", "?assignedTo=nobody"):
        found = (await mona.get(f"/api/tasks{query}")).json()["items"]
        assert {one["title"] for one in found} <= {"Flu was not sent in time"}, query
    assert [one["id"] for one in (await mona.get("/api/tasks")).json()["items"]] == [hers]
    for other in range(1, hers):
        assert (await mona.get(f"/api/tasks/{other}")).status_code == 404
        assert (await mona.patch(f"/api/tasks/{other}", json={"status": "done"})).status_code == 404
        assert (await mona.get(f"/tasks/{other}")).status_code == 404
        assert (await mona.post(f"/tasks/{other}/done")).status_code == 404
    assert (await mona.get(f"/api/tasks/{hers}")).json()["title"] == "Flu was not sent in time"
    # the desk sees all of its hospital
    titles = {one["title"] for one in (await group.desk.get("/api/tasks")).json()["items"]}
    assert {"Call Anna", "Anybody", "Flu was not sent in time"} <= titles


async def test_marketing_takes_and_ends_its_tasks_and_changes_nothing_else_of_them(
    group: Group, mona: httpx.AsyncClient, hers: int
) -> None:
    path, me = f"/api/tasks/{hers}", (await mona.get("/api/auth/me")).json()
    taken = await mona.patch(path, json={"assignedTo": me["id"]})
    assert (taken.status_code, taken.json()["assignedToName"]) == (200, me["name"])
    desk = (await group.desk.get("/api/auth/me")).json()
    for change in (
        {"assignedTo": desk["id"]}, {"title": "Other"}, {"forRole": "front_desk"}, {"status": "done", "details": "x"},
        {"hospitalId": None}, {"priority": "urgent"},
    ):  # fmt: skip
        refused = await mona.patch(path, json=change)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-allowed"), change
    assert (await mona.patch(path, json={"assignedTo": None})).json()["assignedTo"] is None
    done = (await mona.patch(path, json={"status": "done"})).json()
    assert (done["status"], done["doneByName"]) == ("done", me["name"])
    assert (await mona.patch(path, json={"status": "open"})).json()["status"] == "open"
    assert (await mona.post("/api/tasks", json={"title": "New"})).status_code == 403
    for closed in ("/api/notes?subject=patient&subjectId=1", "/api/tags", "/tasks/new"):
        assert (await mona.get(closed)).status_code == 403


async def test_marketings_page_of_tasks_counts_and_shows_its_own(mona: httpx.AsyncClient, hers: int) -> None:
    page = (await mona.get("/tasks")).text
    assert "Flu was not sent in time" in page
    assert '<a href="/campaigns/4">Campaign</a>' in page
    for other in ("Call Anna", "leaflet", "Anybody", "Mercy", "An owner"):
        assert other not in page
    assert "/tasks/new" not in page
    assert "from:body, campaign from:body" in page
    task = (await mona.get(f"/tasks/{hers}")).text
    assert f'hx-post="/tasks/{hers}/done"' in task
    assert f'hx-post="/tasks/{hers}/drop"' in task
    assert "<form" not in task
    assert (await mona.post(f"/tasks/{hers}", data={"title": "Other"})).status_code == 403
    assert (await mona.post(f"/tasks/{hers}/take")).status_code == 200
    assert "Flu was not sent in time" in (await mona.get("/tasks?view=mine")).text
    assert (await mona.post(f"/tasks/{hers}/done")).status_code == 200
    assert "Flu was not sent in time" in (await mona.get("/tasks?view=done")).text
    assert "Flu was not sent in time" not in (await mona.get("/tasks?view=all")).text
