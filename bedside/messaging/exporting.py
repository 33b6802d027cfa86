"""A suppression as a line of a table, and how a part of an address is looked for."""

from typing import Any

from bedside.messaging.store_suppressions import Suppression

COLUMNS = (
    "channel", "address", "what", "reason", "source", "since", "stopped by", "lifted", "lifted because", "lifted by",
)  # fmt: skip


def searched(text: str) -> str | None:
    """What is looked for in addresses: numbers as they are kept, without what people put between digits."""
    text = text.replace("\0", "").strip().lower()[:320]
    plain = "".join(sign for sign in text if sign not in " ()-.\u202f\u00a0")
    return (plain if plain.removeprefix("+").isdecimal() else text) or None


def row(one: Suppression) -> list[Any]:
    """What stands under the columns."""
    return [
        one.channel, one.address, one.purpose or "everything", one.reason, one.source, one.at, one.created_by,
        one.lifted_at, one.lifted_because, one.lifted_by,
    ]  # fmt: skip
