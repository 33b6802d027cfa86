"""REST of accounting periods, of runs over a month, and of the journal."""

from datetime import date
from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire
from bedside.payouts import periods, previewing, reading, runs
from bedside.payouts.model import (
    AccountBalance,
    AccountingPeriod,
    Id,
    JournalEntry,
    NewRun,
    PayoutRun,
    PeriodText,
    Reason,
)
from bedside.payouts.months import read_month
from bedside.payouts.preview_model import RunPreview

Asked = Request[SignedIn, Any, Any]
TAGS = ["Payouts"]
HospitalId = Annotated[Id | None, QueryParameter(name="hospitalId")]
Month = Annotated[str | None, QueryParameter(max_length=40, description="A month: October 2026, 2026-10.")]
NeededMonth = Annotated[str, QueryParameter(min_length=1, max_length=40, description="A month: October 2026.")]


class Periods(Wire, kw_only=True):
    """Months of books, the newest first."""

    items: list[AccountingPeriod]


class Balances(Wire, kw_only=True):
    """What each account stands at, by currency: debit above zero. In each currency they come to zero together."""

    items: list[AccountBalance]


class ClosePeriod(Wire, kw_only=True):
    """A month of a hospital's books to close."""

    period: PeriodText
    hospital_id: Id


class ReopenPeriod(Reason, kw_only=True):
    """A closed month to open again, and why."""

    period: PeriodText
    hospital_id: Id


@get("/api/accounting-periods", guards=[requires(Permission.PAYOUTS_READ)], tags=TAGS, summary="Months of the books")
async def list_periods(
    request: Asked,
    tx: Transaction,
    hospital_id: HospitalId = None,
    status: FromQuery[Literal["open", "closed"] | None] = None,
) -> Periods:
    """Months that were written into or closed, of your hospitals. A month that is not there is open."""
    return Periods(items=await periods.periods(tx, user=request.user, hospital_id=hospital_id, status=status))


@post(
    "/api/accounting-periods/close",
    guards=[requires(Permission.PERIODS_CLOSE)],
    status_code=200,
    tags=TAGS,
    summary="Close a month",
)
async def close_period(data: JSONBody[ClosePeriod], request: Asked, tx: Transaction) -> AccountingPeriod:
    """From now on no revenue is booked and nothing accrued in it. 409 `period-not-ready` where it is not over, or where
    drafts or a run of it are open; `open` counts them."""
    return await periods.close_period(
        tx,
        hospital_id=data.hospital_id,
        period=await _month(tx, data.period, data.hospital_id),
        actor=request.user,
    )


@post(
    "/api/accounting-periods/reopen",
    guards=[requires(Permission.PERIODS_CLOSE)],
    status_code=200,
    tags=TAGS,
    summary="Open a month again",
)
async def reopen_period(data: JSONBody[ReopenPeriod], request: Asked, tx: Transaction) -> AccountingPeriod:
    """Takes a reason, which is kept; that it was done is an audit fact."""
    return await periods.reopen_period(
        tx,
        hospital_id=data.hospital_id,
        period=await _month(tx, data.period, data.hospital_id),
        reason=data.reason,
        actor=request.user,
    )


@post("/api/payout-runs", guards=[requires(Permission.PAYOUTS_EDIT)], tags=TAGS, summary="Work a month through")
async def start_run(data: JSONBody[NewRun], request: Asked, tx: Transaction) -> Response[PayoutRun]:
    """Drafts a payout for every contract and owner of a hospital, or of all, that has none in force for the month. This
    is done in the background: the run says how far it has come. 409 `run-under-way` while one of the same month and
    hospital works, `period-closed` where the books are closed."""
    return await once(
        request,
        tx,
        runs.start_run(tx, period=data.period, hospital_id=data.hospital_id, actor=request.user),
        status=202,
        headers=lambda made: {"Location": f"/api/payout-runs/{made.id}"},
    )


@get("/api/payout-runs", guards=[requires(Permission.PAYOUTS_READ)], tags=TAGS, summary="Runs")
async def list_runs(
    request: Asked,
    tx: Transaction,
    hospital_id: HospitalId = None,
    period: Month = None,
    status: FromQuery[Literal["calculating", "done", "failed"] | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[PayoutRun]:
    """Runs, the newest first. Those of all hospitals are seen by who works at all."""
    filters = {
        "hospital_id": hospital_id,
        "period": read_month(period, locale=request.user.language) if period else None,
        "status": status,
    }
    return await runs.runs(tx, user=request.user, filters=filters, cursor=cursor, limit=limit)


@get(
    "/api/payout-runs/preview",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="What a run would make",
)
async def preview_run(
    request: Asked, tx: Transaction, period: NeededMonth, hospital_id: HospitalId = None
) -> RunPreview:
    """The same numbers without writing anything; and which owners lack payment details, which contracts are not signed,
    which revenue no contract is about, and what else to look at first. `exists`: a run would leave it alone."""
    return await previewing.preview(tx, period=period, hospital_id=hospital_id, user=request.user)


@get(
    "/api/payout-runs/{payout_run_id:int}",
    guards=[requires(Permission.PAYOUTS_READ)],
    tags=TAGS,
    summary="One run",
)
async def show_run(payout_run_id: FromPath[Id], request: Asked, tx: Transaction) -> PayoutRun:
    """How far it is, and what it made."""
    return await runs.seen_run(tx, run_id=payout_run_id, user=request.user)


@get("/api/journal-entries", guards=[requires(Permission.PAYOUTS_READ)], tags=TAGS, summary="Postings")
async def list_journal(
    request: Asked,
    tx: Transaction,
    hospital_id: HospitalId = None,
    payout_id: Annotated[Id | None, QueryParameter(name="payoutId")] = None,
    period: Month = None,
    kind: FromQuery[Literal["accrual", "payment", "recorded_payment", "reversal"] | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[JournalEntry]:
    """Postings with their sides, the newest first: debit above zero, credit below. Each balances; none ever changes."""
    filters = {
        "hospital_id": hospital_id,
        "payout_id": payout_id,
        "period": read_month(period, locale=request.user.language) if period else None,
        "kind": kind,
    }
    return await reading.journal_page(tx, user=request.user, filters=filters, cursor=cursor, limit=limit)


@get("/api/journal/balances", guards=[requires(Permission.PAYOUTS_READ)], tags=TAGS, summary="Trial balance")
async def show_balances(
    request: Asked,
    tx: Transaction,
    hospital_id: HospitalId = None,
    owner_id: Annotated[Id | None, QueryParameter(name="ownerId")] = None,
    until: Annotated[str | None, QueryParameter(max_length=40, description="To the end of this month.")] = None,
) -> Balances:
    """What each account stands at, by currency."""
    month = read_month(until, locale=request.user.language, pointer="/until") if until else None
    return Balances(
        items=await reading.balances(tx, user=request.user, hospital_id=hospital_id, owner_id=owner_id, until=month)
    )


async def _month(tx: Tx, period: str, hospital_id: int) -> date:
    return read_month(period, locale=(await hospital(tx, hospital_id)).locale)


ROUTES: list[Any] = [
    list_periods, close_period, reopen_period, start_run, list_runs, preview_run, show_run, list_journal, show_balances,
]  # fmt: skip
