"""The parts of campaigns' pages that are about money: what one may cost, and what a visit is assumed to be worth."""

from decimal import Decimal
from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import campaigns, money, store_budget
from bedside.campaigns.model import Campaign, Id
from bedside.campaigns.money_model import Budget, ValueGiven
from bedside.campaigns.pages_compare import COMPARE_PAGES
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.money import amount_text, minor_units, rounded

Asked = Request[SignedIn, Any, Any]
MONEY_FIELDS = ("budget", "budget_currency", "visit_worth", "visit_worth_currency")
_WORDS = {
    "budget": "Write it as a decimal, such as 250.00.",
    "budget_currency": "The currency is three capital letters, such as USD.",
    "amount": "Write it as a decimal, such as 120.00.",
    "currency": "The currency is three capital letters, such as USD.",
}


def money_fields(values: dict[str, str]) -> dict[str, Any]:
    """The fields of a new campaign's form that are about money: a currency alone says nothing."""
    return {
        name: said
        for amount in ("budget", "visit_worth")
        if (given := values.get(amount, "").strip())
        for name, said in (
            (amount, given), (f"{amount}_currency", values.get(f"{amount}_currency", "").strip().upper() or None),
        )
    }  # fmt: skip


async def money_shown(tx: Tx, found: Campaign) -> dict[str, Any]:
    """How a campaign's budget stands; nothing where it has none."""
    if found.budget is None or found.budget_currency is None:
        return {}
    stands = await store_budget.standing(tx, found.id)
    taken = rounded(max(stands.taken, Decimal(0)), found.budget_currency)
    return {
        "taken_minor": taken,
        "taken": amount_text(taken, found.budget_currency),
        "budget_minor": minor_units(found.budget, found.budget_currency),
    }


@post(
    "/campaigns/{campaign_id:int}/budget",
    guards=[requires(Permission.CAMPAIGNS_SEND)],
    include_in_schema=False,
    status_code=200,
)
async def budget_from_page(request: Asked, tx: Transaction, campaign_id: FromPath[Id]) -> Template | Redirect:
    """Sets what it may cost."""
    values = await fields_of(request)
    amount = values.get("budget") or None
    read = {"budget": amount, "budget_currency": values.get("budget_currency", "").upper() if amount else None}
    back = f"/campaigns/{campaign_id}"
    try:
        async with tx.savepoint():
            given = read_as(Budget, read, _WORDS)
            await money.put_budget(tx, campaign_id=campaign_id, given=given, user=request.user)
    except (Wrong, Problem) as refused:
        return await _refused(request, tx, campaign_id, "Budget", refused, back)
    return Redirect(back, status_code=303)


@post(
    "/campaigns/{campaign_id:int}/value",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    include_in_schema=False,
    status_code=200,
)
async def value_from_page(request: Asked, tx: Transaction, campaign_id: FromPath[Id]) -> Template | Redirect:
    """Says what a visit is assumed to be worth."""
    values = await fields_of(request)
    amount = values.get("amount") or None
    read = {"amount": amount, "currency": values.get("currency", "").upper() if amount else None}
    back = f"/campaigns/{campaign_id}/analytics"
    try:
        async with tx.savepoint():
            given = read_as(ValueGiven, read, _WORDS)
            await money.put_value(tx, campaign_id=campaign_id, given=given, user=request.user)
    except (Wrong, Problem) as refused:
        return await _refused(request, tx, campaign_id, "What a visit is worth", refused, back)
    return Redirect(back, status_code=303)


async def _refused(
    request: Asked, tx: Tx, campaign_id: int, title: str, refused: Wrong | Problem, back: str
) -> Template:
    if isinstance(refused, Problem) and refused.status in (403, 404):
        raise refused
    errors = refused.errors if isinstance(refused, Wrong) else told(refused, ())
    one = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    context = {"one": one, "title": title, "words": " ".join(errors.values()), "back": back}
    return Template("campaigns/money_refused.html", context=context, status_code=422)


MONEY_PAGES = [budget_from_page, value_from_page, *COMPARE_PAGES]
