"""What happens to a visit after it was booked: moved, cancelled, confirmed, checked in, completed, missed, undone."""

from datetime import datetime
from typing import Any

import msgspec

from bedside.accounts import SignedIn
from bedside.event_log import Actor, Event, record
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid, NotFound
from bedside.scheduling import store, store_booking
from bedside.scheduling.claiming import claim_resources, decided, refuse_busy_patient, slot_taken
from bedside.scheduling.deciding import Decision, check_reach, decide, may_override
from bedside.scheduling.events import (
    AppointmentArrived,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentMissed,
    AppointmentRescheduled,
    AppointmentRestored,
)
from bedside.scheduling.model import (
    ACTIVE,
    MOVABLE,
    TRANSITIONS,
    WORDS,
    Appointment,
    Status,
    TransitionRefused,
    refused,
)
from bedside.scheduling.store import Step
from bedside.scheduling.store_booking import Wanted


async def appointment(tx: Tx, appointment_id: int, *, actor: Actor | None = None) -> Appointment:
    """One visit. Raises NotFound (404), for one of a hospital that the actor does not work at too."""
    return _known(await store.appointment(tx, appointment_id), actor)


async def upcoming_of(tx: Tx, patient_ids: list[int]) -> list[Appointment]:
    """The visits ahead of the patients, soonest first."""
    return await store.upcoming_of(tx, patient_ids)


async def confirm(
    tx: Tx, *, appointment_id: int, actor: Actor, how: str = "desk", expected_version: int | None = None
) -> Appointment:
    """The patient says that they will come; once more changes nothing. Raises NotFound, TransitionRefused, Changed."""
    now = await _locked(tx, appointment_id, actor, expected_version)
    if now.status is Status.CONFIRMED:
        return now
    return await _step(
        tx, now, Step(to=Status.CONFIRMED, confirmed=True), AppointmentConfirmed(**_about(now), how=how), actor
    )


async def check_in(tx: Tx, *, appointment_id: int, actor: Actor, expected_version: int | None = None) -> Appointment:
    """The patient is here. Raises NotFound (404), TransitionRefused (409), Changed (412)."""
    now = await _locked(tx, appointment_id, actor, expected_version)
    return await _step(tx, now, Step(to=Status.ARRIVED, arrived=True), AppointmentArrived(**_about(now)), actor)


async def complete(tx: Tx, *, appointment_id: int, actor: Actor, expected_version: int | None = None) -> Appointment:
    """The visit took place. Raises NotFound (404), TransitionRefused (409), Changed (412)."""
    now = await _locked(tx, appointment_id, actor, expected_version)
    return await _step(tx, now, Step(to=Status.COMPLETED, completed=True), AppointmentCompleted(**_about(now)), actor)


async def mark_no_show(
    tx: Tx, *, appointment_id: int, actor: Actor, expected_version: int | None = None
) -> Appointment:
    """The patient did not come. Raises TransitionRefused (409) too before the visit has begun."""
    now = await _locked(tx, appointment_id, actor, expected_version)
    if now.status in MOVABLE and tx.now < now.starts_at:
        raise TransitionRefused(
            f"The visit begins at {now.starts_local:%H:%M on %A %d %B}: nobody has missed it yet.",
            next_step="Cancel it if the patient will not come.",
            currentStatus=now.status,
            allowed=sorted(TRANSITIONS[now.status] - {Status.NO_SHOW}),
        )
    return await _step(tx, now, Step(to=Status.NO_SHOW, no_show=True), AppointmentMissed(**_about(now)), actor)


async def cancel(
    tx: Tx, *, appointment_id: int, reason: str, actor: Actor, expected_version: int | None = None
) -> Appointment:
    """The visit will not take place, for a reason, which is required. Its time is free again at once."""
    if not reason.strip():
        raise Invalid("Say why it is cancelled.", pointer="/reason")
    now = await _locked(tx, appointment_id, actor, expected_version)
    step = Step(to=Status.CANCELLED, cancelled=True, cancel_reason=reason.strip(), cancelled_by=actor.name)
    return await _step(tx, now, step, AppointmentCancelled(**_about(now), reason=reason.strip()), actor)


async def change_reason(
    tx: Tx, *, appointment_id: int, reason: str, actor: Actor, expected_version: int | None = None
) -> Appointment:
    """Changes what the visit is for. Raises NotFound (404), Changed (412)."""
    now = await _locked(tx, appointment_id, actor, expected_version)
    if reason == now.reason:
        return now
    await store.set_reason(tx, appointment_id=now.id, reason=reason)
    return await store.one(tx, now.id)


async def undo(tx: Tx, *, appointment_id: int, actor: Actor, expected_version: int | None = None) -> Appointment:
    """Takes back the last step: checked in, completed, confirmed, missed, or cancelled, where the time is still free.

    Raises SlotTaken, PatientBusy (409) where it is not, TransitionRefused (409) where there is nothing to undo.
    """
    now = await _locked(tx, appointment_id, actor, expected_version)
    back = now.undoes_to
    if back is None:
        raise TransitionRefused("There is nothing to undo.", currentStatus=now.status, allowed=[])
    undone = {
        Status.CONFIRMED: Step(to=back, confirmed=False),
        Status.ARRIVED: Step(to=back, arrived=False),
        Status.COMPLETED: Step(to=back, completed=False),
        Status.CANCELLED: Step(to=back, cancelled=False),
        Status.NO_SHOW: Step(to=back, no_show=False),
    }[now.status]
    if now.status not in ACTIVE:
        decision, wanted = await _as_it_stands(tx, now, actor)
        await store_booking.lock_times_of(tx, practitioner_id=now.practitioner_id, patient_id=now.patient_id)
        await store_booking.clear_expired_holds(tx, wanted)
        if not await store.take_step(tx, appointment_id=now.id, step=undone):
            obstacles = await store_booking.in_the_way(tx, wanted, but_not=now.id)
            refuse_busy_patient(actor, now.patient_name or "", wanted, obstacles)
            raise await slot_taken(tx, decision, wanted)
        await claim_resources(tx, actor, decision, wanted, appointment_id=now.id, insist=now.override_reason is None)
    else:
        await store.take_step(tx, appointment_id=now.id, step=undone)
    after = await store.one(tx, now.id)
    await record(tx, AppointmentRestored(**_about(after), undone=now.status, status=after.status), actor=actor)
    return after


async def reschedule(
    tx: Tx,
    *,
    appointment_id: int,
    starts_at: datetime,
    actor: Actor,
    practitioner_id: int | None = None,
    duration_minutes: int | None = None,
    expected_version: int | None = None,
    override_reason: str | None = None,
) -> Appointment:
    """Moves a visit to another time, or to another practitioner, or changes how long it lasts.

    A confirmed visit that is moved to another time waits for confirmation again. Raises what `book` raises, and
    TransitionRefused (409) for one that has begun or ended. The visit keeps its time where the new one is taken.
    """
    now = await _locked(tx, appointment_id, actor, expected_version)
    if now.status not in MOVABLE:
        raise refused_move(now)
    overriding = bool(override_reason) and may_override(actor)
    check_reach(starts_at, now=tx.now, overriding=overriding)
    doctor = practitioner_id or now.practitioner_id
    same_doctor = doctor == now.practitioner_id
    look = await store_booking.look(
        tx,
        practitioner_id=doctor,
        patient_id=now.patient_id,
        starts_at=starts_at,
        hospital_id=now.hospital_id if same_doctor else None,
        department_id=now.department_id if same_doctor else None,
        service_id=now.service_id,
    )
    decision = await decided(
        tx,
        look,
        starts_at=starts_at,
        hospital_id=now.hospital_id if same_doctor else None,
        department_id=now.department_id if same_doctor else None,
        duration_minutes=duration_minutes or now.duration_minutes,
        overriding=overriding,
    )
    if isinstance(actor, SignedIn):
        actor.check_works_at(decision.hospital_id)
    wanted = _wanted(now, decision, doctor, starts_at, override_reason if overriding else None)
    await store_booking.lock_times_of(tx, practitioner_id=doctor, patient_id=now.patient_id)
    if look.expired_holds:
        await store_booking.clear_expired_holds(tx, wanted)
    lane = await _move(tx, actor, now, decision, wanted)
    await store.let_go_of_resources(tx, now.id)
    insist = not decision.overridden and lane in decision.lanes
    await claim_resources(tx, actor, decision, wanted, appointment_id=now.id, insist=insist)
    after = await store.one(tx, now.id)
    event = AppointmentRescheduled(
        **_about(after), previous_starts_at=now.starts_at, previous_practitioner_id=now.practitioner_id
    )
    await record(tx, event, actor=actor)
    return after


async def _move(tx: Tx, actor: Actor, now: Appointment, decision: Decision, wanted: Wanted) -> int:
    """Writes the new time into the first lane that takes it, and gives the lane."""
    plain = wanted if decision.overridden else msgspec.structs.replace(wanted, override_reason=None)
    obstacles = await store_booking.in_the_way(tx, wanted, but_not=now.id)
    refuse_busy_patient(actor, now.patient_name or "", wanted, obstacles)
    full = {one.lane for one in obstacles if one.practitioner_id == wanted.practitioner_id and one.overlaps_occupied}
    lanes: list[int] = [*decision.lanes, *decision.beyond]
    for lane in lanes:
        if lane not in full and await store_booking.move(
            tx,
            wanted if lane in decision.beyond else plain,
            appointment_id=now.id,
            lane=lane,
            keep_confirmed=wanted.starts_at == now.starts_at,
        ):
            return lane
    # somebody may have booked since we looked: whose visit stands in the way now?
    refuse_busy_patient(
        actor, now.patient_name or "", wanted, await store_booking.in_the_way(tx, wanted, but_not=now.id)
    )
    raise await slot_taken(tx, decision, wanted, but_not=now.id)


def refused_move(now: Appointment) -> TransitionRefused:
    """What to tell somebody who moves a visit that is under way or over."""
    return TransitionRefused(
        f"The visit is {WORDS[now.status]}, so it cannot be moved.",
        next_step="Undo the last step first, or book a new visit.",
        currentStatus=now.status,
        allowed=sorted(TRANSITIONS[now.status]),
    )


async def _as_it_stands(tx: Tx, now: Appointment, actor: Actor) -> tuple[Decision, Wanted]:
    """The visit as it would be booked today, for bringing it back: what it needs, not whether the clinic is open."""
    look = await store_booking.look(
        tx,
        practitioner_id=now.practitioner_id,
        patient_id=now.patient_id,
        starts_at=now.starts_at,
        hospital_id=now.hospital_id,
        department_id=now.department_id,
        service_id=now.service_id,
    )
    decision = decide(
        look,
        starts_at=now.starts_at,
        hospital_id=now.hospital_id,
        department_id=now.department_id,
        duration_minutes=now.duration_minutes,
        overriding=True,
    )
    return decision, _wanted(now, decision, now.practitioner_id, now.starts_at, None)


def _wanted(
    now: Appointment, decision: Decision, practitioner_id: int, starts_at: datetime, override_reason: str | None
) -> Wanted:
    return Wanted(
        hospital_id=decision.hospital_id,
        department_id=decision.department.id,
        practitioner_id=practitioner_id,
        service_id=now.service_id,
        patient_id=now.patient_id,
        starts_at=starts_at,
        duration=decision.duration,
        before=decision.before,
        after=decision.after,
        reason=now.reason,
        source=now.source,
        override_reason=override_reason,
        booked_by_name=now.booked_by_name,
    )


async def _locked(tx: Tx, appointment_id: int, actor: Actor, expected_version: int | None) -> Appointment:
    found = _known(await store.appointment(tx, appointment_id, lock=True), actor)
    check_version(expected=expected_version, actual=found.version)
    return found


def _known(found: Appointment | None, actor: Actor | None) -> Appointment:
    hidden = found is not None and isinstance(actor, SignedIn) and not actor.works_at(found.hospital_id)
    if found is None or hidden:
        raise NotFound("There is no appointment with this id.", next_step="Look in /api/appointments.")
    return found


async def _step(tx: Tx, now: Appointment, step: Step, event: Event, actor: Actor) -> Appointment:
    if step.to not in TRANSITIONS[now.status]:
        raise refused(now, step.to)
    await store.take_step(tx, appointment_id=now.id, step=step)
    if step.to not in ACTIVE:
        await store.let_go_of_resources(tx, now.id)
    after = await store.one(tx, now.id)
    await record(tx, event, actor=actor)
    return after


def _about(now: Appointment) -> dict[str, Any]:
    return {
        "appointment_id": now.id,
        "hospital_id": now.hospital_id,
        "patient_id": now.patient_id,
        "practitioner_id": now.practitioner_id,
        "department_id": now.department_id,
        "starts_at": now.starts_at,
    }
