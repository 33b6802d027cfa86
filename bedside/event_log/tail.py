"""Reads the event log as it grows, missing nothing and waiting for nobody.

Ids are handed out before commit, so a higher id can be there before a lower one is. The tail therefore gives at once
what is new to it, and reads again from a low-water mark: the oldest transaction that was still open when it last
looked. Everything below the mark is settled. (No NOTIFY: inside hot transactions it serialises commits.)
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

import msgspec
import psycopg
import structlog

from bedside.event_log.model import Happening
from bedside.event_log.store import NewSince, low_water_mark, new_since
from bedside.kit.database import Database

log = structlog.get_logger()

INTERVAL = timedelta(milliseconds=100)
RECENT = 2000


class News(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the tail gives it; `cursor` is where a reader goes on from, if this is the last that it saw."""

    happening: Happening
    transaction: int
    cursor: int


class Tail:
    """One reader of the log. Give it a mark to go on from, or let it start at the present."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mark: int | None = None
        self._seen: dict[int, int] = {}
        self._recent: deque[News] = deque(maxlen=RECENT)
        self._complete_from = 0

    @property
    def mark(self) -> int:
        """The low-water mark: everything that happened before it has been given."""
        return self._mark or 0

    async def read(self) -> list[News]:
        """What is new since the last call. The first call only finds where the present is."""
        async with self._database.transaction() as tx:
            if self._mark is None:
                self._mark = self._complete_from = await low_water_mark(tx)
                return []
            settled, rows = await new_since(tx, self._mark)
        fresh: Sequence[NewSince] = [row for row in rows if row.id not in self._seen]
        self._mark = max(self._mark, settled)
        self._seen = {row.id: row.transaction for row in rows if row.transaction >= self._mark}
        news = [News(happening=row.happening(), transaction=row.transaction, cursor=self._mark) for row in fresh]
        for item in news:
            if len(self._recent) == RECENT:
                self._complete_from = max(self._complete_from, self._recent[0].transaction + 1)
            self._recent.append(item)
        return news

    def since(self, cursor: int) -> list[News] | None:
        """What was given to others since a cursor; None where that is longer ago than is remembered."""
        if cursor < self._complete_from:
            return None
        return [item for item in self._recent if item.transaction >= cursor]

    async def run(self, give: Callable[[list[News]], None]) -> None:
        """Reads for ever, and gives what is new. A database that is away is waited for."""
        while True:
            try:
                give(await self.read())
            except (psycopg.OperationalError, TimeoutError) as error:
                log.warning("tail_waits", error=str(error))
                await asyncio.sleep(1)
            await asyncio.sleep(INTERVAL.total_seconds())

    async def aclose(self, task: "asyncio.Task[None]") -> None:
        """Stops a running tail."""
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
