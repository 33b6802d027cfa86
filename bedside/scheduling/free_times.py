"""Which times are free, and which one comes first: verbs over the one query and the pure function."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.scheduling import store_availability
from bedside.scheduling.availability import Facts, free_times, windows
from bedside.scheduling.local_time import shown
from bedside.scheduling.model import Alternative

LONGEST = 62  # days that one question may span


class DayOfFreeTimes(msgspec.Struct, frozen=True):
    """The free beginnings of a local day: epoch seconds, in order."""

    day: date
    starts: list[int]


class PractitionerAvailability(msgspec.Struct, kw_only=True):
    """The free times of a practitioner at one department, for visits of one length. Days without any are left out."""

    practitioner_id: int
    practitioner_name: str
    department_id: int
    department: str
    hospital_id: int
    hospital: str
    time_zone: str
    duration_minutes: int
    days: list[DayOfFreeTimes]

    @property
    def zone(self) -> ZoneInfo:
        """The hospital's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def first(self) -> datetime | None:
        """The first free beginning, with the hospital's offset; None where there is none."""
        return datetime.fromtimestamp(self.days[0].starts[0], self.zone) if self.days else None

    def times(self) -> list[datetime]:
        """Every free beginning, with the hospital's offset."""
        zone = self.zone
        return [datetime.fromtimestamp(start, zone) for day in self.days for start in day.starts]


async def availability(
    tx: Tx,
    *,
    since: date,
    until: date,
    hospital_id: int | None = None,
    hospital_ids: list[int] | None = None,
    department_id: int | None = None,
    department_ids: list[int] | None = None,
    practitioner_id: int | None = None,
    service_id: int | None = None,
    duration_minutes: int | None = None,
    online: bool = False,
    but_not: int | None = None,
) -> list[PractitionerAvailability]:
    """Every free time of the days from `since` to `until`, both included, by practitioner. Never cut short.

    `hospital_ids` are those that the asker may see (None: all). `online`: only what may be booked online. `but_not`:
    an appointment whose own time counts as free. Raises Invalid (422) for more than 62 days, or days in wrong order.
    """
    check_days(since, until)
    facts = await store_availability.facts(
        tx,
        since=since,
        until=until,
        hospital_ids=_hospitals(hospital_id, hospital_ids),
        department_ids=department_ids if department_id is None else [department_id],
        practitioner_id=practitioner_id,
        service_id=service_id,
        duration_minutes=duration_minutes,
        online=online,
        but_not=but_not,
    )
    return gathered(facts, since=since, until=until, earliest=_now(tx))


async def first_free(
    tx: Tx,
    *,
    since: date,
    until: date,
    hospital_id: int | None = None,
    hospital_ids: list[int] | None = None,
    department_id: int | None = None,
    department_ids: list[int] | None = None,
    practitioner_id: int | None = None,
    service_id: int | None = None,
    duration_minutes: int | None = None,
    online: bool = False,
) -> list[PractitionerAvailability]:
    """As `availability`, but of each practitioner only the first free time (or none, with no days).

    Most are found within the first days, so it looks at five days before it looks at all of them.
    """
    check_days(since, until)
    near = min(until, since + timedelta(days=4))
    found: list[PractitionerAvailability] = []
    for reach in dict.fromkeys((near, until)):
        facts = await store_availability.facts(
            tx,
            since=since,
            until=reach,
            hospital_ids=_hospitals(hospital_id, hospital_ids),
            department_ids=department_ids if department_id is None else [department_id],
            practitioner_id=practitioner_id,
            service_id=service_id,
            duration_minutes=duration_minutes,
            online=online,
        )
        found = gathered(facts, since=since, until=reach, earliest=_now(tx), first_only=True)
        if found and all(one.days for one in found):
            break
    return found


def check_days(since: date, until: date) -> None:
    """Raises Invalid (422) where the days are in the wrong order, or more than 62."""
    if until < since:
        raise Invalid("The last day comes before the first.", pointer="/to")
    if (until - since).days >= LONGEST:
        raise Invalid(f"One question spans at most {LONGEST} days.", pointer="/to", next_step="Ask in parts.")
    if not date(2000, 1, 1) <= since <= until <= date(2200, 1, 1):
        raise Invalid("The days are not of this time.", pointer="/from")


def gathered(
    facts: Facts, *, since: date, until: date, earliest: int, first_only: bool = False
) -> list[PractitionerAvailability]:
    """The free times by practitioner, department and length of visit, those who are free first at the top. Pure."""
    days = range(since.toordinal(), until.toordinal() + 1)
    found: list[PractitionerAvailability] = []
    for practitioner_id, name in facts.practitioners.items():
        kinds: dict[tuple[int, int, int], PractitionerAvailability] = {}
        for day, window in windows(facts, practitioner_id, days):
            length = facts.visit.duration_minutes or window.slot // 60
            key = (window.hospital_id, window.department_id, length)
            kind = kinds.get(key)
            if kind is None:
                place = facts.places[window.hospital_id]
                kind = kinds[key] = PractitionerAvailability(
                    practitioner_id=practitioner_id,
                    practitioner_name=name,
                    department_id=window.department_id,
                    department=facts.departments.get(window.department_id, ""),
                    hospital_id=window.hospital_id,
                    hospital=place.name,
                    time_zone=place.time_zone,
                    duration_minutes=length,
                    days=[],
                )
            elif first_only and kind.days and kind.days[-1].day.toordinal() < day:
                if all(other.days for other in kinds.values()):
                    break
                continue
            starts = free_times(facts, window, earliest=earliest)
            if starts:
                _add(kind.days, day, starts)
        for kind in kinds.values():
            if first_only and kind.days:
                kind.days = [DayOfFreeTimes(kind.days[0].day, kind.days[0].starts[:1])]
        found.extend(kinds.values())
    found.sort(key=lambda one: (one.days[0].starts[0] if one.days else 1 << 60, one.practitioner_name))
    return found


def _add(days: list[DayOfFreeTimes], day: int, starts: list[int]) -> None:
    if days and days[-1].day.toordinal() == day:  # a second clinic that day; an extra one may overlap it
        merged = sorted({*days[-1].starts, *starts})
        days[-1] = DayOfFreeTimes(days[-1].day, merged)
    else:
        days.append(DayOfFreeTimes(date.fromordinal(day), starts))


async def alternatives(
    tx: Tx,
    *,
    practitioner_id: int,
    department_id: int,
    hospital_id: int,
    wanted: datetime,
    service_id: int | None = None,
    duration_minutes: int | None = None,
    online: bool = False,
    but_not: int | None = None,
) -> list[Alternative]:
    """What to offer in place of a time that is taken: the practitioner's next three, and the nearest of colleagues."""
    facts = await store_availability.facts(
        tx,
        since=wanted.date() - timedelta(days=1),
        until=wanted.date() + timedelta(days=8),
        hospital_ids=[hospital_id],
        department_ids=[department_id],
        service_id=service_id,
        duration_minutes=duration_minutes,
        online=online,
        but_not=but_not,
    )
    place = facts.places.get(hospital_id)
    if place is None:
        return []
    at = int(wanted.timestamp())
    day = wanted.astimezone(place.zone).date()
    found = gathered(facts, since=day, until=day + timedelta(days=7), earliest=max(_now(tx), at - 2 * 3600))
    own: list[tuple[int, Alternative]] = []
    others: list[tuple[int, Alternative]] = []
    for one in found:
        same = one.practitioner_id == practitioner_id
        few = 0
        for of_day in one.days:
            usable = [start for start in of_day.starts if start >= at or not same]
            if not same:
                usable.sort(key=lambda start: abs(start - at))
            for start, text in zip(usable[:3], shown(place.zone, of_day.day, usable[:3]), strict=True):
                offer = Alternative(
                    practitioner_id=one.practitioner_id,
                    practitioner_name=one.practitioner_name,
                    department_id=one.department_id,
                    hospital_id=one.hospital_id,
                    starts_at=text,
                    day=of_day.day,
                )
                (own if same else others).append((abs(start - at), offer))
                few += 1
            if few >= (3 if same else 1):
                break
    own.sort(key=lambda pair: pair[0])
    nearest: dict[int, tuple[int, Alternative]] = {}
    for distance, offer in sorted(others, key=lambda pair: pair[0]):
        nearest.setdefault(offer.practitioner_id, (distance, offer))
    return [offer for _, offer in [*own[:3], *list(nearest.values())[:3]]]


def _hospitals(one: int | None, seen: list[int] | None) -> list[int] | None:
    if one is None:
        return seen
    return [one] if seen is None or one in seen else []


def _now(tx: Tx) -> int:
    return int(tx.now.astimezone(UTC).timestamp())
