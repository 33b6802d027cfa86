"""Transactions at the edge, and rows into typed structs. SQL itself is written by hand, in store files only.

A transaction carries the time (`tx.now`), taken once from the clock when it begins: everything that it writes
happened at one instant. Every statement may use it as `%(now)s`.
"""

import select
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, LiteralString, TypeVar
from uuid import UUID

import msgspec
from psycopg import AsyncConnection, adapters, sql
from psycopg.rows import AsyncRowFactory, BaseRowFactory, tuple_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool

from bedside.kit.arrays import QuickListDumper
from bedside.kit.clock import Clock, SystemClock

Query = LiteralString | sql.SQL | sql.Composed
T = TypeVar("T")

_NATIVE = (datetime, date, time, timedelta, Decimal, UUID, bytes)

# A statement with its parameters, not yet sent.
_Waiting = tuple[Query, dict[str, Any]]
_BEGIN: _Waiting = ("begin", {})
_COMMIT: _Waiting = ("commit", {})

set_json_dumps(lambda value: msgspec.json.encode(value))
set_json_loads(msgspec.json.decode)
adapters.register_dumper(list, QuickListDumper)


@lru_cache(maxsize=1024)
def _encoded_names(into: type, columns: tuple[bytes | None, ...]) -> tuple[str, ...]:
    """Column names as the struct spells them on the wire, which is how msgspec looks them up."""
    spelled = dict(zip(into.__struct_fields__, into.__struct_encode_fields__, strict=True))  # type: ignore[attr-defined]
    named = [(column or b"").decode() for column in columns]
    unknown = [column for column in named if column not in spelled]
    if unknown:
        raise TypeError(f"{into.__name__} has no field for the column(s) {', '.join(unknown)}")
    return tuple(spelled[column] for column in named)


def _rows_of(into: type[T]) -> BaseRowFactory[T]:
    """A row factory that makes structs of the given type; columns and fields carry the same names."""

    def factory(cursor: Any) -> Any:
        # not the cursor's description, which makes an object of every column of every answer
        found = cursor.pgresult
        if found is None or found.nfields == 0:
            return tuple_row(cursor)
        columns = tuple([found.fname(n) for n in range(found.nfields)])
        names = _encoded_names(into, columns)  # type: ignore[arg-type]  # every class is hashable

        def make(values: Sequence[Any]) -> T:
            return msgspec.convert(dict(zip(names, values, strict=True)), into, builtin_types=_NATIVE, strict=False)

        return make

    return factory


class Tx:
    """One open transaction. Verbs take it first and never commit it: the edge that began it does.

    What need not be answered at once (`begin`, and every `write`) waits here and travels with the statement that comes
    next, in one exchange with the server (PostgreSQL's pipeline mode): a booking takes 7 exchanges, not 11.
    """

    def __init__(
        self,
        connection: AsyncConnection[Any],
        now: datetime,
        waiting: list[_Waiting],
        streams: "list[AsyncGenerator[Any]] | None" = None,
    ) -> None:
        self.connection = connection
        self.now = now
        self._waiting = waiting
        self._streams = [] if streams is None else streams

    def dated(self, now: datetime) -> "Tx":
        """The same transaction, as if it had begun at another time: for a past that is written down afterwards."""
        return Tx(self.connection, now, self._waiting, self._streams)

    async def _run(self, query: Query, parameters: dict[str, Any], rows: AsyncRowFactory[Any] | Any) -> Any:
        parameters["now"] = self.now
        if rows is None:
            self._waiting.append((query, parameters))
            return None
        cursor = self.connection.cursor(row_factory=rows)
        if not self._waiting:
            return await cursor.execute(query, parameters)
        async with self.connection.pipeline():
            await self._send_waiting()
            await cursor.execute(query, parameters)
        return cursor

    async def _send_waiting(self) -> None:
        sent = self._waiting.copy()
        self._waiting.clear()  # in place: `dated` shares it
        for query, parameters in sent:
            await self.connection.cursor().execute(query, parameters, prepare=None if parameters else False)

    async def settle(self) -> None:
        """Waits until everything written so far has been done; raises what the server refused of it."""
        if self._waiting:
            async with self.connection.pipeline():
                await self._send_waiting()

    async def finish(self) -> None:
        """Commits: for the edge alone."""
        if self._waiting and self._waiting != [_BEGIN]:
            self._waiting.append(_COMMIT)
            await self.settle()
        else:
            await self.connection.commit()  # which asks the server nothing where no statement was run

    async def all(self, into: type[T], query: Query, **parameters: Any) -> list[T]:
        """Every row, as structs of the type given."""
        cursor = await self._run(query, parameters, _rows_of(into))
        return await cursor.fetchall()  # type: ignore[no-any-return]

    async def maybe(self, into: type[T], query: Query, **parameters: Any) -> T | None:
        """The first row, or None where there is none."""
        cursor = await self._run(query, parameters, _rows_of(into))
        return await cursor.fetchone()  # type: ignore[no-any-return]

    async def one(self, into: type[T], query: Query, **parameters: Any) -> T:
        """The row that must be there; raises LookupError where it is not."""
        row = await self.maybe(into, query, **parameters)
        if row is None:
            raise LookupError(f"no row for {into.__name__}")
        return row

    async def value(self, query: Query, **parameters: Any) -> Any:
        """The first column of the first row, or None where there is no row."""
        cursor = await self._run(query, parameters, tuple_row)
        row = await cursor.fetchone()
        return None if row is None else row[0]

    async def rows(self, query: Query, **parameters: Any) -> list[tuple[Any, ...]]:
        """Every row as a tuple, for what deserves no struct."""
        cursor = await self._run(query, parameters, tuple_row)
        return await cursor.fetchall()  # type: ignore[no-any-return]

    async def execute(self, query: Query, **parameters: Any) -> int:
        """Runs a statement for its effect and gives the number of rows it touched."""
        cursor = await self._run(query, parameters, tuple_row)
        return cursor.rowcount  # type: ignore[no-any-return]

    async def write(self, query: Query, **parameters: Any) -> None:
        """Writes a statement down, to be run before the next one or the commit, in order. For what has no answer: it
        saves an exchange. What the server refuses of it is raised by that next one: never use it where the refusal is
        expected and caught."""
        await self._run(query, parameters, None)

    async def execute_many(self, query: Query, many: Iterable[dict[str, Any]]) -> None:
        """Runs a statement once for each set of parameters, in one exchange with the server."""
        await self.settle()
        cursor = self.connection.cursor()
        await cursor.executemany(query, [{"now": self.now, **parameters} for parameters in many])

    def stream(self, into: type[T], query: Query, *, batch: int = 1000, **parameters: Any) -> AsyncGenerator[T]:
        """Rows one by one from a server-side cursor: memory stays flat however many there are. Whoever reads only some
        of them need not close it: it ends with the transaction."""
        stream = self._stream(into, query, batch, parameters)
        self._streams.append(stream)
        return stream

    async def _stream(self, into: type[T], query: Query, batch: int, parameters: dict[str, Any]) -> AsyncGenerator[T]:
        parameters["now"] = self.now
        await self.settle()
        async with self.connection.cursor(name="stream", row_factory=_rows_of(into)) as cursor:
            cursor.itersize = batch
            await cursor.execute(query, parameters)
            async for row in cursor:
                yield row

    async def close_streams(self) -> None:
        """Closes what was not read to its end, before the connection is another's: for the edge alone. A cursor that is
        only let go of would be closed at any time later, in somebody else's transaction."""
        for stream in self._streams:
            await stream.aclose()

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """What happens inside is undone if it raises, without undoing the transaction around it."""
        await self.settle()
        try:
            async with self.connection.transaction():
                yield
                await self.settle()
        except BaseException:
            self._waiting.clear()  # it was never done, and is not to be
            raise


async def _check_alive(connection: AsyncConnection[Any]) -> None:
    """Raises OperationalError for a connection that the server closed while nobody used it, so that the pool takes
    another: a database that was started anew fails no request. A live one has nothing to say, which costs no exchange.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await AsyncConnectionPool.check_connection(connection)


class Database:
    """A pool of connections to one PostgreSQL, and the clock that its transactions go by."""

    def __init__(
        self,
        url: str,
        *,
        clock: Clock | None = None,
        pool_size: int = 10,
        application: str = "bedside",
        statement_timeout: timedelta = timedelta(seconds=30),
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.url = url
        milliseconds = int(statement_timeout.total_seconds() * 1000)
        self._pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            url,
            min_size=min(2, pool_size),
            max_size=pool_size,
            open=False,
            timeout=10,
            check=_check_alive,
            kwargs={
                "application_name": application,
                "prepare_threshold": 2,
                # psycopg would wait for its own `begin`; ours travels with the first statement
                "autocommit": True,
                # lock_timeout: a request that waits longer for a row than this is better told to try again
                "options": f"-c statement_timeout={milliseconds} -c lock_timeout=5000 -c timezone=UTC "
                "-c idle_in_transaction_session_timeout=60000 -c jit=off",
            },
        )

    async def open(self) -> None:
        """Opens the pool and waits until a connection answers."""
        await self._pool.open(wait=True, timeout=15)

    async def close(self) -> None:
        """Closes every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Tx]:
        """One transaction: commits when the block ends, rolls back when it raises."""
        async with self._pool.connection() as connection:
            tx = Tx(connection, self.clock.now(), [_BEGIN])
            try:
                yield tx
            finally:
                await tx.close_streams()
            await tx.finish()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[AsyncConnection[Any]]:
        """A connection for what must not run in a transaction of ours (tailing, maintenance), in autocommit."""
        async with await AsyncConnection.connect(self.url, autocommit=True) as connection:
            yield connection
