"""REST of campaigns side by side."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import QueryParameter

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.campaigns import comparing
from bedside.campaigns.compare_model import Compared, Comparison
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import TableKind, table
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
TAGS = ["Campaigns"]
READ = [requires(Permission.CAMPAIGNS_READ)]
Ids = Annotated[
    list[str] | None, QueryParameter(name="ids", max_items=20, description="2 to 20 campaigns: `1,2,3`, or one by one.")
]
COUNTS = (
    "people", "written_to", "reached", "sent", "deliveries_known", "delivered", "delivered_rate", "handed_over",
    "opened", "opens_known", "open_rate", "clicked", "clicks_known", "click_rate", "answered", "unsubscribed",
    "complaints", "booked", "visits",
)  # fmt: skip
COLUMNS = (
    "campaign", "name", "status", "started", *COUNTS, "lift", "lift_low", "lift_high", "cost", "cost_complete",
    "cost_per_booking",
)  # fmt: skip


@get("/api/campaigns/compare", guards=READ, tags=TAGS, summary="Campaigns side by side")
async def compare_campaigns(request: Asked, tx: Transaction, ids: Ids = None) -> Comparison:
    """What came of each and what it cost, in the order asked for."""
    return await comparing.compare(tx, campaign_ids=comparing.ids_in(ids or []), user=request.user)


@get(
    "/api/campaigns/compare/export",
    guards=READ,
    tags=TAGS,
    summary="Campaigns side by side, as a table",
    media_type="text/csv",
)
async def export_comparison(
    request: Asked,
    tx: Transaction,
    ids: Ids = None,
    kind: Annotated[TableKind, QueryParameter(name="format", description="csv or xlsx")] = "csv",
) -> Stream:
    """The same, a line a campaign; a rate that cannot be known is empty."""
    found = await comparing.compare(tx, campaign_ids=comparing.ids_in(ids or []), user=request.user)
    named = {"campaigns": [one.campaign_id for one in found.items]}
    await audit(tx, actor=request.user, action="campaigns.exported", subject="campaigns", after=named)
    return await table(kind, COLUMNS, _rows(found.items), name="campaigns-compared")


async def _rows(found: Sequence[Compared]) -> AsyncIterator[tuple[Any, ...]]:
    for one in found:
        lift = (one.lift.difference, one.lift.low, one.lift.high) if one.lift else ("", "", "")
        yield (
            one.campaign_id, one.name, str(one.status), one.started_at, *(getattr(one, name) for name in COUNTS),
            *lift, ", ".join(f"{each.amount} {each.currency}" for each in one.costs), str(one.cost_complete).lower(),
            ", ".join(f"{each.amount} {each.currency}" for each in one.cost_per_booking),
        )  # fmt: skip


COMPARE_ROUTES = [compare_campaigns, export_comparison]
