"""Free times, computed: schedules, exceptions, holidays, buffers, seats and bookings in, free times out. Pure.

Instants are integers, epoch seconds; days are ordinals. 50 practitioners over 30 days are 24,000 times to look at, so
what is taken cuts ranges out of ranges, and nothing is looked at one by one.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

import msgspec

from bedside.kit.public_holidays import public_holidays as by_date
from bedside.scheduling.local_time import instant, local_day

Taken = Sequence[tuple[int, int]]


class Place(msgspec.Struct, array_like=True, frozen=True):
    """A hospital, as far as time goes."""

    id: int
    name: str
    time_zone: str
    country: str
    subdivision: str | None
    closed_on_holidays: bool

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.time_zone)


class Clinic(msgspec.Struct, array_like=True, frozen=True):
    """A weekly schedule: from `starts` to `ends`, minutes of the day, on a weekday (1 is Monday)."""

    practitioner_id: int
    hospital_id: int
    department_id: int
    weekday: int
    starts: int
    ends: int
    slot_minutes: int
    lanes: int
    buffer_before: int
    buffer_after: int
    valid_from: int
    valid_to: int | None
    resource_id: int | None


class Exceptional(msgspec.Struct, array_like=True, frozen=True):
    """Leave, an extra clinic, or a closure of a hospital (or of one department of it)."""

    kind: str
    practitioner_id: int | None
    hospital_id: int | None
    department_id: int | None
    starts: int
    ends: int
    slot_minutes: int | None
    lanes: int | None


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted: how long (None: one slot), the buffers it asks for, and the resources of which it needs one."""

    duration_minutes: int | None = None
    buffer_before: int = 0
    buffer_after: int = 0
    needs_resource: bool = False
    resource_ids: tuple[tuple[int, int], ...] = ()
    """(hospital, resource) of every resource of the kind needed."""


class Window(msgspec.Struct, frozen=True):
    """A stretch of time in which a practitioner sees patients; buffers and slots in seconds."""

    practitioner_id: int
    hospital_id: int
    department_id: int
    starts: int
    ends: int
    slot: int
    step: int
    lanes: int
    before: int
    after: int
    resource_id: int | None
    blocked: tuple[tuple[int, int], ...]


class Facts(msgspec.Struct, kw_only=True):
    """Everything that decides which times are free, as one query read it."""

    places: dict[int, Place]
    clinics: list[Clinic]
    exceptions: list[Exceptional]
    visit: Visit = Visit()
    practitioners: Mapping[int, str] = {}
    departments: Mapping[int, str] = {}
    busy: Mapping[tuple[int, int], Taken] = {}
    """(practitioner, lane) to what is taken, buffers included, in order of beginning."""
    claimed: Mapping[int, Taken] = {}
    """Resource to what is taken, in order of beginning."""


@lru_cache(maxsize=512)
def public_holidays(country: str, subdivision: str | None, year: int) -> Mapping[int, str]:
    """The public holidays of a year: day to name. None where the country is not known."""
    return {day.toordinal(): name for day, name in by_date(country, subdivision, year).items()}


def holiday(place: Place, day: int) -> str | None:
    """The name of the public holiday on which the hospital is closed that day, or None."""
    if not place.closed_on_holidays:
        return None
    return public_holidays(place.country, place.subdivision, date.fromordinal(day).year).get(day)


def windows(facts: Facts, practitioner_id: int, days: range) -> Iterator[tuple[int, Window]]:
    """The stretches in which a practitioner sees patients on the days, each with its day, in order of day.

    Leave and closures are in `blocked`; they take from extra clinics too. A public holiday closes weekly schedules
    only: who enters an extra clinic for that day means it.
    """
    clinics = [clinic for clinic in facts.clinics if clinic.practitioner_id == practitioner_id]
    own = [one for one in facts.exceptions if one.practitioner_id in (None, practitioner_id)]
    blocks = [one for one in own if one.kind != "extra_clinic"]
    extra: dict[int, list[Window]] = {}
    for one in own:
        if one.kind == "extra_clinic" and one.hospital_id in facts.places:
            day = local_day(facts.places[one.hospital_id].zone, one.starts).toordinal()
            extra.setdefault(day, []).append(_extra_window(one, blocks))
    weekly: list[list[tuple[Clinic, Place, ZoneInfo]]] = [[] for _ in range(8)]
    for clinic in clinics:
        place = facts.places[clinic.hospital_id]
        weekly[clinic.weekday].append((clinic, place, place.zone))
    for day in days:
        for clinic, place, zone in weekly[(day - 1) % 7 + 1]:  # ordinal 1 was a Monday
            if day < clinic.valid_from or (clinic.valid_to is not None and day > clinic.valid_to):
                continue
            if place.closed_on_holidays and holiday(place, day):
                continue
            starts, ends = instant(zone, day, clinic.starts), instant(zone, day, clinic.ends)
            if starts < ends:  # clocks may jump over the whole of a short one
                slot = clinic.slot_minutes * 60
                before, after = clinic.buffer_before * 60, clinic.buffer_after * 60
                yield (
                    day,
                    Window(
                        practitioner_id, clinic.hospital_id, clinic.department_id, starts, ends, slot,
                        slot + before + after, clinic.lanes, before, after, clinic.resource_id,
                        _blocking(blocks, clinic.hospital_id, clinic.department_id, starts, ends),
                    ),
                )  # fmt: skip
        for window in extra.get(day, ()):
            yield day, window


def _extra_window(one: Exceptional, blocks: list[Exceptional]) -> Window:
    # a check constraint sees to it that an extra clinic has all of these
    hospital_id, department_id = one.hospital_id or 0, one.department_id or 0
    slot = (one.slot_minutes or 0) * 60
    blocked = _blocking(blocks, hospital_id, department_id, one.starts, one.ends)
    return Window(
        one.practitioner_id or 0, hospital_id, department_id, one.starts, one.ends, slot, slot, one.lanes or 1, 0, 0,
        None, blocked,
    )  # fmt: skip


def _blocking(
    blocks: list[Exceptional], hospital_id: int, department_id: int, starts: int, ends: int
) -> tuple[tuple[int, int], ...]:
    if not blocks:
        return ()
    return tuple(
        sorted(
            (one.starts, one.ends)
            for one in blocks
            if one.starts < ends
            and one.ends > starts
            and one.hospital_id in (None, hospital_id)
            and one.department_id in (None, department_id)
        )
    )


def seat(facts: Facts, *, practitioner_id: int, starts: int, duration: int | None = None) -> Window | None:
    """The window that a visit beginning at `starts` (seconds `duration`; None: one slot) lies in, or None.

    What `book` goes by: whatever `free_times` offers lies in one.
    """
    for place in facts.places.values():
        day = local_day(place.zone, starts).toordinal()
        for _, window in windows(facts, practitioner_id, range(day - 1, day + 1)):
            length = duration or window.slot
            if (
                window.hospital_id == place.id
                and window.starts <= starts
                and starts + length <= window.ends
                and all(starts >= until or starts + length <= since for since, until in window.blocked)
            ):
                return window
    return None


def survivors(times: range, *, length: int, before: int, after: int, taken: Taken) -> list[range]:
    """What is left of the times at which something of this length, with its buffers, touches nothing taken.

    `taken` is in order of beginning.
    """
    first, step, count = times.start, times.step, len(times)
    left: list[range] = []
    position = 0
    for since, until in taken:
        low = (since - length - after - first) // step + 1
        if low >= count:
            break
        high = -((first - until - before) // step)
        if high <= position:
            continue
        if low > position:
            left.append(times[position:low])
        position = high
        if position >= count:
            return left
    left.append(times[position:])
    return left


def _nearby(taken: Taken | None, since: int, until: int) -> Taken:
    """The part of what is taken that may touch a stretch; within one lane nothing overlaps, so it is in one piece."""
    if not taken:
        return ()
    low = bisect_left(taken, (since, 0))
    return taken[max(low - 1, 0) : bisect_left(taken, (until, 0), lo=low)]


def free_times(facts: Facts, window: Window, *, earliest: int) -> list[int]:
    """The free beginnings in a window, none before `earliest`, in order."""
    visit = facts.visit
    length = visit.duration_minutes * 60 if visit.duration_minutes else window.slot
    times = range(window.starts, window.ends - length + 1, window.step)
    if window.starts < earliest:
        times = times[-(-(earliest - window.starts) // window.step) :]
    if not times:
        return []
    before = max(window.before, visit.buffer_before * 60)
    after = max(window.after, visit.buffer_after * 60)
    since, until = times[0] - before, times[-1] + length + after
    if window.blocked:
        parts = survivors(times, length=length, before=0, after=0, taken=window.blocked)
    else:
        parts = [times]

    def left(taken: Taken | None) -> Iterable[int]:
        near = _nearby(taken, since, until)
        if not near:
            return chain.from_iterable(parts)
        left_of = (survivors(part, length=length, before=before, after=after, taken=near) for part in parts)
        return chain.from_iterable(chain.from_iterable(left_of))

    lanes = [facts.busy.get((window.practitioner_id, lane)) for lane in range(window.lanes)]
    single_room = window.resource_id is not None and window.lanes == 1
    if window.lanes == 1 and not single_room and not visit.needs_resource:
        return list(left(lanes[0]))
    free = set().union(*(left(lane) for lane in lanes))
    if single_room and window.resource_id is not None:
        free &= set(left(facts.claimed.get(window.resource_id)))
    if visit.needs_resource:
        kind = [resource for hospital, resource in visit.resource_ids if hospital == window.hospital_id]
        free &= set().union(*(left(facts.claimed.get(resource)) for resource in kind))
    return sorted(free)
