"""What the worker runs for reminders: the loop that sends what is due."""

import asyncio
from datetime import timedelta

import psycopg
import structlog

from bedside.kit.database import Database
from bedside.reminders.due import BATCH, process_due
from bedside.reminders.model import Processed

log = structlog.get_logger()

IDLE = timedelta(milliseconds=500)


async def send_due(database: Database, *, hospital_ids: list[int] | None = None, most: int = 5000) -> Processed:
    """Sends what is due, a batch a transaction, `most` at the most, so that none lasts long."""
    total = Processed()
    for _ in range(0, most, BATCH):
        async with database.transaction() as tx:
            done = await process_due(tx, hospital_ids=hospital_ids)
        total = total + done
        if not done.still_due:
            break
    return total


async def run_due_loop(database: Database) -> None:
    """For ever: sends what is due, and looks again twice a second. As many as wanted may run at once."""
    while True:
        try:
            await send_due(database)
        except (psycopg.Error, TimeoutError) as error:
            log.warning("reminders_wait", error=str(error))
            await asyncio.sleep(2)
        await asyncio.sleep(IDLE.total_seconds())
