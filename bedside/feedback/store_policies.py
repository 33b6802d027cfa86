"""SQL of how hospitals ask for feedback."""

from typing import LiteralString

import msgspec

from bedside.feedback.model import Policy
from bedside.kit.database import Tx

_POLICY: LiteralString = """
select hospital_id, enabled, delay_minutes, channels, language, reminder_after_hours, open_days, anonymous_offered,
       form_id, review_url, review_from_stars, recovery_assigned_to, recovery_role, recovery_hours, escalate_to,
       escalate_role, version, updated_by_name, updated_at
from crm.feedback_policies
"""


async def policy(tx: Tx, hospital_id: int, *, lock: bool = False) -> Policy | None:
    """What a hospital has written; None where it asks as the defaults say."""
    return await tx.maybe(
        Policy, _POLICY + "where hospital_id = %(id)s" + (" for update" if lock else ""), id=hospital_id
    )


async def write_policy(tx: Tx, wanted: Policy) -> Policy:
    """Writes a hospital's policy, the first or another."""
    return await tx.one(
        Policy,
        """insert into crm.feedback_policies as p (hospital_id, enabled, delay_minutes, channels, language,
               reminder_after_hours, open_days, anonymous_offered, form_id, review_url, review_from_stars,
               recovery_assigned_to, recovery_role, recovery_hours, escalate_to, escalate_role, updated_by_name,
               updated_at)
           values (%(hospital_id)s, %(enabled)s, %(delay_minutes)s, %(channels)s, %(language)s,
               %(reminder_after_hours)s, %(open_days)s, %(anonymous_offered)s, %(form_id)s, %(review_url)s,
               %(review_from_stars)s, %(recovery_assigned_to)s, %(recovery_role)s, %(recovery_hours)s,
               %(escalate_to)s, %(escalate_role)s, %(updated_by_name)s, %(now)s)
           on conflict (hospital_id) do update set
               enabled = excluded.enabled, delay_minutes = excluded.delay_minutes, channels = excluded.channels,
               language = excluded.language, reminder_after_hours = excluded.reminder_after_hours,
               open_days = excluded.open_days, anonymous_offered = excluded.anonymous_offered,
               form_id = excluded.form_id, review_url = excluded.review_url,
               review_from_stars = excluded.review_from_stars,
               recovery_assigned_to = excluded.recovery_assigned_to, recovery_role = excluded.recovery_role,
               recovery_hours = excluded.recovery_hours, escalate_to = excluded.escalate_to,
               escalate_role = excluded.escalate_role, updated_by_name = excluded.updated_by_name,
               updated_at = excluded.updated_at, version = p.version + 1
           returning p.hospital_id, p.enabled, p.delay_minutes, p.channels, p.language, p.reminder_after_hours,
               p.open_days, p.anonymous_offered, p.form_id, p.review_url, p.review_from_stars, p.recovery_assigned_to,
               p.recovery_role, p.recovery_hours, p.escalate_to, p.escalate_role, p.version, p.updated_by_name,
               p.updated_at""",
        **msgspec.structs.asdict(wanted),
    )


async def lock_hospital(tx: Tx, hospital_id: int) -> None:
    """Waits until nobody else is writing how this hospital asks: its first policy is not there to be locked."""
    await tx.execute("select from crm.hospitals where id = %(id)s for no key update", id=hospital_id)


async def form_is_there(tx: Tx, form_id: int) -> bool:
    """Whether a survey form can be asked."""
    return bool(
        await tx.value("select true from crm.feedback_forms where id = %(id)s and archived_at is null", id=form_id)
    )


async def newest_form_version(tx: Tx, form_id: int) -> int | None:
    """The version of a form that is asked now; None for a form that was put away."""
    found: int | None = await tx.value(
        """select v.id from crm.feedback_form_versions v join crm.feedback_forms f on f.id = v.form_id
           where f.id = %(id)s and f.archived_at is null order by v.number desc limit 1""",
        id=form_id,
    )
    return found
