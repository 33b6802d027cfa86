"""Lists: filtered and sorted by what a room allows, in pages by key (never by offset), so page 500 is as quick as 1.

A room declares one `Listing` beside its other SQL; nothing that a caller sends ever becomes SQL text.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, LiteralString, TypeVar

import msgspec
from psycopg import DataError, sql
from psycopg.errors import CannotCoerce

from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.wire import Wire

T = TypeVar("T")

LARGEST_PAGE = 200


class Page(Wire, Generic[T], kw_only=True):
    """One page of a list. `next` is the cursor of the following page, null on the last."""

    items: list[T]
    next: str | None = None


@dataclass(frozen=True)
class Key:
    """One expression that a list is sorted by: the SQL, its type, and the field of the row that carries its value."""

    expression: LiteralString
    type: LiteralString
    field: str


@dataclass(frozen=True)
class Listing(Generic[T]):
    """What a list shows, and what it may be filtered and sorted by.

    `select` is the statement up to (not including) `where`, which may use parameters. `filters` maps a name to a
    condition over a parameter of the same name. `sorts` maps a name to the keys in order, the last of them unique,
    none of them null. `always` is a condition that holds for every row.
    """

    into: type[T]
    select: LiteralString
    sorts: Mapping[str, Sequence[Key]]
    default_sort: str
    filters: Mapping[str, LiteralString] = field(default_factory=dict)
    always: LiteralString = "true"

    async def page(
        self,
        tx: Tx,
        *,
        filters: Mapping[str, Any],
        sort: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
        **parameters: Any,
    ) -> Page[T]:
        """One page. A filter whose value is None does not count. `sort` is a name, with `-` before it for descending.

        Raises Invalid (422) for an unknown sort, a limit outside 1 to 200 or a cursor that is not ours.
        """
        if not 1 <= limit <= LARGEST_PAGE:
            raise Invalid(f"limit is between 1 and {LARGEST_PAGE}.", pointer="/limit")
        sort = sort or self.default_sort
        keys = self.sorts.get(sort.removeprefix("-"))
        if keys is None:
            raise Invalid(
                f"A list cannot be sorted by “{sort[:40]}”.", pointer="/sort", next_step="Use: " + ", ".join(self.sorts)
            )
        descending = sort.startswith("-")
        conditions: list[sql.Composable] = [sql.SQL(self.always)]
        values: dict[str, Any] = dict(parameters)
        for name, value in filters.items():
            if value is not None:
                conditions.append(sql.SQL(self.filters[name]))
                values[name] = value
        if cursor is not None:
            after = _read_cursor(cursor, sort, len(keys))
            values |= {f"after_{n}": value for n, value in enumerate(after)}
            left = sql.SQL(", ").join(sql.SQL(key.expression) for key in keys)
            right = sql.SQL(", ").join(
                sql.SQL("%({})s::{}").format(sql.SQL(f"after_{n}"), sql.SQL(key.type)) for n, key in enumerate(keys)
            )
            conditions.append(sql.SQL("({}) {} ({})").format(left, sql.SQL("<") if descending else sql.SQL(">"), right))
        direction = sql.SQL(" desc") if descending else sql.SQL("")
        query = sql.SQL("{} where {} order by {} limit {}").format(
            sql.SQL(self.select),
            sql.SQL(" and ").join(conditions),
            sql.SQL(", ").join(sql.SQL(key.expression) + direction for key in keys),
            sql.Literal(limit + 1),
        )
        try:
            found = await tx.all(self.into, query, **values)
        except (DataError, CannotCoerce):
            if cursor is None:
                raise
            raise _not_ours() from None  # its values are not of the types that the list is sorted by
        more = len(found) > limit
        items = found[:limit]
        return Page(items=items, next=_make_cursor(sort, items[-1], keys) if more else None)


def _make_cursor(sort: str, last: Any, keys: Sequence[Key]) -> str:
    values = [getattr(last, key.field) for key in keys]
    return base64.urlsafe_b64encode(msgspec.json.encode([sort, *values])).decode().rstrip("=")


def _read_cursor(cursor: str, sort: str, width: int) -> list[Any]:
    try:
        read = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, msgspec.DecodeError):
        read = None
    scalar = isinstance(read, list) and all(isinstance(value, str | int | float) for value in read)
    if not scalar or len(read) != width + 1 or read[0] != sort:
        raise _not_ours()
    return list(read[1:])


def _not_ours() -> Invalid:
    return Invalid(
        "The cursor is not one of this list.", pointer="/cursor", next_step="Start from the first page, without it."
    )
