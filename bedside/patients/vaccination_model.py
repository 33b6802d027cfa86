"""Immunization schedules: vaccines, the doses of a patient, and when each is due. The deciding is pure."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedside.kit.http.problems import Conflict, NotFound
from bedside.kit.wire import Wire
from bedside.patients.model import Id

VaccineCode = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$", max_length=40)]
VaccineName = Annotated[str, Meta(min_length=1, max_length=80)]
Interval = Annotated[int, Meta(ge=1, le=3660)]
Lot = Annotated[str, Meta(max_length=60)]
Note = Annotated[str, Meta(max_length=1000)]

FIRST_DAY = date(1880, 1, 2)
FURTHEST = timedelta(days=36_525)  # a hundred years ahead
MOST_DOSES = 200


class NoSuchVaccination(NotFound):
    """404: the patient has no dose with this id."""

    type = "no-such-vaccination"


class VaccineTaken(Conflict):
    """409: a vaccine has this code or name."""

    type = "vaccine-taken"


class StillToCome(Conflict):
    """409: doses of this vaccine are planned and not given yet; `vaccinationId` is the first of them."""

    type = "vaccination-still-to-come"


class GivenBefore(Conflict):
    """409: this dose was recorded as given already."""

    type = "vaccination-given-before"


class Vaccine(Wire, kw_only=True):
    """A vaccine. `intervals`: days from each dose of the series to the next (three doses have two); `repeatMonths`:
    given again so many months after the last dose, time after time."""

    code: VaccineCode
    name: VaccineName
    intervals: Annotated[list[Interval], Meta(max_length=11)] = msgspec.field(default_factory=list)
    repeat_months: Annotated[int, Meta(ge=1, le=600)] | None = None

    @property
    def doses(self) -> int:
        """How many the series has."""
        return len(self.intervals) + 1

    @property
    def rhythm(self) -> str:
        """The series in words."""
        series = "one dose" if self.doses == 1 else f"{self.doses} doses"
        months = self.repeat_months
        if months is None:
            return series
        every = "year" if months == 12 else f"{months // 12} years" if months % 12 == 0 else f"{months} months"
        return f"{series}, again every {every}"


class Vaccination(Wire, kw_only=True):
    """One dose of a patient: due on a day, and given on one, or not yet (`givenOn` null)."""

    id: int
    patient_id: int
    vaccine: str
    vaccine_name: str
    dose: int
    due_on: date
    given_on: date | None
    hospital_id: int | None
    lot_number: str
    note: str
    version: int

    @property
    def label(self) -> str:
        """Vaccine and dose."""
        return f"{self.vaccine_name}, dose {self.dose}"

    def days_overdue(self, today: date) -> int:
        """How many days it should have been given ago; 0 where it was, or is not due yet."""
        return 0 if self.given_on is not None else max(0, (today - self.due_on).days)


class NewSchedule(Wire, kw_only=True):
    """A vaccine that a patient shall have: the doses that they lack of its series, the first of them due on a day."""

    vaccine: VaccineCode
    first_due_on: date
    hospital_id: Id | None = None
    note: Note = ""


class DoseGiven(Wire, kw_only=True):
    """A dose that was given: on the day (today where it is left out), where, and from which lot."""

    given_on: date | None = None
    hospital_id: Id | UnsetType | None = UNSET
    lot_number: Lot | UnsetType = UNSET
    note: Note | UnsetType = UNSET


class VaccinationChanges(Wire, kw_only=True):
    """What to change of a dose; what is left out stays. `givenOn` null: it was not given after all."""

    due_on: date | UnsetType = UNSET
    given_on: date | UnsetType | None = UNSET
    hospital_id: Id | UnsetType | None = UNSET
    lot_number: Lot | UnsetType = UNSET
    note: Note | UnsetType = UNSET


class Overdue(Wire, kw_only=True):
    """A dose that should have been given, and whose it is."""

    id: int
    patient_id: int
    patient_name: str
    record_number: str
    phone: str | None
    hospital_id: int | None
    vaccine: str
    vaccine_name: str
    dose: int
    due_on: date
    days_overdue: int


def schedule(vaccine: Vaccine, *, first_due_on: date, had: int) -> list[tuple[int, date]]:
    """The doses that somebody lacks who `had` so many, and when each is due; one more where they had the series."""
    planned = [(had + 1, first_due_on)]
    for dose in range(had + 2, vaccine.doses + 1):
        planned.append((dose, planned[-1][1] + timedelta(days=vaccine.intervals[dose - 2])))
    return planned


def after(vaccine: Vaccine, *, dose: int, given_on: date) -> date | None:
    """The earliest day for the dose after one that was given; None where there is none."""
    if dose < vaccine.doses:
        return given_on + timedelta(days=vaccine.intervals[dose - 1])
    return None if vaccine.repeat_months is None else months_later(given_on, vaccine.repeat_months)


def moved(vaccine: Vaccine, following: list[Vaccination], *, earliest: date) -> list[tuple[int, date]]:
    """Which of the doses that follow one just given (in order, none given) are due later than was planned, and when:
    a dose given late moves those after it, one given early none."""
    found = []
    for one in following:
        due = max(one.due_on, earliest)
        if due != one.due_on:
            found.append((one.id, due))
        earliest = after(vaccine, dose=one.dose, given_on=due) or due
    return found


def months_later(day: date, months: int) -> date:
    """The same day of a month so many later, or its last: a year after 29 February is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
