"""SQL of what is done about low ratings."""

from datetime import datetime

import msgspec

from bedside.kit.database import Tx


class Overdue(msgspec.Struct, kw_only=True):
    """A low rating that nobody made up for in time."""

    feedback_id: int
    task_id: int
    title: str
    due_at: datetime
    assigned_to_name: str | None


async def insert_recovery(tx: Tx, *, feedback_id: int, task_id: int, due_at: datetime) -> None:
    """Notes which task takes care of a low rating."""
    await tx.write(
        """insert into crm.feedback_recoveries (feedback_id, task_id, due_at)
           values (%(feedback)s, %(task)s, %(due)s)""",
        feedback=feedback_id,
        task=task_id,
        due=due_at,
    )


async def claim_overdue(tx: Tx, *, limit: int) -> list[Overdue]:
    """Locks low ratings whose task is still open after its time and of which nobody else was told, passing over those
    that somebody else is at. It goes by the open tasks, which are few, not by all that ever were."""
    return await tx.all(
        Overdue,
        """select r.feedback_id, r.task_id, t.title, r.due_at, s.name as assigned_to_name
           from crm.tasks t
           join crm.feedback_recoveries r on r.task_id = t.id
           left join crm.staff s on s.id = t.assigned_to
           where t.status = 'open' and r.due_at <= %(now)s and r.escalated_at is null
           order by r.due_at, r.feedback_id limit %(limit)s for update of r skip locked""",
        limit=limit,
    )


async def mark_escalated(tx: Tx, *, feedback_id: int, task_id: int | None) -> None:
    """Notes that somebody else was told."""
    await tx.write(
        """update crm.feedback_recoveries set escalated_at = %(now)s, escalation_task_id = %(task)s
           where feedback_id = %(feedback)s""",
        feedback=feedback_id,
        task=task_id,
    )
