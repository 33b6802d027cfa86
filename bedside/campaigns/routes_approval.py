"""REST of approval: asking for it, giving it, refusing it, and to how many people each role may write without."""

from typing import Any

from litestar import Request, get, post, put
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import approving, store_approval
from bedside.campaigns.approval_model import ApprovalLimits, Declined
from bedside.campaigns.model import Campaign
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
TAGS = ["Campaigns"]


@post(
    "/api/campaigns/{campaign_id:int}/submit",
    guards=[requires(Permission.CAMPAIGNS_SEND)],
    tags=TAGS,
    summary="Ask for approval of a campaign",
    status_code=200,
)
async def submit_campaign(request: Asked, tx: Transaction, campaign_id: FromPath[int]) -> Campaign:
    """A draft, a scheduled or an overdue one awaits approval; once approved it goes out at its time, or at once.
    409 for one that has started or ended, or awaits it already."""
    return await approving.submit(tx, campaign_id=campaign_id, user=request.user)


@post(
    "/api/campaigns/{campaign_id:int}/approve",
    guards=[requires(Permission.CAMPAIGNS_APPROVE)],
    tags=TAGS,
    summary="Approve of a campaign",
    status_code=200,
)
async def approve_campaign(request: Asked, tx: Transaction, campaign_id: FromPath[int]) -> Campaign:
    """It is scheduled, or starts at once where it has no time: with the words that its templates have now, and to about
    as many people as now; `POST .../launch` says what loses it. 403 for whoever made it, changed it last or asked; 409
    for one that does not await approval."""
    return await approving.approve(tx, campaign_id=campaign_id, user=request.user)


@post(
    "/api/campaigns/{campaign_id:int}/decline",
    guards=[requires(Permission.CAMPAIGNS_APPROVE)],
    tags=TAGS,
    summary="Decline a campaign",
    status_code=200,
)
async def decline_campaign(
    data: JSONBody[Declined], request: Asked, tx: Transaction, campaign_id: FromPath[int]
) -> Campaign:
    """It is a draft again, and `because` says why. 409 for one that does not await approval."""
    return await approving.decline(tx, campaign_id=campaign_id, because=data.because, user=request.user)


@get(
    "/api/campaigns/approval-limits",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="To how many people each role may write without approval",
)
async def read_limits(tx: Transaction) -> ApprovalLimits:
    """A role that is not named may write to as many as there are."""
    return ApprovalLimits(limits=await store_approval.limits(tx))


@put(
    "/api/campaigns/approval-limits",
    guards=[requires(Permission.CAMPAIGNS_APPROVE)],
    tags=TAGS,
    summary="Set to how many people each role may write without approval",
)
async def put_limits(data: JSONBody[ApprovalLimits], request: Asked, tx: Transaction) -> ApprovalLimits:
    """`{"limits": {"marketing": 1000}}`: their campaigns for more people await somebody else's approval; 0: all do."""
    return await approving.set_limits(tx, given=data, user=request.user)


ROUTES = [submit_campaign, approve_campaign, decline_campaign, read_limits, put_limits]
