"""REST of revenue: entries, what they come to, and imports of tables."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.csv_text import BYTE_ORDER_MARK, csv_line
from bedside.kit.database import Database, Tx
from bedside.kit.files import FileTooLarge
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Invalid
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction
from bedside.kit.money import AmountIn, CurrencyIn, amount_text
from bedside.kit.wire import Wire
from bedside.payouts import revenue, revenue_imports, store_revenue
from bedside.payouts.import_files import LARGEST
from bedside.payouts.model import EntryKind, Id, NewRevenueEntry, PeriodText, RevenueEntry, RevenueSum
from bedside.payouts.months import read_month
from bedside.payouts.revenue_imports import ImportOutcome
from bedside.payouts.store_revenue import ImportRow

Asked = Request[SignedIn, Any, Any]
TAGS = ["Revenue"]
HospitalId = Annotated[Id | None, QueryParameter(name="hospitalId")]
DepartmentId = Annotated[Id | None, QueryParameter(name="departmentId")]
ServiceLine = Annotated[str | None, QueryParameter(name="serviceLine", max_length=100)]
Month = Annotated[str | None, QueryParameter(max_length=40, description="The month it is booked in: October 2026.")]
Since = Annotated[date | None, QueryParameter(name="from", description="The first day.")]
Until = Annotated[date | None, QueryParameter(name="to", description="The last day.")]
Source = Annotated[str | None, QueryParameter(max_length=60)]
ImportId = Annotated[Id | None, QueryParameter(name="importId")]
Currency = Annotated[str | None, QueryParameter(pattern="^[A-Z]{3}$")]
_COLUMNS = (
    "id", "hospital id", "department", "service line", "date", "booked in", "kind", "amount", "currency", "corrects",
    "description", "source", "external id",
)  # fmt: skip
_AT_ONCE = 500


class RevenueGiven(Wire, kw_only=True):
    """One entry to record, or `entries`: up to 1000, all or none. An entry has an `amount` and a `revenueOn` at least.

    `hospitalId` may be left out by who works at one. `kind` is charge or refund by the sign where left out. `period`: a
    later, open month to book it in, where its own is closed.
    """

    entries: Annotated[list[NewRevenueEntry], Meta(min_length=1, max_length=revenue.MOST_AT_ONCE)] | None = None
    amount: AmountIn | None = None
    revenue_on: date | None = None
    hospital_id: Id | None = None
    department_id: Id | None = None
    department: Annotated[str, Meta(max_length=200)] | None = None
    service_line: Annotated[str, Meta(max_length=100)] = ""
    currency: CurrencyIn | None = None
    kind: EntryKind | None = None
    corrects: Id | None = None
    description: Annotated[str, Meta(max_length=500)] = ""
    source: Annotated[str, Meta(min_length=1, max_length=60)] = "api"
    external_id: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    period: PeriodText | None = None

    def one(self) -> NewRevenueEntry:
        """The entry. Raises Invalid (422) where it lacks what every entry has."""
        for name, given in (("amount", self.amount), ("revenueOn", self.revenue_on)):
            if given is None:
                raise Invalid("Every entry has this.", pointer=f"/{name}", next_step="Send it, or `entries`.")
        fields = {name: getattr(self, name) for name in NewRevenueEntry.__struct_fields__}
        return NewRevenueEntry(**fields)


class Entries(Wire, kw_only=True):
    """Entries that were recorded, in the order in which they were sent."""

    entries: list[RevenueEntry]


class Sums(Wire, kw_only=True):
    """What entries come to, by currency: nothing is added across them."""

    items: list[RevenueSum]


@post("/api/revenue-entries", guards=[requires(Permission.REVENUE_EDIT)], tags=TAGS, summary="Record revenue")
async def record_revenue(
    data: JSONBody[RevenueGiven], request: Asked, tx: Transaction
) -> Response[RevenueEntry | Entries]:
    """Records one entry, or `{"entries": [...]}` up to 1000, all or none. `kind` refund is below zero, correction may
    be either. Sent again with the same `source` and `externalId` it is the first entry, not a second. 409
    `period-closed` where the day's month is closed, unless `period` names a later, open one: then it is a late entry,
    and an adjustment in that month's payouts."""
    if data.entries is not None:
        return await once(request, tx, _record_all(tx, data.entries, request.user))
    return await once(request, tx, _record_one(tx, data.one(), request.user))


async def _record_one(tx: Tx, new: NewRevenueEntry, user: SignedIn) -> RevenueEntry:
    [made] = await revenue.record_entries(tx, new=[new], actor=user, pointer="")
    return made


async def _record_all(tx: Tx, new: list[NewRevenueEntry], user: SignedIn) -> Entries:
    return Entries(entries=await revenue.record_entries(tx, new=new, actor=user))


@get("/api/revenue-entries", guards=[requires(Permission.REVENUE_READ)], tags=TAGS, summary="Revenue entries")
async def list_revenue(
    request: Asked,
    tx: Transaction,
    hospital_id: HospitalId = None,
    department_id: DepartmentId = None,
    service_line: ServiceLine = None,
    period: Month = None,
    since: Since = None,
    until: Until = None,
    kind: FromQuery[EntryKind | None] = None,
    source: Source = None,
    import_id: ImportId = None,
    currency: Currency = None,
    late: Annotated[bool | None, QueryParameter(description="True: booked in a later month than its own.")] = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[RevenueEntry]:
    """Entries of your hospitals, the latest first (`sort`: day, amount, id; `-` before it for descending)."""
    filters = _filters(
        request.user, hospital_id, department_id, service_line, period, since, until, kind, source, import_id, currency
    )
    if late is not None:
        filters["late"] = late
    found = await store_revenue.ENTRIES.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)
    return Page(items=[revenue.shown(one) for one in found.items], next=found.next)


@get(
    "/api/revenue-entries/sums",
    guards=[requires(Permission.REVENUE_READ)],
    tags=TAGS,
    summary="What revenue comes to",
)
async def sum_revenue(
    request: Asked,
    tx: Transaction,
    hospital_id: HospitalId = None,
    department_id: DepartmentId = None,
    service_line: ServiceLine = None,
    period: Month = None,
    since: Since = None,
    until: Until = None,
    kind: FromQuery[EntryKind | None] = None,
    source: Source = None,
    import_id: ImportId = None,
    currency: Currency = None,
) -> Sums:
    """The same filters as the list: what is left, by currency."""
    filters = _filters(
        request.user, hospital_id, department_id, service_line, period, since, until, kind, source, import_id, currency
    )
    found = await store_revenue.sums(tx, filters)
    return Sums(
        items=[
            RevenueSum(
                currency=one.currency,
                amount=amount_text(one.amount_minor, one.currency),
                amount_minor=one.amount_minor,
                entries=one.entries,
            )
            for one in found
        ]
    )


@get(
    "/api/revenue-entries/export",
    guards=[requires(Permission.REVENUE_READ)],
    tags=TAGS,
    summary="Revenue as a table",
    media_type="text/csv",
)
async def export_revenue(
    request: Asked,
    tx: Transaction,
    hospital_id: HospitalId = None,
    department_id: DepartmentId = None,
    service_line: ServiceLine = None,
    period: Month = None,
    since: Since = None,
    until: Until = None,
    kind: FromQuery[EntryKind | None] = None,
    source: Source = None,
    import_id: ImportId = None,
    currency: Currency = None,
) -> Stream:
    """The same filters as the list, every row, as CSV in UTF-8. Cells that a spreadsheet would compute are quoted."""
    filters = _filters(
        request.user, hospital_id, department_id, service_line, period, since, until, kind, source, import_id, currency
    )
    await audit(tx, actor=request.user, action="revenue.exported", subject="revenue_entry", after=filters)
    database: Database = request.app.state.database
    return Stream(
        _csv(database, filters),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="revenue.csv"'},
    )


@get(
    "/api/revenue-entries/{revenue_entry_id:int}",
    guards=[requires(Permission.REVENUE_READ)],
    tags=TAGS,
    summary="One revenue entry",
)
async def show_revenue_entry(revenue_entry_id: FromPath[Id], request: Asked, tx: Transaction) -> RevenueEntry:
    """One entry. 404 for one of another hospital."""
    return await revenue.seen_entry(tx, entry_id=revenue_entry_id, user=request.user)


@post(
    "/api/revenue-imports",
    guards=[requires(Permission.REVENUE_EDIT)],
    request_max_body_size=LARGEST + 1_000_000,
    status_code=200,
    tags=TAGS,
    summary="Import revenue from a table",
)
async def import_revenue(
    request: Asked,
    tx: Transaction,
    hospital_id: HospitalId = None,
    source: Annotated[str, QueryParameter(min_length=1, max_length=60)] = "import",
    file_name: Annotated[str, QueryParameter(name="fileName", min_length=1, max_length=200)] = "table.csv",
    do: Annotated[bool, QueryParameter(description="False: only look.")] = False,
) -> ImportOutcome:
    """Takes CSV or XLSX as the body, or a form (`multipart/form-data`) with the field `file`. Its first line names the
    columns: date and amount; currency, hospital, department, service line, kind, description, external id, period,
    corrects where there are such. With `do=false` (the default) nothing is written: the answer says what would be, and
    why lines would be refused. With `do=true` the others are recorded, in one transaction. `hospitalId`: whose lines
    are that name none. A line whose source and external id are known is not recorded again."""
    with tempfile.TemporaryDirectory(prefix="bedside-import-") as folder:
        path = Path(folder) / "table"
        name = await _received(request, path, file_name)
        return await revenue_imports.import_table(
            tx, path=path, file_name=name, hospital_id=hospital_id, source=source, do=do, actor=request.user
        )


@get("/api/revenue-imports", guards=[requires(Permission.REVENUE_READ)], tags=TAGS, summary="Imports of revenue")
async def list_imports(
    request: Asked, tx: Transaction, cursor: FromQuery[str | None] = None, limit: FromQuery[int] = 50
) -> Page[ImportRow]:
    """What was imported, the newest first."""
    return await revenue_imports.imports(tx, user=request.user, cursor=cursor, limit=limit)


@post(
    "/api/revenue-imports/{revenue_import_id:int}/undo",
    guards=[requires(Permission.REVENUE_EDIT)],
    status_code=200,
    tags=TAGS,
    summary="Undo an import of revenue",
)
async def undo_import(revenue_import_id: FromPath[Id], request: Asked, tx: Transaction) -> ImportRow:
    """Writes the mirror image of every entry of the import into its own month. 409 where one of these is closed, or
    where it was undone before."""
    return await revenue_imports.undo_import(tx, import_id=revenue_import_id, actor=request.user)


def _filters(
    user: SignedIn,
    hospital_id: int | None,
    department_id: int | None,
    service_line: str | None,
    period: str | None,
    since: date | None,
    until: date | None,
    kind: str | None,
    source: str | None,
    import_id: int | None,
    currency: str | None,
) -> dict[str, Any]:
    return {
        "hospitals": user.hospitals,
        "hospital_id": hospital_id,
        "department_id": department_id,
        "service_line": service_line,
        "period": read_month(period, locale=user.language) if period else None,
        "since": since,
        "until": until,
        "kind": kind,
        "source": source,
        "import_id": import_id,
        "currency": currency,
    }


async def _received(request: Asked, path: Path, file_name: str) -> str:
    """Keeps the table that was sent in a file, and gives its name. Raises FileTooLarge (413), Invalid (422)."""
    size = 0
    if request.content_type[0] == "multipart/form-data":
        upload = (await request.form()).get("file")
        if not isinstance(upload, UploadFile):
            raise Invalid("The form has no file in its field file.", pointer="/file", next_step="Choose a file.")
        content = await upload.read()
        size = len(content)
        await asyncio.to_thread(path.write_bytes, content)
        file_name = upload.filename or file_name
    else:
        with path.open("wb") as kept:
            async for piece in request.stream():
                size += len(piece)
                if size > LARGEST:
                    break
                kept.write(piece)
    if size > LARGEST:
        raise FileTooLarge(f"At most {LARGEST // 1_000_000} MB are taken.", largest=LARGEST)
    return file_name


async def _csv(database: Database, filters: dict[str, Any]) -> AsyncIterator[bytes]:
    yield BYTE_ORDER_MARK + csv_line(_COLUMNS)
    lines: list[bytes] = []
    async with database.transaction() as tx:
        async for one in store_revenue.export(tx, filters):
            lines.append(
                csv_line(
                    [
                        one.id, one.hospital_id, one.department, one.service_line, one.revenue_on,
                        f"{one.period:%Y-%m}", one.kind, Decimal(amount_text(one.amount_minor, one.currency)),
                        one.currency, one.corrects, one.description, one.source, one.external_id,
                    ]
                )
            )  # fmt: skip
            if len(lines) == _AT_ONCE:
                yield b"".join(lines)
                lines.clear()
    yield b"".join(lines)


ROUTES: list[Any] = [
    record_revenue, list_revenue, sum_revenue, export_revenue, show_revenue_entry, import_revenue, list_imports,
    undo_import,
]  # fmt: skip
