"""The list of visits as CSV, written as it is read, so that memory stays flat."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

from bedside.kit.database import Database
from bedside.scheduling import store
from bedside.scheduling.model import Appointment

_COLUMNS = (
    "id", "date", "time", "time zone", "minutes", "status", "patient id", "patient", "practitioner", "department",
    "hospital", "service", "reason", "source", "booked by", "cancel reason",
)  # fmt: skip


def safe_cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it (RULES, records of people, 2)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _cells(one: Appointment) -> list[Any]:
    starts = one.starts_local
    return [
        one.id, starts.date().isoformat(), f"{starts:%H:%M}", one.time_zone, one.duration_minutes, one.status.value,
        one.patient_id, one.patient_name, one.practitioner_name, one.department, one.hospital, one.service,
        one.reason, one.source, one.booked_by_name, one.cancel_reason,
    ]  # fmt: skip


async def csv_lines(database: Database, filters: dict[str, Any]) -> AsyncIterator[bytes]:
    """The table, a page of rows at a time; begins with a byte order mark, which spreadsheets go by."""
    yield "\ufeff".encode() + _line(_COLUMNS)
    cursor = None
    while True:
        async with database.transaction() as tx:
            page = await store.APPOINTMENTS.page(tx, filters=filters, cursor=cursor, limit=200)
        yield b"".join(_line([safe_cell(cell) for cell in _cells(one)]) for one in page.items)
        cursor = page.next
        if cursor is None:
            return


def _line(cells: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()
