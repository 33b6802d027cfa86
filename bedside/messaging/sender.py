"""The sender: claims what is due, lets go of the database, talks to providers, writes back what became of it.

Its loop runs in the worker; as many workers as wanted may run it. Rates hold for each worker by itself.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from bedside.kit.database import Database, Tx
from bedside.messaging import reconciling, store_sending
from bedside.messaging.asking_staff import ask_about_account, ask_about_template
from bedside.messaging.model import Message, SendingAddress
from bedside.messaging.preparing import prepare
from bedside.messaging.providers.outcomes import Outcome, Outgoing, Provider, Result, Verdict
from bedside.messaging.rate import Bucket
from bedside.messaging.reports import Report
from bedside.messaging.status_changes import PROVIDER, apply

log = structlog.get_logger()

# longer than any provider's time-out, and much shorter than anybody's patience
LEASE = timedelta(seconds=60)
IN_FLIGHT = 50
ATTEMPTS = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=15)
ACCOUNT_PAUSE = timedelta(minutes=15)
IDLE_SECONDS = 0.1
STOPPING_SECONDS = 2.0
LOOK_AFTER_SECONDS = 1.0


class Sender:
    """`run` sends until cancelled; `drain` sends what is due now and returns, for tests."""

    def __init__(
        self,
        database: Database,
        providers: Mapping[str, Provider],
        *,
        demonstration: bool = False,
        allow_recipients: frozenset[str] = frozenset(),
    ) -> None:
        self._database = database
        self._providers = providers
        self._demonstration = demonstration
        self._allowed = allow_recipients
        self._buckets: dict[int, Bucket] = {}
        self._in_flight: dict[asyncio.Task[Outcome], tuple[Message, Outgoing]] = {}
        self._looked_after = float("-inf")

    async def run(self) -> None:
        """Sends until cancelled. Then what is in flight has two seconds to end; what has not is found unknown later."""
        pause = IDLE_SECONDS
        try:
            while True:
                try:
                    busy = await self.step()
                    pause = IDLE_SECONDS
                except Exception:
                    log.exception("sender_stumbled")
                    busy, pause = False, min(max(pause * 2, 0.5), 10.0)
                if not busy:
                    await self._rest(pause)
        finally:
            await self._finish()

    async def drain(self) -> int:
        """Sends what is due until nothing is, and gives how many left or ended."""
        done = 0
        while True:
            done += await self._write_back()
            claimed = await self._claim()
            if not claimed and not self._in_flight:
                async with self._database.transaction() as tx:
                    if not await store_sending.next_due(tx):
                        return done
                await asyncio.sleep(0.01)  # a sender's rate, or another sender, holds it back
            if self._in_flight:
                await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """Closes the connections to providers."""
        for provider in self._providers.values():
            await provider.close()

    async def step(self) -> bool:
        """One round: write back what has ended, look after leases, take more. Whether there was anything to do."""
        ended = await self._write_back()
        now = asyncio.get_running_loop().time()
        if now - self._looked_after > LOOK_AFTER_SECONDS:
            self._looked_after = now
            await self.look_after()
        return bool(await self._claim() or ended)

    async def look_after(self) -> None:
        """Finds messages whose sender died, and asks providers what became of those that are unknown."""
        await reconciling.end_leases(self._database)
        await reconciling.reconcile(self._database, self._providers)

    async def _rest(self, seconds: float) -> None:
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(seconds)

    async def _finish(self) -> None:
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=STOPPING_SECONDS)
            await self._write_back()
        for task in self._in_flight:
            task.cancel()

    async def _claim(self) -> int:
        free = IN_FLIGHT - len(self._in_flight)
        if free <= 0:
            return 0
        async with self._database.transaction() as tx:
            addresses = await store_sending.sending_addresses(tx)
            rooms = self._rooms(addresses, free)
            if not rooms:
                return 0
            claimed = await store_sending.claim(tx, rooms=rooms, lease=LEASE)
            if not claimed:
                return 0
            for message in claimed:
                self._buckets[message.sender_id or 0].take(1)
            batch = await prepare(tx, claimed, {address.id: address for address in addresses})
            await apply(tx, batch.reports)
            for message, because in batch.unmakable:
                await ask_about_template(tx, message, because)
        by_id = {address.id: address for address in addresses}
        for message, outgoing in batch.ready:
            provider = self._providers[by_id[message.sender_id or 0].provider]
            task = asyncio.create_task(self._hand_over(provider, outgoing), name=f"message {message.id}")
            self._in_flight[task] = (message, outgoing)
        return len(claimed)

    def _rooms(self, addresses: list[SendingAddress], free: int) -> dict[int, int]:
        """How many messages each sender may take now."""
        now = asyncio.get_running_loop().time()
        rooms: dict[int, int] = {}
        for address in addresses:
            if address.provider not in self._providers:
                continue  # its account is not among the settings any more
            bucket = self._buckets.setdefault(address.id, Bucket(address.per_second, at=now))
            room = min(bucket.room(at=now, per_second=address.per_second), free)
            if room > 0:
                rooms[address.id] = room
        # one channel in trouble leaves the others half of what is free
        return {sender: max(1, min(room, free // len(rooms) or 1)) for sender, room in rooms.items()}

    async def _hand_over(self, provider: Provider, message: Outgoing) -> Outcome:
        if provider.real and self._demonstration and message.to.lower() not in self._allowed:
            return Outcome(
                result=Result.FAILED,
                code="demonstration",
                words="A demonstration database writes to real people only where BEDSIDE_ALLOW_RECIPIENTS names them.",
            )
        try:
            return await provider.send(message)
        except Exception as error:  # a fault of ours: whether it left before is not known
            log.exception("provider_raised", provider=provider.name, message=message.message_id)
            return Outcome(result=Result.UNKNOWN, words=f"Our side failed while sending ({type(error).__name__}).")

    async def _write_back(self) -> int:
        """Writes what became of the messages that have ended, all in one transaction."""
        ended = [(task.result(), self._in_flight.pop(task)[0]) for task in list(self._in_flight) if task.done()]
        if not ended:
            return 0
        try:
            async with self._database.transaction() as tx:
                await apply(
                    tx, [_report(outcome, message) for outcome, message in ended if _is_final(outcome)], actor=PROVIDER
                )
                for outcome, message in sorted(ended, key=lambda one: one[1].id):
                    if not _is_final(outcome):
                        await self._later(tx, outcome, message)
                    if outcome.verdict is Verdict.TEMPLATE:
                        await ask_about_template(tx, message, outcome.words)
        except Exception:
            # Their leases run out and they are looked for; a provider's receipt may tell before.
            log.exception("outcomes_not_written", messages=[message.id for _, message in ended])
        return len(ended)

    async def _later(self, tx: Tx, outcome: Outcome, message: Message) -> None:
        """Puts back what was certainly not processed. Too often is failed; an account in trouble pauses its sender."""
        sender = message.sender_id or 0
        if outcome.result is Result.PAUSED:
            until = tx.now + ACCOUNT_PAUSE
            await store_sending.put_back(tx, message_id=message.id, until=until, code=outcome.code, words=outcome.words)
            if await store_sending.pause(tx, sender_id=sender, until=until, because=outcome.words):
                await ask_about_account(tx, message, outcome.words)
            return
        if message.attempts >= ATTEMPTS:
            words = f"Given up after {message.attempts} attempts. {outcome.words}"
            report = Report(message_id=message.id, status="failed", code=outcome.code, words=words)
            await apply(tx, [report], actor=PROVIDER)
            return
        pause = outcome.after or min(FIRST_PAUSE * 2 ** (message.attempts - 1), LONGEST_PAUSE)
        if outcome.verdict is Verdict.THROTTLED:
            self._buckets[sender].hold(min(pause.total_seconds(), 30.0))
        await store_sending.put_back(
            tx, message_id=message.id, until=tx.now + pause, code=outcome.code, words=outcome.words
        )


def _is_final(outcome: Outcome) -> bool:
    return outcome.result in (Result.SENT, Result.FAILED, Result.UNKNOWN)


def _report(outcome: Outcome, message: Message) -> Report:
    return Report(
        message_id=message.id,
        provider_id=outcome.provider_id,
        status=outcome.status or outcome.result.value,
        code=outcome.code,
        words=outcome.words,
        verdict=outcome.verdict,
        segments=outcome.segments,
    )
