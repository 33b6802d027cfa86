"""Taking back messages that have not left, as one: what is on its way already is not touched."""

from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.messaging import store_withdrawing
from bedside.messaging.reports import Report
from bedside.messaging.status_changes import apply


async def withdraw(tx: Tx, *, message_ids: list[int], because: str, actor: Actor) -> int:
    """Cancels those of the messages that still wait in the queue, and says how many those were."""
    waiting = await store_withdrawing.lock_queued(tx, message_ids=message_ids)
    reports = [Report(message_id=message_id, status="cancelled", words=because) for message_id in waiting]
    return await apply(tx, reports, actor=actor) if reports else 0
