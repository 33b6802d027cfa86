"""What other pages show of payouts: an owner's balance and list, for staff and the owner; notes and tasks."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.database import Tx
from bedside.kit.http.problems import NotFound
from bedside.kit.http.transaction import Transaction
from bedside.owners import owner, seen_owner
from bedside.payouts import store_pages, store_payouts
from bedside.payouts.model import SHOWN_TO_OWNERS, Id
from bedside.payouts.page_context import METHODS, Person, allowed, today_of
from bedside.payouts.statements import file_name, seen_statement, statement_pdf


async def _balance(request: Person, tx: Tx, *, owner_id: int, mine: bool, cursor: str | None = None) -> dict[str, Any]:
    hospitals = None if mine else request.user.hospitals
    began = today_of(request, tx).replace(month=1, day=1)
    shown = [str(status) for status in SHOWN_TO_OWNERS] if mine else None
    page = await store_payouts.PAYOUTS.page(
        tx,
        filters={"owner_id": owner_id, "hospitals": hospitals, "statuses": shown},
        cursor=cursor,
        limit=12,
    )
    balance = await store_pages.owner_balance(tx, owner_id=owner_id, hospitals=hospitals, year_began=began)
    if mine:  # what is only drafted is not the owner's to see
        balance = [one for one in balance if one.due_minor or one.last_paid_on is not None]
    return {
        "owner_id": owner_id, "mine": mine, "payouts": page.items, "next": page.next, "going_on": cursor is not None,
        "balance": balance,
        "year": began.year, "method_names": dict(METHODS), "may": allowed(request.user),
    }  # fmt: skip


@get("/owners/{owner_id:int}/payouts-panel", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def owner_panel(
    owner_id: FromPath[Id], request: Person, tx: Transaction, cursor: FromQuery[str | None] = None
) -> Template:
    """An owner's balance and payouts, on the owner's page."""
    await seen_owner(tx, owner_id=owner_id, user=request.user)
    context = await _balance(request, tx, owner_id=owner_id, mine=False, cursor=cursor)
    return Template("payouts/owner_panel.html", context=context)


def _own(user: SignedIn) -> int:
    """Whose record it is. Raises NotFound (404) for who signs in for no owner."""
    if user.owner_id is None:
        raise NotFound("You sign in for no owner.", next_step="Look at the owners' list.")
    return user.owner_id


@get("/my/payouts-panel", guards=[requires(Permission.OWN_RECORD_READ)], include_in_schema=False)
async def my_panel(request: Person, tx: Transaction, cursor: FromQuery[str | None] = None) -> Template:
    """The same for the owner: what was approved and what was paid."""
    owner_id = _own(request.user)
    await owner(tx, owner_id)
    return Template(
        "payouts/owner_panel.html", context=await _balance(request, tx, owner_id=owner_id, mine=True, cursor=cursor)
    )


@get(
    "/my/payouts/{payout_id:int}/statement.pdf",
    guards=[requires(Permission.OWN_RECORD_READ)],
    include_in_schema=False,
    media_type="application/pdf",
)
async def my_statement(
    payout_id: FromPath[Id], request: Request[SignedIn, Any, Any], tx: Transaction
) -> Response[bytes]:
    """The owner's statement, once the payout was approved."""
    found = await seen_statement(tx, owner_id=_own(request.user), payout_id=payout_id, user=request.user)
    drawn = await statement_pdf(tx, payout_id)
    await audit(
        tx, actor=request.user, action="payout.statement_read", subject="payout", subject_id=payout_id,
        after={"reference": found.reference_number, "form": "pdf"},
    )  # fmt: skip
    name = file_name(found.reference_number, "pdf")
    headers = {"content-disposition": f'inline; filename="{name}"', "cache-control": "private, no-store"}
    return Response(drawn, media_type="application/pdf", headers=headers)


PAGES: list[Any] = [owner_panel, my_panel, my_statement]
