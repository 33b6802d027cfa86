"""The pages of a campaign's versions: writing a second one, and choosing the one that the rest get."""

from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import campaigns, split
from bedside.campaigns.model import Campaign, CampaignStatus, Id
from bedside.campaigns.split_model import SplitReport, Variant
from bedside.kit.database import Tx
from bedside.kit.http.forms import number_in
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
SEND = [requires(Permission.CAMPAIGNS_SEND)]
SPLIT_FIELDS = (
    "other_subject", "other_message", "other_template_key", "share", "winner_by", "decide_after_hours",
)  # fmt: skip
SPLIT_WORDS = {
    "variants": "The second version is not whole: give it words, and each a share of 1 to 50.",
    "decide_after_hours": "Between 1 and 336 hours.",
}
WINNERS = [("clicked", "Who followed a link"), ("opened", "Who read it"), ("answered", "Who answered"),
           ("booked", "Who booked")]  # fmt: skip
DID = {"clicked": "followed a link", "opened": "read it", "answered": "answered", "booked": "booked"}


def split_in(values: dict[str, str]) -> dict[str, Any]:
    """What a form says of a second version, as a new campaign takes it; nothing where it says nothing of one."""
    said = {
        key: value
        for key in ("subject", "message", "template_key")
        if (value := values.get(f"other_{key}", "").strip())
    }
    if not said:
        return {}
    share = number_in(values.get("share") or "50")
    made: dict[str, Any] = {"variants": [{"name": "A", "share": share}, {"name": "B", "share": share, **said}]}
    if share != 50:
        made["winner_by"] = values.get("winner_by")
        made["decide_after_hours"] = number_in(values.get("decide_after_hours") or "24")
    return made


def versions_of(one: Campaign) -> list[tuple[Variant, Campaign]]:
    """Each version, and the campaign as it speaks in it."""
    return [(variant, split.worded(one, variant)) for variant in one.variants]


async def split_shown(tx: Tx, found: Campaign) -> dict[str, Any] | None:
    """What the campaign's page shows of its versions; None where it has one only."""
    if not found.variants:
        return None
    report: SplitReport = await split.report(tx, found=found)
    return {
        "report": report,
        "worded": {variant.name: said for variant, said in versions_of(found)},
        "did": DID.get(found.winner_by or ""),
        "waits": found.winner is None
        and bool(report.waiting)
        and found.status in (CampaignStatus.SENDING, CampaignStatus.PAUSED),
    }


@post("/campaigns/{campaign_id:int}/winner/{variant:str}", guards=SEND, include_in_schema=False, status_code=200)
async def choose_from_page(
    request: Asked, tx: Transaction, campaign_id: FromPath[Id], variant: FromPath[str]
) -> Template:
    """Has the rest get this version now."""
    found = await campaigns.choose_winner(tx, campaign_id=campaign_id, variant=variant, user=request.user)
    context = {"title": f"The rest get version {variant}", "text": found.name}
    return Template("campaigns/said.html", context=context, headers={"HX-Trigger": "campaign"})


SPLIT_PAGES = [choose_from_page]
