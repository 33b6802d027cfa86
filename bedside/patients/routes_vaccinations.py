"""REST of immunization schedules: vaccines, a patient's doses, what is overdue."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.database import Database
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import TableKind, every, table
from bedside.kit.http.transaction import Transaction
from bedside.patients import store_vaccinations, vaccinating
from bedside.patients.model import Id
from bedside.patients.store_vaccinations import OVERDUE, Listed
from bedside.patients.vaccination_model import (
    DoseGiven,
    NewSchedule,
    Overdue,
    Vaccination,
    VaccinationChanges,
    Vaccine,
)

Person = Request[SignedIn, Any, Any]
TAGS = ["Vaccinations"]
READ, EDIT = [requires(Permission.PATIENTS_READ)], [requires(Permission.VACCINATIONS_EDIT)]
HospitalId = Annotated[Id | None, QueryParameter(name="hospitalId", description="Where the patient is at home.")]
Code = Annotated[str | None, QueryParameter(name="vaccine", max_length=40, description="A vaccine's code.")]
Days = Annotated[
    int | None, QueryParameter(name="overdueByDays", ge=1, le=36_500, description="Overdue by so many days or more.")
]
Sort = Annotated[
    str | None, QueryParameter(name="sort", description="due, name or vaccine; with - before it, descending.")
]
COLUMNS = ("Patient", "Record", "Phone", "Vaccine", "Dose", "Due on", "Days overdue")


def overdue_filters(*, hospital_id: int | None, vaccine: str | None, days: int | None) -> dict[str, Any]:
    """What the list of overdue doses is filtered by."""
    return {"hospital_id": hospital_id, "vaccine": (vaccine and vaccine.replace("\0", "")) or None, "days": days}


@get("/api/vaccines", guards=[requires(Permission.DIRECTORY_READ)], tags=TAGS, summary="Vaccines")
async def list_vaccines(tx: Transaction) -> Page[Vaccine]:
    """The vaccines that the group gives, by name, with the intervals of their doses. In one page."""
    return Page(items=await store_vaccinations.vaccines(tx))


@post("/api/vaccines", guards=EDIT, tags=TAGS, summary="Add a vaccine")
async def add_vaccine(data: JSONBody[Vaccine], request: Person, tx: Transaction) -> Response[Vaccine]:
    """Adds a vaccine to the list. Its code never changes: rules of campaigns name it by that. 409 where one has the
    code or the name."""
    return await once(request, tx, vaccinating.add_vaccine(tx, new=data, actor=request.user))


@get("/api/patients/{patient_id:int}/vaccinations", guards=READ, tags=TAGS, summary="A patient's vaccinations")
async def list_vaccinations(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Page[Vaccination]:
    """Every dose in one page: what is still to come, the soonest first, then what was given, the latest first. That it
    was read is an audit fact."""
    found = await vaccinating.read_vaccinations(tx, patient_id=patient_id, actor=request.user)
    return Page(items=found)


@post("/api/patients/{patient_id:int}/vaccinations", guards=EDIT, tags=TAGS, summary="Plan a vaccine's doses")
async def plan_vaccinations(
    patient_id: FromPath[Id], data: JSONBody[NewSchedule], request: Person, tx: Transaction
) -> Response[Page[Vaccination]]:
    """Plans the doses of a vaccine that the patient lacks, from the first due day on by the vaccine's intervals. 409
    with `vaccinationId` where doses of it are planned already."""
    work = vaccinating.plan(tx, patient_id=patient_id, new=data, actor=request.user)
    return await once(request, tx, work, show=lambda made: Page(items=made))


@patch(
    "/api/patients/{patient_id:int}/vaccinations/{vaccination_id:int}",
    guards=EDIT,
    tags=TAGS,
    summary="Change a vaccination",
)
async def change_vaccination(
    patient_id: FromPath[Id],
    vaccination_id: FromPath[Id],
    data: JSONBody[VaccinationChanges],
    request: Person,
    tx: Transaction,
) -> Response[Vaccination]:
    """Changes what the body names. `givenOn` null takes back that it was given, and the dose that giving it made due,
    where nobody has touched that. 412 where somebody else changed it since (`If-Match`)."""
    return _answer(
        await vaccinating.change(
            tx,
            patient_id=patient_id,
            vaccination_id=vaccination_id,
            changes=data,
            actor=request.user,
            expected_version=expected_version(request),
        )
    )


@post(
    "/api/patients/{patient_id:int}/vaccinations/{vaccination_id:int}/given",
    guards=EDIT,
    tags=TAGS,
    summary="Record a dose as given",
    status_code=200,
)
async def give_vaccination(
    patient_id: FromPath[Id],
    vaccination_id: FromPath[Id],
    data: JSONBody[DoseGiven],
    request: Person,
    tx: Transaction,
) -> Response[Vaccination]:
    """Records it, today where no day is said; before it is due is fine, in the future is not. A vaccine that repeats is
    due again from that day, and doses that follow come no earlier than their interval after it. 409 where it was given
    already."""
    work = vaccinating.record_given(
        tx,
        patient_id=patient_id,
        vaccination_id=vaccination_id,
        dose=data,
        actor=request.user,
        expected_version=expected_version(request),
    )
    return await once(request, tx, work, status=200, headers=lambda done: {"ETag": etag(done.version)})


@delete(
    "/api/patients/{patient_id:int}/vaccinations/{vaccination_id:int}",
    guards=EDIT,
    tags=TAGS,
    summary="Remove a vaccination",
)
async def remove_vaccination(
    patient_id: FromPath[Id], vaccination_id: FromPath[Id], request: Person, tx: Transaction
) -> None:
    """Takes a dose out of the schedule. The audit log keeps what it was."""
    await vaccinating.remove(tx, patient_id=patient_id, vaccination_id=vaccination_id, actor=request.user)


@get("/api/vaccinations/overdue", guards=READ, tags=TAGS, summary="Overdue vaccinations")
async def list_overdue(
    tx: Transaction,
    hospital_id: HospitalId = None,
    vaccine: Code = None,
    overdue_by_days: Days = None,
    sort: Sort = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[Overdue]:
    """Doses that should have been given and were not, of patients who are not archived, the longest overdue first."""
    filters = overdue_filters(hospital_id=hospital_id, vaccine=vaccine, days=overdue_by_days)
    page = await OVERDUE.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)
    items = [Overdue(**{name: getattr(one, name) for name in Overdue.__struct_fields__}) for one in page.items]
    return Page(items=items, next=page.next)


@get(
    "/api/vaccinations/overdue/export",
    guards=READ,
    tags=TAGS,
    summary="Overdue vaccinations as a table",
    media_type="text/csv",
)
async def export_overdue(
    request: Person,
    tx: Transaction,
    hospital_id: HospitalId = None,
    vaccine: Code = None,
    overdue_by_days: Days = None,
    sort: Sort = None,
    kind: Annotated[TableKind, QueryParameter(name="format", description="csv or xlsx")] = "csv",
) -> Stream:
    """Every line that the same filters leave, as CSV in UTF-8 or as a workbook. The export is an audit fact."""
    filters = overdue_filters(hospital_id=hospital_id, vaccine=vaccine, days=overdue_by_days)
    await audit(tx, actor=request.user, action="vaccinations.exported", subject="vaccinations", after=filters)
    database: Database = request.app.state.database
    rows = every(database, OVERDUE, filters=filters, sort=sort, row=_row)
    return await table(kind, COLUMNS, rows, name="overdue-vaccinations")


def _row(one: Listed) -> tuple[Any, ...]:
    due = one.due_on.isoformat()
    return (one.patient_name, one.record_number, one.phone, one.vaccine_name, one.dose, due, one.days_overdue)


def _answer(one: Vaccination) -> Response[Vaccination]:
    return Response(one, headers={"ETag": etag(one.version)})


VACCINATION_ROUTES: list[Any] = [
    list_vaccines, add_vaccine, list_vaccinations, plan_vaccinations, change_vaccination, give_vaccination,
    remove_vaccination, list_overdue, export_overdue,
]  # fmt: skip
