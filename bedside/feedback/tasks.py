"""What the worker runs for feedback: asking whoever is due, and telling of low ratings that were left."""

import asyncio
from datetime import timedelta

import psycopg
import structlog

from bedside.feedback.asking import BATCH, ask_due, remind_due
from bedside.feedback.recovering import escalate_overdue
from bedside.kit.database import Database
from bedside.kit.jobs import Task

log = structlog.get_logger()

IDLE = timedelta(milliseconds=500)

# Every minute: a task is due in hours, and a minute is soon enough to tell of it.
TASKS: list[Task] = [Task(name="feedback.escalate_overdue", work=escalate_overdue, cron="* * * * *")]


async def send_due(database: Database) -> None:
    """Asks and reminds whoever is due, a batch a transaction, until nobody is."""
    for work in (ask_due, remind_due):
        while True:
            async with database.transaction() as tx:
                looked_at = await work(tx)
            if looked_at < BATCH:
                break


async def run_due_loop(database: Database) -> None:
    """For ever: asks and reminds whoever is due, and looks again twice a second. As many as wanted may run at once."""
    while True:
        try:
            await send_due(database)
        except (psycopg.Error, TimeoutError) as error:
            log.warning("feedback_waits", error=str(error))
            await asyncio.sleep(2)
        await asyncio.sleep(IDLE.total_seconds())
