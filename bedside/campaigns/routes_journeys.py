"""REST of campaigns of several steps: how many stand where, and what came of each step."""

from typing import Any

from litestar import Request, get
from litestar.params import FromPath

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import campaigns, journeys
from bedside.campaigns.journey_model import JourneyFigures
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
TAGS = ["Campaigns"]


@get(
    "/api/campaigns/{campaign_id:int}/steps",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="How many stand where in a campaign of several steps",
)
async def read_steps(request: Asked, tx: Transaction, campaign_id: FromPath[int]) -> JourneyFigures:
    """Of each step how many came to it, stand at it, and what came of what it sent; and how many are on their way,
    reached the goal, came to the end, left or are held back to compare with. Empty for a campaign without steps."""
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    return await journeys.figures(tx, found=found)


ROUTES = [read_steps]
