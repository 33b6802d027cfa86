"""A small hospital for the stories of this folder: Bellevue General, its cardiology, and who works there."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bedside.accounts import Role, SignedIn
from bedside.event_log import install_reactions
from bedside.kit.clock import SetClock
from bedside.kit.database import Database

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = date(2027, 3, 8)


def at(day: date, clock: str = "10:00", *, fold: int = 0) -> datetime:
    """An instant, by the clock on the wall in New York."""
    return datetime.combine(day, time.fromisoformat(clock), NEW_YORK).replace(fold=fold)


class Bellevue:
    """The hospital and its people, by their ids. Dr. Smith sees patients on weekdays from 09:00 to 17:00."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.desk = SignedIn(kind="staff", id=1, name="Dana Desk", role=Role.FRONT_DESK)
        self.clinician = SignedIn(kind="staff", id=2, name="Chris Clinician", role=Role.CLINICIAN)

    async def build(self) -> "Bellevue":
        """Writes the rows."""
        self.hospital = await self.add_hospital("Bellevue General", "America/New_York")
        self.cardiology = await self.add("departments", hospital_id=self.hospital, name="Cardiology")
        self.smith = await self.add_doctor("Amelia", "Smith")
        self.jones = await self.add_doctor("Owen", "Jones")
        self.anna, self.ben = [await self.add_patient(name) for name in ("Anna Avery", "Ben Brook")]
        for weekday in range(1, 6):
            await self.add_schedule(self.smith, weekday=weekday)
        return self

    async def add(self, table: str, **values: Any) -> int:
        """Inserts a row with its times and gives its id."""
        columns = [*values, "created_at", "updated_at"]
        names = ", ".join(columns)
        marks = ", ".join(f"%({name})s" for name in values)
        async with self.database.transaction() as tx:
            return await tx.value(  # type: ignore[no-any-return]
                f"insert into crm.{table} ({names}) values ({marks}, %(now)s, %(now)s) returning id", **values
            )

    async def add_hospital(self, name: str, zone: str, **more: Any) -> int:
        """A further hospital."""
        slug = name.lower().replace(" ", "-")
        return await self.add("hospitals", name=name, slug=slug, time_zone=zone, currency="USD", **more)

    async def add_doctor(self, first: str, last: str, *, department: int | None = None) -> int:
        """A doctor of a department (cardiology)."""
        doctor = await self.add("practitioners", first_name=first, last_name=last)
        await self.execute(
            "insert into crm.practitioner_roles (practitioner_id, department_id) values (%(doctor)s, %(department)s)",
            doctor=doctor,
            department=department or self.cardiology,
        )
        return doctor

    async def add_patient(self, name: str) -> int:
        """A patient."""
        first, last = name.split()
        return await self.add(
            "patients", first_name=first, last_name=last, record_number=f"T-{name}", hospital_id=self.hospital
        )

    async def add_schedule(self, doctor: int, *, weekday: int = 1, **more: Any) -> int:
        """A weekly clinic: 09:00 to 17:00 in slots of 30 minutes, unless said otherwise."""
        values = {
            "hospital_id": self.hospital,
            "department_id": self.cardiology,
            "starts": "09:00",
            "ends": "17:00",
            "slot_minutes": 30,
            "valid_from": date(2020, 1, 1),
        }
        return await self.add("schedules", practitioner_id=doctor, weekday=weekday, **{**values, **more})

    async def add_exception(self, kind: str, since: datetime, until: datetime, **values: Any) -> None:
        """Leave, an extra clinic or a closure."""
        columns = "".join(f", {name}" for name in values)
        marks = "".join(f", %({name})s" for name in values)
        await self.execute(
            f"""insert into crm.schedule_exceptions (kind, during, created_by_name, created_at{columns})
                values (%(kind)s, tstzrange(%(since)s, %(until)s), 'Dana Desk', %(now)s{marks})""",
            kind=kind,
            since=since,
            until=until,
            **values,
        )

    async def execute(self, query: str, **values: Any) -> int:
        """One statement, committed."""
        async with self.database.transaction() as tx:
            return await tx.execute(query, **values)  # type: ignore[arg-type]

    async def value(self, query: str, **values: Any) -> Any:
        """One value."""
        async with self.database.transaction() as tx:
            return await tx.value(query, **values)  # type: ignore[arg-type]


@pytest.fixture
async def bellevue(database: Database, clock: SetClock) -> Bellevue:
    """Bellevue General on the 1st of March 2027, a Monday, at nine in the morning, with nothing booked."""
    install_reactions({})
    return await Bellevue(database).build()
