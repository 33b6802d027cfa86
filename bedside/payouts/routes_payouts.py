"""REST of payouts: writing them down and looking them up, down to the revenue behind a line."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from bedside.accounts import Permission, Role, SignedIn, audit, requires
from bedside.kit.csv_text import BYTE_ORDER_MARK, csv_line
from bedside.kit.database import Database, Tx
from bedside.kit.http.conditional import etag
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction
from bedside.kit.money import amount_text
from bedside.owners import PaymentMethod, seen_owner
from bedside.payouts import proving, reading, recording, store_payouts
from bedside.payouts.model import (
    Id,
    NewPayout,
    Payout,
    PayoutDetail,
    PayoutKind,
    PayoutStatus,
    Recomputation,
    RevenueEntry,
)
from bedside.payouts.months import read_month
from bedside.payouts.store_payouts import PayoutRow

Asked = Request[SignedIn, Any, Any]
TAGS = ["Payouts"]
HospitalId = Annotated[Id | None, QueryParameter(name="hospitalId")]
OwnerId = Annotated[Id | None, QueryParameter(name="ownerId")]
ContractId = Annotated[Id | None, QueryParameter(name="contractId")]
RunId = Annotated[Id | None, QueryParameter(name="runId")]
Month = Annotated[str | None, QueryParameter(max_length=40, description="A month: October 2026, 2026-10.")]
NeedsReview = Annotated[bool | None, QueryParameter(name="needsReview")]
Words = Annotated[str | None, QueryParameter(max_length=100, description="A reference, or a part of the owner's name.")]
_COLUMNS = (
    "reference", "owner", "contract", "hospital id", "period", "kind", "status", "revision", "amount", "currency",
    "method", "account", "payment reference", "paid on", "approved", "approved by", "created by", "created", "note",
)  # fmt: skip
_AT_ONCE = 500


@post(
    "/api/owners/{owner_id:int}/payouts",
    guards=[requires(Permission.PAYOUTS_EDIT)],
    tags=TAGS,
    summary="Write a payout down",
)
async def write_payout_down(
    owner_id: FromPath[Id], data: JSONBody[NewPayout], request: Asked, tx: Transaction
) -> Response[PayoutDetail]:
    """In one of three forms. With `referenceNumber`: a payment that was already made, `paid` at once, deducted by the
    owner's next monthly payout where no contract is named, and marked until a second person reviewed it. Without it,
    with `contractId` and no `amount`: a draft of what the contract gives for the month. Without it, with an `amount`: a
    draft of that. A draft's number is always made here. 409 `reference-taken` names the payout that has the reference;
    409 `period-closed` where the month's books are closed."""
    return await once(request, tx, _written_down(tx, owner_id, data, request.user), headers=headers_of)


async def _written_down(tx: Tx, owner_id: int, data: NewPayout, user: SignedIn) -> PayoutDetail:
    made = await recording.write_down(tx, owner_id=owner_id, new=data, actor=user)
    return await reading.detail(tx, made, user=user)


@get(
    "/api/owners/{owner_id:int}/payouts",
    guards=[requires(Permission.PAYOUTS_READ, own=True)],
    tags=TAGS,
    summary="An owner's payouts",
)
async def list_owner_payouts(
    owner_id: FromPath[Id],
    request: Asked,
    tx: Transaction,
    status: FromQuery[PayoutStatus | None] = None,
    period: Month = None,
    kind: FromQuery[PayoutKind | None] = None,
    method: FromQuery[PaymentMethod | None] = None,
    contract_id: ContractId = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Payout]:
    """The latest month first (`sort`: period, amount, owner, reference, id; `-` before it for descending). Owners see
    what was approved, paid or reversed of their own."""
    user = request.user
    if user.role is not Role.OWNER:
        await seen_owner(tx, owner_id=owner_id, user=user)
    filters = {
        "owner_id": owner_id,
        "status": status,
        "period": read_month(period, locale=user.language) if period else None,
        "kind": kind,
        "method": method,
        "contract_id": contract_id,
    }
    return await reading.page(tx, user=user, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get("/api/payouts", guards=[requires(Permission.PAYOUTS_READ)], tags=TAGS, summary="Payouts")
async def list_payouts(
    request: Asked,
    tx: Transaction,
    q: Words = None,
    hospital_id: HospitalId = None,
    owner_id: OwnerId = None,
    contract_id: ContractId = None,
    status: FromQuery[PayoutStatus | None] = None,
    period: Month = None,
    kind: FromQuery[PayoutKind | None] = None,
    method: FromQuery[PaymentMethod | None] = None,
    run_id: RunId = None,
    needs_review: NeedsReview = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Payout]:
    """Payouts of your hospitals, the latest month first (`sort`: period, amount, owner, reference, id)."""
    filters = _filters(
        request.user, q, hospital_id, owner_id, contract_id, status, period, kind, method, run_id, needs_review
    )
    return await reading.page(tx, user=request.user, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/payouts/export",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="Payouts as a table",
    media_type="text/csv",
)
async def export_payouts(
    request: Asked,
    tx: Transaction,
    q: Words = None,
    hospital_id: HospitalId = None,
    owner_id: OwnerId = None,
    contract_id: ContractId = None,
    status: FromQuery[PayoutStatus | None] = None,
    period: Month = None,
    kind: FromQuery[PayoutKind | None] = None,
    method: FromQuery[PaymentMethod | None] = None,
    run_id: RunId = None,
    needs_review: NeedsReview = None,
) -> Stream:
    """The same filters as the list, every row, as CSV in UTF-8. Accounts are masked. The export is an audit fact."""
    filters = _filters(
        request.user, q, hospital_id, owner_id, contract_id, status, period, kind, method, run_id, needs_review
    )
    await audit(tx, actor=request.user, action="payouts.exported", subject="payout", after=filters)
    database: Database = request.app.state.database
    return Stream(
        _csv(database, reading.seen_by(request.user, filters)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="payouts.csv"'},
    )


@get(
    "/api/owners/{owner_id:int}/payouts/{payout_id:int}",
    guards=[requires(Permission.PAYOUTS_READ, own=True)],
    tags=TAGS,
    summary="One payout",
)
async def show_payout(
    owner_id: FromPath[Id], payout_id: FromPath[Id], request: Asked, tx: Transaction
) -> Response[PayoutDetail]:
    """A payout with its lines. Each line pins what it follows from: the version of the terms, the rule, the tiers."""
    found = await reading.seen_payout(tx, payout_id=payout_id, user=request.user, owner_id=owner_id)
    return await answer(tx, found, request.user)


@get(
    "/api/owners/{owner_id:int}/payouts/{payout_id:int}/lines/{line_id:int}/entries",
    guards=[requires(Permission.PAYOUTS_READ, own=True)],
    tags=TAGS,
    summary="The revenue behind a line",
)
async def list_line_entries(
    owner_id: FromPath[Id],
    payout_id: FromPath[Id],
    line_id: FromPath[Id],
    request: Asked,
    tx: Transaction,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[RevenueEntry]:
    """Exactly the entries that a share or an adjustment counted, whatever was booked since, by day. Owners are not told
    what staff or billing noted on them."""
    found = await reading.seen_payout(tx, payout_id=payout_id, user=request.user, owner_id=owner_id)
    page = await reading.entries_of_line(tx, row=found, line_id=line_id, cursor=cursor, limit=limit)
    if request.user.role is Role.OWNER:
        for one in page.items:
            one.description, one.external_id, one.source, one.created_by_name = "", None, "", ""
    return page


@get(
    "/api/owners/{owner_id:int}/payouts/{payout_id:int}/recomputation",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="Compute a payout again",
)
async def recompute_payout(
    owner_id: FromPath[Id], payout_id: FromPath[Id], request: Asked, tx: Transaction
) -> Recomputation:
    """From what it pinned, whatever was signed or booked since: `same` where it comes to the same, byte for byte."""
    found = await reading.seen_payout(tx, payout_id=payout_id, user=request.user, owner_id=owner_id)
    return await proving.recompute(tx, found)


async def answer(tx: Tx, row: PayoutRow, user: SignedIn) -> Response[Any]:
    """A payout with its lines, and its version as ETag."""
    shown = await reading.detail(tx, row, user=user)
    return Response(shown, headers=headers_of(shown))


def headers_of(one: PayoutDetail) -> dict[str, str]:
    """Where a payout is, and its version."""
    return {"ETag": etag(one.version), "Location": f"/api/owners/{one.owner_id}/payouts/{one.id}"}


def _filters(
    user: SignedIn,
    q: str | None,
    hospital_id: int | None,
    owner_id: int | None,
    contract_id: int | None,
    status: str | None,
    period: str | None,
    kind: str | None,
    method: str | None,
    run_id: int | None,
    needs_review: bool | None,
) -> dict[str, Any]:
    return {
        "q": q or None,
        "hospital_id": hospital_id,
        "owner_id": owner_id,
        "contract_id": contract_id,
        "status": status,
        "period": read_month(period, locale=user.language) if period else None,
        "kind": kind,
        "method": method,
        "run_id": run_id,
        "needs_review": needs_review,
    }


async def _csv(database: Database, filters: dict[str, Any]) -> AsyncIterator[bytes]:
    yield BYTE_ORDER_MARK + csv_line(_COLUMNS)
    lines: list[bytes] = []
    async with database.transaction() as tx:
        async for one in store_payouts.export(tx, filters):
            lines.append(
                csv_line(
                    [
                        one.reference_number, one.owner_name, one.contract_number, one.hospital_id,
                        f"{one.period:%Y-%m}", one.kind, one.status, one.revision,
                        Decimal(amount_text(one.amount_minor, one.currency)), one.currency, one.method, one.account,
                        one.payment_reference, one.paid_on, one.approved_at.date() if one.approved_at else None,
                        one.approved_by_name, one.created_by_name, one.created_at.date(), one.note,
                    ]
                )
            )  # fmt: skip
            if len(lines) == _AT_ONCE:
                yield b"".join(lines)
                lines.clear()
    yield b"".join(lines)


ROUTES: list[Any] = [
    write_payout_down, list_owner_payouts, list_payouts, export_payouts, show_payout, list_line_entries,
    recompute_payout,
]  # fmt: skip
