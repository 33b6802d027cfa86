"""What this room does by the clock."""

from datetime import timedelta

from bedside.kit.database import Database
from bedside.kit.jobs import Task
from bedside.messaging import store_inbox, store_sending
from bedside.messaging.applying import apply_waiting


async def blank_codes(database: Database) -> None:
    """Blanks codes in messages an hour old, whatever became of them."""
    async with database.transaction() as tx:
        await store_sending.blank_old_codes(tx, older_than=timedelta(hours=1))


async def forget_webhooks(database: Database) -> None:
    """Forgets webhooks that no provider will send again."""
    async with database.transaction() as tx:
        await store_inbox.forget_receipts(tx)


def webhook_task(secret_key: str) -> Task:
    """Tries again what a fault of ours kept from being applied."""

    async def apply_webhooks(database: Database) -> None:
        async with database.transaction() as tx:
            await apply_waiting(tx, secret=secret_key)

    return Task(name="messaging.apply_webhooks", work=apply_webhooks, cron="* * * * *")


TASKS = [
    Task(name="messaging.blank_codes", work=blank_codes, cron="*/10 * * * *"),
    Task(name="messaging.forget_webhooks", work=forget_webhooks, cron="17 3 * * *"),
]
