"""A real PostgreSQL for the tests: every test process clones its databases from templates that are made once.

The server is the one that `BEDSIDE_TEST_DATABASE_URL` names (its user must be allowed to create databases), or else an
embedded one, started once for the whole run and shared by its processes. A template is named after a hash of what
went into it, so a server that stays (yours) makes it again only when a migration changes.

Which fixture to take:

- `fresh_database_url`: a clone for this test alone. The choice for whatever writes: commits are real, and nobody's rows
  are left over. Cloning the empty shape takes 20 ms in memory and 0.2 s on a disk; a truncated
  database would need its people written again.
- `database_url`: one clone for all tests of a file, for tests that only read or that do not mind each other.
- `template(name, prepare, ingredients)` on the `databases` fixture: a further template, with people in it for example.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bedside.kit import migrating
from bedside.kit.embedded import EmbeddedDatabase

VARIABLE = "BEDSIDE_TEST_DATABASE_URL"
# A test's database need not survive a crash of the machine.
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "400",
    "max_wal_size": "256MB",
}
ROOM = 3 * 2**30  # bytes: several times what a whole run has ever held at once

_server: EmbeddedDatabase | None = None
_folder: Path | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Starts the server, once: in the process that hands out the tests, whose environment the others inherit."""
    global _server, _folder
    if os.environ.get(VARIABLE) or hasattr(config, "workerinput") or config.option.collectonly:
        return
    _folder = Path(tempfile.mkdtemp(prefix="bedside-tests-", dir=_memory()))
    _server = EmbeddedDatabase(_folder, tuning=CARELESS)
    _server.prepare()
    _server.start()
    os.environ[VARIABLE] = _server.url


def _memory() -> Path | None:
    """A folder that is memory, where this machine has one with room to spare: a clone, of some 900 files, takes 0.02 s
    there and 0.2 s on a disk, and every test that writes makes one. None: the usual place for what is temporary."""
    memory = Path("/dev/shm")  # noqa: S108  # a folder with a name of our own is made in it
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return memory
    return None


def pytest_unconfigure() -> None:
    """Stops the server that `pytest_configure` started."""
    global _server, _folder
    if _server and _folder:
        os.environ.pop(VARIABLE, None)
        _server.stop()
        shutil.rmtree(_folder, ignore_errors=True)
        _server = _folder = None


class Databases:
    """Makes templates and clones of them on one server. Every name begins with `bedside_test`."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._numbers = count(1)
        self._maintenance = self.at("postgres")  # which every server has

    def at(self, database: str) -> str:
        """The address of one database on this server."""
        host, question, parameters = self.server.partition("?")
        scheme, _, rest = host.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}/{database}{question}{parameters}"

    def template(
        self, name: str, prepare: Callable[[str], None], *, ingredients: str = "", start: str | None = None
    ) -> str:
        """The name of a template, made by `prepare(url)` unless this server has it. `ingredients` is what its content
        depends on, besides the migrations; `start` a template to start from."""
        known = hashlib.sha256()
        for file in sorted(migrating.FOLDER.glob("*.sql")):
            known.update(file.read_bytes())
        known.update(ingredients.encode())
        full = f"bedside_test_{name}_{known.hexdigest()[:12]}"
        with self._connection() as connection:
            # one process makes it, the others wait
            connection.execute("select pg_advisory_lock(hashtext(%s))", [full])
            if connection.execute("select 1 from pg_database where datname = %s", [full]).fetchone() is None:
                unfinished = f"{full}_unfinished"
                self.drop(unfinished)
                self._create(connection, unfinished, start)
                prepare(self.at(unfinished))
                connection.execute(
                    sql.SQL("alter database {} rename to {}").format(sql.Identifier(unfinished), sql.Identifier(full))
                )
        return full

    @contextmanager
    def clone(self, template: str) -> Iterator[str]:
        """The address of a new copy of a template, dropped when the block ends whoever is still connected."""
        name = f"bedside_test_clone_{os.getpid()}_{next(self._numbers)}"
        with self._connection() as connection:
            self._create(connection, name, template)
        try:
            yield self.at(name)
        finally:
            self.drop(name)

    def drop(self, name: str) -> None:
        """Drops a database if it is there."""
        with self._connection() as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        with psycopg.connect(self._maintenance, autocommit=True) as connection:
            connection.execute("set client_min_messages = warning")
            yield connection

    def _create(self, connection: psycopg.Connection[tuple[object, ...]], name: str, template: str | None) -> None:
        # file_copy is twice as quick as wal_log for databases this small; a server may have another encoding by default
        command = "create database {} template {} encoding 'UTF8' strategy file_copy"
        connection.execute(sql.SQL(command).format(sql.Identifier(name), sql.Identifier(template or "template0")))


@pytest.fixture(scope="session")
def databases() -> Databases:
    """Templates and clones on the tests' server."""
    return Databases(os.environ[VARIABLE])


@pytest.fixture(scope="session")
def empty_template(databases: Databases) -> str:
    """The template with every table and no rows."""
    return databases.template("empty", _migrate)


@pytest.fixture
def fresh_database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """A database with every table and no rows, for this test alone; who asks for `world` finds it in there."""
    wanted = "world_template" if "world_template" in request.fixturenames else "empty_template"
    with databases.clone(request.getfixturevalue(wanted)) as url:
        yield url


@pytest.fixture(scope="module")
def database_url(databases: Databases, empty_template: str) -> Iterator[str]:
    """A database with every table, shared by the tests of one file."""
    with databases.clone(empty_template) as url:
        yield url


def _migrate(url: str) -> None:
    migrating.migrate(url)
