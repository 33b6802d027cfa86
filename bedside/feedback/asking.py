"""Asking patients when the time has come: claimed, judged by the visit and the policy as they are now, and handed to
the queue by the first channel that reaches them. One bad one stops nobody."""

from datetime import timedelta

import psycopg
import structlog

from bedside.event_log import SYSTEM, Actor, record
from bedside.feedback import store_inviting as store
from bedside.feedback.events import FeedbackAsked
from bedside.feedback.inviting import OFF
from bedside.feedback.model import Channel, Policy
from bedside.feedback.policies import asked_form_version, policy_of
from bedside.feedback.store_inviting import Due
from bedside.kit.database import Tx
from bedside.messaging import MessageStatusChanged, PersonRef, enqueue

log = structlog.get_logger()

BATCH = 100
ABOUT = "feedback_invitation"
INVITATION, REMINDER = "feedback_invitation", "feedback_reminder"
NOT_MADE = "The message could not be made. Look at the template."


async def ask_due(tx: Tx, *, limit: int = BATCH) -> int:
    """Asks whoever is due, `limit` at most, and says how many were looked at. As many may do so at once as want to."""
    claimed = await store.claim_due(tx, limit=limit)
    statuses = await store.visit_statuses(tx, [one.appointment_id for one in claimed]) if claimed else {}
    policies: dict[int, Policy] = {}
    for due in claimed:
        policy = policies.get(due.hospital_id)
        if policy is None:
            policy = policies[due.hospital_id] = await policy_of(tx, due.hospital_id)
        if (why_not := _why_not(due, statuses, policy, tx)) is not None:
            await store.set_aside(tx, invitation_id=due.id, status=why_not[0], because=why_not[1])
            continue
        await _ask(tx, due, policy)
    return len(claimed)


async def remind_due(tx: Tx, *, limit: int = BATCH) -> int:
    """Reminds whoever did not answer, once; gives how many were looked at."""
    claimed = await store.claim_reminders(tx, limit=limit)
    statuses = await store.visit_statuses(tx, [one.appointment_id for one in claimed]) if claimed else {}
    for due in claimed:
        policy = await policy_of(tx, due.hospital_id)
        holds = _why_not(due, statuses, policy, tx) is None and policy.reminder_after_hours is not None
        message_id, _ = await _hand_over(tx, due, policy.channels, policy.language, REMINDER) if holds else (None, "")
        await store.mark_reminded(tx, invitation_id=due.id, message_id=message_id)
    return len(claimed)


async def follow_message(tx: Tx, event: MessageStatusChanged, *, actor: Actor) -> None:
    """What one channel could not deliver is tried by the next of the policy's; after the last nobody was asked."""
    if event.about != ABOUT:
        return
    if event.status == "cancelled":
        await store.never_left(tx, message_id=event.message_id)
    if event.status not in ("failed", "undelivered"):
        return
    found = await store.lost(tx, message_id=event.message_id)
    if found is None:
        return  # a reminder's, or it was answered
    at = found.channels.index(event.channel) if event.channel in found.channels else len(found.channels)
    message_id, because = await _hand_over(tx, found, found.channels[at + 1 :], found.language, INVITATION)
    if message_id is None:
        because = because or event.error or "The message did not arrive."
        await store.set_aside(tx, invitation_id=found.id, status="skipped", because=because)
    else:
        await store.set_message(tx, invitation_id=found.id, message_id=message_id)


def _why_not(due: Due, statuses: dict[int, str], policy: Policy, tx: Tx) -> tuple[str, str] | None:
    """The status and reason of an invitation that is not to be sent; None for one that is."""
    status = statuses.get(due.appointment_id)
    if status != "completed":
        return "cancelled", f"The visit is {status.replace('_', ' ') if status else 'gone'}."
    if not policy.enabled:
        return "skipped", OFF
    if due.expires_at <= tx.now:
        return "skipped", "The time to answer was over."
    return None


async def _ask(tx: Tx, due: Due, policy: Policy) -> None:
    message_id, because = await _hand_over(tx, due, policy.channels, policy.language, INVITATION)
    if message_id is None:
        await store.set_aside(tx, invitation_id=due.id, status="skipped", because=because)
        return
    hours = policy.reminder_after_hours
    await store.mark_sent(
        tx,
        invitation_id=due.id,
        message_id=message_id,
        policy=policy,
        form_version_id=await asked_form_version(tx, policy),
        remind_at=tx.now + timedelta(hours=hours) if hours is not None else None,
        expires_at=tx.now + timedelta(days=policy.open_days),
    )
    event = FeedbackAsked(
        feedback_invitation_id=due.id,
        appointment_id=due.appointment_id,
        hospital_id=due.hospital_id,
        patient_id=due.patient_id,
    )
    await record(tx, event)


async def _hand_over(
    tx: Tx, due: Due | store.Lost, channels: list[Channel], language: str | None, template_key: str
) -> tuple[int | None, str]:
    """Queues the message by the first channel that reaches the patient: its id, or why none does."""
    because = ""
    for channel in channels:
        try:
            async with tx.savepoint():
                queued = await enqueue(
                    tx,
                    key=f"{template_key}:{due.id}:{due.due_at.timestamp():.0f}:{channel}",
                    to=PersonRef(id=due.patient_id),
                    channel=channel,
                    purpose="transactional",
                    template_key=template_key,
                    about=ABOUT,
                    about_id=due.id,
                    language=language,
                    hospital_id=due.hospital_id,
                    priority=2,
                    # its link answers in the patient's name: staff are not to read it
                    sensitive=True,
                    actor=SYSTEM,
                )
        except psycopg.OperationalError:
            raise  # the database is away or busy, which is nothing about this patient: the round is done again
        except Exception:
            log.exception("feedback_not_asked", invitation=due.id)
            return None, NOT_MADE
        if queued.message_id is not None:
            return queued.message_id, ""
        because = queued.refused_because or "The message was refused."
    return None, because
