"""Dialogs of a patient's phones, emails and identifiers."""

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, read_as, told
from bedside.kit.http.problems import NotFound, Problem
from bedside.kit.http.transaction import Transaction
from bedside.patients import contacts, registering, store
from bedside.patients.model import ContactPoint, ContactPointGiven, Id, NewIdentifier, NoSuchPatient

Person = Request[SignedIn, Any, Any]
KINDS = [("phone", "Phone"), ("email", "Email")]
_WORDS = {"value": "Give the number or address.", "label": "80 characters at most.", "kind": "Choose phone or email."}
_IDENTIFIER_WORDS = {"system": "Say whose number it is.", "value": "Give the number, 100 characters at most."}


def _said(title: str, text: str = "") -> Template:
    headers = {"HX-Trigger": '{"dialog:close": {}, "patient": {}}'}
    return Template("patients/said.html", context={"title": title, "text": text}, headers=headers)


def _given(point: ContactPoint) -> ContactPointGiven:
    return ContactPointGiven(
        kind=point.kind,
        value=point.value,
        label=point.label,
        takes_sms=point.takes_sms,
        takes_whatsapp=point.takes_whatsapp,
    )


async def _locked(tx: Tx, patient_id: int) -> list[ContactPoint]:
    """A patient's phones and emails, held so that two who change them at once both keep what they did."""
    if await store.lock_patient(tx, patient_id) is None:
        raise NoSuchPatient("There is no patient with this id.")
    return await contacts.contact_points(tx, patient_id=patient_id)


def _one_of(points: list[ContactPoint], contact_id: int) -> ContactPoint:
    found = next((one for one in points if one.id == contact_id), None)
    if found is None:
        raise NotFound(
            "The patient has no such phone or email any more.",
            next_step="Reload the page: somebody else may have changed it.",
        )
    return found


async def _form(
    tx: Tx, patient_id: int, values: dict[str, Any], *, point: ContactPoint | None, errors: dict[str, str]
) -> Template:
    base = f"/patients/{patient_id}/contact-points"
    context = {
        "patient": await registering.patient(tx, patient_id), "values": values, "point": point, "errors": errors,
        "kinds": KINDS, "action": f"{base}/{point.id}" if point else base,
    }  # fmt: skip
    return Template("patients/contact_form.html", context=context, status_code=422 if errors else 200)


@get(
    "/patients/{patient_id:int}/contact-points/new",
    guards=[requires(Permission.PATIENTS_EDIT)],
    include_in_schema=False,
)
async def new_contact_dialog(patient_id: FromPath[Id], tx: Transaction, kind: FromQuery[str] = "phone") -> Template:
    """The form for a further phone or email."""
    values = {"kind": kind, "value": "", "label": "", "takes_sms": True, "takes_whatsapp": True, "first": False}
    return await _form(tx, patient_id, values, point=None, errors={})


@get(
    "/patients/{patient_id:int}/contact-points/{contact_id:int}",
    guards=[requires(Permission.PATIENTS_EDIT)],
    include_in_schema=False,
)
async def contact_dialog(patient_id: FromPath[Id], contact_id: FromPath[Id], tx: Transaction) -> Template:
    """The form for a phone or email that there is."""
    found = _one_of(await contacts.contact_points(tx, patient_id=patient_id), contact_id)
    values = msgspec.structs.asdict(found) | {"first": found.position == 0}
    return await _form(tx, patient_id, values, point=found, errors={})


@post(
    "/patients/{patient_id:int}/contact-points",
    guards=[requires(Permission.PATIENTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def add_contact_by_form(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Adds a phone or email."""
    return await _save(request, tx, patient_id, None)


@post(
    "/patients/{patient_id:int}/contact-points/{contact_id:int}",
    guards=[requires(Permission.PATIENTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def change_contact_by_form(
    patient_id: FromPath[Id], contact_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Changes a phone or email: its label, what it takes, whether it is the first that is tried."""
    return await _save(request, tx, patient_id, contact_id)


async def _save(request: Person, tx: Tx, patient_id: int, contact_id: int | None) -> Template:
    fields = await fields_of(request)
    before = await _locked(tx, patient_id)
    point = None if contact_id is None else _one_of(before, contact_id)
    values: dict[str, Any] = {
        "kind": point.kind if point else fields.get("kind", "phone"), "value": fields.get("value", ""),
        "label": fields.get("label", ""), "takes_sms": "takes_sms" in fields,
        "takes_whatsapp": "takes_whatsapp" in fields,
    }  # fmt: skip
    if values["kind"] != "phone":  # what no form of an email asks
        values |= {"takes_sms": True, "takes_whatsapp": True}
    first = "first" in fields
    at = 0
    try:
        given = read_as(ContactPointGiven, values, _WORDS)
        others = [_given(one) for one in before if one.id != contact_id]
        at = 0 if first else len(others) if point is None else [one.id for one in before].index(point.id)
        async with tx.savepoint():
            points = [*others[:at], given, *others[at:]]
            await contacts.set_contact_points(tx, patient_id=patient_id, points=points, actor=request.user)
    except Wrong as wrong:
        return await _form(tx, patient_id, values | {"first": first}, point=point, errors=wrong.errors)
    except Problem as problem:
        # the verb points into its list: /contactPoints/2/value
        where = [error["pointer"].rpartition("/")[2] for error in problem.errors]
        field = where[0] if where and where[0] in ("value", "label") else ""
        words = f"{problem.detail} {problem.next_step or ''}".strip()
        return await _form(tx, patient_id, values | {"first": first}, point=point, errors={field: words})
    return _said("Saved" if point else "Added", given.value)


@post(
    "/patients/{patient_id:int}/contact-points/{contact_id:int}/first",
    guards=[requires(Permission.PATIENTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def make_contact_first(
    patient_id: FromPath[Id], contact_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Makes a phone or email the first that is tried."""
    before = await _locked(tx, patient_id)
    point = _one_of(before, contact_id)
    points = [_given(point), *(_given(one) for one in before if one.id != contact_id)]
    await contacts.set_contact_points(tx, patient_id=patient_id, points=points, actor=request.user)
    return _said("Tried first from now on", point.value)


@post(
    "/patients/{patient_id:int}/contact-points/{contact_id:int}/remove",
    guards=[requires(Permission.PATIENTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def remove_contact(
    patient_id: FromPath[Id], contact_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Takes a phone or email off the record."""
    before = await _locked(tx, patient_id)
    point = _one_of(before, contact_id)
    points = [_given(one) for one in before if one.id != contact_id]
    await contacts.set_contact_points(tx, patient_id=patient_id, points=points, actor=request.user)
    return _said("Removed", point.value)


async def _identifier_form(tx: Tx, patient_id: int, values: dict[str, str], errors: dict[str, str]) -> Template:
    patient = await registering.patient(tx, patient_id)
    context = {"patient": patient, "values": values, "errors": errors}
    return Template("patients/identifier_form.html", context=context, status_code=422 if errors else 200)


@get("/patients/{patient_id:int}/identifiers/new", guards=[requires(Permission.PATIENTS_EDIT)], include_in_schema=False)
async def new_identifier_dialog(patient_id: FromPath[Id], tx: Transaction) -> Template:
    """The form for a number that another system knows the patient by."""
    return await _identifier_form(tx, patient_id, {"system": "", "value": ""}, {})


@post(
    "/patients/{patient_id:int}/identifiers",
    guards=[requires(Permission.PATIENTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def add_identifier_by_form(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Adds it; who has it already is named."""
    fields = await fields_of(request)
    values = {name: fields.get(name, "") for name in ("system", "value")}
    try:
        new = read_as(NewIdentifier, values, _IDENTIFIER_WORDS)
        async with tx.savepoint():
            await contacts.add_identifier(tx, patient_id=patient_id, new=new, actor=request.user)
    except Wrong as wrong:
        return await _identifier_form(tx, patient_id, values, wrong.errors)
    except Problem as problem:
        return await _identifier_form(tx, patient_id, values, told(problem, ("system", "value")))
    return _said("Added", f"{new.system} {new.value}")


@post(
    "/patients/{patient_id:int}/identifiers/{identifier_id:int}/remove",
    guards=[requires(Permission.PATIENTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def remove_identifier_by_form(
    patient_id: FromPath[Id], identifier_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Takes it away."""
    await contacts.remove_identifier(tx, patient_id=patient_id, identifier_id=identifier_id, actor=request.user)
    return _said("Removed")


PAGES: list[Any] = [
    new_contact_dialog, contact_dialog, add_contact_by_form, change_contact_by_form, make_contact_first,
    remove_contact, new_identifier_dialog, add_identifier_by_form, remove_identifier_by_form,
]  # fmt: skip
