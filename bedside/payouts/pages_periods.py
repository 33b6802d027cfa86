"""Months of books: what each holds, closing it, opening it again with a reason."""

from datetime import date
from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of, number_in, told
from bedside.kit.http.problems import NotFound, Problem
from bedside.kit.http.transaction import Transaction
from bedside.payouts import periods, store_pages, store_periods
from bedside.payouts.model import AccountingPeriod, Id
from bedside.payouts.months import month_after, month_of, month_words
from bedside.payouts.page_context import Person, allowed, month_in, places_of, said, today_of

_SHOWN = 13  # months: a year, and the one that runs


class Month(msgspec.Struct, kw_only=True):
    """A month of a hospital: its books, and what there is of it in each currency."""

    hospital_id: int
    period: date
    state: str
    book: AccountingPeriod | None
    sums: list[store_pages.MonthThere]

    @property
    def drafts(self) -> int:
        """How many drafts stand in the way of closing it."""
        return sum(one.drafts for one in self.sums)

    @property
    def approved(self) -> int:
        """How many approved payouts are unpaid; they stand in nobody's way."""
        return sum(one.approved for one in self.sums)


async def _months(request: Person, tx: Tx, hospital_id: int | None, until: date) -> list[Month]:
    user, running = request.user, month_of(today_of(request, tx))
    since = month_after(until, 1 - _SHOWN)
    there: dict[tuple[int, date], list[store_pages.MonthThere]] = {}
    for one in await store_pages.months(
        tx, hospitals=user.hospitals, hospital_id=hospital_id, since=since, until=until
    ):
        there.setdefault((one.hospital_id, one.period), []).append(one)
    books = {
        (one.hospital_id, one.period): one
        for one in await periods.periods(tx, user=user, hospital_id=hospital_id)
        if since <= one.period <= until
    }
    made = []
    for key in sorted(there.keys() | books.keys(), key=lambda key: (key[1], -key[0]), reverse=True):
        book = books.get(key)
        state = book.status if book is not None else "open"
        made.append(
            Month(
                hospital_id=key[0],
                period=key[1],
                book=book,
                sums=there.get(key, []),
                state="running" if state == "open" and key[1] >= running else state,
            )
        )
    return made


@get("/payouts/periods", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def periods_page(
    request: Person, tx: Transaction, hospital: FromQuery[str] = "", until: FromQuery[str] = ""
) -> Template:
    """Months by hospital, the newest first."""
    running = month_of(today_of(request, tx))
    last = month_in(until) or running
    places = await places_of(tx, request.user)
    context = {
        "months": await _months(request, tx, number_in(hospital), last), "places": places,
        "place_names": dict(places), "hospital": hospital, "may": allowed(request.user), "until": until,
        "earlier": f"{month_after(last, -_SHOWN):%Y-%m}", "query": request.url.query,
        "first_shown": month_after(last, 1 - _SHOWN), "last_shown": last, "later": last < running,
    }  # fmt: skip
    return Template("payouts/periods.html", context=context)


async def _asked(request: Person, tx: Tx, hospital_id: int, period: str) -> tuple[str, date]:
    month = month_in(period)
    if month is None:
        raise NotFound("There is no such month.", next_step="Look at the list of months.")
    request.user.check_works_at(hospital_id)
    return (await hospital(tx, hospital_id)).name, month


@get(
    "/payouts/periods/{hospital_id:int}/{period:str}/close",
    guards=[requires(Permission.PERIODS_CLOSE)],
    include_in_schema=False,
)
async def close_dialog(hospital_id: FromPath[Id], period: FromPath[str], request: Person, tx: Transaction) -> Template:
    """What closing means, and what stands in its way."""
    return await _close_form(request, tx, hospital_id, period)


async def _close_form(request: Person, tx: Tx, hospital_id: int, period: str, problem: str = "") -> Template:
    name, month = await _asked(request, tx, hospital_id, period)
    context = {
        "place": name, "hospital_id": hospital_id, "month": month, "problem": problem,
        "left": await store_periods.still_open(tx, hospital_id=hospital_id, period=month),
        "over": month < month_of(today_of(request, tx)),
    }  # fmt: skip
    return Template("payouts/close_form.html", context=context, status_code=409 if problem else 200)


@post(
    "/payouts/periods/{hospital_id:int}/{period:str}/close",
    guards=[requires(Permission.PERIODS_CLOSE)],
    status_code=200,
    include_in_schema=False,
)
async def close(hospital_id: FromPath[Id], period: FromPath[str], request: Person, tx: Transaction) -> Template:
    """Closes a month's books."""
    name, month = await _asked(request, tx, hospital_id, period)
    try:
        async with tx.savepoint():
            await periods.close_period(tx, hospital_id=hospital_id, period=month, actor=request.user)
    except Problem as problem:
        return await _close_form(request, tx, hospital_id, period, f"{problem.detail} {problem.next_step or ''}")
    return said(f"{month_words(month)} is closed", f"The books of {name} take no more of it.", tell="period")


@get(
    "/payouts/periods/{hospital_id:int}/{period:str}/reopen",
    guards=[requires(Permission.PERIODS_CLOSE)],
    include_in_schema=False,
)
async def reopen_dialog(hospital_id: FromPath[Id], period: FromPath[str], request: Person, tx: Transaction) -> Template:
    """Why it is opened again."""
    name, month = await _asked(request, tx, hospital_id, period)
    context = {"place": name, "hospital_id": hospital_id, "month": month, "reason": "", "errors": {}}
    return Template("payouts/reopen_form.html", context=context)


@post(
    "/payouts/periods/{hospital_id:int}/{period:str}/reopen",
    guards=[requires(Permission.PERIODS_CLOSE)],
    status_code=200,
    include_in_schema=False,
)
async def reopen(hospital_id: FromPath[Id], period: FromPath[str], request: Person, tx: Transaction) -> Template:
    """Opens a closed month again; the reason is kept."""
    name, month = await _asked(request, tx, hospital_id, period)
    reason = (await fields_of(request)).get("reason", "")
    errors: dict[str, str] = {} if reason else {"reason": "Say why: it is kept, and audited."}
    if not errors:
        try:
            async with tx.savepoint():
                await periods.reopen_period(
                    tx, hospital_id=hospital_id, period=month, reason=reason, actor=request.user
                )
            return said(f"{month_words(month)} is open again", f"At {name}.", tell="period")
        except Problem as problem:
            errors = told(problem, ("reason",))
    context = {"place": name, "hospital_id": hospital_id, "month": month, "reason": reason, "errors": errors}
    return Template("payouts/reopen_form.html", context=context, status_code=422)


PAGES: list[Any] = [periods_page, close_dialog, close, reopen_dialog, reopen]
