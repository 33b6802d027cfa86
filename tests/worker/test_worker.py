"""The worker: everything that runs in the background, started and stopped."""

import asyncio
from pathlib import Path

import pytest

from bedside.kit.database import Database
from bedside.settings import Settings
from bedside.worker import work
from tests.post_office import PostOffice

SECRET = "a secret key for tests, long enough to sign"


async def test_it_sends_what_is_queued_and_stops_within_three_seconds(office: PostOffice, tmp_path: Path) -> None:
    account = office.accounts.twilio
    assert account is not None
    settings = Settings(
        data=tmp_path,
        secret_key=SECRET,
        public_url=office.accounts.public_url,
        twilio_base_url=account.base_url,
        twilio_account_sid=account.account_sid,
        twilio_auth_token=account.auth_token,
        twilio_sms_from=account.sms_from,
    )
    queued = await office.queue("sms", body="From the worker")
    worker = asyncio.create_task(work(settings, office.database))
    async with asyncio.timeout(10):
        while await office.status(queued.message_id) != "delivered":
            await office.outside.phones.change(0.05)
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(worker, 3)
    assert [message.body for message in office.phone()] == ["From the worker"]


async def test_it_says_which_setting_is_missing(tmp_path: Path) -> None:
    from bedside.settings import SettingsError

    with pytest.raises(SettingsError, match="BEDSIDE_DATABASE_URL"):
        await work(Settings(data=tmp_path, secret_key=SECRET))


async def test_its_tasks_have_names_of_their_own(database: Database) -> None:
    from bedside.kit.jobs import application
    from bedside.worker import tasks

    app = application(database, tasks())
    assert len(app.periodic_registry.periodic_tasks) == len([task for task in tasks() if task.cron])
