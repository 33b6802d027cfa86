"""Makes a database ready to be served: its shape, and where it is new what is in it and how to sign in."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bedside.kit import installation_store, migrating

if TYPE_CHECKING:
    from bedside.kit.database import Database, Tx

T = TypeVar("T")


def bring_up_to_date(
    url: str, *, note: Path, empty: bool, say: Callable[[str], None], fill: Callable[[], None] | None = None
) -> str:
    """Migrates, fills a new database, and gives the words that tell how to sign in.

    A database is new until it was filled to the end: one that a killed first start left is emptied and begun again.
    `note` is the file in which the first sign-in is kept; `empty` leaves the demonstration hospital out. `fill` is
    called instead of filling it here, by who lives on and would keep the 100 MB that filling imports.
    """
    migrating.migrate(url, say=say)
    with migrating.connect(url) as connection:
        ready = installation_store.state(connection) == "ready"
    if not ready and fill is not None:
        fill()
    elif not ready:
        _make_ready(url, note, not empty, say)
    try:
        return f"First sign-in:     {note.read_text().strip()}"
    except OSError:
        return "Sign in as before; `bin/bedside reset-password EMAIL` gives a new password."


def _make_ready(url: str, note: Path, demonstration: bool, say: Callable[[str], None]) -> None:
    with migrating.connect(url) as connection, migrating.alone(connection):
        state = installation_store.state(connection)  # another process may have been first
        if state == "unfinished":
            say("An earlier first start was interrupted: beginning again.")
            migrating.start_over(url)
        if state != "ready":
            _fill(url, note=note, demonstration=demonstration, say=say)


def _fill(url: str, *, note: Path, demonstration: bool, say: Callable[[str], None]) -> None:
    """Writes the first rows: the demonstration hospital if wanted, and the first administrator."""
    from bedside import accounts
    from bedside.kit.clock import SystemClock

    async def fill(database: "Database") -> tuple[str, str]:
        if demonstration:
            from bedside import demo

            await demo.seed(database)
        async with database.transaction() as tx:
            return await accounts.first_administrator(tx)

    if demonstration:
        say("Making the demonstration hospital ...")
    clock = SystemClock()
    with migrating.connect(url) as connection:
        installation_store.begin(connection, demonstration=demonstration, now=clock.now())
        email, password = with_database(url, fill)
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch(mode=0o600)
        note.write_text(f"{email}  {password}\n")
        installation_store.finish(connection, now=clock.now())


def with_database(url: str, work: "Callable[[Database], Awaitable[T]]") -> T:
    """Runs this on a pool of its own and gives what it gives."""
    from bedside.kit.database import Database

    async def alone() -> T:
        database = Database(url, pool_size=2)
        await database.open()
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(alone())


def with_transaction(url: str, work: "Callable[[Tx], Awaitable[T]]") -> T:
    """Runs this in one transaction, committed at the end, and gives what it gives."""

    async def once(database: "Database") -> T:
        async with database.transaction() as tx:
            return await work(tx)

    return with_database(url, once)
