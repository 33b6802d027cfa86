"""Accounts of points: opened when they are first needed, locked by whatever changes them."""

from bedside.kit.database import Tx
from bedside.loyalty import store_points as store
from bedside.loyalty.model import Account
from bedside.loyalty.vouchers import new_code

# A code that is taken is as likely as a lottery win; three in a row mean that something else is wrong.
_TRIES = 3


async def open_account(tx: Tx, patient_id: int) -> Account:
    """Somebody's account, opened where there is none. It is not locked."""
    for _ in range(_TRIES):
        found = await store.account(tx, patient_id)
        if found is not None:
            return found
        await store.open_account(tx, patient_id, referral_code=new_code())
    raise RuntimeError("no code was free")


async def locked_account(tx: Tx, patient_id: int) -> Account:
    """The same, held until the transaction ends, so that nothing else moves their points."""
    found = await store.account(tx, patient_id, lock=True)
    if found is None:
        await open_account(tx, patient_id)
        found = await store.account(tx, patient_id, lock=True)
    if found is None:
        raise LookupError("the account vanished")
    return found
