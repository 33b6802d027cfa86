"""A past for the demonstration: written in bulk, and read like what was said by itself."""

from datetime import timedelta
from typing import Any

from bedside.feedback.history import (
    PastFeedback,
    PastInvitation,
    write_feedback,
    write_invitations,
    write_recovery,
    write_response,
)
from bedside.feedback.model import Answer
from tests.feedback.asking import Clinic
from tests.scheduling.conftest import MONDAY, at


async def test_a_past_reads_like_what_was_said_by_itself(clinic: Clinic) -> None:
    visits = [await clinic.visit(at(MONDAY, f"{hour:02}:00")) for hour in (9, 10, 11)]
    await clinic.execute("delete from crm.feedback_invitations")
    said = at(MONDAY, "12:30")
    known: dict[str, Any] = {
        "hospital_id": clinic.hospital,
        "visit_date": MONDAY,
        "department_id": clinic.house.bellevue.cardiology,
    }
    past = [
        PastFeedback(
            **known, patient_id=clinic.anna, appointment_id=visits[0], rating=2, created_at=said, words="Long wait",
            categories={"waiting_time": 1}, created_by_name="Anna Avery",
            practitioner_id=clinic.house.bellevue.smith,
            answers=[Answer(question="again", kind="yes_no", number=0, words=None)],
        ),
        PastFeedback(
            **known, patient_id=clinic.anna, appointment_id=visits[1], rating=5, created_at=said, anonymous=True
        ),
    ]  # fmt: skip
    asked: dict[str, Any] = {
        "patient_id": clinic.anna,
        "hospital_id": clinic.hospital,
        "created_at": said,
        "due_at": said,
    }
    later = said + timedelta(days=30)
    async with clinic.database.transaction() as tx:
        ids = await write_feedback(tx, past)
        await write_recovery(tx, feedback_id=ids[0], at=said, done_at=said + timedelta(hours=2), by="Dana Desk")
        await write_response(tx, feedback_id=ids[0], kind="private", body="Called.", by="Dana Desk", at=said)
        await write_invitations(
            tx,
            [
                PastInvitation(
                    **asked, appointment_id=visits[0], status="answered", sent_at=said, answered_at=said,
                    expires_at=later,
                ),
                PastInvitation(**asked, appointment_id=visits[2], status="planned", expires_at=later),
            ],
        )  # fmt: skip
    _, page = await clinic.get("/api/patient-feedback?sort=id")
    low, nameless = page["items"]
    assert [one["id"] for one in (low, nameless)] == ids
    assert (low["categories"], low["recovery"]["status"], low["responses"][0]["body"]) == (
        {"waiting_time": 1}, "done", "Called.",
    )  # fmt: skip
    assert low["answers"] == [{"question": "again", "kind": "yes_no", "number": 0, "words": None}]
    assert (nameless["patientId"], nameless["appointmentId"], nameless["visitDate"]) == (None, None, "2027-03-01")
    # what comes by itself afterwards gets an id of its own, and whoever is due is asked
    await clinic.house.deliver()
    clinic.house.clock.set(at(MONDAY, "13:00"))
    assert len(await clinic.ask()) == 1
    status, made = await clinic.say({"appointmentId": visits[2], "rating": 4})
    assert (status, made["id"] > max(ids)) == (201, True)
