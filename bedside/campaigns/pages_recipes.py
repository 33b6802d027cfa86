"""The page of ready-made campaigns, each with a button that makes a draft and leads to its steps."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import recipes
from bedside.directory import hospitals
from bedside.kit.http.forms import fields_of, number_in
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
_KINDS = (
    ("follow_up", "Follow-ups", "Sent by themselves after a visit, or on a day."),
    ("chronic_care", "Chronic care", "For people who should be seen again and again."),
    ("tips", "Tip series", "People join by a word or a link, and leave when they like."),
)


@get("/campaigns/recipes", guards=[requires(Permission.CAMPAIGNS_READ)], include_in_schema=False)
async def recipes_page(request: Asked, tx: Transaction) -> Template:
    """Every ready-made campaign, by what it is for."""
    user = request.user
    seen = [(one, recipes.view(one)) for one in recipes.RECIPES]
    context = {
        "groups": [(title, lead, [each for each in seen if each[0].kind == kind]) for kind, title, lead in _KINDS],
        "may_edit": user.may(Permission.CAMPAIGNS_EDIT),
        "of_the_group": user.hospitals is None,
        "places": [(place.id, place.name) for place in await hospitals(tx, ids=user.hospitals)],
    }
    return Template("campaigns/recipes.html", context=context)


@post(
    "/campaigns/recipes/{recipe:str}",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    include_in_schema=False,
    status_code=200,
)
async def use_from_page(request: Asked, tx: Transaction, recipe: FromPath[str]) -> Template:
    """Makes a draft of it, and goes on to its steps."""
    place = number_in((await fields_of(request)).get("hospital_id", ""))
    made = await recipes.use(tx, key=recipe, hospital_id=place, user=request.user)
    context = {"title": "A draft is made", "text": made.name}
    return Template("campaigns/said.html", context=context, headers={"HX-Redirect": f"/campaigns/{made.id}/steps"})


RECIPE_PAGES: list[Any] = [recipes_page, use_from_page]
