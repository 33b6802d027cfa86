"""What may follow what: every step tried from every status, and every undo."""

from datetime import date
from typing import Any

import pytest

from bedside.kit.clock import SetClock
from bedside.kit.http.problems import Changed, NotFound
from bedside.scheduling import (
    PatientBusy,
    SlotTaken,
    Status,
    TransitionRefused,
    availability,
    book,
    cancel,
    check_in,
    complete,
    confirm,
    mark_no_show,
    reschedule,
    undo,
)
from bedside.scheduling.model import ACTIVE, TRANSITIONS
from tests.scheduling.conftest import MONDAY, Bellevue, at

TODAY = date(2027, 3, 1)
STEPS: dict[Status, Any] = {
    Status.CONFIRMED: confirm,
    Status.ARRIVED: check_in,
    Status.COMPLETED: complete,
    Status.NO_SHOW: mark_no_show,
    Status.CANCELLED: lambda tx, **how: cancel(tx, reason="Feels better", **how),
}
WAYS: dict[Status, list[Status]] = {
    Status.SCHEDULED: [],
    Status.CONFIRMED: [Status.CONFIRMED],
    Status.ARRIVED: [Status.ARRIVED],
    Status.COMPLETED: [Status.ARRIVED, Status.COMPLETED],
    Status.NO_SHOW: [Status.NO_SHOW],
    Status.CANCELLED: [Status.CANCELLED],
}


async def visit_in(bellevue: Bellevue, status: Status, patient: int | None = None) -> int:
    """This morning's ten o'clock visit, brought into a status."""
    async with bellevue.database.transaction() as tx:
        visit = await book(
            tx, actor=bellevue.desk, patient_id=patient or bellevue.anna, practitioner_id=bellevue.smith,
            starts_at=at(TODAY), override_reason="Entered later",
        )  # fmt: skip
        for step in WAYS[status]:
            visit = await STEPS[step](tx, appointment_id=visit.id, actor=bellevue.desk)
    assert visit.status is status
    return visit.id


@pytest.mark.parametrize("status", list(WAYS))
async def test_only_what_may_follow_follows(bellevue: Bellevue, clock: SetClock, status: Status) -> None:
    clock.set(at(TODAY, "10:05"))
    id = await visit_in(bellevue, status)
    for to, step in STEPS.items():
        async with bellevue.database.transaction() as tx:
            if to in TRANSITIONS[status]:
                assert (await step(tx, appointment_id=id, actor=bellevue.desk)).status is to
                await tx.connection.rollback()
            elif to is status is Status.CONFIRMED:
                assert (await step(tx, appointment_id=id, actor=bellevue.desk)).version == 2  # again changes nothing
            else:
                with pytest.raises(TransitionRefused) as told:
                    await step(tx, appointment_id=id, actor=bellevue.desk)
                assert told.value.members["allowed"] == sorted(TRANSITIONS[status])
    async with bellevue.database.transaction() as tx:
        if status in (Status.SCHEDULED, Status.CONFIRMED):
            moved = await reschedule(tx, appointment_id=id, starts_at=at(MONDAY), actor=bellevue.desk)
            assert moved.status is Status.SCHEDULED
        else:
            with pytest.raises(TransitionRefused):
                await reschedule(tx, appointment_id=id, starts_at=at(MONDAY), actor=bellevue.desk)


@pytest.mark.parametrize("status", [one for one in WAYS if one is not Status.SCHEDULED])
async def test_every_step_can_be_taken_back(bellevue: Bellevue, clock: SetClock, status: Status) -> None:
    clock.set(at(TODAY, "10:05"))
    id = await visit_in(bellevue, status)
    async with bellevue.database.transaction() as tx:
        back = await undo(tx, appointment_id=id, actor=bellevue.desk)
    expected = Status.ARRIVED if status is Status.COMPLETED else Status.SCHEDULED
    assert back.status is expected
    kinds = await bellevue.value("select kind from crm.event_log order by id desc limit 1")
    assert kinds == "appointment.restored"
    async with bellevue.database.transaction() as tx:
        if expected is Status.SCHEDULED:
            with pytest.raises(TransitionRefused, match="nothing to undo"):
                await undo(tx, appointment_id=id, actor=bellevue.desk)


@pytest.mark.parametrize("status", list(WAYS))
async def test_only_active_visits_keep_their_time(bellevue: Bellevue, clock: SetClock, status: Status) -> None:
    clock.set(at(TODAY, "10:00"))
    await visit_in(bellevue, status)
    async with bellevue.database.transaction() as tx:
        [free] = await availability(tx, practitioner_id=bellevue.smith, since=TODAY, until=TODAY)
    assert (free.first == at(TODAY)) is (status not in ACTIVE)


async def test_a_cancelled_visit_comes_back_only_where_its_time_is_free(bellevue: Bellevue, clock: SetClock) -> None:
    clock.set(at(TODAY, "09:55"))
    first = await visit_in(bellevue, Status.CANCELLED)
    second = await visit_in(bellevue, Status.SCHEDULED, patient=bellevue.ben)
    async with bellevue.database.transaction() as tx:
        with pytest.raises(SlotTaken):
            await undo(tx, appointment_id=first, actor=bellevue.desk)
    async with bellevue.database.transaction() as tx:
        await cancel(tx, appointment_id=second, reason="Travel", actor=bellevue.desk)
    await bellevue.add_schedule(bellevue.jones)
    async with bellevue.database.transaction() as tx:
        await book(
            tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.jones, starts_at=at(TODAY)
        )
        with pytest.raises(PatientBusy):
            await undo(tx, appointment_id=first, actor=bellevue.desk)


async def test_a_room_is_given_back_and_taken_again(bellevue: Bellevue) -> None:
    echo = await bellevue.add(
        "services", department_id=bellevue.cardiology, name="Echo", duration_minutes=30, needs_resource_kind="scanner"
    )
    await bellevue.add("resources", hospital_id=bellevue.hospital, name="Vivid", kind="scanner")

    async def claims() -> list[tuple[Any, ...]]:
        async with bellevue.database.transaction() as tx:
            return await tx.rows("select lower(occupied) from crm.appointment_resources")

    async with bellevue.database.transaction() as tx:
        visit = await book(
            tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.smith, starts_at=at(MONDAY),
            service_id=echo,
        )  # fmt: skip
    assert await claims() == [(at(MONDAY),)]
    async with bellevue.database.transaction() as tx:
        await reschedule(tx, appointment_id=visit.id, starts_at=at(MONDAY, "11:00"), actor=bellevue.desk)
    assert await claims() == [(at(MONDAY, "11:00"),)]
    async with bellevue.database.transaction() as tx:
        await cancel(tx, appointment_id=visit.id, reason="Travel", actor=bellevue.desk)
    assert await claims() == []
    async with bellevue.database.transaction() as tx:
        await undo(tx, appointment_id=visit.id, actor=bellevue.desk)
    assert await claims() == [(at(MONDAY, "11:00"),)]


async def test_a_visit_changed_meanwhile_is_not_changed_again(bellevue: Bellevue) -> None:
    async with bellevue.database.transaction() as tx:
        visit = await book(
            tx, actor=bellevue.desk, patient_id=bellevue.anna, practitioner_id=bellevue.smith, starts_at=at(MONDAY)
        )
        await confirm(tx, appointment_id=visit.id, actor=bellevue.desk)
        with pytest.raises(Changed):
            await cancel(tx, appointment_id=visit.id, reason="Travel", actor=bellevue.desk, expected_version=1)
        with pytest.raises(NotFound):
            await check_in(tx, appointment_id=visit.id + 99, actor=bellevue.desk)
