"""Two months of visits behind and a month ahead, as a working hospital has them. Pure.

Nobody is in two places at once: a practitioner's slots are filled one by one, a patient comes once a day at most.
Dr. Smith's ten o'clock stays free from today on, and so does patient 1: the first thing that people try books it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bedside.demo.places import PRACTITIONERS, Somebody
from bedside.scheduling.history import PastVisit

BEHIND = timedelta(days=61)
AHEAD = timedelta(days=31)
KEPT_FREE = ("smith", time(10, 0))

_REASONS = {
    "cardiology": ["Follow-up consultation", "Chest pain on exertion", "Blood pressure review", "Palpitations"],
    "general": ["Annual check-up", "Persistent cough", "Repeat prescription", "Back pain", "Travel advice"],
    "pediatrics": ["Well-child visit", "Fever", "Ear pain", "School form"],
    "orthopedics": ["Knee pain", "Shoulder follow-up", "Cast removal"],
    "dermatology": ["Skin check", "Rash", "Mole review"],
    "womens_health": ["Routine visit", "Follow-up"],
    "mental_health": ["Session"],
    "cardiologia": ["Consulta de seguimiento", "Presión arterial", "Palpitaciones"],
    "medicina_general": ["Chequeo anual", "Tos persistente", "Receta"],
}
_WHY_CANCELLED = [
    "Feels better",
    "Cannot get off work",
    "Asked for another time",
    "Travelling",
    "Clinician unavailable",
]


@dataclass(frozen=True)
class Seat:
    """A practitioner at a department, as the generator needs them."""

    who: Somebody
    practitioner_id: int
    department_id: int
    hospital_id: int
    zone: ZoneInfo
    service_ids: tuple[int, ...]
    pool: tuple[int, ...]
    booked_by: str


def some_visits(random: Random, seats: list[Seat], *, first_patient: int, now: datetime) -> list[PastVisit]:
    """The visits, in the order of their starts."""
    made: list[PastVisit] = []
    taken: dict[date, set[int]] = defaultdict(set)
    promised = False
    for seat in seats:
        for day, starts_at, ends_at in _slots(seat, now):
            if (
                starts_at >= now
                and not promised
                and seat.who.key == "lindqvist"
                and _is_mid_afternoon(seat, starts_at, now)
            ):
                promised = True
                taken[day].add(first_patient)
                made.append(_visit(random, seat, first_patient, starts_at, ends_at, now))
                continue
            if random.random() > _fill(seat, starts_at, now):
                continue
            patient_id = _somebody_free(random, seat, taken[day], but_not=first_patient if ends_at > now else None)
            if patient_id is not None:
                taken[day].add(patient_id)
                made.append(_visit(random, seat, patient_id, starts_at, ends_at, now))
    _book_just_now(made, seats[0].hospital_id, but_not=first_patient, now=now)
    return sorted(made, key=lambda one: (one.starts_at, one.practitioner_id))


def _book_just_now(visits: list[PastVisit], hospital_id: int, *, but_not: int, now: datetime) -> None:
    """A few visits of the days ahead were booked within the last two hours, most of them by patients themselves."""
    ahead = [
        one
        for one in visits
        if one.hospital_id == hospital_id
        and one.status == "scheduled"
        and one.patient_id != but_not
        and one.starts_at - now > timedelta(days=2)
    ]
    for minutes, visit, online in zip((6, 34, 71, 118), ahead[::7], (True, False, True, True), strict=False):
        visit.created_at = now - timedelta(minutes=minutes)
        if online:
            visit.booked_by = "Online booking"


def _slots(seat: Seat, now: datetime) -> Iterator[tuple[date, datetime, datetime]]:
    today = now.astimezone(seat.zone).date()
    day = today - BEHIND
    length = timedelta(minutes=seat.who.slot_minutes)
    while day <= today + AHEAD:
        if day.isoweekday() in seat.who.weekdays:
            for opens, closes in seat.who.hours:
                starts = datetime.combine(day, opens, seat.zone)
                while starts + length <= datetime.combine(day, closes, seat.zone):
                    if day < today or (seat.who.key, starts.time()) != KEPT_FREE:
                        yield day, starts.astimezone(UTC), (starts + length).astimezone(UTC)
                    starts += length
        day += timedelta(days=1)


def _is_mid_afternoon(seat: Seat, starts_at: datetime, now: datetime) -> bool:
    local = starts_at.astimezone(seat.zone)
    return local.hour >= 15 and starts_at - now > timedelta(days=3)


def _fill(seat: Seat, starts_at: datetime, now: datetime) -> float:
    """How likely a slot is taken: days ahead are emptier the further off they are."""
    busy = 0.34 if seat.who.key == "smith" else 0.2 if seat.who.slot_minutes >= 30 else 0.13
    days_ahead = (starts_at - now).total_seconds() / 86400
    if abs(days_ahead) < 1:
        return busy * 1.7
    return busy if days_ahead <= 0 else busy * max(0.25, 1 - days_ahead / 30)


def _somebody_free(random: Random, seat: Seat, taken: set[int], *, but_not: int | None) -> int | None:
    for _ in range(6):
        patient_id = random.choice(seat.pool)
        if patient_id not in taken and patient_id != but_not:
            return patient_id
    return None


def _visit(
    random: Random, seat: Seat, patient_id: int, starts_at: datetime, ends_at: datetime, now: datetime
) -> PastVisit:
    created_at = starts_at - timedelta(days=random.randint(1, 28), minutes=random.randint(0, 600))
    if created_at >= now:
        created_at = now - timedelta(days=random.randint(0, 9), minutes=random.randint(5, 1400))
    visit = PastVisit(
        hospital_id=seat.hospital_id,
        department_id=seat.department_id,
        practitioner_id=seat.practitioner_id,
        service_id=random.choice(seat.service_ids) if seat.service_ids else None,
        patient_id=patient_id,
        starts_at=starts_at,
        ends_at=ends_at,
        status="scheduled",
        reason=random.choice(_REASONS[seat.who.department]),
        created_at=created_at,
        booked_by=seat.booked_by if random.random() < 0.8 else "Online booking",
    )
    drawn = random.random()
    if ends_at <= now:
        if drawn < 0.8:
            visit.status = "completed"
        elif drawn < 0.89:
            visit.status = "no_show"
        else:
            visit.status = "cancelled"
    elif starts_at <= now + timedelta(minutes=40):
        visit.status = "arrived" if drawn < 0.7 else "confirmed"
    elif drawn < 0.05:
        visit.status = "cancelled"
    elif (starts_at - now < timedelta(hours=23) and drawn < 0.6) or drawn < 0.2:
        visit.status = "confirmed"
    _date(random, visit, now)
    return visit


def _date(random: Random, visit: PastVisit, now: datetime) -> None:
    """Gives the visit the times of what happened to it, none of them ahead of now or before it was booked."""
    latest = now - timedelta(minutes=1)

    def by_now(at: datetime, within: int) -> datetime:
        """The moment, or where it is still to come one of the last minutes, but none before the visit was booked."""
        if at > latest:
            at = now - timedelta(minutes=random.randint(2, within), seconds=random.randint(0, 59))
        return max(visit.created_at, at)

    if visit.status == "cancelled":
        room = max(timedelta(minutes=1), min(visit.starts_at, latest) - visit.created_at)
        visit.cancelled_at = min(latest, visit.created_at + room * random.random())
        visit.cancel_reason = random.choice(_WHY_CANCELLED)
        visit.cancelled_by = "patient" if random.random() < 0.7 else visit.booked_by
        return
    if visit.status == "confirmed" or (visit.status in ("completed", "arrived") and random.random() < 0.65):
        reminded_at = visit.starts_at - timedelta(hours=24)
        if reminded_at > latest:  # by themselves, with the link of the confirmation
            visit.confirmed_at = visit.created_at + (latest - visit.created_at) * random.random()
        else:
            visit.confirmed_at = by_now(reminded_at + timedelta(minutes=random.randint(2, 300)), 240)
    if visit.status in ("completed", "arrived"):
        early = visit.starts_at - timedelta(minutes=random.randint(-3, 18))
        visit.arrived_at = by_now(early, 45)
    if visit.status == "completed":
        visit.completed_at = min(latest, visit.ends_at + timedelta(minutes=random.randint(-6, 9)))
    if visit.status == "no_show":
        visit.no_show_at = min(latest, visit.ends_at)


def seats_of(
    places: dict[str, tuple[int, int, ZoneInfo, tuple[int, ...], tuple[int, ...], str]], practitioners: dict[str, int]
) -> list[Seat]:
    """The practitioners at work. `places`: department key to its id, hospital, zone, services, patients, booker."""
    made = []
    for who in PRACTITIONERS:
        department_id, hospital_id, zone, service_ids, pool, booker = places[who.department]
        made.append(Seat(who, practitioners[who.key], department_id, hospital_id, zone, service_ids, pool, booker))
    return made
