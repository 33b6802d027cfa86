"""Sending what is due: once, by whoever is quicker, never for what no longer holds, and one bad one stops nobody."""

import asyncio
from datetime import timedelta

import pytest

from bedside.messaging.reports import Report
from bedside.messaging.status_changes import apply
from bedside.reminders import due, store
from bedside.reminders.by_hand import add_reminder, send_now, withdraw_reminder
from bedside.reminders.model import NewReminder, NothingToRemindOf, ReminderOver, TimePassed, Unreachable
from bedside.reminders.tasks import send_due
from bedside.scheduling import cancel
from tests.reminders.conftest import ANNAS_PHONE, House
from tests.scheduling.conftest import MONDAY, at

DAY = timedelta(hours=24)


async def test_what_is_due_goes_out_on_both_channels_and_counts_as_sent(house: House) -> None:
    visit = await house.book(at(MONDAY))
    await house.deliver()
    house.clock.set(at(MONDAY) - DAY - timedelta(seconds=1))
    assert (await house.process()).queued == 0
    house.clock.set(at(MONDAY) - DAY)
    assert (await house.process()).queued == 2
    assert await house.statuses(visit.id) == {"sms": "scheduled", "whatsapp": "scheduled"}  # until a provider has it
    sent = {one.channel: one for one in await house.deliver()}
    assert "Reply C to confirm" in sent["sms"].body
    assert sent["whatsapp"].whatsapp_name == "appointment_reminder"
    assert await house.statuses(visit.id) == {"sms": "sent", "whatsapp": "sent"}
    assert (await house.process()).queued == 0


async def test_two_workers_and_an_impatient_clerk_send_each_reminder_once(house: House) -> None:
    for number in range(8):
        patient = await house.bellevue.add_patient(f"Patient Number{number}")
        await house.add_contact(patient, "phone", f"+1212555011{number}")
        await house.book(at(MONDAY) + timedelta(minutes=30 * number), patient)
    await house.deliver()
    house.clock.set(at(MONDAY) - timedelta(minutes=1))
    rounds = await asyncio.gather(*(send_due(house.database) for _ in range(3)))
    assert sum(one.queued for one in rounds) == 16
    sent = await house.deliver()
    assert len(sent) == len({(one.channel, one.to) for one in sent}) == 16


async def test_a_visit_cancelled_while_its_reminder_is_sent_by_hand_makes_neither_wait_for_the_other(
    house: House,
) -> None:
    visit = await house.book(at(MONDAY))
    await house.deliver()
    reminder_id = await house.bellevue.value("select min(id) from crm.appointment_reminders")

    async def call_off() -> None:
        async with house.database.transaction() as tx:
            await cancel(tx, appointment_id=visit.id, reason="Anna called", actor=house.bellevue.desk)

    async with house.database.transaction() as tx:
        await store.lock(tx, reminder_id)
        calling_off = asyncio.create_task(call_off())
        # the visit is theirs now, the reminder is ours: whoever waits for the other's row too would wait for ever
        while not await house.bellevue.value(
            """select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
               and query like '%%crm.appointment_reminders%%'"""
        ):
            pass
        await send_now(tx, reminder_id=reminder_id, actor=house.bellevue.desk)
    await calling_off
    assert set((await house.statuses(visit.id)).values()) == {"cancelled"}
    assert [one.body for one in await house.deliver() if "called off" not in one.body] == []


async def test_a_visit_cancelled_after_its_reminder_was_queued_is_not_reminded_of(house: House) -> None:
    visit = await house.book(at(MONDAY))
    await house.deliver()
    house.clock.set(at(MONDAY) - DAY)
    assert (await house.process()).queued == 2
    async with house.database.transaction() as tx:
        await cancel(tx, appointment_id=visit.id, reason="Anna called", actor=house.bellevue.desk)
    sent = await house.deliver()
    assert [one.body for one in sent if "called off" not in one.body] == []
    assert await house.statuses(visit.id) == {"sms": "cancelled", "whatsapp": "cancelled"}


async def test_a_visit_cancelled_behind_the_back_of_reminders_is_read_again_before_sending(house: House) -> None:
    visit = await house.book(at(MONDAY))
    await house.deliver()
    # as if the cancellation had committed between the claim and the look: nothing withdrew the reminders
    await house.bellevue.execute(
        "update crm.appointments set status = 'cancelled', cancelled_at = %(now)s where id = %(id)s", id=visit.id
    )
    house.clock.set(at(MONDAY) - DAY)
    done = await house.process()
    assert (done.queued, done.cancelled) == (0, 2)
    assert await house.deliver() == []


async def test_one_patient_whose_message_cannot_be_made_does_not_stop_those_after(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = await house.book(at(MONDAY)), await house.book(at(MONDAY, "10:30"), house.bellevue.ben)
    await house.deliver()
    real = due.enqueue

    async def enqueue(tx, *, to, **more):  # type: ignore[no-untyped-def]
        if to.id == house.bellevue.anna:
            await tx.execute("select 1 / 0")  # spoils the statement, as a fault in the database would
        return await real(tx, to=to, **more)

    async def enqueue_many(tx, wanted, **more):  # type: ignore[no-untyped-def]
        await tx.execute("select 1 / 0")

    monkeypatch.setattr(due, "enqueue", enqueue)
    monkeypatch.setattr(due, "enqueue_many", enqueue_many)
    monkeypatch.setattr(due, "FEW", 1)  # all together at first, then, since that fails, one by one
    house.clock.set(at(MONDAY, "10:30") - DAY)
    done = await house.process()
    assert (done.failed, done.queued) == (2, 2)
    assert await house.statuses(anna.id) == {"sms": "failed", "whatsapp": "failed"}
    assert {one.to for one in await house.deliver()} == {"+12125550102"}
    assert await house.statuses(ben.id) == {"sms": "sent", "whatsapp": "sent"}


async def test_after_a_long_outage_visits_that_have_begun_are_skipped_not_reminded_of(house: House) -> None:
    visit = await house.book(at(MONDAY))
    await house.deliver()
    house.clock.set(at(MONDAY) + timedelta(minutes=5))
    assert (await house.process()).skipped == 2
    assert (await house.reminders(visit.id))[0][3] == "The visit had begun before it could be sent."


async def test_what_the_carrier_gives_up_shows_on_the_reminder_with_the_reason(house: House) -> None:
    visit = await house.book(at(MONDAY))
    await house.deliver()
    house.clock.set(at(MONDAY) - DAY)
    await house.process()
    await house.deliver()
    message = await house.bellevue.value(
        "select message_id from crm.appointment_reminders where appointment_id = %(id)s and channel = 'sms'",
        id=visit.id,
    )
    async with house.database.transaction() as tx:
        await apply(tx, [Report(message_id=message, status="undelivered", words="The number is not in use.")])
    assert (await house.reminders(visit.id))[0][1::2] == ("failed", "The number is not in use.")


async def test_what_whatsapp_cannot_deliver_is_sent_by_sms_once_where_the_step_says_so(house: House) -> None:
    await house.bellevue.execute(
        "update crm.reminder_policy_steps set channels = '{whatsapp}', sms_if_whatsapp_fails = true"
    )
    visit = await house.book(at(MONDAY))
    await house.deliver()
    house.clock.set(at(MONDAY) - DAY)
    await house.process()
    await house.deliver()
    message = await house.bellevue.value("select max(message_id) from crm.appointment_reminders")
    for _ in range(2):
        async with house.database.transaction() as tx:
            await apply(tx, [Report(message_id=message, status="failed", words="Not on WhatsApp.")])
    assert (await house.process()).queued == 1
    assert [one.channel for one in await house.deliver()] == ["sms"]
    assert await house.statuses(visit.id) == {"whatsapp": "failed", "sms": "sent"}


async def test_a_reminder_by_hand_goes_at_its_own_time_in_its_own_words_even_at_night(house: House) -> None:
    await house.bellevue.execute("update crm.hospitals set quiet_from = '21:00', quiet_until = '08:00'")
    visit = await house.book(at(MONDAY))
    await house.deliver()
    two_seconds = house.clock.now() + timedelta(seconds=2)
    for channel in ("sms", "whatsapp"):
        new = NewReminder(channel=channel, send_at=two_seconds, message="Please bring\nyour glasses.")  # type: ignore[arg-type]
        async with house.database.transaction() as tx:
            await add_reminder(tx, appointment_id=visit.id, new=new, actor=house.bellevue.desk)
    assert (await house.process()).queued == 0
    house.clock.advance(timedelta(seconds=2))
    assert (await house.process()).queued == 2
    sent = {one.channel: one for one in await house.deliver()}
    assert sent["sms"].body == "Please bring your glasses."
    assert sent["whatsapp"].whatsapp_name == "notice_utility"  # bare words would be refused outside the window
    assert sent["whatsapp"].whatsapp_parameters == ("Please bring your glasses.",)


async def test_a_reminder_by_hand_that_cannot_be_is_refused_and_says_why(house: House) -> None:
    visit = await house.book(at(MONDAY))
    await house.refuse(house.bellevue.anna, "whatsapp")

    async def add(**more: object) -> None:
        new = NewReminder(**{"channel": "sms", **more})  # type: ignore[arg-type]
        async with house.database.transaction() as tx:
            await add_reminder(tx, appointment_id=visit.id, new=new, actor=house.bellevue.desk)

    with pytest.raises(TimePassed, match="passed"):
        await add(send_at=house.clock.now() - timedelta(minutes=2))
    await add(send_at=house.clock.now() - timedelta(seconds=30))  # a clock that runs slow
    with pytest.raises(TimePassed, match="begun by then"):
        await add(send_at=at(MONDAY))
    with pytest.raises(Unreachable, match="does not want"):
        await add(channel="whatsapp")
    house.clock.set(at(MONDAY) + timedelta(minutes=1))
    with pytest.raises(NothingToRemindOf, match="past"):
        await add()


async def test_send_now_sends_once_and_a_withdrawn_reminder_stays_withdrawn(house: House) -> None:
    visit = await house.book(at(MONDAY))
    await house.deliver()
    async with house.database.transaction() as tx:
        ids = [row[0] for row in await tx.rows("select id from crm.appointment_reminders order by channel")]
    for _ in range(2):
        async with house.database.transaction() as tx:
            await send_now(tx, reminder_id=ids[0], actor=house.bellevue.desk)
    async with house.database.transaction() as tx:
        await withdraw_reminder(tx, reminder_id=ids[1], actor=house.bellevue.desk)
    assert [one.channel for one in await house.deliver()] == ["sms"]
    assert await house.statuses(visit.id) == {"sms": "sent", "whatsapp": "cancelled"}
    with pytest.raises(ReminderOver):
        async with house.database.transaction() as tx:
            await send_now(tx, reminder_id=ids[1], actor=house.bellevue.desk)


async def test_a_skipped_reminder_can_be_sent_by_hand(house: House) -> None:
    visit = await house.book(house.clock.now() + timedelta(hours=3))
    await house.deliver()
    async with house.database.transaction() as tx:
        first = await tx.value("select min(id) from crm.appointment_reminders")
        await send_now(tx, reminder_id=first, actor=house.bellevue.desk)
    assert len(await house.deliver()) == 1
    assert "sent" in (await house.statuses(visit.id)).values()


async def test_a_discreet_department_is_not_named_and_words_are_in_the_patients_language(house: House) -> None:
    await house.bellevue.execute("update crm.departments set discreet = true")
    await house.bellevue.execute("update crm.patients set language = 'es' where id = %(id)s", id=house.bellevue.anna)
    await house.bellevue.execute("update crm.patients set preferred_channel = 'email'")
    await house.book(at(MONDAY))
    [mail] = await house.deliver()
    assert "lunes, 8 de marzo" in mail.body
    assert "Cardiology" not in mail.body + (mail.html or "")
    assert mail.calendar is not None
    assert "DTSTART;TZID=America/New_York:20270308T100000" in mail.calendar


async def test_several_visits_of_a_family_on_one_day_and_one_phone_are_one_message_and_one_answer(house: House) -> None:
    await house.bellevue.execute("delete from crm.contact_points where patient_id = %(id)s", id=house.bellevue.ben)
    await house.add_contact(house.bellevue.ben, "phone", ANNAS_PHONE)
    tuesday = MONDAY + timedelta(days=1)
    visits = [
        await house.book(at(MONDAY)),
        await house.book(at(MONDAY, "14:00")),
        await house.book(at(MONDAY, "15:30"), house.bellevue.ben),
        await house.book(at(tuesday), house.bellevue.ben),
    ]
    await house.deliver()
    house.clock.set(at(MONDAY) - DAY)
    assert (await house.process()).queued == 6
    async with house.database.transaction() as tx:
        await cancel(tx, appointment_id=visits[1].id, reason="Anna called", actor=house.bellevue.desk)
    sent = [one for one in await house.deliver() if "called off" not in one.body]
    assert [one.channel for one in sent] == ["sms", "whatsapp"]
    assert "your visits on Monday, March 8: Anna 10:00 AM, Dr. Amelia Smith; Ben 3:30 PM" in sent[0].body
    assert "2:00 PM" not in sent[0].body  # called off since
    assert [(await house.statuses(visit.id))["sms"] for visit in visits] == ["sent", "cancelled", "sent", "scheduled"]
    house.clock.set(at(MONDAY, "15:30") - DAY)
    assert (await house.process()).queued == 0
    await house.answer("C", channel="whatsapp")
    assert [await house.status_of(visit.id) for visit in visits] == ["confirmed", "cancelled", "confirmed", "scheduled"]
    (said,) = await house.deliver()
    assert said.body == "Thank you! Your visits on Monday, March 8 are confirmed."


async def test_who_of_a_family_refused_the_channel_is_left_out_of_its_message(house: House) -> None:
    await house.bellevue.execute("delete from crm.contact_points where patient_id = %(id)s", id=house.bellevue.ben)
    await house.add_contact(house.bellevue.ben, "phone", ANNAS_PHONE)
    await house.book(at(MONDAY))
    await house.book(at(MONDAY, "15:30"), house.bellevue.ben)
    await house.deliver()
    await house.refuse(house.bellevue.ben, "sms")
    house.clock.set(at(MONDAY) - DAY)
    await house.process()
    bodies = {one.channel: one.body for one in await house.deliver()}
    assert "Ben" not in bodies["sms"]
    assert "Ben" in bodies["whatsapp"]
