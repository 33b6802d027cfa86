"""Settings of practitioners: who they are, where they work and what for, and their photos."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.directory import store_practitioners
from bedside.directory.departments import departments, services
from bedside.directory.hospitals import hospitals
from bedside.directory.model import Id, NewPractitioner, Practitioner, PractitionerChanges, Service
from bedside.directory.pages_common import (
    Person,
    drawn,
    form,
    is_archiving,
    language_name,
    languages,
    place_of,
    saved,
    wrongs,
)
from bedside.directory.practitioners import add_practitioner, change_practitioner, check_works_at_departments, set_photo
from bedside.directory.practitioners import practitioner as practitioner_with_id
from bedside.directory.routes_photos import LARGEST_BODY, LARGEST_PHOTO
from bedside.kit.database import Tx
from bedside.kit.files import IMAGES, Files
from bedside.kit.http.forms import fields_of, number_in, numbers_of, read_as
from bedside.kit.http.transaction import Transaction

_SEXES = [("female", "Female"), ("male", "Male"), ("other", "Other")]
_TEXTS = ("prefix", "first_name", "last_name", "specialty", "sex")
_FIELDS = (*_TEXTS, "languages", "department_ids", "service_ids")
_WORDS = {
    "first_name": "Give a first name.",
    "last_name": "Give a last name.",
    "languages": "Choose a language that they speak.",
    "prefix": "40 characters at most.",
    "specialty": "200 characters at most.",
}


@get("/settings/practitioners", guards=[requires(Permission.DIRECTORY_READ)], include_in_schema=False)
async def practitioners_page(
    request: Person,
    tx: Transaction,
    q: FromQuery[str] = "",
    department: FromQuery[str] = "",
    archived: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Who sees patients at the hospital in view, or anywhere in the group (`department` everywhere)."""
    place = await place_of(tx, request)
    everywhere = department == "everywhere"
    page = await store_practitioners.PRACTITIONERS.page(
        tx,
        filters={
            "q": q[:200] or None,
            "archived": archived == "yes",
            "department_id": number_in(department),
            "hospital_id": None if everywhere or number_in(department) is not None else place.id,
        },
        cursor=cursor,
        limit=50,
    )
    places = {one.id: one.name for one in await hospitals(tx)}
    every = await departments(tx)
    of_hospital = {one.id: one.hospital_id for one in every}
    user = request.user
    context = {
        "people": page.items, "next": page.next, "q": q, "department": department, "archived": archived,
        "query": request.url.query, "place": place, "language_name": language_name,
        "departments": [(one.id, one.name) for one in every if one.hospital_id == place.id],
        "where": {
            one.id: one.name if one.hospital_id == place.id else f"{one.name}, {places.get(one.hospital_id, '')}"
            for one in every
        },
        "theirs": {
            one.id
            for one in page.items
            if all(user.works_at(of_hospital[id_]) for id_ in one.department_ids if id_ in of_hospital)
        },
        "several": len(places) > 1,
        "sees_schedules": user.may(Permission.SCHEDULES_EDIT),
    }  # fmt: skip
    return drawn(request, page="practitioners", region="practitioner_list", context=context)


async def _form(
    tx: Tx, request: Person, values: dict[str, Any], *, practitioner: Practitioner | None, errors: dict[str, str]
) -> Template:
    """Departments are those of the reader's hospitals; the services stand under the department that offers them."""
    places = await hospitals(tx, ids=request.user.hospitals)
    names = {one.id: one.name for one in places}
    offered: dict[int, list[Service]] = {}
    for one in await services(tx):
        offered.setdefault(one.department_id, []).append(one)
    every = [one for one in await departments(tx) if one.hospital_id in names]
    context = {
        "values": values, "practitioner": practitioner, "sexes": _SEXES, "languages": languages(*values["languages"]),
        "places": [
            (one.id, one.name, [(its.id, its.name) for its in every if its.hospital_id == one.id]) for one in places
        ],
        "services": [
            (f"{one.name}, {names[one.hospital_id]}" if len(places) > 1 else one.name,
             [(its.id, its.name) for its in offered[one.id]])
            for one in every
            if one.id in offered
        ],
        "action": f"/settings/practitioners/{practitioner.id}" if practitioner else "/settings/practitioners",
    }  # fmt: skip
    return form("practitioner_form", context, errors)


@get("/settings/practitioners/new", guards=[requires(Permission.DIRECTORY_EDIT)], include_in_schema=False)
async def new_practitioner_dialog(request: Person, tx: Transaction) -> Template:
    """The form for somebody new."""
    values: dict[str, Any] = dict.fromkeys(_TEXTS, "")
    values |= {"prefix": "Dr.", "languages": ["en"], "department_ids": [], "service_ids": []}
    return await _form(tx, request, values, practitioner=None, errors={})


async def _theirs(tx: Tx, request: Person, practitioner_id: int) -> Practitioner:
    found = await practitioner_with_id(tx, practitioner_id)
    await check_works_at_departments(tx, user=request.user, department_ids=found.department_ids)
    return found


@get(
    "/settings/practitioners/{practitioner_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    include_in_schema=False,
)
async def practitioner_dialog(practitioner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for somebody there is."""
    found = await _theirs(tx, request, practitioner_id)
    return await _form(tx, request, msgspec.structs.asdict(found), practitioner=found, errors={})


@post("/settings/practitioners", guards=[requires(Permission.DIRECTORY_EDIT)], status_code=200, include_in_schema=False)
async def add_practitioner_by_form(request: Person, tx: Transaction) -> Template:
    """Adds a practitioner."""
    return await _save(request, tx, None)


@post(
    "/settings/practitioners/{practitioner_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def change_practitioner_by_form(practitioner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Changes a practitioner."""
    return await _save(request, tx, await _theirs(tx, request, practitioner_id))


async def _save(request: Person, tx: Tx, practitioner: Practitioner | None) -> Template:
    fields = await fields_of(request)
    posted = await request.form()
    values: dict[str, Any] = {name: fields.get(name, "") for name in _TEXTS}
    values["languages"] = [one for one in posted.getall("languages", []) if isinstance(one, str)]
    values["department_ids"] = await numbers_of(request, "department_ids")
    chosen = set(values["department_ids"])
    every = {one.id: one.department_id for one in await services(tx)}
    # a service of a department that they do not work for would never be offered
    values["service_ids"] = [one for one in await numbers_of(request, "service_ids") if every.get(one) in chosen]
    await check_works_at_departments(tx, user=request.user, department_ids=values["department_ids"])
    sent = values | {"sex": values["sex"] or None}

    async def save() -> None:
        if practitioner is None:
            new = read_as(NewPractitioner, sent, _WORDS)
            await add_practitioner(tx, new=new, actor=request.user)
        else:
            await change_practitioner(
                tx, practitioner_id=practitioner.id, changes=read_as(PractitionerChanges, sent, _WORDS),
                actor=request.user, expected_version=number_in(fields.get("version")),
            )  # fmt: skip

    if errors := await wrongs(tx, save, _FIELDS):
        return await _form(tx, request, values, practitioner=practitioner, errors=errors)
    return saved("Saved" if practitioner else "Practitioner added", f"{values['first_name']} {values['last_name']}")


def _photo_form(practitioner: Practitioner, errors: dict[str, str]) -> Template:
    return form("photo_form", {"practitioner": practitioner}, errors)


@get(
    "/settings/practitioners/{practitioner_id:int}/photo",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    include_in_schema=False,
)
async def photo_dialog(practitioner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The photo there is, and a form for another."""
    return _photo_form(await _theirs(tx, request, practitioner_id), {})


@post(
    "/settings/practitioners/{practitioner_id:int}/photo",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    request_max_body_size=LARGEST_BODY,
    include_in_schema=False,
)
async def set_photo_by_form(practitioner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Takes the file of the field `photo`."""
    found = await _theirs(tx, request, practitioner_id)
    upload = (await request.form()).get("photo")
    if not isinstance(upload, UploadFile) or not (content := await upload.read()):
        return _photo_form(found, {"photo": "Choose a file."})

    async def save() -> None:
        files: Files = request.app.state.files
        kept = await files.keep(
            tx, name=f"{found.last_name} photo", content=content, accepted=IMAGES, largest=LARGEST_PHOTO,
            pointer="/photo",
        )  # fmt: skip
        await set_photo(tx, practitioner_id=found.id, file_id=kept.id, actor=request.user)

    if errors := await wrongs(tx, save, ("photo",)):
        return _photo_form(found, errors)
    return saved("Photo saved", found.display_name)


@post(
    "/settings/practitioners/{practitioner_id:int}/photo/remove",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def remove_photo_by_form(practitioner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Takes the photo away."""
    found = await _theirs(tx, request, practitioner_id)
    await set_photo(tx, practitioner_id=practitioner_id, file_id=None, actor=request.user)
    return saved("Photo taken away", found.display_name)


@post(
    "/settings/practitioners/{practitioner_id:int}/{what:str}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def archive_practitioner_by_form(
    practitioner_id: FromPath[Id], what: FromPath[str], request: Person, tx: Transaction
) -> Template:
    """`archive` puts somebody away, `restore` brings them back."""
    await _theirs(tx, request, practitioner_id)
    archived = is_archiving(what)
    changed = await change_practitioner(
        tx, practitioner_id=practitioner_id, changes=PractitionerChanges(archived=archived), actor=request.user
    )
    undo = f"/settings/practitioners/{practitioner_id}/restore" if archived else ""
    return saved("Archived" if archived else "Restored", changed.display_name, undo=undo)


PAGES: list[Any] = [
    practitioners_page, new_practitioner_dialog, practitioner_dialog, add_practitioner_by_form,
    change_practitioner_by_form, photo_dialog, set_photo_by_form, remove_photo_by_form, archive_practitioner_by_form,
]  # fmt: skip
