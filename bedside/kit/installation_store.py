"""When this database was first filled, with what, and whether that was finished: one row."""

from datetime import datetime
from typing import Any, Literal

from psycopg import Connection

from bedside.kit.database import Tx

State = Literal["new", "unfinished", "ready"]


def state(connection: Connection[Any]) -> State:
    """`new` has nobody in it, `unfinished` is what a first start that was interrupted leaves."""
    row = connection.execute("select ready_at from crm.installation").fetchone()
    return "new" if row is None else "unfinished" if row[0] is None else "ready"


def begin(connection: Connection[Any], *, demonstration: bool, now: datetime) -> None:
    """Says that this database is about to be filled."""
    connection.execute(
        "insert into crm.installation (demonstration, began_at) values (%(demonstration)s, %(now)s)",
        {"demonstration": demonstration, "now": now},
    )


def finish(connection: Connection[Any], *, now: datetime) -> None:
    """Says that it is filled."""
    connection.execute("update crm.installation set ready_at = %(now)s", {"now": now})


async def is_demonstration(tx: Tx) -> bool:
    """Whether the people in this database are made up: real providers are then refused but for an allow-list."""
    return bool(await tx.value("select coalesce((select demonstration from crm.installation), false)"))
