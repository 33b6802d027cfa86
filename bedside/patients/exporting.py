"""The list of patients as CSV, written as it is read, so that memory stays flat."""

from collections.abc import AsyncIterator
from typing import Any

from bedside.kit.csv_text import BYTE_ORDER_MARK, csv_line
from bedside.kit.database import Database
from bedside.patients import store
from bedside.patients.model import Patient

_COLUMNS = (
    "record number", "first name", "last name", "date of birth", "sex", "phone", "email", "language",
    "preferred channel", "hospital id", "address", "registered", "archived",
)  # fmt: skip
_AT_ONCE = 200


async def csv_lines(database: Database, *, ids: list[int] | None, filters: dict[str, Any]) -> AsyncIterator[bytes]:
    """The table, a few hundred rows at a time. `ids` None: every patient that the filters leave."""
    yield BYTE_ORDER_MARK + csv_line(_COLUMNS)
    lines: list[bytes] = []
    async with database.transaction() as tx:
        async for one in store.export(tx, ids, filters):
            lines.append(_line(one))
            if len(lines) == _AT_ONCE:
                yield b"".join(lines)
                lines.clear()
    yield b"".join(lines)


def _line(one: Patient) -> bytes:
    return csv_line(
        [
            one.record_number, one.first_name, one.last_name, one.date_of_birth, one.sex, one.phone, one.email,
            one.language, one.preferred_channel, one.hospital_id, one.address, one.created_at.date(),
            one.archived_at.date() if one.archived_at else None,
        ]
    )  # fmt: skip
