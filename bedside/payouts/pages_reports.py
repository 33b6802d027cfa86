"""Reports: what months came to, what is unpaid and for how long, and what an owner earned and received."""

from datetime import date
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromQuery
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.kit.http.forms import number_in
from bedside.kit.http.transaction import Transaction
from bedside.owners import owners
from bedside.payouts import reports
from bedside.payouts.months import month_after, month_of
from bedside.payouts.page_context import Person, allowed, figure, month_in, month_options, places_of, today_of, units
from bedside.payouts.report_model import AgingRow

GROUPS = [("month", "By month"), ("hospital", "By hospital"), ("owner", "By owner"), ("contract", "By contract")]
VIEWS = [
    ("What months came to", "/payouts/reports"), ("What is unpaid", "/payouts/reports/aging"),
    ("An owner's history", "/payouts/reports/owner"),
]  # fmt: skip
AGES = ["Month not over", "1 to 30 days", "31 to 60 days", "61 to 90 days", "Over 90 days"]


class Slice(msgspec.Struct, frozen=True):
    """A part of a bar of a thousand: where it begins, how wide it is, and what it stands for."""

    age: int
    begins: int
    width: int
    minor: int


def bar_of(row: AgingRow) -> list[Slice]:
    """What is unpaid by age, as parts of a bar of a thousand; what is nothing is left out. Pure."""
    amounts = [
        units(text, row.currency)
        for text in (row.current, row.days1_to30, row.days31_to60, row.days61_to90, row.over90)
    ]
    whole = sum(max(amount, 0) for amount in amounts) or 1
    made: list[Slice] = []
    at = 0
    for age, amount in enumerate(amounts):
        if amount <= 0:
            continue
        width = max(round(1000 * amount / whole), 4)
        made.append(Slice(age, at, min(width, 1000 - at), amount))
        at += width
    return made


def _around(request: Person, view: str) -> dict[str, Any]:
    return {
        "views": VIEWS, "view": view, "units": units, "figure": figure, "month_in": month_in,
        "may": allowed(request.user), "query": request.url.query,
    }  # fmt: skip


@get("/payouts/reports", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def periods_report(
    request: Person,
    tx: Transaction,
    group: FromQuery[str] = "month",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    hospital: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Revenue, shares, guarantees, paid and open, of a year or any other months."""
    today = today_of(request, tx)
    group = group if group in dict(GROUPS) else "month"
    last: date = month_in(until) or month_of(today)
    first: date = month_in(since) or month_after(last, -11)
    first = min(first, last)
    first = max(first, month_after(last, -119))
    page = await reports.periods(
        tx, user=request.user, group=group, begins=first, ends=last,  # type: ignore[arg-type]  # one of GROUPS
        hospital_id=number_in(hospital), sort=sort or ("-label" if group == "month" else "label"), cursor=cursor,
    )  # fmt: skip
    context = {
        "rows": page.items, "next": page.next, "group": group, "groups": GROUPS, "since": f"{first:%Y-%m}",
        "until": f"{last:%Y-%m}", "hospital": hospital, "places": await places_of(tx, request.user),
        "sort": sort or ("-label" if group == "month" else "label"), "months": month_options(today, back=60),
    }  # fmt: skip
    return Template("payouts/report_periods.html", context=context | _around(request, "/payouts/reports"))


@get("/payouts/reports/aging", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def aging_report(
    request: Person, tx: Transaction, by: FromQuery[str] = "owner", hospital: FromQuery[str] = ""
) -> Template:
    """What is drafted or approved and not paid, by how long ago its month ended."""
    found = await reports.aging(
        tx, user=request.user, by="hospital" if by == "hospital" else "owner", hospital_id=number_in(hospital)
    )
    context = {
        "aging": found, "bars": [(row, bar_of(row)) for row in found.totals], "ages": AGES,
        "by": "hospital" if by == "hospital" else "owner", "hospital": hospital,
        "places": await places_of(tx, request.user),
    }  # fmt: skip
    return Template("payouts/report_aging.html", context=context | _around(request, "/payouts/reports/aging"))


@get("/payouts/reports/owner", guards=[requires(Permission.PAYOUTS_READ)], include_in_schema=False)
async def owner_report(request: Person, tx: Transaction, owner_id: FromQuery[str] = "") -> Template:
    """What an owner earned and received: this year, by year, by month."""
    wanted = number_in(owner_id)
    found = await reports.history(tx, owner_id=wanted, user=request.user) if wanted is not None else None
    whose = await owners(tx, ids=[wanted]) if wanted is not None else []
    context = {"history": found, "owner_id": owner_id, "owner_words": whose[0].name if whose else ""}
    return Template("payouts/report_owner.html", context=context | _around(request, "/payouts/reports/owner"))


PAGES: list[Any] = [periods_report, aging_report, owner_report]
