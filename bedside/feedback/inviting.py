"""A visit took place: its patient will be asked how it was. It was undone: they will not."""

from datetime import timedelta

from bedside.event_log import Actor
from bedside.feedback import store_inviting as store
from bedside.feedback.policies import asked_form_version, policy_of
from bedside.kit.database import Tx
from bedside.scheduling import AppointmentCompleted, AppointmentRestored

OFF = "This hospital does not ask for feedback."
LONG_AGO = "The visit was too long ago when it was completed."


async def plan_invitation(tx: Tx, event: AppointmentCompleted, *, actor: Actor) -> None:
    """Plans the invitation by the hospital's policy, once a visit however often it is completed."""
    visit = await store.completed(tx, event.appointment_id)
    if visit is None:
        return
    policy = await policy_of(tx, visit.hospital_id)
    open_for = timedelta(days=policy.open_days)
    because = "" if policy.enabled else OFF
    if not because and visit.ends_at + open_for <= tx.now:
        because = LONG_AGO
    due_at = tx.now + timedelta(minutes=policy.delay_minutes)
    await store.plan(
        tx,
        appointment_id=event.appointment_id,
        visit=visit,
        policy=policy,
        form_version_id=await asked_form_version(tx, policy),
        due_at=due_at,
        expires_at=due_at + open_for,
        skipped_because=because,
    )


async def drop_invitation(tx: Tx, event: AppointmentRestored, *, actor: Actor) -> None:
    """The completion was a mistake: nobody is asked, and a link that went out ends. What was answered stays."""
    if event.undone == "completed":
        await store.drop(tx, appointment_id=event.appointment_id, because="The visit's completion was undone.")
