"""REST of what owners agreed to and refused."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.idempotency import once
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire
from bedside.owners import consenting, registering
from bedside.owners.model import Id, OwnerConsent, OwnerConsentGiven

Person = Request[SignedIn, Any, Any]
TAGS = ["Owners"]


class OwnerConsents(Wire, kw_only=True):
    """The history of an owner's consent, newest first; the newest for a channel and purpose is in force."""

    items: list[OwnerConsent]


@get(
    "/api/owners/{owner_id:int}/consents",
    guards=[requires(Permission.OWNERS_READ, own=True)],
    tags=TAGS,
    summary="History of an owner's consent",
)
async def list_owner_consents(owner_id: FromPath[Id], request: Person, tx: Transaction) -> OwnerConsents:
    """Every word the owner gave about being written to, newest first. Somebody who signs in as an owner reads their
    own."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    return OwnerConsents(items=await consenting.owner_consents(tx, owner_id=owner_id))


@post(
    "/api/owners/{owner_id:int}/consents",
    guards=[requires(Permission.OWNERS_EDIT)],
    tags=TAGS,
    summary="Record an owner's consent or refusal",
)
async def record_owner_consent(
    owner_id: FromPath[Id], data: JSONBody[OwnerConsentGiven], request: Person, tx: Transaction
) -> Response[OwnerConsent]:
    """Keeps what the owner said about a channel and purpose, how and in which words. Nothing before it is lost; what
    waits to be sent and is refused by it does not go out."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    work = consenting.record_owner_consent(tx, owner_id=owner_id, given=data, actor=request.user)
    return await once(request, tx, work)


ROUTES: list[Any] = [list_owner_consents, record_owner_consent]
