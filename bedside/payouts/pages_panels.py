"""What other pages show of payouts: an owner's balance and list, for staff and the owner; notes and tasks."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.follow_ups import NewNote, NewTask, add_note, add_task, notes
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, read_as, told
from bedside.kit.http.problems import NotFound, Problem
from bedside.kit.http.transaction import Transaction
from bedside.owners import owner, seen_owner
from bedside.payouts import reading, store_pages, store_payouts
from bedside.payouts.model import SHOWN_TO_OWNERS, Id
from bedside.payouts.page_context import METHODS, Person, allowed, today_of
from bedside.payouts.statements import file_name, seen_statement, statement_pdf

_WORDS = {"body": "Write something first.", "title": "Say in a few words what is to be done."}


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


async def _follow_ups(
    request: Person, tx: Tx, payout_id: int, errors: dict[str, str] | None = None, typed: str = ""
) -> Template:
    context = {
        "payout_id": payout_id, "may_edit": request.user.may(Permission.FOLLOW_UPS_EDIT), "errors": errors or {},
        "typed": typed, "notes": await notes(tx, subject="payout", subject_id=payout_id),
        "tasks": await store_pages.tasks_about(tx, payout_id), "now": tx.now,
    }  # fmt: skip
    return Template("payouts/follow_ups.html", context=context, status_code=422 if errors else 200)


@get(
    "/panels/payouts/{payout_id:int}/follow-ups", guards=[requires(Permission.FOLLOW_UPS_READ)], include_in_schema=False
)
async def follow_ups_panel(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Notes and tasks about a payout."""
    await _seen(request, tx, payout_id)
    return await _follow_ups(request, tx, payout_id)


async def _seen(request: Person, tx: Tx, payout_id: int) -> int:
    """The hospital of a payout that the user may see. Raises NoSuchPayout (404)."""
    if not request.user.may(Permission.PAYOUTS_READ):
        raise NotFound("There is no such payout.", next_step="Look it up in the list of payouts.")
    return (await reading.seen_payout(tx, payout_id=payout_id, user=request.user)).hospital_id


@post(
    "/panels/payouts/{payout_id:int}/notes",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def add_payout_note(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Writes a note."""
    await _seen(request, tx, payout_id)
    body = (await fields_of(request)).get("body", "")
    try:
        new = read_as(NewNote, {"subject": "payout", "subject_id": payout_id, "body": body}, _WORDS)
        async with tx.savepoint():
            await add_note(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return await _follow_ups(request, tx, payout_id, wrong.errors, body)
    except Problem as problem:
        return await _follow_ups(request, tx, payout_id, told(problem, ("body",)), body)
    return await _follow_ups(request, tx, payout_id)


@post(
    "/panels/payouts/{payout_id:int}/tasks",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def add_payout_task(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Opens a task."""
    hospital_id = await _seen(request, tx, payout_id)
    title = (await fields_of(request)).get("title", "")
    given = {"title": title, "subject": "payout", "subject_id": payout_id, "hospital_id": hospital_id}
    try:
        new = read_as(NewTask, given, _WORDS)
        async with tx.savepoint():
            await add_task(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return await _follow_ups(request, tx, payout_id, wrong.errors)
    except Problem as problem:
        return await _follow_ups(request, tx, payout_id, told(problem, ("title",)))
    return await _follow_ups(request, tx, payout_id)


PAGES: list[Any] = [owner_panel, my_panel, my_statement, follow_ups_panel, add_payout_note, add_payout_task]
