"""Whether a visit may be booked at a time, from what one query read. Pure: the database decides who wins."""

from datetime import UTC, datetime, timedelta

import msgspec

from bedside.accounts import Permission, SignedIn
from bedside.event_log import Actor
from bedside.kit.http.problems import Invalid
from bedside.scheduling.availability import Facts, Place, Window, holiday, seat
from bedside.scheduling.local_time import local_day
from bedside.scheduling.model import InThePast, OutsideSchedule
from bedside.scheduling.store_booking import Department, Look, Service

FURTHEST = timedelta(days=3 * 366)
BACKDATED = timedelta(hours=12)  # the desk writes down who came without an appointment this morning
ORDINARY_MINUTES = 30  # of a visit that no schedule and no service gives a length
OVERBOOKED_LANES = 10


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A visit may be booked: where, for how long, and in which lanes."""

    hospital_id: int
    department: Department
    place: Place
    service: Service | None
    duration: timedelta
    before: timedelta
    after: timedelta
    lanes: range
    beyond: range
    """Lanes above the capacity, for whoever may overbook."""
    resource_id: int | None
    overridden: bool


def may_override(actor: Actor) -> bool:
    """Whether somebody may book outside schedules and above capacity, given a reason."""
    return isinstance(actor, SignedIn) and actor.may(Permission.APPOINTMENTS_OVERRIDE)


def check_reach(starts_at: datetime, *, now: datetime, overriding: bool) -> None:
    """Raises InThePast (422) for times gone by (12 hours back with an override) and beyond three years; Invalid for
    seconds."""
    if starts_at.second or starts_at.microsecond:
        raise Invalid("Visits begin at whole minutes.", pointer="/startsAt", next_step="Send the time without seconds.")
    if starts_at < now - (BACKDATED if overriding else timedelta()):
        raise InThePast(
            "That time has gone by.",
            pointer="/startsAt",
            next_step="Choose a time ahead; /api/appointments/availability lists the free ones."
            if not overriding
            else "With an override, a visit can be entered up to 12 hours later.",
        )
    if starts_at > now + FURTHEST:
        raise InThePast("That is more than three years ahead.", pointer="/startsAt", next_step="Choose a nearer time.")


def decide(
    look: Look,
    *,
    starts_at: datetime,
    hospital_id: int | None,
    department_id: int | None,
    duration_minutes: int | None,
    overriding: bool,
) -> Decision:
    """Where and for how long the visit may be. Raises Invalid (422) for ids that do not fit each other,
    OutsideSchedule (422) where the practitioner does not see patients then."""
    doctor = look.practitioner
    if doctor is None or doctor.archived:
        raise Invalid(
            "There is no practitioner with this id." if doctor is None else f"{doctor.name} no longer works here.",
            pointer="/practitionerId",
            next_step="Look in /api/practitioners.",
        )
    service = look.service
    if service is not None and service.archived:
        raise Invalid(f"“{service.name}” is no longer offered.", pointer="/serviceId")
    if service is not None and not service.offered:
        raise Invalid(f"{doctor.name} does not offer “{service.name}”.", pointer="/serviceId")
    if service is not None and department_id not in (None, service.department_id):
        raise Invalid(f"“{service.name}” is a service of another department.", pointer="/serviceId")
    wanted_department = department_id or (service.department_id if service else None)
    length = duration_minutes or (service.duration_minutes if service else None)
    places = {place.id: place for place in look.places}
    clinics = [one for one in look.clinics if wanted_department in (None, one.department_id)]
    extra = [one for one in look.exceptions if one.kind != "extra_clinic" or one.department_id in
             (wanted_department or one.department_id, None)]  # fmt: skip
    facts = Facts(places=places, clinics=clinics, exceptions=extra)
    at = int(starts_at.timestamp())
    window = seat(facts, practitioner_id=doctor.id, starts=at, duration=length * 60 if length else None)
    if window is None and not overriding:
        raise OutsideSchedule(
            why_closed(facts, doctor.name, starts_at, look),
            pointer="/startsAt",
            next_step="Choose a time from /api/appointments/availability, or, if you may, give an overrideReason.",
        )
    if window is not None:
        department = next(one for one in look.departments if one.id == window.department_id)
        place = places[window.hospital_id]
    else:
        department = _department(look, doctor.name, wanted_department, hospital_id)
        place = places[department.hospital_id]
    minutes = length or (window.slot // 60 if window else ORDINARY_MINUTES)
    lanes = window.lanes if window else 1
    return Decision(
        hospital_id=place.id,
        department=department,
        place=place,
        service=service,
        duration=timedelta(minutes=minutes),
        before=_longer(window.before if window else 0, service.buffer_before if service else 0),
        after=_longer(window.after if window else 0, service.buffer_after if service else 0),
        lanes=range(lanes),
        beyond=range(lanes, lanes + OVERBOOKED_LANES) if overriding else range(0),
        resource_id=_room(window),
        overridden=window is None,
    )


def _room(window: Window | None) -> int | None:
    """The room of the schedule. Several seats at once share it, so only a single one claims it."""
    return window.resource_id if window is not None and window.lanes == 1 else None


def _longer(seconds: int, minutes: int) -> timedelta:
    return max(timedelta(seconds=seconds), timedelta(minutes=minutes))


def _department(look: Look, name: str, department_id: int | None, hospital_id: int | None) -> Department:
    """Where a visit outside every schedule takes place: said in the request, or the only place there is."""
    fitting = [
        one
        for one in look.departments
        if not one.archived and department_id in (None, one.id) and hospital_id in (None, one.hospital_id)
    ]
    open_places = {place.id for place in look.places}
    fitting = [one for one in fitting if one.hospital_id in open_places]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise Invalid(f"{name} does not work there.", pointer="/departmentId", next_step="Choose another department.")
    raise Invalid(
        f"{name} works in {len(fitting)} departments.",
        pointer="/departmentId",
        next_step="Send departmentId: " + ", ".join(f"{one.id} ({one.name})" for one in fitting) + ".",
    )


def why_closed(facts: Facts, name: str, starts_at: datetime, look: Look) -> str:
    """Why nobody can be booked then, in words."""
    at = int(starts_at.timestamp())
    place = look.places[0] if look.places else None
    zone = place.zone if place else UTC
    when = f"{starts_at.astimezone(zone):%A %d %B %Y at %H:%M}"
    if place is not None:
        day = local_day(place.zone, at).toordinal()
        if day_off := holiday(place, day):
            return f"{place.name} is closed on {when}: {day_off}."
    for one in facts.exceptions:
        if one.kind != "extra_clinic" and one.starts <= at < one.ends:
            if one.kind == "leave":
                return f"{name} is on leave on {when}."
            return f"{place.name if place else 'The hospital'} is closed on {when}."
    return f"{name} does not see patients on {when}."
