"""Booking and holding a time. The database decides who gets it; this says what to tell the one who did not."""

from datetime import datetime, timedelta

from bedside.accounts import SignedIn
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.tokens import hashed, new_token
from bedside.scheduling import store, store_booking
from bedside.scheduling.claiming import as_made, check_patient, prepared, refuse_busy_patient, write
from bedside.scheduling.deciding import may_override
from bedside.scheduling.events import AppointmentBooked
from bedside.scheduling.model import Appointment, HoldGone, Status
from bedside.scheduling.store_booking import Wanted

HOLD = timedelta(minutes=10)


async def book(
    tx: Tx,
    *,
    actor: Actor,
    patient_id: int,
    practitioner_id: int,
    starts_at: datetime,
    hospital_id: int | None = None,
    department_id: int | None = None,
    duration_minutes: int | None = None,
    service_id: int | None = None,
    reason: str = "",
    source: str = "desk",
    override_reason: str | None = None,
    hold_token: str | None = None,
) -> Appointment:
    """Books a visit at an instant. Hospital and department are those of the schedule that the time lies in, unless
    given; the length is `duration_minutes`, else the service's, else one slot.

    `override_reason` books outside schedules, above capacity and up to 12 hours back, for who has the permission.
    `hold_token` turns the holder's own hold into the visit. Raises SlotTaken, PatientBusy, ResourceTaken (409),
    OutsideSchedule, InThePast, Invalid (422), HoldGone (410), Forbidden (403) for another hospital's times.
    """
    if hold_token is not None:
        return await _take_hold(tx, actor=actor, token=hold_token, patient_id=patient_id, reason=reason)
    overriding = bool(override_reason) and may_override(actor)
    look, decision, wanted = await prepared(
        tx,
        actor=actor,
        patient_id=patient_id,
        practitioner_id=practitioner_id,
        starts_at=starts_at,
        hospital_id=hospital_id,
        department_id=department_id,
        duration_minutes=duration_minutes,
        service_id=service_id,
        reason=reason,
        source=source,
        override_reason=override_reason if overriding else None,
    )
    check_patient(look, patient_id)
    appointment_id, lane, overridden = await write(tx, actor, look, decision, wanted, status=Status.SCHEDULED)
    made = as_made(tx, look, decision, wanted, id=appointment_id, lane=lane, status=Status.SCHEDULED)
    made.override_reason = override_reason if overridden else None
    await record(tx, _booked(made), actor=actor)
    return made


async def hold(
    tx: Tx,
    *,
    actor: Actor,
    practitioner_id: int,
    starts_at: datetime,
    hospital_id: int | None = None,
    department_id: int | None = None,
    duration_minutes: int | None = None,
    service_id: int | None = None,
    source: str = "desk",
    lasts: timedelta = HOLD,
) -> tuple[Appointment, str]:
    """Keeps a time for a while, for somebody who is still typing; gives the hold and its token, which `book` takes.

    It blocks everybody else, and runs out by itself. Raises what `book` raises.
    """
    look, decision, wanted = await prepared(
        tx,
        actor=actor,
        patient_id=None,
        practitioner_id=practitioner_id,
        starts_at=starts_at,
        hospital_id=hospital_id,
        department_id=department_id,
        duration_minutes=duration_minutes,
        service_id=service_id,
        reason="",
        source=source,
        override_reason=None,
    )
    token = new_token()
    expires = tx.now + lasts
    appointment_id, lane, _ = await write(
        tx, actor, look, decision, wanted, status=Status.HELD, hold_expires_at=expires, hold_token_hash=hashed(token)
    )
    made = as_made(tx, look, decision, wanted, id=appointment_id, lane=lane, status=Status.HELD)
    made.hold_expires_at = expires
    return made, token


async def release_hold(tx: Tx, *, token: str) -> None:
    """Lets go of a held time; one that is gone already is no error."""
    held = await store_booking.held(tx, hashed(token))
    if held is None:
        return
    await store.take_step(
        tx,
        appointment_id=held.id,
        step=store.Step(to=Status.CANCELLED, cancelled=True, cancel_reason="The hold was released"),
    )
    await store.let_go_of_resources(tx, held.id)


async def _take_hold(tx: Tx, *, actor: Actor, token: str, patient_id: int, reason: str) -> Appointment:
    held = await store_booking.held(tx, hashed(token))
    if held is None or held.expired:
        raise HoldGone("The time was held for you, but not for ever.", next_step="Choose a time again.")
    if isinstance(actor, SignedIn):
        actor.check_works_at(held.hospital_id)
    look = await store_booking.look(
        tx,
        practitioner_id=held.practitioner_id,
        patient_id=patient_id,
        starts_at=held.starts_at,
        hospital_id=held.hospital_id,
        department_id=held.department_id,
        service_id=held.service_id,
    )
    check_patient(look, patient_id)
    wanted = Wanted(
        hospital_id=held.hospital_id,
        department_id=held.department_id,
        practitioner_id=held.practitioner_id,
        service_id=held.service_id,
        patient_id=patient_id,
        starts_at=held.starts_at,
        duration=held.ends_at - held.starts_at,
        before=timedelta(),
        after=timedelta(),
        reason=reason,
        source=held.source,
        override_reason=None,
        booked_by_name=actor.name,
    )
    if look.expired_holds:
        await store_booking.clear_expired_holds(tx, wanted)
    await store_booking.lock_times_of(tx, practitioner_id=held.practitioner_id, patient_id=patient_id)
    if not await store_booking.take_hold(
        tx, appointment_id=held.id, patient_id=patient_id, reason=reason, booked_by_name=actor.name
    ):
        obstacles = await store_booking.in_the_way(tx, wanted, but_not=held.id)
        refuse_busy_patient(actor, look.patient.name if look.patient else "", wanted, obstacles)
        raise HoldGone("The time could not be taken.", next_step="Choose a time again.")
    made = await store.one(tx, held.id)
    await record(tx, _booked(made), actor=actor)
    return made


def _booked(made: Appointment) -> AppointmentBooked:
    return AppointmentBooked(
        appointment_id=made.id,
        hospital_id=made.hospital_id,
        patient_id=made.patient_id,
        practitioner_id=made.practitioner_id,
        department_id=made.department_id,
        starts_at=made.starts_at,
        source=made.source,
    )
