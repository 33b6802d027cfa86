"""What this room does by the clock."""

from datetime import timedelta

from bedside.kit.database import Database
from bedside.kit.jobs import Task
from bedside.messaging import store_attachments, store_receipts, store_refused, store_sending
from bedside.messaging.conversations import wake

AT_ONCE = 5000


async def blank_codes(database: Database) -> None:
    """Blanks codes in messages an hour old, whatever became of them."""
    async with database.transaction() as tx:
        await store_sending.blank_old_codes(tx, older_than=timedelta(hours=1))


async def forget_webhooks(database: Database) -> None:
    """Forgets webhooks ninety days old, some thousands at a time: no provider sends any of them again. How often they
    were refused is known for a year."""
    forgotten = AT_ONCE
    while forgotten == AT_ONCE:
        async with database.transaction() as tx:
            forgotten = await store_receipts.forget(tx, days=90, limit=AT_ONCE)
    async with database.transaction() as tx:
        await store_refused.forget(tx, days=365)


async def forget_unsent_files(database: Database) -> None:
    """Forgets files that staff added to an answer two days ago and never sent."""
    async with database.transaction() as tx:
        await store_attachments.remove_forgotten(tx, older_than=timedelta(days=2))


async def wake_conversations(database: Database) -> None:
    """Brings back conversations whose snooze is over."""
    async with database.transaction() as tx:
        await wake(tx)


TASKS = [
    Task(name="messaging.blank_codes", work=blank_codes, cron="*/10 * * * *"),
    Task(name="messaging.wake_conversations", work=wake_conversations, cron="* * * * *"),
    Task(name="messaging.forget_unsent_files", work=forget_unsent_files, cron="37 3 * * *"),
    Task(name="messaging.forget_webhooks", work=forget_webhooks, cron="17 3 * * *"),
]
