"""The page of one payout: who is paid what and why, how far it has come, and the books behind it."""

from typing import Any

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.kit.http.transaction import Transaction
from bedside.owners import payment_details
from bedside.payouts import explaining, proving, reading, states, store_calculating, store_pages, store_payouts
from bedside.payouts.model import Id
from bedside.payouts.page_context import METHODS, Person, allowed, units
from bedside.payouts.store_payouts import PayoutRow


async def standing(request: Person, tx: Tx, payout: PayoutRow) -> dict[str, Any]:
    """What of a payout's page changes: its state, what may be done, what happened."""
    user = request.user
    own = states.whose_own(payout, user.id) if user.kind == "staff" and user.id is not None else ""
    reviewer_own = payout.paid_before and payout.created_by_kind == "staff" and payout.created_by_id == user.id
    details = await payment_details(tx, owner_id=payout.owner_id, hospital_id=payout.hospital_id)
    ids = [one for one in (payout.replaces, payout.deducted_in) if one is not None]
    return {
        "payout": payout,
        "may": allowed(user),
        "own": own,
        "reviewer_own": reviewer_own,
        "details": details,
        "needs_review": payout.paid_before and payout.reviewed_at is None and payout.status == "paid",
        "method_names": dict(METHODS),
        "links": await store_pages.payouts_around(tx, ids) if ids else {},
        "replaced_by": await store_pages.replaced_by(tx, payout.id),
        "history": await store_pages.history(tx, payout.id),
        "journal": await reading.journal_of(tx, payout.id),
        "journal_words": explaining.journal_words,
        "units": units,
        "batch_id": await store_pages.batch_of(tx, payout.id),
    }


@get("/payouts/{payout_id:int}", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def payout_page(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Everything about a payout."""
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    lines = await store_payouts.lines(tx, [payout.id])
    pinned = sorted({line.contract_version_id for line in lines if line.contract_version_id is not None})
    versions = {one.id: one for one in await store_calculating.versions(tx, pinned)} if pinned else {}
    told = explaining.explained(payout, lines, versions)
    named = [one.about_payout for one in told if one.about_payout is not None]
    context = await standing(request, tx, payout) | {
        "lines": told,
        "shared": any(line.base_minor is not None for line in lines),
        "named": await store_pages.payouts_around(tx, named) if named else {},
        "place": await hospital(tx, payout.hospital_id),
    }
    return Template("payouts/payout.html", context=context)


@get("/payouts/{payout_id:int}/standing", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def payout_standing(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """How far it has come, and what may be done."""
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    return Template("payouts/standing.html", context=await standing(request, tx, payout))


@get("/payouts/{payout_id:int}/behind", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def payout_behind(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """What happened, and the postings."""
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    return Template("payouts/behind.html", context=await standing(request, tx, payout))


@get(
    "/payouts/{payout_id:int}/lines/{line_id:int}/entries",
    guards=[requires(Permission.PAYOUTS_READ)],
    include_in_schema=False,
)
async def line_entries(
    payout_id: FromPath[Id],
    line_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    cursor: FromQuery[str | None] = None,
) -> Template:
    """The revenue entries that a line was reckoned from, a page at a time."""
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    found = await reading.entries_of_line(tx, row=payout, line_id=line_id, cursor=cursor, limit=50)
    context = {
        "payout": payout, "line_id": line_id, "entries": found.items, "next": found.next,
        "going_on": cursor is not None, "query": request.url.query,
    }  # fmt: skip
    return Template("payouts/entries.html", context=context)


@get("/payouts/{payout_id:int}/check", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def check_dialog(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Computes a payout once more from what it pinned, and says whether it comes to the same."""
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    return Template("payouts/check.html", context={"payout": payout, "again": await proving.recompute(tx, payout)})


PAGES: list[Any] = [payout_page, payout_standing, payout_behind, line_entries, check_dialog]
