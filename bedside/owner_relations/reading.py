"""Reading the log of what is said to an owner and by them: all of it for staff, their own part for the owner."""

from typing import Any

import msgspec

from bedside.accounts import Role, SignedIn
from bedside.kit.database import Tx
from bedside.kit.http.paging import Page
from bedside.owner_relations import store_communications as store
from bedside.owner_relations.model import CHANNELS, Communication, NoSuchCommunication
from bedside.owners import seen_owner


async def log(
    tx: Tx,
    *,
    owner_id: int,
    user: SignedIn,
    filters: dict[str, Any],
    cursor: str | None = None,
    sort: str | None = None,
    limit: int = 50,
) -> Page[Communication]:
    """The log of one owner, newest first. An owner sees of it what `for_owner` leaves. Raises NoSuchOwner (404)."""
    await seen_owner(tx, owner_id=owner_id, user=user)
    page = await store.LOG.page(tx, filters=log_filters(owner_id, user, filters), cursor=cursor, sort=sort, limit=limit)
    if user.role is Role.OWNER:
        page.items = [for_owner(one) for one in page.items]
    return page


def log_filters(owner_id: int, user: SignedIn, filters: dict[str, Any]) -> dict[str, Any]:
    """The filters of the log with what somebody may see at all."""
    own = user.role is Role.OWNER
    archived = False if own else filters.get("archived", False)
    return {**filters, "owner_id": owner_id, "hospital_ids": _within(user), "own": own, "archived": archived}


def _within(user: SignedIn) -> list[int] | None:
    """The hospitals whose entries somebody sees: an owner sees those of every one, for they are about them."""
    return None if user.role is Role.OWNER else user.hospitals


def for_owner(one: Communication) -> Communication:
    """An entry as its owner sees it: whom it reached, and of a meeting when it was and about what. What staff wrote
    down about it, their tasks, and why somebody was not written to, are staff's."""
    reached = [
        msgspec.structs.replace(who, error=None, refused_because="")
        for who in one.recipients
        if who.sent_at is not None or one.kind not in CHANNELS or one.direction == "inbound"
    ]
    body = "" if one.kind == "meeting" else one.body
    return msgspec.structs.replace(one, recipients=reached, body=body, follow_up=None)


async def communication(tx: Tx, *, owner_id: int, communication_id: int, user: SignedIn) -> Communication:
    """One entry of an owner's log, archived or not. Raises NoSuchOwner, NoSuchCommunication (404)."""
    await seen_owner(tx, owner_id=owner_id, user=user)
    own = user.role is Role.OWNER
    filters = {"id": communication_id, "owner_id": owner_id, "hospital_ids": _within(user), "own": own}
    page = await store.LOG.page(tx, filters=filters, limit=1)
    if not page.items:
        raise NoSuchCommunication(
            "This owner's log has no such entry.", next_step="Look at the list of communications."
        )
    return for_owner(page.items[0]) if own else page.items[0]


async def said(tx: Tx, communication_id: int) -> Communication:
    """An entry of any owner's log, for what loads the words of its messages. Raises NoSuchCommunication (404)."""
    found = await store.said(tx, communication_id)
    if found is None:
        raise NoSuchCommunication("There is no such entry.")
    return found
