"""Files for the bank: which approved payouts one pays, and what becomes of it.

A payout stands in one batch in force at most, which a unique index sees to. The file itself is made whenever it is
asked for, from the details that each payout was approved for, and is the same each time (bank_files.py).
"""

import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

from bedside.accounts import SignedIn, audit
from bedside.directory import hospital
from bedside.kit.csv_text import BYTE_ORDER_MARK, csv_line
from bedside.kit.database import Database, Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.paging import LARGEST_PAGE, Page
from bedside.kit.http.problems import Invalid, Problem
from bedside.kit.money import amount_text, check_currency
from bedside.payouts import states
from bedside.payouts import store_batches as store
from bedside.payouts.bank_files import cannot_be_written, changed_since, read_accounts
from bedside.payouts.batch_model import (
    MOST_IN_A_BATCH,
    Batch,
    BatchDetail,
    BatchEnded,
    BatchOutcome,
    BatchPayment,
    BatchStatus,
    LeftOut,
    NewBatch,
    NoSuchBatch,
    NothingToPay,
    NotPayable,
    PaymentFailed,
)
from bedside.payouts.store_batches import BatchRow, Payable


async def make_batch(tx: Tx, *, new: NewBatch, actor: SignedIn) -> BatchDetail:
    """Makes a batch of the payouts named, or of all that wait for a bank transfer.

    Raises NotPayable (409) with what is wrong with each of those named, NothingToPay (409), Invalid (422) for a day
    that has passed, Forbidden (403) for a hospital of others.
    """
    place = await hospital(tx, new.hospital_id)
    actor.check_works_at(place.id)
    currency = check_currency(new.currency)
    if new.execute_on < tx.now.astimezone(place.zone).date():
        raise Invalid(
            "That day has passed.", pointer="/executeOn", next_step="Choose today, or a day that the bank works on."
        )
    if new.payout_ids is None:
        found = await store.waiting(tx, hospital_id=place.id, currency=currency, limit=MOST_IN_A_BATCH + 1)
    else:
        found = await store.payable(tx, new.payout_ids)
    more_wait, found = len(found) > MOST_IN_A_BATCH, found[:MOST_IN_A_BATCH]
    because = await _faults(tx, found, hospital_id=place.id, currency=currency, actor=actor)
    if new.payout_ids is not None:
        _check_all(new.payout_ids, found, because, actor)
    chosen = [one for one in found if one.payout_id not in because]
    left_out = [_left_out(one, because[one.payout_id]) for one in found if one.payout_id in because]
    if not chosen:
        raise NothingToPay(
            f"No approved payout in {currency} waits for a bank transfer here.",
            next_step="Approve payouts first, or look at those that were left out.",
            leftOut=[{"referenceNumber": one.reference_number, "because": one.because} for one in left_out],
        )
    batch_id = await store.insert_batch(
        tx,
        hospital_id=place.id,
        message_id=f"BEDSIDE-{tx.now:%Y%m%d}-{secrets.token_hex(5).upper()}",
        execute_on=new.execute_on,
        currency=currency,
        created_by_name=actor.name,
    )
    wanted = [one.payout_id for one in chosen]
    if len(kept := await store.insert_items(tx, batch_id, wanted)) < len(wanted):
        taken = [one for one in chosen if one.payout_id not in kept]
        raise NotPayable(
            "Somebody else put some of these into another batch a moment ago.",
            errors=[{"pointer": "/payoutIds", "detail": f"{one.reference_number} stands in another."} for one in taken],
            next_step="Make the batch again, without them.",
        )
    await audit(
        tx,
        actor=actor,
        action="payment_batch.made",
        subject="payment_batch",
        subject_id=batch_id,
        after={"payouts": [one.reference_number for one in chosen], "executeOn": new.execute_on, "currency": currency},
    )
    made = await _row(tx, batch_id)
    return _detail(made, [_payment(one, None) for one in chosen], left_out, more_wait)


async def batches(
    tx: Tx,
    *,
    user: SignedIn,
    hospital_id: int | None = None,
    status: BatchStatus | None = None,
    currency: str | None = None,
    sort: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Batch]:
    """The batches of the user's hospitals, newest first."""
    found = await store.BATCHES.page(
        tx,
        filters={"hospital_id": hospital_id, "hospitals": user.hospitals, "status": status, "currency": currency},
        sort=sort,
        cursor=cursor,
        limit=limit,
    )
    return Page(items=[shown(one) for one in found.items], next=found.next)


async def batches_csv(database: Database, *, user: SignedIn, **filters: Any) -> AsyncIterator[bytes]:
    """All of them as a table, a few hundred at a time."""
    names = Batch.__struct_fields__
    yield BYTE_ORDER_MARK + csv_line(names)
    cursor: str | None = None
    async with database.transaction() as tx:
        while True:
            page = await batches(tx, user=user, cursor=cursor, limit=LARGEST_PAGE, **filters)
            yield b"".join(csv_line([getattr(row, name) for name in names]) for row in page.items)
            cursor = page.next
            if cursor is None:
                return


async def seen_batch(tx: Tx, *, batch_id: int, user: SignedIn, locked: bool = False) -> BatchRow:
    """A batch that the user may see. Raises NoSuchBatch (404)."""
    found = await (store.lock_batch if locked else store.batch)(tx, batch_id)
    if found is None or not user.works_at(found.hospital_id):
        raise NoSuchBatch("There is no such batch.", next_step="Look it up in /api/payment-batches.")
    return found


async def batch_detail(tx: Tx, *, batch_id: int, user: SignedIn) -> BatchDetail:
    """A batch with its payments, and what is wrong with each as things stand. Raises NoSuchBatch (404)."""
    found = await seen_batch(tx, batch_id=batch_id, user=user)
    payments = await store.payments(tx, batch_id)
    open_ = found.status == BatchStatus.OPEN
    return _detail(found, [_payment(one, changed_since(one) if open_ else None) for one in payments], [])


async def take_out(
    tx: Tx, *, batch_id: int, payout_id: int, actor: SignedIn, expected_version: int | None = None
) -> BatchDetail:
    """Takes a payout out of an open batch, so that it can be paid in another way. Raises NoSuchBatch (404), BatchEnded,
    NotPayable (409) for one that was paid with it."""
    found = await _open(tx, batch_id, actor, expected_version)
    there = [one for one in await store.payments(tx, batch_id) if one.payout_id == payout_id]
    if not there:
        raise NoSuchBatch("This payout is not in the batch.", next_step="Look at the batch again.")
    if there[0].status == "paid":
        raise NotPayable("It was paid with this batch.", next_step="Reverse the payment where the bank gave it back.")
    await store.take_out(tx, batch_id, payout_id)
    await store.touch_batch(tx, batch_id)
    await audit(
        tx,
        actor=actor,
        action="payment_batch.taken_out",
        subject="payment_batch",
        subject_id=batch_id,
        after={"payout": payout_id},
    )
    await _end_if_done(tx, found.id, actor)
    return await batch_detail(tx, batch_id=batch_id, user=actor)


async def discard(tx: Tx, *, batch_id: int, actor: SignedIn, expected_version: int | None = None) -> Batch:
    """Gives up an open batch: its payouts may go into another. Raises NoSuchBatch (404), BatchEnded (409)."""
    await _open(tx, batch_id, actor, expected_version)
    await store.take_out(tx, batch_id)
    await store.end_batch(tx, batch_id, status=BatchStatus.DISCARDED, by=actor.name)
    await audit(tx, actor=actor, action="payment_batch.discarded", subject="payment_batch", subject_id=batch_id)
    return shown(await _row(tx, batch_id))


async def mark_paid(
    database: Database,
    *,
    batch_id: int,
    paid_on: date | None,
    actor: SignedIn,
    expected_version: int | None = None,
) -> BatchOutcome:
    """Marks every payout of an open batch paid, each in a transaction of its own: what fails is told, and holds up none
    of the others. The batch ends once nothing in it is open. Raises NoSuchBatch (404), BatchEnded (409)."""
    async with database.transaction() as tx:
        found = await _open(tx, batch_id, actor, expected_version)
        payments = await store.payments(tx, batch_id)
        today = tx.now.astimezone((await hospital(tx, found.hospital_id)).zone).date()
    paid: list[str] = []
    failed: list[PaymentFailed] = []
    for one in payments:
        try:
            async with database.transaction() as tx:
                (now,) = await store.payable(tx, [one.payout_id])
                if now.status == "paid":
                    continue  # by hand, or by who asked for this a moment ago
                if fault := changed_since(now):
                    raise NotPayable(fault)
                await states.pay(
                    tx,
                    payout_id=one.payout_id,
                    paid_on=paid_on or min(found.execute_on, today),
                    payment_reference=found.message_id,
                    actor=actor,
                )
            paid.append(one.reference_number)
        except Problem as problem:
            failed.append(
                PaymentFailed(
                    payout_id=one.payout_id,
                    reference_number=one.reference_number,
                    type=f"/problems/{problem.type}",
                    because=problem.detail,
                )
            )
    async with database.transaction() as tx:
        await _end_if_done(tx, batch_id, actor)
        return BatchOutcome(batch=shown(await _row(tx, batch_id)), paid=paid, failed=failed)


def fault_of(one: Payable, *, hospital_id: int, currency: str) -> str | None:
    """Why a payout cannot go into a batch; None where it can. Pure."""
    if one.hospital_id != hospital_id:
        return "It is another hospital's."
    if one.currency != currency:
        return f"It is in {one.currency}, not {currency}."
    if one.status != "approved":
        return f"It is {one.status}: only what is approved is paid."
    if one.method != "bank_transfer":
        return f"It is paid by {(one.method or 'no method').replace('_', ' ')}, not by bank transfer."
    if one.amount_minor <= 0:
        return "Nothing is to be paid."
    if one.in_batch is not None:
        return f"It stands in batch {one.in_batch} already."
    return changed_since(one)


def shown(row: BatchRow) -> Batch:
    """A batch as it goes over the wire."""
    return Batch(
        id=row.id,
        hospital_id=row.hospital_id,
        message_id=row.message_id,
        execute_on=row.execute_on,
        currency=row.currency,
        status=BatchStatus(row.status),
        payments=row.payments,
        total=amount_text(row.total_minor, row.currency),
        created_by_name=row.created_by_name,
        created_at=row.created_at,
        ended_at=row.ended_at,
        ended_by_name=row.ended_by_name,
        version=row.version,
    )


async def _faults(
    tx: Tx, found: Sequence[Payable], *, hospital_id: int, currency: str, actor: SignedIn
) -> dict[int, str]:
    """What is wrong, by payout: with its state, and where that is right, with the account it would go to."""
    faults = {
        one.payout_id: fault for one in found if (fault := fault_of(one, hospital_id=hospital_id, currency=currency))
    }
    right = [one for one in found if one.payout_id not in faults]
    accounts = await read_accounts(tx, right, actor=actor, why="to check a payment batch")
    for one in right:
        if fault := cannot_be_written(accounts[one.payout_id], currency):
            faults[one.payout_id] = fault
    return faults


def _check_all(wanted: list[int], found: Sequence[Payable], because: dict[int, str], actor: SignedIn) -> None:
    """Raises NotPayable (409) unless every payout that was named can be paid."""
    seen = {one.payout_id for one in found if actor.works_at(one.hospital_id)}
    errors = [
        {"pointer": f"/payoutIds/{n}", "detail": because.get(id) if id in seen else "There is no such payout."}
        for n, id in enumerate(wanted)
        if id not in seen or id in because
    ]
    if errors:
        raise NotPayable(
            f"{len(errors)} of these payouts cannot be paid in this batch; none was put into it.",
            errors=[{name: str(value) for name, value in error.items()} for error in errors],
            next_step="Leave out those that the errors name, or mend them first.",
        )


async def _open(tx: Tx, batch_id: int, actor: SignedIn, expected_version: int | None) -> BatchRow:
    found = await seen_batch(tx, batch_id=batch_id, user=actor, locked=True)
    check_version(expected=expected_version, actual=found.version)
    if found.status != BatchStatus.OPEN:
        raise BatchEnded(f"This batch is {found.status}.", next_step="Make another for what is still to be paid.")
    return found


async def _end_if_done(tx: Tx, batch_id: int, actor: SignedIn) -> None:
    """Ends an open batch in which nothing is left to be paid: paid, or discarded where nothing is left in it at all."""
    found = await store.lock_batch(tx, batch_id)
    if found is None or found.status != BatchStatus.OPEN:
        return
    left = await store.payments(tx, batch_id)
    if any(one.status not in ("paid", "reversed") for one in left):
        return
    status = BatchStatus.PAID if left else BatchStatus.DISCARDED
    await store.end_batch(tx, batch_id, status=status, by=actor.name)
    await audit(tx, actor=actor, action=f"payment_batch.{status}", subject="payment_batch", subject_id=batch_id)


async def _row(tx: Tx, batch_id: int) -> BatchRow:
    found = await store.batch(tx, batch_id)
    if found is None:
        raise LookupError(f"batch {batch_id} was there a moment ago")
    return found


def _detail(row: BatchRow, items: list[BatchPayment], left_out: list[LeftOut], more_wait: bool = False) -> BatchDetail:
    head = shown(row)
    return BatchDetail(
        **{name: getattr(head, name) for name in head.__struct_fields__},
        items=items,
        left_out=left_out,
        more_wait=more_wait,
    )


def _payment(one: Payable, because: str | None) -> BatchPayment:
    return BatchPayment(
        payout_id=one.payout_id,
        reference_number=one.reference_number,
        owner_id=one.owner_id,
        owner_name=one.owner_name,
        status=one.status,
        amount=amount_text(one.amount_minor, one.currency),
        currency=one.currency,
        account=one.masked,
        because=because,
    )


def _left_out(one: Payable, because: str) -> LeftOut:
    return LeftOut(payout_id=one.payout_id, reference_number=one.reference_number, because=because)
