"""Lists on their way to the database: psycopg dumps each item by itself, which for some hundred numbers or texts a
statement is most of what it does. Those two kinds are put together at once here; all others are left to it."""

from typing import Any

from psycopg.abc import Buffer
from psycopg.types.array import ListDumper


class QuickListDumper(ListDumper):
    """As psycopg's, quicker for lists of numbers and of texts."""

    def dump(self, obj: list[Any]) -> Buffer | None:
        """The array as PostgreSQL reads it (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO)."""
        kinds = set(map(type, obj))
        kinds.discard(type(None))
        if kinds == {int}:
            return ("{" + ",".join(["NULL" if one is None else str(one) for one in obj]) + "}").encode()
        if kinds == {str}:
            array = "{" + ",".join(["NULL" if one is None else _quoted(one) for one in obj]) + "}"
            if "\0" not in array:  # which psycopg refuses
                return array.encode()
        return super().dump(obj)


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
