"""What campaigns do in the background."""

import asyncio

from bedside.campaigns.entering import sweep
from bedside.campaigns.hours import ask_about_missed
from bedside.campaigns.new_words import ask_about_new_words
from bedside.campaigns.sending import Campaigns, start_due
from bedside.campaigns.walking import Journeys
from bedside.kit.database import Database
from bedside.kit.jobs import forever


async def run_loop(database: Database) -> None:
    """Goes on with campaigns, and starts those that are scheduled, until cancelled."""

    async def start() -> bool:
        async with database.transaction() as tx:
            await start_due(tx)
            await ask_about_missed(tx)
            await ask_about_new_words(tx)
        return False

    async def look() -> bool:
        return await sweep(database)

    async with asyncio.TaskGroup() as group:
        group.create_task(forever("campaigns", Campaigns(database).step))
        group.create_task(forever("campaign schedules", start, idle=1.0))
        group.create_task(forever("journeys", Journeys(database).step, idle=0.25))
        group.create_task(forever("standing campaigns", look, idle=1.0))
