"""What a campaign is called, whom it is for, by which ways it goes: changed in a dialog while it has not started."""

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import campaigns, store_audiences
from bedside.campaigns.model import Campaign, CampaignChanges, Id
from bedside.campaigns.pages_journey_report import audience_name, start_of
from bedside.campaigns.rules import Rule
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
EDIT = [requires(Permission.CAMPAIGNS_EDIT)]
CHANNELS = [("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]
_WORDS = {
    "name": "Give it a name that your colleagues will know it by, of 120 letters at most.",
    "channels": "Choose at least one way.",
    "subject": "At most 200 characters.",
    "target_audience": "Choose one of these.",
    "audience_id": "Choose one of these.",
}
# which field of the dialog a fault of the API points at
_FIELDS = {
    "name": "name", "channels": "channels", "subject": "subject", "rule": "audience", "audienceId": "audience",
    "targetAudience": "audience",
}  # fmt: skip
_AS_IT_IS = "own"


async def audience_choices(tx: Tx, user: SignedIn) -> list[tuple[str, str]]:
    """Whom a campaign may be for, as its forms offer it: everybody, or an audience or list of theirs."""
    kept = await store_audiences.AUDIENCES.page(
        tx, filters={"archived": False, "within": user.hospitals}, sort="name", limit=200
    )
    everybody = [("all_patients", "All patients"), ("all_owners", "All owners")]
    return everybody + [(f"audience:{one.id}", one.name) for one in kept.items]


def audience_in(chosen: str) -> dict[str, Any]:
    """What was chosen of `audience_choices`, as the API takes it."""
    if chosen.startswith("audience:"):
        return {"audience_id": number_in(chosen.removeprefix("audience:"))}
    return {"target_audience": chosen}


@get("/campaigns/{campaign_id:int}/details", guards=EDIT, include_in_schema=False)
async def details_dialog(
    request: Asked,
    tx: Transaction,
    campaign_id: FromPath[Id],
    at: Annotated[str, QueryParameter(name="at", max_length=10)] = "",
) -> Template:
    """The dialog; `at` is `steps` where it is opened beside the steps."""
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    values: dict[str, Any] = {
        "name": found.name, "channels": found.channels, "subject": found.subject, "audience": _audience_of(found),
        "version": found.version, "at": at,
    }  # fmt: skip
    return await _dialog(request, tx, found, values, {})


def _audience_of(found: Campaign) -> str:
    if found.audience_id is not None:
        return f"audience:{found.audience_id}"
    return f"all_{found.whose}" if found.rule == Rule() else _AS_IT_IS


async def _dialog(request: Asked, tx: Tx, found: Campaign, values: dict[str, Any], errors: dict[str, str]) -> Template:
    choices = await audience_choices(tx, request.user)
    if (now := _audience_of(found)) not in dict(choices):  # a rule of its own, or an audience that was put away
        choices.append((now, f"As it is: {await audience_name(tx, found)}"))
    context = {
        "path": f"/campaigns/{found.id}", "values": values, "errors": errors, "audiences": choices, "ways": CHANNELS,
        "one": found,
    }  # fmt: skip
    return Template("campaigns/details.html", context=context, status_code=422 if errors else 200)


@post("/campaigns/{campaign_id:int}/details", guards=EDIT, include_in_schema=False, status_code=200)
async def change_details(request: Asked, tx: Transaction, campaign_id: FromPath[Id]) -> Template:
    """Changes them; the page shows it at once."""
    form = await request.form()
    values: dict[str, Any] = await fields_of(request)
    values["channels"] = [str(one) for one in form.getall("channels", [])]
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    read: dict[str, Any] = {name: values.get(name, "") for name in ("name", "subject", "channels")}
    if (audience := values.get("audience", "")) != _audience_of(found):
        read |= audience_in(audience)
    try:
        if lacking := {name: _WORDS[name] for name in ("name", "channels") if not values.get(name)}:
            raise Wrong(lacking)
        async with tx.savepoint():
            changed = await campaigns.change(
                tx,
                campaign_id=campaign_id,
                changes=read_as(CampaignChanges, read, _WORDS),
                expected_version=number_in(values.get("version", "")),
                user=request.user,
            )
    except Wrong as wrong:
        errors = {"audience" if "audience" in name else name: words for name, words in wrong.errors.items()}
        return await _dialog(request, tx, found, values, errors)
    except Problem as problem:
        return await _dialog(request, tx, found, values, _told(problem))
    context = {
        "one": changed, "path": f"/campaigns/{changed.id}", "start": await start_of(tx, changed),
        "at": values.get("at", ""),
    }  # fmt: skip
    headers = {"HX-Trigger": '{"dialog:close": {}, "campaign": {}}'}
    return Template("campaigns/details_kept.html", context=context, headers=headers)


def _told(problem: Problem) -> dict[str, str]:
    pointers = [error["pointer"].strip("/").partition("/")[0] for error in problem.errors]
    field = next((_FIELDS[one] for one in pointers if one in _FIELDS), "")
    return {field: f"{problem.detail} {problem.next_step or ''}".strip()}


DETAIL_PAGES = [details_dialog, change_details]
