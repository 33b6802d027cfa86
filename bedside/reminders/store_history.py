"""SQL that writes many reminders at once, sent and planned, for a demonstration."""

from typing import Any

import msgspec

from bedside.kit.database import Tx


async def insert_reminders(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Writes reminders of the group's default step: those with a message were sent, the others are planned."""
    await tx.execute(
        """insert into crm.appointment_reminders (appointment_id, patient_id, hospital_id, step_id, channel, for_start,
               due_at, status, because, message_id, created_at, updated_at)
           select appointment_id, patient_id, hospital_id,
                  (select s.id from crm.reminder_policy_steps s join crm.reminder_policies p on p.id = s.policy_id
                   where p.active and s.archived_at is null order by p.hospital_id nulls first, s.id limit 1),
                  channel, for_start, due_at, status, because, message_id, created_at, greatest(created_at, sent_at)
           from jsonb_to_recordset(%(rows)s::jsonb) as r (appointment_id bigint, patient_id bigint, hospital_id bigint,
               channel text, for_start timestamptz, due_at timestamptz, status text, because text, message_id bigint,
               created_at timestamptz, sent_at timestamptz)""",
        rows=msgspec.json.encode(rows).decode(),
    )
