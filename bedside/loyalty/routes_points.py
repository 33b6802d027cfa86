"""REST of points: where a patient stands, awarding by hand, taking an award back, the history."""

from typing import Annotated, Any
from uuid import uuid4

from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, audit_reading, requires
from bedside.kit.http.idempotency import once
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire
from bedside.loyalty import standing, store_points
from bedside.loyalty.awarding import award_by_hand
from bedside.loyalty.model import Award, Entry, Id, LoyaltyStatus, NewAward, NewReversal, Reversal
from bedside.loyalty.reversing import reverse_by_hand
from bedside.patients import patient

Asked = Request[SignedIn, Any, Any]
TAGS = ["Loyalty"]


class History(Wire, kw_only=True):
    """A part of somebody's history, newest first; `next` goes on from there."""

    items: list[Entry]
    next: int | None


@get(
    "/api/loyalty/{patient_id:int}",
    guards=[requires(Permission.LOYALTY_READ)],
    tags=TAGS,
    summary="Where a patient stands",
)
async def read_status(patient_id: FromPath[Id], request: Asked, tx: Transaction) -> LoyaltyStatus:
    """Balance, tier, points to the next tier, what expires next, the newest history, and what can be afforded.

    A patient who has earned nothing yet has a balance of 0 in the lowest tier. 404 for a patient that there is not.
    """
    found = await standing.account(tx, patient_id)
    await audit_reading(tx, actor=request.user, patient_id=patient_id)
    return found


@get(
    "/api/loyalty/{patient_id:int}/history",
    guards=[requires(Permission.LOYALTY_READ)],
    tags=TAGS,
    summary="What moved a patient's points",
)
async def read_history(
    patient_id: FromPath[Id],
    tx: Transaction,
    before: Annotated[int | None, QueryParameter(ge=1, description="Go on before this entry.")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> History:
    """Every movement, newest first: `earned`, `spent`, `expired`, `refilled` (a redemption was cancelled), `reversed`
    (an award was taken back), `missing` (what of that had been spent, and is owed), `settled` (what was owed was paid).
    """
    await patient(tx, patient_id)
    found = await store_points.entries(tx, patient_id=patient_id, before=before, limit=limit + 1)
    more = len(found) > limit
    found = found[:limit]
    return History(items=found, next=found[-1].id if more else None)


@post(
    "/api/loyalty/{patient_id:int}/award",
    guards=[requires(Permission.LOYALTY_AWARD)],
    tags=TAGS,
    summary="Award points by hand",
)
async def award_points(
    patient_id: FromPath[Id], data: JSONBody[NewAward], request: Asked, tx: Transaction
) -> Response[Award]:
    """Awards points for a reason, as many as your role may at once. Send an `Idempotency-Key`, so that a request sent
    twice awards once.

    403 `award-above-limit` names the limit; 404 for a patient that there is not; 422 without a reason.
    """
    work = award_by_hand(tx, patient_id=patient_id, new=data, key=str(uuid4()), actor=request.user)
    return await once(request, tx, work)


@post(
    "/api/loyalty/{patient_id:int}/reversals",
    guards=[requires(Permission.LOYALTY_AWARD)],
    tags=TAGS,
    summary="Take an award back",
)
async def reverse_award(
    patient_id: FromPath[Id], data: JSONBody[NewReversal], request: Asked, tx: Transaction
) -> Response[Reversal]:
    """Takes an award back: what is left of it goes, what was spent of it is `missing` and is settled by what is earned
    next. 404 `no-such-award`; 409 `award-reversed` where it was taken back before; 422 without a reason."""
    return await once(request, tx, reverse_by_hand(tx, patient_id=patient_id, new=data, actor=request.user))


ROUTES: list[Any] = [read_status, read_history, award_points, reverse_award]
