"""REST of ready-made campaigns."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import recipes
from bedside.campaigns.recipe_model import RecipeView, UseRecipe
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
TAGS = ["Campaigns"]


@get(
    "/api/campaigns/recipes",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="Ready-made campaigns",
    sync_to_thread=False,
)
def list_recipes() -> Page[RecipeView]:
    """Follow-ups after a visit and on birthdays, chronic care, tip series by topic: standing campaigns of steps."""
    return Page(items=[recipes.view(one) for one in recipes.RECIPES])


@post(
    "/api/campaigns/recipes/{recipe:str}",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    tags=TAGS,
    summary="Make a draft of a ready-made campaign",
)
async def use_recipe(
    data: JSONBody[UseRecipe], request: Asked, tx: Transaction, recipe: FromPath[str]
) -> Response[Any]:
    """Nothing is sent until the draft is launched; until then it is changed as any other. A tip series gets the list
    by which it is joined, with words of its own where these are free; chronic care its tag.
    404 for a key that is none."""
    work = recipes.use(tx, key=recipe, hospital_id=data.hospital_id, user=request.user)
    return await once(request, tx, work, headers=lambda made: {"Location": f"/api/campaigns/{made.id}"})


ROUTES = [list_recipes, use_recipe]
