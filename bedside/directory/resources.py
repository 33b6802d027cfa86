"""Rooms and equipment."""

import msgspec

from bedside.directory import store
from bedside.directory.changing import applied, changed
from bedside.directory.hospitals import hospital
from bedside.directory.model import NameTaken, NewResource, Resource, ResourceChanges
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import NotFound
from bedside.kit.text import one_line
from bedside.kit.wire import given


async def resource(tx: Tx, resource_id: int) -> Resource:
    """A room or a piece of equipment, archived or not. Raises NotFound (404)."""
    found = await store.resource(tx, resource_id)
    if found is None:
        raise _no_resource()
    return found


async def resources(tx: Tx, *, hospital_id: int, kind: str | None = None) -> list[Resource]:
    """A hospital's rooms and equipment that are not archived, by name."""
    return await store.resources(tx, hospital_id, kind)


async def add_resource(tx: Tx, *, new: NewResource, actor: Actor) -> Resource:
    """Adds a room or a piece of equipment to a hospital. Raises NotFound (404), NameTaken (409), Invalid (422)."""
    await hospital(tx, new.hospital_id)
    row = msgspec.structs.asdict(new) | {
        "name": one_line(new.name, pointer="/name"),
        "kind": one_line(new.kind, pointer="/kind", longest=80),
    }
    await _check_name(tx, new.hospital_id, row["name"])
    made = await resource(tx, await store.insert_resource(tx, row))
    await changed(tx, actor=actor, what="resource", how="added", id=made.id, hospital_id=made.hospital_id, after=made)
    return made


async def change_resource(
    tx: Tx, *, resource_id: int, changes: ResourceChanges, actor: Actor, expected_version: int | None = None
) -> Resource:
    """Changes, archives or restores a room or equipment. Raises NotFound (404), NameTaken (409), Changed (412)."""
    before = await store.lock_resource(tx, resource_id)
    if before is None:
        raise _no_resource()
    check_version(expected=expected_version, actual=before.version)
    after, how = applied(tx, before, given(changes))
    after.name = one_line(after.name, pointer="/name")
    after.kind = one_line(after.kind, pointer="/kind", longest=80)
    await _check_name(tx, after.hospital_id, after.name, but_by=after.id)
    after.version = await store.update_resource(tx, after)
    await changed(
        tx, actor=actor, what="resource", how=how, id=after.id, hospital_id=after.hospital_id,
        before=before, after=after,
    )  # fmt: skip
    return after


def _no_resource() -> NotFound:
    return NotFound("There is no room or equipment with this id.", next_step="Look it up in /api/resources.")


async def _check_name(tx: Tx, hospital_id: int, name: str, but_by: int | None = None) -> None:
    there = await store.resource_named(tx, hospital_id, name)
    if there not in (None, but_by):
        raise NameTaken(
            f"This hospital has a room or equipment called “{name}” already.",
            pointer="/name",
            next_step="Choose another name, or restore the one that is archived.",
            resourceId=there,
        )
