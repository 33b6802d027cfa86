"""Sending what is due: claimed, judged by the visit as it is now, and handed to the queue; one bad one stops nobody."""

import psycopg
import structlog

from bedside.event_log import SYSTEM, record
from bedside.kit.database import Tx
from bedside.message_templates import Channel, Purpose
from bedside.messaging import PersonRef, Wanted, enqueue, enqueue_many
from bedside.reminders import store
from bedside.reminders.events import ReminderChanged
from bedside.reminders.model import SEND, Due, Processed, ReminderStatus, Visit, judge

log = structlog.get_logger()

BATCH = 250
FEW = 3  # below, one by one is as quick
ONE, SEVERAL = "appointment_reminder", "appointment_reminder_several"


async def process_due(tx: Tx, *, hospital_ids: list[int] | None = None, limit: int = BATCH) -> Processed:
    """Hands reminders whose time has come to the message queue, `limit` at most, and says what became of them.

    Safe to call at any time and from several places at once: a reminder is claimed by one, and its message has a key.
    `hospital_ids` None: every hospital.
    """
    claimed = await store.claim_due(tx, hospital_ids=hospital_ids, limit=limit)
    done = await _handle(tx, claimed)
    if len(claimed) == limit:
        done.still_due = await store.still_due(tx, hospital_ids=hospital_ids)
    return done


async def process_one(tx: Tx, *, reminder_id: int) -> Processed:
    """Handles one reminder that is due, where nobody else has claimed it."""
    return await _handle(tx, await store.claim_one(tx, reminder_id=reminder_id))


async def _handle(tx: Tx, claimed: list[Due]) -> Processed:
    # in a statement of its own: a visit cancelled while we waited for the claim shows as cancelled here
    visits = await store.visits(tx, [due.appointment_id for due in claimed])
    done = Processed()
    gone = await _send_alone(tx, claimed, visits)
    done.queued += len(gone)
    for due in claimed:
        if due.id in gone:
            continue
        verdict = judge(due, visits.get(due.appointment_id), now=tx.now)
        status, because = verdict.status, verdict.because
        if status is None:
            sent, status, because = await _send(tx, due)
            gone |= sent
            done.queued += len(sent)
        if status is None:
            continue
        await _settle(tx, due, status=status, because=because)
        match status:
            case ReminderStatus.SKIPPED:
                done.skipped += 1
            case ReminderStatus.CANCELLED:
                done.cancelled += 1
            case _:
                done.failed += 1
    return done


async def _send_alone(tx: Tx, claimed: list[Due], visits: dict[int, Visit]) -> set[int]:
    """Queues in a few statements those whose message carries one visit, and gives their ids. What is refused, what may
    have companions, and all of them where one is at fault, is left to be handled one by one."""
    simple = [
        due for due in claimed if due.template_key and judge(due, visits.get(due.appointment_id), now=tx.now) is SEND
    ]
    together = await store.perhaps_together(tx, reminder_ids=[due.id for due in simple if due.template_key == ONE])
    alone = [due for due in simple if due.id not in together]
    if len(alone) < FEW:
        return set()
    try:
        async with tx.savepoint():
            made = await enqueue_many(tx, [_wanted(due) for due in alone], actor=SYSTEM)
            queued = {
                due.id: one.message_id for due, one in zip(alone, made, strict=True) if one.message_id is not None
            }
            await store.mark_many_queued(tx, queued)
            return set(queued)
    except psycopg.OperationalError:
        raise
    except Exception:
        log.exception("reminders_not_queued_together", reminders=len(alone))
        return set()


def _wanted(due: Due) -> Wanted:
    return Wanted(
        key=due.message_key,
        to=PersonRef(kind="patient", id=due.patient_id),
        channel=Channel(due.channel),
        purpose=Purpose.TRANSACTIONAL,
        template_key="notice_utility" if due.message else due.template_key,
        variables={"words": " ".join(due.message.split())} if due.message else {},
        about="reminder",
        about_id=due.id,
        hospital_id=due.hospital_id,
        priority=1,
    )


async def _companions(tx: Tx, due: Due) -> list[Due]:
    """Those that go into one message with it, though their own time has yet to come (RULES.md, Reminders 3)."""
    if due.template_key != ONE:
        return []  # by hand, or in words that somebody wrote for a single visit
    claimed = await store.claim_companions(tx, due)
    visits = await store.visits(tx, [one.appointment_id for one in claimed]) if claimed else {}
    return [one for one in claimed if judge(one, visits.get(one.appointment_id), now=tx.now) is SEND]


async def _send(tx: Tx, due: Due) -> tuple[set[int], ReminderStatus | None, str]:
    """Queues a reminder's message, with its companions: the ids that it carries, or the status it ends in and why."""
    # Own words travel as the variable of a shipped template: WhatsApp takes bare ones only within 24 hours of the
    # patient's last message, and on every channel a template is what makes the sender look at the visit once more.
    template = due.template_key or ("notice_utility" if due.message else ONE)
    variables = {"words": " ".join(due.message.split())} if due.message else None
    try:
        async with tx.savepoint():
            companions = await _companions(tx, due)
            queued = await enqueue(
                tx,
                key=due.message_key,
                to=PersonRef(kind="patient", id=due.patient_id),
                channel=due.channel,
                purpose="transactional",
                template_key=SEVERAL if companions else template,
                variables=variables,
                about="reminder",
                about_id=due.id,
                hospital_id=due.hospital_id,
                priority=1,
                urgent=due.by_hand,
                actor=SYSTEM,
            )
            if queued.message_id is None:
                return set(), ReminderStatus.SKIPPED, queued.refused_because or "The message was refused."
            carried = [due.id, *(one.id for one in companions)]
            await store.mark_queued(tx, reminder_ids=carried, message_id=queued.message_id)
            return set(carried), None, ""
    except psycopg.OperationalError:
        raise  # the database is away or busy, which is nothing about this patient: the round is done again
    except Exception:
        # whatever is wrong with this patient's message, the next patient is not to miss theirs (RULES.md, Reminders 1)
        log.exception("reminder_failed", reminder=due.id, appointment=due.appointment_id)
        because = "The message could not be made. Look at the template, then send it by hand."
        return set(), ReminderStatus.FAILED, because


async def _settle(tx: Tx, due: Due, *, status: ReminderStatus, because: str) -> None:
    """Writes down how a due reminder ended, and tells."""
    if await store.settle(tx, reminder_id=due.id, status=status, because=because):
        await record(
            tx,
            ReminderChanged(
                reminder_id=due.id,
                appointment_id=due.appointment_id,
                channel=due.channel,
                status=status,
                because=because,
                hospital_id=due.hospital_id,
                patient_id=due.patient_id,
            ),
        )
