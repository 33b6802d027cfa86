"""The page of revenue: entries, what they come to, and a chart of them by day or month."""

from typing import Any

import msgspec
from litestar import get
from litestar.params import FromQuery
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.directory import departments
from bedside.kit.database import Tx
from bedside.kit.http.forms import number_in
from bedside.kit.http.transaction import Transaction
from bedside.kit.money import exponent
from bedside.payouts import store_pages, store_revenue
from bedside.payouts.months import month_words
from bedside.payouts.page_context import Person, allowed, chosen_hospital, month_in, month_options, places_of, today_of

KINDS = [("charge", "Charge"), ("refund", "Refund"), ("correction", "Correction")]
_MOST_BARS = 400


class Bar(msgspec.Struct, kw_only=True):
    """A bar of the chart: a day or a month, and what it came to."""

    label: str
    words: str
    minor: int


class Chart(msgspec.Struct, kw_only=True):
    """A chart in one currency; `by` day or month."""

    currency: str
    decimals: int
    by: str
    bars: list[Bar]

    @property
    def data(self) -> str:
        """As the page's module reads it from a data attribute."""
        return msgspec.json.encode(
            {"currency": self.currency, "decimals": self.decimals, "labels": [bar.label for bar in self.bars],
             "words": [bar.words for bar in self.bars], "minor": [bar.minor for bar in self.bars]}
        ).decode()  # fmt: skip


async def _charts(tx: Tx, filters: dict[str, Any], *, by: str) -> list[Chart]:
    found: dict[str, list[Bar]] = {}
    for one in await store_revenue.sums_over_time(tx, filters, by=by):
        words = month_words(one.day) if by == "month" else f"{one.day:%A}, {one.day.day} {one.day:%B}"
        label = f"{one.day:%b %y}" if by == "month" else str(one.day.day)
        found.setdefault(one.currency, []).append(Bar(label=label, words=words, minor=one.amount_minor))
    return [
        Chart(currency=currency, decimals=exponent(currency), by=by, bars=bars[-_MOST_BARS:])
        for currency, bars in found.items()
    ]


@get("/revenue", guards=[requires(Permission.REVENUE_READ)], include_in_schema=False)
async def revenue_page(
    request: Person,
    tx: Transaction,
    hospital: FromQuery[str] = "",
    department: FromQuery[str] = "",
    line: FromQuery[str] = "",
    period: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    source: FromQuery[str] = "",
    batch: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """What hospitals earned, entry by entry, with its sums."""
    user, month, hospital_id = request.user, month_in(period), number_in(hospital)
    filters: dict[str, Any] = {
        "hospitals": user.hospitals, "hospital_id": hospital_id, "department_id": number_in(department),
        "service_line": line[:100] or None, "period": month, "kind": kind if kind in dict(KINDS) else None,
        "source": source[:60] or None, "import_id": number_in(batch),
    }  # fmt: skip
    page = await store_revenue.ENTRIES.page(tx, filters=filters, sort=sort or None, cursor=cursor, limit=50)
    further = cursor is not None
    places = await places_of(tx, user)
    known = dict(places)
    words = await store_pages.words_of_revenue(tx, hospitals=user.hospitals)
    theirs = [
        (one.id, one.name if hospital_id or len(places) == 1 else f"{one.name} · {known[one.hospital_id]}")
        for one in await departments(tx)
        if one.hospital_id in known and (hospital_id is None or one.hospital_id == hospital_id)
    ]
    context = {
        "entries": page.items, "next": page.next, "query": request.url.query, "sort": sort or "-day",
        "hospital": hospital, "department": department, "line": line, "period": period if month else "",
        "kind": kind, "source": source, "batch": batch, "kinds": KINDS, "places": places, "place_names": known,
        "departments": theirs, "service_lines": [(one, one.capitalize()) for one in words.service_lines],
        "sources": [(one, one.capitalize()) for one in words.sources],
        "months": month_options(today_of(request, tx), back=36), "may": allowed(user),
        "sums": [] if further else await store_revenue.sums(tx, filters),
        "charts": [] if further else await _charts(tx, filters, by="day" if month else "month"),
        "narrowed": any((hospital, department, line, month, kind, source, batch)),
        "chosen": chosen_hospital(request),
    }  # fmt: skip
    return Template("payouts/revenue.html", context=context)


PAGES: list[Any] = [revenue_page]
