"""Awarding points: once for a rule and a source, whoever asks and how often (RULES, Points 2)."""

from bedside.accounts import SignedIn, audit
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.text import many_lines
from bedside.loyalty import store_points as store
from bedside.loyalty.accounts import locked_account
from bedside.loyalty.events import PointsAwarded
from bedside.loyalty.model import Award, AwardAboveLimit, NewAward
from bedside.loyalty.points import expires_at
from bedside.loyalty.program import program_in_force
from bedside.loyalty.store_points import NewEntry
from bedside.loyalty.tiers import rank
from bedside.patients import patient


async def award(
    tx: Tx,
    *,
    patient_id: int,
    points: int,
    rule: str,
    source: str,
    reason: str = "",
    hospital_id: int | None = None,
    actor: Actor,
) -> Award:
    """Awards points, and pays what is owed from them first. What the rule and the source earned before is given again,
    with `fresh` false. Raises NoSuchPatient (404)."""
    first = await store.lot_of(tx, rule=rule, source=source)
    if first is not None:
        first.fresh = False
        return first
    await patient(tx, patient_id)
    account = await locked_account(tx, patient_id)
    program = await program_in_force(tx)
    settled = min(account.owed, points)
    lot_id = await store.insert_lot(
        tx,
        patient_id=patient_id,
        points=points,
        left_over=points - settled,
        rule=rule,
        source=source,
        program_id=program.id,
        hospital_id=hospital_id,
        counts_for_tier=True,
        expires_at=expires_at(tx.now, months=program.points_last_months, zone=program.zone),
        reason=reason,
        by=actor.name,
    )
    if lot_id is None:  # somebody was quicker
        return await award(tx, patient_id=patient_id, points=points, rule=rule, source=source, actor=actor)
    entries = [NewEntry(patient_id=patient_id, kind="earned", points=points, lot_id=lot_id, by=actor.name)]
    if settled:
        entries.append(NewEntry(patient_id=patient_id, kind="settled", points=-settled, lot_id=lot_id, by=actor.name))
        await store.owe(tx, patient_id, by=-settled)
    await store.insert_entries(tx, entries)
    await store.note_earned(tx, patient_id)
    await record(
        tx,
        PointsAwarded(
            loyalty_id=patient_id,
            patient_id=patient_id,
            hospital_id=hospital_id,
            points=points,
            rule=rule,
            source=source,
        ),
        actor=actor,
    )
    await rank(tx, account=account, program=program)
    made = await store.lot(tx, lot_id)
    if made is None:
        raise LookupError("the award vanished")
    return made


async def award_by_hand(tx: Tx, *, patient_id: int, new: NewAward, key: str, actor: SignedIn) -> Award:
    """Awards points that somebody gives for a reason, as many as their role may. `key` makes it once.

    Raises NoSuchPatient (404), AwardAboveLimit (403), Invalid (422) for no reason, Forbidden (403) for a hospital that
    is not theirs.
    """
    actor.check_works_at(new.hospital_id)
    limit = (await program_in_force(tx)).award_limits.get(actor.role, 0)
    if new.points > limit:
        raise AwardAboveLimit(
            f"Your role ({actor.role.replace('_', ' ')}) may award {limit} points at once."
            if limit
            else f"Your role ({actor.role.replace('_', ' ')}) awards no points by hand.",
            next_step="Award fewer, or ask somebody who may award more.",
            limit=limit,
        )
    made = await award(
        tx,
        patient_id=patient_id,
        points=new.points,
        rule="manual",
        source=f"manual:{key}",
        reason=many_lines(new.reason, pointer="/reason", longest=500, needed=True),
        hospital_id=new.hospital_id,
        actor=actor,
    )
    if made.fresh:
        await audit(
            tx, actor=actor, action="loyalty.awarded", subject="loyalty", subject_id=patient_id,
            patient_id=patient_id, after=made,
        )  # fmt: skip
    return made
