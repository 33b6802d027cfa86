"""Free times as patients choose them: by day, whoever has them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from bedside.kit.database import Tx
from bedside.scheduling import PractitionerAvailability, availability, first_free

SHOWN = 7  # days on one page
REACH = 60  # days ahead that the first free time is looked for
NEAR = 14  # days that are looked at closely where the first free time is too soon
# Nobody who has yet to leave home can be there sooner; the desk still books the next free minute by phone.
NOTICE = timedelta(hours=1)


class FreeTime(msgspec.Struct, frozen=True, kw_only=True):
    """A time that may be taken, and with whom."""

    starts_at: datetime
    practitioner_id: int
    practitioner_name: str


class FreeDay(msgspec.Struct, frozen=True, kw_only=True):
    """The free times of a local day, those of the morning first."""

    day: date
    times: list[FreeTime]


def by_day(found: list[PractitionerAvailability], zone: ZoneInfo, *, earliest: datetime) -> list[FreeDay]:
    """Each free beginning once, with the first of those who have it; by local day. Pure."""
    seen: dict[int, PractitionerAvailability] = {}
    for one in found:
        for day in one.days:
            for start in day.starts:
                seen.setdefault(start, one)
    days: dict[date, list[FreeTime]] = {}
    for start in sorted(seen):
        starts_at = datetime.fromtimestamp(start, zone)
        if starts_at < earliest:
            continue
        days.setdefault(starts_at.date(), []).append(
            FreeTime(
                starts_at=starts_at,
                practitioner_id=seen[start].practitioner_id,
                practitioner_name=seen[start].practitioner_name,
            )
        )
    return [FreeDay(day=day, times=times) for day, times in days.items()]


def whole_week(found: list[FreeDay], since: date) -> list[tuple[date, list[FreeTime]]]:
    """Every day of the week from `since`, those without a free time too. Pure."""
    times = {one.day: one.times for one in found}
    week = [since + timedelta(days=after) for after in range(SHOWN)]
    return [(day, times.get(day, [])) for day in week]


async def free_days(
    tx: Tx,
    *,
    zone: ZoneInfo,
    since: date,
    department_id: int,
    practitioner_id: int | None,
    service_id: int | None = None,
    duration_minutes: int | None = None,
    but_not: int | None = None,
) -> list[tuple[date, list[FreeTime]]]:
    """What may be booked online on each day of the week from `since`; `practitioner_id` None: with anybody."""
    found = await availability(
        tx,
        since=since,
        until=since + timedelta(days=SHOWN - 1),
        department_id=department_id,
        practitioner_id=practitioner_id,
        service_id=service_id,
        duration_minutes=duration_minutes,
        online=True,
        but_not=but_not,
    )
    return whole_week(by_day(found, zone, earliest=tx.now + NOTICE), since)


async def free_beginnings(
    tx: Tx,
    *,
    day: date,
    department_id: int,
    practitioner_id: int,
    service_id: int | None = None,
    duration_minutes: int | None = None,
    but_not: int | None = None,
) -> set[datetime]:
    """The times of one practitioner that may be booked online on a day: what a form sends is held against them."""
    found = await availability(
        tx,
        since=day,
        until=day,
        department_id=department_id,
        practitioner_id=practitioner_id,
        service_id=service_id,
        duration_minutes=duration_minutes,
        online=True,
        but_not=but_not,
    )
    return {start for one in found for start in one.times() if start >= tx.now + NOTICE}


class Soonest(msgspec.Struct, frozen=True, kw_only=True):
    """A practitioner, and when they are next free; None for not within REACH."""

    practitioner_id: int
    practitioner_name: str
    first: datetime | None


async def soonest(
    tx: Tx, *, today: date, department_id: int, practitioner_id: int | None = None, service_id: int | None = None
) -> list[Soonest]:
    """Of each practitioner of a department the first time that may be booked online, the soonest first."""
    earliest = tx.now + NOTICE
    found = await first_free(
        tx,
        since=today,
        until=today + timedelta(days=REACH - 1),
        department_id=department_id,
        practitioner_id=practitioner_id,
        service_id=service_id,
        online=True,
    )
    if any(one.first and one.first < earliest for one in found):
        near = await availability(
            tx,
            since=today,
            until=today + timedelta(days=NEAR - 1),
            department_id=department_id,
            practitioner_id=practitioner_id,
            service_id=service_id,
            online=True,
        )
        later = {one.practitioner_id: [at for at in one.times() if at >= earliest] for one in near}
    else:
        later = {}
    known = [
        Soonest(
            practitioner_id=one.practitioner_id,
            practitioner_name=one.practitioner_name,
            first=one.first
            if one.first is None or one.first >= earliest
            else next(iter(later.get(one.practitioner_id, [])), None),
        )
        for one in found
    ]
    return sorted(known, key=lambda one: (one.first is None, one.first or earliest, one.practitioner_name))
