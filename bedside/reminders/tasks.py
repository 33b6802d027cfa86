"""What the worker runs for reminders: the loop that sends what is due."""

import asyncio
from datetime import timedelta

import psycopg
import structlog

from bedside.kit.database import Database
from bedside.reminders import emergencies
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


async def send_emergencies(database: Database) -> None:
    """Queues what emergency notifications have to say, a batch a transaction, until nobody waits."""
    while True:
        async with database.transaction() as tx:
            handed_over = await emergencies.hand_over(tx)
        if handed_over < emergencies.BATCH:
            break


async def run_emergency_loop(database: Database) -> None:
    """For ever: hands over emergency notifications, and looks again twice a second. It runs beside the reminders', so
    that no number of those holds it up. As many as wanted may run at once."""
    while True:
        try:
            await send_emergencies(database)
        except (psycopg.Error, TimeoutError) as error:
            log.warning("emergencies_wait", error=str(error))
            await asyncio.sleep(0.5)
        await asyncio.sleep(IDLE.total_seconds())


async def run_due_loop(database: Database) -> None:
    """For ever: sends what is due, and looks again twice a second. As many as wanted may run at once."""
    while True:
        try:
            await send_due(database)
        except (psycopg.Error, TimeoutError) as error:
            log.warning("reminders_wait", error=str(error))
            await asyncio.sleep(2)
        await asyncio.sleep(IDLE.total_seconds())
