"""REST of reports about payouts, each as JSON and as a table."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.database import Database, Tx
from bedside.kit.http.paging import Page
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction
from bedside.payouts import reports
from bedside.payouts.batch_model import Id
from bedside.payouts.report_model import Aging, AgingBy, GroupBy, OwnerHistory, PeriodRow, UnreviewedPayment

Asked = Request[SignedIn, Any, Any]
TAGS = ["Payouts"]
CSV = "text/csv; charset=utf-8"
HospitalId = Annotated[Id | None, QueryParameter(name="hospitalId")]
OwnerId = Annotated[Id | None, QueryParameter(name="ownerId")]
Currency = Annotated[str | None, QueryParameter(pattern="^[A-Z]{3}$", description="An ISO 4217 code.")]
MONTH = "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"
Since = Annotated[str | None, QueryParameter(name="from", pattern=MONTH, description="The first month: 2026-01.")]
Until = Annotated[str | None, QueryParameter(name="to", pattern=MONTH, description="The last month, included.")]
Group = Annotated[GroupBy, QueryParameter(name="groupBy")]
By = Annotated[AgingBy, QueryParameter(name="groupBy")]


@get(
    "/api/payout-reports/periods",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="What months came to",
)
async def report_periods(
    request: Asked,
    tx: Transaction,
    group_by: Group = "month",
    since: Since = None,
    until: Until = None,
    hospital_id: HospitalId = None,
    owner_id: OwnerId = None,
    currency: Currency = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[PeriodRow]:
    """Revenue, shares, guarantees, adjustments, paid and open, by month, hospital, owner or contract and by currency,
    of the last twelve months where none are named. `sort`: label, paid, open; `-` before it for descending."""
    begins, ends = reports.months_asked(since, until, today=tx.now.date())
    return await reports.periods(
        tx,
        user=request.user,
        group=group_by,
        begins=begins,
        ends=ends,
        hospital_id=hospital_id,
        owner_id=owner_id,
        currency=currency,
        sort=sort,
        cursor=cursor,
        limit=limit,
    )


@get(
    "/api/payout-reports/periods/export",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="What months came to, as a table",
    media_type="text/csv",
)
async def export_periods(
    request: Asked,
    tx: Transaction,
    group_by: Group = "month",
    since: Since = None,
    until: Until = None,
    hospital_id: HospitalId = None,
    owner_id: OwnerId = None,
    currency: Currency = None,
) -> Stream:
    """The same, every row, as CSV in UTF-8. The export is an audit fact."""
    begins, ends = reports.months_asked(since, until, today=tx.now.date())
    await _audit(tx, request.user, "periods", hospital_id, owner_id)
    database: Database = request.app.state.database
    lines = reports.periods_csv(
        database,
        user=request.user,
        group=group_by,
        begins=begins,
        ends=ends,
        hospital_id=hospital_id,
        owner_id=owner_id,
        currency=currency,
    )
    return Stream(lines, media_type=CSV, headers=_file(f"payouts-by-{group_by}"))


@get(
    "/api/payout-reports/aging",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="What is unpaid, and for how long",
)
async def report_aging(
    request: Asked,
    tx: Transaction,
    group_by: By = "owner",
    hospital_id: HospitalId = None,
    owner_id: OwnerId = None,
    currency: Currency = None,
) -> Aging:
    """Drafts and approved payouts by how many days ago their month ended, where they were earned."""
    return await reports.aging(
        tx, user=request.user, by=group_by, hospital_id=hospital_id, owner_id=owner_id, currency=currency
    )


@get(
    "/api/payout-reports/aging/export",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="What is unpaid, as a table",
    media_type="text/csv",
)
async def export_aging(
    request: Asked,
    tx: Transaction,
    group_by: By = "owner",
    hospital_id: HospitalId = None,
    owner_id: OwnerId = None,
    currency: Currency = None,
) -> Response[bytes]:
    """The same as CSV in UTF-8. The export is an audit fact."""
    report = await reports.aging(
        tx, user=request.user, by=group_by, hospital_id=hospital_id, owner_id=owner_id, currency=currency
    )
    await _audit(tx, request.user, "aging", hospital_id, owner_id)
    return Response(reports.aging_csv(report), media_type=CSV, headers=_file("payouts-unpaid"))


@get(
    "/api/payout-reports/owners/{owner_id:int}",
    guards=[requires(Permission.PAYOUTS_READ, own=True)],
    tags=TAGS,
    summary="What an owner earned and received",
)
async def report_owner(owner_id: FromPath[Id], request: Asked, tx: Transaction) -> OwnerHistory:
    """This year so far beside the same months of last year; by year; by month. An owner's own has no drafts."""
    return await reports.history(tx, owner_id=owner_id, user=request.user)


@get(
    "/api/payout-reports/owners/{owner_id:int}/export",
    guards=[requires(Permission.PAYOUTS_READ, own=True)],
    tags=TAGS,
    summary="An owner's months, as a table",
    media_type="text/csv",
)
async def export_owner(owner_id: FromPath[Id], request: Asked, tx: Transaction) -> Response[bytes]:
    """By month, as CSV in UTF-8. The export is an audit fact."""
    report = await reports.history(tx, owner_id=owner_id, user=request.user)
    await _audit(tx, request.user, "owner", None, owner_id)
    return Response(reports.history_csv(report), media_type=CSV, headers=_file(f"owner-{owner_id}-payouts"))


@get(
    "/api/payout-reports/unreviewed",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="Recorded payments that await review",
)
async def report_unreviewed(
    request: Asked,
    tx: Transaction,
    hospital_id: HospitalId = None,
    owner_id: OwnerId = None,
    currency: Currency = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[UnreviewedPayment]:
    """Payments that were made before they were written down, oldest first (`sort`: created, amount), until somebody
    other than who wrote them down has looked at them."""
    return await reports.unreviewed(
        tx,
        user=request.user,
        hospital_id=hospital_id,
        owner_id=owner_id,
        currency=currency,
        sort=sort,
        cursor=cursor,
        limit=limit,
    )


@get(
    "/api/payout-reports/unreviewed/export",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="Recorded payments that await review, as a table",
    media_type="text/csv",
)
async def export_unreviewed(
    request: Asked,
    tx: Transaction,
    hospital_id: HospitalId = None,
    owner_id: OwnerId = None,
    currency: Currency = None,
) -> Stream:
    """All of them as CSV in UTF-8. The export is an audit fact."""
    await _audit(tx, request.user, "unreviewed", hospital_id, owner_id)
    database: Database = request.app.state.database
    lines = reports.unreviewed_csv(
        database, user=request.user, hospital_id=hospital_id, owner_id=owner_id, currency=currency
    )
    return Stream(lines, media_type=CSV, headers=_file("payments-to-review"))


def _file(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}.csv"', "cache-control": "private, no-store"}


async def _audit(tx: Tx, user: SignedIn, report: str, hospital_id: int | None, owner_id: int | None) -> None:
    await audit(
        tx,
        actor=user,
        action="payout_report.exported",
        subject="payout_report",
        after={"report": report, "hospitalId": hospital_id, "ownerId": owner_id},
    )


ROUTES: list[Any] = [
    report_periods, export_periods, report_aging, export_aging, report_owner, export_owner, report_unreviewed,
    export_unreviewed,
]  # fmt: skip
