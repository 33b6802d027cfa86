"""What a patient does with a visit by its link: confirm it, move it, call it off."""

from datetime import datetime

from bedside.directory import department
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.patient_access import store
from bedside.patient_access.free_days import free_beginnings
from bedside.patient_access.links import open_link
from bedside.patient_access.model import Link, NotOffered
from bedside.scheduling import Appointment, Status, appointment, cancel, confirm, reschedule

AHEAD = frozenset({Status.SCHEDULED, Status.CONFIRMED})


def acts_as(link: Link) -> Actor:
    """The patient whose link it is, as the event log names them."""
    return Actor(kind="patient", id=link.patient_id, name=link.patient_name)


def may_change(visit: Appointment, *, now: datetime) -> bool:
    """Whether the patient can still do something about the visit."""
    return visit.status in AHEAD and visit.starts_at > now


async def confirm_by_link(tx: Tx, token: str) -> Appointment:
    """The patient will come; once more changes nothing. Raises LinkUnknown, LinkOver, NotOffered (409)."""
    link, visit = await _to_act_on(tx, token)
    return await confirm(tx, appointment_id=visit.id, how="link", actor=acts_as(link))


async def cancel_by_link(tx: Tx, token: str, *, reason: str) -> Appointment:
    """The patient will not come, and says why. Raises LinkUnknown, LinkOver, NotOffered (409)."""
    link, visit = await _to_act_on(tx, token)
    return await cancel(tx, appointment_id=visit.id, reason=reason, actor=acts_as(link))


async def move_by_link(tx: Tx, token: str, *, starts_at: datetime, practitioner_id: int) -> Appointment:
    """The patient takes another time, of those that are offered. Raises what `reschedule` raises, NotOffered (409)."""
    link, visit = await _to_act_on(tx, token)
    place = await department(tx, visit.department_id)
    offered = place.online_booking and starts_at in await free_beginnings(
        tx,
        day=starts_at.astimezone(visit.zone).date(),
        department_id=visit.department_id,
        practitioner_id=practitioner_id,
        service_id=visit.service_id,
        duration_minutes=None if visit.service_id else visit.duration_minutes,
        but_not=visit.id,
    )
    if not offered:
        raise NotOffered("That time is not free any more.", next_step="Choose one of those that are.")
    return await reschedule(
        tx,
        appointment_id=visit.id,
        starts_at=starts_at,
        practitioner_id=practitioner_id,
        actor=acts_as(link),
    )


async def _to_act_on(tx: Tx, token: str) -> tuple[Link, Appointment]:
    link = await open_link(tx, token)
    visit = await appointment(tx, link.appointment_id)
    if not may_change(visit, now=tx.now):
        raise NotOffered(
            "This visit can no longer be changed here.", next_step="Please call the hospital if something is not right."
        )
    await store.use_link(tx, link_id=link.id)
    return link, visit
