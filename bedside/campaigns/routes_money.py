"""REST of what campaigns cost, may cost and bring."""

from typing import Any

from litestar import Request, Response, get, post, put
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import costing, money
from bedside.campaigns.model import Campaign, NewCampaign
from bedside.campaigns.money_model import Budget, Cost, Estimate, Value, ValueGiven
from bedside.campaigns.routes_compare import COMPARE_ROUTES
from bedside.kit.http.conditional import etag
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


@put(
    "/api/campaigns/{campaign_id:int}/budget",
    guards=[requires(Permission.CAMPAIGNS_SEND)],
    tags=TAGS,
    summary="Set what a campaign may cost",
)
async def put_budget(
    data: JSONBody[Budget], request: Asked, tx: Transaction, campaign_id: FromPath[int]
) -> Response[Campaign]:
    """Until it has ended, while it sends too; `budget` null takes it away. A campaign pauses by itself before it costs
    more; raise the budget and resume it. 422 where no price is known for a channel; 409 once it has ended."""
    changed = await money.put_budget(tx, campaign_id=campaign_id, given=data, user=request.user)
    return Response(changed, headers={"ETag": etag(changed.version)})


@put(
    "/api/campaigns/{campaign_id:int}/value",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    tags=TAGS,
    summary="Say what a visit is assumed to be worth",
)
async def put_value(
    data: JSONBody[ValueGiven], request: Asked, tx: Transaction, campaign_id: FromPath[int]
) -> Value | None:
    """What its analytics reckon revenue with, and call assumed; `amount` null takes it away. Until somebody says it, it
    is what the settings of its hospital said when it was added (`visitWorth` of the hospital)."""
    return await money.put_value(tx, campaign_id=campaign_id, given=data, user=request.user)


ROUTES = [read_cost, estimate_campaign, put_budget, put_value, *COMPARE_ROUTES]
