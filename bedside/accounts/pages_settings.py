"""Pages for administrators: staff, machines' keys, the audit log."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template
from msgspec import Meta

from bedside.accounts import api_keys, staff, store, store_audit
from bedside.accounts.forms import Wrong, fields_of, number_in, numbers_of, read_as, told
from bedside.accounts.model import NewApiKey, NewStaffMember, StaffEdit, StaffMember
from bedside.accounts.permissions import Permission, Role, SignedIn, requires
from bedside.kit.http.problems import Invalid, Problem
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]

ROLES = [
    (Role.ADMIN, "Administrator"),
    (Role.FRONT_DESK, "Front desk"),
    (Role.CLINICIAN, "Clinician"),
    (Role.MARKETING, "Marketing"),
    (Role.FINANCE, "Finance"),
    (Role.OWNER, "Owner"),
    (Role.INTEGRATION, "Integration"),
]
LANGUAGES = [("en", "English"), ("es", "Español"), ("ar", "العربية")]
_STAFF_FIELDS = ("name", "email", "role", "language", "hospital_ids", "every_hospital", "password")


def _is_region(request: Request[Any, Any, Any]) -> bool:
    return "x-quiet" in request.headers  # a live region asks for what stands inside it


@get("/settings/staff", guards=[requires(Permission.STAFF_MANAGE)], include_in_schema=False)
async def staff_page(
    request: Person,
    tx: Transaction,
    q: FromQuery[str] = "",
    role: FromQuery[str] = "",
    active: FromQuery[str] = "",
    sort: FromQuery[str] = "name",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Who works here, searched as one types."""
    page = await store.STAFF.page(
        tx,
        filters={
            "search": q.strip()[:200] or None,
            "role": role or None,
            "active": {"yes": True, "no": False}.get(active),
            "within": request.user.hospitals,
        },
        sort=sort,
        cursor=cursor,
    )
    context = {
        "staff": page.items, "next": page.next, "q": q, "role": role, "active": active, "sort": sort,
        "query": request.url.query, "roles": ROLES, "role_names": dict(ROLES), "self_id": request.user.id,
    }  # fmt: skip
    return Template("accounts/staff_list.html" if _is_region(request) else "accounts/staff.html", context=context)


def _staff_form(values: dict[str, Any], *, member: StaffMember | None, errors: dict[str, str]) -> Template:
    # an owner's sign-in is given and ended on the owner's page: it is nobody else's, and nobody becomes one here
    is_owner = member is not None and member.role is Role.OWNER
    roles = [each for each in ROLES if (each[0] is Role.OWNER) == is_owner]
    context = {
        "values": values, "member": member, "errors": errors, "roles": roles, "languages": LANGUAGES,
        "action": f"/settings/staff/{member.id}" if member else "/settings/staff",
    }  # fmt: skip
    return Template("accounts/staff_form.html", context=context, status_code=422 if errors else 200)


@get("/settings/staff/new", guards=[requires(Permission.STAFF_MANAGE)], include_in_schema=False)
async def new_staff_dialog() -> Template:
    """The form for somebody new."""
    values = {"name": "", "email": "", "role": "", "language": "en", "every_hospital": False, "hospital_ids": []}
    return _staff_form(values, member=None, errors={})


@get("/settings/staff/{staff_id:int}/edit", guards=[requires(Permission.STAFF_MANAGE)], include_in_schema=False)
async def edit_staff_dialog(staff_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for somebody."""
    member = await staff.staff_member(tx, staff_id, seen_by=request.user)
    return _staff_form(msgspec.structs.asdict(member), member=member, errors={})


async def _given(request: Person) -> dict[str, Any]:
    fields = await fields_of(request)
    return {
        "name": fields.get("name", ""),
        "email": fields.get("email", ""),
        "role": fields.get("role", ""),
        "language": fields.get("language", "en"),
        "every_hospital": "every_hospital" in fields,
        "hospital_ids": await numbers_of(request, "hospital_ids"),
    }


@post("/settings/staff", guards=[requires(Permission.STAFF_MANAGE)], status_code=200, include_in_schema=False)
async def add_staff(request: Person, tx: Transaction) -> Template:
    """Adds somebody, and shows their password this once."""
    values = await _given(request)
    try:
        new = read_as(NewStaffMember, values)
        if not new.every_hospital and not new.hospital_ids:
            raise Wrong({"hospital_ids": "Choose a hospital at least, or every one."})
        async with tx.savepoint():
            member, password = await staff.add_staff(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return _staff_form(values, member=None, errors=wrong.errors)
    except Problem as problem:
        return _staff_form(values, member=None, errors=told(problem, _STAFF_FIELDS))
    return _shown_once(f"{member.name} may sign in", member.email, password or "", "Password")


@post(
    "/settings/staff/{staff_id:int}",
    guards=[requires(Permission.STAFF_MANAGE)],
    status_code=200,
    include_in_schema=False,
)
async def edit_staff(staff_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Changes somebody; refused where somebody else did since the form was opened."""
    values = await _given(request)
    member = await staff.staff_member(tx, staff_id, seen_by=request.user)
    version = (await fields_of(request)).get("version", "")
    try:
        edit = read_as(StaffEdit, values)
        async with tx.savepoint():
            await staff.edit_staff(
                tx,
                staff_id=staff_id,
                edit=edit,
                actor=request.user,
                expected_version=number_in(version),
            )
    except Wrong as wrong:
        return _staff_form(values, member=member, errors=wrong.errors)
    except Problem as problem:
        return _staff_form(values, member=member, errors=told(problem, _STAFF_FIELDS))
    return _toast("Saved", f"{values['name']} is changed.")


@post(
    "/settings/staff/{staff_id:int}/{what:str}",
    guards=[requires(Permission.STAFF_MANAGE)],
    status_code=200,
    include_in_schema=False,
)
async def change_staff(staff_id: FromPath[Id], what: FromPath[str], request: Person, tx: Transaction) -> Template:
    """`deactivate`, `reactivate` or `reset-password`."""
    if what == "reset-password":
        password = await staff.reset_password_of(tx, staff_id=staff_id, actor=request.user)
        member = await staff.staff_member(tx, staff_id)
        return _shown_once(f"A new password for {member.name}", member.email, password, "Password")
    if what not in ("deactivate", "reactivate"):
        raise Invalid("This cannot be done with somebody.", next_step="Reload the page.")
    edit = StaffEdit(active=what == "reactivate")
    member = await staff.edit_staff(tx, staff_id=staff_id, edit=edit, actor=request.user)
    if member.active:
        return _toast(f"{member.name} may sign in again", "The password is the one from before.")
    return _toast(f"{member.name} is deactivated", "Signed out everywhere.")


@get("/settings/api-keys", guards=[requires(Permission.API_KEYS_MANAGE)], include_in_schema=False)
async def api_keys_page(request: Person, tx: Transaction, cursor: FromQuery[str | None] = None) -> Template:
    """Machines' keys."""
    page = await store.API_KEYS.page(tx, filters={"within": request.user.hospitals}, cursor=cursor)
    context = {
        "keys": page.items, "next": page.next, "query": request.url.query, "role_names": dict(ROLES), "now": tx.now,
    }  # fmt: skip
    return Template("accounts/api_key_list.html" if _is_region(request) else "accounts/api_keys.html", context=context)


def _key_form(values: dict[str, Any], errors: dict[str, str]) -> Template:
    context = {"values": values, "errors": errors, "roles": [each for each in ROLES if each[0] is not Role.OWNER]}
    return Template("accounts/api_key_form.html", context=context, status_code=422 if errors else 200)


@get("/settings/api-keys/new", guards=[requires(Permission.API_KEYS_MANAGE)], include_in_schema=False)
async def new_api_key_dialog() -> Template:
    """The form for a key."""
    values = {"name": "", "role": Role.INTEGRATION, "every_hospital": True, "hospital_ids": [], "expires_on": ""}
    return _key_form(values, {})


@post("/settings/api-keys", guards=[requires(Permission.API_KEYS_MANAGE)], status_code=200, include_in_schema=False)
async def make_api_key(request: Person, tx: Transaction) -> Template:
    """Makes a key, and shows it this once."""
    fields = await fields_of(request)
    values = await _given(request)
    values = {name: values[name] for name in ("name", "role", "every_hospital", "hospital_ids")}
    try:
        new = read_as(NewApiKey, values)
        if not new.every_hospital and not new.hospital_ids:
            raise Wrong({"hospital_ids": "Choose a hospital at least, or every one."})
        if ends := _day(fields.get("expires_on", ""), UTC):
            new = msgspec.structs.replace(new, expires_at=ends)
        async with tx.savepoint():
            made, key = await api_keys.make_api_key(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return _key_form(values | {"expires_on": fields.get("expires_on", "")}, wrong.errors)
    except Problem as problem:
        errors = {
            "expires_on" if name == "expires_at" else name: words
            for name, words in told(problem, ("name", "role", "hospital_ids", "expires_at")).items()
        }
        return _key_form(values | {"expires_on": fields.get("expires_on", "")}, errors)
    return _shown_once(f"The key of {made.name}", "", key, "Key")


@post(
    "/settings/api-keys/{api_key_id:int}/revoke",
    guards=[requires(Permission.API_KEYS_MANAGE)],
    status_code=200,
    include_in_schema=False,
)
async def revoke_api_key(api_key_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Ends a key."""
    key = await api_keys.revoke_api_key(tx, api_key_id=api_key_id, actor=request.user)
    return _toast(f"{key.name} is revoked", "It opens nothing any more.", trigger="api_key")


@get(["/audit", "/audit/deeds"], guards=[requires(Permission.AUDIT_READ)], include_in_schema=False)
async def audit_page(
    request: Person,
    tx: Transaction,
    q: FromQuery[str] = "",
    who: FromQuery[str] = "",
    subject: FromQuery[str] = "",
    patient: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    zone: Annotated[str, QueryParameter(max_length=64)] = "UTC",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Who did what, newest first: edits and readings, with how it was before and after; or deeds, as they happened."""
    place = _zone(zone)
    deeds = request.url.path == "/audit/deeds"
    page = await (store_audit.DEEDS if deeds else store_audit.AUDIT).page(
        tx,
        filters={
            "within": request.user.hospitals,
            "action": q.strip().lower()[:100] or None,
            "actor_name": who.strip()[:200] or None,
            "subject": subject or None,
            "patient_id": number_in(patient),
            "since": _day(since, place),
            "until": _day(until, place, end=True),
        },
        cursor=cursor,
    )
    context = {
        "entries": page.items, "next": page.next, "q": q, "who": who, "subject": subject, "patient": patient,
        "since": since, "until": until, "query": request.url.query, "path": request.url.path,
        "subjects": await (store_audit.deed_subjects(tx) if deeds else store_audit.subjects(tx)),
        "shown": _shown,
    }  # fmt: skip
    return Template("accounts/audit.html", context=context)


def _shown(value: Any) -> str:
    """A value of the audit log for people."""
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # no such zone (ZoneInfoNotFoundError is a KeyError)
        return ZoneInfo("UTC")


def _day(text: str, zone: Any, *, end: bool = False) -> datetime | None:
    """The instant at which a day begins in a zone, or at which it is over; None for no day."""
    try:
        day = date.fromisoformat(text)
        return datetime.combine(date.fromordinal(day.toordinal() + 1) if end else day, time(), zone)
    except ValueError:  # none, or the last one there is
        return None


def _shown_once(title: str, email: str, secret: str, label: str) -> Template:
    context = {"title": title, "email": email, "secret": secret, "label": label}
    headers = {"HX-Trigger": "staff, api_key", "Cache-Control": "no-store"}
    return Template("accounts/shown_once.html", context=context, headers=headers)


def _toast(title: str, text: str, *, trigger: str = "staff") -> Template:
    headers = {"HX-Trigger": f"dialog:close, {trigger}"}
    return Template("accounts/toast.html", context={"title": title, "text": text}, headers=headers)


PAGES = [
    staff_page, new_staff_dialog, edit_staff_dialog, add_staff, edit_staff, change_staff, api_keys_page,
    new_api_key_dialog, make_api_key, revoke_api_key, audit_page,
]  # fmt: skip
