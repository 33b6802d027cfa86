"""Webhooks that could not be applied, before a person: what was at fault, applied again, or let go for good."""

import msgspec

from bedside.accounts import SignedIn, audit
from bedside.kit.database import Tx
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Forbidden, NotFound
from bedside.messaging import store_receipts
from bedside.messaging.store_receipts import SET_ASIDE, SetAside
from bedside.messaging.store_refused import REFUSED, RefusedOnDay


class ReceiptNotFound(NotFound):
    """404: no such webhook has been set aside."""

    type = "receipt-not-found"


def may_see(user: SignedIn) -> bool:
    """A webhook belongs to no hospital, and may tell of anybody: it is for who works at all of them."""
    return user.hospitals is None


async def listed(
    tx: Tx,
    *,
    user: SignedIn,
    provider: str | None = None,
    sort: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[SetAside]:
    """What was set aside, the newest first. Raises Forbidden (403) for staff of single hospitals."""
    _check_may_see(user)
    return await SET_ASIDE.page(tx, filters={"provider": provider}, sort=sort, cursor=cursor, limit=limit)


async def refused(
    tx: Tx,
    *,
    user: SignedIn,
    provider: str | None = None,
    reason: str | None = None,
    sort: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[RefusedOnDay]:
    """How often webhooks were refused, by day, the newest first. Raises Forbidden (403) for staff of single
    hospitals."""
    _check_may_see(user)
    filters = {"provider": provider, "reason": reason}
    return await REFUSED.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


def _check_may_see(user: SignedIn) -> None:
    if not may_see(user):
        raise Forbidden("Webhooks belong to no hospital: they are for who works at all of them.")


async def apply_again(tx: Tx, *, receipt_id: int, user: SignedIn) -> SetAside:
    """Takes one back to those that wait; the worker applies it at once. Raises ReceiptNotFound (404)."""
    before = await _one(tx, receipt_id=receipt_id, user=user)
    await store_receipts.wait_again(tx, receipt_id=receipt_id)
    await audit(tx, actor=user, action="apply_again", subject="webhook_receipt", subject_id=receipt_id)
    return before


async def let_go(tx: Tx, *, receipt_id: int, user: SignedIn) -> SetAside:
    """Takes one off the list for good; it stays kept, with its fault, for ninety days. Raises ReceiptNotFound."""
    before = await _one(tx, receipt_id=receipt_id, user=user)
    await store_receipts.drop(tx, receipt_id=receipt_id)
    # what it says stays where it is: the audit names the fault alone
    after = msgspec.structs.replace(before, body="")
    await audit(tx, actor=user, action="let_go", subject="webhook_receipt", subject_id=receipt_id, after=after)
    return before


async def _one(tx: Tx, *, receipt_id: int, user: SignedIn) -> SetAside:
    found = await store_receipts.set_aside(tx, receipt_id=receipt_id) if may_see(user) else None
    if found is None:
        raise ReceiptNotFound("No such webhook is set aside.", next_step="Look at the list: it may be applied by now.")
    return found
