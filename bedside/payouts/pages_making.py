"""Writing a payout down by hand: a payment that was already made, or a draft."""

from typing import Annotated, Any

from litestar import MediaType, get, post
from litestar.params import FromQuery, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.contracts import contracts_of
from bedside.directory import hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.owners import hospitals_of, owners, seen_owner
from bedside.payouts import recording
from bedside.payouts.model import METHOD_NEEDS, NewPayout
from bedside.payouts.months import month_after, month_of
from bedside.payouts.page_context import METHODS, Person, month_options, places_of, see, today_of

_FIELDS = (
    "owner_id", "hospital_id", "contract_id", "amount", "period", "payment_method", "reference_number",
    "payment_reference", "paid_on", "note",
)  # fmt: skip
_WORDS = {
    "amount": "Write the amount as a decimal, such as 45000.00.",
    "reference_number": "Give the payment's own number: the bank's, or that of the check.",
    "paid_on": "Give a day, such as 2026-11-05.",
    "period": "Choose the month that it is for.",
}


async def _of_owner(request: Person, tx: Tx, owner_id: int | None) -> dict[str, Any]:
    """Which hospitals and contracts there are to choose among, once it is known whose payout it is."""
    user = request.user
    places = await places_of(tx, user)
    under: list[tuple[int, str]] = []
    if owner_id is not None:
        await seen_owner(tx, owner_id=owner_id, user=user)
        theirs = {one.hospital_id for one in await hospitals_of(tx, owner_id)}
        places = [one for one in places if one[0] in theirs] or places
        agreed = await contracts_of(tx, owner_id=owner_id) if user.may(Permission.CONTRACTS_READ) else []
        under = [(one.id, f"{one.number} {one.title}") for one in agreed if user.works_at(one.hospital_id)]
    return {"places": places, "contracts": under}


async def _form(
    request: Person, tx: Tx, kind: str, values: dict[str, Any], errors: dict[str, str] | None = None
) -> Template:
    owner_id = number_in(values.get("owner_id"))
    today = today_of(request, tx)
    whose = await owners(tx, ids=[owner_id]) if owner_id is not None else []
    context = {
        "kind": kind, "values": dict.fromkeys(_FIELDS, "") | values, "errors": errors or {}, "methods": METHODS,
        "months": month_options(today, back=36), "today": today.isoformat(),
        "owner_words": whose[0].name if whose else "",
        "needs": {str(method): needs or "" for method, needs in METHOD_NEEDS.items()},
        "currencies": {one.id: one.currency for one in await hospitals(tx, ids=request.user.hospitals)},
    } | await _of_owner(request, tx, owner_id if whose else None)  # fmt: skip
    return Template("payouts/record.html", context=context, status_code=422 if errors else 200)


def _beginning(request: Person, tx: Tx, owner_id: str) -> dict[str, Any]:
    today = today_of(request, tx)
    return {"owner_id": owner_id, "period": f"{month_after(month_of(today), -1):%Y-%m}", "paid_on": today.isoformat()}


@get("/payouts/record", guards=[requires(Permission.PAYOUTS_RECORD)], include_in_schema=False)
async def record_page(request: Person, tx: Transaction, owner: FromQuery[str] = "") -> Template:
    """The form for a payment that was already made."""
    return await _form(request, tx, "record", _beginning(request, tx, owner))


@get("/payouts/new", guards=[requires(Permission.PAYOUTS_EDIT)], include_in_schema=False)
async def new_page(request: Person, tx: Transaction, owner: FromQuery[str] = "") -> Template:
    """The form for a draft by hand."""
    return await _form(request, tx, "new", _beginning(request, tx, owner))


@get("/payouts/of-owner", guards=[requires(Permission.PAYOUTS_EDIT)], include_in_schema=False)
async def of_owner(
    request: Person,
    tx: Transaction,
    owner_id: Annotated[str, QueryParameter(name="owner_id")] = "",
    hospital_id: Annotated[str, QueryParameter(name="hospital_id")] = "",
    contract_id: Annotated[str, QueryParameter(name="contract_id")] = "",
) -> Template:
    """The hospitals and contracts of an owner, for the form."""
    values = {"hospital_id": hospital_id, "contract_id": contract_id}
    context = {"values": values, "errors": {}} | await _of_owner(request, tx, number_in(owner_id))
    return Template("payouts/of_owner.html", context=context)


async def _write_down(request: Person, tx: Tx, kind: str) -> Any:
    fields = await fields_of(request)
    values = {name: fields.get(name, "") for name in _FIELDS}
    owner_id = number_in(values["owner_id"])
    missing = {} if owner_id is not None else {"owner_id": "Choose whose payout it is."}
    if kind == "record":
        missing |= {name: _WORDS[name] for name in ("amount", "reference_number") if not values[name]}
        missing |= {} if values["payment_method"] else {"payment_method": "Say how it was paid."}
    if missing:
        return await _form(request, tx, kind, values, missing)
    given = {
        "period": values["period"], "amount": values["amount"].replace(",", "") or None,
        "payment_method": values["payment_method"] or None, "contract_id": number_in(values["contract_id"]),
        "hospital_id": None if values["contract_id"] else number_in(values["hospital_id"]), "note": values["note"],
    }  # fmt: skip
    if kind == "record":
        given |= {
            "reference_number": values["reference_number"], "payment_reference": values["payment_reference"],
            "paid_on": values["paid_on"] or None,
        }  # fmt: skip
    try:
        new = read_as(NewPayout, given, _WORDS)
        async with tx.savepoint():
            made = await recording.write_down(tx, owner_id=owner_id or 0, new=new, actor=request.user)
    except Wrong as wrong:
        return await _form(request, tx, kind, values, wrong.errors)
    except Problem as problem:
        return await _form(request, tx, kind, values, told(problem, _FIELDS))
    return see(request, f"/payouts/{made.id}")


@post(
    "/payouts/record",
    guards=[requires(Permission.PAYOUTS_RECORD)],
    status_code=200,
    include_in_schema=False,
    media_type=MediaType.HTML,
)
async def record_by_form(request: Person, tx: Transaction) -> Any:
    """Writes the payment down: paid at once, and marked until somebody else reviewed it."""
    return await _write_down(request, tx, "record")


@post(
    "/payouts/new",
    guards=[requires(Permission.PAYOUTS_EDIT)],
    status_code=200,
    include_in_schema=False,
    media_type=MediaType.HTML,
)
async def draft_by_form(request: Person, tx: Transaction) -> Any:
    """Drafts it: what the contract gives, or the amount that was set."""
    return await _write_down(request, tx, "new")


PAGES: list[Any] = [record_page, new_page, of_owner, record_by_form, draft_by_form]
