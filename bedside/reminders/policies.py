"""Reminder policies: the ladder that holds for a department, a hospital or the group."""

import msgspec

from bedside.accounts import audit
from bedside.directory import department, hospital
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid
from bedside.message_templates import TemplateNotFound, ready_template
from bedside.reminders import store_policies
from bedside.reminders.events import ReminderPolicyChanged
from bedside.reminders.model import NewPolicy, NewStep, Policy, PolicyExists, PolicyNotFound, Step

# RULES.md, Reminders 2: 24 hours before, by SMS and WhatsApp, email where there is no phone.
DEFAULT = NewPolicy(
    name="24 hours before",
    steps=[NewStep(lead_minutes=24 * 60, channels=["sms", "whatsapp"], email_without_phone=True)],
)


async def ensure_default_policy(tx: Tx) -> None:
    """Makes the group's default policy on the first start; whoever put it away since does not get it back."""
    if not await store_policies.any_policy(tx):
        await store_policies.insert_policy(tx, DEFAULT)


async def add_policy(tx: Tx, *, new: NewPolicy, actor: Actor) -> Policy:
    """A new policy. Raises Invalid (422) for a template that is not there, PolicyExists (409) where another holds."""
    if new.department_id is not None:
        place = await department(tx, new.department_id)
        if new.hospital_id is not None and new.hospital_id != place.hospital_id:
            raise Invalid("The department belongs to another hospital.", pointer="/departmentId")
        new = msgspec.structs.replace(new, hospital_id=place.hospital_id)
    elif new.hospital_id is not None:
        await hospital(tx, new.hospital_id)
    await _check_templates(tx, new.steps)
    made = await store_policies.insert_policy(tx, new)
    if made is None:
        raise PolicyExists(
            "There is a policy for this place already, and only one can hold.",
            next_step="Change that one, or put it away first.",
        )
    return await _changed(tx, made, before=None, actor=actor)


async def change_policy(
    tx: Tx, *, policy_id: int, new: NewPolicy, actor: Actor, expected_version: int | None = None
) -> Policy:
    """Writes a policy anew. Reminders planned by a step that went away stay; visits booked from now on follow the new.

    Raises PolicyNotFound (404), Changed (412), PolicyExists (409) where it is to hold and another one does.
    """
    before = await store_policies.policy(tx, policy_id, lock=True)
    if before is None:
        raise PolicyNotFound("There is no such reminder policy.", next_step="Look at the list again.")
    check_version(expected=expected_version, actual=before.version)
    await _check_templates(tx, new.steps)
    if new.active and await store_policies.another_active(tx, policy=before):
        raise PolicyExists("Another policy holds for this place.", next_step="Put that one away first.")
    unchanged, added = match_steps(before.steps, new.steps)
    await store_policies.archive_steps(tx, step_ids=[step.id for step in before.steps if step.id not in unchanged])
    await store_policies.insert_steps(tx, policy_id=policy_id, steps=added)
    await store_policies.update_policy(tx, policy_id=policy_id, name=new.name, active=new.active)
    return await _changed(tx, policy_id, before=before, actor=actor)


def match_steps(there: list[Step], wanted: list[NewStep]) -> tuple[set[int], list[NewStep]]:
    """Which steps stay as they are, and which have to be added: a step keeps its id while nothing about it changes."""
    left = {step.id: step for step in there}
    added = []
    for new in wanted:
        same = next((step.id for step in left.values() if _same(step, new)), None)
        if same is None:
            added.append(new)
        else:
            del left[same]
    return {step.id for step in there} - set(left), added


def _same(step: Step, new: NewStep) -> bool:
    return set(step.channels) == set(new.channels) and all(
        getattr(step, name) == getattr(new, name) for name in NewStep.__struct_fields__ if name != "channels"
    )


async def _check_templates(tx: Tx, steps: list[NewStep]) -> None:
    for position, step in enumerate(steps):
        try:
            await ready_template(tx, step.template_key)
        except TemplateNotFound:
            raise Invalid(
                f"There is no template “{step.template_key}”.",
                pointer=f"/steps/{position}/templateKey",
                next_step="Take one of those under Templates.",
            ) from None


async def _changed(tx: Tx, policy_id: int, *, before: Policy | None, actor: Actor) -> Policy:
    policy = await store_policies.policy(tx, policy_id)
    if policy is None:
        raise PolicyNotFound("There is no such reminder policy.")
    await audit(
        tx,
        actor=actor,
        action="reminder_policy.changed" if before else "reminder_policy.added",
        subject="reminder_policy",
        subject_id=policy_id,
        before=before,
        after=policy,
    )
    await record(
        tx, ReminderPolicyChanged(policy_id=policy_id, name=policy.name, hospital_id=policy.hospital_id), actor=actor
    )
    return policy
