"""The small named hospital that tests tell their stories in, from bedside/demo.

A test that takes `world` has a database of its own with everybody in it, cloned from a template, and so have its `tx`,
`database`, `client` and `app`. It is Monday, 1 March 2027, nine o'clock in New York; schedules hold from 120 days
before. Outsiders: Olga and Oscar, who work at Clínica Santa Lucía only.
"""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bedside.demo import SmallWorld, read_small_world, small_world
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.kit.sealing import install_sealing_key
from tests.databases import Databases
from tests.web import SECRET_KEY

__all__ = ["SmallWorld"]

HOUSE = Path(__file__).parents[1] / "bedside"
BEGINNING = datetime(2027, 3, 1, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def world_template(databases: Databases, empty_template: str) -> str:
    """The template with the small named hospital in it."""
    sources = [
        path
        for room in ("demo", "directory", "patients", "accounts", "owners", "contracts")
        for path in (HOUSE / room).glob("*.py")
    ]
    known = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()
    return databases.template("world", _write, ingredients=known, start=empty_template)


@pytest.fixture
async def world(world_template: str, database: Database) -> SmallWorld:
    """Everybody and everything by name: `world.maria`, `world.smith`, `world.cardiology`."""
    async with database.transaction() as tx:
        return await read_small_world(tx)


def _write(url: str) -> None:
    async def write() -> None:
        install_sealing_key(SECRET_KEY)
        database = Database(url, clock=SetClock(BEGINNING), pool_size=2)
        await database.open()
        try:
            async with database.transaction() as tx:
                await small_world(tx)
        finally:
            await database.close()

    with ThreadPoolExecutor(1) as threads:  # a loop may be running in this one
        threads.submit(asyncio.run, write()).result()
