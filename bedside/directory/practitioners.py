"""Practitioners: who they are, where they work, and who is meant by a name."""

import re
from typing import Any

import msgspec

from bedside.accounts import SignedIn
from bedside.directory import store_practitioners as store
from bedside.directory.changing import applied, changed
from bedside.directory.model import (
    NewPractitioner,
    Practitioner,
    PractitionerAt,
    PractitionerChanges,
    PractitionerUnclear,
)
from bedside.directory.validity import check_language
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.text import one_line
from bedside.kit.wire import given

# what people put before a name; “Dra.” and “د.” too
_TITLES = re.compile(
    r"^(?:(?:dr|dra|doctor|doctora|prof|professor|profesor|profesora|mr|mrs|ms|mx|sr|sra|nurse|د|دكتور|دكتورة)\b\.?\s*)+",
    re.IGNORECASE,
)


async def practitioner(tx: Tx, practitioner_id: int) -> Practitioner:
    """A practitioner, archived or not. Raises NotFound (404)."""
    found = await store.practitioner(tx, practitioner_id)
    if found is None:
        raise _no_practitioner()
    return found


async def practitioners(
    tx: Tx, *, department_id: int | None = None, hospital_id: int | None = None, ids: list[int] | None = None
) -> list[Practitioner]:
    """Practitioners that are not archived, by name; of a department, of a hospital, or those with the ids given."""
    return await store.practitioners(tx, department_id=department_id, hospital_id=hospital_id, ids=ids)


async def find_practitioner(
    tx: Tx, *, name: str, department: str | None = None, hospital_id: int | None = None, pointer: str = "/doctorName"
) -> PractitionerAt:
    """Who is meant by a name such as “Dr. Smith”, “smith” or “Amelia Smith”, and where they work.

    Titles, case and accents do not count. Raises PractitionerUnclear (422) where nobody or several are called so;
    its `candidates` lists who may be meant (id, name, department, hospital, with their ids).
    """
    words = one_line(name, pointer=pointer)
    place = one_line(department, pointer="/department") if department else None
    bare = _TITLES.sub("", words) or words
    found = await store.named(tx, name=bare, department=place, hospital_id=hospital_id)
    if len(found) == 1:
        return found[0]
    where = f" in {place}" if place else ""
    if found:
        raise PractitionerUnclear(
            f"“{words}”{where} may mean {len(found)} people.",
            pointer=pointer,
            next_step="Send practitionerId and departmentId, or the whole name and the department.",
            candidates=msgspec.to_builtins(found),
        )
    near = await store.resembling(tx, name=bare, department=place, hospital_id=hospital_id)
    if not near and place:
        near = await store.resembling(tx, name=bare, department=None, hospital_id=hospital_id)
    raise PractitionerUnclear(
        f"Nobody{where} is called “{words}”.",
        pointer=pointer,
        next_step="Choose one of the candidates, or look in /api/practitioners.",
        candidates=msgspec.to_builtins(near),
    )


async def add_practitioner(tx: Tx, *, new: NewPractitioner, actor: Actor) -> Practitioner:
    """Adds a practitioner with departments and services. Raises Invalid (422) for ids that nothing has."""
    await _check_places(tx, new.department_ids, new.service_ids)
    row = msgspec.structs.asdict(new)
    made_id = await store.insert_practitioner(tx, row | _checked(row))
    await store.replace_roles(tx, made_id, new.department_ids)
    await store.replace_services(tx, made_id, new.service_ids)
    made = await practitioner(tx, made_id)
    await changed(tx, actor=actor, what="practitioner", how="added", id=made.id, hospital_id=None, after=made)
    return made


async def change_practitioner(
    tx: Tx, *, practitioner_id: int, changes: PractitionerChanges, actor: Actor, expected_version: int | None = None
) -> Practitioner:
    """Changes, archives or restores a practitioner. Raises NotFound (404), Changed (412), Invalid (422)."""
    before = await store.lock_practitioner(tx, practitioner_id)
    if before is None:
        raise _no_practitioner()
    check_version(expected=expected_version, actual=before.version)
    after, how = applied(tx, before, given(changes))
    after = msgspec.structs.replace(after, **_checked(msgspec.structs.asdict(after)))
    if after.department_ids != before.department_ids or after.service_ids != before.service_ids:
        await _check_places(tx, after.department_ids, after.service_ids)
        await store.replace_roles(tx, practitioner_id, after.department_ids)
        await store.replace_services(tx, practitioner_id, after.service_ids)
    await store.update_practitioner(tx, after)
    after = await practitioner(tx, practitioner_id)
    await changed(
        tx, actor=actor, what="practitioner", how=how, id=after.id, hospital_id=None, before=before, after=after
    )
    return after


async def set_photo(
    tx: Tx, *, practitioner_id: int, file_id: int | None, actor: Actor, expected_version: int | None = None
) -> Practitioner:
    """Makes a file of crm.files the photo of a practitioner; None: no photo. Raises NotFound (404), Changed (412)."""
    before = await store.lock_practitioner(tx, practitioner_id)
    if before is None:
        raise _no_practitioner()
    check_version(expected=expected_version, actual=before.version)
    if before.photo_file_id == file_id:
        return before
    after = msgspec.structs.replace(before, photo_file_id=file_id)
    after.version = await store.update_practitioner(tx, after)
    await changed(
        tx, actor=actor, what="practitioner", how="changed", id=after.id, hospital_id=None, before=before, after=after
    )
    return after


async def hospitals_of(tx: Tx, *, department_ids: list[int]) -> list[int]:
    """The ids of the hospitals that departments belong to."""
    return await store.hospitals_of(tx, department_ids)


async def check_works_at_departments(tx: Tx, *, user: SignedIn, department_ids: list[int]) -> None:
    """Raises Forbidden (403) where one of the departments is of a hospital where they do not work."""
    for hospital_id in await store.hospitals_of(tx, department_ids):
        user.check_works_at(hospital_id)


def _no_practitioner() -> NotFound:
    return NotFound("There is no practitioner with this id.", next_step="Look it up in /api/practitioners.")


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    for n, language in enumerate(row["languages"]):
        check_language(language, f"/languages/{n}")
    return {
        "prefix": one_line(row["prefix"], pointer="/prefix", longest=40, needed=False),
        "first_name": one_line(row["first_name"], pointer="/firstName", longest=100),
        "last_name": one_line(row["last_name"], pointer="/lastName", longest=100),
        "specialty": one_line(row["specialty"], pointer="/specialty", needed=False),
    }


async def _check_places(tx: Tx, department_ids: list[int], service_ids: list[int]) -> None:
    if missing := await store.missing_departments(tx, department_ids):
        raise Invalid(f"There is no department {missing[0]}.", pointer="/departmentIds")
    if missing := await store.missing_services(tx, service_ids):
        raise Invalid(f"There is no service {missing[0]}.", pointer="/serviceIds")
