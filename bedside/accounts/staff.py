"""Staff: adding, editing, deactivating, passwords. Nobody is deleted; what they did stays theirs."""

import msgspec
from msgspec import UNSET

from bedside.accounts import passwords, sessions, store
from bedside.accounts.auditing import audit
from bedside.accounts.events import StaffChanged
from bedside.accounts.model import (
    EmailTaken,
    HospitalsNotYours,
    LastAdministrator,
    NewStaffMember,
    ProfileEdit,
    StaffEdit,
    StaffMember,
)
from bedside.accounts.permissions import Role, SignedIn
from bedside.event_log import SYSTEM, Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid, NotFound


async def staff_member(tx: Tx, staff_id: int, *, seen_by: SignedIn | None = None) -> StaffMember:
    """One person. Raises NotFound (404), also where whoever looks shares no hospital with them."""
    found = await store.staff_member(tx, staff_id)
    if found is None or not _sees(seen_by, found):
        raise NotFound("There is no such member of staff.", next_step="Look at the list of staff.")
    return found


async def add_staff(
    tx: Tx, *, new: NewStaffMember, actor: Actor, password: str | None = None
) -> tuple[StaffMember, str | None]:
    """Adds somebody; gives them, and the password made for them where none was given.

    Raises EmailTaken (409), Invalid (422) for a hospital that is not there, HospitalsNotYours (403).
    """
    given = password or new.password
    _check_owner(new.role, new.owner_id)
    await check_hospitals(tx, actor=actor, every_hospital=new.every_hospital, hospital_ids=new.hospital_ids)
    if given is not None:
        passwords.check_password(given, email=new.email, name=new.name)
    made = None if given is not None else passwords.new_password()
    added = await store.insert_staff(
        tx,
        email=new.email.strip(),
        name=new.name.strip(),
        role=new.role,
        every_hospital=new.every_hospital,
        hospital_ids=[] if new.every_hospital else sorted(set(new.hospital_ids)),
        practitioner_id=new.practitioner_id,
        owner_id=new.owner_id if new.role is Role.OWNER else None,
        language=new.language,
        password_hash=await passwords.password_hash(given or made or ""),
    )
    if added is None:
        raise _taken(new.email)
    await record(tx, StaffChanged(staff_id=added.id, what="added"), actor=actor)
    await audit(tx, actor=actor, action="staff.added", subject="staff", subject_id=added.id, after=added)
    return added, made


async def edit_staff(
    tx: Tx, *, staff_id: int, edit: StaffEdit, actor: Actor, expected_version: int | None = None
) -> StaffMember:
    """Changes what the edit names. A changed role or hospital holds from the next request on; deactivating signs out.

    Raises NotFound, Changed (412), EmailTaken (409), LastAdministrator (409), HospitalsNotYours (403).
    """
    before = await _for_change(tx, staff_id, actor=actor)
    check_version(expected=expected_version, actual=before.version)
    after = msgspec.structs.replace(before, **_given(edit))
    if after.every_hospital:
        after = msgspec.structs.replace(after, hospital_ids=[])
    after = msgspec.structs.replace(after, hospital_ids=sorted(set(after.hospital_ids)), email=after.email.lower())
    if after.role is not Role.OWNER:
        after = msgspec.structs.replace(after, owner_id=None)
    if after.role is not before.role:
        _check_owner(after.role, after.owner_id)
    if (after.every_hospital, after.hospital_ids) != (before.every_hospital, before.hospital_ids):
        await check_hospitals(tx, actor=actor, every_hospital=after.every_hospital, hospital_ids=after.hospital_ids)
    await _check_administrator_left(tx, before=before, after=after)
    if after.email != before.email and await store.staff_by_email(tx, after.email):
        raise _taken(after.email)
    return await _write(tx, before=before, after=after, actor=actor)


async def _write(tx: Tx, *, before: StaffMember, after: StaffMember, actor: Actor) -> StaffMember:
    """Writes somebody's changed row, and tells of it; deactivating signs them out everywhere."""
    staff_id = before.id
    await store.update_staff(tx, after)
    if before.active and not after.active:
        await sessions.end_sessions_of(tx, staff_id=staff_id, because="deactivated", actor=actor)
    what = "edited" if before.active == after.active else "reactivated" if after.active else "deactivated"
    ends_tokens = _claims(before) != _claims(after)
    await record(tx, StaffChanged(staff_id=staff_id, what=what, ends_tokens=ends_tokens), actor=actor)
    changed = await staff_member(tx, staff_id)
    await audit(
        tx, actor=actor, action=f"staff.{what}", subject="staff", subject_id=staff_id, before=before, after=changed
    )
    return changed


async def deactivate_staff(tx: Tx, *, staff_id: int, actor: Actor, expected_version: int | None = None) -> StaffMember:
    """Ends somebody's access: signed out everywhere, and no sign-in any more. Raises as edit_staff does."""
    return await edit_staff(
        tx, staff_id=staff_id, edit=StaffEdit(active=False), actor=actor, expected_version=expected_version
    )


async def staff_of_owner(tx: Tx, owner_id: int) -> list[StaffMember]:
    """Who signs in for an owner, those whose sign-in was ended too."""
    return await store.staff_of_owner(tx, owner_id)


async def end_owner_sign_in(tx: Tx, *, staff_id: int, owner_id: int, actor: Actor) -> StaffMember:
    """Ends the access of somebody who signs in for an owner. Who may is the owners' room to say.

    Raises NotFound (404) where they sign in for somebody else.
    """
    before = await store.staff_member_for_change(tx, staff_id)
    if before is None or before.owner_id != owner_id:
        raise NotFound("This owner has no such sign-in.", next_step="Look at the list of sign-ins.")
    return await _write(tx, before=before, after=msgspec.structs.replace(before, active=False), actor=actor)


async def edit_profile(tx: Tx, *, edit: ProfileEdit, actor: SignedIn) -> StaffMember:
    """Changes one's own name or language. Raises NotFound (404) for a machine, which has no profile."""
    if actor.kind != "staff" or actor.id is None:
        raise NotFound("A key has no profile.", next_step="Sign in as a person.")
    return await edit_staff(tx, staff_id=actor.id, edit=StaffEdit(name=edit.name, language=edit.language), actor=actor)


async def reset_password(tx: Tx, *, email: str, actor: Actor = SYSTEM, password: str | None = None) -> str:
    """Gives somebody a new password, which is given back, and ends all their sessions.

    Raises NotFound (404) where nobody signs in with the address.
    """
    found = await store.staff_by_email(tx, email)
    if found is None:
        raise NotFound(f"Nobody signs in with {email}.", next_step="Look at the list of staff for the address.")
    return await reset_password_of(tx, staff_id=found.id, actor=actor, password=password)


async def reset_password_of(tx: Tx, *, staff_id: int, actor: Actor = SYSTEM, password: str | None = None) -> str:
    """As reset_password, by id. Raises NotFound (404), HospitalsNotYours (403)."""
    member = await _for_change(tx, staff_id, actor=actor)
    if password is not None:
        passwords.check_password(password, email=member.email, name=member.name)
    new = password or passwords.new_password()
    await store.set_password(tx, staff_id=staff_id, password_hash=await passwords.password_hash(new))
    await sessions.end_sessions_of(tx, staff_id=staff_id, because="password reset", actor=actor)
    await audit(tx, actor=actor, action="staff.password_reset", subject="staff", subject_id=staff_id)
    return new


async def change_password(tx: Tx, *, actor: SignedIn, present: str, new: str) -> list[int]:
    """Changes one's own password and ends one's other sessions; gives their ids.

    Raises Invalid (422) where the present one is wrong, PasswordRefused (422) for one easy to guess.
    """
    if actor.kind != "staff" or actor.id is None:
        raise NotFound("A key has no password.", next_step="Sign in as a person.")
    member = await _for_change(tx, actor.id, actor=SYSTEM)
    known = await store.credentials_of(tx, actor.id)
    if not await passwords.matches(known.password_hash if known else None, present):
        raise Invalid("The present password is not right.", pointer="/presentPassword", next_step="Type it again.")
    passwords.check_password(new, email=member.email, name=member.name)
    await store.set_password(tx, staff_id=actor.id, password_hash=await passwords.password_hash(new))
    await audit(tx, actor=actor, action="staff.password_changed", subject="staff", subject_id=actor.id)
    return await sessions.end_sessions_of(
        tx, staff_id=actor.id, because="password changed", actor=actor, but=actor.session_id
    )


async def first_administrator(
    tx: Tx, *, email: str = "admin@example.org", name: str = "Administrator", password: str | None = None
) -> tuple[str, str]:
    """Adds the administrator that a new database begins with; gives their address and password.

    Raises EmailTaken (409) where the address is in use already.
    """
    added, made = await add_staff(
        tx,
        new=NewStaffMember(email=email, name=name, role=Role.ADMIN, every_hospital=True),
        actor=SYSTEM,
        password=password,
    )
    return added.email, password or made or ""


def _check_owner(role: Role, owner_id: int | None) -> None:
    """Raises Invalid (422) for somebody with the role owner who would be nobody's."""
    if role is Role.OWNER and owner_id is None:
        raise Invalid(
            "Somebody with the role owner signs in for one owner.",
            pointer="/role",
            next_step="Give them a sign-in on the owner's own page.",
        )


def check_works_here(new: NewStaffMember) -> None:
    """Raises Invalid (422) for an owner among staff: who may see whom of the owners is for the owners' room to say."""
    _check_owner(Role.OWNER if new.owner_id is not None else new.role, None)


def _given(edit: StaffEdit) -> dict[str, object]:
    return {name: value for name in edit.__struct_fields__ if (value := getattr(edit, name)) is not UNSET}


def _claims(member: StaffMember) -> tuple[object, ...]:
    return (member.role, member.every_hospital, member.hospital_ids, member.owner_id, member.active)


def _sees(who: SignedIn | None, member: StaffMember) -> bool:
    if who is None or who.hospital_ids is None or (who.kind == "staff" and who.id == member.id):
        return True
    return not member.every_hospital and not who.hospital_ids.isdisjoint(member.hospital_ids)


async def _for_change(tx: Tx, staff_id: int, *, actor: Actor) -> StaffMember:
    member = await store.staff_member_for_change(tx, staff_id)
    who = actor if isinstance(actor, SignedIn) else None
    if member is None or not _sees(who, member):
        raise NotFound("There is no such member of staff.", next_step="Look at the list of staff.")
    is_self = who is not None and who.kind == "staff" and who.id == staff_id
    if who is not None and not is_self:
        check_hands_out(who, every_hospital=member.every_hospital, hospital_ids=member.hospital_ids)
    return member


def check_hands_out(who: SignedIn, *, every_hospital: bool, hospital_ids: list[int]) -> None:
    """Raises HospitalsNotYours (403) where these hospitals reach beyond somebody's own."""
    if who.hospital_ids is None:
        return
    if every_hospital or not set(hospital_ids) <= who.hospital_ids:
        raise HospitalsNotYours(
            "This reaches beyond the hospitals that you work at.",
            next_step="Ask an administrator of every hospital.",
        )


async def check_hospitals(tx: Tx, *, actor: Actor, every_hospital: bool, hospital_ids: list[int]) -> None:
    """Raises Invalid (422) for a hospital that is not there, HospitalsNotYours (403) for one not the actor's."""
    if not every_hospital and (unknown := await store.unknown_hospitals(tx, hospital_ids)):
        raise Invalid(
            f"There is no hospital {', '.join(map(str, sorted(unknown)))}.",
            pointer="/hospitalIds",
            next_step="Look up the hospitals at /api/hospitals.",
        )
    if isinstance(actor, SignedIn):
        check_hands_out(actor, every_hospital=every_hospital, hospital_ids=hospital_ids)


async def _check_administrator_left(tx: Tx, *, before: StaffMember, after: StaffMember) -> None:
    def administers(member: StaffMember) -> bool:
        return member.role is Role.ADMIN and member.active and member.every_hospital

    if administers(before) and not administers(after) and not await store.other_administrators(tx, before.id):
        raise LastAdministrator(
            "This is the last administrator of every hospital.",
            next_step="Make somebody else one first.",
        )


def _taken(email: str) -> EmailTaken:
    return EmailTaken(
        f"Somebody signs in with {email.lower()} already.",
        pointer="/email",
        next_step="Use another address, or edit that person.",
    )
