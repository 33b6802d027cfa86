"""SQL that writes weekly schedules and many past and coming visits at once, for a demonstration."""

from typing import Any

import msgspec

from bedside.kit.database import Tx


async def insert_schedules(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Writes weekly schedules. Raises ExclusionViolation where two of a practitioner overlap."""
    await tx.execute(
        """insert into crm.schedules (practitioner_id, hospital_id, department_id, weekday, starts, ends, slot_minutes,
               lanes, valid_from, resource_id, created_at, updated_at)
           select practitioner_id, hospital_id, department_id, weekday, starts, ends, slot_minutes, lanes, valid_from,
                  resource_id, %(now)s, %(now)s
           from jsonb_to_recordset(%(rows)s::jsonb) as r (practitioner_id bigint, hospital_id bigint,
               department_id bigint, weekday smallint, starts time, ends time, slot_minutes smallint, lanes smallint,
               valid_from date, resource_id bigint)""",
        rows=msgspec.json.encode(rows).decode(),
    )


async def insert_visits(tx: Tx, rows: list[dict[str, Any]]) -> list[int]:
    """Writes visits in the order given and gives their ids. Raises ExclusionViolation where two overlap."""
    found = await tx.rows(
        """insert into crm.appointments (hospital_id, department_id, practitioner_id, service_id, patient_id, during,
               occupied, status, source, reason, cancel_reason, cancelled_by, confirmed_at, arrived_at, completed_at,
               cancelled_at, no_show_at, booked_by_name, created_at, updated_at)
           select hospital_id, department_id, practitioner_id, service_id, patient_id, tstzrange(starts_at, ends_at),
                  tstzrange(starts_at, ends_at), status, 'demonstration', reason, cancel_reason, cancelled_by,
                  confirmed_at, arrived_at, completed_at, cancelled_at, no_show_at, booked_by, created_at,
                  greatest(created_at, confirmed_at, arrived_at, completed_at, cancelled_at, no_show_at)
           from rows from (jsonb_to_recordset(%(rows)s::jsonb) as (hospital_id bigint, department_id bigint,
               practitioner_id bigint, service_id bigint, patient_id bigint, starts_at timestamptz, ends_at timestamptz,
               status text, reason text, cancel_reason text, cancelled_by text, confirmed_at timestamptz,
               arrived_at timestamptz, completed_at timestamptz, cancelled_at timestamptz, no_show_at timestamptz,
               booked_by text, created_at timestamptz)) with ordinality
           order by ordinality returning id""",
        rows=msgspec.json.encode(rows).decode(),
    )
    return [row[0] for row in found]
