"""REST of campaigns and audiences as tables to be downloaded."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import QueryParameter

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.campaigns import store_audiences, store_campaigns
from bedside.campaigns.audience_model import Audience, Id
from bedside.campaigns.model import Campaign, CampaignStatus
from bedside.kit.database import Database
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import TableKind, every, table
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
READ = [requires(Permission.CAMPAIGNS_READ)]
Words = Annotated[str | None, QueryParameter(name="q", max_length=120, description="A part of the name.")]
Hospital = Annotated[Id | None, QueryParameter(name="hospitalId")]
Sort = Annotated[str | None, QueryParameter(name="sort", description="`created` or `name`; with - before it, down.")]
Kind = Annotated[TableKind, QueryParameter(name="format", description="csv or xlsx")]
CAMPAIGN_COLUMNS = (
    "id", "name", "hospital", "status", "of", "channels", "template", "scheduled", "started", "ended", "by", "created",
)  # fmt: skip
AUDIENCE_COLUMNS = ("id", "name", "description", "of", "kind", "members", "hospital", "by", "created", "changed")


@get(
    "/api/campaigns/export",
    guards=READ,
    tags=["Campaigns"],
    summary="Campaigns as a table",
    media_type="text/csv",
)
async def export_campaigns(
    request: Asked,
    tx: Transaction,
    q: Words = None,
    status: Annotated[list[CampaignStatus] | None, QueryParameter(name="status")] = None,
    hospital_id: Hospital = None,
    sort: Sort = None,
    kind: Kind = "csv",
) -> Stream:
    """Every campaign that the same filters leave as in the list. That they were taken out is an audit fact."""
    filters: dict[str, Any] = {
        "q": q.strip() if q and q.strip() else None,
        "status": [str(one) for one in status] if status else None,
        "hospital_id": hospital_id,
    }
    await audit(tx, actor=request.user, action="campaigns.exported", subject="campaigns", after=filters)
    database: Database = request.app.state.database
    filters |= {"within": request.user.hospitals}
    rows = every(database, store_campaigns.CAMPAIGNS, filters=filters, sort=sort, row=_campaign)
    return await table(kind, CAMPAIGN_COLUMNS, rows, name="campaigns")


@get(
    "/api/audiences/export",
    guards=READ,
    tags=["Audiences"],
    summary="Audiences as a table",
    media_type="text/csv",
)
async def export_audiences(
    request: Asked,
    tx: Transaction,
    q: Words = None,
    archived: Annotated[bool | None, QueryParameter(description="True: those put away.")] = False,
    hospital_id: Hospital = None,
    sort: Sort = None,
    kind: Kind = "csv",
) -> Stream:
    """Every audience that the same filters leave as in the list. That they were taken out is an audit fact."""
    filters: dict[str, Any] = {
        "q": q.strip() if q and q.strip() else None,
        "archived": archived,
        "hospital_id": hospital_id,
    }
    await audit(tx, actor=request.user, action="audiences.exported", subject="audiences", after=filters)
    database: Database = request.app.state.database
    filters |= {"within": request.user.hospitals}
    rows = every(database, store_audiences.AUDIENCES, filters=filters, sort=sort, row=_audience)
    return await table(kind, AUDIENCE_COLUMNS, rows, name="audiences")


def _campaign(one: Campaign) -> list[Any]:
    return [
        one.id, one.name, one.hospital_id, one.status, one.whose, " ".join(one.channels), one.template_key,
        one.scheduled_at, one.started_at, one.ended_at, one.created_by_name, one.created_at,
    ]  # fmt: skip


def _audience(one: Audience) -> list[Any]:
    return [
        one.id, one.name, one.description, one.whose, one.kind, one.members, one.hospital_id, one.created_by_name,
        one.created_at, one.updated_at,
    ]  # fmt: skip


ROUTES = [export_campaigns, export_audiences]
