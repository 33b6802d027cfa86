"""REST of redeeming: rewards that somebody may have, redemptions and how they are tracked, vouchers and their use."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, audit, public, requires
from bedside.kit.database import Database, Tx
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import NotFound
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import TableKind, table
from bedside.kit.http.transaction import Transaction
from bedside.kit.qr import qr_png, qr_svg
from bedside.kit.wire import Wire
from bedside.loyalty import redeeming, store_redemptions
from bedside.loyalty.program import program_in_force
from bedside.loyalty.reward_model import (
    CancelReason,
    Id,
    Offer,
    Redemption,
    RedemptionWanted,
    VoucherStatus,
    VoucherUse,
)
from bedside.loyalty.vouchers import read_code

Person = Request[SignedIn, Any, Any]
TAGS = ["Loyalty"]
READ = Permission.LOYALTY_READ
REDEEM = Permission.LOYALTY_REDEEM

Status = Annotated[VoucherStatus | None, QueryParameter(description="issued, used, cancelled, expired")]
OfReward = Annotated[Id | None, QueryParameter(name="rewardId")]
OfPatient = Annotated[Id | None, QueryParameter(name="patientId")]
UsedAt = Annotated[Id | None, QueryParameter(name="usedHospitalId", description="Used at this hospital.")]
Since = Annotated[date | None, QueryParameter(name="from", description="Issued on this day of the program's or later.")]
Until = Annotated[date | None, QueryParameter(name="to", description="Issued on this day or before.")]
CodeInPath = Annotated[str, Meta(min_length=1, max_length=60)]

_DRAWN = "it draws the code that stands in its address, and does not say whether there is such a voucher"


class Offers(Wire, kw_only=True):
    """Rewards as a patient sees them."""

    items: list[Offer]


async def _filters(
    tx: Tx,
    *,
    status: VoucherStatus | None,
    reward_id: int | None,
    patient_id: int | None,
    used_hospital_id: int | None,
    since: date | None,
    until: date | None,
) -> dict[str, Any]:
    """The filters as the list takes them; days are those of the program's zone."""
    zone = (await program_in_force(tx)).zone

    def begins(day: date) -> datetime:
        return datetime.combine(day, time(), zone)

    return {
        "status": status, "reward_id": reward_id, "patient_id": patient_id, "used_hospital_id": used_hospital_id,
        "since": None if since is None else begins(since),
        "until": None if until is None or until == date.max else begins(until + timedelta(days=1)),
    }  # fmt: skip


@get(
    "/api/loyalty/{patient_id:int}/offers",
    guards=[requires(READ)],
    tags=TAGS,
    summary="Rewards that a patient may have, and what is missing",
)
async def list_offers(patient_id: FromPath[Id], tx: Transaction) -> Offers:
    """Every reward offered now, the cheapest first: whether this patient may redeem it, else why not (`whyNot`: points,
    stock, tier, limit) and how many points are missing."""
    return Offers(items=await redeeming.offers_to(tx, patient_id))


@post("/api/loyalty/{patient_id:int}/redeem", guards=[requires(REDEEM)], tags=TAGS, summary="Redeem a reward")
async def redeem(
    patient_id: FromPath[Id], data: JSONBody[RedemptionWanted], request: Person, tx: Transaction
) -> Response[Redemption]:
    """Takes the points and makes a voucher, good until the end of the day `expiresAt`. Its `code` stands on it in words
    and as QR (`/vouchers/{code}/qr.svg`).

    409 says what is missing: `not-enough-points` (`missing`), `out-of-stock`, `tier-too-low` (`tierCode`),
    `reward-limit-reached` (`limit`), `reward-unavailable`; nothing is written then."""
    redeemed = redeeming.redeem(
        tx,
        patient_id=patient_id,
        reward_id=data.reward_id,
        source="api" if request.user.kind == "api_key" else "desk",
        actor=request.user,
    )
    return await once(request, tx, redeemed, headers=lambda one: {"Location": f"/api/loyalty/redemptions/{one.id}"})


@get("/api/loyalty/redemptions", guards=[requires(READ)], tags=TAGS, summary="Redemptions and what became of them")
async def list_redemptions(
    tx: Transaction,
    status: Status = None,
    reward_id: OfReward = None,
    patient_id: OfPatient = None,
    used_hospital_id: UsedAt = None,
    since: Since = None,
    until: Until = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Redemption]:
    """The newest first, or by `sort` (issued, expires, points; `-` before it for descending). A voucher whose time is
    past is `expired`, whether or not anybody looked."""
    filters = await _filters(
        tx, status=status, reward_id=reward_id, patient_id=patient_id, used_hospital_id=used_hospital_id, since=since,
        until=until,
    )  # fmt: skip
    return await store_redemptions.REDEMPTIONS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/loyalty/redemptions/export",
    guards=[requires(READ)],
    tags=TAGS,
    summary="Redemptions as a table",
    media_type="text/csv",
)
async def export_redemptions(
    request: Person,
    tx: Transaction,
    status: Status = None,
    reward_id: OfReward = None,
    patient_id: OfPatient = None,
    used_hospital_id: UsedAt = None,
    since: Since = None,
    until: Until = None,
    kind: Annotated[TableKind, QueryParameter(name="format", description="csv or xlsx")] = "csv",
) -> Stream:
    """The same filters as the list, every row, as CSV in UTF-8 or as a workbook. It is an audit fact. The codes of
    vouchers are not in it: a table is no place to steal them from."""
    filters = await _filters(
        tx, status=status, reward_id=reward_id, patient_id=patient_id, used_hospital_id=used_hospital_id, since=since,
        until=until,
    )  # fmt: skip
    kept = {name: str(value) for name, value in filters.items() if value is not None}
    await audit(tx, actor=request.user, action="redemptions.exported", subject="redemption", after=kept)
    database: Database = request.app.state.database

    async def rows() -> AsyncIterator[Sequence[Any]]:
        async with database.transaction() as own:
            async for one in store_redemptions.everything(own, filters):
                yield (
                    one.id, one.patient_id, one.patient_name, one.reward_name, one.points, one.status, one.issued_at,
                    one.expires_at, one.used_at, one.used_by_name, one.used_hospital_id, one.cancelled_at,
                    one.cancelled_because, one.source, one.created_by_name,
                )  # fmt: skip

    columns = (
        "id", "patient id", "patient", "reward", "points", "status", "issued", "expires", "used", "used by",
        "used at hospital", "cancelled", "cancelled because", "source", "by",
    )  # fmt: skip
    return await table(kind, columns, rows(), name="redemptions")


@get("/api/loyalty/redemptions/{redemption_id:int}", guards=[requires(READ)], tags=TAGS, summary="One redemption")
async def read_redemption(redemption_id: FromPath[Id], tx: Transaction) -> Redemption:
    """A redemption and its voucher."""
    return await redeeming.redemption(tx, redemption_id)


@post(
    "/api/loyalty/redemptions/{redemption_id:int}/cancel",
    guards=[requires(REDEEM)],
    status_code=200,
    tags=TAGS,
    summary="Cancel a redemption",
)
async def cancel_redemption(
    redemption_id: FromPath[Id], data: JSONBody[CancelReason], request: Person, tx: Transaction
) -> Response[Redemption]:
    """Gives the points back, to the very lots where they have not expired meanwhile, and the reward to the stock. 409
    `voucher-used` or `voucher-cancelled` where it is too late."""
    cancelling = redeeming.cancel_redemption(tx, redemption_id=redemption_id, reason=data.reason, actor=request.user)
    return await once(request, tx, cancelling, status=200)


@get("/api/loyalty/vouchers/{code:str}", guards=[requires(READ)], tags=TAGS, summary="A voucher by its code")
async def read_voucher(code: FromPath[CodeInPath], tx: Transaction) -> Redemption:
    """The redemption behind a code, typed in any way: whose it is, for what, and whether it is still good (`status`).
    404 `no-such-voucher` for a code that is on none of ours."""
    return await redeeming.voucher(tx, code)


@post(
    "/api/loyalty/vouchers/{code:str}/use",
    guards=[requires(REDEEM)],
    status_code=200,
    tags=TAGS,
    summary="Use a voucher",
)
async def use_voucher(
    code: FromPath[CodeInPath], data: JSONBody[VoucherUse], request: Person, tx: Transaction
) -> Response[Redemption]:
    """Marks the voucher as used at a hospital, once. 404 `no-such-voucher`; 409 `voucher-used` (when, by whom, where),
    `voucher-expired`, `voucher-cancelled`."""
    using = redeeming.use_voucher(tx, code=code, hospital_id=data.hospital_id, actor=request.user)
    return await once(request, tx, using, status=200)


# a code's picture is the same for ever
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable", "X-Robots-Tag": "noindex"}


def _drawable(code: str) -> str:
    read = read_code(code)
    if read is None:
        raise NotFound("This is no voucher's code.", next_step="A code has eight letters and digits.")
    return read


@get("/vouchers/{code:str}/qr.svg", guards=[public(_DRAWN)], include_in_schema=False, sync_to_thread=False)
def draw_svg(code: FromPath[str]) -> Response[bytes]:
    """A voucher's code as QR, for screens."""
    return Response(qr_svg(_drawable(code)), media_type="image/svg+xml", headers=_KEPT)


@get("/vouchers/{code:str}/qr.png", guards=[public(_DRAWN)], include_in_schema=False, sync_to_thread=False)
def draw_png(code: FromPath[str]) -> Response[bytes]:
    """The same as PNG, for mail and paper."""
    return Response(qr_png(_drawable(code)), media_type="image/png", headers=_KEPT)


ROUTES: list[Any] = [
    list_offers, redeem, list_redemptions, export_redemptions, read_redemption, cancel_redemption, read_voucher,
    use_voucher, draw_svg, draw_png,
]  # fmt: skip
