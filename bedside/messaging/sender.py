"""The sender: claims what is due, lets go of the database, talks to providers, writes back what became of it.

Its loop runs in the worker; as many workers as wanted may run it: they share the
senders' rates and days, which the database keeps.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import structlog

from bedside.kit.database import Database, Tx
from bedside.messaging import reconciling, store_circuits, store_sending
from bedside.messaging.asking_staff import ask_about_account, ask_about_template
from bedside.messaging.circuits import ACCOUNT_WAIT, FIRST_TRY, LONGEST_WAIT, judge
from bedside.messaging.model import Message, SendingAddress
from bedside.messaging.preparing import prepare
from bedside.messaging.providers.outcomes import Outcome, Outgoing, Provider, Result, Verdict
from bedside.messaging.reports import Report
from bedside.messaging.status_changes import PROVIDER, apply
from bedside.messaging.store_sending import AddressAtWork, Room

log = structlog.get_logger()

# longer than any provider's time-out, and much shorter than anybody's patience
LEASE = timedelta(seconds=60)
# messages a round: while the database is asked for these, those of the round before are made and leave
ROUND = 200
# of a provider's room, and of every sender's rate, bulk leaves a fifth alone: what is urgent finds room at once
KEPT_FREE = 5
ATTEMPTS = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=15)
IDLE_SECONDS = 0.1
# between rounds: what ends meanwhile is written, and what is due is taken, by the dozen instead of one by one
GATHERING_SECONDS = 0.02
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
        self._in_flight: dict[asyncio.Task[Outcome], tuple[Message, Outgoing]] = {}
        self._at_work: Counter[str] = Counter()  # by provider
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
                await (asyncio.sleep(GATHERING_SECONDS) if busy else self._rest(pause))
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
                    if not await store_sending.addresses_with_work(tx):
                        return done
                await asyncio.sleep(0.01)  # a sender's rate, or another sender, holds it back
            if self._in_flight:
                await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.sleep(GATHERING_SECONDS)

    async def close(self) -> None:
        """Closes the connections to providers."""
        for provider in self._providers.values():
            await provider.close()

    async def step(self) -> bool:
        """One round: write back what has ended, look after leases, take more. Whether there was anything to do."""
        now = asyncio.get_running_loop().time()
        if now - self._looked_after > LOOK_AFTER_SECONDS:
            self._looked_after = now
            await self.look_after()
        # at once, each in a transaction of its own: neither waits for what the other asks
        ended, claimed = await asyncio.gather(self._write_back(), self._claim(), return_exceptions=True)
        for one in (ended, claimed):
            if isinstance(one, BaseException):
                raise one
        return bool(ended or claimed)

    async def look_after(self) -> None:
        """Keeps what is in hand, finds messages whose sender died, and asks providers what became of those that are
        unknown."""
        async with self._database.transaction() as tx:
            slow = [
                message.id
                for message, _ in self._in_flight.values()
                if message.sending_at is not None and tx.now - message.sending_at > LEASE / 4
            ]
            if slow:
                await store_sending.keep_in_hand(tx, message_ids=slow, lease=LEASE)
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
        async with self._database.transaction() as tx:
            addresses = await store_sending.addresses_with_work(tx)
            trying = {one.id: one for one in await self._tries(addresses)}
            # where another worker tries just now, what waits there is left to it for a moment
            mine = [one for one in addresses if one.try_by is None or one.try_by in trying]
            rooms = self._rooms([one for one in mine if one.may_send])
            tries = [(one.try_by, one.waiting_for) for one in mine if one.try_by is not None]
            if not rooms and not tries:
                return 0
            claimed = await store_sending.claim(tx, rooms=rooms, tries=tries)
            if not claimed:
                return 0
            by_id = {address.id: address for address in (*addresses, *trying.values())}
            batch = await prepare(tx, claimed, by_id)
            await store_sending.take(tx, claimed=claimed, prepared=batch.kept, lease=LEASE)
            await apply(tx, batch.reports)
            for message, because in batch.unmakable:
                await ask_about_template(tx, message, because)
            await store_sending.count_sent(tx, counts=Counter(message.sender_id or 0 for message in claimed))
        for message, outgoing in batch.ready:
            carrier = by_id[message.sender_id or 0].carrier
            handing = self._hand_over(self._providers[carrier], outgoing)
            task = asyncio.create_task(handing, name=f"message {message.id}")
            self._in_flight[task] = (message, outgoing)
            self._at_work[carrier] += 1
            task.add_done_callback(partial(self._has_ended, carrier))
        return len(claimed)

    def _has_ended(self, carrier: str, _: asyncio.Task[Outcome]) -> None:
        self._at_work[carrier] -= 1

    async def _tries(self, addresses: list[AddressAtWork]) -> list[SendingAddress]:
        """The senders whose turn it is to be tried again, taken in a transaction of their own: no worker waits for
        their rows while another prepares messages, and no two try at once."""
        due = [address.try_by for address in addresses if address.try_by is not None]
        if not due:
            return []
        async with self._database.transaction() as tx:
            taken = await store_circuits.take_tries(tx, sender_ids=due, first=FIRST_TRY, longest=LONGEST_WAIT)
        return [one for one in taken if one.carrier in self._providers]

    def _rooms(self, addresses: list[AddressAtWork]) -> list[Room]:
        """How many messages each sender may take now. Those of one provider that have something to send share what is
        free there, so that one in trouble leaves room to the others; of that and of its rate bulk leaves a part."""
        levels: dict[int, tuple[int, int]] = {}
        carriers: dict[int, str] = {}
        waiting_for: dict[int, tuple[int, ...]] = {}
        for address in addresses:
            if address.carrier not in self._providers:
                continue  # its account is not among the settings any more
            left = int(address.rate_left)
            if address.daily_cap is not None:
                left = min(left, address.daily_cap - address.sent_today)
            if left > 0:
                levels[address.id] = (left, left - address.per_second // KEPT_FREE)
                carriers[address.id] = address.carrier
                waiting_for[address.id] = (*waiting_for.get(address.id, ()), address.waiting_for)
        sharing = Counter(carriers.values())
        rooms = []
        for sender, (left, bulk_left) in levels.items():
            carrier = carriers[sender]
            at_once = self._providers[carrier].at_once
            free = at_once - self._at_work[carrier]
            if free > 0:
                room = min(left, max(1, free // sharing[carrier]), ROUND)
                bulk = min(bulk_left, (free - at_once // KEPT_FREE) // sharing[carrier], ROUND)
                rooms.append(Room(sender, room, max(0, bulk), waiting_for[sender]))
        return rooms

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
                await judge(tx, ended)
                stood_in_for = await self._stood_in_for(tx, ended)
                for outcome, message in sorted(ended, key=lambda one: one[1].id):
                    if not _is_final(outcome):
                        await self._later(tx, outcome, message, stood_in_for)
                    if outcome.verdict is Verdict.TEMPLATE:
                        await ask_about_template(tx, message, outcome.words)
        except Exception:
            # Their leases run out and they are looked for; a provider's receipt may tell before.
            log.exception("outcomes_not_written", messages=[message.id for _, message in ended])
        return len(ended)

    async def _stood_in_for(self, tx: Tx, ended: list[tuple[Outcome, Message]]) -> set[int]:
        """The senders for which another sends: what they could not send need not wait for them."""
        if all(_is_final(outcome) for outcome, _ in ended):
            return set()
        return set(await store_circuits.stood_in_for(tx))

    async def _later(self, tx: Tx, outcome: Outcome, message: Message, stood_in_for: set[int]) -> None:
        """Puts back what was certainly not processed. Too often is failed; an account in trouble pauses its sender."""
        sender = message.sender_id or 0
        at_once = sender in stood_in_for and outcome.verdict in (Verdict.DOWN, Verdict.PAUSE)
        if outcome.result is Result.PAUSED:
            pause_until = tx.now + ACCOUNT_WAIT
            until = tx.now if at_once else pause_until
            await store_sending.put_back(tx, message_id=message.id, until=until, code=outcome.code, words=outcome.words)
            if await store_sending.pause(tx, sender_id=sender, until=pause_until, because=outcome.words):
                await ask_about_account(tx, message, outcome.words, stands_in=at_once)
            return
        throttled = outcome.verdict is Verdict.THROTTLED
        # a rate limit says nothing against the message: it waits as long as the storm lasts (RULES.md, Reminders 9)
        if message.attempts >= ATTEMPTS and not throttled:
            words = f"Given up after {message.attempts} attempts. {outcome.words}"
            report = Report(message_id=message.id, status="failed", code=outcome.code, words=words)
            await apply(tx, [report], actor=PROVIDER)
            return
        pause = outcome.after or min(FIRST_PAUSE * 2 ** min(message.attempts - 1, ATTEMPTS + 1), LONGEST_PAUSE)
        if throttled:
            await store_sending.hold(tx, sender_id=sender, seconds=min(pause.total_seconds(), 30.0))
        until = tx.now if at_once else tx.now + pause
        await store_sending.put_back(tx, message_id=message.id, until=until, code=outcome.code, words=outcome.words)


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
