"""What staff do about feedback: they answer, ask for a review, make up for a low rating, or somebody else is told."""

from datetime import timedelta
from typing import Any

import pytest

from bedside.feedback.recovering import escalate_overdue
from tests.feedback.asking import Clinic
from tests.scheduling.conftest import MONDAY, at

PATH = "/api/patient-feedback"
REVIEWS = "https://reviews.example.org/bellevue"


async def rated(clinic: Clinic, rating: int = 5, **more: Any) -> str:
    """Where a fresh feedback is."""
    visit = await clinic.visit()
    await clinic.house.deliver()
    status, made = await clinic.say({"appointmentId": visit, "rating": rating, **more})
    assert status == 201, made
    return f"{PATH}/{made['id']}"


async def test_a_message_reaches_the_patient_and_a_note_does_not(clinic: Clinic) -> None:
    path = await rated(clinic, 2)
    status, made = await clinic.post(f"{path}/responses", {"kind": "message", "body": "We are sorry.\nCall us."})
    assert (status, made["kind"], made["messageStatus"], made["createdByName"]) == (
        201, "message", "queued", "Dana Desk",
    )  # fmt: skip
    status, note = await clinic.post(f"{path}/responses", {"kind": "private", "body": "Called; nobody there."})
    assert (status, note["messageId"]) == (201, None)
    [message] = await clinic.house.deliver()
    assert (message.to, message.body) == ("+12125550101", "We are sorry.\nCall us.")
    _, now = await clinic.get(path)
    assert [(one["kind"], one["messageStatus"]) for one in now["responses"]] == [("message", "sent"), ("private", None)]
    assert (await clinic.get(f"{PATH}?answered=true"))[1]["items"] == [now]
    kinds = await clinic.value(
        "select array_agg(data ->> 'how' order by id) from crm.event_log where kind = 'feedback.answered'"
    )
    assert kinds == ["message", "private"]


async def test_an_answer_by_mail_has_a_subject_in_the_patients_language(clinic: Clinic) -> None:
    await clinic.execute("update crm.patients set language = 'es'")
    path = await rated(clinic)
    await clinic.post(f"{path}/responses", {"kind": "message", "body": "Gracias.", "channel": "email"})
    [mail] = await clinic.house.deliver()
    assert (mail.subject, mail.body) == ("Su visita del 8 de marzo", "Gracias.")


async def test_an_answer_that_cannot_be_sent_is_not_kept(clinic: Clinic) -> None:
    path = await rated(clinic)
    await clinic.house.refuse(clinic.anna, "sms")
    status, problem = await clinic.post(f"{path}/responses", {"kind": "message", "body": "Hi", "channel": "sms"})
    assert (status, problem["type"]) == (422, "/problems/patient-not-reached")
    for body in ({"kind": "private", "body": "  "}, {"kind": "private", "body": ""}, {"kind": "public", "body": "x"}):
        assert (await clinic.post(f"{path}/responses", body))[0] == 422
    assert await clinic.value("select count(*) from crm.feedback_responses") == 0
    assert (await clinic.post(f"{PATH}/999999/responses", {"kind": "private", "body": "x"}))[0] == 404


async def test_nobody_is_written_to_who_did_not_say_who_they_are(clinic: Clinic) -> None:
    await clinic.policy(anonymous_offered=True, review_url=REVIEWS)
    path = await rated(clinic, 5, anonymous=True)
    for where, body in (("responses", {"kind": "message", "body": "Thank you"}), ("review-request", {})):
        status, problem = await clinic.post(f"{path}/{where}", body)
        assert (status, problem["type"]) == (409, "/problems/feedback-anonymous")
    assert (await clinic.post(f"{path}/responses", {"kind": "private", "body": "Good."}))[0] == 201


async def test_somebody_content_is_asked_for_a_public_review_once(clinic: Clinic) -> None:
    await clinic.policy(review_url=REVIEWS)
    path = await rated(clinic)
    status, asked = await clinic.post(f"{path}/review-request", {})
    assert (status, asked["reviewAskedAt"] is not None) == (200, True)
    [message] = await clinic.house.deliver()
    assert message.body.endswith(f"Would you tell others too? {REVIEWS}")
    status, problem = await clinic.post(f"{path}/review-request", {})
    assert (status, problem["type"]) == (409, "/problems/review-request-refused")


@pytest.mark.parametrize(("rating", "policy"), [(4, {"review_url": REVIEWS}), (5, {"review_from_stars": 5})])
async def test_who_was_not_content_or_where_nobody_is_asked_there_is_no_review(
    clinic: Clinic, rating: int, policy: dict[str, Any]
) -> None:
    await clinic.policy(**policy)
    path = await rated(clinic, rating)
    assert (await clinic.post(f"{path}/review-request", {}))[0] == 409
    assert (await clinic.get(path))[1]["reviewAskedAt"] is None


async def test_a_low_rating_left_alone_is_told_to_somebody_else_once(clinic: Clinic) -> None:
    await clinic.policy(recovery_hours=4)
    path = await rated(clinic, 1, words="Rude.")
    clinic.house.clock.advance(timedelta(hours=3, minutes=59))
    await escalate_overdue(clinic.database)
    assert (await clinic.get(path))[1]["recovery"]["escalatedAt"] is None
    clinic.house.clock.advance(timedelta(minutes=1))
    for _ in range(2):
        await escalate_overdue(clinic.database)
    recovery = (await clinic.get(path))[1]["recovery"]
    assert recovery["escalatedAt"] is not None
    task = await clinic.value("select to_jsonb(t) from crm.tasks t where id = %(id)s", id=recovery["escalationTaskId"])
    assert task["title"] == "Still to be made up for: Anna Avery rated their visit 1 of 5: call them"
    assert (task["for_role"], task["priority"], task["status"]) == ("admin", "urgent", "open")
    assert "Nobody took the task. It was due 2027-03-08 14:30.\nThe visit of 2027-03-08 (Dr. Amelia" in task["details"]
    assert "Rude" not in task["details"]
    assert await clinic.value("select count(*) from crm.event_log where kind = 'feedback.escalated'") == 1


async def test_a_low_rating_made_up_for_in_time_is_told_to_nobody(clinic: Clinic) -> None:
    path = await rated(clinic, 1)
    task_id = (await clinic.get(path))[1]["recovery"]["taskId"]
    assert (await clinic.send("PATCH", f"/api/tasks/{task_id}", {"status": "done"}))[0] == 200
    assert (await clinic.get(path))[1]["recovery"]["status"] == "done"
    clinic.house.clock.advance(timedelta(days=9))
    await escalate_overdue(clinic.database)
    assert await clinic.value("select count(*) from crm.tasks where subject = 'feedback'") == 1


async def test_the_policy_names_who_takes_care_and_who_is_told(clinic: Clinic) -> None:
    await clinic.as_role("front_desk")
    carer = await clinic.value("select max(id) from crm.staff")
    await clinic.as_role("admin")
    boss = await clinic.value("select max(id) from crm.staff")
    await clinic.policy(recovery_assigned_to=carer, escalate_to=boss)
    path = await rated(clinic, 2)
    recovery = (await clinic.get(path))[1]["recovery"]
    assert (recovery["assignedToName"][:10], recovery["forRole"]) == ("Front Desk", None)
    clinic.house.clock.advance(timedelta(days=2))
    await escalate_overdue(clinic.database)
    recovery = (await clinic.get(path))[1]["recovery"]
    assert (
        await clinic.value("select assigned_to from crm.tasks where id = %(id)s", id=recovery["escalationTaskId"])
        == boss
    )
    details = await clinic.value("select details from crm.tasks where id = %(id)s", id=recovery["escalationTaskId"])
    assert details.startswith(recovery["assignedToName"] + " had the task. It was due 2027-03-09 10:30.\nThe visit of")
    # who left since is not given another
    await clinic.execute("update crm.staff set active = false")
    second = await clinic.visit(at(MONDAY + timedelta(days=4)))
    _, made = await clinic.say({"appointmentId": second, "rating": 1})
    assert (made["recovery"]["assignedToName"], made["recovery"]["forRole"]) == (None, "front_desk")
