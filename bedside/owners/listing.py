"""The list of owners, for whoever may see each of them."""

from typing import Any

from bedside.accounts import SignedIn
from bedside.kit.database import Tx
from bedside.kit.http.paging import Page
from bedside.owners import store
from bedside.owners.model import Owner

_FIELDS = Owner.__struct_fields__


def words(q: str | None) -> str | None:
    """What is searched for, as a pattern has it: its own wildcards are taken literally; None for nothing."""
    text = " ".join((q or "").split())
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") or None


async def page(
    tx: Tx,
    *,
    user: SignedIn,
    filters: dict[str, Any],
    sort: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Owner]:
    """One page. `filters`: q, hospital_id, kind, account_manager_id, tag, archived; None does not count."""
    wanted = filters | {"q": words(filters.get("q")), "within": user.hospitals}
    found = await store.OWNERS.page(tx, filters=wanted, sort=sort, cursor=cursor, limit=limit)
    return Page(items=[Owner(**{name: getattr(one, name) for name in _FIELDS}) for one in found.items], next=found.next)
