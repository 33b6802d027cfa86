"""Pages of redemptions: what became of each, the voucher and its print, and the desk's scan page."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from bedside.accounts import requires
from bedside.directory import hospital, hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.loyalty import redeeming, store_redemptions, store_rewards
from bedside.loyalty.model import Id
from bedside.loyalty.pages_common import READ, REDEEM, STATUSES, Person, place_of, said, shared, tabs
from bedside.loyalty.program import program_in_force
from bedside.loyalty.reward_model import CancelReason, Redemption, voucher_fault
from bedside.patients import patient

# The scan page may ask for the camera, which every other page is refused.
CAMERA = {"Permissions-Policy": "camera=(self), geolocation=(), microphone=()"}
_SORTS = {"issued", "expires", "points"}


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


@get("/loyalty/redemptions", guards=[requires(READ)], include_in_schema=False)
async def redemptions_page(
    request: Person,
    tx: Transaction,
    status: FromQuery[str] = "",
    reward: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Everything that was redeemed and what became of it."""
    zone = (await program_in_force(tx)).zone
    first, last = _day(since), _day(until)
    status = status if status in dict(STATUSES) else ""
    sort = sort if sort.removeprefix("-") in _SORTS else "-issued"

    def begins(day: date) -> datetime:
        return datetime.combine(day, time(), zone).astimezone(UTC)

    filters = {
        "status": status or None, "reward_id": number_in(reward), "since": begins(first) if first else None,
        "until": begins(last + timedelta(days=1)) if last else None,
    }  # fmt: skip
    page = await store_redemptions.REDEMPTIONS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=50)
    catalogue = await store_rewards.REWARDS.page(tx, filters={}, sort="name", limit=200)
    asked = {
        "status": status, "rewardId": number_in(reward) or "", "from": first.isoformat() if first else "",
        "to": last.isoformat() if last else "",
    }  # fmt: skip
    context = await shared(tx) | {
        "redemptions": page.items, "next": page.next, "status": status, "reward": reward, "since": since,
        "until": until, "sort": sort, "query": request.url.query, "statuses": STATUSES, "tabs": tabs(request.user),
        "rewards": [(one.id, one.name) for one in catalogue.items], "filtered": any(asked.values()),
        "place_names": {one.id: one.name for one in await hospitals(tx)},
        "export": "/api/loyalty/redemptions/export?" + urlencode({name: it for name, it in asked.items() if it}),
    }  # fmt: skip
    return Template("loyalty/redemptions.html", context=context)


@get("/loyalty/redemptions/{redemption_id:int}", guards=[requires(READ)], include_in_schema=False)
async def voucher_dialog(redemption_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """One redemption and its voucher."""
    found = await redeeming.redemption(tx, redemption_id)
    context = await shared(tx) | {"one": found, "fresh": False, "may_redeem": request.user.may(REDEEM)}
    return Template("loyalty/voucher_dialog.html", context=context)


@get("/loyalty/redemptions/{redemption_id:int}/print", guards=[requires(READ)], include_in_schema=False)
async def print_voucher(redemption_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The voucher on a sheet of its own, to be printed."""
    found = await redeeming.redemption(tx, redemption_id)
    who = await patient(tx, found.patient_id)
    context = await shared(tx) | {
        "one": found, "hospital": await hospital(tx, who.hospital_id) if who.hospital_id else None,
        "about": (await store_rewards.reward(tx, found.reward_id)),
    }  # fmt: skip
    return Template("loyalty/voucher_print.html", context=context)


async def _cancel_form(tx: Tx, redemption_id: int, reason: str, errors: dict[str, str]) -> Template:
    context = {"one": await redeeming.redemption(tx, redemption_id), "reason": reason, "errors": errors}
    return Template("loyalty/cancel_form.html", context=context, status_code=422 if errors else 200)


@get("/loyalty/redemptions/{redemption_id:int}/cancel", guards=[requires(REDEEM)], include_in_schema=False)
async def cancel_dialog(redemption_id: FromPath[Id], tx: Transaction) -> Template:
    """Asks why a redemption is cancelled."""
    return await _cancel_form(tx, redemption_id, "", {})


@post(
    "/loyalty/redemptions/{redemption_id:int}/cancel",
    guards=[requires(REDEEM)],
    status_code=200,
    include_in_schema=False,
)
async def cancel_by_form(redemption_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Gives the points back, or says why it is too late."""
    reason = (await fields_of(request)).get("reason", "")
    try:
        read_as(CancelReason, {"reason": reason}, {"reason": "Say why."})
        async with tx.savepoint():
            made = await redeeming.cancel_redemption(tx, redemption_id=redemption_id, reason=reason, actor=request.user)
    except Wrong as wrong:
        return await _cancel_form(tx, redemption_id, reason, wrong.errors)
    except Problem as problem:
        words = told(problem, ("reason",))
        return await _cancel_form(tx, redemption_id, reason, {"reason": next(iter(words.values()))})
    return said("Cancelled", f"{made.points} points went back to {made.patient_name}.")


async def _scan(
    request: Person, tx: Tx, code: str, *, done: bool = False, problem: str = "", status_code: int = 200
) -> Template:
    found: Redemption | None = None
    fault = None
    if code:
        try:
            found = await redeeming.voucher(tx, code)
            fault = voucher_fault(found)
        except Problem as unknown:
            problem = problem or f"{unknown.detail} {unknown.next_step or ''}".strip()
    places, here = await place_of(request, tx)
    context = await shared(tx) | {
        "code": code, "one": found, "problem": problem, "done": done and found is not None and found.status == "used",
        "fault": None if fault is None else fault.detail, "places": places, "here": here, "tabs": tabs(request.user),
        "about": await store_rewards.reward(tx, found.reward_id) if found else None,
        "may_use": request.user.may(REDEEM), "all_places": {one.id: one.name for one in await hospitals(tx)},
    }  # fmt: skip
    return Template("loyalty/scan.html", context=context, status_code=status_code, headers=CAMERA)


@get("/loyalty/scan", guards=[requires(READ)], include_in_schema=False)
async def scan_page(request: Person, tx: Transaction, code: FromQuery[str] = "", done: FromQuery[str] = "") -> Template:
    """A code, typed or seen by the camera, and what it is worth. Looking uses nothing up."""
    return await _scan(request, tx, code.strip()[:60], done=done == "yes")


@post("/loyalty/scan", guards=[requires(REDEEM)], include_in_schema=False)
async def use_by_form(request: Person, tx: Transaction) -> Response[Any]:
    """Uses the voucher, once, or says why not."""
    fields = await fields_of(request)
    code, place = fields.get("code", "")[:60], number_in(fields.get("hospital_id"))
    if place is None:
        return await _scan(request, tx, code, problem="Choose the hospital it is used at.", status_code=422)
    try:
        async with tx.savepoint():
            used = await redeeming.use_voucher(tx, code=code, hospital_id=place, actor=request.user)
    except Problem as problem:
        words = f"{problem.detail} {problem.next_step or ''}".strip()
        return await _scan(request, tx, code, problem=words, status_code=problem.status)
    return Redirect("/loyalty/scan", status_code=303, query_params={"code": used.code, "done": "yes"})


REDEMPTION_PAGES: list[Any] = [
    redemptions_page, voucher_dialog, print_voucher, cancel_dialog, cancel_by_form, scan_page, use_by_form,
]  # fmt: skip
