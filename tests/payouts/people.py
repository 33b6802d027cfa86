"""Who asks."""

from itertools import count

from bedside.accounts import Role, SignedIn, store
from bedside.accounts.tokens import access_token
from bedside.kit.database import Database, Tx
from bedside.owners import NewPaymentDetails, PaymentMethod, set_payment_details
from tests.web import SECRET_KEY

_numbers = count(1)


async def as_owner(database: Database, owner_id: int) -> dict[str, str]:
    """Headers of somebody with the role owner, who signs in for this owner."""
    async with database.transaction() as tx:
        member = await store.insert_staff(
            tx, email=f"owner{owner_id}.{next(_numbers)}@example.org", name="Olive Owner", role=Role.OWNER,
            every_hospital=True, hospital_ids=[], practitioner_id=None, language="en", password_hash="none",
        )  # fmt: skip
        assert member is not None
        token = access_token(
            secret_key=SECRET_KEY, now=tx.now, role=Role.OWNER, kind="staff", id=member.id, name=member.name,
            hospital_ids=None, owner_id=owner_id,
        )  # fmt: skip
    return {"authorization": f"Bearer {token}"}


BANK = {
    "holder": "Harborview Partners",
    "accountNumber": "000123456789",
    "routingNumber": "021000021",
    "bankName": "One",
}


async def pay_by_bank(tx: Tx, *, owner_id: int, actor: SignedIn, **details: str) -> int:
    """Sets how an owner is paid, and gives the id of the details."""
    new = NewPaymentDetails(method=PaymentMethod.BANK_TRANSFER, details=details)
    return (await set_payment_details(tx, owner_id=owner_id, new=new, actor=actor)).id
