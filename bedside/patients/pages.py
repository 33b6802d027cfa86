"""Pages of patients: the list, the search of the command palette, registering, changing, consent."""

from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import hospitals
from bedside.follow_ups import tags, tags_of_many
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import languages
from bedside.patients import consenting, listing, registering, searching
from bedside.patients.model import ConsentGiven, Id, NewPatient, PatientChanges
from bedside.patients.pages_profile import PAGES as PROFILE

Person = Request[SignedIn, Any, Any]
SEXES = [("unknown", "Not known"), ("female", "Female"), ("male", "Male"), ("other", "Other")]
CHANNELS = [("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]
PURPOSES = [("transactional", "Visits and results"), ("marketing", "News and offers")]
_FIELDS = (
    "first_name", "last_name", "phone", "email", "date_of_birth", "sex", "language", "preferred_channel",
    "hospital_id", "address",
)  # fmt: skip
_WORDS = {
    "first_name": "Give a first name.",
    "last_name": "Give a last name.",
    "date_of_birth": "Give a date, such as 1984-05-17.",
    "email": "This cannot be an email address.",
}


@get("/patients", guards=[requires(Permission.PATIENTS_READ)], include_in_schema=False)
async def patients_page(
    request: Person,
    tx: Transaction,
    q: FromQuery[str] = "",
    tag: FromQuery[str] = "",
    language: FromQuery[str] = "",
    hospital: FromQuery[str] = "",
    archived: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Everybody the group knows, searched as one types, by name where nothing is typed."""
    searched = bool(q.strip())
    page = await listing.page(
        tx,
        q=q[:200],
        filters={
            "archived": archived == "yes",
            "hospital_id": number_in(hospital),
            "language": language[:35] or None,
            "tag": tag[:60] or None,
        },
        sort=None if searched else sort or None,
        cursor=None if searched else cursor,
        limit=50,
    )
    places = [(one.id, one.name) for one in await hospitals(tx)]
    context = {
        "patients": page.items, "next": page.next, "q": q, "tag": tag, "language": language, "hospital": hospital,
        "archived": archived, "sort": "" if searched else sort or "name", "query": request.url.query,
        "today": tx.now.date(), "place_names": dict(places), "places": places,
        "languages": languages(), "language_names": dict(languages()),
        "all_tags": [(one.name, one.name) for one in await tags(tx)],
        "tags": await tags_of_many(tx, subject="patient", ids=[one.id for one in page.items]),
        "may_edit": request.user.may(Permission.PATIENTS_EDIT),
        "may_book": request.user.may(Permission.APPOINTMENTS_BOOK),
    }  # fmt: skip
    return Template("patients/list.html", context=context)


@get("/patients/options", guards=[requires(Permission.PATIENTS_READ)], include_in_schema=False)
async def patient_options(tx: Transaction, q: FromQuery[str] = "") -> Template:
    """Patients to choose among, for forms."""
    return Template("patients/options.html", context={"patients": await searching.search(tx, text=q[:200], limit=8)})


@get("/search", guards=[requires(Permission.PATIENTS_READ)], include_in_schema=False)
async def palette_search(tx: Transaction, q: FromQuery[str] = "") -> Template:
    """What the command palette finds: patients."""
    return Template("patients/palette.html", context={"patients": await searching.search(tx, text=q[:200], limit=8)})


async def _form(tx: Tx, values: dict[str, Any], *, patient_id: int | None, errors: dict[str, str]) -> Template:
    context = {
        "values": dict.fromkeys((*_FIELDS, "version"), "") | values, "errors": errors, "sexes": SEXES,
        "languages": languages(), "channels": CHANNELS,
        "hospitals": [(one.id, one.name) for one in await hospitals(tx)], "patient_id": patient_id,
        "action": f"/patients/{patient_id}" if patient_id else "/patients",
    }  # fmt: skip
    return Template("patients/form.html", context=context, status_code=422 if errors else 200)


@get("/patients/new", guards=[requires(Permission.PATIENTS_EDIT)], include_in_schema=False)
async def new_patient_dialog(request: Person, tx: Transaction, name: FromQuery[str] = "") -> Template:
    """The form for somebody new; `name` fills in what was typed in a search."""
    first, _, last = name.strip()[:200].partition(" ")
    visitor = request.app.state.visitors.visitor_of(request)
    here = visitor.hospital.id if visitor and visitor.hospital else ""
    values = dict.fromkeys(_FIELDS, "") | {
        "first_name": first, "last_name": last, "sex": "unknown", "language": "en", "hospital_id": here,
    }  # fmt: skip
    return await _form(tx, values, patient_id=None, errors={})


@get("/patients/{patient_id:int}/edit", guards=[requires(Permission.PATIENTS_EDIT)], include_in_schema=False)
async def edit_patient_dialog(patient_id: FromPath[Id], tx: Transaction) -> Template:
    """The form for somebody known."""
    found = msgspec.structs.asdict(await registering.patient(tx, patient_id))
    values = {name: "" if found[name] is None else found[name] for name in (*_FIELDS, "version")}
    return await _form(tx, values, patient_id=patient_id, errors={})


def _given(fields: dict[str, str]) -> dict[str, Any]:
    """The form's fields as the structs take them: what is left empty is null, where it may be."""
    values: dict[str, Any] = {name: fields.get(name) or None for name in _FIELDS}
    values["hospital_id"] = number_in(fields.get("hospital_id"))
    return values | {
        "first_name": fields.get("first_name", ""),
        "last_name": fields.get("last_name", ""),
        "sex": fields.get("sex") or "unknown",
        "language": fields.get("language") or "en",
        "address": fields.get("address", ""),
    }


@post("/patients", guards=[requires(Permission.PATIENTS_EDIT)], status_code=200, include_in_schema=False)
async def register_by_form(request: Person, tx: Transaction) -> Template:
    """Registers somebody and opens their page, which says who may be the same person."""
    fields = await fields_of(request)
    try:
        new = read_as(NewPatient, _given(fields), _WORDS)
        async with tx.savepoint():
            made = await registering.register(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return await _form(tx, fields, patient_id=None, errors=wrong.errors)
    except Problem as problem:
        return await _form(tx, fields, patient_id=None, errors=told(problem, _FIELDS))
    alike = "".join(f"&alike={one.id}" for one in made.possible_duplicates)
    return _said(f"{made.name} is registered", "", redirect=f"/patients/{made.id}?new=yes{alike}")


@post(
    "/patients/{patient_id:int}", guards=[requires(Permission.PATIENTS_EDIT)], status_code=200, include_in_schema=False
)
async def change_by_form(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Changes somebody's record."""
    fields = await fields_of(request)
    version = number_in(fields.get("version"))
    try:
        changes = read_as(PatientChanges, _given(fields), _WORDS)
        async with tx.savepoint():
            await registering.change(
                tx, patient_id=patient_id, changes=changes, actor=request.user, expected_version=version
            )
    except Wrong as wrong:
        return await _form(tx, fields, patient_id=patient_id, errors=wrong.errors)
    except Problem as problem:
        return await _form(tx, fields, patient_id=patient_id, errors=told(problem, _FIELDS))
    return _said("Saved", "The record is changed.", redirect=f"/patients/{patient_id}")


@post(
    "/patients/{patient_id:int}/archive",
    guards=[requires(Permission.PATIENTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def archive_by_form(
    patient_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    back: Annotated[str, QueryParameter(description="yes: out of the archive")] = "",
) -> Template:
    """Puts a record away, or brings it back."""
    changes = PatientChanges(archived=back != "yes")
    await registering.change(tx, patient_id=patient_id, changes=changes, actor=request.user)
    return _said("Restored" if back == "yes" else "Archived", "", redirect=f"/patients/{patient_id}")


@get("/patients/{patient_id:int}/consents/new", guards=[requires(Permission.PATIENTS_EDIT)], include_in_schema=False)
async def consent_dialog(
    patient_id: FromPath[Id], tx: Transaction, channel: FromQuery[str] = "sms", purpose: FromQuery[str] = "marketing"
) -> Template:
    """What the patient says about a channel and purpose, above what they said before."""
    values = {"channel": channel, "purpose": purpose, "granted": "", "how": "", "words": ""}
    return await _consent_form(tx, patient_id, values, {})


async def _consent_form(tx: Tx, patient_id: int, values: dict[str, Any], errors: dict[str, str]) -> Template:
    context = {
        "patient": await registering.patient(tx, patient_id), "values": values, "errors": errors,
        "channels": CHANNELS, "purposes": PURPOSES, "purpose_names": dict(PURPOSES),
        "history": await consenting.consents(tx, patient_id=patient_id),
    }  # fmt: skip
    return Template("patients/consent_form.html", context=context, status_code=422 if errors else 200)


@post(
    "/patients/{patient_id:int}/consents",
    guards=[requires(Permission.PATIENTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def consent_by_form(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Keeps it."""
    fields = await fields_of(request)
    values = {name: fields.get(name, "") for name in ("channel", "purpose", "granted", "how", "words")}
    given = values | {"granted": {"yes": True, "no": False}.get(values["granted"])}
    try:
        said = read_as(ConsentGiven, given, {"granted": "Say yes or no.", "how": "Say how they told it."})
        async with tx.savepoint():
            await consenting.record_consents(tx, patient_id=patient_id, given=[said], actor=request.user)
    except Wrong as wrong:
        return await _consent_form(tx, patient_id, values, wrong.errors)
    except Problem as problem:
        return await _consent_form(tx, patient_id, values, told(problem, ("how", "words")))
    return _said("Kept", "It holds from now on, and nothing before it is lost.")


def _said(title: str, text: str, *, redirect: str = "") -> Template:
    headers = {"HX-Redirect": redirect} if redirect else {"HX-Trigger": '{"dialog:close": {}, "patient": {}}'}
    return Template("patients/said.html", context={"title": title, "text": text}, headers=headers)


PAGES: list[Any] = [
    patients_page, patient_options, palette_search, new_patient_dialog, edit_patient_dialog, register_by_form,
    change_by_form, archive_by_form, consent_dialog, consent_by_form, *PROFILE,
]  # fmt: skip
