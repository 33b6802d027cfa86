"""The page of campaigns side by side."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import comparing
from bedside.kit.http.problems import Invalid
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]


@get("/campaigns/compare", guards=[requires(Permission.CAMPAIGNS_READ)], include_in_schema=False)
async def compare_page(
    request: Asked, tx: Transaction, ids: Annotated[list[str] | None, QueryParameter(name="ids")] = None
) -> Template:
    """What came of each of those that were chosen in the list."""
    try:
        asked = comparing.ids_in((ids or [])[:100])
    except Invalid as wrong:
        return Template("campaigns/compare.html", context={"found": [], "words": wrong.detail}, status_code=422)
    found = (await comparing.compare(tx, campaign_ids=asked, user=request.user)).items
    context = {
        "found": found,
        "rows": comparing.rows(found, "{:,}".format),
        "export": "/api/campaigns/compare/export?ids=" + ",".join(str(one) for one in asked),
    }
    return Template("campaigns/compare.html", context=context)


COMPARE_PAGES = [compare_page]
