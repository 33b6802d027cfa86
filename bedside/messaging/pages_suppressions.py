"""Pages of suppressions: who gets nothing, or no news, and why; stopping an address by hand, and lifting a stop."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.forms import Wrong, fields_of, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.messaging import suppressing
from bedside.messaging.exporting import searched
from bedside.messaging.pages_suppressions_import import PAGES as IMPORT
from bedside.messaging.store_suppressions import REASONS, SUPPRESSIONS
from bedside.messaging.suppressing import Lifting, NewSuppression

Asked = Request[SignedIn, Any, Any]
READ, CHANGE = [requires(Permission.MESSAGES_READ)], [requires(Permission.MESSAGES_SEND)]
CHANNELS = [("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]
STANDINGS = [("in-force", "In force"), ("lifted", "Lifted")]
WHATS = [("everything", "Everything"), ("news", "News alone")]
_WORDS = {"address": "Write the number or the mail address.", "reason": "Say why, in 3 to 300 letters."}


@get("/suppressions", guards=READ, include_in_schema=False)
async def suppressions_page(
    request: Asked,
    tx: Transaction,
    q: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    reason: FromQuery[str] = "",
    standing: FromQuery[str] = "in-force",
    what: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Every address that is stopped, newest first; the same address answers the region that keeps itself fresh."""
    filters: dict[str, Any] = {
        **suppressing.seen(request.user),
        "search": searched(q),
        "channel": channel if channel in dict(CHANNELS) else None,
        "reason": reason if reason in REASONS else None,
        "in_force": {"in-force": True, "lifted": False}.get(standing),
        "news_alone": {"news": True, "everything": False}.get(what),
    }
    page = await SUPPRESSIONS.page(tx, filters=filters, sort=sort or None, cursor=cursor)
    context = {
        "suppressions": page.items,
        "next": page.next,
        "q": q,
        "channel": channel,
        "reason": reason,
        "standing": standing,
        "what": what,
        "whats": WHATS,
        "sort": sort or SUPPRESSIONS.default_sort,
        "query": request.url.query,
        "channels": CHANNELS,
        "standings": STANDINGS,
        "reasons": REASONS,
    }
    region = "x-quiet" in request.headers
    return Template("messaging/suppressions_region.html" if region else "messaging/suppressions.html", context=context)


@get("/suppressions/new", guards=CHANGE, include_in_schema=False)
async def new_suppression_dialog() -> Template:
    """The form that stops an address."""
    return _add_form({"channel": "sms", "address": "", "what": "", "reason": ""}, {})


def _add_form(values: dict[str, str], errors: dict[str, str]) -> Template:
    context = {"values": values, "errors": errors, "channels": CHANNELS}
    return Template("messaging/suppression_form.html", context=context, status_code=422 if errors else 200)


@post("/suppressions", guards=CHANGE, status_code=200, include_in_schema=False)
async def add_by_form(request: Asked, tx: Transaction) -> Template:
    """Stops an address, or draws the form again with what was wrong."""
    fields = await fields_of(request)
    values = {name: fields.get(name, "") for name in ("channel", "address", "what", "reason")}
    try:
        async with tx.savepoint():
            given: dict[str, Any] = {name: values[name] for name in ("channel", "address", "reason")}
            given["purpose"] = "marketing" if values["what"] == "marketing" else None
            made = await suppressing.add(tx, new=read_as(NewSuppression, given, _WORDS), user=request.user)
    except Wrong as wrong:
        return _add_form(values, wrong.errors)
    except Problem as problem:
        errors = told(problem, ("channel", "address", "reason"))
        return _add_form(values, errors if errors.keys() - {""} else {"address": errors[""]})
    words = "gets no more news." if made.purpose else "gets nothing more."
    return _said("Stopped", f"{made.address} {words}")


@get("/suppressions/{suppression_id:int}/lift", guards=CHANGE, include_in_schema=False)
async def lift_dialog(suppression_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """The form that lifts one."""
    return await _lift_form(request, tx, suppression_id, "", {})


async def _lift_form(
    request: Asked, tx: Transaction, suppression_id: int, reason: str, errors: dict[str, str]
) -> Template:
    found = await suppressing.one(tx, suppression_id=suppression_id, user=request.user)
    context = {"one": found, "reason": reason, "errors": errors, "reasons": REASONS}
    return Template("messaging/suppression_lift.html", context=context, status_code=422 if errors else 200)


@post("/suppressions/{suppression_id:int}/lift", guards=CHANGE, status_code=200, include_in_schema=False)
async def lift_by_form(suppression_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """Lifts one with why, or draws the form again."""
    reason = (await fields_of(request)).get("reason", "")
    try:
        async with tx.savepoint():
            lifting = read_as(Lifting, {"reason": reason}, _WORDS)
            lifted = await suppressing.lift(tx, suppression_id=suppression_id, lifting=lifting, user=request.user)
    except Wrong as wrong:
        return await _lift_form(request, tx, suppression_id, reason, wrong.errors)
    return _said("Lifted", f"{lifted.address} is written to again by {dict(CHANNELS)[lifted.channel.value]}.")


def _said(title: str, text: str) -> Template:
    return Template(
        "messaging/toast.html", context={"title": title, "text": text}, headers={"HX-Trigger": "dialog:close"}
    )


PAGES: list[Any] = [suppressions_page, new_suppression_dialog, add_by_form, lift_dialog, lift_by_form, *IMPORT]
