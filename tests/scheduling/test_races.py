"""Many people after one time, on many connections at once: the database decides, and nobody deadlocks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest

from bedside.kit.clock import SetClock
from bedside.kit.database import Database, Tx
from bedside.kit.http.problems import Problem
from bedside.scheduling import PatientBusy, SlotTaken, book, hold, reschedule
from tests.scheduling.conftest import MONDAY, Bellevue, at


@pytest.fixture
async def crowd(fresh_database_url: str, clock: SetClock) -> AsyncIterator[Database]:
    """The same database over twenty-five connections."""
    database = Database(fresh_database_url, clock=clock, pool_size=25)
    await database.open()
    yield database
    await database.close()


async def race(crowd: Database, runners: list[Callable[[Tx], Awaitable[Any]]]) -> list[Any]:
    """Runs every runner in a transaction of its own, all at once; gives what each was told."""

    async def run(runner: Callable[[Tx], Awaitable[Any]]) -> Any:
        try:
            async with crowd.transaction() as tx:
                return await runner(tx)
        except Problem as problem:
            return problem

    return list(await asyncio.gather(*(run(runner) for runner in runners)))


def booker(bellevue: Bellevue, patient: int, doctor: int | None = None, hour: str = "10:00") -> Any:
    """Somebody who books at ten on Monday."""

    async def run(tx: Tx) -> Any:
        return await book(
            tx, actor=bellevue.desk, patient_id=patient, practitioner_id=doctor or bellevue.smith,
            starts_at=at(MONDAY, hour),
        )  # fmt: skip

    return run


def active(told: list[Any]) -> list[Any]:
    """Those who got the time."""
    return [one for one in told if not isinstance(one, Exception)]


async def people(bellevue: Bellevue, number: int) -> list[int]:
    """Patients who all want the same."""
    async with bellevue.database.transaction() as tx:
        rows = await tx.rows(
            """insert into crm.patients (record_number, first_name, last_name, created_at, updated_at)
               select 'R' || n, 'Racer', 'Number ' || n, %(now)s, %(now)s from generate_series(1, %(number)s) n
               returning id""",
            number=number,
        )
    return [row[0] for row in rows]


async def test_of_fifty_after_one_time_one_wins_and_the_others_are_offered_free_ones(
    bellevue: Bellevue, crowd: Database
) -> None:
    racers = await people(bellevue, 50)
    told = await race(crowd, [booker(bellevue, racer) for racer in racers])
    assert len(active(told)) == 1
    losers = [one for one in told if isinstance(one, SlotTaken)]
    assert len(losers) == 49
    for loser in losers:
        starts = [one["startsAt"] for one in loser.members["alternatives"]]
        assert starts[0] == "2027-03-08T10:30:00-05:00"
    assert await bellevue.value("select count(*) from crm.appointments") == 1
    assert await bellevue.value("select count(*) from crm.event_log") == 1


async def test_of_fifty_after_a_clinic_of_seven_seats_seven_win(bellevue: Bellevue, crowd: Database) -> None:
    await bellevue.add_schedule(bellevue.jones, lanes=7)
    racers = await people(bellevue, 50)
    told = await race(crowd, [booker(bellevue, racer, bellevue.jones) for racer in racers])
    assert sorted(one.lane for one in active(told)) == list(range(7))
    assert sum(isinstance(one, SlotTaken) for one in told) == 43


async def test_one_patient_booked_by_twenty_desks_at_once_has_one_visit(bellevue: Bellevue, crowd: Database) -> None:
    doctors = [await bellevue.add_doctor("Doctor", f"Number{n}") for n in range(10)]
    for doctor in doctors:
        await bellevue.add_schedule(doctor)
    told = await race(crowd, [booker(bellevue, bellevue.anna, doctor) for doctor in doctors * 2])
    assert len(active(told)) == 1
    assert all(isinstance(one, PatientBusy) for one in told if isinstance(one, Exception))


async def test_overlapping_times_of_one_doctor_exclude_each_other(bellevue: Bellevue, crowd: Database) -> None:
    racers = await people(bellevue, 20)
    hours = ["10:00", "10:15", "09:45", "10:29"]
    told = await race(crowd, [booker(bellevue, racer, hour=hours[n % 4]) for n, racer in enumerate(racers)])
    won = sorted(one.starts_at for one in active(told))
    assert 1 <= len(won) <= 2  # 09:45 and 10:15 fit beside each other
    assert all((later - earlier).total_seconds() >= 1800 for earlier, later in pairwise(won))


async def test_holds_and_bookings_race_fairly(bellevue: Bellevue, crowd: Database) -> None:
    racers = await people(bellevue, 15)

    async def holder(tx: Tx) -> Any:
        return await hold(tx, actor=bellevue.desk, practitioner_id=bellevue.smith, starts_at=at(MONDAY))

    told = await race(crowd, [run for racer in racers for run in (booker(bellevue, racer), holder)])
    assert len(active(told)) == 1
    assert sum(isinstance(one, SlotTaken) for one in told) == 29


async def test_a_hold_and_a_booking_for_one_patient_end_in_one_visit(bellevue: Bellevue, crowd: Database) -> None:
    await bellevue.add_schedule(bellevue.jones)
    async with bellevue.database.transaction() as tx:
        _, token = await hold(tx, actor=bellevue.desk, practitioner_id=bellevue.jones, starts_at=at(MONDAY))

    async def taker(tx: Tx) -> Any:
        return await book(
            tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.jones, starts_at=at(MONDAY),
            hold_token=token,
        )  # fmt: skip

    told = await race(crowd, [taker, *[booker(bellevue, bellevue.anna) for _ in range(5)]])
    assert len(active(told)) == 1


async def test_visits_moved_to_one_time_and_bookings_of_it_leave_one_there(bellevue: Bellevue, crowd: Database) -> None:
    racers = await people(bellevue, 24)
    hours = [f"{hour}:{minute}" for hour in (11, 12, 13, 14, 15, 16) for minute in ("00", "30")]
    moving = []
    for racer, hour in zip(racers, hours, strict=False):
        async with bellevue.database.transaction() as tx:
            moving.append((await booker(bellevue, racer, hour=hour)(tx)).id)

    def mover(visit: int) -> Any:
        async def run(tx: Tx) -> Any:
            return await reschedule(tx, appointment_id=visit, starts_at=at(MONDAY), actor=bellevue.desk)

        return run

    pairs = zip(moving, racers[12:], strict=True)
    runners = [run for visit, racer in pairs for run in (mover(visit), booker(bellevue, racer))]
    told = await race(crowd, runners)
    assert len(active(told)) == 1
    assert all(isinstance(one, SlotTaken) for one in told if isinstance(one, Exception))
    assert (
        await bellevue.value(
            "select count(*) from crm.appointments where starts_at = %(ten)s and status = 'scheduled'", ten=at(MONDAY)
        )
        == 1
    )


async def test_one_room_is_claimed_once(bellevue: Bellevue, crowd: Database) -> None:
    echo = await bellevue.add(
        "services",
        department_id=bellevue.cardiology,
        name="Echo",
        duration_minutes=30,
        needs_resource_kind="ultrasound",
    )
    await bellevue.add("resources", hospital_id=bellevue.hospital, name="Vivid 1", kind="ultrasound")
    await bellevue.add("resources", hospital_id=bellevue.hospital, name="Vivid 2", kind="ultrasound")
    racers = await people(bellevue, 6)
    doctors = [await bellevue.add_doctor("Doctor", f"Number{n}") for n in range(6)]
    for doctor in doctors:
        await bellevue.add_schedule(doctor)

    def echo_booker(racer: int, doctor: int) -> Any:
        async def run(tx: Tx) -> Any:
            return await book(
                tx, actor=bellevue.desk, patient_id=racer, practitioner_id=doctor, starts_at=at(MONDAY), service_id=echo
            )

        return run

    told = await race(crowd, [echo_booker(racer, doctor) for racer, doctor in zip(racers, doctors, strict=True)])
    assert len(active(told)) == 2
    assert {one.type for one in told if isinstance(one, Problem)} == {"resource-taken"}
    assert await bellevue.value("select count(distinct resource_id) from crm.appointment_resources") == 2
