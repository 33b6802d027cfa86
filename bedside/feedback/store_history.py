"""SQL that writes much feedback at once, for a demonstration."""

from typing import Any

import msgspec

from bedside.kit.database import Tx


def _json(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()


async def new_ids(tx: Tx, how_many: int) -> list[int]:
    """Ids that no other feedback gets."""
    rows = await tx.rows(
        """select nextval(pg_get_serial_sequence('crm.patient_feedback', 'id'))
           from generate_series(1, %(n)s)""",
        n=how_many,
    )
    return [row[0] for row in rows]


async def insert_feedback(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Writes feedback with the ids that it was given."""
    await tx.execute(
        """insert into crm.patient_feedback (id, hospital_id, patient_id, appointment_id, visit_date, department_id,
               practitioner_id, rating, words, anonymous, language, source, form_version_id, created_by_name,
               created_at)
           overriding system value
           select id, hospital_id, patient_id, appointment_id, visit_date, department_id, practitioner_id, rating,
                  words, anonymous, language, source, form_version_id, created_by_name, created_at
           from jsonb_to_recordset(%(rows)s::jsonb) as r (id bigint, hospital_id bigint, patient_id bigint,
               appointment_id bigint, visit_date date, department_id bigint, practitioner_id bigint, rating smallint,
               words text, anonymous boolean, language text, source text, form_version_id bigint,
               created_by_name text, created_at timestamptz)""",
        rows=_json(rows),
    )


async def insert_stars(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Writes the stars of categories."""
    await tx.execute(
        """insert into crm.feedback_stars (feedback_id, category_id, stars)
           select feedback_id, category_id, stars
           from jsonb_to_recordset(%(rows)s::jsonb) as r (feedback_id bigint, category_id bigint, stars smallint)""",
        rows=_json(rows),
    )


async def insert_answers(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Writes answers to forms' questions."""
    await tx.execute(
        """insert into crm.feedback_answers (feedback_id, question, kind, number, words)
           select feedback_id, question, kind, number, words
           from jsonb_to_recordset(%(rows)s::jsonb)
                as r (feedback_id bigint, question text, kind text, number smallint, words text)""",
        rows=_json(rows),
    )


async def insert_invitations(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Writes invitations, past and planned."""
    await tx.execute(
        """insert into crm.feedback_invitations (appointment_id, patient_id, hospital_id, status, because, channels,
               language, form_version_id, anonymous_offered, due_at, remind_at, expires_at, sent_at, reminded_at,
               answered_at, message_id, created_at)
           select appointment_id, patient_id, hospital_id, status, because, channels, language, form_version_id,
                  anonymous_offered, due_at, remind_at, expires_at, sent_at, reminded_at, answered_at, message_id,
                  created_at
           from jsonb_to_recordset(%(rows)s::jsonb) as r (appointment_id bigint, patient_id bigint,
               hospital_id bigint, status text, because text, channels text[], language text, form_version_id bigint,
               anonymous_offered boolean, due_at timestamptz, remind_at timestamptz, expires_at timestamptz,
               sent_at timestamptz, reminded_at timestamptz, answered_at timestamptz, message_id bigint,
               created_at timestamptz)""",
        rows=_json(rows),
    )
