"""SQL of what becomes of payouts: each statement takes one step, which states.py has decided."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from bedside.kit.database import Tx


async def deduct(tx: Tx, *, recorded_ids: Sequence[int], payout_id: int) -> None:
    """Notes in which payout payments already made are deducted."""
    await tx.execute(
        "update crm.owner_payouts set deducted_in = %(payout_id)s, updated_at = %(now)s where id = any(%(ids)s)",
        payout_id=payout_id,
        ids=list(recorded_ids),
    )


async def free_deducted(tx: Tx, payout_id: int) -> None:
    """Lets payments that a payout deducted be deducted by another."""
    await tx.execute(
        "update crm.owner_payouts set deducted_in = null, updated_at = %(now)s where deducted_in = %(payout_id)s",
        payout_id=payout_id,
    )


async def change_draft(tx: Tx, *, payout_id: int, note: str, method: str | None, by: dict[str, Any]) -> None:
    """Writes what staff changed of a draft, and who did."""
    await tx.execute(
        """update crm.owner_payouts set note = %(note)s, method = %(method)s, changed_by_kind = %(by_kind)s,
                  changed_by_id = %(by_id)s, changed_by_name = %(by_name)s, version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=payout_id,
        note=note,
        method=method,
        **by,
    )


async def approve(tx: Tx, *, payout_id: int, details_id: int | None, method: str | None, by_id: int, by: str) -> None:
    """Approves a draft, pinning where the money goes."""
    await tx.execute(
        """update crm.owner_payouts set status = 'approved', approved_at = %(now)s, approved_by_id = %(by_id)s,
                  approved_by_name = %(by)s, payment_details_id = %(details_id)s, method = %(method)s,
                  version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=payout_id,
        details_id=details_id,
        method=method,
        by_id=by_id,
        by=by,
    )


async def return_to_draft(tx: Tx, *, payout_id: int) -> None:
    """Takes an approval back."""
    await tx.execute(
        """update crm.owner_payouts set status = 'draft', approved_at = null, approved_by_id = null,
                  approved_by_name = null, payment_details_id = null, version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=payout_id,
    )


async def discard(tx: Tx, *, payout_id: int, by: str) -> None:
    """Gives a draft up."""
    await tx.execute(
        """update crm.owner_payouts set status = 'discarded', discarded_at = %(now)s, discarded_by_name = %(by)s,
                  version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=payout_id,
        by=by,
    )


async def pay(tx: Tx, *, payout_id: int, method: str | None, reference: str, paid_on: date, by: str) -> None:
    """Marks an approved payout paid."""
    await tx.execute(
        """update crm.owner_payouts set status = 'paid', paid_at = %(now)s, paid_by_name = %(by)s, method = %(method)s,
                  payment_reference = %(reference)s, paid_on = %(paid_on)s, version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=payout_id,
        method=method,
        reference=reference,
        paid_on=paid_on,
        by=by,
    )


async def reverse(tx: Tx, *, payout_id: int, reason: str, by: str) -> None:
    """Marks a paid payout reversed."""
    await tx.execute(
        """update crm.owner_payouts set status = 'reversed', reversed_at = %(now)s, reversed_by_name = %(by)s,
                  reversal_reason = %(reason)s, version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=payout_id,
        reason=reason,
        by=by,
    )


async def review(tx: Tx, *, payout_id: int, by_id: int, by: str) -> None:
    """Notes that a second person looked at a payment made before it was written down."""
    await tx.execute(
        """update crm.owner_payouts set reviewed_at = %(now)s, reviewed_by_id = %(by_id)s, reviewed_by_name = %(by)s,
                  version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=payout_id,
        by_id=by_id,
        by=by,
    )


async def brought_forward_from(tx: Tx, payout_id: int) -> list[str]:
    """Payouts in force that brought forward what one had carried."""
    rows = await tx.rows(
        """select p.reference_number from crm.owner_payouts p
           join crm.owner_payouts first on first.id = %(id)s and first.contract_id = p.contract_id
           where p.status in ('draft', 'approved', 'paid') and p.owner_id = first.owner_id
             and exists (select from crm.payout_lines l where l.payout_id = p.id and l.kind = 'brought_forward'
                         and (l.inputs ->> 'payoutId')::bigint = %(id)s)
           order by p.id""",
        id=payout_id,
    )
    return [row[0] for row in rows]


async def batch_of(tx: Tx, payout_id: int) -> int | None:
    """The file for the bank that a payout stands in."""
    found: int | None = await tx.value(
        "select batch_id from crm.payment_batch_items where payout_id = %(id)s and in_force", id=payout_id
    )
    return found
