"""How a time is taken: look, decide, insert lane after lane, claim rooms; and what to tell who did not get it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from bedside.accounts import SignedIn
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.scheduling import store_booking
from bedside.scheduling.deciding import Decision, check_reach, decide
from bedside.scheduling.free_times import alternatives
from bedside.scheduling.model import Appointment, OutsideSchedule, PatientBusy, ResourceTaken, SlotTaken, Status
from bedside.scheduling.store_booking import Look, Obstacle, Wanted

SHORTEST, LONGEST = 5, 720  # minutes


async def prepared(
    tx: Tx,
    *,
    actor: Actor,
    patient_id: int | None,
    practitioner_id: int,
    starts_at: datetime,
    hospital_id: int | None,
    department_id: int | None,
    duration_minutes: int | None,
    service_id: int | None,
    reason: str,
    source: str,
    override_reason: str | None,
) -> tuple[Look, Decision, Wanted]:
    """Looks, decides, and clears away holds that have run out."""
    if duration_minutes is not None and not SHORTEST <= duration_minutes <= LONGEST:
        raise Invalid(f"A visit lasts {SHORTEST} to {LONGEST} minutes.", pointer="/durationMinutes")
    overriding = override_reason is not None
    check_reach(starts_at, now=tx.now, overriding=overriding)
    look = await store_booking.look(
        tx,
        practitioner_id=practitioner_id,
        patient_id=patient_id,
        starts_at=starts_at,
        hospital_id=hospital_id,
        department_id=department_id,
        service_id=service_id,
    )
    if service_id is not None and look.service is None:
        raise Invalid("There is no service with this id.", pointer="/serviceId", next_step="Look in /api/services.")
    decision = await decided(
        tx,
        look,
        starts_at=starts_at,
        hospital_id=hospital_id,
        department_id=department_id,
        duration_minutes=duration_minutes,
        overriding=overriding,
        online=source == "online",
    )
    if isinstance(actor, SignedIn):
        actor.check_works_at(decision.hospital_id)
    wanted = Wanted(
        hospital_id=decision.hospital_id,
        department_id=decision.department.id,
        practitioner_id=practitioner_id,
        service_id=service_id,
        patient_id=patient_id,
        starts_at=starts_at,
        duration=decision.duration,
        before=decision.before,
        after=decision.after,
        reason=reason,
        source=source,
        override_reason=override_reason,
        booked_by_name=actor.name,
    )
    if look.expired_holds:
        await store_booking.clear_expired_holds(tx, wanted)
    return look, decision, wanted


async def decided(
    tx: Tx,
    look: Look,
    *,
    starts_at: datetime,
    hospital_id: int | None,
    department_id: int | None,
    duration_minutes: int | None,
    overriding: bool,
    online: bool = False,
) -> Decision:
    """Decides, and where the practitioner does not see patients then, says when they do."""
    try:
        return decide(
            look,
            starts_at=starts_at,
            hospital_id=hospital_id,
            department_id=department_id,
            duration_minutes=duration_minutes,
            overriding=overriding,
        )
    except OutsideSchedule as outside:
        place = next((one for one in look.departments if department_id in (None, one.id)), None)
        if place is not None and look.practitioner is not None:
            offered = await alternatives(
                tx,
                practitioner_id=look.practitioner.id,
                department_id=place.id,
                hospital_id=place.hospital_id,
                wanted=starts_at,
                service_id=look.service.id if look.service else None,
                duration_minutes=duration_minutes,
                online=online,
            )
            outside.members["alternatives"] = [msgspec.to_builtins(one) for one in offered]
        raise


def check_patient(look: Look, patient_id: int) -> None:
    """Raises Invalid (422) where no visit can be booked for the patient."""
    patient = look.patient
    if patient is None:
        raise Invalid("There is no patient with this id.", pointer="/patientId", next_step="Search /api/patients.")
    if patient.merged_into is not None:
        raise Invalid(
            f"The record of {patient.name} was merged into {patient.merged_into}.",
            pointer="/patientId",
            next_step=f"Book for patient {patient.merged_into}.",
            mergedInto=patient.merged_into,
        )
    if patient.archived:
        raise Invalid(
            f"The record of {patient.name} is archived.", pointer="/patientId", next_step="Restore the patient first."
        )


async def write(
    tx: Tx,
    actor: Actor,
    look: Look,
    decision: Decision,
    wanted: Wanted,
    *,
    status: Status,
    hold_expires_at: datetime | None = None,
    hold_token_hash: bytes | None = None,
) -> tuple[int, int, bool]:
    """Inserts, lane after lane, and claims rooms; gives id, lane, and whether an override was needed."""
    plain = wanted if decision.overridden else msgspec.structs.replace(wanted, override_reason=None)
    for _ in range(3):
        for lane in (*decision.lanes, *decision.beyond):
            above = decision.overridden or lane in decision.beyond
            made = await store_booking.insert(
                tx,
                wanted if above else plain,
                lane=lane,
                status=status,
                hold_expires_at=hold_expires_at,
                hold_token_hash=hold_token_hash,
            )
            if made is not None:
                # whoever overbooks shares the room too
                await claim_resources(tx, actor, decision, wanted, appointment_id=made, insist=not above)
                return made, lane, above
            if lane == decision.lanes[-1] or lane in decision.beyond:
                obstacles = await store_booking.in_the_way(tx, wanted)
                refuse_busy_patient(actor, look.patient.name if look.patient else "", wanted, obstacles)
                if not obstacles:
                    break  # who stood in the way is gone again: another round
        else:
            raise await slot_taken(tx, decision, wanted)
    raise await slot_taken(tx, decision, wanted)


async def claim_resources(
    tx: Tx, actor: Actor, decision: Decision, wanted: Wanted, *, appointment_id: int, insist: bool
) -> None:
    """Claims the schedule's room and one of the kind that the service needs. Raises ResourceTaken (409)."""
    if decision.resource_id is not None and not await store_booking.claim(
        tx, appointment_id=appointment_id, resource_id=decision.resource_id, wanted=wanted
    ) and insist:  # fmt: skip
        raise ResourceTaken(
            "The room of this clinic is taken then.",
            alternatives=await _alternatives(tx, decision, wanted),
            next_step="Choose one of the alternatives.",
        )
    kind = decision.service.needs_resource_kind if decision.service else None
    if kind is None:
        return
    while (free := await store_booking.free_resource(tx, kind=kind, wanted=wanted)) is not None:
        if await store_booking.claim(tx, appointment_id=appointment_id, resource_id=free, wanted=wanted):
            return
    if insist:
        raise ResourceTaken(
            f"No {kind} is free then.",
            alternatives=await _alternatives(tx, decision, wanted),
            next_step="Choose one of the alternatives.",
        )


def refuse_busy_patient(actor: Actor, name: str, wanted: Wanted, obstacles: list[Obstacle]) -> None:
    """Raises PatientBusy (409) where one of the visits in the way is the patient's own."""
    for other in obstacles:
        if other.patient_id is not None and other.patient_id == wanted.patient_id and other.overlaps_visit:
            local = other.starts_at.astimezone(ZoneInfo(other.time_zone))
            known = not isinstance(actor, SignedIn) or actor.works_at(other.hospital_id)
            named = {"id": other.id, "practitionerName": other.practitioner_name, "department": other.department}
            raise PatientBusy(
                f"{name} has a visit at {local:%H:%M} then"
                + (f", with {other.practitioner_name} ({other.department})." if known else ", at another hospital."),
                next_step="Choose another time, or move the other visit first.",
                otherAppointment={"startsAt": local.isoformat(), **(named if known else {})},
            )


async def slot_taken(tx: Tx, decision: Decision, wanted: Wanted, *, but_not: int | None = None) -> SlotTaken:
    """The 409 with what to offer instead."""
    offers = await _alternatives(tx, decision, wanted, but_not=but_not)
    local = wanted.starts_at.astimezone(decision.place.zone)
    return SlotTaken(
        f"{local:%H:%M} on {local:%A %d %B} is taken.",
        next_step="Choose one of the alternatives." if offers else "Look further ahead: nothing is free for a week.",
        alternatives=offers,
    )


async def _alternatives(tx: Tx, decision: Decision, wanted: Wanted, *, but_not: int | None = None) -> list[object]:
    found = await alternatives(
        tx,
        practitioner_id=wanted.practitioner_id,
        department_id=wanted.department_id,
        hospital_id=wanted.hospital_id,
        wanted=wanted.starts_at,
        service_id=wanted.service_id,
        duration_minutes=None if wanted.service_id else int(wanted.duration / timedelta(minutes=1)),
        online=wanted.source == "online",
        but_not=but_not,
    )
    return [msgspec.to_builtins(one) for one in found]


def as_made(
    tx: Tx, look: Look, decision: Decision, wanted: Wanted, *, id: int, lane: int, status: Status
) -> Appointment:
    """The visit as it was just written, without reading it back."""
    return Appointment(
        id=id,
        hospital_id=wanted.hospital_id,
        hospital=decision.place.name,
        time_zone=decision.place.time_zone,
        department_id=wanted.department_id,
        department=decision.department.name,
        practitioner_id=wanted.practitioner_id,
        practitioner_name=look.practitioner.name if look.practitioner else "",
        service_id=wanted.service_id,
        service=decision.service.name if decision.service else None,
        patient_id=wanted.patient_id,
        patient_name=look.patient.name if look.patient else None,
        patient_last_name=look.patient.last_name if look.patient else None,
        lane=lane,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        status=status,
        source=wanted.source,
        reason=wanted.reason,
        override_reason=None,
        hold_expires_at=None,
        cancel_reason=None,
        cancelled_by=None,
        confirmed_at=None,
        arrived_at=None,
        completed_at=None,
        cancelled_at=None,
        no_show_at=None,
        calendar_sequence=0,
        booked_by_name=wanted.booked_by_name,
        needs_new_time=False,
        version=1,
        created_at=tx.now,
        updated_at=tx.now,
    )
