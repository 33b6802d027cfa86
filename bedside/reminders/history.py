"""Reminders of a time before there were any: for the demonstration. Those still ahead are planned, and will leave."""

from datetime import datetime

import msgspec

from bedside.kit.database import Tx
from bedside.reminders import store_history
from bedside.reminders.policies import ensure_default_policy


class PastReminder(msgspec.Struct, kw_only=True):
    """A reminder 24 hours before a visit, sent or planned."""

    appointment_id: int
    patient_id: int
    hospital_id: int
    channel: str
    for_start: datetime
    due_at: datetime
    status: str
    created_at: datetime
    because: str = ""
    message_id: int | None = None
    sent_at: datetime | None = None


async def write_reminders(tx: Tx, past: list[PastReminder]) -> None:
    """Writes them in one statement, under the group's default policy, which is made where there is none."""
    await ensure_default_policy(tx)
    await store_history.insert_reminders(tx, [msgspec.structs.asdict(one) for one in past])
