"""Booking a visit, and what is said to the one who cannot have the time."""

from datetime import date, timedelta

import pytest

from bedside.kit.clock import SetClock
from bedside.kit.http.problems import Forbidden, Invalid
from bedside.scheduling import (
    HoldGone,
    OutsideSchedule,
    PatientBusy,
    SlotTaken,
    Status,
    availability,
    book,
    hold,
    release_hold,
)
from bedside.scheduling.model import InThePast, ResourceTaken
from tests.scheduling.conftest import MONDAY, Bellevue, at

SUNDAY = date(2027, 3, 7)


async def test_a_visit_is_booked_into_the_schedule_and_leaves_an_event(bellevue: Bellevue) -> None:
    async with bellevue.database.transaction() as tx:
        visit = await book(
            tx,
            actor=bellevue.desk,
            patient_id=bellevue.anna,
            practitioner_id=bellevue.smith,
            starts_at=at(MONDAY),
            reason="Follow-up",
        )
    assert visit.status is Status.SCHEDULED
    assert (visit.patient_name, visit.practitioner_name, visit.department) == (
        "Anna Avery",
        "Dr. Amelia Smith",
        "Cardiology",
    )
    assert visit.duration_minutes == 30
    assert f"{visit.starts_local:%Y-%m-%d %H:%M}" == "2027-03-08 10:00"
    async with bellevue.database.transaction() as tx:
        rows = await tx.rows("select kind, patient_id, hospital_id, actor_name, data->>'source' from crm.event_log")
    assert rows == [("appointment.booked", bellevue.anna, bellevue.hospital, "Dana Desk", "desk")]


async def test_what_booking_returns_is_what_was_written(bellevue: Bellevue) -> None:
    from bedside.scheduling import appointment

    async with bellevue.database.transaction() as tx:
        made = await book(
            tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.smith, starts_at=at(MONDAY)
        )
        assert await appointment(tx, made.id) == made


async def test_a_taken_time_names_the_next_free_ones_and_those_of_colleagues(bellevue: Bellevue) -> None:
    await bellevue.add_schedule(bellevue.jones)
    async with bellevue.database.transaction() as tx:
        await book(
            tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.smith, starts_at=at(MONDAY)
        )
    with pytest.raises(SlotTaken) as told:
        async with bellevue.database.transaction() as tx:
            await book(
                tx, actor=bellevue.desk, patient_id=bellevue.ben, practitioner_id=bellevue.smith, starts_at=at(MONDAY)
            )
    offered = [(one["practitionerId"], one["startsAt"]) for one in told.value.members["alternatives"]]
    assert offered == [
        (bellevue.smith, "2027-03-08T10:30:00-05:00"),
        (bellevue.smith, "2027-03-08T11:00:00-05:00"),
        (bellevue.smith, "2027-03-08T11:30:00-05:00"),
        (bellevue.jones, "2027-03-08T10:00:00-05:00"),
    ]


async def test_a_patient_cannot_be_in_two_places(bellevue: Bellevue) -> None:
    await bellevue.add_schedule(bellevue.jones)
    async with bellevue.database.transaction() as tx:
        first = await book(
            tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.smith, starts_at=at(MONDAY)
        )
    with pytest.raises(PatientBusy, match=r"Anna Avery has a visit at 10:00 then, with Dr\. Amelia Smith") as told:
        async with bellevue.database.transaction() as tx:
            await book(
                tx,
                actor=bellevue.desk,
                patient_id=bellevue.anna,
                practitioner_id=bellevue.jones,
                starts_at=at(MONDAY, "10:15"),
            )
    assert told.value.members["otherAppointment"]["id"] == first.id


@pytest.mark.parametrize(
    ("day", "hour"),
    [(SUNDAY, "10:00"), (MONDAY, "08:45"), (MONDAY, "16:45"), (MONDAY, "17:00"), (MONDAY, "23:30")],
)
async def test_outside_the_schedule_nobody_is_booked(bellevue: Bellevue, day: date, hour: str) -> None:
    with pytest.raises(OutsideSchedule, match=r"Dr\. Amelia Smith does not see patients"):
        async with bellevue.database.transaction() as tx:
            await book(
                tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.smith,
                starts_at=at(day, hour),
            )  # fmt: skip


async def test_the_desk_may_override_with_a_reason_and_a_clinician_may_not(bellevue: Bellevue) -> None:
    wanted = {"patient_id": bellevue.anna, "practitioner_id": bellevue.smith, "starts_at": at(SUNDAY)}
    with pytest.raises(OutsideSchedule):
        async with bellevue.database.transaction() as tx:
            await book(tx, actor=bellevue.clinician, override_reason="She is a friend", **wanted)
    async with bellevue.database.transaction() as tx:
        visit = await book(tx, actor=bellevue.desk, override_reason="Dr. Smith asked for it", **wanted)
    assert visit.override_reason == "Dr. Smith asked for it"
    assert visit.department_id == bellevue.cardiology
    stored = await bellevue.value("select override_reason from crm.appointments")
    assert stored == "Dr. Smith asked for it"


async def test_an_override_that_is_not_needed_leaves_no_trace(bellevue: Bellevue) -> None:
    async with bellevue.database.transaction() as tx:
        await book(
            tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.smith, starts_at=at(MONDAY),
            override_reason="To be safe",
        )  # fmt: skip
    assert await bellevue.value("select override_reason from crm.appointments") is None


async def test_overbooking_takes_a_lane_above_the_capacity_and_hinders_nobody(bellevue: Bellevue) -> None:
    wanted = {"practitioner_id": bellevue.smith, "starts_at": at(MONDAY)}
    async with bellevue.database.transaction() as tx:
        await book(tx, actor=bellevue.desk, patient_id=bellevue.anna, **wanted)
        second = await book(tx, actor=bellevue.desk, patient_id=bellevue.ben, override_reason="Urgent", **wanted)
    assert (second.lane, second.override_reason) == (1, "Urgent")


async def test_a_clinic_of_three_seats_takes_three(bellevue: Bellevue) -> None:
    await bellevue.add_schedule(bellevue.jones, lanes=3)
    lanes = []
    people = [await bellevue.add_patient(f"Person Number{n}") for n in range(4)]
    for person in people[:3]:
        async with bellevue.database.transaction() as tx:
            visit = await book(
                tx, actor=bellevue.desk, patient_id=person, practitioner_id=bellevue.jones, starts_at=at(MONDAY)
            )
        lanes.append(visit.lane)
    assert lanes == [0, 1, 2]
    with pytest.raises(SlotTaken):
        async with bellevue.database.transaction() as tx:
            await book(
                tx, actor=bellevue.desk, patient_id=people[3], practitioner_id=bellevue.jones, starts_at=at(MONDAY)
            )


async def test_times_gone_by_are_refused_but_the_desk_enters_this_mornings(bellevue: Bellevue, clock: SetClock) -> None:
    today = date(2027, 3, 1)
    clock.set(at(today, "15:10"))
    wanted = {"patient_id": bellevue.anna, "practitioner_id": bellevue.smith}
    with pytest.raises(InThePast, match="gone by"):
        async with bellevue.database.transaction() as tx:
            await book(tx, actor=bellevue.desk, starts_at=at(today, "15:00"), **wanted)
    async with bellevue.database.transaction() as tx:
        await book(tx, actor=bellevue.desk, starts_at=at(today, "09:00"), override_reason="Walked in", **wanted)
    with pytest.raises(InThePast):
        async with bellevue.database.transaction() as tx:
            await book(
                tx, actor=bellevue.desk, starts_at=at(today - timedelta(days=3), "16:00"), override_reason="Late",
                **wanted,
            )  # fmt: skip
    with pytest.raises(InThePast, match="three years"):
        async with bellevue.database.transaction() as tx:
            await book(tx, actor=bellevue.desk, starts_at=at(date(2031, 1, 6)), **wanted)


async def test_ids_that_belong_to_nobody_are_named(bellevue: Bellevue) -> None:
    await bellevue.execute("update crm.patients set archived_at = %(now)s where id = %(id)s", id=bellevue.ben)
    for wrong, said in (
        ({"patient_id": 999}, "no patient"),
        ({"patient_id": bellevue.ben}, "archived"),
        ({"practitioner_id": 999}, "no practitioner"),
        ({"service_id": 999}, "no service"),
        ({"duration_minutes": 3}, "lasts"),
        ({"starts_at": at(MONDAY).replace(second=5)}, "whole minutes"),
    ):
        wanted = {"patient_id": bellevue.anna, "practitioner_id": bellevue.smith, "starts_at": at(MONDAY), **wrong}
        with pytest.raises(Invalid, match=said):
            async with bellevue.database.transaction() as tx:
                await book(tx, actor=bellevue.desk, **wanted)  # type: ignore[arg-type]
    assert await bellevue.value("select count(*) from crm.appointments") == 0


async def test_staff_of_another_hospital_book_nothing_here(bellevue: Bellevue) -> None:
    import msgspec

    elsewhere = await bellevue.add_hospital("Harbor Clinic", "America/Chicago")
    outsider = msgspec.structs.replace(bellevue.desk, hospital_ids=frozenset({elsewhere}))
    with pytest.raises(Forbidden):
        async with bellevue.database.transaction() as tx:
            await book(
                tx, actor=outsider, patient_id=bellevue.anna, practitioner_id=bellevue.smith, starts_at=at(MONDAY)
            )


async def test_leave_closures_and_holidays_close_the_book(bellevue: Bellevue) -> None:
    await bellevue.add_exception("leave", at(MONDAY, "09:00"), at(MONDAY, "12:00"), practitioner_id=bellevue.smith)
    tuesday = MONDAY + timedelta(days=1)
    await bellevue.add_exception("closure", at(tuesday, "00:00"), at(tuesday, "23:00"), hospital_id=bellevue.hospital)
    memorial_day = date(2027, 5, 31)
    await bellevue.execute(
        "insert into crm.holiday_policies (hospital_id, closed, updated_at) values (%(id)s, true, %(now)s)",
        id=bellevue.hospital,
    )
    for day, said in ((MONDAY, "on leave"), (tuesday, "closed"), (memorial_day, "Memorial Day")):
        with pytest.raises(OutsideSchedule, match=said):
            async with bellevue.database.transaction() as tx:
                await book(
                    tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.smith, starts_at=at(day)
                )


async def test_a_service_brings_its_length_its_buffers_and_its_room(bellevue: Bellevue) -> None:
    echo = await bellevue.add(
        "services", department_id=bellevue.cardiology, name="Echocardiogram", duration_minutes=45,
        buffer_before_minutes=5, buffer_after_minutes=10, needs_resource_kind="ultrasound",
    )  # fmt: skip
    await bellevue.add_schedule(bellevue.jones)
    wanted = {"service_id": echo, "starts_at": at(MONDAY)}
    with pytest.raises(ResourceTaken, match="No ultrasound is free"):
        async with bellevue.database.transaction() as tx:
            await book(tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.smith, **wanted)
    device = await bellevue.add("resources", hospital_id=bellevue.hospital, name="Vivid", kind="ultrasound")
    async with bellevue.database.transaction() as tx:
        visit = await book(tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.smith, **wanted)
    assert visit.duration_minutes == 45
    assert await bellevue.value("select resource_id from crm.appointment_resources") == device
    assert (
        await bellevue.value(
            "select extract(epoch from upper(occupied) - lower(occupied))::int / 60 from crm.appointments"
        )
        == 60
    )
    with pytest.raises(ResourceTaken) as told:  # Dr. Jones is free, the device is not
        async with bellevue.database.transaction() as tx:
            await book(tx, actor=bellevue.desk, patient_id=bellevue.ben, practitioner_id=bellevue.jones, **wanted)
    assert "2027-03-08T11:00:00-05:00" in {one["startsAt"] for one in told.value.members["alternatives"]}


async def test_a_hold_blocks_others_and_becomes_its_holders_visit(bellevue: Bellevue) -> None:
    wanted = {"practitioner_id": bellevue.smith, "starts_at": at(MONDAY)}
    async with bellevue.database.transaction() as tx:
        held, token = await hold(tx, actor=bellevue.desk, **wanted)
    with pytest.raises(SlotTaken):
        async with bellevue.database.transaction() as tx:
            await book(tx, actor=bellevue.desk, patient_id=bellevue.ben, **wanted)
    async with bellevue.database.transaction() as tx:
        visit = await book(tx, actor=bellevue.desk, patient_id=bellevue.anna, hold_token=token, **wanted)
    assert (visit.id, visit.status, visit.patient_id) == (held.id, Status.SCHEDULED, bellevue.anna)
    with pytest.raises(HoldGone):
        async with bellevue.database.transaction() as tx:
            await book(tx, actor=bellevue.desk, patient_id=bellevue.ben, hold_token=token, **wanted)


async def test_a_hold_runs_out_by_itself(bellevue: Bellevue, clock: SetClock) -> None:
    wanted = {"practitioner_id": bellevue.smith, "starts_at": at(MONDAY)}
    async with bellevue.database.transaction() as tx:
        _, token = await hold(tx, actor=bellevue.desk, **wanted)
    clock.advance(timedelta(minutes=10))
    async with bellevue.database.transaction() as tx:
        [free] = await availability(tx, practitioner_id=bellevue.smith, since=MONDAY, until=MONDAY)
    assert len(free.days[0].starts) == 16
    with pytest.raises(HoldGone):
        async with bellevue.database.transaction() as tx:
            await book(tx, actor=bellevue.desk, patient_id=bellevue.anna, hold_token=token, **wanted)
    async with bellevue.database.transaction() as tx:
        await book(tx, actor=bellevue.desk, patient_id=bellevue.ben, **wanted)


async def test_a_hold_can_be_let_go_twice(bellevue: Bellevue) -> None:
    wanted = {"practitioner_id": bellevue.smith, "starts_at": at(MONDAY)}
    async with bellevue.database.transaction() as tx:
        _, token = await hold(tx, actor=bellevue.desk, **wanted)
        await release_hold(tx, token=token)
        await release_hold(tx, token=token)
        booked = await book(tx, actor=bellevue.desk, patient_id=bellevue.ben, **wanted)
    assert (booked.status, booked.lane) == (Status.SCHEDULED, 0), "the time is free again"


async def test_a_hold_is_no_way_around_a_busy_patient(bellevue: Bellevue) -> None:
    await bellevue.add_schedule(bellevue.jones)
    async with bellevue.database.transaction() as tx:
        await book(
            tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.smith, starts_at=at(MONDAY)
        )
        _, token = await hold(tx, actor=bellevue.desk, practitioner_id=bellevue.jones, starts_at=at(MONDAY))
    with pytest.raises(PatientBusy):
        async with bellevue.database.transaction() as tx:
            await book(
                tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.jones,
                starts_at=at(MONDAY), hold_token=token,
            )  # fmt: skip
