"""Adding owners, changing and archiving their records, and which hospitals they have a part in."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from bedside.accounts import SignedIn, audit, staff_member
from bedside.directory import check_language, check_time_zone, hospital
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.email_address import parse_email
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.phone import parse_phone
from bedside.kit.text import many_lines, one_line
from bedside.kit.wire import given
from bedside.owners import store
from bedside.owners.events import OwnerAdded, OwnerArchived, OwnerChanged
from bedside.owners.model import (
    AddedOwner,
    NewOwner,
    NoSuchOwner,
    Owner,
    OwnerChanges,
    OwnerHospital,
    StakeGiven,
    StakesTooLarge,
)


async def owner(tx: Tx, owner_id: int) -> Owner:
    """An owner, archived or not. Raises NoSuchOwner (404)."""
    found = await store.owner(tx, owner_id)
    if found is None:
        raise _nobody()
    return found


async def owners(tx: Tx, *, ids: list[int]) -> list[Owner]:
    """Owners with the ids given, archived or not, by id; ids of nobody are left out."""
    return await store.owners(tx, ids)


async def seen_owner(tx: Tx, *, owner_id: int, user: SignedIn) -> Owner:
    """An owner whom somebody may see: staff of one of their hospitals, or the owner. Raises NoSuchOwner (404)."""
    if user.owner_id is not None:
        found = await store.owner(tx, owner_id) if user.owner_id == owner_id else None
    else:
        found = await store.seen_owner(tx, owner_id, user.hospitals)
    if found is None:
        raise _nobody()
    return found


async def hospitals_of(tx: Tx, owner_id: int) -> list[OwnerHospital]:
    """The hospitals that an owner has a part in."""
    return await store.hospitals_of(tx, owner_id)


async def find_by_phone(tx: Tx, phone: str) -> list[tuple[int, int | None, str]]:
    """Owners and their contacts with a phone (E.164): owner's id, contact's id where it is one, name."""
    return await store.reached_at(tx, phone)


async def find_by_email(tx: Tx, email: str) -> list[tuple[int, int | None, str]]:
    """Owners and their contacts with an email address: owner's id, contact's id where it is one, name."""
    return await store.reached_at(tx, email.lower())


async def add_owner(tx: Tx, *, new: NewOwner, actor: Actor, import_id: int | None = None) -> AddedOwner:
    """Adds an owner and says who may be the same. Raises Invalid (422), NoSuchHospital (404), Forbidden (403)."""
    places = [await hospital(tx, hospital_id) for hospital_id in dict.fromkeys(new.hospital_ids)]
    if isinstance(actor, SignedIn):
        for place in places:
            actor.check_works_at(place.id)
    row = msgspec.structs.asdict(new)
    row["language"] = new.language or (places[0].language if places else "en")
    row |= await _checked(tx, row, manager_before=None)
    row |= await _reached(tx, new.phone, new.email, new.hospital_ids)
    owner_id = await store.insert_owner(tx, row | {"import_id": import_id})
    for place in places:
        await store.set_stake(tx, owner_id=owner_id, hospital_id=place.id, percent=None, since=None, until=None)
    made = await owner(tx, owner_id)
    await audit(tx, actor=actor, action="owner.added", subject="owner", subject_id=made.id, after=made)
    await record(tx, OwnerAdded(owner_id=made.id, hospital_id=one_hospital(made.hospital_ids)), actor=actor)
    alike = await store.possible_duplicates(
        tx,
        name=made.name,
        phone=made.phone,
        email=made.email,
        but=made.id,
        within=actor.hospitals if isinstance(actor, SignedIn) else None,
    )
    return AddedOwner(**msgspec.structs.asdict(made), possible_duplicates=alike)


async def change(
    tx: Tx, *, owner_id: int, changes: OwnerChanges, actor: Actor, expected_version: int | None = None
) -> Owner:
    """Changes, archives or restores an owner's record. Raises NoSuchOwner (404), Changed (412), Invalid (422),
    StakesTooLarge (422) for one brought back whose parts in a hospital are others' by now."""
    before = await locked_owner(tx, owner_id=owner_id, actor=actor)
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    archived = sent.pop("archived", None)
    reached = await _reached(tx, sent.pop("phone", before.phone), sent.pop("email", before.email), before.hospital_ids)
    after = msgspec.structs.replace(before, **sent, **reached)
    row = msgspec.structs.asdict(after)
    after = msgspec.structs.replace(after, **await _checked(tx, row, manager_before=before.account_manager_id))
    if archived is not None:
        after.archived_at = (before.archived_at or tx.now) if archived else None
    if before.archived_at is not None and after.archived_at is None:
        # others may have been given the parts of somebody who was archived
        held = [one for one in await store.hospitals_of(tx, owner_id) if one.stake_percent is not None]
        for one in sorted(held, key=lambda one: one.hospital_id):
            await _check_whole(tx, owner_id, one, "/archived")
    await store.update_owner(tx, after)
    after = await owner(tx, owner_id)
    await audit(
        tx, actor=actor, action="owner.changed", subject="owner", subject_id=after.id, before=before, after=after
    )
    await tell_changes(tx, before, after, actor)
    return after


async def tell_changes(tx: Tx, before: Owner, after: Owner, actor: Actor) -> None:
    """Records what of an owner was changed."""
    hospital_id = one_hospital(after.hospital_ids)
    if (before.archived_at is None) != (after.archived_at is None):
        restored = after.archived_at is None
        await record(tx, OwnerArchived(owner_id=after.id, hospital_id=hospital_id, restored=restored), actor=actor)
    fields = [
        name
        for name in after.__struct_fields__
        if name not in ("version", "updated_at", "archived_at") and getattr(before, name) != getattr(after, name)
    ]
    if fields:
        await record(tx, OwnerChanged(owner_id=after.id, hospital_id=hospital_id, fields=fields), actor=actor)


async def set_stakes(
    tx: Tx, *, owner_id: int, stakes: list[StakeGiven], actor: Actor, expected_version: int | None = None
) -> list[OwnerHospital]:
    """Makes these the hospitals that an owner has a part in. Staff of some hospitals change only these.

    Raises NoSuchOwner, NoSuchHospital (404), Forbidden (403), Changed (412), Invalid (422) for a hospital named twice
    or dates the wrong way round, StakesTooLarge (422) where the parts in a hospital would come to more than the whole
    on some day.
    """
    before = await locked_owner(tx, owner_id=owner_id, actor=actor)
    check_version(expected=expected_version, actual=before.version)
    was = await store.hospitals_of(tx, owner_id)
    wanted = [(await _stake(tx, stake, f"/hospitals/{n}", actor), f"/hospitals/{n}") for n, stake in enumerate(stakes)]
    kept = {stake.hospital_id for stake, _ in wanted}
    if len(kept) < len(wanted):
        ids = [stake.hospital_id for stake, _ in wanted]
        twice = next(n for n, id in enumerate(ids) if id in ids[:n])
        raise Invalid("This hospital stands there twice.", pointer=f"/hospitals/{twice}/hospitalId")
    # in the order of their ids, so that two who set the same hospitals wait for each other and never deadlock
    for stake, pointer in sorted(wanted, key=lambda one: one[0].hospital_id):
        if stake.stake_percent is not None:
            await _check_whole(tx, owner_id, stake, f"{pointer}/stakePercent")
    for stake, _ in wanted:
        await store.set_stake(
            tx,
            owner_id=owner_id,
            hospital_id=stake.hospital_id,
            percent=stake.stake_percent,
            since=stake.since,
            until=stake.until,
        )
    theirs = actor.hospitals if isinstance(actor, SignedIn) else None
    gone = [one for one in before.hospital_ids if one not in kept and (theirs is None or one in theirs)]
    await store.remove_stakes(tx, owner_id=owner_id, hospital_ids=gone)
    await store.update_owner(tx, before)
    now = await store.hospitals_of(tx, owner_id)
    await audit(
        tx, actor=actor, action="owner.hospitals_set", subject="owner", subject_id=owner_id,
        before={"hospitals": msgspec.to_builtins(was)}, after={"hospitals": msgspec.to_builtins(now)},
    )  # fmt: skip
    hospital_id = one_hospital([one.hospital_id for one in now])
    await record(tx, OwnerChanged(owner_id=owner_id, hospital_id=hospital_id, fields=["hospitals"]), actor=actor)
    return now


async def _stake(tx: Tx, given_: StakeGiven, pointer: str, actor: Actor) -> OwnerHospital:
    """A stake as it is kept; raises Invalid (422), NoSuchHospital (404), Forbidden (403)."""
    if given_.since and given_.until and given_.until < given_.since:
        raise Invalid("It would end before it begins.", pointer=f"{pointer}/until")
    percent = None if given_.stake_percent is None else Decimal(given_.stake_percent)
    if percent is not None and not 0 < percent <= 100:
        raise Invalid("A stake is above 0 and at most 100.", pointer=f"{pointer}/stakePercent")
    place = await hospital(tx, given_.hospital_id)
    if isinstance(actor, SignedIn):
        actor.check_works_at(place.id)
    return OwnerHospital(
        hospital_id=place.id, name=place.name, stake_percent=percent, since=given_.since, until=given_.until
    )


async def locked_owner(tx: Tx, *, owner_id: int, actor: Actor) -> Owner:
    """An owner whose row nobody else changes until the end. Raises NoSuchOwner (404) where the actor may not see it."""
    if isinstance(actor, SignedIn):
        await seen_owner(tx, owner_id=owner_id, user=actor)
    found = await store.lock_owner(tx, owner_id)
    if found is None:
        raise _nobody()
    return found


async def _check_whole(tx: Tx, owner_id: int, stake: OwnerHospital, pointer: str) -> None:
    """Raises StakesTooLarge (422). The parts in a hospital are largest in sum on a day on which one of them begins."""
    percent = stake.stake_percent or Decimal(0)
    others = [one for one in await store.lock_stakes(tx, stake.hospital_id) if one.owner_id != owner_id]
    first, last = stake.since or date.min, stake.until or date.max
    days = {first} | {one.since for one in others if one.since and first <= one.since <= last}
    held = max(
        sum(
            (one.stake_percent for one in others if (one.since or date.min) <= day <= (one.until or date.max)),
            Decimal(0),
        )
        for day in days
    )
    if held + percent > 100:
        raise StakesTooLarge(
            f"Others hold {held.normalize():f} percent of {stake.name} then.",
            pointer=pointer,
            next_step=f"{(100 - held).normalize():f} percent are left.",
        )


async def _checked(tx: Tx, row: dict[str, Any], *, manager_before: int | None) -> dict[str, Any]:
    """The fields as they are kept; raises Invalid (422) for the first that cannot be. A manager who has left since
    stays until there is another."""
    check_language(row["language"])
    if row["time_zone"] is not None:
        check_time_zone(row["time_zone"])
    if row["account_manager_id"] not in (None, manager_before):
        try:
            manager = await staff_member(tx, row["account_manager_id"])
        except NotFound:
            manager = None
        if manager is None or not manager.active or manager.role in ("owner", "integration"):
            raise Invalid("Nobody who works here has this id.", pointer="/accountManagerId")
    return {
        "name": one_line(row["name"], pointer="/name", longest=200),
        "legal_name": one_line(row["legal_name"], pointer="/legalName", longest=200, needed=False),
        "registration_number": one_line(
            row["registration_number"], pointer="/registrationNumber", longest=200, needed=False
        ),
        "address": many_lines(row["address"], pointer="/address", longest=2000),
    }


async def _reached(tx: Tx, phone: str | None, email: str | None, hospital_ids: list[int]) -> dict[str, str | None]:
    return {
        "phone": parse_phone(phone, region=await store.first_country(tx, hospital_ids)) if phone else None,
        "email": parse_email(email) if email else None,
    }


def one_hospital(hospital_ids: list[int]) -> int | None:
    """The hospital that an event about an owner belongs to, where there is just one: of several, it is the group's."""
    return hospital_ids[0] if len(hospital_ids) == 1 else None


def _nobody() -> NoSuchOwner:
    return NoSuchOwner("There is no owner with this id.", next_step="Look them up in /api/owners?q=.")
