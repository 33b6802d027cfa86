"""The pages of journeys: beginning one, dragging its steps, and each step's figures in the campaign's report."""

import json
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect, Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import audiences, campaigns, store_audiences
from bedside.campaigns.audience_model import Audience
from bedside.campaigns.journey_model import Steps
from bedside.campaigns.journey_words import told as told_in_words
from bedside.campaigns.model import CHANGEABLE, Campaign, CampaignChanges, Id, NewCampaign
from bedside.campaigns.naming import names, templates_of, templates_of_steps
from bedside.campaigns.pages_details import CHANNELS, audience_choices, audience_in
from bedside.campaigns.pages_journey_report import journey_of, start_of
from bedside.campaigns.rules import Rule
from bedside.directory import hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire
from bedside.message_templates import templates_for_news

Asked = Request[SignedIn, Any, Any]
READ, EDIT = [requires(Permission.CAMPAIGNS_READ)], [requires(Permission.CAMPAIGNS_EDIT)]
ENTRIES = [
    ("visit_completed", "After each completed visit"),
    ("registered", "When somebody is registered"),
    ("birthday", "On their birthday"),
    ("rule", "As soon as the audience names them"),
    ("list_joined", "When they join a list"),
]
# what may be dragged: kind, name, what it does, its sign and tone (as static/js/journey_tree.js has them)
KINDS = [
    ("send", "Send", "a message", "send", "teal"),
    ("wait", "Wait", "for a while", "hourglass", "amber"),
    ("if", "If", "they booked", "help", "blue"),
    ("split", "Split", "by chance", "percentage", "violet"),
    ("go_to", "Go back", "to a step", "repeat", "neutral"),
    ("end", "End", "for them", "flag", "neutral"),
]
AGAINS = [("never", "No, once only"), ("always", "Yes, each time"), ("days", "Yes, but not for some days")]
FIELDS = ("name", "audience", "hospital_id", "channels", "entry", "again", "days", "list_id", "goal", "message")
_WORDS = {
    "name": "Give it a name that your colleagues will know it by.",
    "channels": "Choose at least one way.",
    "entry": "Choose one of these.",
    "message": "Write the first message. You can change it on the next page.",
}
_NEXT_VISIT = Rule(field="next_visit", operator="some")


class StepsAsked(Wire, kw_only=True):
    """The steps as they stand in the builder."""

    steps: Steps


@get("/campaigns/new-journey", guards=EDIT, include_in_schema=False)
async def new_journey_page(request: Asked, tx: Transaction) -> Template:
    """Where a journey begins: for whom, by what, and its first message."""
    values = {"audience": "all_patients", "channels": ["sms", "whatsapp", "email"], "again": "never", "days": "90"}
    return Template("campaigns/journey_new.html", context=await _form(request, tx, values, {}))


async def _form(request: Asked, tx: Tx, values: dict[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    user = request.user
    kept = await _audiences(tx, user)
    places = [(one.id, one.name) for one in await hospitals(tx, ids=user.hospitals)]
    if "hospital_id" not in values and user.hospitals is not None and places:
        values["hospital_id"] = places[0][0]
    return _entry_choices(kept) | {
        "values": values,
        "errors": errors,
        "audiences": await audience_choices(tx, user),
        "places": places,
        "of_the_group": user.hospitals is None,
        "channels": CHANNELS,
    }


def _entry_choices(kept: list[Audience]) -> dict[str, Any]:
    goals = [("next_visit", "They have a next visit")]
    goals += [(f"audience:{one.id}", f"They are in “{one.name}”") for one in kept if one.kind == "rule"]
    lists = [(one.id, one.name) for one in kept if one.kind == "list"]
    return {"entries": ENTRIES, "agains": AGAINS, "lists": lists, "goals": goals}


async def _audiences(tx: Tx, user: SignedIn) -> list[Audience]:
    page = await store_audiences.AUDIENCES.page(
        tx, filters={"archived": False, "within": user.hospitals}, sort="name", limit=200
    )
    return page.items


@post("/campaigns/new-journey", guards=EDIT, include_in_schema=False, status_code=200)
async def begin_journey(request: Asked, tx: Transaction) -> Template:
    """Keeps it as a draft with its first message, and goes on to its steps."""
    form = await request.form()
    values: dict[str, Any] = await fields_of(request)
    values["channels"] = [str(one) for one in form.getall("channels", [])]
    try:
        async with tx.savepoint():
            made = await campaigns.add(tx, new=await _begun(tx, values, request.user), user=request.user)
    except Wrong as wrong:
        return await _again(request, tx, values, wrong.errors)
    except Problem as problem:
        return await _again(request, tx, values, _told(problem))
    context = {"title": "Begun", "text": made.name}
    return Template("campaigns/said.html", context=context, headers={"HX-Redirect": f"/campaigns/{made.id}/steps"})


async def _again(request: Asked, tx: Tx, values: dict[str, Any], errors: dict[str, str]) -> Template:
    return Template("campaigns/journey_form.html", context=await _form(request, tx, values, errors), status_code=422)


def _told(problem: Problem) -> dict[str, str]:
    """A fault beside the field of the form that gave rise to it."""
    fields = {
        "/steps/0/message": "message", "/entry": "entry", "/entry/on": "entry", "/entry/again": "again",
        "/entry/listId": "list_id", "/goal": "goal", "/rule": "audience", "/audienceId": "audience",
        "/targetAudience": "audience",
    }  # fmt: skip
    for error in problem.errors:
        if error["pointer"] in fields:
            return {fields[error["pointer"]]: f"{problem.detail} {problem.next_step or ''}".strip()}
    return told(problem, FIELDS)


async def _begun(tx: Tx, values: dict[str, Any], user: SignedIn) -> NewCampaign:
    """The form as a draft. Raises Wrong."""
    if lacking := {name: _WORDS[name] for name in ("name", "channels", "message") if not values.get(name)}:
        raise Wrong(lacking)
    read: dict[str, Any] = {
        "name": values.get("name", ""),
        "channels": values["channels"],
        "hospital_id": number_in(values.get("hospital_id", "")),
        "steps": [{"id": "s1", "kind": "send", "message": values["message"][:5000]}],
        "status": "draft",
    }
    read |= audience_in(values.get("audience", ""))
    read["entry"] = _entry(values)
    made = read_as(NewCampaign, read, _WORDS)
    made.goal = await _goal(tx, values.get("goal", ""), user)
    return made


def _entry(values: dict[str, Any]) -> dict[str, Any] | None:
    """By what people come in, as the API takes it. Raises Wrong."""
    if on := values.get("entry"):
        again: str | int | None = values.get("again") or "never"
        if again == "days" and not 1 <= (again := number_in(values.get("days", "")) or 0) <= 3660:
            raise Wrong({"days": "Between 1 and 3,660 days."})
        return {
            "on": on,
            "again": again,
            "listId": number_in(values.get("list_id", "")) if on == "list_joined" else None,
        }
    return None


async def _goal(tx: Tx, chosen: str, user: SignedIn) -> Rule | None:
    if chosen == "next_visit":
        return _NEXT_VISIT
    if (audience_id := number_in(chosen.removeprefix("audience:"))) is None:
        return None
    return (await audiences.audience(tx, audience_id=audience_id, user=user)).rule


@get("/campaigns/{campaign_id:int}/steps", guards=EDIT, include_in_schema=False)
async def steps_page(request: Asked, tx: Transaction, campaign_id: FromPath[Id]) -> Template | Redirect:
    """The builder. One that has started is looked at on its own page."""
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    if found.status not in CHANGEABLE:
        return Redirect(f"/campaigns/{found.id}")
    steps = msgspec.to_builtins(found.steps)
    if not steps and (found.message or found.template_key):
        # a simple campaign begins its journey with what it says
        said = {"templateKey": found.template_key} if found.template_key else {"message": found.message}
        steps = [{"id": "s1", "kind": "send", **said}]
    context = {
        "one": found,
        "path": f"/campaigns/{found.id}",
        "kinds": KINDS,
        "steps": json.dumps(steps),
        "channels": json.dumps(found.channels),
        "templates": json.dumps(await templates_for_news(tx)),
        "journey": await journey_of(tx, found, await templates_of(tx, found)),
        "start": await start_of(tx, found),
        "said": "",
    }
    return Template("campaigns/journey.html", context=context)


@get("/campaigns/{campaign_id:int}/start", guards=EDIT, include_in_schema=False)
async def start_dialog(request: Asked, tx: Transaction, campaign_id: FromPath[Id]) -> Template:
    """The dialog in which it is changed who comes in, and who leaves."""
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    entry, kept = found.entry, await _audiences(tx, request.user)
    goals = {"next_visit": _NEXT_VISIT} | {f"audience:{one.id}": one.rule for one in kept if one.kind == "rule"}
    values: dict[str, Any] = {
        "goal": next((key for key, rule in goals.items() if rule == found.goal), "own" if found.goal else "")
    }
    if entry is not None:
        again = {"again": entry.again} if isinstance(entry.again, str) else {"again": "days", "days": entry.again}
        values |= {"entry": entry.on, "list_id": entry.list_id} | again
    return await _start(request, tx, found, values, {})


async def _start(request: Asked, tx: Tx, found: Campaign, values: dict[str, Any], errors: dict[str, str]) -> Template:
    choices = _entry_choices(await _audiences(tx, request.user))
    if found.goal is not None:
        choices["goals"].append(("own", f"As it is: {(await start_of(tx, found))['goal']}"))
    context = choices | {"values": values, "errors": errors, "path": f"/campaigns/{found.id}"}
    return Template("campaigns/journey_start.html", context=context, status_code=422 if errors else 200)


@post("/campaigns/{campaign_id:int}/start", guards=EDIT, include_in_schema=False, status_code=200)
async def change_start(request: Asked, tx: Transaction, campaign_id: FromPath[Id]) -> Template:
    """Changes who comes in, and who leaves; the steps stay as they are kept."""
    values: dict[str, Any] = await fields_of(request)
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    try:
        async with tx.savepoint():
            changes = read_as(CampaignChanges, {"entry": _entry(values)}, _WORDS)
            if (goal := values.get("goal", "")) != "own":
                changes.goal = await _goal(tx, goal, request.user)
            changed = await campaigns.change(
                tx, campaign_id=campaign_id, changes=changes, expected_version=found.version, user=request.user
            )
    except Wrong as wrong:
        return await _start(request, tx, found, values, wrong.errors)
    except Problem as problem:
        return await _start(request, tx, found, values, _told(problem))
    start = await start_of(tx, changed)
    context = {"one": changed, "path": f"/campaigns/{changed.id}", "start": start, "said": start["entering"]}
    return Template("campaigns/journey_began.html", context=context, headers={"HX-Trigger": '{"dialog:close": {}}'})


@post("/campaigns/{campaign_id:int}/steps/words", guards=EDIT, include_in_schema=False, status_code=200)
async def steps_in_words(
    data: JSONBody[StepsAsked], request: Asked, tx: Transaction, campaign_id: FromPath[Id]
) -> Template:
    """The steps as they stand in the builder, told in words. Nothing is kept."""
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    named = await templates_of_steps(tx, data.steps)
    context = {"told": told_in_words(data.steps, channels=found.channels, templates=names(named)), "named": named}
    return Template("campaigns/journey_words.html", context=context)


JOURNEY_PAGES = [new_journey_page, begin_journey, steps_page, start_dialog, change_start, steps_in_words]
