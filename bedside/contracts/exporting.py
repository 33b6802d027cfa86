"""The list of contracts as CSV, a page at a time, so that memory stays flat."""

from collections.abc import AsyncIterator
from typing import Any

from bedside.accounts import SignedIn
from bedside.contracts.model import Contract
from bedside.contracts.reading import page
from bedside.kit.csv_text import BYTE_ORDER_MARK, csv_line
from bedside.kit.database import Database

_COLUMNS = (
    "number", "title", "owner", "hospital", "status", "currency", "starts on", "ends on", "renewal", "renewal months",
    "notice days", "signed", "terminated on", "reason",
)  # fmt: skip
_AT_ONCE = 200


async def csv_lines(
    database: Database, *, user: SignedIn, filters: dict[str, Any], sort: str | None
) -> AsyncIterator[bytes]:
    """The table with every contract that the filters leave, in the order of the list."""
    yield BYTE_ORDER_MARK + csv_line(_COLUMNS)
    cursor: str | None = None
    async with database.transaction() as tx:
        while True:
            found = await page(tx, user=user, filters=filters, sort=sort, cursor=cursor, limit=_AT_ONCE)
            yield b"".join(_line(one) for one in found.items)
            cursor = found.next
            if cursor is None:
                return


def _line(one: Contract) -> bytes:
    return csv_line(
        [
            one.number, one.title, one.owner_name, one.hospital_name, one.status.value, one.currency, one.starts_on,
            one.ends_on, one.renewal, one.renewal_months, one.notice_days,
            one.signed_at.date() if one.signed_at else None, one.terminated_on, one.termination_reason,
        ]
    )  # fmt: skip
