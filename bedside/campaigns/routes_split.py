"""REST of a campaign's versions: how each does, and which the rest are to get."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import campaigns
from bedside.campaigns.model import Campaign
from bedside.campaigns.split_model import SplitReport, Winner
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
TAGS = ["Campaigns"]


@get(
    "/api/campaigns/{campaign_id:int}/variants",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="How the versions of a campaign do",
)
async def read_variants(request: Asked, tx: Transaction, campaign_id: FromPath[int]) -> SplitReport:
    """Of each version, how many people got it and what they did; empty for a campaign of one version. Only those who
    tried it are counted, not those who got the version that won."""
    return await campaigns.versions_report(tx, campaign_id=campaign_id, user=request.user)


@post(
    "/api/campaigns/{campaign_id:int}/winner",
    guards=[requires(Permission.CAMPAIGNS_SEND)],
    tags=TAGS,
    summary="Choose the version that the rest get",
    status_code=200,
)
async def choose_winner(
    data: JSONBody[Winner], request: Asked, tx: Transaction, campaign_id: FromPath[int]
) -> Campaign:
    """Does not wait for `decideAt`: those who wait get this version now. 409 where nobody waits for one, 422 for a
    version that there is not."""
    return await campaigns.choose_winner(tx, campaign_id=campaign_id, variant=data.variant, user=request.user)


ROUTES = [read_variants, choose_winner]
