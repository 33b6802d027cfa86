"""The list of patients: by name page by page, or whom the search box may mean."""

from typing import Any

from bedside.kit.database import Tx
from bedside.kit.http.paging import LARGEST_PAGE, Page
from bedside.kit.http.problems import Invalid
from bedside.patients import store
from bedside.patients.model import Patient
from bedside.patients.searching import search

_FIELDS = Patient.__struct_fields__


async def page(
    tx: Tx,
    *,
    q: str | None = None,
    filters: dict[str, Any],
    sort: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Patient]:
    """One page. `filters`: archived, hospital_id, language, tag; None does not count. With `q` there is one page, the
    likeliest first, and neither `sort` nor `cursor`. Raises Invalid (422)."""
    if q and q.strip():
        if cursor is not None or sort is not None:
            raise Invalid(
                "What a search finds comes in one page, the likeliest first.",
                pointer="/cursor" if cursor is not None else "/sort",
                next_step="Leave out cursor and sort, or q.",
            )
        if not 1 <= limit <= LARGEST_PAGE:
            raise Invalid(f"limit is between 1 and {LARGEST_PAGE}.", pointer="/limit")
        return Page(items=await search(tx, text=q, limit=limit, **filters))
    wanted = dict(filters)
    if wanted.get("archived") is False:
        wanted["archived"], wanted["present"] = None, True
    found = await store.PATIENTS.page(tx, filters=wanted, sort=sort, cursor=cursor, limit=limit)
    items = [Patient(**{name: getattr(one, name) for name in _FIELDS}) for one in found.items]
    return Page(items=items, next=found.next)
