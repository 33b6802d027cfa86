"""Settings of the departments of the hospital in view, and of the services that they offer."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.directory import store, store_practitioners
from bedside.directory.departments import add_department, add_service, change_department, change_service
from bedside.directory.departments import department as department_with_id
from bedside.directory.departments import departments as departments_of
from bedside.directory.departments import service as service_with_id
from bedside.directory.model import (
    Department,
    DepartmentChanges,
    Id,
    NewDepartment,
    NewService,
    Service,
    ServiceChanges,
)
from bedside.directory.pages_common import MOST, Person, drawn, form, is_archiving, place_of, saved, wrongs
from bedside.directory.resources import resources as resources_of
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of, number_in, read_as
from bedside.kit.http.problems import NotFound
from bedside.kit.http.transaction import Transaction

_DEPARTMENT_WORDS = {"name": "Give the department a name."}
_SERVICE_FIELDS = (
    "name", "duration_minutes", "buffer_before_minutes", "buffer_after_minutes", "needs_resource_kind", "instructions",
)  # fmt: skip
_SERVICE_WORDS = {
    "name": "Give the service a name.",
    "duration_minutes": "Give 5 to 720 minutes.",
    "buffer_before_minutes": "Give 0 to 240 minutes.",
    "buffer_after_minutes": "Give 0 to 240 minutes.",
    "instructions": "Write 5000 characters at most.",
}


@get("/settings/departments", guards=[requires(Permission.DIRECTORY_READ)], include_in_schema=False)
async def departments_page(request: Person, tx: Transaction) -> Template:
    """The departments of the hospital in view with their services; what was put away comes last."""
    place = await place_of(tx, request)
    offered: dict[int, list[Service]] = {}
    away: list[Service] = []
    for archived in (False, True):
        filters = {"archived": archived, "hospital_id": place.id}
        cursor: str | None = None
        while True:  # a hospital may have more services than fit on a page of the API
            page = await store_practitioners.SERVICES.page(tx, filters=filters, cursor=cursor, limit=MOST)
            for one in page.items:
                if archived:
                    away.append(one)
                else:
                    offered.setdefault(one.department_id, []).append(one)
            if (cursor := page.next) is None:
                break
    there, gone = [
        (await store.DEPARTMENTS.page(tx, filters={"archived": archived, "hospital_id": place.id}, limit=MOST)).items
        for archived in (False, True)
    ]
    context = {
        "place": place, "departments": there, "archived": gone, "services": offered, "archived_services": away,
        "names": {one.id: one.name for one in there + gone},
    }  # fmt: skip
    return drawn(request, page="departments", region="department_list", context=context)


def _form(values: dict[str, Any], *, place: str, department: Department | None, errors: dict[str, str]) -> Template:
    context = {
        "values": values, "department": department, "place": place,
        "action": f"/settings/departments/{department.id}" if department else "/settings/departments",
    }  # fmt: skip
    return form("department_form", context, errors)


@get("/settings/departments/new", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def new_department_dialog(request: Person, tx: Transaction) -> Template:
    """The form for a new department of the hospital in view."""
    place = await place_of(tx, request)
    values = {"name": "", "discreet": False, "online_booking": True, "hospital_id": place.id}
    return _form(values, place=place.name, department=None, errors={})


async def _theirs(tx: Tx, request: Person, department_id: int) -> Department:
    found = await department_with_id(tx, department_id)
    request.user.check_works_at(found.hospital_id)
    return found


@get("/settings/departments/{department_id:int}", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def department_dialog(department_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for a department."""
    found = await _theirs(tx, request, department_id)
    return _form(msgspec.structs.asdict(found), place="", department=found, errors={})


@post("/settings/departments", guards=[requires(Permission.DIRECTORY_EDIT)], status_code=200, include_in_schema=False)
async def add_department_by_form(request: Person, tx: Transaction) -> Template:
    """Adds a department, behind the others, to the hospital that the form was opened for."""
    return await _save(request, tx, None)


@post(
    "/settings/departments/{department_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def change_department_by_form(department_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Changes a department."""
    return await _save(request, tx, await _theirs(tx, request, department_id))


async def _save(request: Person, tx: Tx, department: Department | None) -> Template:
    fields = await fields_of(request)
    values: dict[str, Any] = {
        "name": fields.get("name", ""), "discreet": "discreet" in fields, "online_booking": "online_booking" in fields,
    }  # fmt: skip
    hospital_id = department.hospital_id if department else number_in(fields.get("hospital_id"))
    if hospital_id is None:
        raise NotFound("The form names no hospital.", next_step="Reload the page.")
    request.user.check_works_at(hospital_id)

    async def save() -> None:
        if department is None:
            others = await departments_of(tx, hospital_id=hospital_id)
            position = min(1000, max((one.position for one in others), default=-1) + 1)
            new = read_as(NewDepartment, values | {"hospital_id": hospital_id, "position": position}, _DEPARTMENT_WORDS)
            await add_department(tx, new=new, actor=request.user)
        else:
            await change_department(
                tx, department_id=department.id, changes=read_as(DepartmentChanges, values, _DEPARTMENT_WORDS),
                actor=request.user, expected_version=number_in(fields.get("version")),
            )  # fmt: skip

    if errors := await wrongs(tx, save, ("name",)):
        return _form(values | {"hospital_id": hospital_id}, place="", department=department, errors=errors)
    return saved("Saved" if department else "Department added", values["name"])


@post(
    "/settings/departments/{department_id:int}/move",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def move_department_by_form(
    department_id: FromPath[Id], request: Person, tx: Transaction, by: FromQuery[str] = "up"
) -> Template:
    """Shows a department one place further `up` or `down`, wherever departments are listed."""
    found = await _theirs(tx, request, department_id)
    order = [one.id for one in await departments_of(tx, hospital_id=found.hospital_id)]
    positions = {one.id: one.position for one in await departments_of(tx, hospital_id=found.hospital_id)}
    if department_id in order:
        here = order.index(department_id)
        there = min(max(here + (-1 if by == "up" else 1), 0), len(order) - 1)
        order.insert(there, order.pop(here))
    for position, id_ in enumerate(order):
        if positions[id_] != position:
            changes = DepartmentChanges(position=position)
            await change_department(tx, department_id=id_, changes=changes, actor=request.user)
    return saved("Moved", found.name)


@post(
    "/settings/departments/{department_id:int}/{what:str}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def archive_department_by_form(
    department_id: FromPath[Id], what: FromPath[str], request: Person, tx: Transaction
) -> Template:
    """`archive` puts a department away, `restore` brings it back."""
    await _theirs(tx, request, department_id)
    archived = is_archiving(what)
    changed = await change_department(
        tx, department_id=department_id, changes=DepartmentChanges(archived=archived), actor=request.user
    )
    undo = f"/settings/departments/{department_id}/restore" if archived else ""
    return saved("Archived" if archived else "Restored", changed.name, undo=undo)


async def _service_form(
    tx: Tx, values: dict[str, Any], *, department: Department, service: Service | None, errors: dict[str, str]
) -> Template:
    kinds = {one.kind for one in await resources_of(tx, hospital_id=department.hospital_id)}
    if values["needs_resource_kind"]:
        kinds.add(values["needs_resource_kind"])
    context = {
        "values": values, "service": service, "department": department, "kinds": [(one, one) for one in sorted(kinds)],
        "action": f"/settings/services/{service.id}" if service else f"/settings/departments/{department.id}/services",
    }  # fmt: skip
    return form("service_form", context, errors)


@get(
    "/settings/departments/{department_id:int}/services/new",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    include_in_schema=False,
)
async def new_service_dialog(department_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for a new service of a department."""
    values = dict.fromkeys(_SERVICE_FIELDS, "") | {
        "duration_minutes": 30, "buffer_before_minutes": 0, "buffer_after_minutes": 0, "online_booking": True,
    }  # fmt: skip
    found = await _theirs(tx, request, department_id)
    return await _service_form(tx, values, department=found, service=None, errors={})


@get("/settings/services/{service_id:int}", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def service_dialog(service_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for a service."""
    found = await service_with_id(tx, service_id)
    department = await _theirs(tx, request, found.department_id)
    return await _service_form(tx, msgspec.structs.asdict(found), department=department, service=found, errors={})


@post(
    "/settings/departments/{department_id:int}/services",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def add_service_by_form(department_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Adds a service to a department."""
    return await _save_service(request, tx, await _theirs(tx, request, department_id), None)


@post(
    "/settings/services/{service_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def change_service_by_form(service_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Changes a service."""
    found = await service_with_id(tx, service_id)
    return await _save_service(request, tx, await _theirs(tx, request, found.department_id), found)


async def _save_service(request: Person, tx: Tx, department: Department, service: Service | None) -> Template:
    fields = await fields_of(request)
    values: dict[str, Any] = {name: fields.get(name, "") for name in _SERVICE_FIELDS}
    values["online_booking"] = "online_booking" in fields
    sent = values | {name: number_in(values[name]) for name in _SERVICE_FIELDS if name.endswith("_minutes")}
    sent["needs_resource_kind"] = values["needs_resource_kind"] or None

    async def save() -> None:
        if service is None:
            new = read_as(NewService, sent | {"department_id": department.id}, _SERVICE_WORDS)
            await add_service(tx, new=new, actor=request.user)
        else:
            await change_service(
                tx, service_id=service.id, changes=read_as(ServiceChanges, sent, _SERVICE_WORDS), actor=request.user,
                expected_version=number_in(fields.get("version")),
            )  # fmt: skip

    if errors := await wrongs(tx, save, _SERVICE_FIELDS):
        return await _service_form(tx, values, department=department, service=service, errors=errors)
    return saved("Saved" if service else "Service added", values["name"])


@post(
    "/settings/services/{service_id:int}/{what:str}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def archive_service_by_form(
    service_id: FromPath[Id], what: FromPath[str], request: Person, tx: Transaction
) -> Template:
    """`archive` puts a service away, `restore` brings it back."""
    await _theirs(tx, request, (await service_with_id(tx, service_id)).department_id)
    archived = is_archiving(what)
    changed = await change_service(
        tx, service_id=service_id, changes=ServiceChanges(archived=archived), actor=request.user
    )
    undo = f"/settings/services/{service_id}/restore" if archived else ""
    return saved("Archived" if archived else "Restored", changed.name, undo=undo)


PAGES: list[Any] = [
    departments_page, new_department_dialog, department_dialog, add_department_by_form, change_department_by_form,
    move_department_by_form, archive_department_by_form, new_service_dialog, service_dialog, add_service_by_form,
    change_service_by_form, archive_service_by_form,
]  # fmt: skip
