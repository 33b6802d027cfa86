"""Spending points and giving them back, lot by lot. Whoever calls has locked the account."""

from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.loyalty import store_points as store
from bedside.loyalty.accounts import locked_account
from bedside.loyalty.points import Taken, balance, expires_at, take
from bedside.loyalty.program import program_in_force
from bedside.loyalty.program_model import Program
from bedside.loyalty.reward_model import NotEnoughPoints
from bedside.loyalty.store_points import NewEntry


async def spend(tx: Tx, *, patient_id: int, points: int, redemption_id: int, actor: Actor) -> list[Taken]:
    """Takes points from the lots that expire soonest, and notes which. Raises NotEnoughPoints (409), nothing taken."""
    lots = await store.left(tx, patient_id)
    taken = take(lots, points, tx.now)
    if taken is None:
        has = balance(lots, tx.now)
        raise NotEnoughPoints(
            f"This takes {points} points, and there are {has}.",
            next_step="Wait for more points, or choose another reward.",
            missing=points - has,
            balance=has,
            points=points,
        )
    await store.lower_lots(tx, taken)
    await store.insert_uses(tx, redemption_id=redemption_id, taken=taken)
    await store.insert_entries(
        tx,
        [
            NewEntry(
                patient_id=patient_id,
                kind="spent",
                points=-one.points,
                lot_id=one.lot_id,
                redemption_id=redemption_id,
                by=actor.name,
            )
            for one in taken
        ],
    )
    return taken


async def refill(tx: Tx, *, redemption_id: int, actor: Actor) -> int:
    """Gives a cancelled redemption's points back: to the very lots, and where one has expired or was taken back to a
    fresh one. What is owed is paid from them first. Gives how many came back to be spent."""
    uses = await store.uses(tx, redemption_id)
    if not uses:
        return 0
    account = await locked_account(tx, uses[0].patient_id)
    program = await program_in_force(tx)
    owed = account.owed
    came_back = 0
    for use in uses:
        settled = min(owed, use.points)
        if use.reversed_at is None and (use.expires_at is None or use.expires_at > tx.now):
            lot_id = use.lot_id
            await store.raise_lot(tx, lot_id=lot_id, points=use.points - settled)
        else:
            lot_id = await _fresh_lot(
                tx, redemption_id, use, left_over=use.points - settled, program=program, actor=actor
            )
        back = NewEntry(
            patient_id=use.patient_id,
            kind="refilled",
            points=use.points,
            lot_id=lot_id,
            redemption_id=redemption_id,
            by=actor.name,
        )
        entries = [back]
        if settled:
            entries.append(
                NewEntry(patient_id=use.patient_id, kind="settled", points=-settled, lot_id=lot_id, by=actor.name)
            )
            await store.owe(tx, use.patient_id, by=-settled)
        await store.insert_entries(tx, entries)
        owed -= settled
        came_back += use.points - settled
    return came_back


async def _fresh_lot(
    tx: Tx, redemption_id: int, use: store.Use, *, left_over: int, program: Program, actor: Actor
) -> int:
    """A lot for points whose own is gone; they were earned before, so they count for no tier once more."""
    made = await store.insert_lot(
        tx,
        patient_id=use.patient_id,
        points=use.points,
        left_over=left_over,
        rule="refill",
        source=f"redemption:{redemption_id}:{use.lot_id}",
        program_id=program.id,
        hospital_id=use.hospital_id,
        counts_for_tier=False,
        expires_at=expires_at(tx.now, months=program.points_last_months, zone=program.zone),
        reason="",
        by=actor.name,
    )
    if made is None:
        raise RuntimeError("a redemption was given back twice")
    return made
