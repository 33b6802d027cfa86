"""What every page of this room needs: who asks, what they may, sums by currency, and short answers to htmx."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from litestar import Request
from litestar.response import Template
from litestar.response.redirect import Redirect

from bedside.accounts import Permission, SignedIn
from bedside.directory import hospitals
from bedside.kit.database import Tx
from bedside.kit.http.problems import Problem
from bedside.kit.money import exponent, minor_units
from bedside.owners import PaymentMethod
from bedside.payouts.months import month_after, month_of, month_words
from bedside.payouts.store_pages import Figure

Person = Request[SignedIn, Any, Any]
# an amount with its currency, and how many it is the sum of
Money = tuple[str, int, int]

TABS = [
    ("Payouts", "/payouts"), ("Runs", "/payouts/runs"), ("Periods", "/payouts/periods"),
    ("Bank files", "/payouts/batches"), ("Reports", "/payouts/reports"),
]  # fmt: skip
STATUSES = [
    ("draft", "Draft"), ("approved", "Approved"), ("paid", "Paid"), ("reversed", "Reversed"),
    ("discarded", "Discarded"),
]  # fmt: skip
KINDS = [("share", "Share of revenue"), ("manual", "Set by hand"), ("recorded", "Already paid")]
METHODS = [
    (PaymentMethod.BANK_TRANSFER, "Bank transfer"), (PaymentMethod.CHECK, "Check"),
    (PaymentMethod.MOBILE_WALLET, "Mobile wallet"), (PaymentMethod.CASH, "Cash"),
]  # fmt: skip


def allowed(user: SignedIn) -> dict[str, bool]:
    """What the user may do here, by name, as `may` of a page's context."""
    return {
        "edit": user.may(Permission.PAYOUTS_EDIT),
        "approve": user.may(Permission.PAYOUTS_APPROVE),
        "pay": user.may(Permission.PAYOUTS_PAY),
        "record": user.may(Permission.PAYOUTS_RECORD),
        "close": user.may(Permission.PERIODS_CLOSE),
        "secrets": user.may(Permission.OWNER_SECRETS_READ),
        "revenue": user.may(Permission.REVENUE_READ),
        "earn": user.may(Permission.REVENUE_EDIT),
        "contracts": user.may(Permission.CONTRACTS_READ),
        "owners": user.may(Permission.OWNERS_READ),
        "follow_ups": user.may(Permission.FOLLOW_UPS_READ),
        "task": user.may(Permission.FOLLOW_UPS_EDIT),
    }


def chosen_hospital(request: Person) -> int | None:
    """The hospital in the switcher, where one is chosen."""
    visitor = request.app.state.visitors.visitor_of(request)
    return visitor.hospital.id if visitor and visitor.hospital else None


def zone_of(request: Person) -> ZoneInfo:
    """The zone that the page is shown in."""
    visitor = request.app.state.visitors.visitor_of(request)
    return ZoneInfo(visitor.hospital.time_zone if visitor and visitor.hospital else "UTC")


def today_of(request: Person, tx: Tx) -> date:
    """Today, where the user looks at."""
    return tx.now.astimezone(zone_of(request)).date()


async def places_of(tx: Tx, user: SignedIn) -> list[tuple[int, str]]:
    """The user's hospitals, to choose among."""
    return [(one.id, one.name) for one in await hospitals(tx, ids=user.hospitals)]


def month_options(today: date, *, back: int = 24, ahead: int = 0) -> list[tuple[str, str]]:
    """Months to choose among, the newest first."""
    return [
        (f"{month:%Y-%m}", month_words(month))
        for month in (month_after(month_of(today), ahead - n) for n in range(back + ahead + 1))
    ]


def month_in(text: str) -> date | None:
    """The month of an address or a form (2026-10); None for anything else."""
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None


def by_state(figures: Iterable[Figure]) -> dict[str, list[Money]]:
    """Figures as sums, by state; never added across currencies."""
    found: dict[str, list[Money]] = defaultdict(list)
    for one in figures:
        found[one.state].append((one.currency, one.amount_minor, one.payouts))
    return {state: found.get(state, []) for state in ("draft", "approved", "paid", "review", "reversed", "discarded")}


def units(text: str | None, currency: str) -> int:
    """An amount of an answer (`-3.50`) in minor units, as templates write money."""
    return minor_units(text or "0", currency, negative=True, zero=True)


def figure(text: str | None, currency: str, locale: str) -> str:
    """An amount of an answer as it stands in a column that says its currency elsewhere: 1,234.50. Pure."""
    decimals = "0" * exponent(currency)
    pattern = "#,##0." + decimals if decimals else "#,##0"
    return str(format_decimal(Decimal(text or "0"), format=pattern, locale=locale.replace("-", "_")))


def added_up(amounts: Iterable[tuple[str, int]]) -> list[Money]:
    """Amounts added up in each currency."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for currency, amount in amounts:
        found[currency][0] += amount
        found[currency][1] += 1
    return [(currency, total, count) for currency, (total, count) in sorted(found.items())]


def said(title: str, text: str = "", *, redirect: str = "", tell: str = "payout", tone: str = "green") -> Template:
    """A toast that closes the dialog and tells the page, or leads elsewhere."""
    headers = {"HX-Redirect": redirect} if redirect else {"HX-Trigger": f'{{"dialog:close": {{}}, "{tell}": {{}}}}'}
    return Template("payouts/said.html", context={"title": title, "text": text, "tone": tone}, headers=headers)


def words_of(problem: Problem) -> str:
    """A problem in a sentence or two."""
    return f"{problem.detail} {problem.next_step or ''}".strip()


def is_htmx(request: Request[Any, Any, Any]) -> bool:
    """Whether a script asked, which swaps a part of the page; else a browser did, which wants a page."""
    return "HX-Request" in request.headers


def see(request: Request[Any, Any, Any], address: str) -> Any:
    """Leads to an address, with a script or without."""
    if is_htmx(request):
        return Template("payouts/nothing.html", context={}, headers={"HX-Redirect": address})
    return Redirect(address, status_code=303)
