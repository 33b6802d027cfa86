"""Changing when practitioners see patients. Whom it hits is shown first, and nothing vanishes: their visits are kept
and marked as needing a new time (RULES, time and scheduling, 6)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bedside.accounts import SignedIn
from bedside.accounts import audit as write_audit
from bedside.directory import Hospital, holidays_of, hospital
from bedside.event_log import record
from bedside.follow_ups import open_task
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.text import one_line
from bedside.kit.wire import given
from bedside.scheduling import store, store_availability, store_schedules
from bedside.scheduling.availability import Facts, seat
from bedside.scheduling.events import ScheduleChanged
from bedside.scheduling.local_time import resolve_local
from bedside.scheduling.model import Appointment, ScheduleOverlaps
from bedside.scheduling.schedule_model import (
    Absence,
    Affected,
    HolidayPolicy,
    NewException,
    NewSchedule,
    Schedule,
    ScheduleChanges,
)
from bedside.scheduling.views import AppointmentView

_FIELDS = (
    "weekday", "starts", "ends", "slot_minutes", "lanes", "buffer_before_minutes", "buffer_after_minutes",
    "valid_from", "valid_to", "resource_id",
)  # fmt: skip


class _OnlyLooking(Exception):
    """Ends a preview: what was tried is undone."""


async def add_schedule(tx: Tx, *, new: NewSchedule, actor: SignedIn, preview: bool = False) -> Affected:
    """Adds a weekly schedule; adding hits nobody. Raises Invalid (422), ScheduleOverlaps (409), Forbidden (403)."""
    known, hospital_id = await store_schedules.belongs(
        tx, practitioner_id=new.practitioner_id, department_id=new.department_id
    )
    if not known:
        raise Invalid("There is no practitioner with this id.", pointer="/practitionerId")
    if hospital_id is None or new.hospital_id not in (None, hospital_id):
        raise Invalid("There is no such department at the hospital.", pointer="/departmentId")
    actor.check_works_at(hospital_id)
    place = await hospital(tx, hospital_id)
    values = {name: getattr(new, name) for name in _FIELDS} | {
        "practitioner_id": new.practitioner_id,
        "hospital_id": hospital_id,
        "department_id": new.department_id,
        "valid_from": new.valid_from or tx.now.astimezone(place.zone).date(),
    }
    _check(values)

    async def change() -> int:
        made = await store_schedules.insert_schedule(tx, values)
        if made is None:
            raise _overlaps()
        await write_audit(tx, actor=actor, action="schedule.added", subject="schedule", subject_id=made, after=values)
        await _tell(tx, actor, made, hospital_id, new.practitioner_id, "schedule")
        return made

    return await _change(tx, change, actor=actor, practitioner_id=new.practitioner_id, preview=preview)


async def change_schedule(
    tx: Tx,
    *,
    schedule_id: int,
    changes: ScheduleChanges,
    actor: SignedIn,
    expected_version: int | None = None,
    preview: bool = False,
) -> Affected:
    """Changes a weekly schedule. Raises NotFound (404), Changed (412), Invalid (422), ScheduleOverlaps (409)."""
    now = await _schedule(tx, schedule_id, actor)
    check_version(expected=expected_version, actual=now.version)
    values = {name: getattr(now, name) for name in _FIELDS}
    before = dict(values)
    values |= given(changes)
    _check(values)

    async def change() -> int:
        if not await store_schedules.update_schedule(tx, now.id, values):
            raise _overlaps()
        await write_audit(
            tx,
            actor=actor,
            action="schedule.changed",
            subject="schedule",
            subject_id=now.id,
            before=before,
            after=values,
        )
        await _tell(tx, actor, now.id, now.hospital_id, now.practitioner_id, "schedule")
        return now.id

    return await _change(tx, change, actor=actor, practitioner_id=now.practitioner_id, preview=preview)


async def remove_schedule(tx: Tx, *, schedule_id: int, actor: SignedIn, preview: bool = False) -> Affected:
    """Removes a weekly schedule; the visits in it are kept. Raises NotFound (404)."""
    now = await _schedule(tx, schedule_id, actor)

    async def change() -> int:
        await store_schedules.delete_schedule(tx, now.id)
        await write_audit(
            tx, actor=actor, action="schedule.removed", subject="schedule", subject_id=now.id, before=_plain(now)
        )
        await _tell(tx, actor, now.id, now.hospital_id, now.practitioner_id, "schedule")
        return now.id

    return await _change(tx, change, actor=actor, practitioner_id=now.practitioner_id, preview=preview)


async def add_exception(tx: Tx, *, new: NewException, actor: SignedIn, preview: bool = False) -> Affected:
    """Adds leave, an extra clinic or a closure. Raises Invalid (422), NotFound (404), Forbidden (403)."""
    values = await _exception_values(tx, new, actor)

    async def change() -> int:
        made = await store_schedules.insert_exception(tx, values)
        await write_audit(
            tx, actor=actor, action=f"{new.kind}.added", subject="schedule_exception", subject_id=made, after=values
        )
        await _tell(tx, actor, made, values["hospital_id"], new.practitioner_id, new.kind)
        return made

    return await _change(
        tx, change, actor=actor, practitioner_id=new.practitioner_id, hospital_id=values["hospital_id"],
        department_id=new.department_id, preview=preview,
        since=values["starts_at"], until=values["ends_at"], takes_all=new.kind != "extra_clinic",
    )  # fmt: skip


async def remove_exception(tx: Tx, *, exception_id: int, actor: SignedIn, preview: bool = False) -> Affected:
    """Takes leave, an extra clinic or a closure back; visits that fit again no longer need a new time."""
    now = await store_schedules.exception(tx, exception_id, hospital_ids=actor.hospitals)
    if now is None:
        raise NotFound("There is no such exception.", next_step="Look in /api/schedule-exceptions.")
    actor.check_works_at(now.hospital_id)

    async def change() -> int:
        await store_schedules.delete_exception(tx, now.id)
        await write_audit(
            tx, actor=actor, action=f"{now.kind}.removed", subject="schedule_exception", subject_id=now.id,
            before=_plain(now),
        )  # fmt: skip
        await _tell(tx, actor, now.id, now.hospital_id, now.practitioner_id, now.kind)
        return now.id

    return await _change(
        tx, change, actor=actor, practitioner_id=now.practitioner_id, hospital_id=now.hospital_id,
        department_id=now.department_id, preview=preview, since=now.starts_at, until=now.ends_at,
    )  # fmt: skip


async def holiday_policy(tx: Tx, *, hospital_id: int, actor: SignedIn) -> HolidayPolicy:
    """Whether a hospital closes on public holidays, and those of the next 365 days. Raises NotFound (404)."""
    place = await _place(tx, hospital_id, actor)
    today = tx.now.astimezone(place.zone).date()
    days = holidays_of(place, since=today, until=today + timedelta(days=365))
    return HolidayPolicy(
        hospital_id=hospital_id,
        closed=await store_schedules.closed_on_holidays(tx, hospital_id),
        holidays={day.isoformat(): name for day, name in sorted(days.items())},
    )


async def set_holiday_policy(
    tx: Tx, *, hospital_id: int, closed: bool, actor: SignedIn, preview: bool = False
) -> Affected:
    """Says whether weekly schedules of a hospital stand still on public holidays. Raises NotFound (404)."""
    await _place(tx, hospital_id, actor)

    async def change() -> int:
        await store_schedules.set_closed_on_holidays(tx, hospital_id, closed=closed)
        await write_audit(
            tx, actor=actor, action="holiday_policy.set", subject="hospital", subject_id=hospital_id,
            after={"closed": closed},
        )  # fmt: skip
        await _tell(tx, actor, hospital_id, hospital_id, None, "holidays")
        return hospital_id

    return await _change(tx, change, actor=actor, practitioner_id=None, hospital_id=hospital_id, preview=preview)


async def _change(
    tx: Tx,
    change: Callable[[], Awaitable[int]],
    *,
    actor: SignedIn,
    practitioner_id: int | None,
    hospital_id: int | None = None,
    department_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    takes_all: bool = False,
    preview: bool,
) -> Affected:
    """Makes the change and finds the visits that had a place before it and have none after. A preview is the very
    change, undone. `takes_all`: leave takes visits too that stood outside every schedule."""
    visits = await store_schedules.visits_ahead(
        tx,
        practitioner_id=practitioner_id,
        hospital_id=hospital_id,
        department_id=department_id,
        since=since,
        until=until,
    )
    before = await _facts(tx, visits, practitioner_id)
    made: int | None = None
    hit: list[Appointment] = []
    try:
        async with tx.savepoint():
            made = await change()
            after = await _facts(tx, visits, practitioner_id)
            hit = [one for one in visits if not _seated(after, one) and (takes_all or _seated(before, one))]
            well = [one.id for one in visits if one.needs_new_time and _seated(after, one)]
            await _mark(tx, hit, well)
            if preview:
                raise _OnlyLooking
    except _OnlyLooking:
        made = None
    seen = [one for one in hit if actor.works_at(one.hospital_id)]
    return Affected(id=made, preview=preview, affected=[AppointmentView.of(one) for one in seen])


async def _facts(tx: Tx, visits: list[Appointment], practitioner_id: int | None) -> Facts | None:
    if not visits:
        return None
    return await store_availability.facts(
        tx,
        since=visits[0].starts_at.date() - timedelta(days=1),
        until=visits[-1].starts_at.date() + timedelta(days=1),
        practitioner_id=practitioner_id,
    )


def _seated(facts: Facts | None, one: Appointment) -> bool:
    if facts is None:
        return False
    length = one.duration_minutes * 60
    window = seat(facts, practitioner_id=one.practitioner_id, starts=int(one.starts_at.timestamp()), duration=length)
    return window is not None and window.hospital_id == one.hospital_id


async def _mark(tx: Tx, hit: list[Appointment], well: list[int]) -> None:
    await store_schedules.need_new_time(tx, well, needed=False)
    await store_schedules.need_new_time(tx, [one.id for one in hit], needed=True)
    for one in hit:
        if one.needs_new_time:
            continue
        await open_task(
            tx,
            key=f"new-time:{one.id}:{one.version}",
            title=f"Find {one.patient_name} a new time",
            details=f"{one.practitioner_name} cannot see them on {one.starts_local:%A %d %B %Y at %H:%M}.",
            subject="appointment",
            subject_id=one.id,
            patient_id=one.patient_id,
            hospital_id=one.hospital_id,
            for_role="front_desk",
            due_at=max(tx.now, one.starts_at - timedelta(days=1)),
        )


async def _exception_values(tx: Tx, new: NewException, actor: SignedIn) -> dict[str, Any]:
    known, department_hospital = await store_schedules.belongs(
        tx, practitioner_id=new.practitioner_id, department_id=new.department_id
    )
    if new.practitioner_id is not None and not known:
        raise Invalid("There is no practitioner with this id.", pointer="/practitionerId")
    if new.department_id is not None and (
        department_hospital is None or new.hospital_id not in (None, department_hospital)
    ):
        raise Invalid("There is no such department at the hospital.", pointer="/departmentId")
    needs = {
        "leave": ("practitioner_id",),
        "extra_clinic": ("practitioner_id", "department_id"),
        "closure": ("hospital_id",),
    }
    for name in needs[new.kind]:
        if getattr(new, name) is None:
            raise Invalid(f"A {new.kind.replace('_', ' ')} needs this.", pointer=f"/{name.split('_')[0]}Id")
    if new.kind == "closure" and new.practitioner_id is not None:
        raise Invalid("A closure is for everybody; use leave for one practitioner.", pointer="/practitionerId")
    hospital_id = new.hospital_id or department_hospital
    actor.check_works_at(hospital_id)
    starts_at, ends_at = await _times(tx, new, hospital_id)
    extra = new.kind == "extra_clinic"
    if extra and ends_at - starts_at > timedelta(days=1):
        raise Invalid("An extra clinic lasts a day at most.", pointer="/endsAt", next_step="Add one for each day.")
    return {
        "kind": new.kind,
        "practitioner_id": new.practitioner_id,
        "hospital_id": hospital_id,
        "department_id": new.department_id,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "slot_minutes": (new.slot_minutes or 30) if extra else None,
        "lanes": (new.lanes or 1) if extra else None,
        "reason": one_line(new.reason, pointer="/reason", longest=500, needed=False),
        "created_by_name": actor.name,
    }


async def _times(tx: Tx, new: NewException, hospital_id: int | None) -> tuple[datetime, datetime]:
    if hospital_id is not None:
        zone = (await hospital(tx, hospital_id)).zone
    else:
        zones = await store.zones_of(tx, practitioner_id=new.practitioner_id or 0, hospital_id=None)
        if not zones:
            raise Invalid("The practitioner works nowhere.", pointer="/practitionerId")
        zone = ZoneInfo(zones[0])
    if new.from_date is not None and new.starts_at is None and new.ends_at is None:
        last = new.to_date or new.from_date
        if not 0 <= (last - new.from_date).days <= 366:
            raise Invalid("The last day is before the first, or over a year after it.", pointer="/toDate")
        starts = datetime.combine(new.from_date, time(), zone)
        ends = datetime.combine(last + timedelta(days=1), time(), zone)
    elif new.starts_at is not None and new.ends_at is not None and new.from_date is None and new.to_date is None:
        starts, ends = _instant(new.starts_at, zone, "/startsAt"), _instant(new.ends_at, zone, "/endsAt")
    else:
        raise Invalid(
            "Say when: fromDate and toDate, or startsAt and endsAt.", pointer="/fromDate", next_step="Send one pair."
        )
    starts, ends = starts.astimezone(UTC), ends.astimezone(UTC)
    if not timedelta() < ends - starts <= timedelta(days=367):
        raise Invalid("It ends before it begins, or lasts over a year.", pointer="/endsAt")
    return starts, ends


def _instant(at: datetime, zone: ZoneInfo, pointer: str) -> datetime:
    return at if at.tzinfo is not None else resolve_local(at.date(), at.time(), zone, pointer=pointer)


async def _schedule(tx: Tx, schedule_id: int, actor: SignedIn) -> Schedule:
    found = await store_schedules.schedule(tx, schedule_id, lock=True)
    if found is None or not actor.works_at(found.hospital_id):
        raise NotFound("There is no schedule with this id.", next_step="Look in /api/schedules.")
    return found


async def _place(tx: Tx, hospital_id: int, actor: SignedIn) -> Hospital:
    if not actor.works_at(hospital_id):
        raise NotFound("There is no hospital with this id.")
    return await hospital(tx, hospital_id)


def _check(values: dict[str, Any]) -> None:
    if values["ends"] <= values["starts"]:
        raise Invalid("It ends before it begins.", pointer="/ends", next_step="For a night, add one schedule a day.")
    if values["valid_to"] is not None and values["valid_to"] < values["valid_from"]:
        raise Invalid("The last day is before the first.", pointer="/validTo")


def _overlaps() -> ScheduleOverlaps:
    return ScheduleOverlaps(
        "The practitioner has another schedule on that weekday, in those hours, in those months.",
        next_step="Change the other one, or end it first (validTo).",
    )


def _plain(one: Schedule | Absence) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__}


async def _tell(
    tx: Tx, actor: SignedIn, subject_id: int, hospital_id: int | None, practitioner_id: int | None, what: str
) -> None:
    event = ScheduleChanged(schedule_id=subject_id, hospital_id=hospital_id, practitioner_id=practitioner_id, what=what)
    await record(tx, event, actor=actor)
