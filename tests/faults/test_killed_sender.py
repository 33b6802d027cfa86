"""kill -9 while messages go out: nobody is lost, nobody gets one twice, and what cannot be known is marked."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bedside.kit.clock import Clock, SetClock, SystemClock
from bedside.kit.database import Database
from bedside.messaging import Sender, providers
from bedside.settings import Settings, as_environment
from tests.messaging.conftest import SECRET, PostOffice
from tests.messaging.conftest import office as office
from tests.messaging.conftest import product as product

WORKER = "import asyncio; from bedside.settings import read; from bedside.worker import work; asyncio.run(work(read()))"
MESSAGES = 40
KILLED_AFTER = 25


@pytest.fixture
def clock() -> Clock:
    """The machine's own, since the process that is killed goes by it."""
    return SystemClock()


@pytest.fixture
async def later(fresh_database_url: str) -> AsyncIterator[Database]:
    """The same database as it is found after the leases have run out."""
    database = Database(fresh_database_url, clock=SetClock(SystemClock().now() + timedelta(minutes=2)), pool_size=4)
    await database.open()
    yield database
    await database.close()


async def test_a_killed_sender_loses_nobody_and_doubles_nobody(
    office: PostOffice, later: Database, tmp_path: Path
) -> None:
    account = office.accounts.twilio
    assert account is not None
    settings = Settings(
        data=tmp_path,
        database_url=office.database.url,
        secret_key=SECRET,
        public_url=office.accounts.public_url,
        twilio_base_url=account.base_url,
        twilio_account_sid=account.account_sid,
        twilio_auth_token=account.auth_token,
        twilio_sms_from=account.sms_from,
    )
    await office.fault("receipts_lost", channel="sms", count=None)  # no receipt comes to the rescue
    ids = [(await office.queue("sms", body=f"Number {n}")).message_id for n in range(MESSAGES)]
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, env=as_environment(settings), cwd=Path(__file__).parents[2]
    )
    async with asyncio.timeout(30):
        while len(office.phone()) < KILLED_AFTER:
            await office.outside.phones.change(1)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()

    recovered = Sender(later, providers(office.accounts))
    await recovered.look_after()
    await recovered.drain()
    await recovered.look_after()
    await recovered.close()

    received = [message.body for message in office.phone()]
    assert len(received) == len(set(received))
    by_provider_id = {message.id for message in office.phone()}
    rows = {one: await office.message(one) for one in ids}
    for row in rows.values():
        assert row["status"] in ("sent", "delivered", "unknown")
        assert (row["status"] == "unknown") == (row["body"] not in received), row
        assert row["status"] == "unknown" or row["provider_id"] in by_provider_id
