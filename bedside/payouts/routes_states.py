"""REST of what becomes of a payout: changed, approved, returned, discarded, paid, reversed, reviewed."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from litestar import Response, patch, post
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.database import Tx
from bedside.kit.http.conditional import expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.transaction import Transaction
from bedside.payouts import reading, states
from bedside.payouts.model import Id, Payment, PayoutChanges, PayoutDetail, Reason
from bedside.payouts.routes_payouts import TAGS, Asked, answer, headers_of
from bedside.payouts.store_payouts import PayoutRow


@patch(
    "/api/owners/{owner_id:int}/payouts/{payout_id:int}",
    guards=[requires(Permission.PAYOUTS_EDIT)],
    tags=TAGS,
    summary="Change a draft",
)
async def change_payout(
    owner_id: FromPath[Id], payout_id: FromPath[Id], data: JSONBody[PayoutChanges], request: Asked, tx: Transaction
) -> Response[PayoutDetail]:
    """The note and the method of a draft; who changed it may not approve it. Its lines never change: discard it and
    draft anew. 412 where somebody else changed it since (`If-Match`)."""
    await reading.seen_payout(tx, payout_id=payout_id, user=request.user, owner_id=owner_id)
    version = expected_version(request)
    made = await states.change_draft(
        tx, payout_id=payout_id, changes=data, actor=request.user, expected_version=version
    )
    return await answer(tx, made, request.user)


@post(
    "/api/owners/{owner_id:int}/payouts/{payout_id:int}/approve",
    guards=[requires(Permission.PAYOUTS_APPROVE)],
    status_code=200,
    tags=TAGS,
    summary="Approve a payout",
)
async def approve_payout(
    owner_id: FromPath[Id], payout_id: FromPath[Id], request: Asked, tx: Transaction
) -> Response[PayoutDetail]:
    """By a second person: 403 `two-people-needed` for who made it or changed it last, administrators included, and for
    a script's token or an API key, which do not say who it was. Where the money goes is pinned here."""
    await reading.seen_payout(tx, payout_id=payout_id, user=request.user, owner_id=owner_id)
    version = expected_version(request)
    made = await states.approve(tx, payout_id=payout_id, actor=request.user, expected_version=version)
    return await answer(tx, made, request.user)


@post(
    "/api/owners/{owner_id:int}/payouts/{payout_id:int}/return",
    guards=[requires(Permission.PAYOUTS_APPROVE)],
    status_code=200,
    tags=TAGS,
    summary="Return a payout to draft",
)
async def return_payout(
    owner_id: FromPath[Id], payout_id: FromPath[Id], request: Asked, tx: Transaction
) -> Response[PayoutDetail]:
    """Takes an approval back, with its posting."""
    await reading.seen_payout(tx, payout_id=payout_id, user=request.user, owner_id=owner_id)
    version = expected_version(request)
    made = await states.return_to_draft(tx, payout_id=payout_id, actor=request.user, expected_version=version)
    return await answer(tx, made, request.user)


@post(
    "/api/owners/{owner_id:int}/payouts/{payout_id:int}/discard",
    guards=[requires(Permission.PAYOUTS_EDIT)],
    status_code=200,
    tags=TAGS,
    summary="Discard a draft",
)
async def discard_payout(
    owner_id: FromPath[Id], payout_id: FromPath[Id], request: Asked, tx: Transaction
) -> Response[PayoutDetail]:
    """Gives a draft up. It keeps its number; payments that it deducted are free for the next."""
    await reading.seen_payout(tx, payout_id=payout_id, user=request.user, owner_id=owner_id)
    version = expected_version(request)
    made = await states.discard(tx, payout_id=payout_id, actor=request.user, expected_version=version)
    return await answer(tx, made, request.user)


@post(
    "/api/owners/{owner_id:int}/payouts/{payout_id:int}/pay",
    guards=[requires(Permission.PAYOUTS_PAY)],
    status_code=200,
    tags=TAGS,
    summary="Mark a payout paid",
)
async def pay_payout(
    owner_id: FromPath[Id], payout_id: FromPath[Id], data: JSONBody[Payment], request: Asked, tx: Transaction
) -> Response[PayoutDetail]:
    """Posts the payment and tells the owner. `paymentReference`: the check's number, the wallet's transaction, who
    received the cash. 409 `payment-details-changed` where the owner is paid elsewhere since it was approved. One that
    comes to nothing is settled, and nobody is told."""
    await reading.seen_payout(tx, payout_id=payout_id, user=request.user, owner_id=owner_id)
    work = partial(
        states.pay,
        tx,
        payout_id=payout_id,
        payment_method=data.payment_method,
        payment_reference=data.payment_reference,
        paid_on=data.paid_on,
        actor=request.user,
        expected_version=expected_version(request),
    )
    return await once(request, tx, _detailed(tx, work, request.user), status=200, headers=headers_of)


@post(
    "/api/owners/{owner_id:int}/payouts/{payout_id:int}/reverse",
    guards=[requires(Permission.PAYOUTS_PAY)],
    status_code=200,
    tags=TAGS,
    summary="Reverse a payout",
)
async def reverse_payout(
    owner_id: FromPath[Id], payout_id: FromPath[Id], data: JSONBody[Reason], request: Asked, tx: Transaction
) -> Response[PayoutDetail]:
    """Mirrors every posting whole, once; payments that it deducted are free again, and another revision may be
    drafted."""
    await reading.seen_payout(tx, payout_id=payout_id, user=request.user, owner_id=owner_id)
    work = partial(
        states.reverse,
        tx,
        payout_id=payout_id,
        reason=data.reason,
        actor=request.user,
        expected_version=expected_version(request),
    )
    return await once(request, tx, _detailed(tx, work, request.user), status=200, headers=headers_of)


@post(
    "/api/owners/{owner_id:int}/payouts/{payout_id:int}/review",
    guards=[requires(Permission.PAYOUTS_APPROVE)],
    status_code=200,
    tags=TAGS,
    summary="Review a payment made before",
)
async def review_payout(
    owner_id: FromPath[Id], payout_id: FromPath[Id], request: Asked, tx: Transaction
) -> Response[PayoutDetail]:
    """Notes that a second person looked at a payment that had been made before it was written down."""
    await reading.seen_payout(tx, payout_id=payout_id, user=request.user, owner_id=owner_id)
    made = await states.review(tx, payout_id=payout_id, actor=request.user)
    return await answer(tx, made, request.user)


async def _detailed(tx: Tx, work: Callable[[], Awaitable[PayoutRow]], user: SignedIn) -> PayoutDetail:
    # begun here and no sooner: a replayed answer throws this coroutine away
    return await reading.detail(tx, await work(), user=user)


ROUTES: list[Any] = [
    change_payout, approve_payout, return_payout, discard_payout, pay_payout, reverse_payout, review_payout,
]  # fmt: skip
