"""The database gets its shape, keeps it, and can be brought back to nothing."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from bedside.kit import migrating
from tests.databases import Databases


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select schemaname || '.' || tablename from pg_tables "
            "where schemaname not in ('pg_catalog', 'information_schema') and tablename not like '%yoyo%'"
        ).fetchall()
    return {name for (name,) in rows}


def test_every_migration_can_be_undone_and_done_again(fresh_database_url: str) -> None:
    everything = tables(fresh_database_url)
    assert "crm.appointments" in everything
    names = migrating.names()
    assert migrating.roll_back(fresh_database_url, steps=len(names)) == list(reversed(names))
    assert tables(fresh_database_url) == set()
    assert migrating.migrate(fresh_database_url) == names
    assert tables(fresh_database_url) == everything
    assert migrating.migrate(fresh_database_url) == []


def test_two_that_start_at_once_migrate_once(databases: Databases) -> None:
    bare = databases.template("bare", lambda url: None)
    with databases.clone(bare) as url, ThreadPoolExecutor(2) as both:
        done = list(both.map(lambda _: migrating.migrate(url), range(2)))
        assert sorted(map(len, done)) == [0, len(migrating.names())]
        assert migrating.applied(url) == migrating.names()


def test_a_database_from_a_newer_version_is_refused_with_what_to_do(fresh_database_url: str) -> None:
    with psycopg.connect(fresh_database_url) as connection:
        connection.execute(
            "insert into _yoyo_migration (migration_hash, migration_id, applied_at_utc) "
            "values ('x', '9999.from_tomorrow', now())"
        )
    with pytest.raises(migrating.DatabaseUnfit, match=r"9999\.from_tomorrow.*Start the newer one"):
        migrating.migrate(fresh_database_url)


def test_a_server_that_is_not_there_is_said_so() -> None:
    with pytest.raises(migrating.DatabaseUnfit, match="does not answer"):
        migrating.migrate("postgresql://bedside@127.0.0.1:7119/bedside")
