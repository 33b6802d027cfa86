"""The settings page of what messages cost."""

from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect, Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.money import exact_text
from bedside.messaging import price_list, store_price_list
from bedside.messaging.price_list import NewMessagePrice

Asked = Request[SignedIn, Any, Any]
MANAGE = [requires(Permission.STAFF_MANAGE)]
CHANNELS = [("sms", "SMS, each part"), ("whatsapp", "WhatsApp, each message"), ("email", "Email, each message")]
FIELDS = ("channel", "calling_code", "price", "currency", "since")
_WORDS = {
    "calling_code": "Digits alone, such as 1 or 44; empty for all numbers.",
    "price": "Write it as a decimal, such as 0.0079.",
    "currency": "Three capital letters, such as USD.",
    "since": "Give a day.",
}


@get("/settings/channels/prices", guards=MANAGE, include_in_schema=False)
async def prices_page(tx: Transaction) -> Template:
    """The prices there are, and a form for another."""
    return await _shown(tx, {}, {})


async def _shown(tx: Tx, values: dict[str, str], errors: dict[str, str]) -> Template:
    page = await store_price_list.PRICES.page(tx, filters={}, limit=200)
    last = max(page.items, key=lambda one: one.said_at, default=None)
    context = {
        "prices": page.items,
        "channels": CHANNELS,
        "values": {"currency": last.currency if last else "USD", "since": tx.now.date().isoformat()} | values,
        "errors": errors,
        "exact": exact_text,
    }
    return Template("messaging/price_list.html", context=context, status_code=422 if errors else 200)


@post("/settings/channels/prices", guards=MANAGE, status_code=200, include_in_schema=False)
async def keep_price(request: Asked, tx: Transaction) -> Template | Redirect:
    """Keeps a price, or takes one off."""
    values = await fields_of(request)
    read: dict[str, Any] = {name: values.get(name, "") for name in FIELDS}
    read["price"] = None if values.get("take_off") else values.get("price") or " "
    read["since"] = values.get("since") or None
    try:
        async with tx.savepoint():
            await price_list.put_price(tx, new=read_as(NewMessagePrice, read, _WORDS), user=request.user)
    except Wrong as wrong:
        return await _shown(tx, values, wrong.errors)
    except Problem as problem:
        if problem.status == 403:
            raise
        return await _shown(tx, values, told(problem, FIELDS))
    return Redirect("/settings/channels/prices", status_code=303)


PRICE_LIST_PAGES = [prices_page, keep_price]
