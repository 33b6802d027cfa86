"""Departments, and the services that they offer."""

import msgspec

from bedside.directory import store, store_practitioners
from bedside.directory.changing import applied, changed
from bedside.directory.hospitals import hospital
from bedside.directory.model import (
    Department,
    DepartmentChanges,
    NameTaken,
    NewDepartment,
    NewService,
    Service,
    ServiceChanges,
)
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import NotFound
from bedside.kit.text import many_lines, one_line
from bedside.kit.wire import given


async def department(tx: Tx, department_id: int) -> Department:
    """A department, archived or not. Raises NotFound (404)."""
    found = await store.department(tx, department_id)
    if found is None:
        raise _no_department()
    return found


async def departments(tx: Tx, *, hospital_id: int | None = None, ids: list[int] | None = None) -> list[Department]:
    """Departments that are not archived, in the order they are shown in."""
    return await store.departments(tx, hospital_id, ids)


async def add_department(tx: Tx, *, new: NewDepartment, actor: Actor) -> Department:
    """Adds a department to a hospital. Raises NotFound (404), NameTaken (409), Invalid (422)."""
    await hospital(tx, new.hospital_id)
    name = one_line(new.name, pointer="/name")
    await _check_department_name(tx, new.hospital_id, name)
    made = await department(tx, await store.insert_department(tx, msgspec.structs.asdict(new) | {"name": name}))
    await changed(tx, actor=actor, what="department", how="added", id=made.id, hospital_id=made.hospital_id, after=made)
    return made


async def change_department(
    tx: Tx, *, department_id: int, changes: DepartmentChanges, actor: Actor, expected_version: int | None = None
) -> Department:
    """Changes, archives or restores a department. Raises NotFound (404), NameTaken (409), Changed (412)."""
    before = await store.lock_department(tx, department_id)
    if before is None:
        raise _no_department()
    check_version(expected=expected_version, actual=before.version)
    after, how = applied(tx, before, given(changes))
    after.name = one_line(after.name, pointer="/name")
    await _check_department_name(tx, after.hospital_id, after.name, but_by=after.id)
    after.version = await store.update_department(tx, after)
    await changed(
        tx, actor=actor, what="department", how=how, id=after.id, hospital_id=after.hospital_id,
        before=before, after=after,
    )  # fmt: skip
    return after


async def _check_department_name(tx: Tx, hospital_id: int, name: str, but_by: int | None = None) -> None:
    there = await store.department_named(tx, hospital_id, name)
    if there not in (None, but_by):
        raise NameTaken(
            f"This hospital has a department called “{name}” already.",
            pointer="/name",
            next_step="Choose another name, or restore the one that is archived.",
            departmentId=there,
        )


async def service(tx: Tx, service_id: int) -> Service:
    """A service, archived or not. Raises NotFound (404)."""
    found = await store_practitioners.service(tx, service_id)
    if found is None:
        raise _no_service()
    return found


async def services(tx: Tx, *, department_id: int | None = None) -> list[Service]:
    """Services that are not archived, by name; of one department, or of all."""
    return await store_practitioners.services(tx, department_id)


async def add_service(tx: Tx, *, new: NewService, actor: Actor) -> Service:
    """Adds a service to a department. Raises NotFound (404), NameTaken (409), Invalid (422)."""
    place = await department(tx, new.department_id)
    row = msgspec.structs.asdict(new) | _words(new.name, new.instructions, new.needs_resource_kind)
    await _check_service_name(tx, new.department_id, str(row["name"]))
    made = await service(tx, await store_practitioners.insert_service(tx, row))
    await changed(tx, actor=actor, what="service", how="added", id=made.id, hospital_id=place.hospital_id, after=made)
    return made


async def change_service(
    tx: Tx, *, service_id: int, changes: ServiceChanges, actor: Actor, expected_version: int | None = None
) -> Service:
    """Changes, archives or restores a service. Raises NotFound (404), NameTaken (409), Changed (412)."""
    before = await store_practitioners.lock_service(tx, service_id)
    if before is None:
        raise _no_service()
    check_version(expected=expected_version, actual=before.version)
    after, how = applied(tx, before, given(changes))
    after = msgspec.structs.replace(after, **_words(after.name, after.instructions, after.needs_resource_kind))
    await _check_service_name(tx, after.department_id, after.name, but_by=after.id)
    after.version = await store_practitioners.update_service(tx, after)
    place = await department(tx, after.department_id)
    await changed(
        tx, actor=actor, what="service", how=how, id=after.id, hospital_id=place.hospital_id, before=before, after=after
    )
    return after


def _words(name: str, instructions: str, kind: str | None) -> dict[str, str | None]:
    return {
        "name": one_line(name, pointer="/name"),
        "instructions": many_lines(instructions, pointer="/instructions", longest=5000),
        "needs_resource_kind": one_line(kind, pointer="/needsResourceKind", longest=80) if kind else None,
    }


async def _check_service_name(tx: Tx, department_id: int, name: str, but_by: int | None = None) -> None:
    there = await store_practitioners.service_named(tx, department_id, name)
    if there not in (None, but_by):
        raise NameTaken(
            f"This department has a service called “{name}” already.",
            pointer="/name",
            next_step="Choose another name, or restore the one that is archived.",
            serviceId=there,
        )


def _no_department() -> NotFound:
    return NotFound("There is no department with this id.", next_step="Look it up in /api/departments.")


def _no_service() -> NotFound:
    return NotFound("There is no service with this id.", next_step="Look it up in /api/services.")
