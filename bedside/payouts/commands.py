"""What the command line does with payouts: the same verbs as the API, as somebody who is named and may."""

import asyncio

from bedside.accounts import Permission, somebody
from bedside.kit.database import Database
from bedside.kit.money import amount_text
from bedside.payouts import runs, states, store_payouts, store_runs
from bedside.payouts.model import NoSuchPayout
from bedside.payouts.running import work_through

_SHOWN = 50


async def run_month(database: Database, *, period: str, hospital_id: int | None, email: str) -> str:
    """Works a month through, here and now, and says what it made."""
    async with database.transaction() as tx:
        who = await somebody(tx, email, Permission.PAYOUTS_EDIT)
        begun = await runs.start_run(tx, period=period, hospital_id=hospital_id, actor=who)
    await work_through(database, run_id=begun.id)
    while True:
        async with database.transaction() as tx:
            run = await store_runs.run(tx, begun.id)
        if run is None or run.status != "calculating":
            break
        await asyncio.sleep(0.5)  # a worker was quicker to begin it
    if run is None:
        return "The run is gone."
    words = (
        f"{_many(run.payouts_made, 'payout')} drafted, {run.skipped} left alone, "
        f"{_many(run.contracts_done, 'contract')} looked at."
    )
    return words if run.status == "done" else f"It failed: {run.error} {words}"


def _many(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"


async def list_open(database: Database, *, status: str | None) -> str:
    """Payouts of a status, else those that wait for somebody, a line each."""
    filters = {"status": status} if status else {"statuses": ["draft", "approved"]}
    async with database.transaction() as tx:
        found = await store_payouts.PAYOUTS.page(tx, filters=filters, limit=_SHOWN)
    lines = [
        f"{one.reference_number:<28} {one.period:%Y-%m}  {one.status:<9} "
        f"{amount_text(one.amount_minor, one.currency):>16} {one.currency}  {one.owner_name}"
        for one in found.items
    ]
    if found.next:
        lines.append(f"... and more than {_SHOWN} in all.")
    return "\n".join(lines) or "There are none."


async def approve(database: Database, *, reference: str, email: str) -> str:
    """Approves a payout as somebody: never one's own. Raises NoSuchPayout, TwoPeopleNeeded, NotAllowedNow."""
    async with database.transaction() as tx:
        who = await somebody(tx, email, Permission.PAYOUTS_APPROVE)
        found = await store_payouts.payout_by_reference(tx, reference)
        if found is None:
            raise NoSuchPayout(f"No payout has the number {reference}.", next_step="`bedside payouts list` has them.")
        done = await states.approve(tx, payout_id=found.id, actor=who)
    amount = amount_text(done.amount_minor, done.currency)
    return f"{done.reference_number} is approved by {who.name}: {amount} {done.currency}."
