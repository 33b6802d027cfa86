"""Transactions: what is written down for later is done in order, refused in time, and undone with what is around it."""

import asyncio
from typing import Any

import msgspec
import psycopg
import pytest

from bedside.kit.database import Database, Tx


class Count(msgspec.Struct):
    """A number of rows."""

    n: int


async def hospitals(tx: Tx) -> int:
    return (await tx.one(Count, "select count(*)::int as n from crm.hospitals")).n


async def write_hospital(tx: Tx, slug: str) -> None:
    await tx.write(
        """insert into crm.hospitals (name, slug, time_zone, currency, created_at, updated_at)
           values (%(slug)s, %(slug)s, 'UTC', 'USD', %(now)s, %(now)s)""",
        slug=slug,
    )


async def in_all(database: Database) -> int:
    async with database.transaction() as tx:
        return await hospitals(tx)


async def test_what_is_written_is_there_for_the_next_statement_and_after_the_commit(database: Database) -> None:
    async with database.transaction() as tx:
        await write_hospital(tx, "north")
        await write_hospital(tx, "south")
        assert await hospitals(tx) == 2
        await write_hospital(tx, "east")  # nothing follows it but the commit
    assert await in_all(database) == 3


async def test_a_transaction_of_writes_alone_is_committed_and_one_of_nothing_is_no_error(database: Database) -> None:
    async with database.transaction():
        pass
    async with database.transaction() as tx:
        await write_hospital(tx, "north")
    assert await in_all(database) == 1


async def test_what_raises_undoes_everything(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with database.transaction() as tx:
            await write_hospital(tx, "north")
            assert await hospitals(tx) == 1
            await write_hospital(tx, "south")
            raise ZeroDivisionError
    assert await in_all(database) == 0


@pytest.mark.parametrize("follows", [True, False])
async def test_a_write_that_is_refused_fails_the_transaction(database: Database, follows: bool) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):  # noqa: PT012
        async with database.transaction() as tx:
            await write_hospital(tx, "north")
            await write_hospital(tx, "north")
            if follows:
                await hospitals(tx)
    assert await in_all(database) == 0


async def test_a_savepoint_undoes_only_what_was_written_inside(database: Database) -> None:
    async with database.transaction() as tx:
        await write_hospital(tx, "north")
        with pytest.raises(psycopg.errors.UniqueViolation):  # noqa: PT012
            async with tx.savepoint():
                await write_hospital(tx, "south")
                await write_hospital(tx, "north")
        with pytest.raises(ZeroDivisionError):  # noqa: PT012
            async with tx.savepoint():
                await write_hospital(tx, "west")
                raise ZeroDivisionError
        async with tx.savepoint():
            await write_hospital(tx, "east")
        assert await hospitals(tx) == 2
    assert await in_all(database) == 2


async def test_rows_come_one_by_one_after_what_was_written(database: Database) -> None:
    async with database.transaction() as tx:
        await write_hospital(tx, "north")
        await write_hospital(tx, "south")
        found = [one.n async for one in tx.stream(Count, "select length(slug) as n from crm.hospitals order by slug")]
    assert found == [5, 5]


async def test_the_same_transaction_dated_back_sees_and_shares_what_is_written(database: Database) -> None:
    async with database.transaction() as tx:
        earlier = tx.dated(tx.now.replace(year=2020))
        await write_hospital(earlier, "north")
        assert await hospitals(tx) == 1
        assert (await tx.value("select created_at from crm.hospitals")).year == 2020


async def test_a_database_that_ended_every_connection_fails_nobody_afterwards(database: Database) -> None:
    async def ask() -> Any:
        async with database.transaction() as tx:
            return await tx.value("select pg_backend_pid()")

    before = {await ask() for _ in range(3)} | set(await asyncio.gather(*(ask() for _ in range(4))))
    async with database.connection() as maintenance:
        await maintenance.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert before.isdisjoint(await asyncio.gather(*(ask() for _ in range(8))))
