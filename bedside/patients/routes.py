"""REST of patients: list and search, one profile, registering, changing, consent, contacts, identifiers, export."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, audit, audit_reading, requires
from bedside.kit.database import Database
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire
from bedside.patients import consenting, contacts, exporting, listing, registering, searching
from bedside.patients.model import (
    Consent,
    ConsentGiven,
    ContactPoint,
    ContactPointGiven,
    Id,
    Identifier,
    NewIdentifier,
    NewPatient,
    Patient,
    PatientChanges,
    Profile,
    Registered,
)

Person = Request[SignedIn, Any, Any]
TAGS = ["Patients"]
Search = Annotated[
    str | None,
    QueryParameter(
        max_length=200,
        description="A name, misspelt too; the beginning of a phone, or its last four digits or more; a record's "
        "number, an identifier, the beginning of an email.",
    ),
]
Language = Annotated[str | None, QueryParameter(max_length=35)]
HospitalId = Annotated[Id | None, QueryParameter(name="hospitalId")]
TagName = Annotated[str | None, QueryParameter(max_length=60, description="The name of a tag.")]
Archived = Annotated[bool | None, QueryParameter(description="True: archived ones only.")]


class ContactPoints(Wire, kw_only=True):
    """A patient's phones and emails, in the order they are tried in."""

    contact_points: Annotated[list[ContactPoint], Meta(max_length=20)]


class ContactPointsGiven(Wire, kw_only=True):
    """The phones and emails that a patient has from now on, in the order they are tried in."""

    contact_points: Annotated[list[ContactPointGiven], Meta(max_length=20)]


class History(Wire, kw_only=True):
    """The history of consent, newest first; the newest for a channel and purpose is in force."""

    items: list[Consent]


def _answer(one: Patient) -> Response[Any]:
    return Response(one, headers={"ETag": etag(one.version)})


@get("/api/patients", guards=[requires(Permission.PATIENTS_READ)], tags=TAGS, summary="List or search patients")
async def list_patients(
    tx: Transaction,
    q: Search = None,
    hospital_id: HospitalId = None,
    language: Language = None,
    tag: TagName = None,
    archived: Archived = False,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Patient]:
    """Patients by `sort` (name, created, id; `-` before it for descending). With `q`, those whom it may mean, the
    likeliest first, in one page."""
    return await listing.page(
        tx,
        q=q,
        filters={"hospital_id": hospital_id, "language": language, "tag": tag, "archived": archived},
        sort=sort,
        cursor=cursor,
        limit=limit,
    )


@get(
    "/api/patients/export",
    guards=[requires(Permission.PATIENTS_READ)],
    tags=TAGS,
    summary="Patients as a table",
    media_type="text/csv",
)
async def export_patients(
    request: Person,
    tx: Transaction,
    q: Search = None,
    hospital_id: HospitalId = None,
    language: Language = None,
    tag: TagName = None,
    archived: Archived = False,
) -> Stream:
    """The same filters as the list, every row, as CSV in UTF-8. Cells that a spreadsheet would compute are quoted.
    The export is an audit fact."""
    filters: dict[str, Any] = {"hospital_id": hospital_id, "language": language, "tag": tag, "archived": archived}
    ids = [one.id for one in await searching.search(tx, text=q, limit=1000, **filters)] if q else None
    await audit(tx, actor=request.user, action="patients.exported", subject="patients", after={"q": q, **filters})
    database: Database = request.app.state.database
    return Stream(
        exporting.csv_lines(database, ids=ids, filters=filters),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="patients.csv"'},
    )


@post("/api/patients", guards=[requires(Permission.PATIENTS_EDIT)], tags=TAGS, summary="Register a patient")
async def register_patient(data: JSONBody[NewPatient], request: Person, tx: Transaction) -> Response[Registered]:
    """Registers a patient. `possibleDuplicates` in the answer are people who may be the same: a warning, not a refusal.
    422 for a phone or email that cannot be, and for a birth date in the future or before 1880."""
    return await once(
        request,
        tx,
        registering.register(tx, new=data, actor=request.user),
        headers=lambda made: {"ETag": etag(made.version), "Location": f"/api/patients/{made.id}"},
    )


@get("/api/patients/{patient_id:int}", guards=[requires(Permission.PATIENTS_READ)], tags=TAGS, summary="One patient")
async def show_patient(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Response[Profile]:
    """A patient's whole profile: contact points, identifiers, consents in force. That it was read is an audit fact."""
    return _answer(await registering.read_profile(tx, patient_id=patient_id, actor=request.user))


@patch(
    "/api/patients/{patient_id:int}", guards=[requires(Permission.PATIENTS_EDIT)], tags=TAGS, summary="Change a patient"
)
async def change_patient(
    patient_id: FromPath[Id], data: JSONBody[PatientChanges], request: Person, tx: Transaction
) -> Response[Patient]:
    """Changes what the body names. `phone` and `email` are the first of each; null takes the first away. `archived`
    true puts the record away, false brings it back. 412 where somebody else changed it since (`If-Match`)."""
    return _answer(
        await registering.change(
            tx, patient_id=patient_id, changes=data, actor=request.user, expected_version=expected_version(request)
        )
    )


@get(
    "/api/patients/{patient_id:int}/consents",
    guards=[requires(Permission.PATIENTS_READ)],
    tags=TAGS,
    summary="History of consent",
)
async def list_consents(patient_id: FromPath[Id], request: Person, tx: Transaction) -> History:
    """Every word the patient gave about being written to, newest first."""
    await registering.patient(tx, patient_id)
    await audit_reading(tx, actor=request.user, patient_id=patient_id)
    return History(items=await consenting.consents(tx, patient_id=patient_id))


@post(
    "/api/patients/{patient_id:int}/consents",
    guards=[requires(Permission.PATIENTS_EDIT)],
    tags=TAGS,
    summary="Record consent or refusal",
)
async def record_consent(
    patient_id: FromPath[Id], data: JSONBody[ConsentGiven], request: Person, tx: Transaction
) -> Response[Consent]:
    """Keeps what the patient said about a channel and purpose, how and in which words. Nothing before it is lost."""
    work = consenting.record_consent(
        tx,
        patient_id=patient_id,
        channel=data.channel,
        purpose=data.purpose,
        granted=data.granted,
        how=data.how,
        words=data.words,
        actor=request.user,
    )
    return await once(request, tx, work)


@get(
    "/api/patients/{patient_id:int}/contact-points",
    guards=[requires(Permission.PATIENTS_READ)],
    tags=TAGS,
    summary="Phones and emails",
)
async def list_contact_points(patient_id: FromPath[Id], request: Person, tx: Transaction) -> ContactPoints:
    """A patient's phones and emails, in the order they are tried in."""
    await registering.patient(tx, patient_id)
    await audit_reading(tx, actor=request.user, patient_id=patient_id)
    return ContactPoints(contact_points=await contacts.contact_points(tx, patient_id=patient_id))


@put(
    "/api/patients/{patient_id:int}/contact-points",
    guards=[requires(Permission.PATIENTS_EDIT)],
    tags=TAGS,
    summary="Set phones and emails",
)
async def set_contact_points(
    patient_id: FromPath[Id], data: JSONBody[ContactPointsGiven], request: Person, tx: Transaction
) -> ContactPoints:
    """Makes these the patient's phones and emails, in this order. 422 with a pointer to the first that cannot be."""
    kept = await contacts.set_contact_points(tx, patient_id=patient_id, points=data.contact_points, actor=request.user)
    return ContactPoints(contact_points=kept)


@post(
    "/api/patients/{patient_id:int}/identifiers",
    guards=[requires(Permission.PATIENTS_EDIT)],
    tags=TAGS,
    summary="Add an identifier",
)
async def add_identifier(
    patient_id: FromPath[Id], data: JSONBody[NewIdentifier], request: Person, tx: Transaction
) -> Response[Identifier]:
    """Adds a number that another system knows the patient by. 409 where it is somebody's already; `patientId` says
    whose."""
    return await once(request, tx, contacts.add_identifier(tx, patient_id=patient_id, new=data, actor=request.user))


@delete(
    "/api/patients/{patient_id:int}/identifiers/{identifier_id:int}",
    guards=[requires(Permission.PATIENTS_EDIT)],
    tags=TAGS,
    summary="Remove an identifier",
)
async def remove_identifier(
    patient_id: FromPath[Id], identifier_id: FromPath[Id], request: Person, tx: Transaction
) -> None:
    """Takes an identifier away. 404 where the patient has none with this id."""
    await contacts.remove_identifier(tx, patient_id=patient_id, identifier_id=identifier_id, actor=request.user)


ROUTES: list[Any] = [
    list_patients, export_patients, register_patient, show_patient, change_patient, list_consents, record_consent,
    list_contact_points, set_contact_points, add_identifier, remove_identifier,
]  # fmt: skip
