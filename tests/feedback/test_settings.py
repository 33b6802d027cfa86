"""How feedback is asked for: policies by hospital, categories of the group; who was asked; the table to download."""

import asyncio
import io
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.feedback.asking import Clinic
from tests.scheduling.conftest import MONDAY, at

CATEGORIES = "/api/feedback-categories"
EXPORT = "/api/patient-feedback/export"


def policy_path(clinic: Clinic) -> str:
    return f"/api/feedback-policies/{clinic.hospital}"


async def marketing(clinic: Clinic) -> dict[str, str]:
    return await clinic.as_role("marketing")


async def test_a_hospital_asks_as_the_defaults_say_until_somebody_changes_it(clinic: Clinic) -> None:
    who, path = await marketing(clinic), policy_path(clinic)
    status, policy = await clinic.get(path, who)
    assert (status, policy["version"], policy["delayMinutes"], policy["channels"]) == (
        200, 0, 120, ["sms", "whatsapp", "email"],
    )  # fmt: skip
    body = {"delayMinutes": 0, "channels": ["email", "email"], "reviewUrl": "https://reviews.example.org/x"}
    status, changed = await clinic.send("PUT", path, body, who, If_Match='"0"')
    assert (status, changed["version"], changed["channels"], changed["openDays"]) == (200, 1, ["email"], 30)
    assert (await clinic.send("PUT", path, body, who, If_Match='"0"'))[0] == 412
    assert (await clinic.send("PUT", path, {}, who, If_Match='"1"'))[1]["delayMinutes"] == 120
    assert (await clinic.get(path))[1]["version"] == 2
    assert await clinic.value("select count(*) from crm.event_log where kind = 'feedback_settings.changed'") == 2


async def test_two_people_write_the_first_policy_and_one_is_told(clinic: Clinic) -> None:
    who = await marketing(clinic)
    answers = await asyncio.gather(
        *(clinic.send("PUT", policy_path(clinic), {"openDays": n}, who, If_Match='"0"') for n in (5, 6))
    )
    assert sorted(status for status, _ in answers) == [200, 412]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"delayMinutes": -1}, "/delayMinutes"),
        ({"channels": []}, "/channels"),
        ({"channels": ["pigeon"]}, "/channels/0"),
        ({"language": "zz"}, "/language"),
        ({"openDays": 0}, "/openDays"),
        ({"reminderAfterHours": 0}, "/reminderAfterHours"),
        ({"reviewUrl": "javascript:alert(1)"}, "/reviewUrl"),
        ({"reviewUrl": "reviews"}, "/reviewUrl"),
        ({"reviewUrl": "https://a:b@example.org"}, "/reviewUrl"),
        ({"reviewUrl": "https://[::1"}, "/reviewUrl"),
        ({"reviewFromStars": 3}, "/reviewFromStars"),
        ({"recoveryAssignedTo": 999999}, "/recoveryAssignedTo"),
        ({"recoveryRole": "king"}, "/recoveryRole"),
        ({"escalateRole": "owner"}, "/escalateRole"),
        ({"formId": 999999}, "/formId"),
    ],
)
async def test_a_policy_that_cannot_be_is_refused_with_its_place(
    clinic: Clinic, body: dict[str, Any], pointer: str
) -> None:
    status, problem = await clinic.send("PUT", policy_path(clinic), body, await marketing(clinic))
    assert (status, problem["errors"][0]["pointer"]) == (422, pointer), problem
    assert await clinic.value("select count(*) from crm.feedback_policies") == 0


async def test_a_policy_is_its_hospitals_own(clinic: Clinic) -> None:
    elsewhere = await clinic.house.bellevue.add_hospital("Mercy", "America/Chicago")
    outsider = await clinic.as_role("marketing", hospitals=[elsewhere])
    assert (await clinic.send("PUT", policy_path(clinic), {}, outsider))[0] == 403
    assert (await clinic.get(policy_path(clinic), outsider))[0] == 403
    assert (await clinic.get("/api/feedback-policies/999999", await marketing(clinic)))[0] == 404
    await clinic.as_role("front_desk", hospitals=[elsewhere])
    theirs = await clinic.value("select max(id) from crm.staff")
    status, problem = await clinic.send(
        "PUT", policy_path(clinic), {"recoveryAssignedTo": theirs}, await marketing(clinic)
    )
    assert (status, problem["errors"][0]["pointer"]) == (422, "/recoveryAssignedTo")


async def test_categories_are_added_named_moved_and_put_away(clinic: Clinic) -> None:
    who = await marketing(clinic)
    status, made = await clinic.post(CATEGORIES, {"code": "parking", "labels": {"en": " Parking ", "es": "Coche"}}, who)
    assert (status, made["labels"], made["position"]) == (201, {"en": "Parking", "es": "Coche"}, 7)
    assert (await clinic.post(CATEGORIES, {"code": "parking", "labels": {"en": "P"}}, who))[0] == 409
    path = f"{CATEGORIES}/{made['id']}"
    status, moved = await clinic.send("PATCH", path, {"position": 1}, who, If_Match='"1"')
    assert (status, moved["position"]) == (200, 1)
    codes = [one["code"] for one in (await clinic.get(CATEGORIES))[1]["items"]]
    assert codes == ["parking", "service", "waiting_time", "cleanliness", "staff", "communication", "facilities"]
    visit = await clinic.visit()
    assert (await clinic.say({"appointmentId": visit, "rating": 4, "categories": {"parking": 1}}))[0] == 201
    who = await marketing(clinic)
    assert (await clinic.send("PATCH", path, {"archived": True}, who))[1]["archivedAt"] is not None
    assert len((await clinic.get(CATEGORIES))[1]["items"]) == 6
    assert len((await clinic.get(f"{CATEGORIES}?archived=true"))[1]["items"]) == 7
    # what was said of it stays, and nothing more is said of it
    assert (await clinic.get("/api/patient-feedback"))[1]["items"][0]["categories"] == {"parking": 1}
    second = await clinic.visit(at(MONDAY, "14:00"))
    assert (await clinic.say({"appointmentId": second, "rating": 4, "categories": {"parking": 1}}))[0] == 422
    who = await marketing(clinic)
    assert (await clinic.send("PATCH", path, {"archived": False}, who, If_Match='"1"'))[0] == 412
    assert (await clinic.send("PATCH", f"{CATEGORIES}/999999", {"archived": False}, who))[0] == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"code": "Parking!", "labels": {"en": "P"}}, "/code"),
        ({"code": "parking", "labels": {"es": "P"}}, "/labels/en"),
        ({"code": "parking", "labels": {}}, "/labels"),
        ({"code": "parking", "labels": {"en": "  "}}, "/labels/en"),
        ({"code": "parking", "labels": {"en": "a\nb"}}, "/labels/en"),
        ({"code": "parking"}, "/labels"),
    ],
)
async def test_a_category_that_cannot_be_is_refused(clinic: Clinic, body: dict[str, Any], pointer: str) -> None:
    status, problem = await clinic.post(CATEGORIES, body, await marketing(clinic))
    assert (status, problem["errors"][0]["pointer"]) == (422, pointer), problem


async def test_staff_of_one_hospital_leave_the_groups_categories_alone(clinic: Clinic) -> None:
    theirs = await clinic.as_role("marketing", hospitals=[clinic.hospital])
    assert (await clinic.post(CATEGORIES, {"code": "parking", "labels": {"en": "P"}}, theirs))[0] == 403
    assert (await clinic.send("PATCH", f"{CATEGORIES}/1", {"archived": True}, theirs))[0] == 403


async def test_who_was_asked_is_seen_by_staff_of_their_hospital(clinic: Clinic) -> None:
    visit = await clinic.visit()
    path = "/api/feedback-invitations"
    _, page = await clinic.get(f"{path}?status=planned&patientId={clinic.anna}")
    [one] = page["items"]
    assert (one["appointmentId"], one["patientName"], one["sentAt"]) == (visit, "Anna Avery", None)
    assert (await clinic.get(f"{path}?status=sent&sort=dueAt"))[1]["items"] == []
    elsewhere = await clinic.house.bellevue.add_hospital("Mercy", "America/Chicago")
    outsider = await clinic.as_role("front_desk", hospitals=[elsewhere])
    assert (await clinic.get(path, outsider))[1]["items"] == []


async def test_nobody_is_told_who_answered_anonymously(clinic: Clinic) -> None:
    await clinic.policy(anonymous_offered=True, delay_minutes=0)
    first = await clinic.visit()
    second = await clinic.visit(at(MONDAY, "14:00"))
    await clinic.ask()
    await clinic.give(appointment_id=first, rating=1, anonymous=True)
    path = "/api/feedback-invitations?sort=id"
    one, other = (await clinic.get(path))[1]["items"]
    for told in (one, other):
        for own in ("id", "appointmentId", "dueAt", "sentAt", "messageId", "createdAt", "expiresAt"):
            del told[own]
    assert one == other
    assert (one["status"], one["answeredAt"], one["remindAt"]) == ("sent", None, None)
    assert (await clinic.get(f"{path}&status=answered"))[1]["items"] == []
    await clinic.give(appointment_id=second, rating=1)
    [named] = (await clinic.get(f"{path}&status=answered"))[1]["items"]
    assert (named["appointmentId"], named["answeredAt"] is not None) == (second, True)


async def test_the_table_has_what_the_list_has_and_no_formula(clinic: Clinic) -> None:
    for hour, words in ((9, "=HYPERLINK(1)"), (10, "Fine")):
        visit = await clinic.visit(at(MONDAY, f"{hour:02}:00"))
        await clinic.say({"appointmentId": visit, "rating": hour - 6, "words": words, "categories": {"staff": 2}})
    answer = await clinic.client.get(f"{EXPORT}?sort=rating", headers=clinic.desk)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    head, first, second = answer.text.removeprefix("\ufeff").splitlines()
    assert head.startswith("id,given,visit,hospital,department,practitioner,patient,patient id,appointment id,rating")
    assert ",service,waiting time,cleanliness,staff,communication,facilities,answers," in head
    assert "'=HYPERLINK(1)" in first
    assert ",4,Fine," in second
    answer = await clinic.client.get(f"{EXPORT}?format=xlsx&atMost=3", headers=clinic.desk)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert len(rows) == 2
    assert (await clinic.get(f"{EXPORT}?sort=words"))[0] == 422
    assert (await clinic.get(f"{EXPORT}?format=pdf"))[0] == 422
    assert (await clinic.client.get(EXPORT, headers=await marketing(clinic))).status_code == 403
    assert await clinic.value("select count(*) from crm.audit_log where action = 'feedback.exported'") == 2
