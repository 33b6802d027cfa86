"""What scheduling's events do to reminders, in the transaction of the booking itself (RULES.md, Time 7)."""

from typing import Any

from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.messaging import PersonRef, enqueue
from bedside.reminders import store
from bedside.reminders.model import AHEAD, plan_ladder
from bedside.reminders.store import Facts
from bedside.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentRescheduled,
    AppointmentRestored,
)

# Written with the past of the demonstration: nobody was ever written to about those visits.
_SILENT_SOURCES = frozenset({"demonstration"})


async def plan_and_confirm(tx: Tx, event: AppointmentBooked, *, actor: Actor) -> None:
    """A visit was booked: its ladder is planned, and its confirmation queued at once, whatever the ladder says."""
    known = await _plan(tx, event.appointment_id)
    if known and event.source not in _SILENT_SOURCES:
        await _tell(tx, known, event.appointment_id, template="appointment_confirmation", key="booked", actor=actor)


async def replan(tx: Tx, event: AppointmentRescheduled, *, actor: Actor) -> None:
    """A visit was moved: what was pending is withdrawn, a ladder for the new time planned, and the patient told.

    Only another practitioner at the same time: the reminders stay, for they are read anew when they leave.
    """
    if event.starts_at != event.previous_starts_at:
        await store.withdraw(tx, appointment_id=event.appointment_id, because="The visit was moved to another time.")
        known = await _plan(tx, event.appointment_id)
    else:
        known = await store.facts(tx, appointment_id=event.appointment_id)
    if known and known.starts_at > tx.now:
        # every move is told: the time of the move keeps two of them apart
        key = f"moved:{tx.now.timestamp():.3f}"
        await _tell(tx, known, event.appointment_id, template="appointment_moved", key=key, actor=actor)


async def plan_again(tx: Tx, event: AppointmentRestored, *, actor: Actor) -> None:
    """A cancellation was undone: the reminders that were withdrawn with it come back."""
    if event.status in AHEAD:
        await _plan(tx, event.appointment_id)


async def drop(tx: Tx, event: Any, *, actor: Actor) -> None:
    """A visit took place, was missed or has begun: nothing more is to be said beforehand."""
    await store.withdraw(tx, appointment_id=event.appointment_id, because=f"The visit is {_state_of(event)}.")


async def drop_and_tell(tx: Tx, event: AppointmentCancelled, *, actor: Actor) -> None:
    """A visit was called off: its reminders are withdrawn, and the patient is told, once."""
    await store.withdraw(tx, appointment_id=event.appointment_id, because="The visit is cancelled.")
    known = await store.facts(tx, appointment_id=event.appointment_id)
    if known and known.starts_at > tx.now:
        await _tell(
            tx,
            known,
            event.appointment_id,
            template="appointment_cancelled",
            key="cancelled",
            about="cancelled_appointment",
            actor=actor,
        )


async def drop_what_asked(tx: Tx, event: AppointmentConfirmed, *, actor: Actor) -> None:
    """The patient confirmed: reminders meant for those who have not are withdrawn."""
    await store.withdraw(
        tx,
        appointment_id=event.appointment_id,
        because="The patient had confirmed already.",
        only_steps_for_unconfirmed=True,
    )


async def _plan(tx: Tx, appointment_id: int) -> Facts | None:
    """Two statements: this is part of every booking. None where the visit has begun already, or has no patient."""
    known = await store.facts(tx, appointment_id=appointment_id)
    if known is None or known.starts_at <= tx.now:
        return None
    planned = plan_ladder(known.steps, starts_at=known.starts_at, now=tx.now, reach=known.reach)
    await store.insert_planned(tx, appointment_id=appointment_id, facts=known, planned=planned)
    return known


def told_key(appointment_id: int, what: str) -> str:
    """The key of a message about a booking, a move or a cancellation: each is said once."""
    return f"appointment:{appointment_id}:{what}"


async def _tell(
    tx: Tx,
    known: Facts,
    appointment_id: int,
    *,
    template: str,
    key: str,
    about: str = "appointment",
    actor: Actor,
) -> None:
    # where nothing reaches the patient nothing is queued; the skipped reminders say so to the staff
    await enqueue(
        tx,
        key=told_key(appointment_id, key),
        to=PersonRef(kind="patient", id=known.patient_id),
        channel=None,  # the one that they prefer of those that reach them
        purpose="transactional",
        template_key=template,
        about=about,
        about_id=appointment_id,
        hospital_id=known.hospital_id,
        priority=1,
        # an answer to what somebody just did, though it be at night (RULES.md, Reminders 6)
        urgent=True,
        actor=actor,
    )


def _state_of(event: Any) -> str:
    return str(event.kind).rpartition(".")[2]
