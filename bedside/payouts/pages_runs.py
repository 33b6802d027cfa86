"""Running a month: choose it, look at what it would make, do it, and see how far it is. Works without a script."""

from typing import Any

from litestar import MediaType, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of, number_in
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.money import minor_units
from bedside.payouts import previewing, runs, store_pages
from bedside.payouts.model import Id, PayoutRun, RunUnderWay
from bedside.payouts.months import month_after, month_of
from bedside.payouts.page_context import (
    Person,
    allowed,
    by_state,
    chosen_hospital,
    is_htmx,
    month_in,
    month_options,
    places_of,
    see,
    today_of,
    words_of,
)
from bedside.payouts.preview_model import PreviewPayout


async def _choice(request: Person, tx: Tx, period: str, hospital: str, problem: str = "") -> dict[str, Any]:
    """The first step: which month and hospital, and what there is of it already."""
    user, today = request.user, today_of(request, tx)
    month = month_in(period) or month_after(month_of(today), -1)
    places = await places_of(tx, user)
    of_all = user.hospitals is None and len(places) > 1
    known = {id for id, _ in places}
    wanted = number_in(hospital)
    if hospital == "" and not of_all:
        chosen = chosen_hospital(request)
        wanted = chosen if chosen in known else next(iter(known), None)
    if wanted not in known:
        wanted = None
    there = await store_pages.months(tx, hospitals=user.hospitals, hospital_id=wanted, since=month, until=month)
    return {
        "month": month, "period": f"{month:%Y-%m}", "hospital": wanted or "", "places": places, "of_all": of_all,
        "place_names": dict(places), "months": month_options(today, back=24), "there": there, "problem": problem,
        "running": month >= month_of(today), "may": allowed(user),
    }  # fmt: skip


@get("/payouts/run", guards=[requires(Permission.PAYOUTS_EDIT)], include_in_schema=False)
async def run_wizard(
    request: Person, tx: Transaction, period: FromQuery[str] = "", hospital: FromQuery[str] = ""
) -> Template:
    """Which month, and for which hospital. The last month is proposed."""
    part = "there" if is_htmx(request) and request.headers.get("HX-Target", "").endswith("there") else "run_choose"
    return Template(f"payouts/{part}.html", context=await _choice(request, tx, period, hospital))


@get("/payouts/run/preview", guards=[requires(Permission.PAYOUTS_EDIT)], include_in_schema=False)
async def run_preview(
    request: Person, tx: Transaction, period: FromQuery[str] = "", hospital: FromQuery[str] = ""
) -> Template:
    """What the month would make, contract by contract, and what to look at first. Writes nothing."""
    try:
        found = await previewing.preview(tx, period=period, hospital_id=number_in(hospital), user=request.user)
    except Problem as problem:
        context = await _choice(request, tx, period, hospital, words_of(problem))
        return Template("payouts/run_choose.html", context=context, status_code=problem.status)
    made = [one for one in found.payouts if not one.exists]
    context = {
        "preview": found, "payouts": [_shown(one) for one in found.payouts], "made": len(made),
        "there": len(found.payouts) - len(made), "period": f"{found.period:%Y-%m}", "hospital": hospital,
        "place_names": dict(await places_of(tx, request.user)), "may": allowed(request.user),
        "lacking": sorted(
            {(one.owner_id, one.owner_name) for one in made if one.lacks_payment_details and one.amount_minor}
        ),
    }  # fmt: skip
    return Template("payouts/run_preview.html", context=context)


def _shown(one: PreviewPayout) -> dict[str, Any]:
    """A payout that would be made, its amounts in minor units as pages write them."""

    def units(text: str | None) -> int | None:
        return None if text is None else minor_units(text, one.currency, negative=True, zero=True)

    lines = [
        {
            "description": line.description, "entries": line.entries, "amount": units(line.amount),
            "base": units(line.base),
        }
        for line in one.lines
    ]  # fmt: skip
    return {"payout": one, "lines": lines}


@post(
    "/payouts/runs",
    guards=[requires(Permission.PAYOUTS_EDIT)],
    status_code=200,
    include_in_schema=False,
    media_type=MediaType.HTML,
)
async def start_run(request: Person, tx: Transaction) -> Any:
    """Begins it, and leads to where one sees how far it is; a run that is under way already is shown instead."""
    fields = await fields_of(request)
    period, hospital = fields.get("period", ""), fields.get("hospital", "")
    try:
        async with tx.savepoint():
            run = await runs.start_run(tx, period=period, hospital_id=number_in(hospital), actor=request.user)
    except RunUnderWay as problem:
        return see(request, f"/payouts/runs/{problem.members.get('runId')}")
    except Problem as problem:
        if is_htmx(request):
            raise
        context = await _choice(request, tx, period, hospital, words_of(problem))
        return Template("payouts/run_choose.html", context=context, status_code=problem.status)
    return see(request, f"/payouts/runs/{run.id}")


@get("/payouts/runs", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def runs_page(
    request: Person,
    tx: Transaction,
    hospital: FromQuery[str] = "",
    period: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Every run, the newest first."""
    month = month_in(period)
    page = await runs.runs(
        tx, user=request.user, filters={"hospital_id": number_in(hospital), "period": month}, cursor=cursor
    )
    places = await places_of(tx, request.user)
    context = {
        "runs": page.items, "next": page.next, "query": request.url.query, "places": places,
        "place_names": dict(places), "hospital": hospital, "period": period if month else "",
        "months": month_options(today_of(request, tx)), "may": allowed(request.user),
        "narrowed": bool(hospital or month),
    }  # fmt: skip
    return Template("payouts/runs.html", context=context)


async def _progress(request: Person, tx: Tx, run: PayoutRun) -> dict[str, Any]:
    over = run.status != "calculating"
    made = by_state(await store_pages.made_by_run(tx, run.id)) if over else {}
    return {
        "run": run, "made": made, "may": allowed(request.user),
        "place": dict(await places_of(tx, request.user)).get(run.hospital_id or 0, "every hospital"),
        "lacking": await store_pages.without_payment_details(tx, run.id) if over else [],
        "mine": run.created_by_name == request.user.name,
    }  # fmt: skip


@get("/payouts/runs/{run_id:int}", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def run_page(run_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """How far a run is, and what it made."""
    run = await runs.seen_run(tx, run_id=run_id, user=request.user)
    return Template("payouts/run.html", context=await _progress(request, tx, run))


@get("/payouts/runs/{run_id:int}/progress", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def run_progress(run_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The same, for the page that listens."""
    run = await runs.seen_run(tx, run_id=run_id, user=request.user)
    return Template("payouts/run_progress.html", context=await _progress(request, tx, run))


PAGES: list[Any] = [run_wizard, run_preview, start_run, runs_page, run_page, run_progress]
