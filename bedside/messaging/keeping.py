"""Webhooks that come in, kept raw before they are answered: those that come side by side in one transaction.

Each alone would cost a connection and a commit of its own, which is most of what taking one costs. Nobody waits for
company: what comes while a transaction is under way goes with the next.
"""

import asyncio
import hashlib
from collections.abc import Sequence

from bedside.kit.database import Database, Tx
from bedside.messaging import store_receipts
from bedside.messaging.store_receipts import Arrived

# a WhatsApp webhook is as large as 3 MB
MOST_AT_ONCE, MOST_BYTES = 100, 8_000_000


def arrived(*, provider: str, kind: str, body: bytes) -> Arrived:
    """A webhook whose signature has been verified. `kind` is `inbound`, `status:<message id>`, `webhook` or `bounce`.
    Whatever stands in the body is for later."""
    # of WhatsApp's, which carry both, those with words: a needless search costs nothing, a stop that waits does
    urgent = kind == "inbound" or (kind == "webhook" and b'"messages"' in body)
    fingerprint = hashlib.sha256(f"{provider} {kind} ".encode() + body).digest()
    return Arrived(provider=provider, kind=kind, body=body, fingerprint=fingerprint, urgent=urgent)


async def keep(tx: Tx, *, provider: str, kind: str, body: bytes) -> bool:
    """Keeps one, to be applied; False where the very same came before."""
    return bool(await store_receipts.keep(tx, [arrived(provider=provider, kind=kind, body=body)]))


class Intake:
    """Where a web process hands in what it was called with."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Arrived, asyncio.Future[bool]]] = []
        self._at_work: asyncio.Task[None] | None = None

    async def keep(self, one: Arrived) -> bool:
        """Ends when it is kept for good; False where the very same came before. Raises where it could not be kept:
        the provider is told so, and calls again."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, future))
        if self._at_work is None or self._at_work.done():
            self._at_work = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        while self._waiting:
            some: list[tuple[Arrived, asyncio.Future[bool]]] = []
            size = 0
            while self._waiting and len(some) < MOST_AT_ONCE and size < MOST_BYTES:
                some.append(self._waiting.pop(0))
                size += len(some[-1][0].body)
            try:
                fresh = await self._keep([one for one, _ in some])
            except BaseException as error:
                for _, future in some:
                    if not future.done():
                        future.set_exception(error if isinstance(error, Exception) else ConnectionAbortedError())
                if not isinstance(error, Exception):
                    raise
                continue
            for one, future in some:
                if not future.done():  # who called may have gone
                    future.set_result(one.fingerprint in fresh)
                fresh.discard(one.fingerprint)

    async def _keep(self, some: Sequence[Arrived]) -> set[bytes]:
        async with self._database.transaction() as tx:
            return await store_receipts.keep(tx, some)
