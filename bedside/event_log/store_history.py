"""SQL that writes many past events at once, for a demonstration's past."""

from typing import Any

import msgspec

from bedside.kit.database import Tx


async def append_many(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Writes events in the order given, each at its own time."""
    await tx.execute(
        """insert into crm.event_log (kind, occurred_at, hospital_id, patient_id, owner_id, subject, subject_id,
                                      actor_kind, actor_id, actor_name, seen_with, data)
           select kind, at, hospital_id, patient_id, owner_id, subject, subject_id, actor_kind, actor_id, actor_name,
                  seen_with, data
           from rows from (jsonb_to_recordset(%(rows)s::jsonb) as (kind text, at timestamptz, hospital_id bigint,
               patient_id bigint, owner_id bigint, subject text, subject_id bigint, actor_kind text, actor_id bigint,
               actor_name text, seen_with text, data jsonb)) with ordinality
           order by ordinality""",
        rows=msgspec.json.encode(rows).decode(),
    )
