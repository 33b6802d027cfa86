"""The files that a bank takes, made of a batch: full account numbers are read for it, and each reading is audited."""

from collections.abc import Sequence

from bedside.accounts import SignedIn, audit
from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.owners import read_payment_details
from bedside.payouts import store_batches as store
from bedside.payouts.bank_text import bank_text
from bedside.payouts.batch_csv import payments_csv
from bedside.payouts.batch_model import BatchEnded, BatchStatus, NotPayable
from bedside.payouts.pain001 import LONGEST_NAME, Account, Transfer, Transfers, Version, pain001
from bedside.payouts.paying_accounts import paying_account
from bedside.payouts.store_batches import BatchRow, Payable


async def pain001_of(tx: Tx, *, batch: BatchRow, version: Version, actor: SignedIn) -> bytes:
    """A batch as pain.001. Raises BatchEnded, NotPayable, NoPayingAccount (409)."""
    return pain001(await _transfers(tx, batch, actor), version)


async def csv_of(tx: Tx, *, batch: BatchRow, actor: SignedIn) -> bytes:
    """A batch as a table. Raises BatchEnded, NotPayable, NoPayingAccount (409)."""
    return payments_csv(await _transfers(tx, batch, actor))


async def read_accounts(tx: Tx, payments: Sequence[Payable], *, actor: SignedIn, why: str) -> dict[int, Account]:
    """Where each payout goes, by payout: each owner's details are read once."""
    read: dict[int, Account] = {}
    accounts: dict[int, Account] = {}
    for one in payments:
        if one.details_id is None:
            continue  # such a payout is in no batch
        if one.details_id not in read:
            details = await read_payment_details(tx, details_id=one.details_id, actor=actor, why=why)
            read[one.details_id] = account_of(details)
        accounts[one.payout_id] = read[one.details_id]
    return accounts


def account_of(details: dict[str, str]) -> Account:
    """Details of a bank transfer as the owner's record holds them. Pure."""
    return Account(
        holder=details.get("holder", ""),
        iban="".join(details.get("iban", "").split()).upper(),
        bic="".join(details.get("bic", "").split()).upper(),
        number="".join(details.get("accountNumber", "").split()),
        routing="".join(details.get("routingNumber", "").split()),
        bank=details.get("bankName", ""),
    )


def cannot_be_written(account: Account, currency: str) -> str | None:
    """What a bank would miss in it; None where it misses nothing. Pure."""
    if not bank_text(account.holder, longest=LONGEST_NAME):
        return "The holder of the account has no name in Latin letters, which banks ask for."
    if account.iban:
        return None
    if currency == "EUR":
        return "A payment in euro needs an IBAN."
    if not account.number or not (account.routing or account.bic):
        return "The payment details lack the account number or the bank's number."
    return None


def changed_since(one: Payable) -> str | None:
    """Why a payout can no longer be paid by the bank as it was approved; None where it can. Pure."""
    if one.status not in ("approved", "paid"):
        return f"It is {one.status}, no longer approved."
    if one.status == "approved" and not one.details_current:
        return "The owner's payment details were changed since it was approved: it has to be approved again."
    return None


async def _transfers(tx: Tx, batch: BatchRow, actor: SignedIn) -> Transfers:
    if batch.status == BatchStatus.DISCARDED:
        raise BatchEnded("This batch was discarded.", next_step="Make another for what is still to be paid.")
    place = await hospital(tx, batch.hospital_id)
    payer = await paying_account(tx, hospital_id=batch.hospital_id)
    payments = await store.payments(tx, batch.id)
    if batch.status == BatchStatus.OPEN:
        _check_current(payments)
    accounts = await read_accounts(tx, payments, actor=actor, why=f"file for the bank {batch.message_id}")
    await audit(
        tx,
        actor=actor,
        action="payment_batch.file_made",
        subject="payment_batch",
        subject_id=batch.id,
        after={"message": batch.message_id, "payments": len(payments)},
    )
    return Transfers(
        message_id=batch.message_id,
        made_at=batch.created_at,
        execute_on=batch.execute_on,
        currency=batch.currency,
        country=place.country,
        payer=payer,
        payments=[
            Transfer(
                reference=one.reference_number,
                amount_minor=one.amount_minor,
                to=accounts[one.payout_id],
                words=f"{place.name}, payout {one.reference_number}, {one.period:%Y-%m}",
            )
            for one in payments
        ],
    )


def _check_current(payments: Sequence[Payable]) -> None:
    """Raises NotPayable (409) where something changed since the batch was made: it must not reach the bank."""
    wrong = [(one, fault) for one in payments if (fault := changed_since(one))]
    wrong += [(one, "It was paid already.") for one in payments if one.status == "paid"]
    if wrong:
        raise NotPayable(
            f"{len(wrong)} payouts of this batch changed since it was made.",
            errors=[
                {"pointer": f"/items/{one.payout_id}", "detail": f"{one.reference_number}: {fault}"}
                for one, fault in wrong
            ],
            next_step="Take them out of the batch, or discard it and make another.",
        )
