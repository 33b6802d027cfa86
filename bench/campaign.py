"""A campaign by mail: each person by name, links that are counted, its ledger kept, into Debian's smtp-sink. Beside it
the bare client of the same process: as many mails, without ledger, queue and template. An argument gives another number
of people."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bedside import reactions
from bedside.accounts import Role, SignedIn
from bedside.campaigns import campaigns, store_campaigns
from bedside.campaigns.model import CampaignStatus, NewCampaign
from bedside.campaigns.sending import Campaigns
from bedside.kit.database import Database
from bedside.kit.sealing import install_sealing_key
from bedside.message_templates import Channel, ship_templates
from bedside.messaging import Sender, ensure_senders, provider_accounts, providers
from bedside.messaging.providers.outcomes import Outgoing, Result
from bedside.settings import Settings
from bench._hospital import SECRET_KEY, database, free_port, main, program
from bench._hospital import fill as fill_hospital
from bench.reminders import wait_for

PEOPLE = 10_000
MARKETING = SignedIn(kind="system", name="Bench", role=Role.ADMIN)


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


async def bare(sender: Sender, example: Outgoing, number: int) -> float:
    """Seconds for as many mails with nothing around them, as many at a time as the sender has in flight."""
    provider = sender._providers["smtp"]
    left = iter(range(number))

    async def work() -> None:
        for n in left:
            outcome = await provider.send(
                Outgoing(
                    message_id=10**9 + n,
                    channel="email",
                    to=f"pat{n}@example.org",
                    sender_address=example.sender_address,
                    purpose="marketing",
                    language="en",
                    subject=example.subject,
                    body=example.body,
                    html=example.html,
                    bulk=True,
                    sending_at=datetime.now(UTC),
                )
            )
            assert outcome.result is Result.SENT, outcome

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(50)))
    return time.perf_counter() - began


async def measure(url: str, port: int, number: int) -> None:
    """Launches, sends, and prints what came of it."""
    settings = Settings(
        data=Path(), secret_key=SECRET_KEY, public_url="http://127.0.0.1:1", smtp_host="127.0.0.1", smtp_port=port,
        smtp_from="news@example.org", smtp_tls="none",
    )  # fmt: skip
    accounts = provider_accounts(settings, secret_key=SECRET_KEY)
    reactions.install(public_url=settings.public_url)
    install_sealing_key(SECRET_KEY)  # or no link could be signed, and so none be counted
    pool = Database(url, pool_size=6)
    await pool.open()
    sender, loop = Sender(pool, providers(accounts)), Campaigns(pool)
    sending = None
    try:
        async with pool.transaction() as tx:
            await ship_templates(tx)
            await ensure_senders(tx, accounts)
            await tx.execute("update communications.senders set per_second = 100000")
            new = NewCampaign(
                name="Bench", template_key="diabetes_awareness_week", channels=[Channel.EMAIL],
                target_audience="all_patients",
            )  # fmt: skip
            campaign = await campaigns.add(tx, new=new, user=MARKETING)
        began = time.perf_counter()
        sending = asyncio.create_task(sender.run())
        while True:
            if not await loop.step():
                await asyncio.sleep(0.02)
            async with pool.transaction() as tx:
                if (await campaigns.campaign(tx, campaign_id=campaign.id, user=MARKETING)).status is (
                    CampaignStatus.COMPLETED
                ):
                    break
        whole = time.perf_counter() - began
        async with pool.transaction() as tx:
            states = {one.state: one.people for one in await store_campaigns.figures(tx, campaign.id)}
            row = (await tx.rows("select subject, body from communications.message_queue limit 1"))[0]
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        example = Outgoing(
            message_id=1, channel="email", to="", sender_address="news@example.org", purpose="marketing",
            language="en", subject=row[0], body=row[1], html=f"<p>{row[1]}</p>", sending_at=datetime.now(UTC),
        )  # fmt: skip
        alone = await bare(sender, example, number)
    finally:
        await sender.close()
        await pool.close()
    print(
        json.dumps(
            {
                "people": number, "states": states, "seconds": round(whole, 1), "per_second": round(number / whole),
                "bare_per_second": round(number / alone), "ratio": round(alone / whole, 2),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    where = free_port()
    with sink(where), database() as address:
        fill(address, count)
        main(measure(address, where, count))
