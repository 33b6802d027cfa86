"""Pages of automatic notices: their settings, who of an owner's people gets which, and links to the owner's pages."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.owner_relations import notices, own_links, preferences, store_notices
from bedside.owner_relations.delivering import people_of
from bedside.owner_relations.model import (
    CHANNELS,
    Id,
    NoSuchNotice,
    Notice,
    NoticeChanges,
    NoticePreference,
    NoticePreferences,
    SendOwnLink,
)
from bedside.owner_relations.pages_common import CHANNEL_NAMES, NOTICES, Person, said
from bedside.owners import Owner, seen_owner

SEND = Permission.OWNER_COMMUNICATIONS_SEND
SEND_BY = [("each", "Every one of them that reaches the owner"), ("first", "The first of them that reaches the owner")]
_WORDS = {"channels": "Choose at least one."}


@get("/settings/owner-notices", guards=[requires(SEND)], include_in_schema=False)
async def notices_page(request: Person, tx: Transaction) -> Template:
    """What owners are told by itself."""
    return await _settings(request, tx)


async def _settings(request: Person, tx: Tx) -> Template:
    context = {
        "items": await notices.notices(tx), "looks": NOTICES,
        "templates": dict(await store_notices.templates_for_notices(tx)),
        "may_change": request.user.hospital_ids is None,
        "send_by": {"each": "each of", "first": "first of"},
    }  # fmt: skip
    name = "notices_region.html" if "x-quiet" in request.headers else "notices.html"
    return Template(f"owner_relations/{name}", context=context)


async def _found(tx: Tx, kind: str) -> Notice:
    found = await store_notices.notice(tx, kind)
    if found is None:
        raise NoSuchNotice("There is no such notice.", next_step="Look at the list of notices.")
    return found


async def _notice_form(tx: Tx, one: Notice, values: dict[str, Any], errors: dict[str, str]) -> Template:
    context = {
        "notice": one, "look": NOTICES[one.kind], "values": values, "errors": errors, "channels": CHANNEL_NAMES,
        "templates": await store_notices.templates_for_notices(tx), "send_by": SEND_BY,
    }  # fmt: skip
    return Template("owner_relations/notice_form.html", context=context, status_code=422 if errors else 200)


@get("/settings/owner-notices/{kind:str}", guards=[requires(SEND)], include_in_schema=False)
async def notice_dialog(kind: FromPath[str], tx: Transaction) -> Template:
    """The form for one notice."""
    one = await _found(tx, kind)
    values = {
        "template_key": one.template_key, "channels": one.channels, "send_by": one.send_by, "version": one.version,
    }  # fmt: skip
    return await _notice_form(tx, one, values, {})


@post("/settings/owner-notices/{kind:str}", guards=[requires(SEND)], status_code=200, include_in_schema=False)
async def change_notice_by_form(kind: FromPath[str], request: Person, tx: Transaction) -> Template:
    """Gives a notice another template or other channels, or draws the form again with what was wrong."""
    one = await _found(tx, kind)
    fields = await fields_of(request)
    form = await request.form()
    values: dict[str, Any] = {
        "template_key": fields.get("template_key", ""), "channels": [str(each) for each in form.getall("channels", [])],
        "send_by": fields.get("send_by", ""), "version": number_in(fields.get("version", "")),
    }  # fmt: skip
    try:
        changes = read_as(
            NoticeChanges, {name: values[name] for name in ("template_key", "channels", "send_by")}, _WORDS
        )
        async with tx.savepoint():
            await notices.change_notice(
                tx, kind=kind, changes=changes, actor=request.user, expected_version=values["version"]
            )
    except Wrong as wrong:
        return await _notice_form(tx, one, values, wrong.errors)
    except Problem as problem:
        return await _notice_form(tx, one, values, told(problem, ("template_key", "channels", "send_by")))
    return said("Changed", f"{NOTICES[one.kind][0]}: from now on.")


@post("/settings/owner-notices/{kind:str}/switch", guards=[requires(SEND)], status_code=200, include_in_schema=False)
async def switch_notice(kind: FromPath[str], request: Person, tx: Transaction, on: FromQuery[bool]) -> Template:
    """Switches a notice on or off."""
    changed = await notices.change_notice(tx, kind=kind, changes=NoticeChanges(enabled=on), actor=request.user)
    title = NOTICES[changed.kind][0]
    return said("Switched on" if on else "Switched off", f"{title}: owners {'are' if on else 'are not'} told.")


async def _wishes(tx: Tx, whose: Owner, chosen: dict[tuple[str, int], list[str]], errors: dict[str, str]) -> Template:
    context = {
        "owner": whose, "people": list((await people_of(tx, whose)).items()), "looks": NOTICES, "errors": errors,
        "settings": {one.kind: one for one in await notices.notices(tx)}, "chosen": chosen, "channels": CHANNEL_NAMES,
    }  # fmt: skip
    return Template("owner_relations/preferences.html", context=context, status_code=422 if errors else 200)


@get("/owners/{owner_id:int}/notice-preferences", guards=[requires(SEND)], include_in_schema=False)
async def preferences_dialog(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Who gets which notice, by which channels; where nothing was said yet, what holds by default."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    kept = (await preferences.notice_preferences(tx, owner_id=owner_id, user=request.user)).preferences
    chosen: dict[tuple[str, int], list[str]] = {(one.kind, one.contact_id or 0): list(one.channels) for one in kept}
    return await _wishes(tx, whose, chosen, {})


@post("/owners/{owner_id:int}/notice-preferences", guards=[requires(SEND)], status_code=200, include_in_schema=False)
async def set_preferences_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Keeps who gets what. A notice left to its default has no rows of its own."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    form = await request.form()
    people = await people_of(tx, whose)
    chosen: dict[tuple[str, int], list[str]] = {}
    wanted: list[NoticePreference] = []
    for kind in NOTICES:
        if form.get(f"own-{kind}") != "yes":
            continue
        for key in people:
            ticked = [each for each in CHANNELS if each in form.getall(f"{kind}-{key}", [])]
            chosen[kind, key] = list(ticked)
            if ticked or key == 0:
                wanted.append(NoticePreference(kind=kind, contact_id=key or None, channels=ticked))  # type: ignore[arg-type]
    try:
        async with tx.savepoint():
            given = NoticePreferences(preferences=wanted)
            await preferences.set_notice_preferences(tx, owner_id=owner_id, given=given, actor=request.user)
    except Problem as problem:
        return await _wishes(tx, whose, chosen, {"": problem.detail})
    return said("Kept", "From now on notices go to whom you chose.")


async def _link_form(request: Person, tx: Tx, whose: Owner, values: dict[str, Any], errors: dict[str, str]) -> Template:
    people = await people_of(tx, whose)
    links = await own_links.own_links(tx, owner_id=whose.id, user=request.user)
    context = {
        "owner": whose, "values": values, "errors": errors, "channels": CHANNEL_NAMES,
        "people": [(key, f"{one.name} (the owner)" if key == 0 else one.name) for key, one in people.items()],
        "links": [one for one in links if one.revoked_at is None and one.expires_at > tx.now][:10],
        "names": {key: one.name for key, one in people.items()},
    }  # fmt: skip
    return Template("owner_relations/own_links.html", context=context, status_code=422 if errors else 200)


@get("/owners/{owner_id:int}/own-links/new", guards=[requires(SEND)], include_in_schema=False)
async def own_link_dialog(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form that sends a link to an owner's own pages, and the links that hold."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    return await _link_form(request, tx, whose, {"contact_id": 0, "channel": ""}, {})


@post("/owners/{owner_id:int}/own-links", guards=[requires(SEND)], status_code=200, include_in_schema=False)
async def send_link_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Sends the link, or draws the form again with what was wrong."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    fields = await fields_of(request)
    channel = fields.get("channel", "")
    values = {"contact_id": number_in(fields.get("contact_id", "")) or 0, "channel": channel}
    try:
        async with tx.savepoint():
            wanted = read_as(SendOwnLink, values | {"channel": channel if channel in CHANNELS else None})
            made = await own_links.send_own_page_link(tx, owner_id=owner_id, wanted=wanted, actor=request.user)
    except Wrong as wrong:
        return await _link_form(request, tx, whose, values, wrong.errors)
    except Problem as problem:
        return await _link_form(request, tx, whose, values, told(problem, ("contact_id", "channel")))
    return said("On its way", f"By {dict(CHANNEL_NAMES).get(made.kind, made.kind)} to {made.recipients[0].name}.")


@post(
    "/owners/{owner_id:int}/own-links/{link_id:int}/revoke",
    guards=[requires(SEND)],
    status_code=200,
    include_in_schema=False,
)
async def revoke_link_by_hand(
    owner_id: FromPath[Id], link_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Takes a link back."""
    await own_links.revoke_own_link(tx, owner_id=owner_id, link_id=link_id, actor=request.user)
    return said("Taken back", "The link leads nowhere from now on.")


PAGES = [
    notices_page, notice_dialog, change_notice_by_form, switch_notice, preferences_dialog, set_preferences_by_form,
    own_link_dialog, send_link_by_form, revoke_link_by_hand,
]  # fmt: skip
