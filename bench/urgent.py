"""Messages that cannot wait, queued while a bulk of 100,000 does: how long until each is on the wire, and how much
memory the sender takes. The sandbox runs in a process of its own. An argument gives another size of the bulk."""

import asyncio
import gc
import json
import multiprocessing
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from bedside import reactions
from bedside.event_log import SYSTEM
from bedside.kit.database import Database
from bedside.message_templates import ship_templates
from bedside.messaging import Sender, enqueue, ensure_senders, provider_accounts, providers
from bedside.messaging.providers.outcomes import Outcome, Outgoing
from bedside.sandbox import DEMONSTRATION
from bedside.settings import Settings, pointed_at_sandbox
from bench._hospital import SECRET_KEY, database, free_port, main, percentile
from bench._hospital import fill as fill_hospital
from bench.reminders import outside, wait_for

BULK = 100_000
URGENT = 50
APART = 0.3  # seconds between two urgent ones


class Watched:
    """A provider that notes when each message is handed over."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self.at: dict[int, float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    async def send(self, message: Outgoing) -> Outcome:
        """Notes the moment, then sends."""
        self.at[message.message_id] = time.perf_counter()
        outcome: Outcome = await self._provider.send(message)
        return outcome


def fill(url: str) -> None:
    """A hospital that sends at any hour."""
    fill_hospital(url, practitioners=1, patients=1)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("update crm.hospitals set quiet_from = null, quiet_until = null")


def queue_bulk(url: str, bulk: int) -> None:
    """So many messages of a campaign, due now."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """insert into communications.message_queue (idempotency_key, priority, channel, sender_id, to_address,
                   purpose, body, status, not_before, created_at)
               select 'bulk:' || n, 5, 'sms', s.id, '+1' || 2122000000 + n, 'marketing',
                      'Get your flu shot today! 20%% discount this week.', 'queued', now(), now()
               from generate_series(1, %s) n, communications.senders s where s.channel = 'sms'""",
            (bulk,),
        )
        connection.execute("vacuum analyze communications.message_queue")


def memory() -> float:
    """What this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def measure(url: str, port: int, bulk: int) -> None:
    """Sends, queues the urgent ones meanwhile, and prints what came of it."""
    settings = pointed_at_sandbox(
        Settings(
            data=Path(), secret_key=SECRET_KEY, public_url="http://127.0.0.1:1", sandbox_port=port,
            sandbox_smtp_port=port + 1,
        ),
        DEMONSTRATION,
    )  # fmt: skip
    accounts = provider_accounts(settings, secret_key=SECRET_KEY)
    reactions.install(public_url=settings.public_url)
    pool, desk = Database(url, pool_size=4), Database(url, pool_size=1)
    await pool.open()
    await desk.open()
    watched = {name: Watched(provider) for name, provider in providers(accounts).items()}
    sender = Sender(pool, watched)
    try:
        async with pool.transaction() as tx:
            await ship_templates(tx)
            await ensure_senders(tx, accounts)
            await tx.execute("update communications.senders set per_second = 100000")
        gc.collect()
        before = memory()
        await asyncio.to_thread(queue_bulk, url, bulk)
        running = asyncio.create_task(sender.run())
        took, most = [], before
        twilio = watched["twilio"]
        while len(twilio.at) < min(500, bulk // 2):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
        for n in range(URGENT):
            async with desk.transaction() as tx:
                queued = await enqueue(
                    tx, key=f"urgent:{n}", to=f"+1{3125550100 + n}", channel="sms", purpose="transactional",
                    body="123456 is your code.", hospital_id=1, priority=0, urgent=True, actor=SYSTEM,
                )  # fmt: skip
            assert queued.message_id, queued
            committed = time.perf_counter()
            while queued.message_id not in twilio.at:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            took.append(twilio.at[queued.message_id] - committed)
            most = max(most, memory())
            await asyncio.sleep(APART)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        async with pool.transaction() as tx:
            waiting = await tx.value("select count(*) from communications.message_queue where status = 'queued'")
    finally:
        await sender.close()
        await pool.close()
        await desk.close()
    print(
        json.dumps(
            {
                "bulk": bulk, "still_waiting": waiting, "urgent": len(took), "median_ms": percentile(took, 0.5),
                "p95_ms": percentile(took, 0.95), "slowest_ms": percentile(took, 1), "memory_before_mb": round(before),
                "memory_most_mb": round(most),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else BULK
    where = free_port()
    world = multiprocessing.get_context("spawn").Process(target=outside, args=(where,), daemon=True)
    world.start()
    wait_for(where)
    with database() as address:
        fill(address)
        main(measure(address, where, count))
    world.terminate()
