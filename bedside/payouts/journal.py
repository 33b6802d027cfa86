"""Double entry underneath: every deed of a payout is a posting that balances, or the transaction does not commit.

Approving accrues what the month cost and is owed; paying takes it from the bank; what was paid before it was owed is
an advance until a payout deducts it. A reversal mirrors every posting, once. Debit is above zero.
"""

from collections.abc import Sequence
from datetime import date

from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.payouts import store_journal
from bedside.payouts.months import month_of
from bedside.payouts.store_payouts import LineRow, PayoutRow

EXPENSE, PAYABLE = "revenue_share_expense", "owner_payable"
ADVANCES, BANK = "owner_advances", "cash_and_bank"


async def post_accrual(tx: Tx, payout: PayoutRow, lines: Sequence[LineRow], *, actor: Actor) -> None:
    """What the payout's month cost, into its own month. Amounts carried from or to another month stay on the owner's
    account, and are no cost again. Raises the database's refusal where the month is closed."""
    cost = sum(line.amount_minor for line in lines if line.kind in ("share", "guarantee", "adjustment", "stated"))
    advances = -sum(line.amount_minor for line in lines if line.kind == "recorded")
    sides = {EXPENSE: cost, ADVANCES: -advances, PAYABLE: advances - cost}
    await _post(tx, payout, "accrual", payout.period, sides, actor, f"Share of {payout.period:%B %Y}")


async def post_payment(tx: Tx, payout: PayoutRow, *, paid_on: date, actor: Actor) -> None:
    """What left the bank, into the month in which it did."""
    sides = {PAYABLE: payout.amount_minor, BANK: -payout.amount_minor}
    await _post(tx, payout, "payment", month_of(paid_on), sides, actor, f"Payment of {payout.reference_number}")


async def post_recorded(tx: Tx, payout: PayoutRow, *, booked_in: date, actor: Actor) -> None:
    """A payment that had been made before it was written down: an advance to the owner."""
    sides = {ADVANCES: payout.amount_minor, BANK: -payout.amount_minor}
    await _post(tx, payout, "recorded_payment", booked_in, sides, actor, f"Payment of {payout.reference_number}")


async def post_reversal(tx: Tx, payout: PayoutRow, *, booked_in: date, actor: Actor, kinds: Sequence[str]) -> None:
    """Mirrors every posting of these kinds that is not mirrored yet, whole; a unique key lets each be mirrored once."""
    for entry_id in await store_journal.unmirrored(tx, payout_id=payout.id, kinds=kinds):
        await store_journal.mirror(
            tx,
            entry_id=entry_id,
            hospital_id=payout.hospital_id,
            period=booked_in,
            description=f"Reversal of {payout.reference_number}",
            by=actor.name,
        )


async def _post(
    tx: Tx, payout: PayoutRow, kind: str, period: date, sides: dict[str, int], actor: Actor, words: str
) -> None:
    sides = {account: amount for account, amount in sides.items() if amount}
    if not sides:
        return
    await store_journal.post(
        tx,
        hospital_id=payout.hospital_id,
        period=period,
        kind=kind,
        payout_id=payout.id,
        description=words,
        by=actor.name,
        owner_id=payout.owner_id,
        currency=payout.currency,
        sides=sides,
    )
