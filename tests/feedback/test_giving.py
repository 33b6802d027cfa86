"""What patients say of their visits: matched to the visit, kept once, refused with a reason where it cannot be."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bedside.feedback.model import FeedbackGivenAlready
from tests.feedback.asking import Clinic
from tests.scheduling.conftest import MONDAY, at

PATH = "/api/patient-feedback"


async def count(clinic: Clinic) -> int:
    return int(await clinic.value("select count(*) from crm.patient_feedback"))


async def test_a_rating_with_words_and_categories_is_kept_with_its_visit(clinic: Clinic) -> None:
    visit = await clinic.visit()
    body = {
        "appointmentId": visit, "rating": 5, "words": "  Kind people.\r\nThank you! ",
        "categories": {"staff": 5, "waiting_time": 3},
    }  # fmt: skip
    status, made = await clinic.say(body)
    assert status == 201, made
    assert (made["rating"], made["words"], made["visitDate"]) == (5, "Kind people.\nThank you!", str(MONDAY))
    assert made["categories"] == {"waiting_time": 3, "staff": 5}
    assert (made["patientId"], made["patientName"], made["appointmentId"]) == (clinic.anna, "Anna Avery", visit)
    assert (made["hospital"], made["department"], made["practitionerName"]) == (
        "Bellevue General", "Cardiology", "Dr. Amelia Smith",
    )  # fmt: skip
    assert (made["source"], made["createdByName"], made["anonymous"]) == ("desk", "Dana Desk", False)
    assert await clinic.get(f"{PATH}/{made['id']}") == (200, made)
    assert (await clinic.get(PATH))[1]["items"] == [made]


async def test_a_day_is_matched_to_the_visit_that_took_place(clinic: Clinic) -> None:
    """Half past eight in the evening in New York is the day after in London; the hospital's calendar counts."""
    visit = await clinic.visit()
    await clinic.execute(
        """update crm.appointments set during = tstzrange(%(at)s, %(at)s + interval '30 minutes'),
               occupied = tstzrange(%(at)s, %(at)s + interval '30 minutes')""",
        at=at(MONDAY, "20:30"),
    )
    clinic.house.clock.advance(timedelta(days=3))
    status, made = await clinic.say({"patientId": clinic.anna, "visitDate": str(MONDAY), "rating": 4})
    assert (status, made["appointmentId"]) == (201, visit)


async def test_a_day_without_a_completed_visit_is_kept_and_matches_none(clinic: Clinic) -> None:
    visit = await clinic.visit(done=False)
    clinic.house.clock.set(at(MONDAY, "18:00"))
    status, made = await clinic.say({"patientId": clinic.anna, "visitDate": str(MONDAY), "rating": 4})
    assert (status, made["appointmentId"], made["patientId"]) == (201, None, clinic.anna)
    assert made["hospitalId"] == clinic.hospital
    assert (
        await clinic.value("select data ->> 'appointment_id' from crm.event_log where kind = 'feedback.given'") is None
    )
    await clinic.complete(visit)
    status, made = await clinic.say({"patientId": clinic.anna, "visitDate": str(MONDAY), "rating": 5})
    assert (status, made["appointmentId"]) == (201, visit)


async def test_of_two_visits_on_a_day_one_has_to_be_named(clinic: Clinic) -> None:
    first = await clinic.visit()
    second = await clinic.visit(at(MONDAY, "14:00"))
    body = {"patientId": clinic.anna, "visitDate": str(MONDAY), "rating": 4}
    status, problem = await clinic.say(body)
    assert (status, problem["type"]) == (422, "/problems/visit-unclear")
    assert [one["appointmentId"] for one in problem["visits"]] == [first, second]
    assert await count(clinic) == 0
    assert (await clinic.say(body | {"appointmentId": second}))[0] == 201


async def test_a_visit_is_rated_once(clinic: Clinic) -> None:
    visit = await clinic.visit()
    _, first = await clinic.say({"appointmentId": visit, "rating": 5})
    for body in (
        {"appointmentId": visit, "rating": 1},
        {"patientId": clinic.anna, "visitDate": str(MONDAY), "rating": 3},
    ):
        status, problem = await clinic.say(body)
        assert (status, problem["type"]) == (409, "/problems/feedback-given-already")
        assert problem["feedbackId"] == first["id"]
    assert await count(clinic) == 1
    assert await clinic.value("select count(*) from crm.tasks where subject = 'feedback'") == 0


async def test_one_idempotency_key_gives_once(clinic: Clinic) -> None:
    visit = await clinic.visit()
    body = {"appointmentId": visit, "rating": 4}
    first = await clinic.say(body, idempotency_key="once")
    assert first[0] == 201
    assert await clinic.say(body, idempotency_key="once") == first
    assert await count(clinic) == 1


async def test_twenty_answers_for_one_visit_at_once_and_one_is_kept(clinic: Clinic) -> None:
    visit = await clinic.visit()
    await clinic.policy(anonymous_offered=True)

    async def answer(number: int) -> str:
        try:
            await clinic.give(appointment_id=visit, rating=1 + number % 5, anonymous=number % 2 == 0)
        except FeedbackGivenAlready:
            return "already"
        return "kept"

    outcomes = await asyncio.gather(*(answer(number) for number in range(20)))
    assert sorted(outcomes) == ["already"] * 19 + ["kept"]
    assert await count(clinic) == 1
    assert await clinic.value("select status from crm.feedback_invitations") == "answered"
    assert await clinic.value("select count(*) from crm.event_log where kind = 'feedback.given'") == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"rating": 6}, "/rating"),
        ({"rating": 0}, "/rating"),
        ({"rating": 4.5}, "/rating"),
        ({"rating": "5"}, "/rating"),
        ({"rating": True}, "/rating"),
        ({"rating": None}, "/rating"),
        ({"categories": {"staff": 6}}, "/categories/staff"),
        ({"categories": {"staff": None}}, "/categories/*"),
        ({"categories": {"parking": 5}}, "/categories/parking"),
        ({"words": "x" * 5001}, "/words"),
        ({"words": "a\u0000b"}, "/words"),
        ({"words": "\u202egnp.exe"}, "/words"),
        ({"appointmentId": 999999}, "/appointmentId"),
        ({"appointmentId": 0}, "/appointmentId"),
        ({"appointmentId": None}, "/appointmentId"),
        ({"appointmentId": None, "patientId": 999999, "visitDate": str(MONDAY)}, "/patientId"),
        ({"patientId": 999999}, "/appointmentId"),
        ({"visitDate": "2027-03-07"}, "/visitDate"),
        ({"visitDate": "2027-02-30"}, "/visitDate"),
        ({"hospitalId": 999999}, "/hospitalId"),
        ({"anonymous": True}, "/anonymous"),
        ({"anonymous": "yes"}, "/anonymous"),
        ({"answers": {"recommend": 9}}, "/answers"),
        ({"language": "English"}, "/language"),
        ({"stars": 5}, "/stars"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place_and_nothing_is_written(
    clinic: Clinic, change: dict[str, Any], pointer: str
) -> None:
    visit = await clinic.visit()
    status, problem = await clinic.say({"appointmentId": visit, "rating": 5} | change)
    assert status == 422, problem
    assert problem["errors"][0]["pointer"] == pointer, problem
    assert await count(clinic) == 0
    assert await clinic.value("select count(*) from crm.feedback_invitations where status = 'answered'") == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"visitDate": str(MONDAY + timedelta(days=2))}, "/visitDate"),
        ({"visitDate": "1066-10-14"}, "/visitDate"),
        ({}, "/visitDate"),
    ],
)
async def test_a_day_that_has_not_been_is_refused(clinic: Clinic, body: dict[str, Any], pointer: str) -> None:
    await clinic.visit()
    status, problem = await clinic.say({"patientId": clinic.anna, "rating": 5} | body)
    assert (status, problem["errors"][0]["pointer"]) == (422, pointer)


async def test_a_visit_of_somebody_else_or_that_did_not_take_place_is_refused(clinic: Clinic) -> None:
    visit = await clinic.visit()
    status, problem = await clinic.say({"appointmentId": visit, "patientId": clinic.house.bellevue.ben, "rating": 5})
    assert (status, problem["type"]) == (422, "/problems/visit-refused")
    ahead = await clinic.visit(at(MONDAY + timedelta(days=2)), done=False)
    status, problem = await clinic.say({"appointmentId": ahead, "rating": 5})
    assert (status, problem["type"], problem["visitStatus"]) == (422, "/problems/visit-not-completed", "scheduled")
    await clinic.undo(visit)
    assert (await clinic.say({"appointmentId": visit, "rating": 5}))[1]["visitStatus"] == "arrived"
    assert await count(clinic) == 0


async def test_anonymous_feedback_keeps_nothing_that_tells_who_it_was(clinic: Clinic) -> None:
    visit = await clinic.visit()
    await clinic.policy(anonymous_offered=True)
    status, made = await clinic.say({"appointmentId": visit, "rating": 1, "words": "Cold.", "anonymous": True})
    assert status == 201, made
    assert (made["patientId"], made["patientName"], made["appointmentId"], made["practitionerId"]) == (None,) * 4
    assert (made["visitDate"], made["department"], made["createdByName"]) == ("2027-03-01", "Cardiology", "")
    assert made["createdAt"].startswith("2027-03-08T05:00:00")  # when the day began in New York
    assert made["recovery"]["status"] == "open"
    asked = await clinic.value("select answered_at from crm.feedback_invitations")
    assert asked == at(MONDAY, "00:00")
    event = await clinic.value("select to_jsonb(e) from crm.event_log e where kind = 'feedback.given'")
    assert (event["patient_id"], event["actor_kind"], event["actor_id"], event["actor_name"]) == (
        None, "patient", None, "",
    )  # fmt: skip
    assert event["data"].get("appointment_id") is None
    assert await clinic.value("select patient_id from crm.tasks where subject = 'feedback'") is None
    # once a visit all the same, and by name neither
    for anonymous in (True, False):
        status, problem = await clinic.say({"appointmentId": visit, "rating": 5, "anonymous": anonymous})
        assert (status, problem.get("feedbackId")) == (409, None)


async def test_a_device_in_the_hall_gives_feedback_of_nobody(clinic: Clinic) -> None:
    await clinic.policy(anonymous_offered=True)
    status, made = await clinic.say({"hospitalId": clinic.hospital, "rating": 4, "anonymous": True})
    assert (status, made["patientId"], made["visitDate"]) == (201, None, "2027-03-01")
    assert (await clinic.say({"rating": 4, "anonymous": True}))[1]["errors"][0]["pointer"] == "/hospitalId"


async def test_a_low_rating_opens_a_task_with_an_owner_and_a_due_time(clinic: Clinic) -> None:
    visit = await clinic.visit()
    status, made = await clinic.say({"appointmentId": visit, "rating": 2, "categories": {"staff": 1}})
    assert (status, made["recovery"]["status"], made["recovery"]["forRole"]) == (201, "open", "front_desk")
    task = await clinic.value("select to_jsonb(t) from crm.tasks t where subject = 'feedback'")
    assert task["title"] == "Anna Avery rated their visit 2 of 5: call them"
    assert (task["priority"], task["patient_id"], task["hospital_id"]) == ("urgent", clinic.anna, clinic.hospital)
    assert "Rated low: staff." in task["details"]
    assert await clinic.value("select due_at - created_at from crm.tasks where subject = 'feedback'") == timedelta(
        days=1
    )
    second = await clinic.visit(at(MONDAY, "14:00"))
    assert (await clinic.say({"appointmentId": second, "rating": 3}))[1]["recovery"] is None


async def test_staff_see_and_give_what_is_of_their_hospitals(clinic: Clinic) -> None:
    visit = await clinic.visit()
    elsewhere = await clinic.house.bellevue.add_hospital("Mercy", "America/Chicago")
    outsider = await clinic.as_role("front_desk", hospitals=[elsewhere])
    assert (await clinic.say({"appointmentId": visit, "rating": 5}, outsider))[1]["type"] == "/problems/visit-refused"
    _, made = await clinic.say({"appointmentId": visit, "rating": 5})
    assert (await clinic.get(f"{PATH}/{made['id']}", outsider))[0] == 404
    assert (await clinic.get(PATH, outsider))[1]["items"] == []
    body = {"patientId": clinic.anna, "visitDate": str(MONDAY), "rating": 5}
    assert (await clinic.say(body | {"hospitalId": clinic.hospital}, outsider))[0] == 403
    # the visit at Bellevue is not theirs to find
    status, own = await clinic.say(body, outsider)
    assert (status, own["appointmentId"], own["hospitalId"]) == (201, None, elsewhere)


async def test_a_machine_gives_feedback_in_its_own_name(clinic: Clinic) -> None:
    visit = await clinic.visit()
    new = {"name": "Tablet in the hall", "role": "integration", "everyHospital": True}
    _, made = await clinic.post("/api/api-keys", new, await clinic.as_role("admin"))
    key = {"authorization": f"Bearer {made['key']}"}
    status, given = await clinic.say({"appointmentId": visit, "rating": 4}, key)
    assert (status, given["source"], given["createdByName"]) == (201, "api", "Tablet in the hall")
    assert (await clinic.get(f"{PATH}/{given['id']}", key))[0] == 200


async def test_the_list_is_filtered_sorted_and_paged(clinic: Clinic) -> None:
    for hour, rating, words in ((9, 5, "Lovely"), (10, 2, ""), (11, 4, "Too much waiting"), (12, 1, "")):
        visit = await clinic.visit(at(MONDAY, f"{hour:02}:00"))
        await clinic.say({"appointmentId": visit, "rating": rating, "words": words})

    async def ratings(query: str) -> list[int]:
        status, page = await clinic.get(f"{PATH}?{query}")
        assert status == 200, page
        return [one["rating"] for one in page["items"]]

    assert await ratings("") == [1, 4, 2, 5]
    assert await ratings("sort=rating") == [1, 2, 4, 5]
    assert await ratings("atMost=2&sort=createdAt") == [2, 1]
    assert await ratings("words=WAITING") == [4]
    assert await ratings("hasWords=false") == [1, 2]
    assert await ratings("needsRecovery=true") == [1, 2]
    assert await ratings("answered=true") == []
    assert await ratings(f"visitedSince={MONDAY}&visitedUntil={MONDAY}&rating=4") == [4]
    assert await ratings("anonymous=true") == []
    assert await ratings("matched=true&source=desk&atLeast=5") == [5]
    seen, cursor = [], ""
    while True:
        _, page = await clinic.get(f"{PATH}?limit=3{cursor}")
        seen += [one["rating"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [1, 4, 2, 5]
    for query in ("rating=6", "sort=words", "since=yesterday", "words=%00"):
        assert (await clinic.get(f"{PATH}?{query}"))[0] == 422, query


async def test_a_list_of_twenty_asks_as_much_as_a_list_of_one(clinic: Clinic, query_count: Any) -> None:
    visit = await clinic.visit()
    await clinic.say({"appointmentId": visit, "rating": 2})
    with query_count() as few:
        await clinic.get(PATH)
    for number in range(19):
        await clinic.give(patient_id=clinic.anna, visit_date=MONDAY - timedelta(days=number + 1), rating=1)
    with query_count() as many:
        assert len((await clinic.get(PATH))[1]["items"]) == 20
    assert len(few) == len(many)
