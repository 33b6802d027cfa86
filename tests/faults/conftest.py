"""What is killed, and how the world is found afterwards."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bedside.kit.clock import Clock, SetClock, SystemClock
from bedside.kit.database import Database
from bedside.messaging import Sender
from bedside.settings import Settings, as_environment
from tests.post_office import SECRET, PostOffice
from tests.product import until

WORKER = "import asyncio; from bedside.settings import read; from bedside.worker import work; asyncio.run(work(read()))"


@pytest.fixture
def clock() -> Clock:
    """The machine's own, since the process that is killed goes by it."""
    return SystemClock()


@pytest.fixture
async def later(fresh_database_url: str) -> AsyncIterator[Database]:
    """The same database as it is found after the leases have run out."""
    database = Database(fresh_database_url, clock=SetClock(SystemClock().now() + timedelta(minutes=5)), pool_size=4)
    await database.open()
    yield database
    await database.close()


async def run_and_kill_worker(office: PostOffice, data: Path, *, after: int) -> None:
    """A worker that sends by Twilio, killed as soon as so many messages have left. No receipt comes to the rescue."""
    account = office.accounts.twilio
    assert account is not None
    settings = Settings(
        data=data,
        database_url=office.database.url,
        secret_key=SECRET,
        public_url=office.accounts.public_url,
        twilio_base_url=account.base_url,
        twilio_account_sid=account.account_sid,
        twilio_auth_token=account.auth_token,
        twilio_sms_from=account.sms_from,
    )
    await office.fault("receipts_lost", channel="sms", count=None)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, env=as_environment(settings), cwd=Path(__file__).parents[2]
    )
    phones = office.outside.phones
    async with asyncio.timeout(40):
        while len(phones.find(origin="hospital")) < after:
            await phones.change(1)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    # what it had asked of the database is still carried out, and then let go
    connected = "select 1 from pg_stat_activity where datname = current_database() and application_name = %(name)s"

    async def gone() -> bool:
        return not await office.rows(connected, name="bedside worker")

    await until(gone)


async def ask_what_became_of_all(sender: Sender, later: Database) -> None:
    """Has the provider asked once more about every message of unknown fate, a batch at a time: what was still on its
    way to it when the worker died has arrived by now."""
    assert isinstance(later.clock, SetClock)
    later.clock.advance(timedelta(minutes=10))
    due = "select count(*) from communications.message_queue where status = 'unknown' and not_before <= %(now)s"
    waiting = 1
    while waiting:
        await sender.look_after()
        async with later.transaction() as tx:
            waiting = await tx.value(due)
