"""How owners are paid: sealed, shown masked, read in clear only where it must be, which is then an audit fact.

Details are never changed: new ones are a new row and the old one is retired. So what was approved for the old ones is
seen to be out of date (RULES, Money 6).
"""

import msgspec

from bedside.accounts import SignedIn, audit
from bedside.directory import hospital
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.problems import Conflict, Forbidden
from bedside.kit.sealing import SealBroken, masked, seal, unseal
from bedside.kit.text import one_line
from bedside.owners import store_contacts
from bedside.owners.account_numbers import checked_details, shown_part
from bedside.owners.events import OwnerChanged, PaymentDetailsChanged
from bedside.owners.model import (
    AlreadyHasDetails,
    NewPaymentDetails,
    NoSuchPaymentDetails,
    PaymentDetails,
    PaymentMethod,
    TaxNumber,
    UnsealedDetails,
)
from bedside.owners.registering import locked_owner


class SealedUnderAnotherKey(Conflict):
    """409: it was sealed under another secret key than the product has now, so that nobody can read it."""

    type = "sealed-under-another-key"


async def payment_details(tx: Tx, *, owner_id: int, hospital_id: int | None) -> PaymentDetails | None:
    """How a hospital pays an owner now: by details of its own, else by those for every hospital; None: not known."""
    return await store_contacts.payment_details_in_force(tx, owner_id=owner_id, hospital_id=hospital_id)


async def every_payment_details(
    tx: Tx, *, owner_id: int, user: SignedIn, retired: bool = False
) -> list[PaymentDetails]:
    """An owner's payment details, newest first; `retired`: those no longer in force too. What a hospital has of its own
    is for who works there, and for the owner."""
    every = await store_contacts.every_payment_details(tx, owner_id=owner_id, retired=retired)
    return [one for one in every if _sees(user, one.owner_id, one.hospital_id)]


async def set_payment_details(tx: Tx, *, owner_id: int, new: NewPaymentDetails, actor: Actor) -> PaymentDetails:
    """Puts details into force, in place of those there were for the same hospital (or for every one).

    Raises NoSuchOwner, NoSuchHospital (404), Forbidden (403) for details by which a hospital pays where the actor does
    not work, PaymentDetailsRefused (422) with a pointer to the field at fault.
    """
    whose = await locked_owner(tx, owner_id=owner_id, actor=actor)
    if new.hospital_id is not None:
        await hospital(tx, new.hospital_id)
    if isinstance(actor, SignedIn):
        actor.check_works_at(new.hospital_id)
        if new.hospital_id is None and not all(actor.works_at(one) for one in whose.hospital_ids):
            raise Forbidden(
                "Hospitals that you do not work at pay this owner too.",
                next_step="Set the details for a hospital of yours, or ask somebody who works at all of the owner's.",
            )
    details = checked_details(new.method, new.details)
    await store_contacts.retire_payment_details(tx, owner_id=owner_id, hospital_id=new.hospital_id, by=actor.name)
    made = await store_contacts.insert_payment_details(
        tx,
        owner_id=owner_id,
        hospital_id=new.hospital_id,
        method=new.method,
        sealed=seal(msgspec.json.encode(details).decode(), context=_context(owner_id)),
        masked=shown_part(new.method, details),
        by_id=actor.id if actor.kind == "staff" else None,
        by=actor.name,
    )
    if made is None:
        raise AlreadyHasDetails("Somebody changed them at the same moment.", next_step="Look at them again.")
    await audit(
        tx, actor=actor, action="owner.payment_details_set", subject="owner", subject_id=owner_id,
        after={"method": made.method, "masked": made.masked, "hospitalId": made.hospital_id},
    )  # fmt: skip
    hospital_id = new.hospital_id or (whose.hospital_ids[0] if len(whose.hospital_ids) == 1 else None)
    await record(tx, PaymentDetailsChanged(owner_id=owner_id, hospital_id=hospital_id, method=new.method), actor=actor)
    return made


async def read_payment_details(tx: Tx, *, details_id: int, actor: Actor, why: str) -> dict[str, str]:
    """Payment details in clear, retired ones too; that they were read, and `why`, is an audit fact.

    Raises NoSuchPaymentDetails (404), SealedUnderAnotherKey (409).
    """
    found = await store_contacts.sealed_details(tx, details_id)
    if found is None:
        raise _none()
    await audit(
        tx, actor=actor, action="owner.payment_details_read", subject="owner", subject_id=found.owner_id,
        after={"detailsId": details_id, "why": why},
    )  # fmt: skip
    opened = _opened(found.details_sealed, context=_context(found.owner_id))
    return msgspec.json.decode(opened, type=dict[str, str])


async def unsealed_details(tx: Tx, *, owner_id: int, details_id: int, actor: SignedIn) -> UnsealedDetails:
    """One owner's details in clear. Raises NoSuchPaymentDetails (404) for another owner's, and for those of a hospital
    where the actor does not work."""
    found = await store_contacts.sealed_details(tx, details_id)
    if found is None or found.owner_id != owner_id or not _sees(actor, found.owner_id, found.hospital_id):
        raise _none()
    details = await read_payment_details(tx, details_id=details_id, actor=actor, why="looked at")
    return UnsealedDetails(id=details_id, method=PaymentMethod(found.method), details=details)


async def set_tax_number(tx: Tx, *, owner_id: int, tax_number: str | None, actor: Actor) -> str:
    """Keeps a tax number, or none; gives what may be shown of it. Raises NoSuchOwner (404), Invalid (422)."""
    whose = await locked_owner(tx, owner_id=owner_id, actor=actor)
    kept = one_line(tax_number, pointer="/taxNumber", longest=40) if tax_number else None
    hint = masked(kept) if kept else ""
    sealed = seal(kept, context=_tax_context(owner_id)) if kept else None
    await store_contacts.set_tax_number(tx, owner_id=owner_id, sealed=sealed, hint=hint)
    await audit(
        tx, actor=actor, action="owner.tax_number_set", subject="owner", subject_id=owner_id,
        before={"hint": whose.tax_number_hint}, after={"hint": hint},
    )  # fmt: skip
    hospital_id = whose.hospital_ids[0] if len(whose.hospital_ids) == 1 else None
    await record(tx, OwnerChanged(owner_id=owner_id, hospital_id=hospital_id, fields=["tax_number"]), actor=actor)
    return hint


async def read_tax_number(tx: Tx, *, owner_id: int, actor: Actor) -> TaxNumber:
    """An owner's tax number in clear; that it was read is an audit fact. Raises SealedUnderAnotherKey (409)."""
    sealed = await store_contacts.sealed_tax_number(tx, owner_id)
    await audit(tx, actor=actor, action="owner.tax_number_read", subject="owner", subject_id=owner_id)
    return TaxNumber(tax_number=_opened(sealed, context=_tax_context(owner_id)) if sealed else None)


def _sees(user: SignedIn, owner_id: int, hospital_id: int | None) -> bool:
    return user.owner_id == owner_id or user.works_at(hospital_id)


def _opened(sealed: bytes, *, context: str) -> str:
    try:
        return unseal(sealed, context=context)
    except SealBroken:
        raise SealedUnderAnotherKey(
            "It was sealed under another secret key, so it cannot be read.",
            next_step="Start with the secret key from before, or ask the owner and set it anew.",
        ) from None


def _context(owner_id: int) -> str:
    return f"owner {owner_id} payment details"


def _tax_context(owner_id: int) -> str:
    return f"owner {owner_id} tax number"


def _none() -> NoSuchPaymentDetails:
    return NoSuchPaymentDetails("This owner has no such payment details.", next_step="Look at the list of them.")
