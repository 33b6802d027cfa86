"""What staff see of tasks, notes, tags and fields in the portal, without its scripts."""

import httpx
import pytest

from tests.follow_ups.conftest import Group

# Forms are checked against a cookie; whoever sends a token in a header has none to be tricked with.
QUIET = {"x-quiet": "1"}


async def page(client: httpx.AsyncClient, path: str, **headers: str) -> str:
    """A page's text, which must be there."""
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_list_shows_what_is_to_be_done_and_an_empty_one_says_what_next(group: Group) -> None:
    assert "Nothing to do" in await page(group.desk, "/tasks")
    answer = await group.desk.post(
        "/tasks",
        data={"title": "Call Anna <now>", "patient_id": str(group.anna), "urgent": "true", "due_date": "2027-03-01",
              "due_time": "08:00", "zone": "America/New_York", "hospital_id": str(group.bellevue)},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert "dialog:close" in answer.headers["HX-Trigger"]
    (task,) = (await group.desk.get("/api/tasks")).json()["items"]
    assert task["dueAt"] == "2027-03-01T13:00:00Z", "eight o'clock of the wall in New York"

    shown = await page(group.desk, "/tasks")
    assert "Call Anna &lt;now&gt;" in shown
    assert "Anna Avery" in shown
    assert "Overdue" in shown
    assert "<html" not in await page(group.desk, "/tasks", **QUIET), "a live region fetches what stands inside it"
    assert "Call Anna" not in await page(group.outsider, "/tasks?view=all")

    path = f"/tasks/{task['id']}"
    assert (await group.desk.post(f"{path}/take")).status_code == 200
    assert "Call Anna" in await page(group.desk, "/tasks?view=mine")
    assert (await group.desk.post(f"{path}/done")).status_code == 200
    assert "Call Anna" not in await page(group.desk, "/tasks?view=all")
    assert "Call Anna" in await page(group.desk, "/tasks?view=done")
    assert (await group.desk.post(f"{path}/reopen")).status_code == 200
    assert (await group.desk.post(f"{path}/explode")).status_code == 404
    assert (await group.outsider.post(f"{path}/done")).status_code == 404
    assert (await group.outsider.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"title": ""}, "Say in a few words"),
        ({"title": "Call", "due_date": "tomorrow"}, "Give a date"),
        ({"title": "Call", "assigned_to": "999999"}, "Nobody on the staff"),
    ],
)
async def test_a_form_that_cannot_be_comes_back_with_what_was_typed(
    group: Group, form: dict[str, str], words: str
) -> None:
    answer = await group.desk.post("/tasks", data={"details": "Kept as typed", **form})
    assert answer.status_code == 422
    assert words in answer.text
    assert "Kept as typed" in answer.text
    assert await group.count("tasks") == 0


async def test_a_task_changed_meanwhile_is_not_overwritten_by_an_old_form(group: Group) -> None:
    task = (await group.desk.post("/api/tasks", json={"title": "Call"})).json()
    path = f"/tasks/{task['id']}"
    assert 'name="version" value="1"' in await page(group.desk, path)
    await group.clinician.patch(f"/api{path}", json={"title": "Call before noon"})
    answer = await group.desk.post(path, data={"title": "Call after noon", "version": "1"})
    assert answer.status_code == 422
    assert "changed since you opened it" in answer.text
    assert (await group.desk.get(f"/api{path}")).json()["title"] == "Call before noon"


async def test_a_patients_page_takes_notes_tags_tasks_and_details(group: Group) -> None:
    base = f"/panels/follow-ups/patient/{group.anna}"
    await group.admin.post(
        "/settings/custom-fields",
        data={
            "subject": "patient",
            "label": "Blood group",
            "type": "choice",
            "choices": "0+\nA+\n",
            "required": "true",
        },
    )
    noted = await group.desk.post(f"{base}/notes", data={"body": "Prefers mornings <b>"})
    assert "Prefers mornings &lt;b&gt;" in noted.text
    empty = await group.desk.post(f"{base}/notes", data={"body": "  "})
    assert (empty.status_code, "Write something first." in empty.text) == (422, True)
    assert "Interpreter" in (await group.desk.post(f"{base}/tags", data={"tag": "Interpreter"})).text
    assert (await group.desk.post(f"{base}/tags", data={"tag": ""})).status_code == 200
    assert "Order a chair" in (await group.desk.post(f"{base}/tasks", data={"title": "Order a chair"})).text
    refused = await group.desk.post(f"{base}/custom-values", data={"blood_group": ""})
    assert (refused.status_code, "must be given" in refused.text) == (422, True)
    assert (await group.desk.post(f"{base}/custom-values", data={"blood_group": "A+"})).status_code == 200

    panel = await page(group.desk, base)
    for words in ("Prefers mornings", "Interpreter", "Order a chair", "A+"):
        assert words in panel
    for region in ("notes", "tags", "tasks", "custom-values"):
        assert "<html" not in await page(group.desk, f"{base}/regions/{region}", **QUIET)
    assert (await group.desk.get("/panels/follow-ups/patient/999999")).status_code == 404
    assert (await group.desk.get(f"{base}/regions/secrets")).status_code == 404
    assert "Order a chair" not in await page(group.outsider, base), "a task of another hospital"
    assert "Prefers mornings" in await page(group.outsider, base), "patients are the group's"

    (note,) = (await group.desk.get(f"/api/notes?patientId={group.anna}")).json()["items"]
    gone = await group.desk.post(f"/notes/{note['id']}/delete")
    assert f'hx-post="/notes/{note["id"]}/restore"' in gone.text
    assert "Prefers mornings" not in await page(group.desk, f"{base}/regions/notes")
    await group.desk.post(f"/notes/{note['id']}/restore")
    assert "Prefers mornings" in await page(group.desk, f"{base}/regions/notes")


async def test_a_tag_is_offered_as_one_types(group: Group) -> None:
    await group.desk.post("/api/tags", json={"name": "VIP"})
    assert 'data-value="VIP"' in await page(group.desk, "/tags/options?q=vi")
    assert "make this tag" in await page(group.desk, "/tags/options?q=vi")
    assert "make this tag" not in await page(group.desk, "/tags/options?q=vip")


async def test_settings_are_the_administrators(group: Group) -> None:
    for path in ("/settings/tags", "/settings/custom-fields"):
        assert (await group.desk.get(path)).status_code == 403
    await group.admin.post("/settings/tags", data={"name": "VIP", "colour": "amber"})
    twice = await group.admin.post("/settings/tags", data={"name": "vip", "colour": "red"})
    assert (twice.status_code, "already" in twice.text) == (422, True)
    assert "VIP" in await page(group.admin, "/settings/tags")
    (tag,) = (await group.admin.get("/api/tags")).json()["items"]
    assert (await group.admin.post(f"/settings/tags/{tag['id']}/delete")).status_code == 200
    assert "No tags yet" in await page(group.admin, "/settings/tags")

    wrong = await group.admin.post("/settings/custom-fields", data={"label": "Blood group", "type": "choice"})
    assert (wrong.status_code, "has choices" in wrong.text) == (422, True)
    assert "No fields of your own yet" in await page(group.admin, "/settings/custom-fields")
    await group.admin.post("/settings/custom-fields", data={"label": "Nickname", "type": "text"})
    (field,) = (await group.admin.get("/api/custom-fields")).json()["items"]
    assert (await group.admin.post(f"/settings/custom-fields/{field['id']}/archive")).status_code == 200
    assert "Archived" in await page(group.admin, "/settings/custom-fields")


@pytest.mark.parametrize("path", ["/tasks?view=all", "/panels/follow-ups/patient/{anna}"])
async def test_a_page_of_twenty_asks_the_database_no_more_than_a_page_of_one(
    group: Group, statements: list[str], path: str
) -> None:
    asked = []
    for new in (1, 19):
        for number in range(new):
            await group.desk.post("/api/tasks", json={"title": f"Task {number}", "patientId": group.anna})
            await group.desk.post("/api/notes", json={"subject": "patient", "subjectId": group.anna, "body": "Hm."})
        await page(group.desk, path.format(anna=group.anna))  # hospitals, and who read the record, are remembered
        statements.clear()
        await page(group.desk, path.format(anna=group.anna))
        asked.append(len(statements))
    assert asked[0] == asked[1] > 0
