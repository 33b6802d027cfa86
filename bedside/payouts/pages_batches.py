"""Files for the bank: what waits for one, making it, downloading it, and saying that the bank has done it."""

from datetime import timedelta
from typing import Any

from litestar import MediaType, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import hospital, hospitals
from bedside.kit.database import Database, Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, numbers_of, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.payouts import batches, paying_accounts, store_batches, store_pages
from bedside.payouts.batch_model import BatchStatus, Id, MarkPaid, NewBatch, PayingAccountGiven
from bedside.payouts.batches import fault_of
from bedside.payouts.page_context import (
    Person,
    allowed,
    chosen_hospital,
    places_of,
    said,
    see,
    today_of,
    units,
    words_of,
)
from bedside.payouts.store_batches import AccountRow

_ACCOUNT = ("holder", "iban", "bic", "account_number", "routing_number", "bank_name")
_WORDS = {"holder": "Say whose account it is.", "execute_on": "Give a day, such as 2026-11-05."}
STATUSES = [("open", "Not paid yet"), ("paid", "Paid"), ("discarded", "Discarded")]


async def _accounts(tx: Tx, user: SignedIn) -> dict[int, AccountRow]:
    return {one.hospital_id: one for one in await store_pages.paying_accounts(tx, hospitals=user.hospitals)}


@get("/payouts/batches", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def batches_page(
    request: Person,
    tx: Transaction,
    status: FromQuery[str] = "",
    hospital: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """What waits for a bank transfer, and every file that was made."""
    page = await batches.batches(
        tx,
        user=request.user,
        hospital_id=number_in(hospital),
        status=BatchStatus(status) if status in dict(STATUSES) else None,
        cursor=cursor,
    )
    places = await places_of(tx, request.user)
    context = {
        "batches": page.items, "next": page.next, "query": request.url.query, "status": status, "hospital": hospital,
        "statuses": STATUSES, "places": places, "place_names": dict(places), "units": units,
        "waiting": await store_pages.waiting_for_transfer(tx, hospitals=request.user.hospitals),
        "accounts": await _accounts(tx, request.user), "may": allowed(request.user),
    }  # fmt: skip
    return Template("payouts/batches.html", context=context)


async def _choose(
    request: Person, tx: Tx, hospital_id: int, currency: str, values: dict[str, Any], errors: dict[str, str]
) -> Template:
    place = await hospital(tx, hospital_id)
    request.user.check_works_at(place.id)
    waiting = await store_pages.transfers(tx, hospital_id=place.id, currency=currency)
    faults = {one.payout_id: fault_of(one, hospital_id=place.id, currency=currency) for one in waiting}
    account = await store_batches.paying_account(tx, place.id)
    context = {
        "place": place, "currency": currency, "waiting": waiting, "faults": faults, "values": values,
        "errors": errors, "account": account, "may": allowed(request.user),
        "today": today_of(request, tx).isoformat(),
    }  # fmt: skip
    return Template("payouts/batch_new.html", context=context, status_code=422 if errors else 200)


@get("/payouts/batches/new", guards=[requires(Permission.PAYOUTS_PAY)], include_in_schema=False)
async def new_batch_page(
    request: Person, tx: Transaction, hospital: FromQuery[str] = "", currency: FromQuery[str] = ""
) -> Template:
    """Which approved payouts the bank shall pay, and when."""
    theirs = await hospitals(tx, ids=request.user.hospitals)
    wanted = number_in(hospital) or chosen_hospital(request)
    place = next((one for one in theirs if one.id == wanted), theirs[0] if theirs else None)
    if place is None:
        return Template("payouts/said.html", context={"title": "You work at no hospital", "text": "", "tone": "amber"})
    code = currency if len(currency) == 3 and currency.isupper() else place.currency
    day = today_of(request, tx) + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return await _choose(request, tx, place.id, code, {"execute_on": day.isoformat(), "chosen": None}, {})


@post(
    "/payouts/batches",
    guards=[requires(Permission.PAYOUTS_PAY)],
    status_code=200,
    include_in_schema=False,
    media_type=MediaType.HTML,
)
async def make_batch(request: Person, tx: Transaction) -> Any:
    """Makes the file."""
    fields = await fields_of(request)
    chosen = await numbers_of(request, "payout")
    hospital_id, currency = number_in(fields.get("hospital_id")) or 0, fields.get("currency", "")[:3]
    values = {"execute_on": fields.get("execute_on", ""), "chosen": set(chosen)}
    try:
        if not chosen:
            raise Wrong({"": "Choose at least one payout."})
        new = read_as(
            NewBatch,
            {"hospital_id": hospital_id, "currency": currency, "execute_on": values["execute_on"],
             "payout_ids": chosen},
            _WORDS,
        )  # fmt: skip
        async with tx.savepoint():
            made = await batches.make_batch(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return await _choose(request, tx, hospital_id, currency, values, wrong.errors)
    except Problem as problem:
        errors = told(problem, ("execute_on",))
        if problem.errors and "" in errors:
            errors = {"": f"{problem.detail} " + " ".join(one["detail"] for one in problem.errors[:5])}
        return await _choose(request, tx, hospital_id, currency, values, errors)
    return see(request, f"/payouts/batches/{made.id}")


async def _batch(request: Person, tx: Tx, batch_id: int) -> dict[str, Any]:
    found = await batches.batch_detail(tx, batch_id=batch_id, user=request.user)
    account = await store_batches.paying_account(tx, found.hospital_id)
    return {
        "batch": found, "units": units, "may": allowed(request.user), "account": account,
        "place": dict(await places_of(tx, request.user)).get(found.hospital_id, ""),
        "paid": sum(one.status == "paid" for one in found.items), "today": today_of(request, tx),
    }  # fmt: skip


@get("/payouts/batches/{batch_id:int}", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def batch_page(batch_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """A file with its payments."""
    return Template("payouts/batch.html", context=await _batch(request, tx, batch_id))


@get("/payouts/batches/{batch_id:int}/region", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def batch_region(batch_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The same, for the page that listens."""
    return Template("payouts/batch_region.html", context=await _batch(request, tx, batch_id))


@get("/payouts/batches/{batch_id:int}/progress", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def batch_progress(batch_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """How many of its payments are marked paid."""
    return Template("payouts/batch_progress.html", context=await _batch(request, tx, batch_id))


@get(
    "/payouts/batches/{batch_id:int}/download",
    guards=[requires(Permission.OWNER_SECRETS_READ)],
    include_in_schema=False,
)
async def download_dialog(batch_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Says that account numbers are unsealed, before they are."""
    return Template("payouts/batch_download.html", context=await _batch(request, tx, batch_id))


@get("/payouts/batches/{batch_id:int}/paid", guards=[requires(Permission.PAYOUTS_PAY)], include_in_schema=False)
async def paid_dialog(batch_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The day on which the bank did it."""
    context = await _batch(request, tx, batch_id)
    values = {"paid_on": min(context["batch"].execute_on, context["today"]).isoformat()}
    return Template("payouts/batch_paid.html", context=context | {"values": values, "errors": {}})


@post(
    "/payouts/batches/{batch_id:int}/paid",
    guards=[requires(Permission.PAYOUTS_PAY)],
    status_code=200,
    include_in_schema=False,
)
async def mark_paid(batch_id: FromPath[Id], request: Person) -> Template:
    """Marks every payout of it paid, each for itself, and says what could not be."""
    fields = await fields_of(request)
    database: Database = request.app.state.database
    try:
        given = read_as(MarkPaid, {"paid_on": fields.get("paid_on") or None}, {"paid_on": _WORDS["execute_on"]})
        outcome = await batches.mark_paid(database, batch_id=batch_id, paid_on=given.paid_on, actor=request.user)
    except (Wrong, Problem) as problem:
        errors = problem.errors if isinstance(problem, Wrong) else told(problem, ("paid_on",))
        async with database.transaction() as tx:
            context = await _batch(request, tx, batch_id)
        values = {"paid_on": fields.get("paid_on", "")}
        return Template(
            "payouts/batch_paid.html", context=context | {"values": values, "errors": errors}, status_code=422
        )
    if outcome.failed:
        return Template("payouts/batch_outcome.html", context={"outcome": outcome}, headers={"HX-Trigger": "payout"})
    count = len(outcome.paid)
    return said("Paid", f"{count} {'owner is' if count == 1 else 'owners are'} told." if count else "")


@post(
    "/payouts/batches/{batch_id:int}/discard",
    guards=[requires(Permission.PAYOUTS_PAY)],
    status_code=200,
    include_in_schema=False,
)
async def discard_batch(batch_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Gives a file up."""
    await batches.discard(tx, batch_id=batch_id, actor=request.user)
    return said("Discarded", "Its payouts stay approved, and may go into another file.")


@post(
    "/payouts/batches/{batch_id:int}/payouts/{payout_id:int}/take-out",
    guards=[requires(Permission.PAYOUTS_PAY)],
    status_code=200,
    include_in_schema=False,
)
async def take_out(batch_id: FromPath[Id], payout_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Takes a payout out of a file."""
    await batches.take_out(tx, batch_id=batch_id, payout_id=payout_id, actor=request.user)
    return said("Taken out", "It stays approved.")


async def _account_form(tx: Tx, hospital_id: int, values: dict[str, str], errors: dict[str, str]) -> Template:
    context = {
        "place": await hospital(tx, hospital_id), "values": dict.fromkeys(_ACCOUNT, "") | values, "errors": errors,
        "present": await store_batches.paying_account(tx, hospital_id),
    }  # fmt: skip
    return Template("payouts/account_form.html", context=context, status_code=422 if errors else 200)


@get("/payouts/paying-account/{hospital_id:int}", guards=[requires(Permission.PAYOUTS_PAY)], include_in_schema=False)
async def account_dialog(hospital_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The account that a hospital pays from."""
    request.user.check_works_at(hospital_id)
    return await _account_form(tx, hospital_id, {}, {})


@post(
    "/payouts/paying-account/{hospital_id:int}",
    guards=[requires(Permission.PAYOUTS_PAY)],
    status_code=200,
    include_in_schema=False,
)
async def set_account(hospital_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Sets it. It is kept sealed, and never shown in full again."""
    request.user.check_works_at(hospital_id)
    fields = await fields_of(request)
    values = {name: fields.get(name, "") for name in _ACCOUNT}
    given: dict[str, Any] = {name: values[name] or None for name in _ACCOUNT}
    given |= {"holder": values["holder"], "bank_name": values["bank_name"]}
    try:
        account = read_as(PayingAccountGiven, given, _WORDS)
        async with tx.savepoint():
            await paying_accounts.set_paying_account(tx, hospital_id=hospital_id, given=account, actor=request.user)
    except Wrong as wrong:
        return await _account_form(tx, hospital_id, values, wrong.errors)
    except Problem as problem:
        return await _account_form(tx, hospital_id, values, told(problem, _ACCOUNT) or {"": words_of(problem)})
    return said("Saved", "The account is kept sealed.", tell="paying_account")


PAGES: list[Any] = [
    batches_page, new_batch_page, make_batch, batch_page, batch_region, batch_progress, download_dialog, paid_dialog,
    mark_paid, discard_batch, take_out, account_dialog, set_account,
]  # fmt: skip
