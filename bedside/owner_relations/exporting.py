"""An owner's log as CSV, written as it is read, so that memory stays flat."""

from collections.abc import AsyncIterator
from typing import Any

from bedside.kit.csv_text import BYTE_ORDER_MARK, csv_line
from bedside.kit.database import Database
from bedside.owner_relations import store_communications as store
from bedside.owner_relations.model import Communication
from bedside.owner_relations.reading import for_owner

_COLUMNS = (
    "happened", "kind", "direction", "subject", "words", "with", "delivery", "minutes", "notice", "template",
    "written by", "archived",
)  # fmt: skip
_AT_ONCE = 200


async def csv_lines(database: Database, *, filters: dict[str, Any]) -> AsyncIterator[bytes]:
    """The log, newest first, a few hundred entries at a time."""
    yield BYTE_ORDER_MARK + csv_line(_COLUMNS)
    cursor: str | None = None
    while True:
        async with database.transaction() as tx:
            page = await store.LOG.page(tx, filters=filters, cursor=cursor, limit=_AT_ONCE)
        yield b"".join(_line(for_owner(one) if filters["own"] else one) for one in page.items)
        cursor = page.next
        if cursor is None:
            return


def _line(one: Communication) -> bytes:
    return csv_line(
        [
            one.happened_at.isoformat(timespec="minutes"), one.kind, one.direction, one.subject, one.body,
            "; ".join(dict.fromkeys(who.name for who in one.recipients)),
            "; ".join(
                f"{who.name}: {who.status or who.refused_because}"
                for who in one.recipients
                if who.status or who.refused_because
            ),
            one.duration_minutes, one.notice, one.template_key, one.created_by,
            one.archived_at.date() if one.archived_at else None,
        ]
    )  # fmt: skip
