"""What campaigns do in the background."""

import asyncio

from bedside.campaigns.sending import Campaigns, start_due
from bedside.kit.database import Database
from bedside.kit.jobs import forever


async def run_loop(database: Database) -> None:
    """Goes on with campaigns, and starts those that are scheduled, until cancelled."""

    async def start() -> bool:
        async with database.transaction() as tx:
            await start_due(tx)
        return False

    async with asyncio.TaskGroup() as group:
        group.create_task(forever("campaigns", Campaigns(database).step))
        group.create_task(forever("campaign schedules", start, idle=1.0))
