"""REST of statements, of files for the bank, and of the accounts that hospitals pay from."""

from typing import Annotated, Any, Literal

from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from bedside.accounts import Permission, Role, SignedIn, audit, requires
from bedside.kit.database import Database, Tx
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction
from bedside.payouts import bank_files, batches, paying_accounts
from bedside.payouts.batch_model import (
    Batch,
    BatchDetail,
    BatchOutcome,
    BatchStatus,
    Id,
    MarkPaid,
    NewBatch,
    PayingAccount,
    PayingAccountGiven,
)
from bedside.payouts.statement_xlsx import read_and_remove, statement_workbook
from bedside.payouts.statements import file_name, seen_statement, statement_pdf
from bedside.payouts.store_statements import StatementPayout

Asked = Request[SignedIn, Any, Any]
TAGS = ["Payouts"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Language = Annotated[
    Literal["en", "es", "ar"] | None, QueryParameter(description="Else the owner's, else the hospital's.")
]

HospitalId = Annotated[Id | None, QueryParameter(name="hospitalId")]
Currency = Annotated[str | None, QueryParameter(pattern="^[A-Z]{3}$", description="An ISO 4217 code.")]


@get(
    "/api/owners/{owner_id:int}/payouts/{payout_id:int}/statement.pdf",
    guards=[requires(Permission.PAYOUTS_READ, own=True)],
    tags=TAGS,
    summary="A payout's statement",
    media_type="application/pdf",
)
async def show_statement(
    owner_id: FromPath[Id], payout_id: FromPath[Id], request: Asked, tx: Transaction, language: Language = None
) -> Response[bytes]:
    """The statement in PDF: lines, what is due, how it was calculated. The same bytes for the same payout. An owner has
    those that are approved, paid or reversed. That it was read is an audit fact."""
    payout = await seen_statement(tx, owner_id=owner_id, payout_id=payout_id, user=request.user)
    drawn = await statement_pdf(tx, payout_id, language)
    await _audit(tx, request.user, payout, "pdf")
    return Response(
        drawn, media_type="application/pdf", headers=_headers(file_name(payout.reference_number, "pdf"), "inline")
    )


@get(
    "/api/owners/{owner_id:int}/payouts/{payout_id:int}/statement.xlsx",
    guards=[requires(Permission.PAYOUTS_READ, own=True)],
    tags=TAGS,
    summary="A payout's statement as a workbook",
    media_type=XLSX,
)
async def show_statement_workbook(
    owner_id: FromPath[Id], payout_id: FromPath[Id], request: Asked, tx: Transaction, language: Language = None
) -> Stream:
    """The lines on one sheet, and on another the revenue behind them, entry by entry. Amounts are numbers; nothing that
    somebody typed is a formula. That it was read is an audit fact."""
    payout = await seen_statement(tx, owner_id=owner_id, payout_id=payout_id, user=request.user)
    whole = request.user.role is not Role.OWNER
    path = await statement_workbook(tx, payout_id, language=language, whole=whole)
    await _audit(tx, request.user, payout, "xlsx")
    return Stream(
        read_and_remove(path),
        media_type=XLSX,
        headers=_headers(file_name(payout.reference_number, "xlsx"), "attachment"),
    )


@post(
    "/api/payment-batches",
    guards=[requires(Permission.PAYOUTS_PAY)],
    tags=TAGS,
    summary="Make a file for the bank",
)
async def make_batch(data: JSONBody[NewBatch], request: Asked, tx: Transaction) -> Response[BatchDetail]:
    """Puts approved payouts by bank transfer into a batch: those named, else all of the hospital and currency. A payout
    stands in one batch at most. 409 `payouts-not-payable` names each that cannot be paid and why (not approved, another
    method, details changed since); of all, `leftOut` in the answer says it."""
    return await once(
        request,
        tx,
        batches.make_batch(tx, new=data, actor=request.user),
        headers=lambda made: {"ETag": etag(made.version), "Location": f"/api/payment-batches/{made.id}"},
    )


@get("/api/payment-batches", guards=[requires(Permission.PAYOUTS_READ)], tags=TAGS, summary="Files for the bank")
async def list_batches(
    request: Asked,
    tx: Transaction,
    hospital_id: HospitalId = None,
    status: FromQuery[BatchStatus | None] = None,
    currency: Currency = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Batch]:
    """Batches of your hospitals, newest first (`sort`: created, executeOn; `-` before it for descending)."""
    return await batches.batches(
        tx,
        user=request.user,
        hospital_id=hospital_id,
        status=status,
        currency=currency,
        sort=sort,
        cursor=cursor,
        limit=limit,
    )


@get(
    "/api/payment-batches/export",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="Files for the bank, as a table",
    media_type="text/csv",
)
async def export_batches(
    request: Asked,
    tx: Transaction,
    hospital_id: HospitalId = None,
    status: FromQuery[BatchStatus | None] = None,
    currency: Currency = None,
) -> Stream:
    """The same filters as the list, every row, as CSV in UTF-8. The export is an audit fact."""
    await audit(tx, actor=request.user, action="payment_batches.exported", subject="payment_batch")
    database: Database = request.app.state.database
    lines = batches.batches_csv(database, user=request.user, hospital_id=hospital_id, status=status, currency=currency)
    headers = _headers("payment-batches.csv", "attachment")
    return Stream(lines, media_type="text/csv; charset=utf-8", headers=headers)


@get(
    "/api/payment-batches/{batch_id:int}",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="One file for the bank",
)
async def show_batch(batch_id: FromPath[Id], request: Asked, tx: Transaction) -> Response[BatchDetail]:
    """A batch with its payments. `because` of one says why it cannot be paid as things stand."""
    return _batch(await batches.batch_detail(tx, batch_id=batch_id, user=request.user))


@get(
    "/api/payment-batches/{batch_id:int}/pain.001.xml",
    guards=[requires(Permission.OWNER_SECRETS_READ)],
    tags=TAGS,
    summary="The file as pain.001",
    media_type="application/xml",
)
async def show_pain001(
    batch_id: FromPath[Id],
    request: Asked,
    tx: Transaction,
    version: Annotated[Literal["09", "03"], QueryParameter(description="pain.001.001.09, or .03")] = "09",
) -> Response[bytes]:
    """ISO 20022 pain.001, by SEPA's rules where all of it is euros between IBANs. It carries full account numbers, so
    each reading of an owner's details is an audit fact. 409 where something changed since the batch was made."""
    found = await batches.seen_batch(tx, batch_id=batch_id, user=request.user)
    written = await bank_files.pain001_of(tx, batch=found, version=version, actor=request.user)
    name = f"{found.message_id}.pain.001.001.{version}.xml"
    return Response(written, media_type="application/xml", headers=_headers(name, "attachment"))


@get(
    "/api/payment-batches/{batch_id:int}/payments.csv",
    guards=[requires(Permission.OWNER_SECRETS_READ)],
    tags=TAGS,
    summary="The file as a table",
    media_type="text/csv",
)
async def show_payments_csv(batch_id: FromPath[Id], request: Asked, tx: Transaction) -> Response[bytes]:
    """The same payments as CSV in UTF-8, with full account numbers: each reading of them is an audit fact."""
    found = await batches.seen_batch(tx, batch_id=batch_id, user=request.user)
    written = await bank_files.csv_of(tx, batch=found, actor=request.user)
    name = f"{found.message_id}.csv"
    return Response(written, media_type="text/csv; charset=utf-8", headers=_headers(name, "attachment"))


@post(
    "/api/payment-batches/{batch_id:int}/paid",
    guards=[requires(Permission.PAYOUTS_PAY)],
    tags=TAGS,
    summary="The bank has paid it",
    status_code=200,
)
async def mark_batch_paid(batch_id: FromPath[Id], data: JSONBody[MarkPaid], request: Asked) -> BatchOutcome:
    """Marks every payout of the batch paid, each for itself: `failed` says which could not be and why, and the batch
    stays open until those are taken out or mended. Owners are told as for any payment."""
    database: Database = request.app.state.database
    return await batches.mark_paid(
        database,
        batch_id=batch_id,
        paid_on=data.paid_on,
        actor=request.user,
        expected_version=expected_version(request),
    )


@post(
    "/api/payment-batches/{batch_id:int}/discard",
    guards=[requires(Permission.PAYOUTS_PAY)],
    tags=TAGS,
    summary="Give a file up",
    status_code=200,
)
async def discard_batch(batch_id: FromPath[Id], request: Asked, tx: Transaction) -> Response[Batch]:
    """Gives an open batch up: its payouts stay approved, and may go into another."""
    return _batch(
        await batches.discard(tx, batch_id=batch_id, actor=request.user, expected_version=expected_version(request))
    )


@delete(
    "/api/payment-batches/{batch_id:int}/payouts/{payout_id:int}",
    guards=[requires(Permission.PAYOUTS_PAY)],
    tags=TAGS,
    summary="Take a payout out of a file",
    status_code=200,
)
async def take_out_of_batch(
    batch_id: FromPath[Id], payout_id: FromPath[Id], request: Asked, tx: Transaction
) -> Response[BatchDetail]:
    """Takes a payout out of an open batch: it stays approved. A batch with nothing left in it is discarded."""
    return _batch(
        await batches.take_out(
            tx, batch_id=batch_id, payout_id=payout_id, actor=request.user, expected_version=expected_version(request)
        )
    )


@get(
    "/api/hospitals/{hospital_id:int}/paying-account",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="The account that a hospital pays from",
)
async def show_paying_account(hospital_id: FromPath[Id], request: Asked, tx: Transaction) -> PayingAccount:
    """Its holder, and the last signs of its number. 409 `no-paying-account` where none was set."""
    return await paying_accounts.shown_account(tx, hospital_id=hospital_id, user=request.user)


@put(
    "/api/hospitals/{hospital_id:int}/paying-account",
    guards=[requires(Permission.PAYOUTS_PAY)],
    tags=TAGS,
    summary="Set the account that a hospital pays from",
)
async def set_paying_account(
    hospital_id: FromPath[Id], data: JSONBody[PayingAccountGiven], request: Asked, tx: Transaction
) -> PayingAccount:
    """An IBAN, or an account number with the bank's routing number. Kept sealed. 422 for what cannot be."""
    return await paying_accounts.set_paying_account(tx, hospital_id=hospital_id, given=data, actor=request.user)


def _batch(one: Batch) -> Response[Any]:
    return Response(one, headers={"ETag": etag(one.version)})


def _headers(name: str, shown: str) -> dict[str, str]:
    """Kept by nobody on the way: what is in it is somebody's own."""
    return {"content-disposition": f'{shown}; filename="{name}"', "cache-control": "private, no-store"}


async def _audit(tx: Tx, user: SignedIn, payout: StatementPayout, form: str) -> None:
    await audit(
        tx,
        actor=user,
        action="payout.statement_read",
        subject="payout",
        subject_id=payout.id,
        after={"reference": payout.reference_number, "form": form},
    )


ROUTES: list[Any] = [
    show_statement, show_statement_workbook, make_batch, list_batches, export_batches, show_batch, show_pain001,
    show_payments_csv, mark_batch_paid, discard_batch, take_out_of_batch, show_paying_account, set_paying_account,
]  # fmt: skip
