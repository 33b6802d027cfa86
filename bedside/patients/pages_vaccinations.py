"""Pages of immunization schedules: a patient's panel with its dialogs, what is overdue, and the list of vaccines."""

import json
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.patients import registering, store_vaccinations, vaccinating
from bedside.patients.model import Id
from bedside.patients.routes_vaccinations import overdue_filters
from bedside.patients.vaccination_model import DoseGiven, NewSchedule, Vaccination, VaccinationChanges, Vaccine

Person = Request[SignedIn, Any, Any]
READ, EDIT = [requires(Permission.PATIENTS_READ)], [requires(Permission.VACCINATIONS_EDIT)]
LATE = [(30, "A month or more"), (90, "Three months or more"), (365, "A year or more")]
_PLAN = ("vaccine", "first_due_on", "hospital_id", "note")
_DOSE = ("due_on", "given_on", "hospital_id", "lot_number", "note")
_WORDS = {
    "vaccine": "Choose a vaccine.",
    "first_due_on": "Give a day.",
    "due_on": "Give a day.",
    "given_on": "Give a day.",
    "lot_number": "60 letters at most.",
    "note": "1,000 letters at most.",
    "name": "Give a name, 80 letters at most.",
    "code": "Small letters, digits and _, beginning with a letter.",
    "intervals": "Give days from dose to dose, such as 28, 154: each from 1 to 3,660, at most eleven of them.",
    "repeat_months": "Give a number of months from 1 to 600.",
}


@get("/panels/patients/{patient_id:int}/vaccinations", guards=READ, include_in_schema=False)
async def vaccinations_panel(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """What is still to come, and what was given."""
    found = await vaccinating.read_vaccinations(tx, patient_id=patient_id, actor=request.user)
    context = {
        "vaccinations": found, "patient_id": patient_id, "today": tx.now.date(),
        "place_names": {one.id: one.name for one in await hospitals(tx)},
        "may_edit": request.user.may(Permission.VACCINATIONS_EDIT),
    }  # fmt: skip
    return Template("patients/vaccinations.html", context=context)


@get("/patients/{patient_id:int}/vaccinations/new", guards=EDIT, include_in_schema=False)
async def plan_dialog(patient_id: FromPath[Id], tx: Transaction) -> Template:
    """The form to plan a vaccine's doses."""
    patient = await registering.patient(tx, patient_id)
    values = {
        "vaccine": "", "first_due_on": tx.now.date().isoformat(), "hospital_id": patient.hospital_id or "", "note": "",
    }  # fmt: skip
    return await _plan_form(tx, patient_id, values, {})


async def _plan_form(tx: Tx, patient_id: int, values: dict[str, Any], errors: dict[str, str]) -> Template:
    context = {
        "patient": await registering.patient(tx, patient_id), "values": values, "errors": errors,
        "vaccines": [(one.code, f"{one.name}: {one.rhythm}") for one in await store_vaccinations.vaccines(tx)],
        "places": [(one.id, one.name) for one in await hospitals(tx)],
    }  # fmt: skip
    return Template("patients/vaccination_plan.html", context=context, status_code=422 if errors else 200)


@post("/patients/{patient_id:int}/vaccinations", guards=EDIT, status_code=200, include_in_schema=False)
async def plan_by_form(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Plans them."""
    fields = await fields_of(request)
    values = {name: fields.get(name, "") for name in _PLAN}
    try:
        new = read_as(NewSchedule, values | {"hospital_id": number_in(values["hospital_id"])}, _WORDS)
        async with tx.savepoint():
            made = await vaccinating.plan(tx, patient_id=patient_id, new=new, actor=request.user)
    except Wrong as wrong:
        return await _plan_form(tx, patient_id, values, wrong.errors)
    except Problem as problem:
        return await _plan_form(tx, patient_id, values, told(problem, _PLAN))
    return _said("Planned", f"{made[0].vaccine_name}: {len(made)} {'dose' if len(made) == 1 else 'doses'}.")


async def _dose_form(
    tx: Tx, one: Vaccination, values: dict[str, Any], errors: dict[str, str], *, giving: bool
) -> Template:
    context = {
        "one": one, "patient": await registering.patient(tx, one.patient_id), "values": values, "errors": errors,
        "giving": giving,
        "places": [(place.id, place.name) for place in await hospitals(tx)],
    }  # fmt: skip
    return Template("patients/vaccination_dose.html", context=context, status_code=422 if errors else 200)


async def _values(tx: Tx, one: Vaccination, *, giving: bool) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(one, name) if getattr(one, name) is not None else "" for name in _DOSE}
    if giving:
        patient = await registering.patient(tx, one.patient_id)
        place = one.hospital_id or patient.hospital_id
        values |= {"given_on": await vaccinating.today_at(tx, place), "hospital_id": place or ""}
    return values | {"version": one.version}


@get("/patients/{patient_id:int}/vaccinations/{vaccination_id:int}/given", guards=EDIT, include_in_schema=False)
async def given_dialog(patient_id: FromPath[Id], vaccination_id: FromPath[Id], tx: Transaction) -> Template:
    """The form to record a dose as given."""
    one = await vaccinating.vaccination(tx, patient_id=patient_id, vaccination_id=vaccination_id)
    return await _dose_form(tx, one, await _values(tx, one, giving=True), {}, giving=True)


@get("/patients/{patient_id:int}/vaccinations/{vaccination_id:int}", guards=EDIT, include_in_schema=False)
async def dose_dialog(patient_id: FromPath[Id], vaccination_id: FromPath[Id], tx: Transaction) -> Template:
    """The form to change a dose."""
    one = await vaccinating.vaccination(tx, patient_id=patient_id, vaccination_id=vaccination_id)
    return await _dose_form(tx, one, await _values(tx, one, giving=False), {}, giving=False)


@post(
    "/patients/{patient_id:int}/vaccinations/{vaccination_id:int}/given",
    guards=EDIT,
    status_code=200,
    include_in_schema=False,
)
async def given_by_form(
    patient_id: FromPath[Id], vaccination_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Records it."""
    return await _save(request, tx, patient_id, vaccination_id, giving=True)


@post(
    "/patients/{patient_id:int}/vaccinations/{vaccination_id:int}",
    guards=EDIT,
    status_code=200,
    include_in_schema=False,
)
async def change_by_form(
    patient_id: FromPath[Id], vaccination_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Changes a dose."""
    return await _save(request, tx, patient_id, vaccination_id, giving=False)


async def _save(request: Person, tx: Tx, patient_id: int, vaccination_id: int, *, giving: bool) -> Template:
    one = await vaccinating.vaccination(tx, patient_id=patient_id, vaccination_id=vaccination_id)
    fields = await fields_of(request)
    values = {name: fields.get(name, "") for name in (*_DOSE, "version")}
    given: dict[str, Any] = {name: values[name] for name in ("lot_number", "note")}
    given |= {"hospital_id": number_in(values["hospital_id"]), "given_on": values["given_on"] or None}
    which: dict[str, Any] = {
        "patient_id": patient_id, "vaccination_id": vaccination_id, "actor": request.user,
        "expected_version": number_in(values["version"]),
    }  # fmt: skip
    try:
        async with tx.savepoint():
            if giving:
                await vaccinating.record_given(tx, dose=read_as(DoseGiven, given, _WORDS), **which)
            else:
                changes = read_as(VaccinationChanges, given | {"due_on": values["due_on"]}, _WORDS)
                await vaccinating.change(tx, changes=changes, **which)
    except Wrong as wrong:
        return await _dose_form(tx, one, values, wrong.errors, giving=giving)
    except Problem as problem:
        return await _dose_form(tx, one, values, told(problem, _DOSE), giving=giving)
    back = f"/patients/{patient_id}/vaccinations/{vaccination_id}/not-given" if giving else ""
    return _said("Given" if giving else "Saved", one.label, undo=back)


@post(
    "/patients/{patient_id:int}/vaccinations/{vaccination_id:int}/not-given",
    guards=EDIT,
    status_code=200,
    include_in_schema=False,
)
async def not_given(
    patient_id: FromPath[Id], vaccination_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Takes back that a dose was given."""
    changes = VaccinationChanges(given_on=None)
    one = await vaccinating.change(
        tx, patient_id=patient_id, vaccination_id=vaccination_id, changes=changes, actor=request.user
    )
    return _said("Not given", one.label)


@post(
    "/patients/{patient_id:int}/vaccinations/{vaccination_id:int}/remove",
    guards=EDIT,
    status_code=200,
    include_in_schema=False,
)
async def remove_by_form(
    patient_id: FromPath[Id], vaccination_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Takes a dose out of the schedule."""
    gone = await vaccinating.remove(tx, patient_id=patient_id, vaccination_id=vaccination_id, actor=request.user)
    return _said("Removed", gone.label)


@get("/vaccinations", guards=READ, include_in_schema=False)
async def overdue_page(
    request: Person,
    tx: Transaction,
    hospital: FromQuery[str] = "",
    vaccine: FromQuery[str] = "",
    days: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Who lacks a vaccination that was due, the longest overdue first."""
    filters = overdue_filters(
        hospital_id=number_in(hospital), vaccine=vaccine[:40] or None, days=number_in(days[:5]) or None
    )
    page = await store_vaccinations.OVERDUE.page(tx, filters=filters, sort=sort or None, cursor=cursor, limit=50)
    places = [(one.id, one.name) for one in await hospitals(tx)]
    context = {
        "overdue": page.items, "next": page.next, "hospital": hospital, "vaccine": vaccine, "days": days,
        "sort": sort or "due", "query": request.url.query, "places": places, "place_names": dict(places),
        "vaccines": [(one.code, one.name) for one in await store_vaccinations.vaccines(tx)], "late": LATE,
        "filtered": any(filters.values()), "audience": _audience(filters),
        "may_edit": request.user.may(Permission.VACCINATIONS_EDIT),
        "may_make_audiences": request.user.may(Permission.CAMPAIGNS_EDIT),
    }  # fmt: skip
    return Template("patients/overdue.html", context=context)


def _audience(filters: dict[str, Any]) -> str:
    """The rule that names whom these filters leave, as the builder of audiences takes it in its address."""
    late = {"days": filters["days"] or 1, "of": [filters["vaccine"]] if filters["vaccine"] else []}
    rules: list[dict[str, Any]] = [{"field": "vaccination_due", "operator": "overdue_by_days", "value": late}]
    if filters["hospital_id"]:
        rules.append({"field": "hospital", "operator": "is_one_of", "value": [filters["hospital_id"]]})
    return json.dumps({"match": "all", "rules": rules})


@get("/vaccines", guards=READ, include_in_schema=False)
async def vaccines_dialog(request: Person, tx: Transaction) -> Template:
    """The vaccines there are, and a form for one more."""
    return await _vaccines_form(request, tx, {}, {})


async def _vaccines_form(request: Person, tx: Tx, values: dict[str, str], errors: dict[str, str]) -> Template:
    context = {
        "vaccines": await store_vaccinations.vaccines(tx), "errors": errors,
        "values": dict.fromkeys(("name", "code", "intervals", "repeat_months"), "") | values,
        "may_edit": request.user.may(Permission.VACCINATIONS_EDIT),
    }  # fmt: skip
    return Template("patients/vaccines.html", context=context, status_code=422 if errors else 200)


@post("/vaccines", guards=EDIT, status_code=200, include_in_schema=False)
async def add_vaccine_by_form(request: Person, tx: Transaction) -> Template:
    """Adds a vaccine."""
    fields = await fields_of(request)
    names = ("name", "code", "intervals", "repeat_months")
    values = {name: fields.get(name, "") for name in names}
    days = [number_in(one.strip()) for one in values["intervals"].split(",") if one.strip()]
    months = number_in(values["repeat_months"])
    given = values | {"intervals": days, "repeat_months": months if values["repeat_months"] else None}
    try:
        if values["repeat_months"] and months is None:
            raise Wrong({"repeat_months": _WORDS["repeat_months"]})
        new = read_as(Vaccine, given, _WORDS)
        async with tx.savepoint():
            made = await vaccinating.add_vaccine(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return await _vaccines_form(request, tx, values, wrong.errors)
    except Problem as problem:
        return await _vaccines_form(request, tx, values, told(problem, names))
    return _said("Added", f"{made.name}: {made.rhythm}.")


def _said(title: str, text: str, *, undo: str = "") -> Template:
    headers = {"HX-Trigger": msgspec.json.encode({"dialog:close": {}, "vaccination": {}}).decode()}
    return Template("patients/said.html", context={"title": title, "text": text, "undo": undo}, headers=headers)


VACCINATION_PAGES: list[Any] = [
    vaccinations_panel, plan_dialog, plan_by_form, given_dialog, given_by_form, dose_dialog, change_by_form, not_given,
    remove_by_form, overdue_page, vaccines_dialog, add_vaccine_by_form,
]  # fmt: skip
