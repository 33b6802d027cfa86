"""What the pages of loyalty have in common: words for what moves points, tabs, and what was done, in a corner."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request
from litestar.response import Template

from bedside.accounts import Permission, SignedIn
from bedside.directory import Hospital, hospitals
from bedside.kit.database import Tx
from bedside.loyalty.model import Entry
from bedside.loyalty.program import program_in_force

Person = Request[SignedIn, Any, Any]

READ, AWARD, REDEEM = Permission.LOYALTY_READ, Permission.LOYALTY_AWARD, Permission.LOYALTY_REDEEM
EDIT, REPORTS = Permission.LOYALTY_EDIT, Permission.LOYALTY_REPORTS

RULES = {
    "visit_completed": "Completed visit",
    "feedback": "Feedback",
    "feedback_with_words": "Feedback with words",
    "referral": "Brought a friend",
    "referred": "Came by a friend",
    "birthday": "Birthday",
    "manual": "Given by hand",
    "campaign": "Campaign",
    "refill": "Given back",
}
STATUSES = [("issued", "Good"), ("used", "Used"), ("expired", "Run out"), ("cancelled", "Cancelled")]
STATUS_LOOKS = {
    "issued": ("Good", "ticket", "teal"),
    "used": ("Used", "check", "green"),
    "expired": ("Run out", "hourglass", "amber"),
    "cancelled": ("Cancelled", "ban", "neutral"),
}
_PLACES = [
    ("Members", "/loyalty", READ),
    ("Redemptions", "/loyalty/redemptions", READ),
    ("Scan", "/loyalty/scan", READ),
    ("Rewards", "/loyalty/rewards", EDIT),
    ("Program", "/loyalty/program", REPORTS),
    ("Report", "/loyalty/report", REPORTS),
]


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A movement of points as a page shows it: what it was, its points as they count for the balance, icon and tone."""

    title: str
    points: int
    icon: str
    tone: str


def moved(entry: Entry) -> Moved:
    """What a movement is called, and how it looks. Pure."""
    match entry.kind:
        case "earned":
            title, look, tone = RULES.get(entry.rule or "", "Points"), "coin", "green"
        case "spent":
            title, look, tone = entry.reward_name or "Reward", "gift", "violet"
        case "refilled":
            title, look, tone = f"{entry.reward_name or 'Reward'}, cancelled", "arrow-back-up", "teal"
        case "expired":
            title, look, tone = "Expired", "hourglass", "amber"
        case "reversed":
            title, look, tone = f"{RULES.get(entry.rule or '', 'Award')}, taken back", "arrow-back-up", "red"
        case "missing":
            title, look, tone = "Owed: taken back, but spent before", "scale", "red"
        case _:
            title, look, tone = "Paid what was owed", "scale", "neutral"
    return Moved(title=title, points=entry.points, icon=look, tone=tone)


async def shared(tx: Tx) -> dict[str, Any]:
    """What every template of these pages takes. A voucher's end, like that of points, is the first moment of the day
    after, in the program's zone; `last_day` is the day before it."""
    zone = (await program_in_force(tx)).zone
    return {
        "moved": moved, "looks": STATUS_LOOKS, "program_zone": zone.key,
        "last_day_of": lambda end: last_day(end, zone),
    }  # fmt: skip


def last_day(end: datetime, zone: ZoneInfo) -> date:
    """The last day on which something is good that ends then. Pure."""
    return (end - timedelta(microseconds=1)).astimezone(zone).date()


def tabs(user: SignedIn) -> list[tuple[str, str]]:
    """The pages of loyalty that somebody may open, as tabs; none where it is only one."""
    shown = [(label, path) for label, path, needed in _PLACES if user.may(needed)]
    return shown if len(shown) > 1 else []


def said(title: str, text: str = "", *, event: str = "loyalty", redirect: str = "") -> Template:
    """What happened, in a corner; the dialog closes, and what shows points draws itself anew."""
    trigger = '{"dialog:close": {}, "' + event + '": {}}'
    headers = {"HX-Redirect": redirect} if redirect else {"HX-Trigger": trigger}
    return Template("loyalty/said.html", context={"title": title, "text": text}, headers=headers)


async def place_of(request: Person, tx: Tx) -> tuple[list[tuple[int, str]], int | None]:
    """The hospitals somebody works at, and the one they look at now (or their only one)."""
    theirs: list[Hospital] = await hospitals(tx, ids=request.user.hospitals)
    visitor = request.app.state.visitors.visitor_of(request)
    here = visitor.hospital.id if visitor and visitor.hospital else None
    if here not in {one.id for one in theirs}:
        here = theirs[0].id if len(theirs) == 1 else None
    return [(one.id, one.name) for one in theirs], here
