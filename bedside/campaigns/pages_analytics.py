"""The page of what came of a campaign: a funnel, visits booked, links, days, and parts of the people."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import analytics, campaigns
from bedside.campaigns.analytics_model import Analytics, Segment
from bedside.campaigns.arriving import reached_words
from bedside.campaigns.model import Id
from bedside.kit.database import Tx
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
READ = [requires(Permission.CAMPAIGNS_READ)]
SEGMENTS: list[tuple[Segment, str]] = [
    ("age", "Age"), ("language", "Language"), ("sex", "Sex"), ("hospital", "Hospital"),
]  # fmt: skip


@get("/campaigns/{campaign_id:int}/analytics", guards=READ, include_in_schema=False)
async def analytics_page(
    request: Asked,
    tx: Transaction,
    campaign_id: FromPath[Id],
    by: Annotated[str, QueryParameter(name="by", max_length=20)] = "age",
) -> Template:
    """What came of one campaign."""
    return Template("campaigns/analytics.html", context=await _came(request, tx, campaign_id, by))


@get("/campaigns/{campaign_id:int}/analytics/region", guards=READ, include_in_schema=False)
async def analytics_region(
    request: Asked,
    tx: Transaction,
    campaign_id: FromPath[Id],
    by: Annotated[str, QueryParameter(name="by", max_length=20)] = "age",
) -> Template:
    """The figures alone, for when something happened."""
    return Template("campaigns/analytics_region.html", context=await _came(request, tx, campaign_id, by))


async def _came(request: Asked, tx: Tx, campaign_id: int, by: str) -> dict[str, Any]:
    user = request.user
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=user)
    came = await analytics.analytics(tx, campaign_id=found.id, user=user)
    reached = reached_words(one.channel for one in came.channels if one.sent)
    chosen: Segment = next((key for key, _ in SEGMENTS if key == by), "age")
    return {
        "one": found,
        "came": came,
        "funnel": _funnel(came, reached),
        "reached": reached,
        "closed": came.conversions.until is not None and came.conversions.until < tx.now,
        "by": chosen,
        "may_value": user.may(Permission.CAMPAIGNS_EDIT),
        "segments": await analytics.segments(tx, campaign_id=found.id, by=chosen, user=user),
        "segment_kinds": SEGMENTS,
        "most_in_a_day": max([max(day.sent, day.clicked, day.booked) for day in came.days], default=0),
        "path": f"/campaigns/{found.id}/analytics",
        "export": f"/api/campaigns/{found.id}/recipients/export" if user.may(Permission.CAMPAIGNS_EDIT) else None,
    }


def _funnel(came: Analytics, reached: str) -> list[tuple[str, int, int | None]]:
    """The steps from whom it was for to who booked, each in people, and of how many it can be known where not of all;
    without what is known of nobody."""
    steps = [
        ("In the audience", came.people, None),
        ("Written to", came.written_to, None),
        (reached, came.reached, None),
        ("Read or opened it", came.read, came.opens_known),
        ("Followed a link", came.followed, came.clicks_known),
        ("Booked", came.conversions.people, None),
    ]
    return [(words, count, known if known != came.reached else None) for words, count, known in steps if known != 0]


ANALYTICS_PAGES = [analytics_page, analytics_region]
