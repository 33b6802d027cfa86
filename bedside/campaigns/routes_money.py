"""REST of what campaigns cost, may cost and bring."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import costing
from bedside.campaigns.model import NewCampaign
from bedside.campaigns.money_model import Cost, Estimate
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
TAGS = ["Campaigns"]


@get(
    "/api/campaigns/{campaign_id:int}/cost",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="What a campaign has cost",
)
async def read_cost(request: Asked, tx: Transaction, campaign_id: FromPath[int]) -> Cost:
    """By channel and currency: what providers took, what is not known yet, what they never say; and with the price list
    for those, what it comes to. Nothing is added across currencies."""
    return await costing.cost(tx, campaign_id=campaign_id, user=request.user)


@post(
    "/api/campaigns/estimate",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    tags=TAGS,
    summary="What a campaign would cost",
    status_code=200,
)
async def estimate_campaign(data: JSONBody[NewCampaign], request: Asked, tx: Transaction) -> Estimate:
    """The same body as for adding one; nothing is kept or sent. Whom it reaches by each channel, times the parts of its
    words in their language, times the price on the list, or what was paid of late where the list has none."""
    return await costing.estimate_new(tx, new=data, user=request.user)


ROUTES = [read_cost, estimate_campaign]
