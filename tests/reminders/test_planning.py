"""Reminders follow their visit: planned, moved, withdrawn and brought back with it, in its own transaction."""

from datetime import UTC, time, timedelta

import pytest

from bedside.reminders.by_hand import withdraw_reminder
from bedside.reminders.model import PASSED
from bedside.scheduling import book, cancel, confirm, reschedule, undo
from tests.reminders.conftest import House
from tests.scheduling.conftest import MONDAY, at

DAY = timedelta(hours=24)


async def test_a_visit_next_week_has_two_reminders_due_exactly_24_hours_before(house: House) -> None:
    visit = await house.book(at(MONDAY))
    assert await house.reminders(visit.id) == [
        ("sms", "scheduled", at(MONDAY) - DAY, ""),
        ("whatsapp", "scheduled", at(MONDAY) - DAY, ""),
    ]


async def test_a_day_that_the_clocks_shorten_still_gives_24_hours_of_notice(house: House) -> None:
    # 14 March 2027 has 23 hours in New York. The lead time is a length of time, not of the calendar: who is to come on
    # that Sunday at 10:00 is reminded on Saturday at 09:00, 24 hours before; the same time the day before would be 23.
    sunday = MONDAY + timedelta(days=6)
    await house.bellevue.add_schedule(house.bellevue.smith, weekday=7)
    visit = await house.book(at(sunday))
    due = [reminder[2] for reminder in await house.reminders(visit.id)]
    assert {one.astimezone(at(sunday).tzinfo).time() for one in due} == {time(9, 0)}
    assert all(at(sunday).astimezone(UTC) - one == DAY for one in due)


async def test_booked_three_hours_ahead_the_reminders_are_skipped_with_the_reason_and_the_confirmation_goes_out(
    house: House,
) -> None:
    visit = await house.book(house.clock.now() + timedelta(hours=3))
    assert [(status, because) for _, status, _, because in await house.reminders(visit.id)] == [
        ("skipped", PASSED),
        ("skipped", PASSED),
    ]
    sent = await house.deliver()
    assert [(one.channel, one.to) for one in sent] == [("sms", "+12125550101")]
    assert "you are booked with Dr. Amelia Smith on Monday, March 1 at 12:00 PM" in sent[0].body
    assert "http://bedside.test/m/" in sent[0].body


async def test_a_moved_visit_is_reminded_of_at_its_new_time_only(house: House) -> None:
    visit = await house.book(at(MONDAY))
    tuesday = at(MONDAY + timedelta(days=1), "11:00")
    async with house.database.transaction() as tx:
        await reschedule(tx, appointment_id=visit.id, starts_at=tuesday, actor=house.bellevue.desk)
    assert [(status, due) for _, status, due, _ in await house.reminders(visit.id)] == [
        ("cancelled", at(MONDAY) - DAY),
        ("cancelled", at(MONDAY) - DAY),
        ("scheduled", tuesday - DAY),
        ("scheduled", tuesday - DAY),
    ]
    house.clock.set(at(MONDAY) - DAY)
    assert (await house.process()).queued == 0
    bodies = [one.body for one in await house.deliver()]
    assert any("is now on Tuesday, March 9 at 11:00 AM" in body for body in bodies)
    house.clock.set(tuesday - DAY)
    assert (await house.process()).queued == 2


async def test_moved_away_and_back_the_first_reminders_come_back_to_life_and_are_sent(house: House) -> None:
    visit = await house.book(at(MONDAY))
    for starts_at in (at(MONDAY, "11:00"), at(MONDAY, "10:00")):
        async with house.database.transaction() as tx:
            await reschedule(tx, appointment_id=visit.id, starts_at=starts_at, actor=house.bellevue.desk)
    scheduled = [due for _, status, due, _ in await house.reminders(visit.id) if status == "scheduled"]
    assert scheduled == [at(MONDAY) - DAY] * 2
    await house.deliver()
    house.clock.set(at(MONDAY) - DAY)
    assert (await house.process()).queued == 2
    assert {one.channel for one in await house.deliver()} == {"sms", "whatsapp"}
    assert [status for _, status, due, _ in await house.reminders(visit.id) if due == at(MONDAY) - DAY] == ["sent"] * 2


async def test_a_cancelled_visit_keeps_no_reminder_and_its_patient_is_told_once(house: House) -> None:
    visit = await house.book(at(MONDAY))
    await house.deliver()
    async with house.database.transaction() as tx:
        await cancel(tx, appointment_id=visit.id, reason="Dr. Smith is ill", actor=house.bellevue.desk)
    assert await house.statuses(visit.id) == {"sms": "cancelled", "whatsapp": "cancelled"}
    sent = await house.deliver()
    assert len(sent) == 1
    assert "has been called off" in sent[0].body
    assert "ill" not in sent[0].body
    house.clock.set(at(MONDAY) - DAY)
    assert (await house.process()).queued == 0


async def test_a_cancellation_undone_brings_the_reminders_back(house: House) -> None:
    visit = await house.book(at(MONDAY))
    async with house.database.transaction() as tx:
        await cancel(tx, appointment_id=visit.id, reason="by mistake", actor=house.bellevue.desk)
        await undo(tx, appointment_id=visit.id, actor=house.bellevue.desk)
    assert await house.statuses(visit.id) == {"sms": "scheduled", "whatsapp": "scheduled"}


async def test_what_staff_withdrew_does_not_come_back_with_the_visit(house: House) -> None:
    visit = await house.book(at(MONDAY))
    async with house.database.transaction() as tx:
        sms = await tx.value("select id from crm.appointment_reminders where channel = 'sms'")
        await withdraw_reminder(tx, reminder_id=sms, actor=house.bellevue.desk)
        await cancel(tx, appointment_id=visit.id, reason="by mistake", actor=house.bellevue.desk)
        await undo(tx, appointment_id=visit.id, actor=house.bellevue.desk)
    assert await house.statuses(visit.id) == {"sms": "cancelled", "whatsapp": "scheduled"}


async def test_a_patient_without_a_phone_is_written_to_by_mail(house: House) -> None:
    await house.bellevue.execute("delete from crm.contact_points where kind = 'phone'")
    visit = await house.book(at(MONDAY))
    assert [(channel, status) for channel, status, _, _ in await house.reminders(visit.id)] == [("email", "scheduled")]


async def test_a_refused_channel_is_skipped_with_the_reason_for_staff_to_see(house: House) -> None:
    await house.refuse(house.bellevue.anna, "sms")
    visit = await house.book(at(MONDAY))
    assert await house.statuses(visit.id) == {"sms": "skipped", "whatsapp": "scheduled"}
    assert (await house.reminders(visit.id))[0][3] == "The patient does not want to be written to by SMS."
    assert [one.channel for one in await house.deliver()] == ["whatsapp"]


async def test_a_step_for_those_who_have_not_confirmed_goes_when_they_do(house: House) -> None:
    await house.bellevue.execute("update crm.reminder_policy_steps set only_if_unconfirmed = true")
    visit = await house.book(at(MONDAY))
    async with house.database.transaction() as tx:
        await confirm(tx, appointment_id=visit.id, actor=house.bellevue.desk)
    assert await house.statuses(visit.id) == {"sms": "cancelled", "whatsapp": "cancelled"}


@pytest.mark.parametrize("place", ["hospital", "department"])
async def test_the_most_particular_policy_holds(house: House, place: str) -> None:
    department = house.bellevue.cardiology if place == "department" else None
    policy = await house.bellevue.add(
        "reminder_policies", name="Two hours", hospital_id=house.bellevue.hospital, department_id=department
    )
    await house.bellevue.execute(
        """insert into crm.reminder_policy_steps (policy_id, lead_minutes, channels, template_key)
           values (%(policy)s, 120, '{sms}', 'appointment_reminder')""",
        policy=policy,
    )
    visit = await house.book(at(MONDAY))
    assert await house.reminders(visit.id) == [("sms", "scheduled", at(MONDAY) - timedelta(hours=2), "")]


async def test_a_booking_that_is_rolled_back_leaves_neither_reminder_nor_message(house: House) -> None:
    async def booked_and_failed() -> None:
        async with house.database.transaction() as tx:
            await book(
                tx,
                actor=house.bellevue.desk,
                patient_id=house.bellevue.anna,
                practitioner_id=house.bellevue.smith,
                starts_at=at(MONDAY),
            )
            raise ConnectionError("the power went")

    with pytest.raises(ConnectionError):
        await booked_and_failed()
    assert await house.bellevue.value("select count(*) from crm.appointment_reminders") == 0
    assert await house.bellevue.value("select count(*) from communications.message_queue") == 0
