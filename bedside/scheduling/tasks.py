"""What this room does by the clock."""

from bedside.kit.database import Database
from bedside.kit.jobs import Task
from bedside.scheduling.store_holds import clear_old_holds


async def let_go_of_holds(database: Database) -> None:
    """Lets go of holds that ran out: nobody may look at their time again for long, and lists show them meanwhile."""
    async with database.transaction() as tx:
        await clear_old_holds(tx)


TASKS = [Task(name="scheduling.let_go_of_holds", work=let_go_of_holds, cron="* * * * *")]
