"""The pages of visits and schedules, as the front desk uses them."""

import re

import httpx
import pytest
from litestar import Litestar

from bedside.accounts import Role
from tests.scheduling.conftest import Bellevue
from tests.web import AsRole

HTMX = {"HX-Request": "true"}


@pytest.fixture
async def desk(app: Litestar, bellevue: Bellevue, client: httpx.AsyncClient, as_role: AsRole) -> httpx.AsyncClient:
    """The front desk of Bellevue General in a browser that asks by htmx."""
    client.headers.update({**await as_role(Role.FRONT_DESK), **HTMX})
    return client


def first_slot(page: str) -> str:
    """The free time that the dialogue has chosen."""
    found = re.search(r'name="slot" value="([^"]+)" checked', page)
    assert found is not None, page
    return found[1]


async def book_anna(desk: httpx.AsyncClient, bellevue: Bellevue, hour: str = "10:00") -> None:
    """Anna's visit with Dr. Smith on Monday."""
    form = {"patient_id": bellevue.anna, "slot": f"{bellevue.smith}|2027-03-08T{hour}"}
    assert (await desk.post("/appointments/new", data=form)).status_code == 200


async def test_the_dialogue_offers_the_first_free_time(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    page = (await desk.get("/appointments/new")).text
    slot = first_slot(page)
    assert slot == f"{bellevue.smith}|2027-03-01T09:00"
    options = (await desk.get("/appointments/patients", params={"q": "anna"})).text
    assert f'data-value="{bellevue.anna}"' in options
    form = {"patient_id": bellevue.anna, "department_id": bellevue.cardiology, "slot": slot, "reason": "Chest pain"}
    answer = await desk.post("/appointments/new", data=form)
    assert answer.status_code == 200
    assert "dialog:close" in answer.headers["hx-trigger"]
    assert "Anna Avery is booked" in answer.text
    # the same time for somebody else: alternatives, one key each
    taken = await desk.post("/appointments/new", data={**form, "patient_id": bellevue.ben})
    assert taken.status_code == 409
    assert 'data-key="1"' in taken.text
    pick = re.search(r'name="pick" value="([^"]+)"', taken.text)
    assert pick is not None
    again = await desk.post("/appointments/new", data={**form, "patient_id": bellevue.ben, "pick": pick[1]})
    assert again.status_code == 200
    assert await bellevue.value("select count(*) from crm.appointments where status = 'scheduled'") == 2


async def test_whoever_is_not_here_yet_is_registered_with_the_visit_or_not_at_all(
    desk: httpx.AsyncClient, bellevue: Bellevue
) -> None:
    slot = f"{bellevue.smith}|2027-03-08T10:00"
    form = {"patient_id": "new", "first_name": "Zelda", "last_name": "Quince", "phone": "+12125550199", "slot": slot}
    before = await bellevue.value("select count(*) from crm.patients")
    late = await desk.post("/appointments/new", data={**form, "slot": f"{bellevue.smith}|2027-03-08T22:00"})
    assert late.status_code == 422
    assert "does not see patients" in late.text
    wrong = await desk.post("/appointments/new", data={**form, "phone": "12"})
    assert wrong.status_code == 422
    assert await bellevue.value("select count(*) from crm.patients") == before
    assert (await desk.post("/appointments/new", data=form)).status_code == 200
    assert await bellevue.value("select count(*) from crm.patients") == before + 1


async def test_a_form_without_patient_or_time_says_so(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    answer = await desk.post("/appointments/new", data={"slot": "", "patient_id": ""})
    assert answer.status_code == 422
    assert "Choose a patient." in answer.text


async def test_the_calendar_draws_visits_hours_and_leave_in_local_time(
    desk: httpx.AsyncClient, bellevue: Bellevue
) -> None:
    form = {"patient_id": bellevue.anna, "slot": f"{bellevue.smith}|2027-03-08T10:00"}
    await desk.post("/appointments/new", data=form)
    drawn = (await desk.get("/calendar/visits", params={"start": "2027-03-08T00:00", "end": "2027-03-09T00:00"})).json()
    [visit] = drawn["visits"]
    assert (visit["start"], visit["end"], visit["title"]) == (
        "2027-03-08T10:00:00",
        "2027-03-08T10:30:00",
        "Anna Avery",
    )
    assert [(one["start"], one["end"]) for one in drawn["hours"]] == [("2027-03-08T09:00:00", "2027-03-08T17:00:00")]
    assert (await desk.get("/calendar/visits", params={"start": "x", "end": "y"})).status_code == 422
    page = await desk.get("/calendar", headers={"HX-Request": ""})
    assert 'id="calendar"' in page.text


async def test_a_visit_is_taken_through_its_steps_and_moved(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    await book_anna(desk, bellevue)
    id = await bellevue.value("select id from crm.appointments")
    panel = await desk.get(f"/appointments/{id}")
    assert "Check in" in panel.text
    assert "No-show" not in panel.text  # its time has not come
    assert "Confirmed" in (await desk.post(f"/appointments/{id}/confirm")).text
    outside = await desk.post(
        f"/appointments/{id}/move", data={"date": "2027-03-08", "time": "20:00", "practitioner_id": bellevue.smith}
    )
    assert outside.status_code == 422
    assert 'data-key="1"' in outside.text
    forced = await desk.post(
        f"/appointments/{id}/move",
        data={"date": "2027-03-08", "time": "20:00", "override_reason": "She works until then"},
    )
    assert forced.status_code == 200
    cancelled = await desk.post(f"/appointments/{id}/cancel", data={"reason": "Feels better"})
    assert "Feels better" in cancelled.text
    assert (await desk.post(f"/appointments/{id}/dance")).status_code == 404
    listed = await desk.get("/appointments", params={"status": "cancelled"})
    assert "Anna Avery" in listed.text
    assert "Anna Avery" not in (await desk.get("/appointments", params={"status": "scheduled"})).text
    on_patient = await desk.get(f"/panels/patients/{bellevue.anna}/appointments")
    assert "Dr. Amelia Smith" in on_patient.text


async def test_hours_are_added_changed_and_removed_with_a_look_at_whom_it_hits(
    desk: httpx.AsyncClient, bellevue: Bellevue
) -> None:
    form = {
        "practitioner_id": bellevue.jones, "department_id": bellevue.cardiology, "weekdays": ["1", "3"],
        "starts": "09:00", "ends": "00:00", "slot_minutes": "30", "lanes": "1", "buffer_before_minutes": "0",
        "buffer_after_minutes": "0", "valid_from": "2027-03-01", "valid_to": "",
    }  # fmt: skip
    assert (await desk.post("/settings/schedules/new", data=form)).status_code == 200
    assert (
        await bellevue.value("select count(*) from crm.schedules where practitioner_id = %(id)s", id=bellevue.jones)
        == 2
    )
    clash = await desk.post("/settings/schedules/new", data=form)
    assert clash.status_code == 409
    monday = await bellevue.value(
        "select id from crm.schedules where practitioner_id = %(id)s and weekday = 1", id=bellevue.smith
    )
    await book_anna(desk, bellevue, "16:00")
    shorter = {**form, "weekdays": "1", "ends": "12:00"}
    asked = await desk.post(f"/settings/schedules/{monday}", data=shorter)
    assert "Anna Avery" in asked.text
    assert not await bellevue.value("select needs_new_time from crm.appointments")
    await desk.post(f"/settings/schedules/{monday}", data={**shorter, "sure": "yes"})
    assert await bellevue.value("select needs_new_time from crm.appointments")
    for wrong in ({"starts": "x"}, {"slot_minutes": "1"}, {"weekdays": []}, {"valid_from": "soon"}):
        answer = await desk.post("/settings/schedules/new", data={**form, **wrong})  # type: ignore[arg-type]
        assert answer.status_code == 422, wrong
    gone = await desk.post(f"/settings/schedules/{monday}/remove", data={})
    assert gone.status_code == 200
    page = await desk.get("/settings/schedules")
    assert "Dr. Owen Jones" in page.text


async def test_leave_is_entered_after_a_look_and_taken_back(desk: httpx.AsyncClient, bellevue: Bellevue) -> None:
    await book_anna(desk, bellevue)
    form = {
        "kind": "leave", "practitioner_id": bellevue.smith, "from_date": "2027-03-08", "to_date": "2027-03-09",
        "whole": "true", "reason": "Conference",
    }  # fmt: skip
    assert "Anna Avery" in (await desk.post("/settings/schedules/exceptions/new", data=form)).text
    assert await bellevue.value("select count(*) from crm.schedule_exceptions") == 0
    await desk.post("/settings/schedules/exceptions/new", data={**form, "sure": "yes"})
    leave = await bellevue.value("select id from crm.schedule_exceptions")
    assert "Conference" in (await desk.get("/settings/schedules")).text
    await desk.post(f"/settings/schedules/exceptions/{leave}/remove")
    assert not await bellevue.value("select needs_new_time from crm.appointments")
    wrong = await desk.post("/settings/schedules/exceptions/new", data={**form, "practitioner_id": ""})
    assert wrong.status_code == 422
    await desk.post("/settings/schedules/holidays", data={"closed": "true"})
    assert await bellevue.value("select closed from crm.holiday_policies")
