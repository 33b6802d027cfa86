"""REST of campaigns: adding (which launches), changing, pausing, ending, how far each is, and who got it."""

from typing import Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import campaigns, store_campaigns
from bedside.campaigns.model import (
    Campaign,
    CampaignChanges,
    CampaignStatus,
    Id,
    NewCampaign,
    Progress,
    Recipient,
)
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import Channel

Asked = Request[SignedIn, Any, Any]
TAGS = ["Campaigns"]


@get("/api/campaigns", guards=[requires(Permission.CAMPAIGNS_READ)], tags=TAGS, summary="Campaigns")
async def list_campaigns(
    request: Asked,
    tx: Transaction,
    q: Annotated[str | None, QueryParameter(max_length=120, description="A part of the name.")] = None,
    status: Annotated[list[CampaignStatus] | None, QueryParameter(name="status")] = None,
    hospital_id: Annotated[Id | None, QueryParameter(name="hospitalId")] = None,
    sort: Annotated[str | None, QueryParameter(name="sort")] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[Campaign]:
    """Those of the group and of your hospitals, the newest first (`sort`: `created`, `name`); `status` may be given
    several times."""
    filters = {
        "q": q.strip() if q and q.strip() else None,
        "status": [str(one) for one in status] if status else None,
        "hospital_id": hospital_id,
        "within": request.user.hospitals,
    }
    return await store_campaigns.CAMPAIGNS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@post("/api/campaigns", guards=[requires(Permission.CAMPAIGNS_SEND)], tags=TAGS, summary="Add a campaign")
async def add_campaign(data: JSONBody[NewCampaign], request: Asked, tx: Transaction) -> Response[Any]:
    """Adds a campaign and launches it: at once, or at `scheduledAt`; with `"status": "draft"` not yet.

    Whom it is for is one of `targetAudience` (`all_patients`, `all_owners`), `audienceId`, `rule`. Its audience is
    frozen as it starts, one line a person and channel; news goes to those alone who agreed to it, by the channel of
    `channels` that each prefers (`channelChoice` `every`: by each). 422 points at what cannot be."""
    work = campaigns.add(tx, new=data, user=request.user)
    return await once(request, tx, work, headers=lambda made: {"Location": f"/api/campaigns/{made.id}"})


@get(
    "/api/campaigns/{campaign_id:int}",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="One campaign",
)
async def read_campaign(request: Asked, tx: Transaction, campaign_id: FromPath[int]) -> Response[Campaign]:
    """The campaign as it stands, with its ETag."""
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    return Response(found, headers={"ETag": etag(found.version)})


@patch(
    "/api/campaigns/{campaign_id:int}",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    tags=TAGS,
    summary="Change a campaign that has not started",
)
async def change_campaign(
    data: JSONBody[CampaignChanges], request: Asked, tx: Transaction, campaign_id: FromPath[int]
) -> Response[Campaign]:
    """Changes what is sent; 409 once it has started. `If-Match` guards against another's change (412)."""
    changed = await campaigns.change(
        tx,
        campaign_id=campaign_id,
        changes=data,
        expected_version=expected_version(request),
        user=request.user,
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@post(
    "/api/campaigns/{campaign_id:int}/launch",
    guards=[requires(Permission.CAMPAIGNS_SEND)],
    tags=TAGS,
    summary="Launch a campaign now",
    status_code=200,
)
async def launch_campaign(request: Asked, tx: Transaction, campaign_id: FromPath[int]) -> Campaign:
    """A draft, a scheduled or an overdue one starts now; 409 for one that has started or ended, and (`needs-approval`)
    for one that goes to more people than the caller's role may write to: without approval, or where its audience, its
    template's words, or the number of its people by more than a tenth, changed since it was given."""
    return await campaigns.launch(tx, campaign_id=campaign_id, user=request.user)


@post(
    "/api/campaigns/{campaign_id:int}/pause",
    guards=[requires(Permission.CAMPAIGNS_SEND)],
    tags=TAGS,
    summary="Pause a campaign",
    status_code=200,
)
async def pause_campaign(request: Asked, tx: Transaction, campaign_id: FromPath[int]) -> Campaign:
    """Takes back what waits; what is under way is finished. 409 for one that does not send."""
    return await campaigns.pause(tx, campaign_id=campaign_id, user=request.user)


@post(
    "/api/campaigns/{campaign_id:int}/resume",
    guards=[requires(Permission.CAMPAIGNS_SEND)],
    tags=TAGS,
    summary="Resume a campaign",
    status_code=200,
)
async def resume_campaign(request: Asked, tx: Transaction, campaign_id: FromPath[int]) -> Campaign:
    """Goes on with those who wait; nobody is written to twice. 409 for one that is not paused, and
    (`needs-approval`) for an approved one whose template has new words: an administrator who did not make it, change it
    or ask for its approval resumes it, and so approves of them."""
    return await campaigns.resume(tx, campaign_id=campaign_id, user=request.user)


@post(
    "/api/campaigns/{campaign_id:int}/cancel",
    guards=[requires(Permission.CAMPAIGNS_SEND)],
    tags=TAGS,
    summary="Cancel a campaign",
    status_code=200,
)
async def cancel_campaign(request: Asked, tx: Transaction, campaign_id: FromPath[int]) -> Campaign:
    """Ends it for good: whoever waits is not written to. 409 for one that has ended."""
    return await campaigns.cancel(tx, campaign_id=campaign_id, user=request.user)


@get(
    "/api/campaigns/{campaign_id:int}/progress",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="How far a campaign is",
)
async def read_progress(request: Asked, tx: Transaction, campaign_id: FromPath[int]) -> Progress:
    """The lines of its ledger, by channel and state."""
    return await campaigns.progress(tx, campaign_id=campaign_id, user=request.user)


@get(
    "/api/campaigns/{campaign_id:int}/recipients",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    tags=TAGS,
    summary="Who got a campaign, and who did not and why",
)
async def list_recipients(
    request: Asked,
    tx: Transaction,
    campaign_id: FromPath[int],
    stands: Annotated[
        list[str] | None,
        QueryParameter(name="status", max_items=20, description="delivered, no_consent ...: as `progress` names them."),
    ] = None,
    channel: Annotated[Channel | None, QueryParameter(name="channel")] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[Recipient]:
    """The ledger, a line a person and channel."""
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    filters = {"campaign_id": found.id, "state": stands or None, "channel": channel}
    return await store_campaigns.RECIPIENTS.page(tx, filters=filters, cursor=cursor, limit=limit, whose=found.whose)


ROUTES = [
    list_campaigns,
    add_campaign,
    read_campaign,
    change_campaign,
    launch_campaign,
    pause_campaign,
    resume_campaign,
    cancel_campaign,
    read_progress,
    list_recipients,
]
