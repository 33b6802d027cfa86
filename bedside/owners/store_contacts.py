"""SQL of owners' contacts, payment details and tax numbers."""

from typing import Any, LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.owners.model import OwnerContact, PaymentDetails

_CONTACT: LiteralString = """
select id, owner_id, name, position, phone, email, language, preferred_channel, archived_at, version
from crm.owner_contacts
"""
_DETAILS: LiteralString = """
select id, owner_id, hospital_id, method, masked, created_by_id, created_by_name, created_at, retired_at
from crm.owner_payment_details
"""


async def contacts(tx: Tx, owner_id: int, *, archived: bool) -> list[OwnerContact]:
    """An owner's contacts, in the order in which they came; `archived`: those put away too."""
    return await tx.all(
        OwnerContact,
        _CONTACT + "where owner_id = %(owner_id)s and (%(archived)s or archived_at is null) order by id",
        owner_id=owner_id,
        archived=archived,
    )


async def contact(tx: Tx, *, owner_id: int, contact_id: int, lock: bool = False) -> OwnerContact | None:
    """One of an owner's contacts."""
    query = _CONTACT + "where id = %(id)s and owner_id = %(owner_id)s"
    return await tx.maybe(
        OwnerContact, query + (" for no key update" if lock else ""), id=contact_id, owner_id=owner_id
    )


async def insert_contact(tx: Tx, *, owner_id: int, row: dict[str, Any]) -> OwnerContact:
    """Adds a contact."""
    return await tx.one(
        OwnerContact,
        """insert into crm.owner_contacts (owner_id, name, position, phone, email, language, preferred_channel,
                                           created_at, updated_at)
           values (%(owner_id)s, %(name)s, %(position)s, %(phone)s, %(email)s, %(language)s, %(preferred_channel)s,
                   %(now)s, %(now)s)
           returning id, owner_id, name, position, phone, email, language, preferred_channel, archived_at, version""",
        owner_id=owner_id,
        **row,
    )


async def update_contact(tx: Tx, changed: OwnerContact) -> OwnerContact:
    """Writes a contact's changed row."""
    return await tx.one(
        OwnerContact,
        """update crm.owner_contacts set name = %(name)s, position = %(position)s, phone = %(phone)s,
                  email = %(email)s, language = %(language)s, preferred_channel = %(preferred_channel)s,
                  archived_at = %(archived_at)s, version = version + 1, updated_at = %(now)s
           where id = %(id)s
           returning id, owner_id, name, position, phone, email, language, preferred_channel, archived_at, version""",
        **msgspec.structs.asdict(changed),
    )


async def payment_details_in_force(tx: Tx, *, owner_id: int, hospital_id: int | None) -> PaymentDetails | None:
    """How a hospital pays an owner now: details of its own before those for every hospital. None: the general ones."""
    return await tx.maybe(
        PaymentDetails,
        _DETAILS
        + """where owner_id = %(owner_id)s and retired_at is null
               and (hospital_id is null or hospital_id = %(hospital_id)s::bigint)
             order by hospital_id nulls last limit 1""",
        owner_id=owner_id,
        hospital_id=hospital_id,
    )


async def every_payment_details(tx: Tx, *, owner_id: int, retired: bool) -> list[PaymentDetails]:
    """An owner's payment details, newest first; `retired`: those no longer in force too."""
    return await tx.all(
        PaymentDetails,
        _DETAILS + "where owner_id = %(owner_id)s and (%(retired)s or retired_at is null) order by id desc",
        owner_id=owner_id,
        retired=retired,
    )


async def retire_payment_details(tx: Tx, *, owner_id: int, hospital_id: int | None, by: str) -> None:
    """Takes the details for exactly this hospital (None: for every one) out of force."""
    await tx.execute(
        """update crm.owner_payment_details set retired_at = %(now)s, retired_by_name = %(by)s
           where owner_id = %(owner_id)s and hospital_id is not distinct from %(hospital_id)s::bigint
             and retired_at is null""",
        owner_id=owner_id,
        hospital_id=hospital_id,
        by=by,
    )


async def insert_payment_details(
    tx: Tx,
    *,
    owner_id: int,
    hospital_id: int | None,
    method: str,
    sealed: bytes,
    masked: str,
    by_id: int | None,
    by: str,
) -> PaymentDetails | None:
    """Puts details into force; None where others are, by somebody who was quicker."""
    return await tx.maybe(
        PaymentDetails,
        """insert into crm.owner_payment_details (owner_id, hospital_id, method, details_sealed, masked, created_by_id,
                                                  created_by_name, created_at)
           values (%(owner_id)s, %(hospital_id)s, %(method)s, %(sealed)s, %(masked)s, %(by_id)s, %(by)s, %(now)s)
           on conflict do nothing
           returning id, owner_id, hospital_id, method, masked, created_by_id, created_by_name, created_at,
                     retired_at""",
        owner_id=owner_id,
        hospital_id=hospital_id,
        method=method,
        sealed=sealed,
        masked=masked,
        by_id=by_id,
        by=by,
    )


class Sealed(msgspec.Struct):
    """Payment details as they lie in the database."""

    id: int
    owner_id: int
    hospital_id: int | None
    method: str
    details_sealed: bytes


async def sealed_details(tx: Tx, details_id: int) -> Sealed | None:
    """Payment details, sealed."""
    return await tx.maybe(
        Sealed,
        "select id, owner_id, hospital_id, method, details_sealed from crm.owner_payment_details where id = %(id)s",
        id=details_id,
    )


async def set_tax_number(tx: Tx, *, owner_id: int, sealed: bytes | None, hint: str) -> None:
    """Keeps a sealed tax number, or none."""
    await tx.execute(
        """update crm.hospital_owners set tax_number_sealed = %(sealed)s, tax_number_hint = %(hint)s,
                  version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=owner_id,
        sealed=sealed,
        hint=hint,
    )


async def sealed_tax_number(tx: Tx, owner_id: int) -> bytes | None:
    """An owner's tax number, sealed."""
    found: bytes | None = await tx.value(
        "select tax_number_sealed from crm.hospital_owners where id = %(id)s", id=owner_id
    )
    return found
