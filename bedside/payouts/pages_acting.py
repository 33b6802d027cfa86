"""What staff do with a payout from its page: approve, return, discard, draft anew, pay, reverse, review.

Where somebody else was quicker, a toast says who did what, and the page draws itself anew.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from litestar import get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Changed, Problem
from bedside.kit.http.transaction import Transaction
from bedside.owners import payment_details
from bedside.payouts import drafting, reading, states, store_pages
from bedside.payouts.model import METHOD_NEEDS, Id, NotAllowedNow, Payment, PayoutChanges, PayoutExists
from bedside.payouts.page_context import METHODS, Person, said, today_of
from bedside.payouts.store_payouts import PayoutRow

Version = Annotated[int | None, QueryParameter(description="The version that the page showed.")]
_DONE = {
    "payout.approved": "approved it", "payout.returned": "returned it to draft", "payout.discarded": "discarded it",
    "payout.paid": "recorded its payment", "payout.reversed": "reversed it", "payout.reviewed": "reviewed it",
}  # fmt: skip


async def _act(
    request: Person, tx: Tx, payout_id: int, deed: Callable[[], Awaitable[PayoutRow]], title: str, text: str = ""
) -> Template:
    """Does it and says so; says who was quicker where somebody was. Other problems show themselves."""
    try:
        async with tx.savepoint():
            done = await deed()
    except (Changed, NotAllowedNow) as problem:
        return await _quicker(request, tx, payout_id, problem)
    return said(title, text or f"{done.reference_number}, {done.owner_name}.")


async def _quicker(request: Person, tx: Tx, payout_id: int, problem: Problem) -> Template:
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    last = next(iter(await store_pages.history(tx, payout.id)), None)
    words = f"{problem.detail} {problem.next_step or ''}".strip()
    if isinstance(problem, Changed) and last is not None and last.kind in _DONE:
        words = f"{last.who} {_DONE[last.kind]} meanwhile. The page shows it now."
    elif isinstance(problem, Changed):
        words = f"{payout.changed_by_name} changed it meanwhile. Look at it again."
    answer = said("That was not done", words, tone="amber")
    answer.status_code = 409
    return answer


@post(
    "/payouts/{payout_id:int}/approve",
    guards=[requires(Permission.PAYOUTS_APPROVE)],
    status_code=200,
    include_in_schema=False,
)
async def approve(payout_id: FromPath[Id], request: Person, tx: Transaction, version: Version = None) -> Template:
    """Approves a draft of somebody else."""
    return await _act(
        request,
        tx,
        payout_id,
        lambda: states.approve(tx, payout_id=payout_id, actor=request.user, expected_version=version),
        "Approved",
    )


@post(
    "/payouts/{payout_id:int}/return",
    guards=[requires(Permission.PAYOUTS_APPROVE)],
    status_code=200,
    include_in_schema=False,
)
async def return_to_draft(
    payout_id: FromPath[Id], request: Person, tx: Transaction, version: Version = None
) -> Template:
    """Takes an approval back."""
    return await _act(
        request,
        tx,
        payout_id,
        lambda: states.return_to_draft(tx, payout_id=payout_id, actor=request.user, expected_version=version),
        "Returned to draft",
    )


@post(
    "/payouts/{payout_id:int}/discard",
    guards=[requires(Permission.PAYOUTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def discard(payout_id: FromPath[Id], request: Person, tx: Transaction, version: Version = None) -> Template:
    """Gives a draft up."""
    return await _act(
        request,
        tx,
        payout_id,
        lambda: states.discard(tx, payout_id=payout_id, actor=request.user, expected_version=version),
        "Discarded",
    )


@post(
    "/payouts/{payout_id:int}/anew",
    guards=[requires(Permission.PAYOUTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def draft_anew(payout_id: FromPath[Id], request: Person, tx: Transaction, version: Version = None) -> Template:
    """Works a contract's month out anew; a draft that is there is discarded first, both or neither."""
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    try:
        async with tx.savepoint():
            if payout.status == "draft":
                await states.discard(tx, payout_id=payout_id, actor=request.user, expected_version=version)
            made = await drafting.draft_one(
                tx, contract_id=payout.contract_id or 0, owner_id=payout.owner_id, period=payout.period,
                actor=request.user, note=payout.note,
            )  # fmt: skip
    except (Changed, NotAllowedNow, PayoutExists) as problem:
        return await _quicker(request, tx, payout_id, problem)
    return said("Drafted anew", redirect=f"/payouts/{made.id}")


@post(
    "/payouts/{payout_id:int}/review",
    guards=[requires(Permission.PAYOUTS_APPROVE)],
    status_code=200,
    include_in_schema=False,
)
async def review(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Notes that a second person looked at a payment that had been made before it was written down."""
    return await _act(
        request, tx, payout_id, lambda: states.review(tx, payout_id=payout_id, actor=request.user), "Reviewed"
    )


async def _pay_form(
    request: Person, tx: Tx, payout: PayoutRow, values: dict[str, Any], errors: dict[str, str]
) -> Template:
    details = await payment_details(tx, owner_id=payout.owner_id, hospital_id=payout.hospital_id)
    context = {
        "payout": payout, "values": values, "errors": errors, "methods": METHODS, "details": details,
        "needs": {str(method): needs or "" for method, needs in METHOD_NEEDS.items()},
        "today": today_of(request, tx).isoformat(),
    }  # fmt: skip
    return Template("payouts/pay_form.html", context=context, status_code=422 if errors else 200)


@get("/payouts/{payout_id:int}/pay", guards=[requires(Permission.PAYOUTS_PAY)], include_in_schema=False)
async def pay_dialog(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """How it was paid."""
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    values = {
        "payment_method": payout.method or "", "payment_reference": "", "paid_on": today_of(request, tx).isoformat(),
        "version": payout.version,
    }  # fmt: skip
    return await _pay_form(request, tx, payout, values, {})


@post(
    "/payouts/{payout_id:int}/pay", guards=[requires(Permission.PAYOUTS_PAY)], status_code=200, include_in_schema=False
)
async def pay(payout_id: FromPath[Id], request: Person, tx: Transaction, version: Version = None) -> Template:
    """Records the payment, and has the owner told."""
    fields = await fields_of(request)
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    names = ("payment_method", "payment_reference", "paid_on")
    values = {name: fields.get(name, "") for name in names} | {"version": fields.get("version", "")}
    try:
        given = read_as(
            Payment,
            {"payment_method": values["payment_method"] or None, "payment_reference": values["payment_reference"],
             "paid_on": values["paid_on"] or None},
            {"paid_on": "Give a day, such as 2026-11-05."},
        )  # fmt: skip
        async with tx.savepoint():
            paid = await states.pay(
                tx,
                payout_id=payout_id,
                actor=request.user,
                payment_method=given.payment_method,
                payment_reference=given.payment_reference,
                paid_on=given.paid_on,
                expected_version=version if version is not None else number_in(values["version"]),
            )
    except Wrong as wrong:
        return await _pay_form(request, tx, payout, values, wrong.errors)
    except (Changed, NotAllowedNow) as problem:
        return await _quicker(request, tx, payout_id, problem)
    except Problem as problem:
        return await _pay_form(request, tx, payout, values, told(problem, names))
    if not paid.amount_minor:
        return said("Settled", f"{paid.reference_number} came to nothing.")
    return said("Paid", f"{paid.owner_name} is told, with the statement.")


@get("/payouts/{payout_id:int}/reverse", guards=[requires(Permission.PAYOUTS_PAY)], include_in_schema=False)
async def reverse_dialog(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Why it is taken back."""
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    context = {"payout": payout, "reason": "", "version": payout.version, "errors": {}}
    return Template("payouts/reverse_form.html", context=context)


@post(
    "/payouts/{payout_id:int}/reverse",
    guards=[requires(Permission.PAYOUTS_PAY)],
    status_code=200,
    include_in_schema=False,
)
async def reverse(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Takes a payment back, whole."""
    fields = await fields_of(request)
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    reason = fields.get("reason", "")
    context = {"payout": payout, "reason": reason, "version": fields.get("version", "")}
    if not reason:
        context["errors"] = {"reason": "Say why: it stays with the payout."}
        return Template("payouts/reverse_form.html", context=context, status_code=422)
    try:
        async with tx.savepoint():
            await states.reverse(
                tx, payout_id=payout_id, reason=reason, actor=request.user,
                expected_version=number_in(fields.get("version")),
            )  # fmt: skip
    except Changed as problem:
        return await _quicker(request, tx, payout_id, problem)
    except Problem as problem:
        context["errors"] = told(problem, ("reason",))
        return Template("payouts/reverse_form.html", context=context, status_code=422)
    return said("Reversed", f"Every posting of {payout.reference_number} is mirrored.")


async def _edit_form(payout: PayoutRow, values: dict[str, Any], errors: dict[str, str]) -> Template:
    context = {"payout": payout, "values": values, "errors": errors, "methods": METHODS}
    return Template("payouts/edit_form.html", context=context, status_code=422 if errors else 200)


@get("/payouts/{payout_id:int}/edit", guards=[requires(Permission.PAYOUTS_EDIT)], include_in_schema=False)
async def edit_dialog(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """A draft's note, and how it is to be paid."""
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    values = {"note": payout.note, "payment_method": payout.method or "", "version": payout.version}
    return await _edit_form(payout, values, {})


@post(
    "/payouts/{payout_id:int}/edit",
    guards=[requires(Permission.PAYOUTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def edit(payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Changes them; whoever did may not approve it."""
    fields = await fields_of(request)
    payout = await reading.seen_payout(tx, payout_id=payout_id, user=request.user)
    values = {name: fields.get(name, "") for name in ("note", "payment_method", "version")}
    try:
        changes = read_as(
            PayoutChanges, {"note": values["note"], "payment_method": values["payment_method"] or None}, {}
        )
        async with tx.savepoint():
            await states.change_draft(
                tx, payout_id=payout_id, changes=changes, actor=request.user,
                expected_version=number_in(values["version"]),
            )  # fmt: skip
    except Wrong as wrong:
        return await _edit_form(payout, values, wrong.errors)
    except (Changed, NotAllowedNow) as problem:
        return await _quicker(request, tx, payout_id, problem)
    except Problem as problem:
        return await _edit_form(payout, values, told(problem, ("note", "payment_method")))
    return said("Saved", "Somebody else has to approve it now.")


PAGES: list[Any] = [
    approve, return_to_draft, discard, draft_anew, review, pay_dialog, pay, reverse_dialog, reverse, edit_dialog, edit,
]  # fmt: skip
