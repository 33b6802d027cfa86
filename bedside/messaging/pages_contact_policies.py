"""The settings page of contact policies: how often a hospital's news come, its quiet hours, and what goes out on
public holidays."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import hospital, hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.messaging import contact_policies
from bedside.messaging.contact_policies import ContactPolicyGiven

Asked = Request[SignedIn, Any, Any]
EDIT = [requires(Permission.REMINDER_POLICIES_EDIT)]
HOLIDAYS = {
    "as_any_day": "As on any day",
    "no_news": "Everything but news",
    "quiet": "Only what is urgent",
}
_TIMES = ("quiet_from", "quiet_until")
_FIELDS = ("news_per_day", "news_per_week", *_TIMES, "holidays")
_WORDS = {
    "news_per_day": "A number from 1 to 1000.",
    "news_per_week": "A number from 1 to 5000.",
    "quiet_from": "Give a time such as 21:00.",
    "quiet_until": "Give a time such as 08:00.",
}


@get("/settings/contact-policies", guards=EDIT, include_in_schema=False)
async def contact_policies_page(request: Asked, tx: Transaction) -> Template:
    """What holds at each hospital of theirs."""
    places = await hospitals(tx, ids=request.user.hospitals)
    shown = [
        (place, await contact_policies.contact_policy(tx, hospital_id=place.id, user=request.user)) for place in places
    ]
    return Template("messaging/contact_policies.html", context={"shown": shown, "holidays": HOLIDAYS})


@get("/settings/contact-policies/{hospital_id:int}", guards=EDIT, include_in_schema=False)
async def contact_policy_dialog(hospital_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """The form for one hospital."""
    found = await contact_policies.contact_policy(tx, hospital_id=hospital_id, user=request.user)
    values = {name: getattr(found, name) for name in (*_FIELDS, "version")}
    values |= {name: f"{values[name]:%H:%M}" if values[name] else "" for name in _TIMES}
    return await _form(tx, hospital_id, values, {})


async def _form(tx: Tx, hospital_id: int, values: dict[str, Any], errors: dict[str, str]) -> Template:
    context = {
        "place": await hospital(tx, hospital_id),
        "values": values,
        "errors": errors,
        "holidays": list(HOLIDAYS.items()),
    }
    return Template("messaging/contact_policy_form.html", context=context, status_code=422 if errors else 200)


@post("/settings/contact-policies/{hospital_id:int}", guards=EDIT, status_code=200, include_in_schema=False)
async def save_contact_policy(hospital_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """Keeps what was set, or draws the form again with what was wrong."""
    fields = await fields_of(request)
    values: dict[str, Any] = {name: fields.get(name, "") for name in (*_FIELDS, "version")}
    try:
        async with tx.savepoint():
            numbers = {name: number_in(values[name]) for name in ("news_per_day", "news_per_week")}
            times = {name: f"{values[name]}:00" if len(values[name]) == 5 else values[name] or None for name in _TIMES}
            given = read_as(ContactPolicyGiven, numbers | times | {"holidays": values["holidays"]}, _WORDS)
            await contact_policies.set_contact_policy(
                tx,
                hospital_id=hospital_id,
                given=given,
                expected_version=number_in(values["version"]),
                user=request.user,
            )
    except Wrong as wrong:
        return await _form(tx, hospital_id, values, wrong.errors)
    except Problem as problem:
        if problem.status in (403, 404):
            raise
        errors = told(problem, _FIELDS)
        return await _form(tx, hospital_id, values, errors if errors.keys() - {""} else {"holidays": errors[""]})
    return Template(
        "messaging/toast.html",
        context={"title": "Saved", "text": "It holds for what is queued from now on."},
        headers={"HX-Trigger": "dialog:close", "HX-Refresh": "true"},
    )


PAGES: list[Any] = [contact_policies_page, contact_policy_dialog, save_contact_policy]
