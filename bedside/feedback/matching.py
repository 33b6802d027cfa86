"""Which visit somebody speaks of: named, or found by the patient and the day; and what that decides."""

from datetime import date, datetime, time, timedelta

import msgspec

from bedside.accounts import SignedIn
from bedside.directory import Hospital, hospital
from bedside.event_log import Actor
from bedside.feedback import store
from bedside.feedback.model import (
    NewFeedback,
    Visit,
    VisitNotCompleted,
    VisitRefused,
    VisitUnclear,
)
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid, NotFound
from bedside.patients import NoSuchPatient, Patient, patient

EARLIEST = date(2000, 1, 1)


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """What feedback is about. Without `visit` it matched none; without `who` nobody said whose it is."""

    visit: Visit | None
    who: Patient | None
    place: Hospital | None
    day: date

    def today(self, now: datetime) -> date:
        """The day at the hospital; where none is known, the day that has begun everywhere."""
        return now.astimezone(self.place.zone).date() if self.place else (now - timedelta(hours=12)).date()

    def day_begins(self, now: datetime) -> datetime:
        """When the day began at the hospital: all that is kept of an anonymous answer's time."""
        if self.place is None:
            return now.replace(hour=0, minute=0, second=0, microsecond=0)
        local = now.astimezone(self.place.zone)
        return datetime.combine(local.date(), time(), self.place.zone)


async def match(tx: Tx, *, new: NewFeedback, actor: Actor) -> Matched:
    """Finds what is spoken of. Raises VisitRefused, VisitNotCompleted, VisitUnclear, Invalid (422), Forbidden (403)."""
    user = actor if isinstance(actor, SignedIn) else None
    if user is not None:
        user.check_works_at(new.hospital_id)
    if new.appointment_id is not None:
        visit = await named_visit(tx, new.appointment_id, user)
        _check_says_the_same(new, visit)
        return Matched(
            visit=visit,
            who=await patient(tx, visit.patient_id),
            place=await hospital(tx, visit.hospital_id),
            day=visit.day,
        )
    if new.patient_id is None:
        return await _of_nobody(tx, new)
    if new.visit_date is None:
        raise Invalid(
            "Say which visit it is about.",
            pointer="/visitDate",
            next_step="Send appointmentId, or visitDate with patientId.",
        )
    who = await _patient(tx, new.patient_id)
    place = await _place(tx, new, who, user)
    day = _checked_day(tx, new.visit_date, place)
    found = await store.completed_visits(
        tx, patient_id=who.id, day=day, hospital_id=new.hospital_id, within=user.hospitals if user else None
    )
    if len(found) > 1:
        raise VisitUnclear(
            f"{who.name} had {len(found)} visits on that day.",
            pointer="/visitDate",
            next_step="Send the appointmentId of the one that is meant.",
            visits=[
                {
                    "appointmentId": one.id,
                    "startsAt": one.starts_at.isoformat(),
                    "practitionerName": one.practitioner_name,
                    "hospital": one.hospital,
                }
                for one in found
            ],
        )
    if not found:
        return Matched(visit=None, who=who, place=place, day=day)
    return Matched(visit=found[0], who=who, place=await hospital(tx, found[0].hospital_id), day=day)


async def named_visit(tx: Tx, appointment_id: int, user: SignedIn | None = None) -> Visit:
    """A visit that took place. Raises VisitRefused, VisitNotCompleted (422)."""
    visit = await store.visit(tx, appointment_id)
    if visit is None or (user is not None and not user.works_at(visit.hospital_id)):
        raise VisitRefused(
            "There is no visit with this id, or it is not yours to see.",
            pointer="/appointmentId",
            next_step="Look in /api/appointments.",
        )
    if visit.status != "completed":
        raise VisitNotCompleted(
            "The visit has not taken place: nothing can be said of it yet.",
            pointer="/appointmentId",
            next_step="Complete the visit first.",
            visitStatus=visit.status,
        )
    return visit


def _check_says_the_same(new: NewFeedback, visit: Visit) -> None:
    if new.patient_id not in (None, visit.patient_id):
        raise VisitRefused(
            "That visit is not this patient's.", pointer="/appointmentId", next_step="Leave patientId out, or check it."
        )
    if new.visit_date not in (None, visit.day):
        raise VisitRefused(
            f"That visit was on {visit.day}.", pointer="/visitDate", next_step="Leave visitDate out, or check it."
        )
    if new.hospital_id not in (None, visit.hospital_id):
        raise VisitRefused(
            "That visit was at another hospital.", pointer="/hospitalId", next_step="Leave hospitalId out."
        )


async def _of_nobody(tx: Tx, new: NewFeedback) -> Matched:
    """Anonymous feedback that was never known whose it is: from a device in the hall, say."""
    if not new.anonymous:
        raise Invalid(
            "Say which visit it is about.",
            pointer="/appointmentId",
            next_step="Send appointmentId, or patientId with visitDate.",
        )
    if new.hospital_id is None:
        raise Invalid("Say which hospital it is about.", pointer="/hospitalId")
    place = await _hospital(tx, new.hospital_id)
    day = _checked_day(tx, new.visit_date or tx.now.astimezone(place.zone).date(), place)
    return Matched(visit=None, who=None, place=place, day=day)


async def _patient(tx: Tx, patient_id: int) -> Patient:
    try:
        return await patient(tx, patient_id)
    except NoSuchPatient:
        raise Invalid(
            "There is no patient with this id.", pointer="/patientId", next_step="Look the patient up again."
        ) from None


async def _hospital(tx: Tx, hospital_id: int) -> Hospital:
    try:
        return await hospital(tx, hospital_id)
    except NotFound:
        raise Invalid(
            "There is no hospital with this id.", pointer="/hospitalId", next_step="Look in /api/hospitals."
        ) from None


async def _place(tx: Tx, new: NewFeedback, who: Patient, user: SignedIn | None) -> Hospital | None:
    """Where the visit must have been: as said, the only hospital of who writes it down, or the patient's own."""
    if new.hospital_id is not None:
        return await _hospital(tx, new.hospital_id)
    if user is not None and user.hospital_ids is not None and len(user.hospital_ids) == 1:
        return await hospital(tx, next(iter(user.hospital_ids)))
    if who.hospital_id is not None and (user is None or user.works_at(who.hospital_id)):
        return await hospital(tx, who.hospital_id)
    return None


def _checked_day(tx: Tx, day: date, place: Hospital | None) -> date:
    # where no hospital is known it may be tomorrow somewhere
    today = tx.now.astimezone(place.zone).date() if place else (tx.now + timedelta(hours=14)).date()
    if not EARLIEST <= day <= today:
        raise Invalid("A visit that can be rated was on a day that has been.", pointer="/visitDate")
    return day
