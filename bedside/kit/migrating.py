"""Brings the database to the shape the code expects: the SQL files in `migrations/`, applied by yoyo.

Only one process does so at a time, under a lock of PostgreSQL's, which ends with its holder. yoyo's own lock is a
row, which a killed process leaves behind, so it is not used.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from bedside.kit.plainly import Plainly

FOLDER = Path(__file__).resolve().parents[2] / "migrations"
OLDEST_POSTGRESQL = 15
_LOCK = 7002_2025  # any number, as long as nothing else in the database takes the same


class DatabaseUnfit(Plainly):
    """The database cannot be used as it is, said with what to do about it."""


def names(folder: Path = FOLDER) -> list[str]:
    """The migrations there are, in the order in which they are applied."""
    return sorted(file.stem for file in folder.glob("*.sql") if not file.name.endswith(".rollback.sql"))


def applied(url: str) -> list[str]:
    """The migrations that this database has had, in order. Raises DatabaseUnfit where it is too old."""
    with connect(url) as connection:
        return _applied(connection)


def migrate(url: str, *, say: Callable[[str], None] | None = None) -> list[str]:
    """Applies what is missing and gives its names; quick where nothing is. Raises DatabaseUnfit."""
    with connect(url) as connection:
        done = _applied(connection)
        wanted = names()
        if done == wanted:
            return []
        _refuse_unknown(done, wanted)
        with alone(connection):
            done = _applied(connection)
            missing = [name for name in wanted if name not in done]
            if missing and say:
                say(f"Bringing the database up to date: {len(missing)} step{'s' * (len(missing) > 1)} ...")
            backend, migrations = _yoyo(url)
            with backend.connection:
                backend.apply_migrations(backend.to_apply(migrations))
            return missing


def roll_back(url: str, *, steps: int) -> list[str]:
    """Undoes the newest `steps` migrations and gives their names, newest first. What they had stored is gone."""
    with connect(url) as connection, alone(connection):
        done = _applied(connection)
        _refuse_unknown(done, names())
        undone = list(reversed(done))[:steps]
        backend, migrations = _yoyo(url)
        with backend.connection:
            backend.rollback_migrations(backend.to_rollback(migrations.filter(lambda one: one.id in undone)))
        return undone


def start_over(url: str) -> None:
    """Empties the database, under a lock that the caller holds, by undoing every migration and doing it again."""
    backend, migrations = _yoyo(url)
    with backend.connection:
        backend.rollback_migrations(backend.to_rollback(migrations))
        backend.apply_migrations(backend.to_apply(migrations))


def connect(url: str) -> psycopg.Connection[Any]:
    """A plain connection to a database that is new enough, committing each statement. Raises DatabaseUnfit."""
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10, application_name="bedside migrations")
    except psycopg.OperationalError as error:
        raise DatabaseUnfit(f"The database does not answer: {str(error).strip()}") from None
    release = connection.info.server_version // 10000
    if release < OLDEST_POSTGRESQL:
        connection.close()
        raise DatabaseUnfit(f"The database is PostgreSQL {release}; Bedside needs {OLDEST_POSTGRESQL} or newer.")
    return connection


def _applied(connection: psycopg.Connection[Any]) -> list[str]:
    if connection.execute("select to_regclass('public._yoyo_migration')").fetchone() == (None,):
        return []
    rows = connection.execute("select migration_id from public._yoyo_migration order by migration_id").fetchall()
    return [name for (name,) in rows]


def _refuse_unknown(done: list[str], wanted: list[str]) -> None:
    unknown = [name for name in done if name not in wanted]
    if unknown:
        raise DatabaseUnfit(
            f"The database has had {', '.join(unknown)}, which this version does not know: it is older than the one "
            "that last ran here. Start the newer one, or roll back with it first."
        )


@contextmanager
def alone(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Waits until no other process migrates this database, and keeps others out until the block ends."""
    connection.execute("select pg_advisory_lock(%s)", [_LOCK])
    try:
        yield
    finally:
        connection.execute("select pg_advisory_unlock(%s)", [_LOCK])


def _yoyo(url: str) -> tuple[Any, Any]:
    # imported here: most starts find nothing to do, and it takes a fifth of a second
    from yoyo import get_backend, read_migrations

    scheme, _, rest = url.partition("://")
    if scheme not in ("postgresql", "postgres"):
        raise DatabaseUnfit("The database's address must begin with postgresql://.")
    # a migration that waits for a lock makes everybody behind it wait too: better to fail and be tried again
    options = "" if "options=" in rest else f"{'&' if '?' in rest else '?'}options=-c%20lock_timeout%3D10s"
    return get_backend(f"postgresql+psycopg://{rest}{options}"), read_migrations(str(FOLDER))
