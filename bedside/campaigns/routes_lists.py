"""REST of who is on a list: by hand, and by file."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.campaigns import list_files, lists, store_lists
from bedside.campaigns.audience_model import Id
from bedside.campaigns.list_files import LARGEST
from bedside.campaigns.list_model import How, ListImported, Member, NewMembers
from bedside.kit.database import Database
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import TableKind, every, table
from bedside.kit.http.transaction import Transaction
from bedside.kit.http.uploads import as_file, upload_of

Asked = Request[SignedIn, Any, Any]
TAGS = ["Audiences"]
EDIT = [requires(Permission.CAMPAIGNS_EDIT)]
COLUMNS = ("id", "name", "patientNumber", "how", "addedBy", "addedAt")
Sort = Annotated[str | None, QueryParameter(name="sort", description="added or id; with - before it, descending.")]


def row(one: Member) -> tuple[Any, ...]:
    """A line of the table of a list."""
    return one.person_id, one.name, one.number, one.how, one.added_by_name, one.added_at


async def read_filters(
    q: Annotated[str | None, QueryParameter(max_length=120, description="A part of the name, or the number.")] = None,
    how: Annotated[How | None, QueryParameter(description="How they came: hand, file, word or link.")] = None,
) -> dict[str, Any]:
    """The filters of a list and of its table."""
    return {"q": q.strip() if q and q.strip() else None, "how": how}


FILTERED = {"filters": Provide(read_filters)}
Filters = NamedDependency[SkipValidation[dict[str, Any]]]


@get(
    "/api/audiences/{audience_id:int}/members",
    guards=EDIT,
    dependencies=FILTERED,
    tags=TAGS,
    summary="Who is on a list",
)
async def list_members(
    request: Asked,
    tx: Transaction,
    audience_id: FromPath[Id],
    filters: Filters,
    sort: Sort = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[Member]:
    """Those of your hospitals, who came last first. 404 for an audience that is said by a rule."""
    found = await lists.the_list(tx, list_id=audience_id, user=request.user)
    filters = filters | {"list_id": found.id, "within": request.user.hospitals}
    return await store_lists.MEMBERS[found.whose].page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/audiences/{audience_id:int}/members/export",
    guards=EDIT,
    dependencies=FILTERED,
    tags=TAGS,
    summary="Who is on a list, as a table",
    media_type="text/csv",
)
async def export_members(
    request: Asked,
    tx: Transaction,
    audience_id: FromPath[Id],
    filters: Filters,
    sort: Sort = None,
    kind: Annotated[TableKind, QueryParameter(name="format", description="csv or xlsx")] = "csv",
) -> Stream:
    """Everybody whom the same filters leave, as CSV in UTF-8 or a workbook. That they were taken out is an audit
    fact."""
    found = await lists.the_list(tx, list_id=audience_id, user=request.user)
    await audit(
        tx, actor=request.user, action="list.exported", subject="audience", subject_id=found.id, after=filters
    )  # fmt: skip
    database: Database = request.app.state.database
    filters = filters | {"list_id": found.id, "within": request.user.hospitals}
    rows = every(database, store_lists.MEMBERS[found.whose], filters=filters, sort=sort, row=row)
    return await table(kind, COLUMNS, rows, name="list")


@post(
    "/api/audiences/{audience_id:int}/members",
    guards=EDIT,
    tags=TAGS,
    summary="Put people on a list",
    status_code=200,
)
async def add_members(
    data: JSONBody[NewMembers], request: Asked, tx: Transaction, audience_id: FromPath[Id]
) -> Response[Any]:
    """Patients or owners as the list is of, at most 1,000; twice is once. 422 points at who is not there, or of another
    hospital, and then nobody is put on it. Campaigns that have frozen whom they are for do not get longer."""
    return await once(request, tx, lists.add(tx, list_id=audience_id, new=data, user=request.user), status=200)


@post(
    "/api/audiences/{audience_id:int}/members/import",
    guards=EDIT,
    request_max_body_size=LARGEST + 1_000_000,
    status_code=200,
    tags=TAGS,
    summary="Put people on a list from a table",
)
async def import_members(
    request: Asked,
    tx: Transaction,
    audience_id: FromPath[Id],
    dry_run: Annotated[bool, QueryParameter(name="dryRun", description="True: only say what it would do.")] = False,
) -> Response[ListImported]:
    """Takes CSV or XLSX, as a form with the field `file` or as the body. Its first line names one or more of
    the columns patientNumber, phone, email (of owners phone, email); a person has to fit all that a line says. Lines
    that name nobody, more than one person or somebody twice, and broken ones, are `refused` with why, and hold up no
    other. At most 100,000 lines."""
    name, content, _ = await upload_of(request, {})
    async with as_file(content, largest=LARGEST) as path:
        work = list_files.import_members(
            tx, list_id=audience_id, path=path, file_name=name, dry_run=dry_run, user=request.user
        )
        return Response(await work) if dry_run else await once(request, tx, work, status=200)


@delete(
    "/api/audiences/{audience_id:int}/members/{person_id:int}",
    guards=EDIT,
    tags=TAGS,
    summary="Take somebody off a list",
)
async def remove_member(request: Asked, tx: Transaction, audience_id: FromPath[Id], person_id: FromPath[Id]) -> None:
    """Campaigns that have frozen whom they are for keep them. 404 where they are not on it."""
    await lists.remove(tx, list_id=audience_id, person_id=person_id, user=request.user)


@post(
    "/api/audiences/{audience_id:int}/members/{person_id:int}/put-back",
    guards=EDIT,
    tags=TAGS,
    summary="Undo taking somebody off a list",
    status_code=204,
)
async def put_member_back(request: Asked, tx: Transaction, audience_id: FromPath[Id], person_id: FromPath[Id]) -> None:
    """They are on it again as they had come. 404 where nobody took them off, 409 where they left themselves."""
    await lists.put_back(tx, list_id=audience_id, person_id=person_id, user=request.user)


ROUTES = [list_members, export_members, add_members, import_members, remove_member, put_member_back]
