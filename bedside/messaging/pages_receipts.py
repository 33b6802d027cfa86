"""The part of the page about channels that shows what providers said and could not be applied, and what was refused."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.transaction import Transaction
from bedside.messaging import refusing, set_aside, store_receipts, store_refused
from bedside.messaging.views import RecordId

Person = Request[SignedIn, Any, Any]
MANAGE = [requires(Permission.STAFF_MANAGE)]


@get("/settings/channels/receipts", guards=MANAGE, include_in_schema=False)
async def receipts_region(request: Person, tx: Transaction) -> Template:
    """How many webhooks wait, were set aside, and were refused; nothing for staff of single hospitals."""
    context: dict[str, Any] = {"seen": set_aside.may_see(request.user), "now": tx.now}
    if context["seen"]:
        context["standing"] = await store_receipts.standing(tx)
        context["aside"] = (await set_aside.listed(tx, user=request.user, limit=20)).items
        context["refused"] = await store_refused.lately(tx)
        context |= {"names": refusing.NAMES, "why": refusing.WHAT, "what_to_do": refusing.what_to_do}
    return Template("messaging/receipts_region.html", context=context)


@post("/settings/channels/receipts/{receipt_id:int}/apply", guards=MANAGE, status_code=200, include_in_schema=False)
async def apply_again(request: Person, tx: Transaction, receipt_id: FromPath[RecordId]) -> Template:
    """Applies one again."""
    await set_aside.apply_again(tx, receipt_id=receipt_id, user=request.user)
    return _said("On its way", "It is applied now. If it fails again, it comes back here.")


@post("/settings/channels/receipts/{receipt_id:int}/let-go", guards=MANAGE, status_code=200, include_in_schema=False)
async def let_go(request: Person, tx: Transaction, receipt_id: FromPath[RecordId]) -> Template:
    """Takes one off the list."""
    await set_aside.let_go(tx, receipt_id=receipt_id, user=request.user)
    return _said("Let go", "It is off the list.")


def _said(title: str, text: str) -> Template:
    return Template("messaging/toast.html", context={"title": title, "text": text}, headers={"HX-Trigger": "receipts"})


RECEIPT_PAGES = [receipts_region, apply_again, let_go]
