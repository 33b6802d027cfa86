"""Settings of the rooms and equipment of the hospital in view, by what services ask for."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.directory import store
from bedside.directory.model import Id, NewResource, Resource, ResourceChanges
from bedside.directory.pages_common import MOST, Person, drawn, form, is_archiving, place_of, saved, wrongs
from bedside.directory.resources import add_resource, change_resource, resource, resources
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of, number_in, read_as
from bedside.kit.http.problems import NotFound
from bedside.kit.http.transaction import Transaction

_WORDS = {"name": "Give it a name.", "kind": "Say what kind it is: a service asks for it by this word."}


@get("/settings/rooms", guards=[requires(Permission.DIRECTORY_READ)], include_in_schema=False)
async def rooms_page(request: Person, tx: Transaction) -> Template:
    """Rooms and equipment by kind; what was put away comes last."""
    place = await place_of(tx, request)
    there, gone = [
        (await store.RESOURCES.page(tx, filters={"archived": archived, "hospital_id": place.id}, limit=MOST)).items
        for archived in (False, True)
    ]
    context = {
        "place": place,
        "rooms": sorted(there, key=lambda one: (one.kind, one.name)),
        "archived": gone,
        "asked_by": await store.services_by_kind(tx, place.id),
    }
    return drawn(request, page="rooms", region="room_list", context=context)


async def _form(
    tx: Tx, values: dict[str, Any], *, hospital_id: int, room: Resource | None, errors: dict[str, str]
) -> Template:
    known = {one.kind for one in await resources(tx, hospital_id=hospital_id)}
    context = {
        "values": values, "room": room, "hospital_id": hospital_id,
        "kinds": sorted(known | set(await store.services_by_kind(tx, hospital_id))),
        "action": f"/settings/rooms/{room.id}" if room else "/settings/rooms",
    }  # fmt: skip
    return form("room_form", context, errors)


@get("/settings/rooms/new", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def new_room_dialog(request: Person, tx: Transaction) -> Template:
    """The form for a new room or piece of equipment at the hospital in view."""
    place = await place_of(tx, request)
    values = {"name": "", "kind": "", "is_room": True}
    return await _form(tx, values, hospital_id=place.id, room=None, errors={})


async def _theirs(tx: Tx, request: Person, room_id: int) -> Resource:
    found = await resource(tx, room_id)
    request.user.check_works_at(found.hospital_id)
    return found


@get("/settings/rooms/{room_id:int}", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def room_dialog(room_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for a room or piece of equipment."""
    found = await _theirs(tx, request, room_id)
    values = msgspec.structs.asdict(found)
    return await _form(tx, values, hospital_id=found.hospital_id, room=found, errors={})


@post("/settings/rooms", guards=[requires(Permission.DIRECTORY_EDIT)], status_code=200, include_in_schema=False)
async def add_room_by_form(request: Person, tx: Transaction) -> Template:
    """Adds a room or a piece of equipment to the hospital that the form was opened for."""
    return await _save(request, tx, None)


@post(
    "/settings/rooms/{room_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def change_room_by_form(room_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Changes a room or a piece of equipment."""
    return await _save(request, tx, await _theirs(tx, request, room_id))


async def _save(request: Person, tx: Tx, room: Resource | None) -> Template:
    fields = await fields_of(request)
    values: dict[str, Any] = {
        "name": fields.get("name", ""), "kind": fields.get("kind", ""), "is_room": fields.get("is_room") != "no",
    }  # fmt: skip
    hospital_id = room.hospital_id if room else number_in(fields.get("hospital_id"))
    if hospital_id is None:
        raise NotFound("The form names no hospital.", next_step="Reload the page.")
    request.user.check_works_at(hospital_id)

    async def save() -> None:
        if room is None:
            new = read_as(NewResource, values | {"hospital_id": hospital_id}, _WORDS)
            await add_resource(tx, new=new, actor=request.user)
        else:
            await change_resource(
                tx, resource_id=room.id, changes=read_as(ResourceChanges, values, _WORDS), actor=request.user,
                expected_version=number_in(fields.get("version")),
            )  # fmt: skip

    if errors := await wrongs(tx, save, ("name", "kind")):
        return await _form(tx, values, hospital_id=hospital_id, room=room, errors=errors)
    return saved("Saved" if room else "Added", values["name"])


@post(
    "/settings/rooms/{room_id:int}/{what:str}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def archive_room_by_form(
    room_id: FromPath[Id], what: FromPath[str], request: Person, tx: Transaction
) -> Template:
    """`archive` puts a room or equipment away, `restore` brings it back."""
    await _theirs(tx, request, room_id)
    archived = is_archiving(what)
    changed = await change_resource(
        tx, resource_id=room_id, changes=ResourceChanges(archived=archived), actor=request.user
    )
    undo = f"/settings/rooms/{room_id}/restore" if archived else ""
    return saved("Archived" if archived else "Restored", changed.name, undo=undo)


PAGES: list[Any] = [
    rooms_page,
    new_room_dialog,
    room_dialog,
    add_room_by_form,
    change_room_by_form,
    archive_room_by_form,
]
