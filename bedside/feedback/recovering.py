"""Making up for low ratings: a task with an owner and a due time, and somebody else told where that was not enough."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bedside.accounts import Permission, SignedIn, staff_member
from bedside.event_log import record
from bedside.feedback import store
from bedside.feedback import store_recovering as store_tasks
from bedside.feedback.events import FeedbackEscalated
from bedside.feedback.model import Feedback, Policy
from bedside.feedback.policies import policy_of
from bedside.feedback.store_recovering import Overdue
from bedside.follow_ups import open_task
from bedside.kit.database import Database, Tx
from bedside.kit.http.problems import NotFound

AT_ONCE = 50  # a transaction
ANSWER_WITHIN = timedelta(hours=24)  # whoever is told that a low rating was left


async def open_recovery(tx: Tx, given: Feedback, policy: Policy | None) -> None:
    """Opens the task that a low rating calls for, once; whose it is and by when says the hospital's policy."""
    rules = policy or Policy(hospital_id=0)
    due_at = tx.now + timedelta(hours=rules.recovery_hours)
    assigned_to = await _who(tx, rules.recovery_assigned_to, given.hospital_id)
    task = await open_task(
        tx,
        key=f"feedback-recovery:{given.id}",
        title=f"{given.patient_name or 'Somebody'} rated their visit {given.rating} of 5: {_what_to_do(given)}",
        details=_details(given),
        subject="feedback",
        subject_id=given.id,
        patient_id=given.patient_id,
        hospital_id=given.hospital_id,
        priority="urgent",
        assigned_to=assigned_to,
        for_role=None if assigned_to else rules.recovery_role,
        due_at=due_at,
    )
    if task is not None:
        await store_tasks.insert_recovery(tx, feedback_id=given.id, task_id=task.id, due_at=due_at)


async def escalate_overdue(database: Database) -> None:
    """Tells somebody else of every low rating that was not made up for in time, once. Safe to run in several places."""
    while True:
        async with database.transaction() as tx:
            found = await store_tasks.claim_overdue(tx, limit=AT_ONCE)
            for one in found:
                await _escalate(tx, one)
        if len(found) < AT_ONCE:
            return


async def _escalate(tx: Tx, overdue: Overdue) -> None:
    given = await store.feedback(tx, overdue.feedback_id)
    if given is None:
        raise LookupError(f"feedback {overdue.feedback_id} was there a moment ago")
    policy = await policy_of(tx, given.hospital_id) if given.hospital_id else Policy(hospital_id=0)
    assigned_to = await _who(tx, policy.escalate_to, given.hospital_id)
    who_had_it = f"{overdue.assigned_to_name} had" if overdue.assigned_to_name else "Nobody took"
    due = overdue.due_at.astimezone(ZoneInfo(given.time_zone or "UTC"))
    task = await open_task(
        tx,
        key=f"feedback-escalation:{given.id}",
        title=f"Still to be made up for: {overdue.title}",
        details=f"{who_had_it} the task. It was due {due:%Y-%m-%d %H:%M}.\n{_details(given)}",
        subject="feedback",
        subject_id=given.id,
        patient_id=given.patient_id,
        hospital_id=given.hospital_id,
        priority="urgent",
        assigned_to=assigned_to,
        for_role=None if assigned_to else policy.escalate_role,
        due_at=tx.now + ANSWER_WITHIN,
    )
    await store_tasks.mark_escalated(tx, feedback_id=given.id, task_id=task.id if task else None)
    event = FeedbackEscalated(feedback_id=given.id, hospital_id=given.hospital_id, patient_id=given.patient_id)
    await record(tx, event)


async def _who(tx: Tx, staff_id: int | None, hospital_id: int | None) -> int | None:
    """Who the policy names, where they are still there to take a task of this hospital."""
    if staff_id is None:
        return None
    try:
        person = await staff_member(tx, staff_id)
    except NotFound:
        return None
    as_user = SignedIn(kind="staff", id=person.id, name=person.name, role=person.role, hospital_ids=person.hospitals)
    may = person.active and as_user.may(Permission.FOLLOW_UPS_READ) and as_user.works_at(hospital_id)
    return person.id if may else None


def _what_to_do(given: Feedback) -> str:
    return "look into it" if given.patient_id is None else "call them"


def _details(given: Feedback) -> str:
    """What whoever takes the task has to know. Words are read on the feedback's page, by who may."""
    where = ", ".join(part for part in (given.practitioner_name, given.department, given.hospital) if part)
    worst = ", ".join(code.replace("_", " ") for code, stars in given.categories.items() if stars <= 2)
    lines = [
        f"{'A visit of the month of' if given.anonymous else 'The visit of'} {given.visit_date}"
        + (f" ({where})." if where else "."),
        f"Rated low: {worst}." if worst else "",
        "Given anonymously: nobody can be called." if given.anonymous else "",
        "What they wrote is on the feedback's page.",
    ]
    return "\n".join(line for line in lines if line)
