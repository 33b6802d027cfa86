"""What this room does by the clock."""

from bedside.accounts.store_sessions import forget_attempts
from bedside.kit.database import Database
from bedside.kit.jobs import Task


async def forget_sign_in_attempts(database: Database) -> None:
    """Forgets attempts at signing in that are a month old."""
    async with database.transaction() as tx:
        await forget_attempts(tx)


TASKS = [Task(name="accounts.forget_sign_in_attempts", work=forget_sign_in_attempts, cron="41 2 * * *")]
