"""REST of what came of a campaign."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import FromPath, QueryParameter

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.campaigns import analytics, campaigns
from bedside.campaigns.analytics_model import Analytics, Segment, SegmentFigures
from bedside.kit.database import Database
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import TableKind, table
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
TAGS = ["Campaigns"]


@get(
    "/api/campaigns/{campaign_id:int}/analytics",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="What came of a campaign",
)
async def read_analytics(request: Asked, tx: Transaction, campaign_id: FromPath[int]) -> Analytics:
    """Sent, delivered (of SMS and WhatsApp, which have receipts), handed over and not returned (of mail, which has
    none), read, opened (machines apart), clicked, each with its rate of those of whom it can be known; answered,
    stopped; links; visits booked within the campaign's window, through its link or not, and against the control group;
    day by day."""
    return await analytics.analytics(tx, campaign_id=campaign_id, user=request.user)


@get(
    "/api/campaigns/{campaign_id:int}/analytics/segments",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="What came of a campaign, by part of the patients",
)
async def read_segments(
    request: Asked,
    tx: Transaction,
    campaign_id: FromPath[int],
    by: Annotated[Segment, QueryParameter(name="by", description="What tells the parts apart.")] = "age",
) -> list[SegmentFigures]:
    """People, reached, delivered, clicked and booked for each language, sex, age or hospital; the largest first."""
    return await analytics.segments(tx, campaign_id=campaign_id, by=by, user=request.user)


@get(
    "/api/campaigns/{campaign_id:int}/recipients/export",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    tags=TAGS,
    summary="Who got a campaign, as a table",
    media_type="text/csv",
)
async def export_recipients(
    request: Asked,
    tx: Transaction,
    campaign_id: FromPath[int],
    kind: Annotated[TableKind, QueryParameter(name="format", description="csv or xlsx")] = "csv",
) -> Stream:
    """The ledger as CSV or a workbook, a line a person and channel: state, when sent, delivered and read, opened,
    clicked, booked. No receipt comes for mail: it is `sent` until it comes back, and delivered at no known time."""
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    await audit(tx, actor=request.user, action="campaign.exported", subject="campaign", subject_id=found.id)
    database: Database = request.app.state.database
    rows = analytics.ledger(database, found=found)
    return await table(kind, analytics.COLUMNS, rows, name=f"campaign-{found.id}")


ROUTES = [read_analytics, read_segments, export_recipients]
