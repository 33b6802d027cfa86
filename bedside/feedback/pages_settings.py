"""How feedback is asked for: the policy of each hospital, and the categories that the hospitals share."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, Role, SignedIn, active_staff, requires
from bedside.directory import hospital, hospitals
from bedside.feedback.categories import add_category, categories, change_category
from bedside.feedback.forms import forms
from bedside.feedback.model import CategoryChanges, Id, NewCategory, NewPolicy, NoSuchCategory, Policy
from bedside.feedback.pages_common import CHANNEL_NAMES, Person, said
from bedside.feedback.policies import TAKERS, change_policy, policy_of, seen_policy
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import languages

EDIT = Permission.FEEDBACK_EDIT
_ROLES = [
    (role.value, "Administrators" if role == Role.ADMIN else role.replace("_", " ").capitalize()) for role in TAKERS
]
_NUMBERS = ("delay_minutes", "reminder_after_hours", "open_days", "review_from_stars", "recovery_hours")
_CHOSEN = ("form_id", "recovery_assigned_to", "escalate_to")
_WORDS = {
    "delay_minutes": "From 0 to 20160 minutes (two weeks).",
    "channels": "Choose one at least.",
    "reminder_after_hours": "From 1 to 336 hours, or leave it empty.",
    "open_days": "From 1 to 365 days.",
    "recovery_hours": "From 1 to 336 hours.",
}
_LABELS = (("en", "English"), ("es", "Spanish"), ("ar", "Arabic"))


async def _shown(request: Person, tx: Tx) -> dict[str, Any]:
    named = {one.id: one.name for one in await forms(tx, archived=True)}
    people = dict(await _takers(tx))
    places = await hospitals(tx, ids=request.user.hospitals)
    return {
        "policies": [(one, await policy_of(tx, one.id)) for one in places],
        "forms": named,
        "people": people,
        "roles": dict(_ROLES),
        "categories": await categories(tx, archived=True),
        "everywhere": request.user.hospital_ids is None,
        "language_names": dict(languages()),
    }


async def _takers(tx: Tx) -> list[tuple[int, str]]:
    """Whoever a low rating may be given to; whether they work at the hospital, the rules say when it is kept."""
    return [(one.id, one.name) for one in await active_staff(tx) if one.role in TAKERS]


@get("/settings/feedback", guards=[requires(EDIT)], include_in_schema=False)
async def settings_page(request: Person, tx: Transaction) -> Template:
    """Every hospital's policy, and the categories."""
    return Template("feedback/settings.html", context=await _shown(request, tx))


@get("/settings/feedback/rows", guards=[requires(EDIT)], include_in_schema=False)
async def settings_region(request: Person, tx: Transaction) -> Template:
    """The same without the page around it."""
    return Template("feedback/settings_body.html", context=await _shown(request, tx))


def _values_of(policy: Policy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in NewPolicy.__struct_fields__} | {"version": policy.version}


async def _policy_form(
    tx: Tx, hospital_id: int, values: dict[str, Any], errors: dict[str, str], *, moved: str = ""
) -> Template:
    """The form; `moved` is what was pressed to try a channel earlier or later, which keeps the focus."""
    order = values.get("channel_order") or values["channels"]
    context = {
        "moved": moved,
        "place": await hospital(tx, hospital_id),
        "values": values,
        "errors": errors,
        # those that are tried stand in their order, which the form sends back
        "channels": sorted(CHANNEL_NAMES, key=lambda one: [*order, one[0]].index(one[0])),
        "languages": languages(),
        "forms": [(one.id, one.name) for one in await forms(tx)],
        "people": await _takers(tx),
        "roles": _ROLES,
    }
    return Template("feedback/policy.html", context=context, status_code=422 if errors else 200)


@get("/settings/feedback/{hospital_id:int}", guards=[requires(EDIT)], include_in_schema=False)
async def policy_dialog(hospital_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for how a hospital asks."""
    policy = await seen_policy(tx, hospital_id=hospital_id, user=request.user)
    return await _policy_form(tx, hospital_id, _values_of(policy), {})


@post("/settings/feedback/{hospital_id:int}", guards=[requires(EDIT)], status_code=200, include_in_schema=False)
async def change_policy_by_form(hospital_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Writes how a hospital asks, or draws the form again with what was wrong."""
    await seen_policy(tx, hospital_id=hospital_id, user=request.user)
    fields = await fields_of(request)
    form = await request.form()
    values: dict[str, Any] = {name: fields.get(name, "") for name in NewPolicy.__struct_fields__}
    values["channels"] = [str(one) for one in form.getall("channels", [])]
    values |= {name: fields.get(name) == "true" for name in ("enabled", "anonymous_offered")}
    given = dict(values)
    values["version"] = fields.get("version", "")
    pressed = fields.get("move", "")
    values["channel_order"] = moved([str(one) for one in form.getall("channel_order", [])], pressed)
    if pressed:
        return await _policy_form(tx, hospital_id, values, {}, moved=pressed)
    given |= {name: number_in(given[name]) if given[name] else None for name in (*_NUMBERS, *_CHOSEN)}
    given["language"] = given["language"] or None
    try:
        new = read_as(NewPolicy, given, _WORDS)
        async with tx.savepoint():
            await change_policy(
                tx, hospital_id=hospital_id, new=new, actor=request.user, expected_version=number_in(values["version"])
            )
    except Wrong as wrong:
        return await _policy_form(tx, hospital_id, values, wrong.errors)
    except Problem as problem:
        return await _policy_form(tx, hospital_id, values, told(problem, NewPolicy.__struct_fields__))
    return said("Kept", "Whoever is asked from now on is asked like this.")


def moved(order: list[str], pressed: str) -> list[str]:
    """The order after `up-sms` or `down-sms` was pressed; the same where that leads nowhere. Pure."""
    way, _, what = pressed.partition("-")
    if what not in order or way not in ("up", "down"):
        return order
    rest = [one for one in order if one != what]
    at = max(0, order.index(what) + (-1 if way == "up" else 1))
    return [*rest[:at], what, *rest[at:]]


def _category_form(category_id: int | None, values: dict[str, str], errors: dict[str, str]) -> Template:
    context = {"category_id": category_id, "values": values, "errors": errors, "languages": _LABELS}
    return Template("feedback/category.html", context=context, status_code=422 if errors else 200)


@get("/settings/feedback/categories/new", guards=[requires(EDIT)], include_in_schema=False)
async def new_category_dialog() -> Template:
    """The form for a category more."""
    return _category_form(None, {"code": ""}, {})


@post("/settings/feedback/categories/new", guards=[requires(EDIT)], status_code=200, include_in_schema=False)
async def add_category_by_form(request: Person, tx: Transaction) -> Template:
    """Adds a category, or draws the form again."""
    fields = await fields_of(request)
    try:
        given = {"code": fields.get("code", ""), "labels": _labels(fields)}
        new = read_as(
            NewCategory, given, {"code": "Small letters, digits and underscores.", "labels": "Name it in English."}
        )
        async with tx.savepoint():
            await add_category(tx, new=new, actor=request.user)
    except Wrong as wrong:
        return _category_form(None, fields, _of_labels(wrong.errors))
    except Problem as problem:
        return _category_form(None, fields, _of_labels(told(problem, ("code", "labels"))))
    return said("Category added", "It is asked from now on.")


@get("/settings/feedback/categories/{category_id:int}", guards=[requires(EDIT)], include_in_schema=False)
async def category_dialog(category_id: FromPath[Id], tx: Transaction) -> Template:
    """The form for a category's names."""
    found = next((one for one in await categories(tx, archived=True) if one.id == category_id), None)
    if found is None:
        raise NoSuchCategory("There is no such category.")
    values = {f"label_{language}": label for language, label in found.labels.items()}
    return _category_form(category_id, values | {"code": found.code, "version": str(found.version)}, {})


@post("/settings/feedback/categories/{category_id:int}", guards=[requires(EDIT)], status_code=200,
      include_in_schema=False)  # fmt: skip
async def change_category_by_form(category_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Changes what a category is called; names in languages that the form does not show stay."""
    fields = await fields_of(request)
    found = next((one for one in await categories(tx, archived=True) if one.id == category_id), None)
    kept = {} if found is None else {key: label for key, label in found.labels.items() if key not in dict(_LABELS)}
    try:
        changes = read_as(CategoryChanges, {"labels": kept | _labels(fields)}, {"labels": "Name it in English."})
        await _change(tx, category_id, changes, request.user, fields.get("version", ""))
    except Wrong as wrong:
        return _category_form(category_id, fields, _of_labels(wrong.errors))
    except Problem as problem:
        return _category_form(category_id, fields, _of_labels(told(problem, ("labels",))))
    return said("Kept")


@post("/settings/feedback/categories/{category_id:int}/move", guards=[requires(EDIT)], status_code=200,
      include_in_schema=False)  # fmt: skip
async def move_category(category_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """One place up or down, put away, or brought back: `how`."""
    how = request.query_params.get("how", "")
    order = [one.id for one in await categories(tx, archived=True)]
    place = order.index(category_id) + 1 if category_id in order else 1
    changes = {
        "up": CategoryChanges(position=max(place - 1, 1)),
        "down": CategoryChanges(position=place + 1),
        "away": CategoryChanges(archived=True),
        "back": CategoryChanges(archived=False),
    }.get(how, CategoryChanges())
    await _change(tx, category_id, changes, request.user, "")
    words = {"away": "Put away: it is not asked any more, and old feedback keeps it.", "back": "It is asked again."}
    return said("Kept", words.get(how, ""))


async def _change(tx: Tx, category_id: int, changes: CategoryChanges, user: SignedIn, version: str) -> None:
    async with tx.savepoint():
        await change_category(
            tx, category_id=category_id, changes=changes, actor=user, expected_version=number_in(version)
        )


def _labels(fields: dict[str, str]) -> dict[str, str]:
    return {language: fields[name] for language, _ in _LABELS if fields.get(name := f"label_{language}")}


def _of_labels(errors: dict[str, str]) -> dict[str, str]:
    return {"label_en" if name == "labels" else name: text for name, text in errors.items()}


SETTINGS_PAGES: list[Any] = [
    settings_page, settings_region, policy_dialog, change_policy_by_form, new_category_dialog, add_category_by_form,
    category_dialog, change_category_by_form, move_category,
]  # fmt: skip
