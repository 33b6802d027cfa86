"""Free times: what is offered, day by day, across clock changes, and how many questions it takes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from bedside.kit.clock import SetClock
from bedside.kit.http.problems import Invalid, Problem
from bedside.scheduling import availability, book, cancel, first_free
from bedside.scheduling.local_time import resolve_local
from bedside.scheduling.model import AmbiguousLocalTime, NoSuchLocalTime
from tests.scheduling.conftest import MONDAY, NEW_YORK, Bellevue, at

SPRING, FALL = date(2027, 3, 14), date(2027, 11, 7)  # Sundays, in New York


async def free(bellevue: Bellevue, since: date, until: date | None = None, **more: object) -> list[str]:
    """Local free times of Dr. Smith, as `08 10:00`."""
    async with bellevue.database.transaction() as tx:
        found = await availability(
            tx,
            practitioner_id=more.pop("doctor", bellevue.smith),
            since=since,
            until=until or since,
            **more,  # type: ignore[arg-type]
        )
    return [f"{one:%d %H:%M}" for them in found for one in them.times()]


async def test_a_day_of_slots_less_what_is_booked(bellevue: Bellevue) -> None:
    async with bellevue.database.transaction() as tx:
        for patient, hour in ((bellevue.anna, "09:00"), (bellevue.ben, "16:30")):
            await book(
                tx, actor=bellevue.desk, patient_id=patient, practitioner_id=bellevue.smith, starts_at=at(MONDAY, hour)
            )
    times = await free(bellevue, MONDAY)
    assert times[0] == "08 09:30"
    assert times[-1] == "08 16:00"
    assert len(times) == 14
    async with bellevue.database.transaction() as tx:
        booked = await tx.value("select id from crm.appointments order by starts_at limit 1")
        await cancel(tx, appointment_id=booked, reason="Feels better", actor=bellevue.desk)
    assert (await free(bellevue, MONDAY))[0] == "08 09:00"


async def test_nothing_is_offered_that_has_gone_by(bellevue: Bellevue, clock: SetClock) -> None:
    clock.set(at(MONDAY, "15:59"))
    assert await free(bellevue, MONDAY) == ["08 16:00", "08 16:30"]


@pytest.mark.parametrize(("day", "slots"), [(SPRING, 46), (FALL, 50), (SPRING - timedelta(days=7), 48)])
async def test_days_of_23_and_25_hours_have_the_right_slots(bellevue: Bellevue, day: date, slots: int) -> None:
    await bellevue.add_schedule(bellevue.jones, weekday=7, starts="00:00", ends="24:00")
    async with bellevue.database.transaction() as tx:
        [found] = await availability(tx, practitioner_id=bellevue.jones, since=day, until=day)
    times = found.times()
    assert len(times) == slots
    assert {later - earlier for earlier, later in pairwise(found.days[0].starts)} == {1800}
    assert {one.date() for one in times} == {day}
    if day == SPRING:
        assert "02:00" not in {f"{one:%H:%M}" for one in times}
    if day == FALL:
        assert [one.isoformat() for one in times if f"{one:%H:%M}" == "01:30"] == [
            "2027-11-07T01:30:00-04:00",
            "2027-11-07T01:30:00-05:00",
        ]


async def test_every_offered_time_of_a_25_hour_day_can_be_booked(bellevue: Bellevue) -> None:
    await bellevue.add_schedule(bellevue.jones, weekday=7, starts="00:00", ends="03:00")
    async with bellevue.database.transaction() as tx:
        [found] = await availability(tx, practitioner_id=bellevue.jones, since=FALL, until=FALL)
        assert len(found.days[0].starts) == 8
        for start in found.days[0].starts:
            await book(
                tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.jones,
                starts_at=datetime.fromtimestamp(start, UTC),
            )  # fmt: skip


def test_a_local_time_that_does_not_exist_is_refused() -> None:
    with pytest.raises(NoSuchLocalTime, match=r"02:30 on 2027-03-14 does not exist") as told:
        resolve_local(SPRING, time(2, 30), NEW_YORK)
    assert "03:00" in (told.value.next_step or "")


def test_a_local_time_that_comes_twice_is_refused_with_both_named() -> None:
    with pytest.raises(AmbiguousLocalTime) as told:
        resolve_local(FALL, time(1, 30), NEW_YORK)
    assert told.value.members["instants"] == ["2027-11-07T01:30:00-04:00", "2027-11-07T01:30:00-05:00"]


def test_other_local_times_are_one_instant() -> None:
    assert resolve_local(MONDAY, time(10), NEW_YORK) == datetime(2027, 3, 8, 15, tzinfo=UTC)
    assert resolve_local(SPRING, time(3), NEW_YORK) == datetime(2027, 3, 14, 7, tzinfo=UTC)
    assert resolve_local(FALL, time(2), NEW_YORK) == datetime(2027, 11, 7, 7, tzinfo=UTC)


async def test_buffers_keep_bookings_apart(bellevue: Bellevue) -> None:
    await bellevue.add_schedule(
        bellevue.jones, starts="09:00", ends="12:00", buffer_before_minutes=5, buffer_after_minutes=10
    )
    doctor = bellevue.jones
    assert await free(bellevue, MONDAY, doctor=doctor) == ["08 09:00", "08 09:45", "08 10:30", "08 11:15"]
    async with bellevue.database.transaction() as tx:
        await book(
            tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=doctor, starts_at=at(MONDAY, "10:00")
        )
    assert await free(bellevue, MONDAY, doctor=doctor) == ["08 09:00", "08 11:15"]


async def test_leave_takes_away_and_an_extra_clinic_adds(bellevue: Bellevue) -> None:
    saturday = date(2027, 3, 13)
    await bellevue.add_exception("leave", at(MONDAY, "09:00"), at(MONDAY, "16:00"), practitioner_id=bellevue.smith)
    await bellevue.add_exception(
        "extra_clinic", at(saturday, "10:00"), at(saturday, "11:00"), practitioner_id=bellevue.smith,
        hospital_id=bellevue.hospital, department_id=bellevue.cardiology, slot_minutes=20, lanes=1,
    )  # fmt: skip
    assert await free(bellevue, MONDAY) == ["08 16:00", "08 16:30"]
    assert await free(bellevue, saturday) == ["13 10:00", "13 10:20", "13 10:40"]
    async with bellevue.database.transaction() as tx:
        visit = await book(
            tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.smith,
            starts_at=at(saturday, "10:20"),
        )  # fmt: skip
    assert visit.duration_minutes == 20


async def test_a_closure_of_one_department_leaves_the_others_open(bellevue: Bellevue) -> None:
    surgery = await bellevue.add("departments", hospital_id=bellevue.hospital, name="Surgery")
    cole = await bellevue.add_doctor("Ida", "Cole", department=surgery)
    await bellevue.add_schedule(cole, department_id=surgery)
    await bellevue.add_exception(
        "closure", at(MONDAY, "00:00"), at(MONDAY, "23:59"), hospital_id=bellevue.hospital, department_id=surgery
    )
    assert await free(bellevue, MONDAY, doctor=cole) == []
    assert len(await free(bellevue, MONDAY)) == 16


async def test_public_holidays_close_where_the_hospital_says_so(bellevue: Bellevue) -> None:
    memorial_day = date(2027, 5, 31)
    assert len(await free(bellevue, memorial_day)) == 16
    await bellevue.execute(
        "insert into crm.holiday_policies (hospital_id, closed, updated_at) values (%(id)s, true, %(now)s)",
        id=bellevue.hospital,
    )
    assert await free(bellevue, memorial_day) == []
    assert len(await free(bellevue, memorial_day + timedelta(days=1))) == 16


async def test_the_schedule_holds_only_while_it_is_valid(bellevue: Bellevue) -> None:
    await bellevue.add_schedule(bellevue.jones, valid_from=MONDAY, valid_to=MONDAY + timedelta(days=7))
    days = [text[:2] for text in await free(bellevue, date(2027, 3, 1), date(2027, 3, 31), doctor=bellevue.jones)]
    assert sorted(set(days)) == ["08", "15"]


async def test_first_free_of_each_and_none_of_who_has_none(bellevue: Bellevue) -> None:
    await bellevue.add_schedule(bellevue.jones, weekday=3)
    await bellevue.add_exception(
        "leave", at(date(2027, 3, 1), "00:00"), at(date(2027, 3, 20), "00:00"), practitioner_id=bellevue.smith
    )
    async with bellevue.database.transaction() as tx:
        found = await first_free(tx, department_id=bellevue.cardiology, since=date(2027, 3, 1), until=date(2027, 3, 26))
    assert [(one.practitioner_name, f"{one.first:%d %H:%M}") for one in found] == [
        ("Dr. Owen Jones", "03 09:00"),
        ("Dr. Amelia Smith", "22 09:00"),
    ]


async def test_a_question_is_one_query_whatever_the_number_of_practitioners(bellevue: Bellevue) -> None:
    from bedside.kit.database import Tx

    async def asked() -> int:
        count = 0
        async with bellevue.database.transaction() as tx:
            run = tx._run

            async def counting(*arguments: object) -> object:
                nonlocal count
                count += 1
                return await run(*arguments)  # type: ignore[arg-type]

            tx._run = counting  # type: ignore[method-assign,assignment]
            assert isinstance(tx, Tx)
            await availability(tx, department_id=bellevue.cardiology, since=MONDAY, until=MONDAY + timedelta(days=29))
        return count

    assert await asked() == 1
    for n in range(20):
        await bellevue.add_schedule(await bellevue.add_doctor("Doctor", f"Number{n}"))
    assert await asked() == 1


async def test_at_most_62_days_and_in_order(bellevue: Bellevue) -> None:
    for since, until in ((MONDAY, MONDAY + timedelta(days=62)), (MONDAY, MONDAY - timedelta(days=1))):
        with pytest.raises(Invalid):
            await free(bellevue, since, until)
    assert len(await free(bellevue, MONDAY, MONDAY + timedelta(days=61))) == 45 * 16


async def test_a_shared_device_is_not_offered_twice(bellevue: Bellevue) -> None:
    echo = await bellevue.add(
        "services",
        department_id=bellevue.cardiology,
        name="Echo",
        duration_minutes=30,
        needs_resource_kind="ultrasound",
    )
    await bellevue.add("resources", hospital_id=bellevue.hospital, name="Vivid", kind="ultrasound")
    await bellevue.add_schedule(bellevue.jones)
    async with bellevue.database.transaction() as tx:
        await book(
            tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.jones, service_id=echo,
            starts_at=at(MONDAY),
        )  # fmt: skip
    assert "08 10:00" not in await free(bellevue, MONDAY, service_id=echo)
    assert "08 10:00" in await free(bellevue, MONDAY)


async def test_what_is_offered_is_never_refused(bellevue: Bellevue) -> None:
    """Every offered time of an untidy week is booked, one after the other, for a service with buffers and two seats."""
    await bellevue.add_schedule(bellevue.jones, lanes=2, slot_minutes=20, buffer_after_minutes=5, ends="11:30")
    service = await bellevue.add(
        "services", department_id=bellevue.cardiology, name="Talk", duration_minutes=35, buffer_before_minutes=10
    )
    await bellevue.add_exception("leave", at(MONDAY, "10:10"), at(MONDAY, "10:20"), practitioner_id=bellevue.jones)
    booked = 0
    while offered := await free(bellevue, MONDAY, doctor=bellevue.jones, service_id=service):
        person = await bellevue.add_patient(f"Person Number{booked}")
        try:
            async with bellevue.database.transaction() as tx:
                await book(
                    tx, actor=bellevue.desk, patient_id=person, practitioner_id=bellevue.jones, service_id=service,
                    starts_at=at(MONDAY, offered[-1][3:]),
                )  # fmt: skip
        except Problem as problem:
            pytest.fail(f"{offered[-1]} was offered and refused: {problem.detail}")
        booked += 1
    assert booked >= 3
