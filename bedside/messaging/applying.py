"""Webhooks as they come: kept raw where they arrive, applied by the worker, once. What cannot be applied stops nothing
behind it: it is tried again for some minutes, then set aside for a person.

What people wrote goes first and one at a time, so that a stop acts within a second however many statuses wait. Statuses
go by the hundred, in one transaction: it holds everything of a batch or, where a worker dies, nothing of it.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import msgspec
import structlog

from bedside.kit.database import Database, Tx
from bedside.kit.jobs import forever
from bedside.messaging import store_receipts, store_refused
from bedside.messaging.providers.smtp import incoming as mail
from bedside.messaging.providers.smtp import webhooks as smtp
from bedside.messaging.providers.twilio import webhooks as twilio
from bedside.messaging.providers.whatsapp_cloud import webhooks as whatsapp
from bedside.messaging.receiving import receive
from bedside.messaging.reports import Inbound, Malformed, Report
from bedside.messaging.status_changes import PROVIDER, apply
from bedside.messaging.store_receipts import Receipt, Settled

log = structlog.get_logger()

IDLE = 0.1  # seconds between looks while nothing comes
WORDS_AT_ONCE = 20
STATUSES_AT_ONCE = 500
# a fault of ours: tried again after 1, 5, 25, 125 and 625 seconds, then set aside
TRIES = 6
LARGEST_ID = 2**63 - 1


class _Read(msgspec.Struct):
    """A receipt and what it says, part by part."""

    receipt: Receipt
    reports: list[Report] = []
    words: list[Inbound] = []
    faults: list[str] = []
    # a fault of ours, which may have passed by the next time; what is malformed stays so
    again: bool = False

    @property
    def is_malformed(self) -> bool:
        """Whether the provider said something that makes no sense."""
        return any(fault.startswith("Malformed") for fault in self.faults)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Keeps what a part of it fails with, so that the other parts get theirs."""
        try:
            yield
        except Exception as error:
            log.exception("webhook_not_applied", provider=self.receipt.provider, receipt=self.receipt.id)
            self.faults.append(f"{type(error).__name__}: {error}"[:500])
            self.again = True

    def settled(self, tx: Tx) -> Settled:
        """What becomes of the receipt."""
        fault = "\n".join(self.faults)[:2000].replace("\0", "") or None
        tries = self.receipt.attempts + 1
        again_at = tx.now + timedelta(seconds=5 ** (tries - 1)) if self.again and tries < TRIES else None
        return Settled(id=self.receipt.id, fault=fault, again_at=again_at)


async def run(database: Database, *, secret: str) -> None:
    """Applies what comes, words and statuses each at their own pace, until cancelled."""

    async def words() -> bool:
        return await apply_words(database, secret=secret) > 0

    async def statuses() -> bool:
        return await apply_statuses(database, secret=secret) > 0

    async with asyncio.TaskGroup() as group:
        group.create_task(forever("words", words, idle=IDLE))
        group.create_task(forever("receipts", statuses, idle=IDLE))


async def apply_all(database: Database, *, secret: str) -> int:
    """Applies everything that waits now and gives how many receipts there were."""
    total = 0
    while done := await apply_words(database, secret=secret) + await apply_statuses(database, secret=secret):
        total += done
    return total


async def apply_words(database: Database, *, secret: str) -> int:
    """Applies some receipts that carry people's words, in the order in which they came; gives how many there were."""
    async with database.transaction() as tx:
        if not await store_receipts.alone(tx):
            return 0  # another worker does
        waiting = await store_receipts.claim(tx, urgent=True, limit=WORDS_AT_ONCE)
        if not waiting:
            return 0
        read = [_read(receipt, secret) for receipt in waiting]
        for one in read:
            await _apply_reports(tx, one)
            await _apply_words(tx, one)
        await _settle(tx, read)
    return len(waiting)


async def apply_statuses(database: Database, *, secret: str) -> int:
    """Applies a batch of receipts that tell how far messages have come; gives how many there were."""
    async with database.transaction() as tx:
        waiting = await store_receipts.claim(tx, urgent=False, limit=STATUSES_AT_ONCE)
        if not waiting:
            return 0
        read = [_read(receipt, secret) for receipt in waiting]
        if not await _apply_together(tx, [report for one in read for report in one.reports]):
            for one in read:  # one of them is at fault, and shall not stop the others
                await _apply_reports(tx, one)
        for one in read:
            await _apply_words(tx, one)
        await _settle(tx, read)
    return len(waiting)


async def _settle(tx: Tx, read: list[_Read]) -> None:
    await store_receipts.settle(tx, [one.settled(tx) for one in read])
    malformed = Counter((one.receipt.provider, "malformed") for one in read if one.is_malformed and not one.again)
    if malformed:
        await store_refused.count(tx, malformed)


async def _apply_together(tx: Tx, reports: list[Report]) -> bool:
    """Applies all of them, or none."""
    try:
        async with tx.savepoint():
            await apply(tx, reports, actor=PROVIDER)
    except Exception:
        log.warning("receipts_not_applied_together", reports=len(reports), exc_info=True)
        return False
    return True


async def _apply_reports(tx: Tx, one: _Read) -> None:
    for report in one.reports:
        with one.noting():
            async with tx.savepoint():
                await apply(tx, [report], actor=PROVIDER)


async def _apply_words(tx: Tx, one: _Read) -> None:
    for inbound in one.words:
        with one.noting():
            async with tx.savepoint():
                await receive(tx, inbound)


def _read(receipt: Receipt, secret: str) -> _Read:
    """What a webhook says, part by part: one part that makes no sense leaves the others theirs. Never raises."""
    faults: list[str] = []
    try:
        things = _things(receipt, secret, faults)
    except Malformed as error:
        things = []
        faults.append(f"Malformed: {error}")
    except Exception as error:  # what nobody thought of, in what anybody may send
        log.exception("webhook_not_read", provider=receipt.provider, receipt=receipt.id)
        things = []
        faults.append(f"{type(error).__name__}: {error}"[:500])
    # what has no time of its own happened when we heard of it, however late that is applied
    things = [
        msgspec.structs.replace(_without_nul(thing), at=min(thing.at or receipt.received_at, receipt.received_at))
        for thing in things
    ]
    return _Read(
        receipt=receipt,
        reports=[thing for thing in things if isinstance(thing, Report)],
        words=[thing for thing in things if isinstance(thing, Inbound)],
        faults=faults,
    )


def _without_nul(thing: Report | Inbound) -> Report | Inbound:
    """The same without the one character that PostgreSQL keeps in no text."""
    spoilt = {
        name: value.replace("\0", "")
        for name in thing.__struct_fields__
        if isinstance(value := getattr(thing, name), str) and "\0" in value
    }
    return msgspec.structs.replace(thing, **spoilt) if spoilt else thing


def _things(receipt: Receipt, secret: str, faults: list[str]) -> list[Report | Inbound]:
    match receipt.provider, receipt.kind.partition(":")[0]:
        case "twilio", "status":
            message_id = int(receipt.kind.partition(":")[2])
            if message_id > LARGEST_ID:
                raise Malformed("it names a message that cannot be")
            report = twilio.report(message_id, dict(twilio.fields_of(receipt.body)))
            return [report] if report else []
        case "twilio", _:
            return [twilio.inbound(dict(twilio.fields_of(receipt.body)))]
        case "smtp", "inbound":
            return [mail.inbound(receipt.body, receipt_id=receipt.id)]
        case "smtp", _:
            bounce = smtp.report(receipt.body, secret=secret)
            return [bounce] if bounce else []
        case _:
            return _whatsapp_things(receipt.body, faults)


def _whatsapp_things(body: bytes, faults: list[str]) -> list[Report | Inbound]:
    things: list[Report | Inbound | None] = []
    for value in whatsapp.values_of(body):
        to = str((value.get("metadata") or {}).get("phone_number_id") or "")
        for status in value.get("statuses") or []:
            try:
                things.append(whatsapp.report(status))
            except Malformed as error:
                faults.append(f"Malformed: {error}")
        for message in value.get("messages") or []:
            try:
                things.append(whatsapp.inbound(message, to=to))
            except Malformed as error:
                faults.append(f"Malformed: {error}")
    return [thing for thing in things if thing is not None]
