"""Taking an award back: what is left of it goes; what was spent of it is owed (RULES, Points 4; decision 14)."""

from bedside.accounts import SignedIn, audit
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.text import many_lines
from bedside.loyalty import store_points as store
from bedside.loyalty.accounts import locked_account
from bedside.loyalty.events import PointsReversed
from bedside.loyalty.model import Award, AwardReversed, NewReversal, NoSuchLot, Reversal
from bedside.loyalty.program import program_in_force
from bedside.loyalty.store_points import NewEntry
from bedside.loyalty.tiers import rank


async def reverse(tx: Tx, *, rule: str, source: str, reason: str, actor: Actor) -> Reversal | None:
    """Takes back what a rule and a source earned; None where that is nothing, or was taken back before. They may earn
    again afterwards."""
    found = await store.lot_of(tx, rule=rule, source=source)
    return None if found is None else await _take_back(tx, found, reason=reason, actor=actor)


async def reverse_by_hand(tx: Tx, *, patient_id: int, new: NewReversal, actor: SignedIn) -> Reversal:
    """Takes an award back for a reason. Raises NoSuchLot (404), AwardReversed (409), Invalid (422)."""
    reason = many_lines(new.reason, pointer="/reason", longest=500, needed=True)
    found = await store.lot(tx, new.lot_id)
    if found is None or found.patient_id != patient_id:
        raise NoSuchLot("There is no such award on this account.", next_step="Look in its history.")
    made = await _take_back(tx, found, reason=reason, actor=actor)
    if made is None:
        raise AwardReversed("This award was taken back before.")
    await audit(
        tx, actor=actor, action="loyalty.reversed", subject="loyalty", subject_id=patient_id, patient_id=patient_id,
        before=found, after={"reason": reason, "taken": made.taken, "missing": made.missing},
    )  # fmt: skip
    return made


async def _take_back(tx: Tx, lot: Award, *, reason: str, actor: Actor) -> Reversal | None:
    account = await locked_account(tx, lot.patient_id)
    was = await store.reverse_lot(tx, lot.lot_id)
    if was is None:
        return None
    # spent, or used to pay what was owed: either way it is no longer there to be taken
    missing = lot.points - was.left_over - was.expired
    entries = []
    if was.left_over:
        entries.append(
            NewEntry(
                patient_id=lot.patient_id,
                kind="reversed",
                points=-was.left_over,
                lot_id=lot.lot_id,
                reason=reason,
                by=actor.name,
            )
        )
    if missing:
        entries.append(
            NewEntry(
                patient_id=lot.patient_id, kind="missing", points=-missing, lot_id=None, reason=reason, by=actor.name
            )
        )
        await store.owe(tx, lot.patient_id, by=missing)
    if entries:
        await store.insert_entries(tx, entries)
    await record(
        tx,
        PointsReversed(loyalty_id=lot.patient_id, patient_id=lot.patient_id, points=lot.points, missing=missing),
        actor=actor,
    )
    await rank(tx, account=account, program=await program_in_force(tx))
    return Reversal(
        lot_id=lot.lot_id, patient_id=lot.patient_id, points=lot.points, taken=was.left_over, missing=missing
    )
