"""What every test stands on. The database's part is in databases.py."""

import socket
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bedside.kit.clock import SetClock
from bedside.kit.database import Database, Tx

pytest_plugins = [
    "tests.databases",
    "tests.web",
    "tests.world",
    "tests.queries",
    "tests.product",
    "tests.post_office",
    "tests.browsers",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long` runs the slow tests too, and gives the searching ones more time."""
    parser.addoption("--long", action="store_true", help="run slow tests too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is marked slow unless `--long` was given."""
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow: run with --long"))


def _keep_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuses a connection to anywhere else: a test that needs the network would fail on some other day."""
    if event == "socket.connect":
        connection, address = arguments
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if not (host.startswith("127.") or host in ("::1", "localhost", "::")):
                raise RuntimeError(f"A test tried to reach {host}: nothing may leave this machine.")


sys.addaudithook(_keep_on_this_machine)


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands at nine o'clock of a Monday morning in New York, until the test moves it."""
    return SetClock(datetime(2027, 3, 1, 14, 0, tzinfo=UTC))


@pytest.fixture
async def database(fresh_database_url: str, clock: SetClock) -> AsyncIterator[Database]:
    """A database with every table and no rows, for this test alone, whose transactions go by the test's clock."""
    database = Database(fresh_database_url, clock=clock, pool_size=4)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Tx]:
    """One open transaction in such a database, committed when the test has ended well."""
    async with database.transaction() as tx:
        yield tx
