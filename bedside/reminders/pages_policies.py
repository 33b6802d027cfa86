"""The page of reminder policies: which ladder holds where."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import departments, hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import number_in
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.reminders import store_policies
from bedside.reminders.forms import STEPS, lead_words, read_policy
from bedside.reminders.model import Policy
from bedside.reminders.policies import add_policy, change_policy
from bedside.reminders.routes import check_place, check_policy

Asked = Request[SignedIn, Any, Any]


async def _places(tx: Tx, user: SignedIn) -> dict[str, str]:
    """What a policy may be for: the key that forms send, and what it is called."""
    places = {"": "The whole group"} if user.hospital_ids is None else {}
    for place in await hospitals(tx, ids=user.hospitals):
        places[f"hospital:{place.id}"] = place.name
        for unit in await departments(tx, hospital_id=place.id):
            places[f"department:{unit.id}"] = f"{place.name}, {unit.name}"
    return places


def _place_of(policy: Policy) -> str:
    if policy.department_id is not None:
        return f"department:{policy.department_id}"
    return f"hospital:{policy.hospital_id}" if policy.hospital_id is not None else ""


@get("/settings/reminders", guards=[requires(Permission.REMINDER_POLICIES_EDIT)], include_in_schema=False)
async def policies_page(request: Asked, tx: Transaction) -> Template:
    """Which reminders go out, where."""
    places = await _places(tx, request.user)
    found = await store_policies.policies(tx, hospital_ids=request.user.hospitals)
    return Template(
        "reminders/policies.html",
        context={
            "policies": [(one, places.get(_place_of(one), "The whole group")) for one in found],
            "lead_words": lead_words,
            "own": request.user.hospital_ids is None,
        },
    )


def _form(
    policy: Policy | None, places: dict[str, str], values: dict[str, Any], errors: dict[str, str], problem: str = ""
) -> Template:
    return Template(
        "reminders/policy_form.html",
        context={
            "policy": policy,
            "places": list(places.items()),
            "values": values,
            "errors": errors,
            "problem": problem,
            "steps": range(STEPS),
        },
        status_code=422 if errors or problem else 200,
    )


def _values_of(policy: Policy) -> dict[str, Any]:
    values: dict[str, Any] = {"name": policy.name, "place": _place_of(policy), "active": policy.active}
    for number, step in enumerate(policy.steps[:STEPS]):
        amount, unit = lead_words(step.lead_minutes)
        values |= {
            f"amount_{number}": amount,
            f"unit_{number}": unit,
            f"channels_{number}": step.channels,
            f"unconfirmed_{number}": step.only_if_unconfirmed,
            f"sms_instead_{number}": step.sms_if_whatsapp_fails,
            f"template_{number}": step.template_key,
        }
    return values


@get("/settings/reminders/new", guards=[requires(Permission.REMINDER_POLICIES_EDIT)], include_in_schema=False)
async def new_policy_form(request: Asked, tx: Transaction) -> Template:
    """The form for a new policy."""
    values = {"active": True, "amount_0": 1, "unit_0": "days", "channels_0": ["sms", "whatsapp"]}
    return _form(None, await _places(tx, request.user), values, {})


@get("/settings/reminders/{policy_id:int}", guards=[requires(Permission.REMINDER_POLICIES_EDIT)],
     include_in_schema=False)  # fmt: skip
async def policy_form(request: Asked, tx: Transaction, policy_id: FromPath[int]) -> Template:
    """The form for a policy that is there."""
    policy = await check_policy(tx, policy_id, request.user)
    return _form(policy, await _places(tx, request.user), _values_of(policy), {})


async def _sent(request: Asked) -> tuple[dict[str, list[str]], dict[str, Any]]:
    form = await request.form()
    many = {name: [str(value) for value in form.getall(name)] for name in form}
    shown: dict[str, Any] = {
        name: values if name.startswith("channels_") else values[0] for name, values in many.items()
    }
    return many, shown


@post("/settings/reminders/new", guards=[requires(Permission.REMINDER_POLICIES_EDIT)], include_in_schema=False,
      status_code=200)  # fmt: skip
async def add_policy_from_page(request: Asked, tx: Transaction) -> Template:
    """Adds a policy."""
    many, shown = await _sent(request)
    places = await _places(tx, request.user)
    new, errors = read_policy(many)
    if new is None or shown.get("place", "") not in places:
        return _form(None, places, shown, errors or {"place": "Choose a place."})
    try:
        async with tx.savepoint():
            await add_policy(tx, new=new, actor=request.user)
    except Problem as problem:
        return _form(None, places, shown, {}, problem.detail)
    return Template(
        "reminders/policy_kept.html", context={"name": new.name}, headers={"HX-Redirect": "/settings/reminders"}
    )


@post("/settings/reminders/{policy_id:int}", guards=[requires(Permission.REMINDER_POLICIES_EDIT)],
      include_in_schema=False, status_code=200)  # fmt: skip
async def change_policy_from_page(request: Asked, tx: Transaction, policy_id: FromPath[int]) -> Template:
    """Writes a policy anew."""
    policy = await check_policy(tx, policy_id, request.user)
    await check_place(tx, hospital_id=policy.hospital_id, department_id=None, user=request.user)
    many, shown = await _sent(request)
    places = await _places(tx, request.user)
    new, errors = read_policy(many)
    if new is None:
        return _form(policy, places, shown, errors)
    version = shown.get("version", "")
    try:
        async with tx.savepoint():
            await change_policy(
                tx,
                policy_id=policy_id,
                new=new,
                actor=request.user,
                expected_version=number_in(version),
            )
    except Problem as problem:
        return _form(policy, places, shown, {}, problem.detail)
    return Template(
        "reminders/policy_kept.html", context={"name": new.name}, headers={"HX-Redirect": "/settings/reminders"}
    )


POLICY_PAGES = [policies_page, new_policy_form, policy_form, add_policy_from_page, change_policy_from_page]
