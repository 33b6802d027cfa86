"""Awards to many at once: some thousands a transaction, in the background, going on where they stopped.

Each is as a single award would have made it, the notice of a higher tier included, but that no event is written a
person: what happened is one event a piece.
"""

import structlog

from bedside.accounts import SignedIn, audit
from bedside.event_log import SYSTEM, record
from bedside.kit.database import Database, Tx
from bedside.kit.jobs import Task, defer
from bedside.kit.text import many_lines
from bedside.loyalty import store_bulk as store
from bedside.loyalty.bulk_model import BulkAward, BulkAwardRefused, NewBulkAward, NoSuchBulkAward
from bedside.loyalty.events import BulkAwardMoved
from bedside.loyalty.model import AwardAboveLimit
from bedside.loyalty.points import expires_at, window_start
from bedside.loyalty.program import program_in_force
from bedside.loyalty.rewarding import VISIT
from bedside.loyalty.telling import tell_of_tiers
from bedside.loyalty.vouchers import new_code

log = structlog.get_logger()

PIECE = 2000


async def award_many(tx: Tx, *, new: NewBulkAward, actor: SignedIn) -> BulkAward:
    """Notes what is to be awarded and has it done in the background.

    Raises BulkAwardRefused (422), AwardAboveLimit (403) for a bonus above what their role may award at once, Forbidden
    (403) for a hospital that is not theirs.
    """
    actor.check_works_at(new.hospital_id)
    program = await program_in_force(tx)
    if (new.patient_ids is None) == (new.from_day is None and new.until_day is None):
        raise BulkAwardRefused("Name days, or patients: one of the two.", pointer="/patientIds")
    if new.patient_ids is not None:
        if not new.patient_ids:
            raise BulkAwardRefused("Name at least one patient.", pointer="/patientIds")
        if new.points is None:
            raise BulkAwardRefused("Say how many points each of them gets.", pointer="/points")
        many_lines(new.reason, pointer="/reason", longest=500, needed=True)
        limit = program.award_limits.get(actor.role, 0)
        if new.points > limit:
            raise AwardAboveLimit(f"Your role may award {limit} points at once.", next_step="Award fewer.", limit=limit)
        kind, total = "people", await store.count_people(tx, new.patient_ids)
    else:
        if new.from_day is None or new.until_day is None or new.until_day < new.from_day:
            raise BulkAwardRefused("Days have a first and a last one, not before it.", pointer="/untilDay")
        if new.points is not None:
            raise BulkAwardRefused("For visits, the program says how many points.", pointer="/points")
        if not program.points_for("visit_completed"):
            raise BulkAwardRefused("The program gives nothing for a visit.", next_step="Add a version that does.")
        kind, total = "visits", await store.count_visits(tx, new=new, zone=program.time_zone)
    made = await store.insert(tx, new, kind=kind, total=total, by=actor.name)
    await defer(tx, AWARD_MANY, bulk_id=made)
    found = await bulk_award(tx, made)
    await audit(tx, actor=actor, action="loyalty.bulk_award_begun", subject="bulk_award", subject_id=made, after=found)
    return found


async def bulk_award(tx: Tx, bulk_id: int) -> BulkAward:
    """How far an award to many is. Raises NoSuchBulkAward (404)."""
    found = await store.bulk_award(tx, bulk_id)
    if found is None:
        raise NoSuchBulkAward("There is no such award to many.", next_step="Look in /api/loyalty/bulk-awards.")
    return found


async def work_through(database: Database, bulk_id: int) -> None:
    """Does what is left of an award to many, piece by piece. Safe to run twice, and at once."""
    while True:
        async with database.transaction() as tx:
            if not await _piece(tx, bulk_id):
                return


async def _piece(tx: Tx, bulk_id: int) -> bool:
    """Awards the next piece; False where there is nothing left to do."""
    program = await program_in_force(tx)
    work = await store.locked(tx, bulk_id, zone=program.time_zone)
    if work is None or work.status != "running":
        return False
    if work.kind == "visits" and work.begins is not None and work.ends is not None:
        points, rule = program.points_for("visit_completed") or 0, VISIT
        due = await store.completed_visits(
            tx, begins=work.begins, ends=work.ends, hospital_id=work.hospital_id, after=work.through_id, limit=PIECE
        )
    else:
        points, rule = work.points or 0, "campaign"
        due = await store.people(
            tx, patient_ids=work.patient_ids or [], bulk_id=bulk_id, after=work.through_id, limit=PIECE
        )
    if not points:
        await store.failed(tx, bulk_id, because="The program gives nothing for a visit any more.")
        return False
    awarded = 0
    if due:
        whose = sorted({one.patient_id for one in due})
        await store.open_accounts(tx, patient_ids=whose, codes=[new_code() for _ in whose])
        there = await store.lock_accounts(tx, whose)
        held = [one for one in due if one.patient_id in there]
        changed = await store.award_all(
            tx,
            await store.still_completed(tx, held) if rule == VISIT else held,
            points=points,
            rule=rule,
            program_id=program.id,
            expires_at=expires_at(tx.now, months=program.points_last_months, zone=program.zone),
            reason=work.reason,
            by=work.created_by_name,
        )
        awarded = len(changed)
        if changed:
            raised = await store.raise_tiers(
                tx,
                changed,
                since=window_start(tx.now, months=program.qualification_months, zone=program.zone),
                codes=[tier.code for tier in program.tiers],
                thresholds=[tier.threshold for tier in program.tiers],
                months=program.qualification_months,
            )
            await tell_of_tiers(tx, raised, program=program)
    done = len(due) < PIECE
    through = due[-1].id if due else work.through_id
    await store.moved_on(tx, bulk_id, through_id=through, awarded=awarded, skipped=len(due) - awarded, done=done)
    await record(tx, BulkAwardMoved(bulk_award_id=bulk_id, awarded=awarded, done=done), actor=SYSTEM)
    return not done


AWARD_MANY = Task(name="loyalty.award_many", work=work_through)
