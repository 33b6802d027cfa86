"""The list of owners as CSV, written as it is read, so that memory stays flat. No account or tax number is in it."""

from collections.abc import AsyncIterator
from typing import Any

from bedside.kit.csv_text import BYTE_ORDER_MARK, csv_line
from bedside.kit.database import Database
from bedside.owners import store
from bedside.owners.model import Owner

_COLUMNS = (
    "id", "kind", "name", "legal name", "registration number", "phone", "email", "language", "preferred channel",
    "address", "country", "hospital ids", "account manager id", "added", "archived",
)  # fmt: skip
_AT_ONCE = 200


async def csv_lines(database: Database, *, filters: dict[str, Any]) -> AsyncIterator[bytes]:
    """The table with every owner that the filters leave, a few hundred rows at a time."""
    yield BYTE_ORDER_MARK + csv_line(_COLUMNS)
    lines: list[bytes] = []
    async with database.transaction() as tx:
        async for one in store.export(tx, filters):
            lines.append(_line(one))
            if len(lines) == _AT_ONCE:
                yield b"".join(lines)
                lines.clear()
    yield b"".join(lines)


def _line(one: Owner) -> bytes:
    return csv_line(
        [
            one.id, one.kind, one.name, one.legal_name, one.registration_number, one.phone, one.email, one.language,
            one.preferred_channel, one.address, one.country, " ".join(map(str, one.hospital_ids)),
            one.account_manager_id, one.created_at.date(), one.archived_at.date() if one.archived_at else None,
        ]
    )  # fmt: skip
