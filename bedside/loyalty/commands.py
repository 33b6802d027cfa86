"""What the command line does with points: the same verbs as the API, as somebody who is named and may."""

from datetime import date, datetime

from bedside.accounts import Permission, somebody
from bedside.kit.database import Database
from bedside.loyalty import bulk, rebuilding
from bedside.loyalty.bulk_model import NewBulkAward


async def hold_against_ledger(database: Database, *, fix: bool) -> str:
    """Proves every account, or with `fix` rebuilds those that differ, and says what was found, a line each."""
    async with database.transaction() as tx:
        found = await (rebuilding.rebuild(tx) if fix else rebuilding.prove(tx))
    if found.holds:
        return "Every account says what its ledger says."
    lines = [
        f"patient {one.patient_id}, award {one.lot_id}: {one.left_over} left, the ledger says {one.by_entries}"
        for one in found.lots
    ]
    lines += [f"patient {one.patient_id}: owes {one.owed}, the ledger says {one.by_entries}" for one in found.owed]
    lines += [
        f"patient {one.patient_id}, redemption {one.redemption_id}: {one.points} points, the ledger says "
        f"{one.by_entries}; a person has to look at it"
        for one in found.redemptions
    ]
    done = "Set to what the ledger says." if fix else "Nothing was changed; --fix sets awards and debts right."
    return "\n".join([*lines, done])


async def award_visits(database: Database, *, since: date, until: date, hospital_id: int | None, email: str) -> str:
    """Awards for the visits of some days, here and now, and says how many."""
    days = [one.date() if isinstance(one, datetime) else one for one in (since, until)]
    async with database.transaction() as tx:
        who = await somebody(tx, email, Permission.LOYALTY_EDIT)
        new = NewBulkAward(from_day=days[0], until_day=days[1], hospital_id=hospital_id)
        begun = await bulk.award_many(tx, new=new, actor=who)
    await bulk.work_through(database, begun.id)
    async with database.transaction() as tx:
        done = await bulk.bulk_award(tx, begun.id)
    return f"{done.awarded} of {done.total} visits earned points; {done.skipped} had earned them before."
