"""Pages of owners: the list, the form, what the palette and other forms find."""

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, active_staff, requires
from bedside.directory import hospitals
from bedside.follow_ups import tags, tags_of_many
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, numbers_of, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import languages
from bedside.owners import listing, registering
from bedside.owners.model import Id, NewOwner, OwnerChanges
from bedside.owners.pages_consents import PAGES as CONSENTS
from bedside.owners.pages_import import PAGES as IMPORT
from bedside.owners.pages_owner import PAGES as OWNER
from bedside.owners.pages_parts import PAGES as PARTS
from bedside.owners.pages_said import said

Person = Request[SignedIn, Any, Any]
KINDS = [("person", "Person"), ("company", "Company")]
CHANNELS = [("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]
_FIELDS = (
    "kind", "name", "legal_name", "registration_number", "phone", "email", "language", "preferred_channel", "address",
    "country", "account_manager_id",
)  # fmt: skip
_WORDS = {
    "name": "Give a name.",
    "email": "This cannot be an email address.",
    "country": "Two capital letters, such as US.",
}


@get("/owners", guards=[requires(Permission.OWNERS_READ)], include_in_schema=False)
async def owners_page(
    request: Person,
    tx: Transaction,
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    hospital: FromQuery[str] = "",
    tag: FromQuery[str] = "",
    manager: FromQuery[str] = "",
    archived: FromQuery[str] = "",
    sort: FromQuery[str] = "name",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Everybody who owns a hospital or shares in its revenue, searched as one types."""
    filters = {
        "q": q[:200], "kind": kind if kind in dict(KINDS) else None, "hospital_id": number_in(hospital),
        "tag": tag[:60] or None, "account_manager_id": number_in(manager), "archived": archived == "yes",
    }  # fmt: skip
    page = await listing.page(tx, user=request.user, filters=filters, sort=sort, cursor=cursor)
    places = [(one.id, one.name) for one in await hospitals(tx, ids=request.user.hospitals)]
    managers = await _managers(tx)
    context = {
        "owners": page.items, "next": page.next, "q": q, "kind": kind, "hospital": hospital, "tag": tag,
        "manager": manager, "archived": archived, "sort": sort, "query": request.url.query, "kinds": KINDS,
        "places": places, "place_names": dict(places), "managers": managers, "manager_names": dict(managers),
        "all_tags": [(one.name, one.name) for one in await tags(tx)],
        "tags": await tags_of_many(tx, subject="owner", ids=[one.id for one in page.items]),
        "may_edit": request.user.may(Permission.OWNERS_EDIT),
        "sees_satisfaction": request.user.may(Permission.SATISFACTION_READ),
        "filtered": bool(q or kind or hospital or tag or manager or archived),
    }  # fmt: skip
    return Template("owners/list.html", context=context)


@get("/owners/options", guards=[requires(Permission.OWNERS_READ)], include_in_schema=False)
async def owner_options(request: Person, tx: Transaction, q: FromQuery[str] = "") -> Template:
    """Owners to choose among, for forms."""
    found = await listing.page(tx, user=request.user, filters={"q": q[:200], "archived": False}, limit=8)
    return Template("owners/options.html", context={"owners": found.items})


@get("/owners/search", guards=[requires(Permission.OWNERS_READ)], include_in_schema=False)
async def palette_search(request: Person, tx: Transaction, q: FromQuery[str] = "") -> Template:
    """What the command palette finds: owners."""
    found = await listing.page(tx, user=request.user, filters={"q": q[:200], "archived": False}, limit=6)
    return Template("owners/palette.html", context={"owners": found.items})


async def _managers(tx: Tx) -> list[tuple[int, str]]:
    """Who may look after an owner: everybody who works here and sees owners."""
    return [
        (one.id, one.name)
        for one in await active_staff(tx)
        if SignedIn(kind="staff", id=one.id, role=one.role).may(Permission.OWNERS_READ)
    ]


async def _form(
    request: Person, tx: Tx, values: dict[str, Any], *, owner_id: int | None, errors: dict[str, str]
) -> Template:
    places = await hospitals(tx, ids=request.user.hospitals)
    context = {
        "values": dict.fromkeys((*_FIELDS, "version"), "") | {"hospital_ids": []} | values, "errors": errors,
        "kinds": KINDS, "channels": CHANNELS, "languages": languages(), "managers": await _managers(tx),
        "places": [(one.id, one.name) for one in places], "owner_id": owner_id,
        "action": f"/owners/{owner_id}" if owner_id else "/owners",
    }  # fmt: skip
    return Template("owners/form.html", context=context, status_code=422 if errors else 200)


@get("/owners/new", guards=[requires(Permission.OWNERS_EDIT)], include_in_schema=False)
async def new_owner_dialog(request: Person, tx: Transaction, name: FromQuery[str] = "") -> Template:
    """The form for somebody new."""
    visitor = request.app.state.visitors.visitor_of(request)
    here = [visitor.hospital.id] if visitor and visitor.hospital else []
    values = {"kind": "company", "name": name[:200], "language": "en", "hospital_ids": here}
    return await _form(request, tx, values, owner_id=None, errors={})


@get("/owners/{owner_id:int}/edit", guards=[requires(Permission.OWNERS_EDIT)], include_in_schema=False)
async def edit_owner_dialog(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for somebody known."""
    found = msgspec.structs.asdict(await registering.seen_owner(tx, owner_id=owner_id, user=request.user))
    values = {name: "" if found[name] is None else found[name] for name in (*_FIELDS, "version")}
    return await _form(request, tx, values, owner_id=owner_id, errors={})


def _given(fields: dict[str, str]) -> dict[str, Any]:
    """The form's fields as the structs take them: what is left empty is null, where it may be."""
    values: dict[str, Any] = {name: fields.get(name) or None for name in _FIELDS}
    return values | {
        "kind": fields.get("kind") or "person",
        "name": fields.get("name", ""),
        "legal_name": fields.get("legal_name", ""),
        "registration_number": fields.get("registration_number", ""),
        "language": fields.get("language") or "en",
        "address": fields.get("address", ""),
        "country": (fields.get("country") or "").upper() or None,
        "account_manager_id": number_in(fields.get("account_manager_id")),
    }


@post("/owners", guards=[requires(Permission.OWNERS_EDIT)], status_code=200, include_in_schema=False)
async def add_by_form(request: Person, tx: Transaction) -> Template:
    """Adds somebody and opens their page, which says who may be the same."""
    fields = await fields_of(request)
    chosen = await numbers_of(request, "hospital_ids")
    try:
        new = read_as(NewOwner, _given(fields) | {"hospital_ids": chosen}, _WORDS)
        async with tx.savepoint():
            made = await registering.add_owner(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return await _form(request, tx, fields | {"hospital_ids": chosen}, owner_id=None, errors=wrong.errors)
    except Problem as problem:
        errors = told(problem, _FIELDS)
        return await _form(request, tx, fields | {"hospital_ids": chosen}, owner_id=None, errors=errors)
    alike = "".join(f"&alike={one.id}" for one in made.possible_duplicates)
    return said(f"{made.name} is added", redirect=f"/owners/{made.id}?new=yes{alike}")


@post("/owners/{owner_id:int}", guards=[requires(Permission.OWNERS_EDIT)], status_code=200, include_in_schema=False)
async def change_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Changes somebody's record; refused where somebody else did since the form was opened."""
    fields = await fields_of(request)
    try:
        changes = read_as(OwnerChanges, _given(fields), _WORDS)
        async with tx.savepoint():
            await registering.change(
                tx,
                owner_id=owner_id,
                changes=changes,
                actor=request.user,
                expected_version=number_in(fields.get("version")),
            )
    except Wrong as wrong:
        return await _form(request, tx, fields, owner_id=owner_id, errors=wrong.errors)
    except Problem as problem:
        return await _form(request, tx, fields, owner_id=owner_id, errors=told(problem, _FIELDS))
    return said("Saved", redirect=f"/owners/{owner_id}")


@post(
    "/owners/{owner_id:int}/archive",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def archive_by_form(
    owner_id: FromPath[Id], request: Person, tx: Transaction, back: FromQuery[str] = ""
) -> Template:
    """Puts a record away, or brings it back."""
    changes = OwnerChanges(archived=back != "yes")
    await registering.change(tx, owner_id=owner_id, changes=changes, actor=request.user)
    return said("Brought back" if back == "yes" else "Archived", redirect=f"/owners/{owner_id}")


PAGES: list[Any] = [
    owners_page, owner_options, palette_search, new_owner_dialog, edit_owner_dialog, add_by_form, change_by_form,
    archive_by_form, *OWNER, *PARTS, *CONSENTS, *IMPORT,
]  # fmt: skip
