"""A campaign by mail: each person by name, links that are signed and counted, its ledger kept, sent by worker processes
into Debian's smtp-sink, from its launch until the last mail is written down as sent. By one worker, by two, and by two
that sign with DKIM (RSA, 2,048 bits). Beside it the bare client in one process: as many mails, without ledger, queue
and template. An argument gives another number of people."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bedside import reactions
from bedside.accounts import Role, SignedIn
from bedside.campaigns import campaigns, store_campaigns
from bedside.campaigns.model import NewCampaign
from bedside.kit.database import Database
from bedside.message_templates import Channel, ship_templates
from bedside.messaging import ensure_senders, provider_accounts, providers
from bedside.messaging.providers.outcomes import Outgoing, Result
from bedside.settings import Settings, as_environment
from bench._hospital import SECRET_KEY, database, free_port, main, program
from bench._hospital import fill as fill_hospital
from bench.reminders import wait_for

PEOPLE = 50_000
MARKETING = SignedIn(kind="system", name="Bench", role=Role.ADMIN)
TICKS = os.sysconf("SC_CLK_TCK")


def fill(url: str, people: int) -> None:
    """Patients with a mailbox each, who agreed to news."""
    fill_hospital(url, practitioners=1, patients=people)
    with psycopg.connect(url, autocommit=True) as connection:
        run = connection.execute
        run("""insert into crm.consents (patient_id, channel, purpose, granted, how, recorded_by, at)
               select id, 'email', 'marketing', true, 'bench', 'Bench', now() from crm.patients""")
        run("update crm.hospitals set quiet_from = null, quiet_until = null")
        run("vacuum analyze")


@contextmanager
def sink(port: int) -> Iterator[None]:
    """A mail server that takes everything and keeps nothing."""
    command = [program("smtp-sink", "postfix"), "-u", "nobody", "-c", f"127.0.0.1:{port}", "200"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield
    finally:
        running.terminate()
        running.wait()


@contextmanager
def working(settings: Settings, url: str, number: int) -> Iterator[list[int]]:
    """The process ids of so many workers, all of them at work."""
    environment = {**os.environ, **as_environment(settings)}
    command = [sys.executable, "-m", "bedside", "worker", "--data", str(settings.data)]
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(number)]
    try:
        deadline = time.monotonic() + 60
        while len(backends(url)) < 2 * number and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(3)
        yield [one.pid for one in started]
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait()


def backends(url: str) -> list[int]:
    """The database's processes that serve the workers."""
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute("select pid from pg_stat_activity where application_name = 'bedside worker'")
        return [row[0] for row in rows]


def processor_seconds(pids: list[int]) -> float:
    """What processes have used so far."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def signing(folder: Path) -> dict[str, Any]:
    """Settings that sign, with a key of their own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = folder / "dkim.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {"dkim_domain": "example.org", "dkim_selector": "bench", "dkim_key_file": file}


async def prepare(settings: Settings) -> int:
    """Ships texts, makes the sender quick, and gives a campaign that waits to be launched."""
    accounts = provider_accounts(settings, secret_key=SECRET_KEY)
    reactions.install(public_url=settings.public_url)
    pool = Database(str(settings.database_url), pool_size=1)
    await pool.open()
    try:
        async with pool.transaction() as tx:
            await ship_templates(tx)
            await ensure_senders(tx, accounts)
            await tx.execute("update communications.senders set per_second = 100000")
            new = NewCampaign(
                name="Bench", template_key="diabetes_awareness_week", channels=[Channel.EMAIL],
                target_audience="all_patients", status="draft",
            )  # fmt: skip
            return (await campaigns.add(tx, new=new, user=MARKETING)).id
    finally:
        await pool.close()


async def launch(url: str, campaign: int) -> dict[str, int]:
    """Launches, waits until all is sent and written down, and gives what states the lines are in."""
    pool = Database(url, pool_size=1)
    await pool.open()
    try:
        async with pool.transaction() as tx:
            await campaigns.launch(tx, campaign_id=campaign, user=MARKETING)
        left = 1
        while left:
            await asyncio.sleep(0.05)
            async with pool.transaction() as tx:
                left = await tx.value(
                    """select (select count(*) from communications.campaigns where status <> 'completed')
                              + (select count(*) from communications.message_queue where status = 'sending')"""
                )
        async with pool.transaction() as tx:
            return {one.state: one.people for one in await store_campaigns.figures(tx, campaign)}
    finally:
        await pool.close()


def measure(number: int, *, workers: int, signed: bool = False) -> dict[str, Any]:
    """What comes of a campaign sent by so many workers, from a fresh database."""
    port = free_port()
    with sink(port), database() as url, tempfile.TemporaryDirectory() as data:
        fill(url, number)
        folder = Path(data)
        settings = Settings(
            data=folder, database_url=url, secret_key=SECRET_KEY, public_url="http://127.0.0.1:1",
            smtp_host="127.0.0.1", smtp_port=port, smtp_from="news@example.org", smtp_tls="none",
            **(signing(folder) if signed else {}),
        )  # fmt: skip
        campaign = asyncio.run(prepare(settings))
        with working(settings, url, workers) as pids:
            serving = backends(url)
            before, began = (processor_seconds(pids), processor_seconds(serving)), time.perf_counter()
            states = asyncio.run(launch(url, campaign))
            seconds = time.perf_counter() - began
            serving += [one for one in backends(url) if one not in serving]
            used = (processor_seconds(pids) - before[0], processor_seconds(serving) - before[1])
    return {
        "states": states, "seconds": round(seconds, 1), "per_second": round(number / seconds),
        "worker_ms_a_mail": round(used[0] / number * 1000, 3), "database_ms_a_mail": round(used[1] / number * 1000, 3),
    }  # fmt: skip


async def bare(number: int, port: int) -> float:
    """Seconds for as many mails with nothing around them, as many at a time as a sender has in flight."""
    settings = Settings(
        data=Path(), secret_key=SECRET_KEY, public_url="http://127.0.0.1:1", smtp_host="127.0.0.1", smtp_port=port,
        smtp_from="news@example.org", smtp_tls="none",
    )  # fmt: skip
    provider = providers(provider_accounts(settings, secret_key=SECRET_KEY))["smtp"]
    left = iter(range(number))
    words = "It is Diabetes Awareness Week. Have your blood sugar tested, free and in ten minutes.\n" * 12

    async def work() -> None:
        for n in left:
            outcome = await provider.send(
                Outgoing(
                    message_id=10**9 + n, channel="email", to=f"pat{n}@example.org", sender_address="news@example.org",
                    purpose="marketing", language="en", subject="News", body=words, html=f"<p>{words * 5}</p>",
                    bulk=True, sending_at=datetime.now(UTC),
                )
            )  # fmt: skip
            assert outcome.result is Result.SENT, outcome

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(150)))
    await provider.close()
    return time.perf_counter() - began


async def measure_bare(number: int, port: int, into: dict[str, Any]) -> None:
    """Puts the bare client's figure among the others, and the ratios to it."""
    alone = number / await bare(number, port)
    into["bare_per_second"] = round(alone)
    into["ratio"] = round(into["two_workers"]["per_second"] / alone, 2)
    into["ratio_signed"] = round(into["two_workers_signed"]["per_second"] / alone, 2)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    found: dict[str, Any] = {
        "people": count,
        "one_worker": measure(count, workers=1),
        "two_workers": measure(count, workers=2),
        "two_workers_signed": measure(count, workers=2, signed=True),
    }
    where = free_port()
    with sink(where):
        main(measure_bare(count, where, found))
    print(json.dumps(found))
