"""The part of the page about channels that shows the senders: what each does, who stands in for whom, and why."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.database import Tx
from bedside.kit.http.transaction import Transaction
from bedside.messaging import by_hand
from bedside.messaging.circuits import standing
from bedside.messaging.provider_accounts import ProviderAccounts
from bedside.messaging.views import RecordId, SenderChanges
from bedside.messaging.webhooks import accounts_of

Person = Request[SignedIn, Any, Any]
MANAGE = [requires(Permission.STAFF_MANAGE)]


async def senders_shown(tx: Tx, accounts: ProviderAccounts, user: SignedIn) -> dict[str, Any]:
    """What the senders' table needs."""
    senders = [one for one in await standing(tx) if user.works_at(one.hospital_id)]
    return {"senders": senders, "by_id": {one.id: one for one in senders}, "real": accounts.real, "now": tx.now}


@get("/settings/channels/senders", guards=MANAGE, include_in_schema=False)
async def senders_region(request: Person, tx: Transaction) -> Template:
    """The senders alone, when something happened to one."""
    context = await senders_shown(tx, accounts_of(request.app.state), request.user)
    return Template("messaging/senders_region.html", context=context)


@post("/settings/channels/{sender_id:int}", guards=MANAGE, status_code=200, include_in_schema=False)
async def change_sender(
    sender_id: FromPath[RecordId], request: Person, tx: Transaction, paused: FromQuery[bool]
) -> Template:
    """Pauses or resumes a sender."""
    changed = await by_hand.change_sender(
        tx, sender_id=sender_id, changes=SenderChanges(paused=paused), expected_version=None, user=request.user
    )
    words = "Its messages wait." if paused else "What waited goes out now."
    return _said("Paused" if paused else "Resumed", f"{changed.address}: {words}")


@post("/settings/channels/{sender_id:int}/try", guards=MANAGE, status_code=200, include_in_schema=False)
async def try_sender(sender_id: FromPath[RecordId], request: Person, tx: Transaction) -> Template:
    """Has a sender that is held back tried at once."""
    tried = await by_hand.try_sender(tx, sender_id=sender_id, user=request.user)
    return _said("Trying again", f"{tried.address}: the next message shows whether it works.")


def _said(title: str, text: str) -> Template:
    return Template("messaging/toast.html", context={"title": title, "text": text}, headers={"HX-Trigger": "senders"})


SENDER_PAGES = [senders_region, change_sender, try_sender]
