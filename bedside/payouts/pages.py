"""Pages of payouts: the list, its figures, and approving several at once."""

from typing import Any

from litestar import get, post
from litestar.params import FromQuery
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.kit.database import Tx
from bedside.kit.http.forms import number_in, numbers_of
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.owners import owners
from bedside.payouts import (
    pages_acting,
    pages_batches,
    pages_making,
    pages_panels,
    pages_payout,
    pages_periods,
    pages_reports,
    pages_revenue,
    pages_revenue_entries,
    pages_runs,
    states,
    store_pages,
    store_payouts,
)
from bedside.payouts.months import last_day_of, month_of
from bedside.payouts.page_context import (
    KINDS,
    METHODS,
    STATUSES,
    Person,
    allowed,
    by_state,
    is_htmx,
    month_in,
    month_options,
    places_of,
    today_of,
    words_of,
)

MOST_AT_ONCE = 200


async def _figures(request: Person, tx: Tx, hospital_id: int | None = None) -> dict[str, Any]:
    month = month_of(today_of(request, tx))
    found = await store_pages.figures(
        tx, hospitals=request.user.hospitals, hospital_id=hospital_id, since=month, until=last_day_of(month)
    )
    return {"figures": by_state(found), "month": month}


@get("/payouts", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def payouts_page(
    request: Person,
    tx: Transaction,
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    hospital: FromQuery[str] = "",
    owner: FromQuery[str] = "",
    period: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    run: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """What owners are owed and were paid, the latest month first."""
    user, month = request.user, month_in(period)
    owner_id = number_in(owner)
    page = await store_payouts.PAYOUTS.page(
        tx,
        filters={
            "hospitals": user.hospitals,
            "q": q.strip()[:100] or None,
            "statuses": ["draft", "approved"] if status == "unpaid" else None,
            "status": status if status in dict(STATUSES) else None,
            "hospital_id": number_in(hospital),
            "owner_id": owner_id,
            "period": month,
            "kind": kind if kind in dict(KINDS) else None,
            "needs_review": True if status == "review" else None,
            "run_id": number_in(run),
        },
        sort=sort or None,
        cursor=cursor,
        limit=50,
    )
    narrowed = any((q.strip(), status, hospital, owner, period, kind, run))
    place_list = await places_of(tx, user)
    whose = await owners(tx, ids=[owner_id]) if owner_id else []
    context = {
        "payouts": page.items, "next": page.next, "q": q, "status": status, "hospital": hospital, "owner": owner,
        "owner_name": whose[0].name if whose else "", "period": f"{month:%Y-%m}" if month else "", "kind": kind,
        "run": run, "sort": sort or "-period", "query": request.url.query, "narrowed": narrowed,
        "places": place_list, "place_names": dict(place_list), "months": month_options(today_of(request, tx)),
        "statuses": [("unpaid", "Not yet paid"), *STATUSES, ("review", "Needs review")], "kinds": KINDS,
        "method_names": dict(METHODS),
        "may": allowed(user), "user_id": user.id,
    }  # fmt: skip
    return Template("payouts/list.html", context=context | await _figures(request, tx))


@get("/payouts/figures", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def payout_figures(request: Person, tx: Transaction) -> Template:
    """The figures above the list."""
    return Template("payouts/figures.html", context=await _figures(request, tx))


@post("/payouts/approve", guards=[requires(Permission.PAYOUTS_APPROVE)], status_code=200, include_in_schema=False)
async def approve_several(request: Person, tx: Transaction) -> Template:
    """Approves what was chosen, each for itself: what may not be is named with why, and holds up no other."""
    chosen = (await numbers_of(request, "payout"))[:MOST_AT_ONCE]
    approved, refused = [], []
    for payout_id in sorted(set(chosen)):
        try:
            async with tx.savepoint():
                approved.append(await states.approve(tx, payout_id=payout_id, actor=request.user))
        except Problem as problem:
            found = await store_payouts.payout(tx, payout_id)
            seen = found is not None and request.user.works_at(found.hospital_id)
            refused.append((found if seen else None, words_of(problem)))
    context = {"approved": approved, "refused": refused, "whole": not is_htmx(request)}
    headers = {"HX-Trigger": '{"payout": {}, "payouts:changed": {}}'}
    return Template("payouts/approved.html", context=context, headers=headers)


PAGES: list[Any] = [
    payouts_page, payout_figures, approve_several, *pages_payout.PAGES, *pages_acting.PAGES, *pages_runs.PAGES,
    *pages_making.PAGES, *pages_periods.PAGES, *pages_batches.PAGES, *pages_revenue.PAGES,
    *pages_revenue_entries.PAGES, *pages_reports.PAGES, *pages_panels.PAGES,
]  # fmt: skip
