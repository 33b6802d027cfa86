"""SQL that puts a job into procrastinate's queue. The function is procrastinate's own (migration 0002)."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from bedside.kit.database import Tx


async def defer(tx: Tx, *, task: str, arguments: dict[str, Any], at: datetime | None, lock: str | None) -> int:
    """Puts one job in and gives its id."""
    made: int = await tx.value(
        """select (procrastinate_defer_jobs_v1(array[
               row('default', %(task)s, 0, %(lock)s, null, %(arguments)s::jsonb, %(at)s::timestamptz)
           ]::procrastinate_job_to_defer_v1[]))[1]""",
        task=task,
        lock=lock,
        arguments=Jsonb(arguments),
        at=at,
    )
    return made
