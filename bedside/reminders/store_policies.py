"""SQL of reminder policies."""

from typing import LiteralString

from bedside.kit.database import Tx
from bedside.reminders.model import NewPolicy, NewStep, Policy
from bedside.reminders.store import STEP_JSON

_POLICY: LiteralString = (
    """
select p.id, p.hospital_id, p.department_id, p.name, p.active, p.version,
       coalesce((select jsonb_agg("""
    + STEP_JSON
    + """ order by s.lead_minutes desc, s.id)
                 from crm.reminder_policy_steps s where s.policy_id = p.id and s.archived_at is null), '[]') as steps
from crm.reminder_policies p
"""
)


async def policies(tx: Tx, *, hospital_ids: list[int] | None) -> list[Policy]:
    """Every policy that concerns the hospitals given, the group's first."""
    return await tx.all(
        Policy,
        _POLICY
        + """where p.hospital_id is null or %(hospitals)s::bigint[] is null or p.hospital_id = any(%(hospitals)s)
             order by p.hospital_id nulls first, p.department_id nulls first, p.active desc, p.id""",
        hospitals=hospital_ids,
    )


async def policy(tx: Tx, policy_id: int, *, lock: bool = False) -> Policy | None:
    """One policy with its steps."""
    if lock:
        await tx.execute("select from crm.reminder_policies where id = %(id)s for update", id=policy_id)
    return await tx.maybe(Policy, _POLICY + "where p.id = %(id)s", id=policy_id)


async def insert_policy(tx: Tx, new: NewPolicy) -> int | None:
    """A new policy; None where an active one for that place is there."""
    made = await tx.value(
        """insert into crm.reminder_policies (hospital_id, department_id, name, active, created_at, updated_at)
           values (%(hospital)s, %(department)s, %(name)s, %(active)s, %(now)s, %(now)s)
           on conflict do nothing returning id""",
        hospital=new.hospital_id,
        department=new.department_id,
        name=new.name,
        active=new.active,
    )
    if made is None:
        return None
    await insert_steps(tx, policy_id=int(made), steps=new.steps)
    return int(made)


async def insert_steps(tx: Tx, *, policy_id: int, steps: list[NewStep]) -> None:
    """Adds rungs to a ladder."""
    await tx.execute_many(
        """insert into crm.reminder_policy_steps (policy_id, lead_minutes, channels, template_key, only_if_unconfirmed,
                                                  email_without_phone, sms_if_whatsapp_fails)
           values (%(policy)s, %(lead)s, %(channels)s, %(template)s, %(unconfirmed)s, %(mail)s, %(sms)s)""",
        [
            {
                "policy": policy_id,
                "lead": step.lead_minutes,
                "channels": list(dict.fromkeys(step.channels)),
                "template": step.template_key,
                "unconfirmed": step.only_if_unconfirmed,
                "mail": step.email_without_phone,
                "sms": step.sms_if_whatsapp_fails,
            }
            for step in steps
        ],
    )


async def archive_steps(tx: Tx, *, step_ids: list[int]) -> None:
    """Puts rungs away: reminders planned by them stay as they are."""
    await tx.execute("update crm.reminder_policy_steps set archived_at = %(now)s where id = any(%(ids)s)", ids=step_ids)


async def update_policy(tx: Tx, *, policy_id: int, name: str, active: bool) -> None:
    """Changes a policy's name and whether it holds."""
    await tx.execute(
        """update crm.reminder_policies set name = %(name)s, active = %(active)s, version = version + 1,
                  updated_at = %(now)s where id = %(id)s""",
        id=policy_id,
        name=name,
        active=active,
    )


async def another_active(tx: Tx, *, policy: Policy) -> bool:
    """Whether another policy holds for the same place."""
    return bool(
        await tx.value(
            """select exists (select from crm.reminder_policies where active and id <> %(id)s
                      and hospital_id is not distinct from %(hospital)s
                      and department_id is not distinct from %(department)s)""",
            id=policy.id,
            hospital=policy.hospital_id,
            department=policy.department_id,
        )
    )


async def any_policy(tx: Tx) -> bool:
    """Whether there is any policy, put away ones included: then nobody needs the default."""
    return bool(await tx.value("select exists (select from crm.reminder_policies)"))
