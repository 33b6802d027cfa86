"""Visits of a time before there was a calendar: for the demonstration. The constraints hold all the same."""

from datetime import date, datetime, time

import msgspec

from bedside.kit.database import Tx
from bedside.scheduling import store_history


class WeeklyHours(msgspec.Struct, frozen=True, kw_only=True):
    """Hours of a practitioner at a department on one weekday (1 Monday to 7 Sunday), in the hospital's zone."""

    practitioner_id: int
    hospital_id: int
    department_id: int
    weekday: int
    starts: time
    ends: time
    slot_minutes: int
    valid_from: date
    lanes: int = 1
    resource_id: int | None = None


class PastVisit(msgspec.Struct, kw_only=True):
    """A visit as it stands now, with the times of what happened to it."""

    hospital_id: int
    department_id: int
    practitioner_id: int
    service_id: int | None
    patient_id: int
    starts_at: datetime
    ends_at: datetime
    status: str
    reason: str
    created_at: datetime
    booked_by: str
    confirmed_at: datetime | None = None
    arrived_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    no_show_at: datetime | None = None
    cancel_reason: str | None = None
    cancelled_by: str | None = None


async def write_schedules(tx: Tx, hours: list[WeeklyHours]) -> None:
    """Writes weekly schedules in one statement."""
    await store_history.insert_schedules(tx, [msgspec.structs.asdict(one) for one in hours])


async def write_visits(tx: Tx, visits: list[PastVisit]) -> list[int]:
    """Writes visits in one statement, in the order given, and gives their ids."""
    return await store_history.insert_visits(tx, [msgspec.structs.asdict(one) for one in visits])
