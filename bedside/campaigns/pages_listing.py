"""The pages that list campaigns."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import store_campaigns
from bedside.campaigns.model import CampaignStatus
from bedside.kit.database import Tx
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
READ = [requires(Permission.CAMPAIGNS_READ)]
SORTS = ("name", "-name", "created", "-created")
ASKING = 5  # shown at most
Words = Annotated[str, QueryParameter(name="q")]
Status = Annotated[str, QueryParameter(name="status")]
Sort = Annotated[str, QueryParameter(name="sort")]


@get("/campaigns", guards=READ, include_in_schema=False)
async def campaigns_page(
    request: Asked,
    tx: Transaction,
    q: Words = "",
    status: Status = "",
    sort: Sort = "",
    cursor: Annotated[str, QueryParameter(name="cursor")] = "",
) -> Template:
    """Every campaign, the newest first."""
    return Template("campaigns/list.html", context=await _listed(request, tx, q, status, sort, cursor))


@get("/campaigns/rows", guards=READ, include_in_schema=False)
async def campaigns_region(
    request: Asked, tx: Transaction, q: Words = "", status: Status = "", sort: Sort = ""
) -> Template:
    """The list alone, for when something happened."""
    return Template("campaigns/rows.html", context=await _listed(request, tx, q, status, sort, ""))


async def _listed(request: Asked, tx: Tx, q: str, status: str, sort: str, cursor: str) -> dict[str, Any]:
    known = status if status in set(CampaignStatus) else ""
    sort = sort if sort in SORTS else ""
    page = await store_campaigns.CAMPAIGNS.page(
        tx,
        filters={
            "q": q.strip()[:120] or None,
            "status": [known] if known else None,
            "within": request.user.hospitals,
        },
        sort=sort or None,
        cursor=cursor or None,
        limit=25,
    )
    return {
        "found": page.items,
        "next": page.next,
        "q": q,
        "status": known,
        "sort": sort,
        "statuses": [(str(one), str(one).replace("_", " ").capitalize()) for one in CampaignStatus],
        "query": request.url.query,
        # the tasks say so too, and may have been ended without the campaign going on
        "asking": await store_campaigns.asking(tx, within=request.user.hospitals, limit=ASKING),
    }


LISTING_PAGES = [campaigns_page, campaigns_region]
