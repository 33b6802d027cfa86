"""Tasks: opened once, taken, done, opened again; seen by their hospital, and by nobody else."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bedside.follow_ups import Task, close_task, open_task
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from tests.follow_ups.conftest import Group


async def opened(group: Group, **more: Any) -> dict[str, Any]:
    """A task that the desk of Bellevue opened."""
    answer = await group.desk.post("/api/tasks", json={"title": "Call about the results", **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_task_goes_from_open_to_done_and_back(group: Group) -> None:
    task = await opened(group, patientId=group.anna, dueAt="2027-03-01T15:00:00Z", priority="urgent")
    assert (task["status"], task["patientName"], task["subject"]) == ("open", "Anna Avery", "patient")
    assert task["hospitalId"] == group.bellevue, "somebody who works at one hospital opens its tasks"
    path = f"/api/tasks/{task['id']}"
    me = (await group.desk.get("/api/auth/me")).json()

    taken = await group.desk.patch(path, json={"assignedTo": me["id"]}, headers={"If-Match": '"1"'})
    assert taken.json()["assignedToName"] == me["name"]
    done = (await group.desk.patch(path, json={"status": "done"})).json()
    assert (done["status"], done["doneByName"]) == ("done", me["name"])
    assert (await group.desk.patch(path, json={"status": "done"})).json() == done, "done twice is done once"
    back = (await group.desk.patch(path, json={"status": "open"})).json()
    assert (back["status"], back["doneAt"], back["doneByName"]) == ("open", None, None)

    assert await group.events() == ["task.opened", "task.changed", "task.done", "task.changed"]
    audit = (await group.admin.get("/api/audit?action=task.")).json()["items"]
    assert [entry["action"] for entry in audit] == ["task.reopened", "task.done", "task.assigned", "task.opened"]
    assert audit[1]["after"]["status"] == "done"
    assert audit[1]["patientId"] == group.anna


async def test_fifty_systems_open_one_task(database: Database, group: Group) -> None:
    async def system() -> Task | None:
        async with database.transaction() as tx:
            return await open_task(tx, key="reply:7", title="Anna asks for another time", patient_id=group.anna)

    made = await asyncio.gather(*(system() for _ in range(50)))
    assert len([task for task in made if task is not None]) == 1
    assert await group.count("tasks") == 1
    assert await group.events() == ["task.opened"]

    async with database.transaction() as tx:
        assert await close_task(tx, key="reply:7") is not None
    async with database.transaction() as tx:
        assert await close_task(tx, key="reply:7") is None, "it is closed already"
        assert await open_task(tx, key="reply:7", title="Again") is None, "once, done or not"


async def test_a_posted_key_opens_one_task(group: Group) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await group.desk.post("/api/tasks", json={"title": "Call"}, headers=headers)
    again = await group.desk.post("/api/tasks", json={"title": "Call"}, headers=headers)
    other = await group.desk.post("/api/tasks", json={"title": "Write"}, headers=headers)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json() == again.json()
    assert await group.count("tasks") == 1


async def test_a_hospital_sees_its_own_tasks_and_nobody_elses(group: Group) -> None:
    task = await opened(group)
    path = f"/api/tasks/{task['id']}"
    assert (await group.outsider.get("/api/tasks")).json()["items"] == []
    assert (await group.outsider.get(f"/api/tasks?hospitalId={group.bellevue}")).json()["items"] == []
    assert (await group.outsider.get(path)).status_code == 404
    assert (await group.outsider.patch(path, json={"status": "done"})).status_code == 404
    stolen = await group.outsider.post("/api/tasks", json={"title": "Not ours", "hospitalId": group.bellevue})
    assert stolen.status_code == 403
    away = await group.desk.patch(path, json={"hospitalId": group.mercy})
    assert away.status_code == 403, "nobody gives a task to a hospital where they do not work"

    everybodys = await group.admin.post("/api/tasks", json={"title": "For the whole group"})
    seen = (await group.outsider.get("/api/tasks")).json()["items"]
    assert [one["id"] for one in seen] == [everybodys.json()["id"]]


async def test_a_task_is_given_only_to_somebody_who_sees_it(group: Group) -> None:
    outsider = (await group.outsider.get("/api/auth/me")).json()
    for wanted in (outsider["id"], 999_999):
        refused = await group.desk.post("/api/tasks", json={"title": "Call", "assignedTo": wanted})
        assert refused.status_code == 422
        assert refused.json()["type"] == "/problems/no-such-assignee"
        assert refused.json()["errors"][0]["pointer"] == "/assignedTo"
    assert await group.count("tasks") == 0


async def test_the_list_is_filtered_and_sorted(group: Group, clock: SetClock) -> None:
    now = clock.now()
    me = (await group.desk.get("/api/auth/me")).json()["id"]
    late = await opened(group, title="Late", dueAt=(now - timedelta(hours=1)).isoformat())
    soon = await opened(group, title="Soon", dueAt=(now + timedelta(hours=1)).isoformat(), assignedTo=me)
    never = await opened(group, title="Whenever", patientId=group.anna, forRole="clinician")
    urgent = await opened(group, title="Now", priority="urgent")
    done = await opened(group, title="Over", dueAt=(now - timedelta(days=1)).isoformat())
    await group.desk.patch(f"/api/tasks/{done['id']}", json={"status": "done"})

    async def ids(query: str) -> list[int]:
        answer = await group.desk.get(f"/api/tasks?{query}")
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert await ids("status=open") == [late["id"], soon["id"], never["id"], urgent["id"]]
    assert await ids("status=open&sort=urgency") == [urgent["id"], late["id"], soon["id"], never["id"]]
    assert await ids("overdue=true") == [late["id"]]
    assert await ids("overdue=false&status=open&sort=id") == [soon["id"], never["id"], urgent["id"]]
    assert await ids("assignedTo=me") == [soon["id"]]
    assert await ids(f"assignedTo={me}") == [soon["id"]]
    assert await ids("assignedTo=nobody&status=open&sort=-id") == [urgent["id"], never["id"], late["id"]]
    assert await ids(f"patientId={group.anna}") == await ids("forRole=clinician") == [never["id"]]
    assert await ids("q=SOO") == [soon["id"]]

    walked, cursor = [], ""
    while True:
        page = (await group.desk.get(f"/api/tasks?limit=2&sort=-dueAt{cursor}")).json()
        walked += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert walked == list(reversed(await ids("sort=dueAt"))), "page by page as in one"


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"title": ""}, 422, "/title"),
        ({"title": "   "}, 422, "/title"),
        ({"title": "x" * 301}, 422, "/title"),
        ({"title": "Call", "dueAt": "2027-03-01T10:00:00"}, 422, "/dueAt"),
        ({"title": "Call", "dueAt": 1}, 422, "/dueAt"),
        ({"title": "Call", "priority": "high"}, 422, "/priority"),
        ({"title": "Call", "forRole": "king"}, 422, "/forRole"),
        ({"title": "Call", "subject": "patient"}, 422, "/subjectId"),
        ({"title": "Call", "subject": "planet", "subjectId": 1}, 422, "/subject"),
        ({"title": "Call", "patientId": 999_999}, 404, "/subjectId"),
        ({"title": "Call", "colour": "red"}, 422, "/colour"),
    ],
)
async def test_what_cannot_be_a_task_is_refused(group: Group, body: dict[str, Any], status: int, pointer: str) -> None:
    refused = await group.desk.post("/api/tasks", json=body)
    assert refused.status_code == status, refused.text
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert pointer in [error["pointer"] for error in refused.json()["errors"]]
    assert await group.count("tasks") == 0
    assert await group.events() == []


async def test_a_task_is_not_changed_over_somebodys_head_nor_after_it_was_done(group: Group) -> None:
    task = await opened(group)
    path = f"/api/tasks/{task['id']}"
    await group.clinician.patch(path, json={"title": "Call before noon"})
    stale = await group.desk.patch(path, json={"title": "Call after noon"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/changed-meanwhile")
    await group.desk.patch(path, json={"status": "dropped"})
    for late in ({"status": "done"}, {"title": "Too late"}):
        refused = await group.desk.patch(path, json=late)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/task-transition-refused")
    shown = (await group.desk.get(path)).json()
    assert (shown["title"], shown["status"]) == ("Call before noon", "dropped")
    assert (await group.desk.patch("/api/tasks/999999", json={"status": "done"})).status_code == 404
    nowhere = await group.admin.post("/api/tasks", json={"title": "Call", "hospitalId": 999_999})
    assert (nowhere.status_code, nowhere.json()["errors"][0]["pointer"]) == (422, "/hospitalId")


async def test_a_list_of_twenty_asks_the_database_no_more_than_a_list_of_one(
    group: Group, statements: list[str]
) -> None:
    await opened(group, patientId=group.anna)
    statements.clear()
    await group.desk.get("/api/tasks")
    one = len(statements)
    for number in range(19):
        await opened(group, patientId=group.ben if number % 2 else group.anna)
    statements.clear()
    assert len((await group.desk.get("/api/tasks")).json()["items"]) == 20
    assert one > 0
    assert len(statements) == one
