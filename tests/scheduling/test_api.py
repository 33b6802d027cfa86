"""The REST of visits and schedules, as integrators use it."""

import csv
import io
from datetime import timedelta

import httpx
import pytest
from icalendar import Calendar
from litestar import Litestar

from bedside.accounts import Role
from bedside.kit.clock import SetClock
from tests.queries import QueryCount
from tests.scheduling.conftest import MONDAY, Bellevue, at
from tests.web import AsRole

BY_NAME = {
    "doctorName": "Dr. Smith",
    "appointmentDate": "2027-03-08",
    "appointmentTime": "10:00",
    "department": "Cardiology",
    "reason": "Follow-up consultation",
}


@pytest.fixture
async def desk(app: Litestar, bellevue: Bellevue, client: httpx.AsyncClient, as_role: AsRole) -> httpx.AsyncClient:
    """The front desk of Bellevue General at the API."""
    client.headers.update(await as_role(Role.FRONT_DESK))
    return client


def pointers(answer: httpx.Response) -> set[str]:
    """What the problem points at."""
    return {error["pointer"] for error in answer.json()["errors"]}


async def booked(desk: httpx.AsyncClient, bellevue: Bellevue, **more: object) -> dict[str, object]:
    """Anna's visit on Monday at ten."""
    answer = await desk.post("/api/appointments", json={"patientId": bellevue.anna, **BY_NAME, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_the_body_by_name_books_as_it_stands(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    answer = await desk.post("/api/appointments", json={"patientId": bellevue.anna, **BY_NAME})
    assert answer.status_code == 201
    visit = answer.json()
    assert visit["status"] == "scheduled"
    assert visit["patientName"] == "Anna Avery"
    assert visit["practitionerName"] == "Dr. Amelia Smith"
    assert visit["startsAt"] == "2027-03-08T10:00:00-05:00"
    assert (visit["appointmentDate"], visit["appointmentTime"]) == ("2027-03-08", "10:00")
    assert visit["timeZone"] == "America/New_York"
    assert answer.headers["location"] == visit["links"]["self"]
    again = await desk.get(visit["links"]["self"])
    assert again.json() == visit
    assert again.headers["etag"] == answer.headers["etag"]


async def test_the_body_by_id_takes_an_instant_or_local_time(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    for patient, starts in ((bellevue.anna, "2027-03-08T15:00:00Z"), (bellevue.ben, "2027-03-08T11:00:00")):
        answer = await desk.post(
            "/api/appointments",
            json={
                "patientId": patient, "practitionerId": bellevue.smith, "startsAt": starts, "durationMinutes": 45,
                "hospitalId": bellevue.hospital,
            },
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        assert answer.json()["durationMinutes"] == 45
    times = [one["appointmentTime"] for one in (await desk.get("/api/appointments")).json()["items"]]
    assert times == ["10:00", "11:00"]


@pytest.mark.parametrize(
    ("change", "status", "points"),
    [
        ({"practitionerId": 1}, 422, {"/practitionerId", "/doctorName"}),
        ({"doctorName": None}, 422, {"/doctorName"}),
        ({"doctorName": "Dr. Nobody"}, 422, {"/doctorName"}),
        ({"appointmentDate": "2027-02-30"}, 422, {"/appointmentDate"}),
        ({"appointmentDate": "2027-03-14", "appointmentTime": "02:30"}, 422, {"/appointmentTime"}),
        ({"appointmentDate": "2027-11-07", "appointmentTime": "01:30"}, 422, {"/appointmentTime"}),
        ({"appointmentTime": "25:00"}, 422, {"/appointmentTime"}),
        ({"appointmentTime": "20:00"}, 422, {"/startsAt"}),
        ({"patientId": 424242}, 422, {"/patientId"}),
        ({"patientId": "1"}, 422, {"/patientId"}),
        ({"colour": "red"}, 422, set()),
        ({"durationMinutes": 100000}, 422, {"/durationMinutes"}),
        ({"serviceId": 99}, 422, {"/serviceId"}),
        ({"reason": "a\u0000b"}, 422, {"/reason"}),
    ],
)
async def test_what_cannot_be_right_is_pointed_at_and_nothing_written(
    desk: httpx.AsyncClient, bellevue: Bellevue, change: dict[str, object], status: int, points: set[str]
) -> None:
    answer = await desk.post("/api/appointments", json={"patientId": bellevue.anna, **BY_NAME, **change})
    assert answer.status_code == status, answer.text
    assert points <= pointers(answer)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert await bellevue.value("select count(*) from crm.appointments") == 0


async def test_a_name_that_two_bear_lists_who_may_be_meant(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    await bellevue.add_doctor("Henry", "Smith")
    answer = await desk.post("/api/appointments", json={"patientId": bellevue.anna, **BY_NAME})
    assert answer.status_code == 422
    assert len(answer.json()["candidates"]) == 2


async def test_a_taken_time_is_a_409_with_alternatives(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    await booked(desk, bellevue)
    answer = await desk.post("/api/appointments", json={"patientId": bellevue.ben, **BY_NAME})
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"] == "/problems/slot-taken"
    assert problem["alternatives"][0]["startsAt"] == "2027-03-08T10:30:00-05:00"
    retry = await desk.post(
        "/api/appointments",
        json={
            "patientId": bellevue.ben,
            "practitionerId": problem["alternatives"][0]["practitionerId"],
            "startsAt": problem["alternatives"][0]["startsAt"],
        },
    )
    assert retry.status_code == 201


async def test_the_same_key_books_once(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    body = {"patientId": bellevue.anna, **BY_NAME}
    first = await desk.post("/api/appointments", json=body, headers={"Idempotency-Key": "one"})
    second = await desk.post("/api/appointments", json=body, headers={"Idempotency-Key": "one"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    other = await desk.post(
        "/api/appointments", json={**body, "reason": "Something else"}, headers={"Idempotency-Key": "one"}
    )
    assert other.status_code == 409
    assert await bellevue.value("select count(*) from crm.appointments") == 1


async def test_a_visit_from_booked_to_completed(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    address = f"/api/appointments/{(await booked(desk, bellevue))['id']}"
    for step, status in (("confirm", "confirmed"), ("check-in", "arrived"), ("complete", "completed")):
        answer = await desk.post(f"{address}/{step}")
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    refused = await desk.post(f"{address}/cancel", json={"reason": "Too late"})
    assert refused.status_code == 409
    assert refused.json()["currentStatus"] == "completed"
    for status in ("arrived", "confirmed", "scheduled"):
        assert (await desk.post(f"{address}/undo")).json()["status"] == status
    assert (await desk.post(f"{address}/undo")).status_code == 409


async def test_moving_keeps_the_old_time_where_the_new_one_is_taken(
    desk: httpx.AsyncClient, bellevue: Bellevue
) -> None:
    visit = await booked(desk, bellevue)
    other = await booked(desk, bellevue, patientId=bellevue.ben, appointmentTime="11:00")
    address = f"/api/appointments/{visit['id']}"
    taken = await desk.post(f"{address}/reschedule", json={"startsAt": other["startsAt"]})
    assert taken.status_code == 409
    assert taken.json()["alternatives"]
    assert (await desk.get(address)).json()["appointmentTime"] == "10:00"
    moved = await desk.post(f"{address}/reschedule", json={"appointmentTime": "10:15"})  # over its own old time
    assert (moved.status_code, moved.json()["appointmentTime"]) == (200, "10:15")
    changed = await desk.patch(address, json={"startsAt": "2027-03-09T09:00:00", "reason": "Chest pain"})
    assert changed.json()["startsAt"] == "2027-03-09T09:00:00-05:00"
    assert changed.json()["reason"] == "Chest pain"
    stale = await desk.patch(address, json={"appointmentTime": "12:00"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


async def test_cancelling_needs_a_reason_and_frees_the_time(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    address = f"/api/appointments/{(await booked(desk, bellevue))['id']}"
    assert (await desk.post(f"{address}/cancel", json={"reason": ""})).status_code == 422
    assert (await desk.post(f"{address}/cancel", json={})).status_code == 422
    answer = await desk.post(f"{address}/cancel", json={"reason": "Feels better"})
    assert answer.json()["cancelReason"] == "Feels better"
    await booked(desk, bellevue, patientId=bellevue.ben)
    undo = await desk.post(f"{address}/undo")
    assert (undo.status_code, undo.json()["type"]) == (409, "/problems/slot-taken")


async def test_a_no_show_only_once_the_time_has_come(
    desk: httpx.AsyncClient, bellevue: Bellevue, clock: SetClock, as_role: AsRole
) -> None:
    address = f"/api/appointments/{(await booked(desk, bellevue, appointmentDate='2027-03-01'))['id']}"
    early = await desk.post(f"{address}/no-show")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/transition-refused")
    clock.advance(timedelta(hours=1, minutes=5))
    desk.headers.update(await as_role(Role.FRONT_DESK))
    assert (await desk.post(f"{address}/no-show")).json()["status"] == "no_show"
    assert (await desk.post(f"{address}/undo")).json()["status"] == "scheduled"


async def test_a_hold_by_the_api(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    body = {"practitionerId": bellevue.smith, "startsAt": "2027-03-08T10:00:00-05:00"}
    held = (await desk.post("/api/appointments/holds", json=body)).json()
    assert (await desk.post("/api/appointments/holds", json=body)).status_code == 409
    mixed = await desk.post(
        "/api/appointments", json={"patientId": bellevue.anna, **body, "holdToken": held["holdToken"]}
    )
    assert mixed.status_code == 422
    visit = await desk.post("/api/appointments", json={"patientId": bellevue.anna, "holdToken": held["holdToken"]})
    assert (visit.status_code, visit.json()["id"]) == (201, held["id"])
    gone = await desk.post("/api/appointments", json={"patientId": bellevue.ben, "holdToken": held["holdToken"]})
    assert gone.status_code == 410
    other = (await desk.post("/api/appointments/holds", json={**body, "startsAt": "2027-03-08T11:00:00"})).json()
    assert (await desk.delete(f"/api/appointments/holds/{other['holdToken']}")).status_code == 204
    await booked(desk, bellevue, patientId=bellevue.ben, appointmentTime="11:00")


async def test_free_times_over_http(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    await booked(desk, bellevue)
    query = {"department": "cardiology", "from": "2027-03-08", "to": "2027-03-09"}
    [found] = (await desk.get("/api/appointments/availability", params=query)).json()["items"]
    assert [len(day["times"]) for day in found["days"]] == [15, 16]
    assert found["days"][0]["times"][0] == found["firstFree"] == "2027-03-08T09:00:00-05:00"
    [named] = (
        await desk.get("/api/appointments/availability", params={"doctorName": "smith", "date": "2027-03-08"})
    ).json()["items"]
    assert named["days"] == found["days"][:1]
    for wrong in ({"to": "2028-01-01"}, {"department": "Alchemy"}, {"from": "yesterday"}, {"durationMinutes": "0"}):
        answer = await desk.get("/api/appointments/availability", params={**query, **wrong})
        assert answer.status_code == 422, wrong


async def test_the_list_filters_sorts_and_pages(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    for hour, patient in (("09:00", bellevue.anna), ("10:00", bellevue.ben), ("11:00", bellevue.anna)):
        await booked(desk, bellevue, patientId=patient, appointmentTime=hour)

    async def times(**query: object) -> list[str]:
        return [one["appointmentTime"] for one in (await desk.get("/api/appointments", params=query)).json()["items"]]  # type: ignore[arg-type]

    assert await times(patientId=bellevue.anna) == ["09:00", "11:00"]
    assert await times(sort="-startsAt", limit=2) == ["11:00", "10:00"]
    assert await times(status=["confirmed", "cancelled"]) == []
    here = bellevue.hospital
    assert await times(hospitalId=here, **{"from": "2027-03-08", "to": "2027-03-08"}) == ["09:00", "10:00", "11:00"]
    assert await times(**{"to": "2027-03-07"}) == []
    first = (await desk.get("/api/appointments", params={"limit": 2})).json()
    rest = (await desk.get("/api/appointments", params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["appointmentTime"] for one in rest["items"]] == ["11:00"]
    assert rest["next"] is None
    for wrong in ({"sort": "reason"}, {"limit": "0"}, {"status": "nearly"}, {"from": "soon"}, {"cursor": "x"}):
        assert (await desk.get("/api/appointments", params=wrong)).status_code == 422, wrong


async def test_the_table_has_every_row_and_no_formula(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    await booked(desk, bellevue, reason="=HYPERLINK(1)")
    answer = await desk.get("/api/appointments/export.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [(row["patient"], row["time"], row["reason"]) for row in rows] == [("Anna Avery", "10:00", "'=HYPERLINK(1)")]


async def test_the_calendar_file_keeps_its_uid_and_counts_up(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    address = f"/api/appointments/{(await booked(desk, bellevue))['id']}"

    async def file() -> tuple[str, str, int, str]:
        read = Calendar.from_ical((await desk.get(f"{address}/calendar.ics")).content)
        [event] = read.walk("VEVENT")
        return str(read["METHOD"]), str(event["UID"]), int(event["SEQUENCE"]), event["DTSTART"].dt.isoformat()

    first = await file()
    assert (first[0], first[2], first[3]) == ("PUBLISH", 0, "2027-03-08T10:00:00-05:00")
    await desk.post(f"{address}/reschedule", json={"appointmentTime": "14:00"})
    assert await file() == ("PUBLISH", first[1], 1, "2027-03-08T14:00:00-05:00")
    await desk.post(f"{address}/cancel", json={"reason": "Travel"})
    assert (await file())[:3] == ("CANCEL", first[1], 2)


async def test_staff_of_another_hospital_see_none_of_it(
    desk: httpx.AsyncClient, bellevue: Bellevue, as_role: AsRole
) -> None:
    visit = await booked(desk, bellevue)
    elsewhere = await bellevue.add_hospital("Harbor Clinic", "America/Chicago")
    outsider = await as_role(Role.FRONT_DESK, hospitals=[elsewhere])
    address = f"/api/appointments/{visit['id']}"
    assert (await desk.get("/api/appointments", headers=outsider)).json()["items"] == []
    assert (await desk.get("/api/appointments/availability", headers=outsider)).json()["items"] == []
    assert (await desk.get("/api/schedules", headers=outsider)).json()["items"] == []
    for answer in (
        await desk.get(address, headers=outsider),
        await desk.get(f"{address}/calendar.ics", headers=outsider),
        await desk.post(f"{address}/cancel", json={"reason": "Mischief"}, headers=outsider),
        await desk.post(f"{address}/reschedule", json={"appointmentTime": "11:00"}, headers=outsider),
    ):
        assert answer.status_code == 404
    body = {"patientId": bellevue.ben, **BY_NAME, "appointmentTime": "11:00"}
    assert (await desk.post("/api/appointments", json=body, headers=outsider)).status_code == 403


async def test_leave_shows_first_whom_it_hits_and_keeps_their_visits(
    desk: httpx.AsyncClient, bellevue: Bellevue
) -> None:
    visit = await booked(desk, bellevue)
    leave = {"kind": "leave", "practitionerId": bellevue.smith, "fromDate": "2027-03-08", "reason": "Conference"}
    shown = await desk.post("/api/schedule-exceptions", params={"preview": "true"}, json=leave)
    assert (shown.status_code, shown.json()["id"]) == (200, None)
    assert [one["id"] for one in shown.json()["affected"]] == [visit["id"]]
    assert (await desk.get("/api/schedule-exceptions")).json()["items"] == []
    assert await bellevue.value("select count(*) from crm.tasks") == 0
    made = await desk.post("/api/schedule-exceptions", json=leave)
    assert made.status_code == 201
    listed = (await desk.get("/api/appointments", params={"needsNewTime": "true"})).json()["items"]
    assert [(one["id"], one["status"]) for one in listed] == [(visit["id"], "scheduled")]
    assert await bellevue.value("select title from crm.tasks") == "Find Anna Avery a new time"
    free = (await desk.get("/api/appointments/availability", params={"date": "2027-03-08"})).json()["items"]
    assert free[0]["days"] == [] if free else True
    await desk.delete(f"/api/schedule-exceptions/{made.json()['id']}")
    assert (await desk.get("/api/appointments", params={"needsNewTime": "true"})).json()["items"] == []


async def test_shorter_hours_hit_the_visits_they_leave_outside(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    await booked(desk, bellevue)
    late = await booked(desk, bellevue, patientId=bellevue.ben, appointmentTime="16:00")
    [monday] = [
        one for one in (await desk.get("/api/schedules", params={"practitionerId": bellevue.smith})).json()["items"]
        if one["weekday"] == 1
    ]  # fmt: skip
    answer = await desk.patch(f"/api/schedules/{monday['id']}", json={"ends": "12:00"})
    assert [one["id"] for one in answer.json()["affected"]] == [late["id"]]
    moved = await desk.post(f"/api/appointments/{late['id']}/reschedule", json={"appointmentTime": "11:00"})
    assert moved.json()["needsNewTime"] is False
    gone = await desk.delete(f"/api/schedules/{monday['id']}", params={"preview": "true"})
    assert len(gone.json()["affected"]) == 2


async def test_schedules_may_not_overlap(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    body = {
        "practitionerId": bellevue.smith, "departmentId": bellevue.cardiology, "weekday": 1, "starts": "16:00",
        "ends": "20:00",
    }  # fmt: skip
    taken = await desk.post("/api/schedules", json=body)
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/schedule-overlaps")
    evening = await desk.post("/api/schedules", json={**body, "starts": "18:00", "ends": "24:00"})
    assert evening.status_code == 201
    for wrong in ({"ends": "12:00"}, {"weekday": 8}, {"departmentId": 99}, {"starts": "9"}, {"validTo": "2000-01-01"}):
        answer = await desk.post("/api/schedules", json={**body, **wrong})
        assert answer.status_code == 422, wrong
    assert await bellevue.value("select count(*) from crm.schedules") == 6
    visit = await booked(desk, bellevue, appointmentTime="23:30")
    assert visit["endsAt"] == "2027-03-09T00:00:00-05:00"
    assert at(MONDAY, "23:30").isoformat() == visit["startsAt"]


async def test_closing_on_holidays_shows_whom_it_hits(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    visit = await booked(desk, bellevue, appointmentDate="2027-05-31")
    address = f"/api/hospitals/{bellevue.hospital}/holiday-policy"
    policy = (await desk.get(address)).json()
    assert policy["closed"] is False
    assert policy["holidays"]["2027-05-31"] == "Memorial Day"
    answer = await desk.put(address, json={"closed": True})
    assert [one["id"] for one in answer.json()["affected"]] == [visit["id"]]
    refused = await desk.post(
        "/api/appointments", json={"patientId": bellevue.ben, **BY_NAME, "appointmentDate": "2027-05-31"}
    )
    assert "Memorial Day" in refused.json()["detail"]


async def test_the_list_asks_as_often_for_21_rows_as_for_one(
    desk: httpx.AsyncClient, bellevue: Bellevue, query_count: QueryCount
) -> None:
    async def rows_and_questions() -> tuple[int, int]:
        with query_count() as asked:
            rows = len((await desk.get("/api/appointments")).json()["items"])
        return rows, len(asked)

    await booked(desk, bellevue)
    rows, questions = await rows_and_questions()
    assert rows == 1
    for n in range(20):
        person = await bellevue.add_patient(f"Person Number{n}")
        day, hour, minute = 9 + n // 10, 9 + n % 10 // 2, 30 * (n % 2)
        await booked(
            desk, bellevue, patientId=person, appointmentDate=f"2027-03-{day:02}",
            appointmentTime=f"{hour:02}:{minute:02}",
        )  # fmt: skip
    assert await rows_and_questions() == (21, questions)
