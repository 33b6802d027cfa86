"""REST of awards to many."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.idempotency import once
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire
from bedside.loyalty import bulk, store_bulk
from bedside.loyalty.bulk_model import BulkAward, Id, NewBulkAward

Person = Request[SignedIn, Any, Any]
TAGS = ["Loyalty"]


class BulkAwards(Wire, kw_only=True):
    """The newest awards to many."""

    items: list[BulkAward]


@post("/api/loyalty/bulk-awards", guards=[requires(Permission.LOYALTY_EDIT)], tags=TAGS, summary="Award points to many")
async def award_many(data: JSONBody[NewBulkAward], request: Person, tx: Transaction) -> Response[BulkAward]:
    """Awards what the program gives for every visit completed on the days `fromDay` to `untilDay`; or `points` to each
    of `patientIds`, for a reason. It is done in the background, and what a visit earned before is not given again: ask
    for it by its id to see how far it is.

    422 `bulk-award-refused` with a pointer; 403 `award-above-limit` for more than your role may award at once.
    """
    work = bulk.award_many(tx, new=data, actor=request.user)
    return await once(request, tx, work, headers=lambda one: {"Location": f"/api/loyalty/bulk-awards/{one.id}"})


@get(
    "/api/loyalty/bulk-awards",
    guards=[requires(Permission.LOYALTY_REPORTS)],
    tags=TAGS,
    summary="Awards to many",
)
async def list_bulk_awards(tx: Transaction, limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50) -> BulkAwards:
    """The newest first, with how far each is."""
    return BulkAwards(items=await store_bulk.bulk_awards(tx, limit=limit))


@get(
    "/api/loyalty/bulk-awards/{bulk_id:int}",
    guards=[requires(Permission.LOYALTY_REPORTS)],
    tags=TAGS,
    summary="How far an award to many is",
)
async def read_bulk_award(bulk_id: FromPath[Id], tx: Transaction) -> BulkAward:
    """`awarded` and `skipped` (had been awarded before) of `total`. 404 `no-such-bulk-award`."""
    return await bulk.bulk_award(tx, bulk_id)


ROUTES: list[Any] = [award_many, list_bulk_awards, read_bulk_award]
