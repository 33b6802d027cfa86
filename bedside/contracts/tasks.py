"""What runs in the background for contracts: what the calendar asks for."""

import structlog

from bedside.contracts import store_work
from bedside.contracts.expiring import attend_to
from bedside.kit.database import Database
from bedside.kit.jobs import Task

log = structlog.get_logger()


async def attend_to_terms(database: Database) -> None:
    """Renews and warns, a contract a transaction; what was done stays done, so it may stop and begin again anywhere."""
    after_id = 0
    while True:
        async with database.transaction() as tx:
            due = await store_work.due(tx, after_id=after_id)
        for contract_id in due:
            try:
                async with database.transaction() as tx:
                    await attend_to(tx, contract_id)
            except Exception:  # one contract's fault is no reason to forget the others
                log.exception("contract_not_attended_to", contract=contract_id)
        if not due:
            return
        after_id = due[-1]


# Hourly, since a day begins at another hour at each hospital; a contract is done once a day however often this runs.
TASKS: list[Task] = [Task(name="contracts.attend_to_terms", work=attend_to_terms, cron="10 * * * *")]
