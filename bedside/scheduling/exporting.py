"""The list of visits as CSV, written as it is read, so that memory stays flat."""

from collections.abc import AsyncIterator
from typing import Any

from bedside.kit.csv_text import csv_line
from bedside.kit.database import Database
from bedside.scheduling import store
from bedside.scheduling.model import Appointment

_COLUMNS = (
    "id", "date", "time", "time zone", "minutes", "status", "patient id", "patient", "practitioner", "department",
    "hospital", "service", "reason", "source", "booked by", "cancel reason",
)  # fmt: skip


def _cells(one: Appointment) -> list[Any]:
    starts = one.starts_local
    return [
        one.id, starts.date().isoformat(), f"{starts:%H:%M}", one.time_zone, one.duration_minutes, one.status.value,
        one.patient_id, one.patient_name, one.practitioner_name, one.department, one.hospital, one.service,
        one.reason, one.source, one.booked_by_name, one.cancel_reason,
    ]  # fmt: skip


async def csv_lines(database: Database, filters: dict[str, Any]) -> AsyncIterator[bytes]:
    """The table, a page of rows at a time; begins with a byte order mark, which spreadsheets go by."""
    yield "\ufeff".encode() + csv_line(_COLUMNS)
    cursor = None
    while True:
        async with database.transaction() as tx:
            page = await store.APPOINTMENTS.page(tx, filters=filters, cursor=cursor, limit=200)
        yield b"".join(csv_line(_cells(one)) for one in page.items)
        cursor = page.next
        if cursor is None:
            return
