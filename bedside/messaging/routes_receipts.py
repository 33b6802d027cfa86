"""REST of webhooks that could not be applied."""

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.paging import Page
from bedside.kit.http.transaction import Transaction
from bedside.messaging import set_aside
from bedside.messaging.store_receipts import SetAside
from bedside.messaging.store_refused import RefusedOnDay
from bedside.messaging.views import RecordId

Asked = Request[SignedIn, Any, Any]
TAGS = ["Webhooks"]
MANAGE = [requires(Permission.STAFF_MANAGE)]


@get("/api/webhook-receipts", guards=MANAGE, tags=TAGS, summary="Webhooks that could not be applied")
async def list_set_aside(
    request: Asked,
    tx: Transaction,
    provider: Annotated[str | None, QueryParameter(name="provider", max_length=20)] = None,
    sort: Annotated[str | None, QueryParameter(name="sort")] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[SetAside]:
    """What made no sense or failed too often, the newest first, with what was at fault and what it says.

    `provider` is `twilio`, `whatsapp_cloud` or `smtp`. For administrators of all hospitals.
    """
    return await set_aside.listed(tx, user=request.user, provider=provider, sort=sort, cursor=cursor, limit=limit)


@post(
    "/api/webhook-receipts/{receipt_id:int}/apply",
    guards=MANAGE,
    tags=TAGS,
    summary="Apply a webhook again",
    status_code=200,
)
async def apply_again(request: Asked, tx: Transaction, receipt_id: FromPath[RecordId]) -> SetAside:
    """Puts it among those that wait; the worker applies it at once. What of it was applied before stays as it is."""
    return await set_aside.apply_again(tx, receipt_id=receipt_id, user=request.user)


@post(
    "/api/webhook-receipts/{receipt_id:int}/let-go",
    guards=MANAGE,
    tags=TAGS,
    summary="Let a webhook go",
    status_code=200,
)
async def let_go(request: Asked, tx: Transaction, receipt_id: FromPath[RecordId]) -> SetAside:
    """Takes it off the list for good. It stays kept for ninety days."""
    return await set_aside.let_go(tx, receipt_id=receipt_id, user=request.user)


@get("/api/webhook-refusals", guards=MANAGE, tags=TAGS, summary="Webhooks that were refused, by day")
async def list_refused(
    request: Asked,
    tx: Transaction,
    provider: Annotated[str | None, QueryParameter(name="provider", max_length=20)] = None,
    reason: Annotated[str | None, QueryParameter(name="reason", max_length=20)] = None,
    sort: Annotated[str | None, QueryParameter(name="sort")] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[RefusedOnDay]:
    """How often in a day, by `provider` and `reason` (`signature`, `token`, `address`, `malformed`), the newest day
    first (`sort`: `day` or `-day`). A signature that is not the provider's is answered 403, and nothing of the call is
    kept. For administrators of all hospitals.
    """
    return await set_aside.refused(
        tx, user=request.user, provider=provider, reason=reason, sort=sort, cursor=cursor, limit=limit
    )


ROUTES = [list_refused, list_set_aside, apply_again, let_go]
