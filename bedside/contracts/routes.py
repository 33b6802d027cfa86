"""REST of contracts with owners: the list of all, one owner's, one of them, and what happens to it."""

from datetime import date
from typing import Annotated, Any, Literal

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.contracts import changing, drafting, exporting, reading
from bedside.contracts.model import (
    Contract,
    ContractChanges,
    ContractDetails,
    ContractStatus,
    NewContract,
    NewTerm,
    Termination,
)
from bedside.contracts.routes_documents import DOCUMENT_ROUTES
from bedside.contracts.routes_versions import VERSION_ROUTES
from bedside.contracts.terms import Id
from bedside.directory import hospital
from bedside.kit.database import Database, Tx
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Invalid
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction
from bedside.owners import seen_owner

Person = Request[SignedIn, Any, Any]
TAGS = ["Contracts"]
HospitalId = Annotated[Id | None, QueryParameter(name="hospitalId")]
OwnerId = Annotated[Id | None, QueryParameter(name="ownerId", description="Contracts that this owner is party to.")]
Status = Annotated[Literal["pending", "active", "expired", "terminated"] | None, QueryParameter()]
EndsBefore = Annotated[
    str | None,
    QueryParameter(name="endsBefore", max_length=10, description="YYYY-MM-DD: those whose last day is before it."),
]
Search = Annotated[
    str | None, QueryParameter(max_length=200, description="A part of the title or the owner's name, or the number.")
]
Archived = Annotated[bool | None, QueryParameter(description="True: only those put away before anybody signed them.")]


def day_of(text: str | None, pointer: str) -> date | None:
    """A day from a query. Raises Invalid (422)."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or len(text) != 10:
        raise Invalid("This is no day.", pointer=pointer, next_step="Write it as 2027-03-01.")
    return day


def filters_of(
    *,
    hospital_id: int | None = None,
    owner_id: int | None = None,
    status: str | None = None,
    ends_before: date | None = None,
    archived: bool | None = False,
    q: str | None = None,
) -> dict[str, Any]:
    """The filters of the list by name; None does not count."""
    return {
        "hospital_id": hospital_id, "owner_id": owner_id, "status": status and ContractStatus(status).value,
        "ends_before": ends_before, "archived": archived, "q": q.strip() if q and q.strip() else None,
    }  # fmt: skip


def answer(one: Contract) -> Response[Any]:
    """A contract with its ETag."""
    return Response(one, headers={"ETag": etag(one.version)})


async def detailed(tx: Tx, one: Contract, user: SignedIn) -> ContractDetails:
    """A contract with its versions and signatures, as the user may see them."""
    place = await hospital(tx, one.hospital_id)
    return await reading.details(tx, contract=one, today=tx.now.astimezone(place.zone).date(), user=user)


@get("/api/contracts", guards=[requires(Permission.CONTRACTS_READ)], tags=TAGS, summary="List contracts")
async def list_contracts(
    request: Person,
    tx: Transaction,
    hospital_id: HospitalId = None,
    owner_id: OwnerId = None,
    status: Status = None,
    ends_before: EndsBefore = None,
    q: Search = None,
    archived: Archived = False,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Contract]:
    """Contracts of your hospitals by `sort` (number, title, owner, startsOn, endsOn; `-` before it for descending)."""
    filters = filters_of(
        hospital_id=hospital_id, owner_id=owner_id, status=status, ends_before=day_of(ends_before, "/endsBefore"),
        archived=archived, q=q,
    )  # fmt: skip
    return await reading.page(tx, user=request.user, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/contracts/export",
    guards=[requires(Permission.CONTRACTS_READ)],
    tags=TAGS,
    summary="Contracts as a table",
    media_type="text/csv",
)
async def export_contracts(
    request: Person,
    tx: Transaction,
    hospital_id: HospitalId = None,
    owner_id: OwnerId = None,
    status: Status = None,
    ends_before: EndsBefore = None,
    q: Search = None,
    archived: Archived = False,
    sort: FromQuery[str | None] = None,
) -> Stream:
    """The same filters and order as the list, every row, as CSV in UTF-8. Cells that a spreadsheet would compute are
    quoted. The export is an audit fact."""
    filters = filters_of(
        hospital_id=hospital_id, owner_id=owner_id, status=status, ends_before=day_of(ends_before, "/endsBefore"),
        archived=archived, q=q,
    )  # fmt: skip
    await reading.page(tx, user=request.user, filters=filters, sort=sort, limit=1)  # refuses a sort before it streams
    await audit(tx, actor=request.user, action="contracts.exported", subject="contracts", after=filters)
    database: Database = request.app.state.database
    return Stream(
        exporting.csv_lines(database, user=request.user, filters=filters, sort=sort),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="contracts.csv"'},
    )


@get(
    "/api/owners/{owner_id:int}/contracts",
    guards=[requires(Permission.CONTRACTS_READ, own=True)],
    tags=TAGS,
    summary="An owner's contracts",
)
async def list_owner_contracts(
    owner_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    hospital_id: HospitalId = None,
    status: Status = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Contract]:
    """Contracts that the owner is party to. An owner sees their own once these were sent to them, or signed by them."""
    if request.user.owner_id is None:
        await seen_owner(tx, owner_id=owner_id, user=request.user)
    filters = filters_of(hospital_id=hospital_id, owner_id=owner_id, status=status)
    return await reading.page(tx, user=request.user, filters=filters, sort=sort, cursor=cursor, limit=limit)


@post(
    "/api/owners/{owner_id:int}/contracts",
    guards=[requires(Permission.CONTRACTS_EDIT)],
    tags=TAGS,
    summary="Add a contract",
)
async def add_contract(
    owner_id: FromPath[Id], data: JSONBody[NewContract], request: Person, tx: Transaction
) -> Response[ContractDetails]:
    """Adds a contract with its first version. `ownerPercent` is the short form of a plain share (70: the owner gets 70
    percent, the hospital the rest); `terms` say everything else: tiers, several parties, guarantees, deductions, and
    what holds for a department or a service line alone. Exactly one of the two. `currency` is the hospital's where it
    is left out, `words` are made from the terms. `signature` records at once that the owner signed on paper."""
    return await once(
        request,
        tx,
        drafting.add_contract(tx, owner_id=owner_id, new=data, actor=request.user),
        headers=lambda made: {
            "ETag": etag(made.version), "Location": f"/api/owners/{made.owner_id}/contracts/{made.id}",
        },
    )  # fmt: skip


@get(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}",
    guards=[requires(Permission.CONTRACTS_READ, own=True)],
    tags=TAGS,
    summary="One contract",
)
async def show_contract(
    owner_id: FromPath[Id], contract_id: FromPath[Id], request: Person, tx: Transaction
) -> Response[ContractDetails]:
    """A contract with its versions and its signing log; `terms`, `words` and `summary` are those that hold today, or
    the latest where none do."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    return answer(await detailed(tx, one, request.user))


@patch(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}",
    guards=[requires(Permission.CONTRACTS_EDIT)],
    tags=TAGS,
    summary="Change a contract",
)
async def change_contract(
    owner_id: FromPath[Id],
    contract_id: FromPath[Id],
    data: JSONBody[ContractChanges],
    request: Person,
    tx: Transaction,
) -> Response[Contract]:
    """Changes the title, renewal and notice; the dates too until it is signed (then 409: renew, terminate or amend it).
    `archived` puts away one that nobody signed. 412 where somebody else changed it since (`If-Match`)."""
    await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    changed = await changing.change_contract(
        tx, contract_id=contract_id, changes=data, actor=request.user, expected_version=expected_version(request)
    )
    return answer(changed)


@post(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/terminate",
    guards=[requires(Permission.CONTRACTS_EDIT)],
    status_code=200,
    tags=TAGS,
    summary="Terminate a contract",
)
async def terminate_contract(
    owner_id: FromPath[Id], contract_id: FromPath[Id], data: JSONBody[Termination], request: Person, tx: Transaction
) -> Response[Contract]:
    """Ends it before its time; `terminatedOn` is the last day whose revenue is shared. 409 with `earliest` where that
    is before the notice agreed is over, unless `confirmed` is true."""
    await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    work = changing.terminate(
        tx, contract_id=contract_id, termination=data, actor=request.user, expected_version=expected_version(request)
    )
    return await once(request, tx, work, status=200, headers=lambda made: {"ETag": etag(made.version)})


@post(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/renew",
    guards=[requires(Permission.CONTRACTS_EDIT)],
    status_code=200,
    tags=TAGS,
    summary="Renew a contract",
)
async def renew_contract(
    owner_id: FromPath[Id], contract_id: FromPath[Id], data: JSONBody[NewTerm], request: Person, tx: Transaction
) -> Response[Contract]:
    """Gives it another term: until `endsOn`, or `months` longer; by the contract's own `renewalMonths` where neither is
    sent. 409 for one that was terminated, 422 for one without an end or an end that is not later."""
    await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    work = changing.renew(
        tx, contract_id=contract_id, term=data, actor=request.user, expected_version=expected_version(request)
    )
    return await once(request, tx, work, status=200, headers=lambda made: {"ETag": etag(made.version)})


ROUTES: list[Any] = [
    list_contracts, export_contracts, list_owner_contracts, add_contract, show_contract, change_contract,
    terminate_contract, renew_contract, *VERSION_ROUTES, *DOCUMENT_ROUTES,
]  # fmt: skip
