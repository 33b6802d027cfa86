"""The demonstration's immunization schedules: doses given, due and overdue, each of an age at which it is given."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from bedside.demo.small import SmallWorld
from bedside.event_log import Actor
from bedside.event_log.history import PastEvent
from bedside.kit.database import Tx
from bedside.patients import Patient, VaccinationGiven
from bedside.patients.history import PastVaccination, write_vaccinations

_TOLD = timedelta(days=60)  # what is older stands in the record, and no more in the log
_YEAR = 365
# vaccine, from and to which age, how many of a hundred have it, days from dose to dose, again after so many days
_GIVEN_AT = [
    ("influenza", 0, 120, 55, (), _YEAR),
    ("covid_19", 18, 120, 30, (), _YEAR),
    ("tdap", 20, 120, 25, (), 10 * _YEAR),
    ("mmr", 1, 16, 80, (28,), None),
    ("hepatitis_b", 1, 40, 30, (28, 154), None),
    ("hpv", 11, 26, 60, (60, 120), None),
    ("pneumococcal", 65, 120, 55, (), None),
    ("shingles", 50, 120, 40, (60,), None),
]
_NAMES = {
    "influenza": "Influenza", "covid_19": "COVID-19", "tdap": "Tdap (tetanus, diphtheria, pertussis)",
    "mmr": "MMR (measles, mumps, rubella)", "hepatitis_b": "Hepatitis B", "hpv": "HPV",
    "pneumococcal": "Pneumococcal", "shingles": "Shingles",
}  # fmt: skip


async def some_vaccinations(tx: Tx, random: Random, world: SmallWorld, everybody: list[Patient]) -> list[PastEvent]:
    """Writes them, and gives the events of those given lately. Maria had influenza, and is overdue for Tdap."""
    today = tx.now.date()
    past = [
        *_series(world.maria, "influenza", today - timedelta(days=330), (), _YEAR, today, lately=True),
        PastVaccination(world.maria.id, world.bellevue.id, "tdap", 1, today - timedelta(days=41)),
        *(dose for one in everybody if one.id != world.maria.id for dose in _of(random, one, today)),
    ]
    ids = await write_vaccinations(tx, past)
    clara = Actor(kind="staff", id=world.clara.id, name=world.clara.name)
    return [
        PastEvent(
            VaccinationGiven(
                vaccination_id=id_, vaccine_name=_NAMES[one.vaccine], dose=one.dose, given_on=one.given_on,
                patient_id=one.patient_id, hospital_id=one.hospital_id,
            ),
            clara,
            datetime.combine(one.given_on, time(16), UTC),
        )
        for id_, one in zip(ids, past, strict=True)
        if one.given_on is not None and today - _TOLD <= one.given_on < today
    ]  # fmt: skip


def _of(random: Random, patient: Patient, today: date) -> Iterator[PastVaccination]:
    age = patient.age(today)
    for vaccine, youngest, oldest, percent, intervals, again in _GIVEN_AT:
        if age is None or not youngest <= age <= oldest or random.random() * 100 >= percent:
            continue
        late = random.random() < 0.25
        behind = random.randint(3, 150) + sum(intervals[: random.randint(0, len(intervals))])
        first = today - timedelta(days=behind if late else random.randint(-30, (again or 300) + 90))
        if patient.date_of_birth is None or first > patient.date_of_birth:
            yield from _series(patient, vaccine, first, intervals, again, today, lately=not late)


def _series(
    patient: Patient,
    vaccine: str,
    first: date,
    intervals: tuple[int, ...],
    again: int | None,
    today: date,
    *,
    lately: bool,
) -> Iterator[PastVaccination]:
    """The doses from the first on; who does not come `lately` lacks the last that was due."""
    days = [first]
    for interval in intervals:
        days.append(days[-1] + timedelta(days=interval))
    while again is not None and days[-1] <= today:
        days.append(days[-1] + timedelta(days=again))
    due = [day for day in days if day < today]
    for number, day in enumerate(days, start=1):
        came = day < today and (lately or day != due[-1])
        lot = f"{vaccine[:2].upper()}-{patient.id % 9000 + 1000}" if came else ""
        yield PastVaccination(patient.id, patient.hospital_id, vaccine, number, day, day if came else None, lot)
        if not came and day < today:
            return
