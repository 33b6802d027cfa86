"""People at an owner's who are written to."""

import msgspec

from bedside.accounts import audit
from bedside.directory import check_language
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.email_address import parse_email
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid
from bedside.kit.phone import parse_phone
from bedside.kit.text import one_line
from bedside.kit.wire import given
from bedside.owners import store, store_contacts
from bedside.owners.events import OwnerChanged
from bedside.owners.model import ContactChanges, NewContact, NoSuchContact, Owner, OwnerContact
from bedside.owners.registering import locked_owner


async def contacts(tx: Tx, *, owner_id: int, archived: bool = False) -> list[OwnerContact]:
    """An owner's contacts; `archived`: those put away too."""
    return await store_contacts.contacts(tx, owner_id, archived=archived)


async def contact(tx: Tx, *, owner_id: int, contact_id: int) -> OwnerContact:
    """One of an owner's contacts. Raises NoSuchContact (404)."""
    found = await store_contacts.contact(tx, owner_id=owner_id, contact_id=contact_id)
    if found is None:
        raise _nobody()
    return found


async def add_contact(tx: Tx, *, owner_id: int, new: NewContact, actor: Actor) -> OwnerContact:
    """Adds somebody at an owner's. Raises NoSuchOwner (404), Invalid (422)."""
    whose = await locked_owner(tx, owner_id=owner_id, actor=actor)
    row = msgspec.structs.asdict(new)
    made = await store_contacts.insert_contact(tx, owner_id=owner_id, row=row | await _checked(tx, row, whose))
    await audit(tx, actor=actor, action="owner.contact_added", subject="owner", subject_id=owner_id, after=made)
    await _tell(tx, whose, actor)
    return made


async def change_contact(
    tx: Tx,
    *,
    owner_id: int,
    contact_id: int,
    changes: ContactChanges,
    actor: Actor,
    expected_version: int | None = None,
) -> OwnerContact:
    """Changes, archives or restores a contact. Raises NoSuchOwner or NoSuchContact (404), Changed (412), Invalid."""
    whose = await locked_owner(tx, owner_id=owner_id, actor=actor)
    before = await store_contacts.contact(tx, owner_id=owner_id, contact_id=contact_id, lock=True)
    if before is None:
        raise _nobody()
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    archived = sent.pop("archived", None)
    after = msgspec.structs.replace(before, **sent)
    after = msgspec.structs.replace(after, **await _checked(tx, msgspec.structs.asdict(after), whose))
    if archived is not None:
        after.archived_at = (before.archived_at or tx.now) if archived else None
    after = await store_contacts.update_contact(tx, after)
    await audit(
        tx,
        actor=actor,
        action="owner.contact_changed",
        subject="owner",
        subject_id=owner_id,
        before=before,
        after=after,
    )
    await _tell(tx, whose, actor)
    return after


async def _checked(tx: Tx, row: dict[str, str | None], whose: Owner) -> dict[str, str | None]:
    phone, email, language = row["phone"], row["email"], row["language"]
    if not phone and not email:
        raise Invalid("Give a phone, an email, or both.", pointer="/phone")
    if language is not None:
        check_language(language)
    return {
        "name": one_line(row["name"] or "", pointer="/name", longest=200),
        "position": one_line(row["position"] or "", pointer="/position", longest=200, needed=False),
        "phone": parse_phone(phone, region=await store.first_country(tx, whose.hospital_ids)) if phone else None,
        "email": parse_email(email) if email else None,
    }


async def _tell(tx: Tx, whose: Owner, actor: Actor) -> None:
    hospital_id = whose.hospital_ids[0] if len(whose.hospital_ids) == 1 else None
    await record(tx, OwnerChanged(owner_id=whose.id, hospital_id=hospital_id, fields=["contacts"]), actor=actor)


def _nobody() -> NoSuchContact:
    return NoSuchContact("This owner has no such contact.", next_step="Look at the list of contacts.")
