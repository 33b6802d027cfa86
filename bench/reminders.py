"""Reminders that are due at once: handed to the queue, claimed, made and sent by SMS through the sandbox, which runs
in a process of its own and tells of nothing while this measures. Beside it the bare requests: the same number, without
queue, database and words. An argument gives another number of reminders."""

import asyncio
import json
import multiprocessing
import socket
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import uvicorn

from bedside import reactions
from bedside.kit.database import Database
from bedside.message_templates import ship_templates
from bedside.messaging import Sender, ensure_senders, provider_accounts, providers
from bedside.messaging.providers.outcomes import Outgoing, Result
from bedside.reminders.tasks import send_due
from bedside.sandbox import DEMONSTRATION, Pace
from bedside.sandbox import create_app as create_sandbox
from bedside.settings import Settings, pointed_at_sandbox
from bench._hospital import SECRET_KEY, database, free_port, main, monday
from bench._hospital import fill as fill_hospital

REMINDERS = 5_000
PRACTITIONERS = 100
LATER = 86_400.0  # seconds: the sandbox tells of nothing meanwhile


def fill(url: str, reminders: int) -> None:
    """Visits of one day, each of a patient of its own, and a reminder by SMS of each that is due."""
    fill_hospital(url, practitioners=PRACTITIONERS, patients=reminders)
    with psycopg.connect(url, autocommit=True) as connection:
        run = connection.execute
        # a phone of one's own, or visits of one day would go as one message
        run("update crm.contact_points set value = '+1' || 2120000000 + patient_id where kind = 'phone'")
        run(
            """insert into crm.appointments (hospital_id, department_id, practitioner_id, patient_id, lane, during,
                   occupied, status, source, booked_by_name, created_at, updated_at)
               select 1, 1, n %% %(practitioners)s + 1, n + 1, n / %(practitioners)s %% 90,
                      tstzrange(at, at + '30 minutes'), tstzrange(at, at + '30 minutes'), 'scheduled',
                      'desk', 'Bench', now(), now()
               from (select n, %(day)s::timestamptz + n / (%(practitioners)s * 90) * interval '30 minutes' as at
                     from generate_series(0, %(reminders)s - 1) n) visits""",
            {"practitioners": PRACTITIONERS, "reminders": reminders, "day": monday() + timedelta(hours=9)},
        )
        run("""insert into crm.appointment_reminders (appointment_id, patient_id, hospital_id, step_id, channel,
                   for_start, due_at, status, created_at, updated_at)
               select id, patient_id, 1, 1, 'sms', starts_at, now() - interval '1 minute', 'scheduled', now(), now()
               from crm.appointments""")
        run("vacuum analyze")


def outside(port: int) -> None:
    """The sandbox, in a process of its own."""
    world = create_sandbox(smtp_port=None, pace=Pace(sent=LATER, delivered=LATER, read=None))
    uvicorn.run(world, port=port, log_level="error", access_log=False)


async def bare(sender: Sender, number: int) -> float:
    """Seconds for as many requests with nothing around them, as many at a time as the sender has in flight."""
    provider = sender._providers["twilio"]
    left = iter(range(number))

    async def work() -> None:
        for n in left:
            outcome = await provider.send(
                Outgoing(
                    message_id=10**9 + n,
                    channel="sms",
                    to="+12125550142",
                    sender_address=DEMONSTRATION.twilio_numbers[0],
                    purpose="transactional",
                    language="en",
                    subject=None,
                    body="Hello",
                    sending_at=datetime.now(UTC),
                )
            )
            assert outcome.result is Result.SENT, outcome

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(50)))
    return time.perf_counter() - began


async def measure(url: str, port: int, number: int) -> None:
    """Hands on, sends, and prints what came of it."""
    settings = pointed_at_sandbox(
        Settings(
            data=Path(), secret_key=SECRET_KEY, public_url="http://127.0.0.1:1", sandbox_port=port,
            sandbox_smtp_port=port + 1,
        ),
        DEMONSTRATION,
    )  # fmt: skip
    accounts = provider_accounts(settings, secret_key=SECRET_KEY)
    reactions.install(public_url=settings.public_url)
    pool = Database(url, pool_size=4)
    await pool.open()
    sender = Sender(pool, providers(accounts))
    try:
        async with pool.transaction() as tx:
            await ship_templates(tx)
            await ensure_senders(tx, accounts)
            await tx.execute("update communications.senders set per_second = 100000")
            await tx.execute("update crm.hospitals set quiet_from = null, quiet_until = null")
        began = time.perf_counter()
        done = await send_due(pool, most=number)
        queued = time.perf_counter() - began
        began = time.perf_counter()
        await sender.drain()
        sent = time.perf_counter() - began
        async with pool.transaction() as tx:
            rows = await tx.rows("select status, count(*) from communications.message_queue group by 1")
        alone = await bare(sender, number)
    finally:
        await sender.close()
        await pool.close()
    print(
        json.dumps(
            {
                "reminders": number, "queued": done.queued, "status": dict(rows),
                "queued_per_second": round(number / queued), "sent_per_second": round(number / sent),
                "both_per_second": round(number / (queued + sent)),
                "bare_requests_per_second": round(number / alone), "ratio": round(alone / (queued + sent), 2),
            }
        )
    )  # fmt: skip


def wait_for(port: int) -> None:
    """Until something listens there."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("The sandbox did not start.")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else REMINDERS
    where = free_port()
    world = multiprocessing.get_context("spawn").Process(target=outside, args=(where,), daemon=True)
    world.start()
    wait_for(where)
    with database() as address:
        fill(address, count)
        main(measure(address, where, count))
    world.terminate()
