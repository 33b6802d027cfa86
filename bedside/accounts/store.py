"""SQL of staff and machines' keys."""

from typing import Any, LiteralString

from bedside.accounts.model import ApiKey, Credentials, StaffMember
from bedside.accounts.permissions import Role
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

_STAFF: LiteralString = """
select id, email, name, role, every_hospital, hospital_ids, practitioner_id, owner_id, language, active, version,
       created_at, updated_at
from crm.staff"""

_API_KEY: LiteralString = """
select id, name, role, every_hospital, hospital_ids, hint, created_at, last_used_at, expires_at, revoked_at
from crm.api_keys"""

STAFF = Listing(
    into=StaffMember,
    select=_STAFF,
    filters={
        "role": "role = %(role)s",
        "active": "active = %(active)s",
        "hospital_id": "(every_hospital or %(hospital_id)s::bigint = any(hospital_ids))",
        "search": "(crm.searchable(name) like '%%' || crm.searchable(%(search)s) || '%%'"
        " or email like '%%' || lower(%(search)s) || '%%')",
        # somebody limited to some hospitals sees whom they share one with
        "within": "(not every_hospital and hospital_ids && %(within)s::bigint[])",
    },
    sorts={
        "name": (Key("name", "text", "name"), Key("id", "bigint", "id")),
        "email": (Key("email", "text", "email"),),
        "createdAt": (Key("created_at", "timestamptz", "created_at"), Key("id", "bigint", "id")),
        "id": (Key("id", "bigint", "id"),),
    },
    default_sort="email",
)

API_KEYS = Listing(
    into=ApiKey,
    select=_API_KEY,
    filters={"within": "(not every_hospital and hospital_ids <@ %(within)s::bigint[])"},
    sorts={"id": (Key("id", "bigint", "id"),)},
    default_sort="-id",
)


async def staff_member(tx: Tx, staff_id: int) -> StaffMember | None:
    """One person."""
    return await tx.maybe(StaffMember, _STAFF + " where id = %(id)s", id=staff_id)


async def staff_member_for_change(tx: Tx, staff_id: int) -> StaffMember | None:
    """One person, whose row nobody else changes until the transaction ends."""
    return await tx.maybe(StaffMember, _STAFF + " where id = %(id)s for no key update", id=staff_id)


async def staff_member_held(tx: Tx, staff_id: int) -> StaffMember | None:
    """One person, who is not deactivated before the transaction ends."""
    return await tx.maybe(StaffMember, _STAFF + " where id = %(id)s for share", id=staff_id)


async def staff_by_email(tx: Tx, email: str) -> StaffMember | None:
    """Whoever signs in with the address."""
    return await tx.maybe(StaffMember, _STAFF + " where email = lower(%(email)s)", email=email)


async def staff_names(tx: Tx) -> list[StaffMember]:
    """Everybody active, by name: for whom a task is given to."""
    return await tx.all(StaffMember, _STAFF + " where active order by crm.searchable(name), id")


async def staff_of_owner(tx: Tx, owner_id: int) -> list[StaffMember]:
    """Who signs in for an owner."""
    return await tx.all(StaffMember, _STAFF + " where owner_id = %(owner_id)s order by id", owner_id=owner_id)


async def credentials(tx: Tx, email: str) -> Credentials | None:
    """What a sign-in with the address is checked against."""
    return await tx.maybe(
        Credentials,
        "select id as staff_id, password_hash, active from crm.staff where email = lower(%(email)s)",
        email=email,
    )


async def credentials_of(tx: Tx, staff_id: int) -> Credentials | None:
    """What a person's own password is checked against."""
    return await tx.maybe(
        Credentials, "select id as staff_id, password_hash, active from crm.staff where id = %(id)s", id=staff_id
    )


async def other_administrators(tx: Tx, staff_id: int) -> int:
    """How many active administrators of every hospital there are besides one; locks them until the end."""
    return len(
        await tx.rows(
            """select id from crm.staff where role = %(admin)s and active and every_hospital and id <> %(id)s
               order by id for no key update""",
            admin=Role.ADMIN,
            id=staff_id,
        )
    )


async def insert_staff(
    tx: Tx,
    *,
    email: str,
    name: str,
    role: Role,
    every_hospital: bool,
    hospital_ids: list[int],
    practitioner_id: int | None,
    owner_id: int | None = None,
    language: str,
    password_hash: str,
) -> StaffMember | None:
    """Adds somebody; None where the address is taken."""
    return await tx.maybe(
        StaffMember,
        """insert into crm.staff (email, name, role, every_hospital, hospital_ids, practitioner_id, owner_id,
                                  language, password_hash, created_at, updated_at)
           values (lower(%(email)s), %(name)s, %(role)s, %(every_hospital)s, %(hospital_ids)s, %(practitioner_id)s,
                   %(owner_id)s, %(language)s, %(password_hash)s, %(now)s, %(now)s)
           on conflict (email) do nothing
           returning id, email, name, role, every_hospital, hospital_ids, practitioner_id, owner_id, language, active,
                     version, created_at, updated_at""",
        email=email,
        name=name,
        role=role,
        every_hospital=every_hospital,
        hospital_ids=hospital_ids,
        practitioner_id=practitioner_id,
        owner_id=owner_id,
        language=language,
        password_hash=password_hash,
    )


async def update_staff(tx: Tx, changed: StaffMember) -> None:
    """Writes somebody's changed row."""
    await tx.execute(
        """update crm.staff set email = lower(%(email)s), name = %(name)s, role = %(role)s,
                  every_hospital = %(every_hospital)s, hospital_ids = %(hospital_ids)s,
                  practitioner_id = %(practitioner_id)s, owner_id = %(owner_id)s, language = %(language)s,
                  active = %(active)s, version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=changed.id,
        email=changed.email,
        name=changed.name,
        role=changed.role,
        every_hospital=changed.every_hospital,
        hospital_ids=changed.hospital_ids,
        practitioner_id=changed.practitioner_id,
        owner_id=changed.owner_id,
        language=changed.language,
        active=changed.active,
    )


async def set_password(tx: Tx, *, staff_id: int, password_hash: str) -> None:
    """Writes a new password's hash."""
    await tx.execute(
        """update crm.staff set password_hash = %(hash)s, version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=staff_id,
        hash=password_hash,
    )


async def unknown_hospitals(tx: Tx, hospital_ids: list[int]) -> list[int]:
    """Those of the ids that no hospital has. (The hospitals' room lies above; ids without a home are refused here.)"""
    rows = await tx.rows(
        """select given from unnest(%(ids)s::bigint[]) given
           where not exists (select from crm.hospitals where id = given)""",
        ids=hospital_ids,
    )
    return [id for (id,) in rows]


async def insert_api_key(tx: Tx, *, new: Any, hint: str, key_hash: bytes, created_by: int | None) -> ApiKey:
    """Adds a key."""
    return await tx.one(
        ApiKey,
        """insert into crm.api_keys (name, role, every_hospital, hospital_ids, hint, key_hash, created_by, created_at,
                                     expires_at)
           values (%(name)s, %(role)s, %(every_hospital)s, %(hospital_ids)s, %(hint)s, %(key_hash)s, %(created_by)s,
                   %(now)s, %(expires_at)s)
           returning id, name, role, every_hospital, hospital_ids, hint, created_at, last_used_at, expires_at,
                     revoked_at""",
        name=new.name,
        role=new.role,
        every_hospital=new.every_hospital,
        hospital_ids=new.hospital_ids,
        expires_at=new.expires_at,
        hint=hint,
        key_hash=key_hash,
        created_by=created_by,
    )


async def api_key(tx: Tx, api_key_id: int) -> ApiKey | None:
    """One key."""
    return await tx.maybe(ApiKey, _API_KEY + " where id = %(id)s", id=api_key_id)


async def api_key_in_force(tx: Tx, key_hash: bytes) -> ApiKey | None:
    """The key with this hash, where it still opens something."""
    return await tx.maybe(
        ApiKey,
        _API_KEY + " where key_hash = %(hash)s and revoked_at is null and coalesce(expires_at > %(now)s, true)",
        hash=key_hash,
    )


async def api_key_used(tx: Tx, api_key_id: int) -> None:
    """Notes that a key was used; once a minute is enough, and waits for nobody."""
    await tx.execute(
        """update crm.api_keys set last_used_at = %(now)s
           where id = (select id from crm.api_keys
                       where id = %(id)s and coalesce(last_used_at < %(now)s - interval '1 minute', true)
                       for no key update skip locked)""",
        id=api_key_id,
    )


async def revoke_api_key(tx: Tx, api_key_id: int) -> None:
    """Ends a key."""
    await tx.execute(
        "update crm.api_keys set revoked_at = %(now)s where id = %(id)s and revoked_at is null", id=api_key_id
    )
