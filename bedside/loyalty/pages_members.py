"""Pages of the members: the list, and the program in numbers with what is outstanding."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import get
from litestar.params import FromQuery
from litestar.response import Template

from bedside.accounts import requires
from bedside.directory import hospitals
from bedside.kit.http.forms import number_in
from bedside.kit.http.transaction import Transaction
from bedside.loyalty import members, store_members
from bedside.loyalty.charts import months_drawn
from bedside.loyalty.pages_common import EDIT, READ, REPORTS, RULES, Person, shared, tabs
from bedside.loyalty.program import program_in_force

LAPSES = [
    ("30", "Points expire within 30 days"),
    ("90", "Points expire within 90 days"),
    ("grace", "Tier about to lapse"),
]
WINDOWS = [("6", "6 months"), ("12", "12 months"), ("24", "24 months"), ("36", "36 months")]
_SORTS = {"name", "balance", "earned", "joined"}


@get("/loyalty", guards=[requires(READ)], include_in_schema=False)
async def members_page(
    request: Person,
    tx: Transaction,
    q: FromQuery[str] = "",
    tier: FromQuery[str] = "",
    lapse: FromQuery[str] = "",
    hospital: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Who is in the program: tier, points to spend, what expires, filtered and sorted."""
    program = await program_in_force(tx)
    tiers = [(one.code, one.name) for one in program.tiers]
    lapse = lapse if lapse in dict(LAPSES) else ""
    days = number_in(lapse)
    sort = sort if sort.removeprefix("-") in _SORTS else "-balance"
    wanted = members.filters(
        tier=tier if tier in dict(tiers) else None,
        min_balance=None,
        in_grace=True if lapse == "grace" else None,
        expires_by=None if days is None else tx.now + timedelta(days=days),
        hospital_id=number_in(hospital),
        q=q[:80],
    )
    page = await store_members.MEMBERS.page(
        tx, filters=wanted, sort=sort, cursor=cursor, limit=50, **await members.list_parameters(tx)
    )
    asked = {
        "q": q[:80], "tier": tier if tier in dict(tiers) else "", "hospitalId": number_in(hospital) or "",
        "lapsesWithinDays": days or "", "inGrace": "true" if lapse == "grace" else "",
    }  # fmt: skip
    context = await shared(tx) | {
        "members": page.items, "next": page.next, "q": q, "tier": tier, "lapse": lapse, "hospital": hospital,
        "sort": sort, "query": request.url.query, "tiers": tiers, "tier_names": dict(tiers), "lapses": LAPSES,
        "places": [(one.id, one.name) for one in await hospitals(tx)],
        "filtered": bool(q.strip() or tier or lapse or hospital), "tabs": tabs(request.user),
        "export": "/api/loyalty/export?" + urlencode({name: value for name, value in asked.items() if value}),
        "zone_of_program": program.time_zone,
    }  # fmt: skip
    return Template("loyalty/members.html", context=context)


@get("/loyalty/report", guards=[requires(REPORTS)], include_in_schema=False)
async def report_page(request: Person, tx: Transaction, months: FromQuery[str] = "12") -> Template:
    """The program in numbers: what is outstanding and what that costs, what moved by month, members by tier."""
    program = await program_in_force(tx)
    window = number_in(months if months in dict(WINDOWS) else "12") or 12
    last = tx.now.astimezone(program.zone).date()
    counted = last.year * 12 + last.month - window
    since = date(counted // 12, counted % 12 + 1, 1)
    report = await members.report(tx, since=since, until=last)
    context = await shared(tx) | {
        "report": report, "chart": months_drawn(report.months), "months": str(window), "windows": WINDOWS,
        "rules": RULES, "program": program, "tabs": tabs(request.user), "may_edit": request.user.may(EDIT),
        "most_members": max((one.members for one in report.tiers), default=0), "sees_members": request.user.may(READ),
        "most_earned": max((one.points for one in report.by_rule), default=0), "query": request.url.query,
        "export": "/api/loyalty/report/export?" + urlencode({"from": since.isoformat(), "to": last.isoformat()}),
    }  # fmt: skip
    return Template("loyalty/report.html", context=context)


MEMBER_PAGES: list[Any] = [members_page, report_page]
