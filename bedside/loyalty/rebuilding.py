"""Proving accounts by the ledger, and rebuilding them from it (RULES, Points 1)."""

import msgspec

from bedside.kit.database import Tx
from bedside.loyalty import store_rebuilding as store
from bedside.loyalty.accounts import locked_account


class Proof(msgspec.Struct, kw_only=True):
    """What differs from the ledger; nothing does where all three are empty."""

    lots: list[store.LotDifference]
    owed: list[store.OwedDifference]
    redemptions: list[store.UsesDifference]

    @property
    def holds(self) -> bool:
        """Whether accounts say what the ledger says."""
        return not (self.lots or self.owed or self.redemptions)


async def prove(tx: Tx, *, patient_id: int | None = None) -> Proof:
    """Holds every account, or one patient's, against the ledger; changes nothing."""
    return Proof(
        lots=await store.lots(tx, patient_id),
        owed=await store.owed(tx, patient_id),
        redemptions=await store.uses(tx, patient_id),
    )


async def rebuild(tx: Tx, *, patient_id: int | None = None) -> Proof:
    """Sets lots and what is owed to what the ledger says, and gives what had differed. Redemptions that differ are a
    matter for a person: which of the two is right cannot be known."""
    found = await prove(tx, patient_id=patient_id)
    for whose in sorted({lot.patient_id for lot in found.lots} | {account.patient_id for account in found.owed}):
        await locked_account(tx, whose)
        now = await prove(tx, patient_id=whose)
        for lot in now.lots:
            await store.set_lot(tx, lot_id=lot.lot_id, left_over=lot.by_entries)
        for account in now.owed:
            await store.set_owed(tx, patient_id=account.patient_id, owed=account.by_entries)
    return found
