"""SQL of taking messages back."""

from bedside.kit.database import Tx


async def lock_queued(tx: Tx, *, message_ids: list[int]) -> list[int]:
    """Those that wait in the queue, held so that no sender takes them until this transaction ends."""
    rows = await tx.rows(
        """select id from communications.message_queue
           where id = any(%(ids)s) and status = 'queued' order by id for update""",
        ids=message_ids,
    )
    return [row[0] for row in rows]
