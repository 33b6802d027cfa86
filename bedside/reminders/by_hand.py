"""What staff do with reminders: add one, send one now, withdraw one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.reminders import store
from bedside.reminders.due import process_one
from bedside.reminders.events import ReminderChanged
from bedside.reminders.model import (
    AHEAD,
    NewReminder,
    NothingToRemindOf,
    ReminderNotFound,
    ReminderOver,
    ReminderStatus,
    ReminderView,
    TimePassed,
    Unreachable,
)
from bedside.scheduling import appointment, resolve_local

# What a clock that runs slow, and a request that was on its way, may be behind.
GRACE = timedelta(minutes=1)


async def add_reminder(tx: Tx, *, appointment_id: int, new: NewReminder, actor: Actor) -> ReminderView:
    """A reminder by hand, for its own time and perhaps in its own words. It counts as urgent: no quiet hours.

    A `sendAt` without offset is a time on the hospital's wall clock. Raises AppointmentNotFound (404),
    NothingToRemindOf (409) where the visit is over or called off, TimePassed (422), Unreachable (409).
    """
    visit = await appointment(tx, appointment_id)
    if visit.status not in AHEAD or visit.starts_at <= tx.now:
        raise NothingToRemindOf(
            f"The visit is {visit.status.replace('_', ' ') if visit.status not in AHEAD else 'past'}: "
            "there is nothing to remind of.",
            next_step="Write to the patient from their page instead.",
        )
    due_at = _instant(new.send_at, now=tx.now, zone=visit.zone)
    if due_at < tx.now - GRACE:
        raise TimePassed(
            "That moment has passed.", pointer="/sendAt", next_step="Give a later one, or none to send it at once."
        )
    if due_at >= visit.starts_at:
        raise TimePassed(
            "The visit will have begun by then.", pointer="/sendAt", next_step="Give a moment before the visit."
        )
    facts = await store.facts(tx, appointment_id=appointment_id)
    if facts is None:
        raise NothingToRemindOf("The visit has no patient.")
    if obstacle := facts.reach.obstacle(new.channel):
        raise Unreachable(obstacle, pointer="/channel", next_step="Choose another channel, or call the patient.")
    made = await store.insert_by_hand(
        tx,
        appointment_id=appointment_id,
        facts=facts,
        channel=new.channel,
        due_at=due_at,
        message=new.message,
        by=actor.name,
    )
    return await _told(tx, made, actor)


def _instant(given: datetime | None, *, now: datetime, zone: ZoneInfo) -> datetime:
    if given is None:
        return now
    try:
        if given.tzinfo is None:
            return resolve_local(given.date(), given.time(), zone, pointer="/sendAt")
        return given.astimezone(UTC)
    except OverflowError:  # the first and the last day that there is, moved by an offset
        raise TimePassed("That moment is out of reach.", pointer="/sendAt") from None


async def reminder(tx: Tx, reminder_id: int) -> ReminderView:
    """One reminder. Raises ReminderNotFound (404)."""
    found = await store.view(tx, reminder_id)
    if found is None:
        raise ReminderNotFound("There is no such reminder.", next_step="Look at the list of reminders again.")
    return found


async def send_now(tx: Tx, *, reminder_id: int, actor: Actor) -> ReminderView:
    """Sends a reminder without waiting for its time; one that failed or was skipped is tried again.

    Raises ReminderNotFound (404), ReminderOver (409) where it has gone out or was withdrawn.
    """
    locked = await store.lock(tx, reminder_id)
    if locked is None:
        raise ReminderNotFound("There is no such reminder.", next_step="Look at the list of reminders again.")
    status, message_id = locked
    if status in (ReminderStatus.SENT, ReminderStatus.CANCELLED):
        raise ReminderOver(
            f"This reminder is {status}, so it cannot be sent now.", next_step="Add a reminder by hand instead."
        )
    if status == ReminderStatus.SCHEDULED and message_id is not None:
        return await reminder(tx, reminder_id)  # its message is in the queue already: asking twice sends once
    await store.make_due(tx, reminder_id=reminder_id)
    await process_one(tx, reminder_id=reminder_id)
    return await _told(tx, reminder_id, actor)


async def withdraw_reminder(tx: Tx, *, reminder_id: int, actor: Actor) -> ReminderView:
    """Withdraws a reminder that has not gone out. Raises ReminderNotFound (404), ReminderOver (409)."""
    locked = await store.lock(tx, reminder_id)
    if locked is None:
        raise ReminderNotFound("There is no such reminder.", next_step="Look at the list of reminders again.")
    if locked[0] == ReminderStatus.CANCELLED:
        return await reminder(tx, reminder_id)
    if locked[0] != ReminderStatus.SCHEDULED:
        raise ReminderOver(f"This reminder is {locked[0]}, so it cannot be withdrawn.")
    await store.settle(
        tx, reminder_id=reminder_id, status=ReminderStatus.CANCELLED, because=f"Withdrawn by {actor.name}."
    )
    await store.keep_withdrawn(tx, reminder_id=reminder_id)
    return await _told(tx, reminder_id, actor)


async def _told(tx: Tx, reminder_id: int, actor: Actor) -> ReminderView:
    shown = await reminder(tx, reminder_id)
    await record(
        tx,
        ReminderChanged(
            reminder_id=shown.id,
            appointment_id=shown.appointment_id,
            channel=shown.channel,
            status=shown.status,
            because=shown.because,
            hospital_id=shown.hospital_id,
            patient_id=shown.patient_id,
        ),
        actor=actor,
    )
    return shown
