"""What staff write down about a patient: notes, tags, and the fields that the group added."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.follow_ups.conftest import Group


async def write(client: httpx.AsyncClient, patient: int, body: str, **more: Any) -> dict[str, Any]:
    """A note about a patient."""
    answer = await client.post("/api/notes", json={"subject": "patient", "subjectId": patient, "body": body, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def add_field(group: Group, label: str, type: str, **more: Any) -> dict[str, Any]:
    """A field of patients."""
    answer = await group.admin.post(
        "/api/custom-fields", json={"subject": "patient", "label": label, "type": type, **more}
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def set_values(group: Group, **values: Any) -> httpx.Response:
    """Sets values of Anna."""
    return await group.desk.patch(
        "/api/custom-values", json={"subject": "patient", "subjectId": group.anna, "values": values}
    )


async def values_of(group: Group, patient: int) -> dict[str, Any]:
    """The values of a patient, by key."""
    items = (await group.desk.get(f"/api/custom-values?patientId={patient}")).json()["items"]
    return {one["key"]: one["value"] for one in items}


async def test_a_note_is_written_pinned_edited_deleted_and_brought_back(group: Group) -> None:
    old = await write(group.desk, group.anna, "Prefers mornings.\nSpeaks softly.")
    new = await write(group.clinician, group.anna, "Asked about parking.")
    await write(group.desk, group.ben, "Somebody else's.")
    path = f"/api/notes/{old['id']}"

    async def bodies() -> list[str]:
        return [one["body"] for one in (await group.desk.get(f"/api/notes?patientId={group.anna}")).json()["items"]]

    assert await bodies() == [new["body"], old["body"]]
    assert (await group.clinician.patch(path, json={"pinned": True})).status_code == 200, "anybody pins"
    assert await bodies() == [old["body"], new["body"]]
    edited = await group.desk.patch(path, json={"body": "Prefers evenings."}, headers={"If-Match": '"2"'})
    assert edited.json()["body"] == "Prefers evenings."

    assert (await group.desk.delete(path)).status_code == 200
    assert await bodies() == [new["body"]]
    assert (await group.desk.get(path)).status_code == 404
    assert (await group.desk.post(f"{path}/restore")).json()["deletedAt"] is None
    assert await bodies() == ["Prefers evenings.", new["body"]]
    kinds = [kind for kind in await group.events() if kind.startswith("note.")]
    assert kinds == ["note.added"] * 3 + ["note.changed"] * 4

    about_anna = (await group.admin.get(f"/api/audit?patientId={group.anna}&action=note.")).json()["items"]
    assert [entry["action"] for entry in about_anna][:4] == [
        "note.restored",
        "note.deleted",
        "note.edited",
        "note.pinned",
    ]
    assert about_anna[2]["before"]["body"] == old["body"]
    readings = (await group.admin.get(f"/api/audit?patientId={group.anna}&action=patient.read")).json()["items"]
    assert len(readings) == 1, "reading a record's notes is an audit fact, once a minute"


async def test_nobody_rewrites_anothers_note_but_an_administrator(group: Group) -> None:
    note = await write(group.desk, group.anna, "Prefers mornings.")
    path = f"/api/notes/{note['id']}"
    for refused in (await group.clinician.patch(path, json={"body": "No."}), await group.clinician.delete(path)):
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/note-not-yours")
    assert (await group.desk.get(path)).json()["body"] == "Prefers mornings."
    assert (await group.admin.patch(path, json={"body": "Prefers mornings, mostly."})).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"subject": "patient", "subjectId": 999_999, "body": "Hello"}, 404, "/subjectId"),
        ({"subject": "planet", "subjectId": 1, "body": "Hello"}, 422, "/subject"),
        ({"subject": "patient", "subjectId": 1, "body": " \n "}, 422, "/body"),
        ({"subject": "patient", "subjectId": 1, "body": "x" * 10_001}, 422, "/body"),
        ({"subject": "patient", "subjectId": 1, "body": "a\u0000b"}, 422, "/body"),
        ({"subject": "patient", "body": "Hello"}, 422, "/subjectId"),
    ],
)
async def test_what_cannot_be_a_note_is_refused(group: Group, body: dict[str, Any], status: int, pointer: str) -> None:
    refused = await group.desk.post("/api/notes", json=body)
    assert refused.status_code == status, refused.text
    assert pointer in [error["pointer"] for error in refused.json()["errors"]]
    assert await group.count("notes") == 0


async def test_a_tag_is_put_on_and_taken_off_and_named_once(group: Group) -> None:
    tag = (await group.desk.post("/api/tags", json={"name": "Interpreter  needed", "colour": "violet"})).json()
    assert tag["name"] == "Interpreter needed"
    again = await group.desk.post("/api/tags", json={"name": "INTERPRETER needed"})
    assert (again.status_code, again.json()["tagId"]) == (409, tag["id"])

    on = f"/api/tags/{tag['id']}/on/patient/{group.anna}"
    assert (await group.desk.put(on)).json()["used"] == 1
    assert (await group.desk.put(on)).json()["used"] == 1, "twice is once"
    shown = (await group.desk.get(f"/api/tags?patientId={group.anna}")).json()["items"]
    assert [one["name"] for one in shown] == ["Interpreter needed"]
    assert (await group.desk.get(f"/api/tags?patientId={group.ben}")).json()["items"] == []
    assert (await group.desk.put(f"/api/tags/{tag['id']}/on/patient/999999")).status_code == 404
    assert (await group.desk.put(f"/api/tags/999999/on/patient/{group.anna}")).status_code == 404
    assert (await group.desk.put(f"/api/tags/{tag['id']}/on/planet/1")).status_code == 422

    assert (await group.desk.patch(f"/api/tags/{tag['id']}", json={"name": "Interpreter"})).status_code == 403
    renamed = await group.admin.patch(f"/api/tags/{tag['id']}", json={"name": "interpreter Needed", "colour": "red"})
    assert (renamed.json()["name"], renamed.json()["colour"]) == ("interpreter Needed", "red")
    vip = (await group.desk.post("/api/tags", json={"name": "VIP"})).json()
    clash = await group.admin.patch(f"/api/tags/{vip['id']}", json={"name": "Interpreter needed"})
    assert (clash.status_code, clash.json()["tagId"]) == (409, tag["id"])

    assert (await group.desk.delete(on)).status_code == 204
    assert (await group.desk.delete(on)).status_code == 204
    assert await group.events() == ["tags.changed", "tags.changed"]
    await group.desk.put(on)
    assert (await group.admin.delete(f"/api/tags/{tag['id']}")).status_code == 204
    assert await group.count("taggings") == 0
    assert (await group.admin.get(f"/api/tags/{tag['id']}")).status_code == 404


async def test_ten_people_make_one_tag_of_a_name(group: Group) -> None:
    answers = await asyncio.gather(*(group.desk.post("/api/tags", json={"name": "VIP"}) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


async def test_a_field_takes_values_of_its_type_only(group: Group) -> None:
    await add_field(group, "Blood group", "choice", choices=["0+", "A+"])
    await add_field(group, "Height in cm", "number")
    await add_field(group, "Organ donor", "boolean")
    await add_field(group, "Next check", "date")
    await add_field(group, "Nickname", "text")
    good = {
        "blood_group": "A+",
        "height_in_cm": 171.5,
        "organ_donor": False,
        "next_check": "2028-02-29",
        "nickname": "5",
    }
    assert (await set_values(group, **good)).status_code == 200
    assert await values_of(group, group.anna) == good, "a text “5” stays a text"
    assert set((await values_of(group, group.ben)).values()) == {None}

    for key, wrong in [
        ("blood_group", "Z"), ("blood_group", True), ("height_in_cm", "171"), ("height_in_cm", True),
        ("height_in_cm", 10**15), ("organ_donor", "yes"), ("organ_donor", 1), ("next_check", "2027-02-29"),
        ("next_check", "29.02.2028"), ("nickname", 5), ("nickname", "x" * 2001), ("shoe_size", 44),
    ]:  # fmt: skip
        refused = (
            await set_values(group, nickname="Never written", **{key: wrong})
            if key != "nickname"
            else (await set_values(group, nickname=wrong))
        )
        assert refused.status_code == 422, (key, wrong)
        assert refused.json()["errors"][0]["pointer"] == f"/values/{key}"
    assert await values_of(group, group.anna) == good, "all or none"

    assert (await set_values(group, nickname=None, height_in_cm=172)).status_code == 200
    assert await values_of(group, group.anna) == good | {"nickname": None, "height_in_cm": 172}
    last = (await group.admin.get("/api/audit?action=custom_values.")).json()["items"][0]
    assert (last["before"], last["after"]) == (
        {"nickname": "5", "height_in_cm": 171.5}, {"nickname": None, "height_in_cm": 172},
    )  # fmt: skip


async def test_a_required_field_stays_filled(group: Group) -> None:
    await add_field(group, "Emergency contact", "text", required=True)
    await add_field(group, "Nickname", "text")
    refused = await set_values(group, nickname="Nan")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/values/emergency_contact")
    assert (await set_values(group, nickname="Nan", emergency_contact="Bea, +1 212 555 0101")).status_code == 200
    assert (await set_values(group, emergency_contact="  ")).status_code == 422
    assert (await values_of(group, group.anna))["nickname"] == "Nan"


async def test_a_choice_that_records_have_does_not_go(group: Group) -> None:
    field = await add_field(group, "Blood group", "choice", choices=["0+", "A+"])
    path = f"/api/custom-fields/{field['id']}"
    await set_values(group, blood_group="A+")
    refused = await group.admin.patch(path, json={"choices": ["0+", "B+"]})
    assert (refused.status_code, refused.json()["records"]) == (409, 1)
    assert (await group.admin.patch(path, json={"choices": ["A+", "B+"]})).status_code == 200
    assert (await group.admin.patch(path, json={"archived": True})).json()["archivedAt"] is not None
    assert await values_of(group, group.anna) == {}
    await group.admin.patch(path, json={"archived": False})
    assert await values_of(group, group.anna) == {"blood_group": "A+"}, "what is archived comes back with its values"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": "colour"}, "/type"),
        ({"label": ""}, "/label"),
        ({"label": "血液型"}, "/key"),
        ({"key": "Blood Group"}, "/key"),
        ({"subject": "planet"}, "/subject"),
        ({"type": "text"}, "/choices"),
        ({"choices": []}, "/choices"),
        ({"choices": ["A", "a"]}, "/choices"),
        ({"choices": ["A", " "]}, "/choices/1"),
    ],
)
async def test_what_cannot_be_a_field_is_refused(group: Group, change: dict[str, Any], pointer: str) -> None:
    new = {"subject": "patient", "label": "Blood group", "type": "choice", "choices": ["0+", "A+"]} | change
    refused = await group.admin.post("/api/custom-fields", json=new)
    assert refused.status_code == 422, refused.text
    assert pointer in [error["pointer"] for error in refused.json()["errors"]]
    assert await group.count("custom_fields") == 0


async def test_a_field_is_the_administrators_to_make_and_its_key_is_there_once(group: Group) -> None:
    await add_field(group, "Blood group", "text")
    twice = await group.admin.post(
        "/api/custom-fields", json={"subject": "patient", "label": "Blood Group", "type": "date"}
    )
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/custom-field-key-taken")
    refused = await group.desk.post(
        "/api/custom-fields", json={"subject": "patient", "label": "Height", "type": "number"}
    )
    assert refused.status_code == 403
    assert (await group.admin.patch("/api/custom-fields/999999", json={"label": "X"})).status_code == 404
