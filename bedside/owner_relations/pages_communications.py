"""Pages of what is said to an owner: the log on their page, writing to them, writing down calls and meetings."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, numbers_of, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import Rendered, sms_length
from bedside.owner_relations import communicating, reading, store_notices, writing_down
from bedside.owner_relations.delivering import Words, people_of, would_reach
from bedside.owner_relations.model import CHANNELS, CommunicationChanges, FollowUp, Id, NewCommunication
from bedside.owner_relations.pages_common import (
    CHANNEL_NAMES,
    HAND_NAMES,
    NOTICES,
    WAYS,
    Person,
    as_written,
    filters_asked,
    instant,
    said,
    zone_of,
)
from bedside.owner_relations.template_words import check_words
from bedside.owners import Owner, seen_owner

READ = Permission.OWNER_COMMUNICATIONS_READ
SEND = Permission.OWNER_COMMUNICATIONS_SEND
AT_ONCE = 20
_KINDS = [*CHANNEL_NAMES, *HAND_NAMES]
_FIELDS = ("subject", "body", "template_key", "send_at", "contact_ids", "kind", "happened_at", "duration_minutes")


@get("/owners/{owner_id:int}/communications-panel", guards=[requires(READ)], include_in_schema=False)
async def communications_panel(
    owner_id: FromPath[Id], request: Person, tx: Transaction, cursor: FromQuery[str] = ""
) -> Template:
    """The log as it stands on the owner's page, filtered; with a `cursor`, the entries that come after."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    asked = filters_asked(request)
    kind, direction = asked.get("kind", ""), asked.get("direction", "")
    filters = {
        "kind": [kind] if kind in dict(_KINDS) else None,
        "direction": direction if direction in dict(WAYS) else None,
        "contact_id": number_in(asked.get("contact", "")),
        "search": asked.get("q", "").strip()[:200] or None,
        "archived": asked.get("archived") == "true",
    }
    page = await reading.log(
        tx, owner_id=owner_id, user=request.user, filters=filters, cursor=cursor or None, limit=AT_ONCE
    )
    people = await people_of(tx, whose)
    shown = {name: asked[name] for name in ("kind", "direction", "contact", "q", "archived") if asked.get(name)}
    context = {
        "owner": whose, "entries": page.items, "next": page.next, "shown": shown, "query": urlencode(shown),
        "kinds": _KINDS, "ways": WAYS, "notices": NOTICES, "channels": CHANNELS,
        "people": [(key, one.name) for key, one in people.items()],
        "may_send": request.user.may(SEND), "now": tx.now, "zone": (await zone_of(tx, whose, request.user)).key,
    }  # fmt: skip
    if cursor:
        return Template("owner_relations/entries.html", context=context)
    address = f"/owners/{owner_id}?{urlencode({'show': 'communications'} | shown)}"
    headers = {"HX-Replace-Url": address} if "hx-request" in request.headers else {}
    return Template("owner_relations/panel.html", context=context, headers=headers)


async def _compose(request: Person, tx: Tx, whose: Owner, values: dict[str, Any], errors: dict[str, str]) -> Template:
    people = await people_of(tx, whose)
    zone = await zone_of(tx, whose, request.user)
    context = {
        "owner": whose, "values": values, "errors": errors, "people": list(people.items()), "channels": CHANNEL_NAMES,
        "templates": await store_notices.templates_by_hand(tx), "shown": None, "problem": "",
        "from_now": as_written(tx.now, zone), "zone": zone.key,
    }  # fmt: skip
    return Template("owner_relations/compose.html", context=context, status_code=422 if errors else 200)


@get("/owners/{owner_id:int}/communications/new", guards=[requires(SEND)], include_in_schema=False)
async def compose_dialog(
    owner_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    kind: FromQuery[str] = "",
    contact: FromQuery[str] = "",
) -> Template:
    """The form for a message; `kind` and `contact` fill in how and to whom."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    people = await people_of(tx, whose)
    to = number_in(contact) or 0
    first = people.get(to, people[0]).in_order()
    values = {
        "kind": kind if kind in CHANNELS else (first[0] if first else "email"), "contact_ids": [to], "subject": "",
        "body": "", "template_key": "", "send_at": "", "task_title": "", "task_due": "",
    }  # fmt: skip
    return await _compose(request, tx, whose, values, {})


async def _composed(request: Person) -> dict[str, Any]:
    fields = await fields_of(request)
    kind = fields.get("kind", "email")
    return {
        "kind": kind if kind in CHANNELS else "email", "contact_ids": await numbers_of(request, "contact_ids"),
        **{
            name: fields.get(name, "")
            for name in ("subject", "body", "template_key", "send_at", "task_title", "task_due")
        },
    }  # fmt: skip


@post("/owners/{owner_id:int}/communications", guards=[requires(SEND)], status_code=200, include_in_schema=False)
async def send_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Sends it, or draws the form again with what was wrong."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    zone = await zone_of(tx, whose, request.user)
    values = await _composed(request)
    by_template = bool(values["template_key"])
    given = {
        "kind": values["kind"], "contact_ids": values["contact_ids"],
        "subject": "" if by_template or values["kind"] != "email" else values["subject"],
        "body": "" if by_template else values["body"], "template_key": values["template_key"] or None,
        "send_at": instant(values["send_at"], zone) if values["send_at"] else None,
    }  # fmt: skip
    try:
        if values["send_at"] and given["send_at"] is None:
            raise Wrong({"send_at": "Give a day and a time."})
        new = read_as(NewCommunication, given)
        new.follow_up = _follow_up(values, zone)
        async with tx.savepoint():
            made = await communicating.add(tx, owner_id=owner_id, new=new, actor=request.user)
    except Wrong as wrong:
        return await _compose(request, tx, whose, values, wrong.errors)
    except Problem as problem:
        return await _compose(request, tx, whose, values, told(problem, _FIELDS))
    reached = [who for who in made.recipients if who.message_id is not None]
    refused = len(made.recipients) - len(reached)
    text = f"To {', '.join(who.name for who in reached)}." + (f" {refused} could not be written to." if refused else "")
    return said("On its way" if new.send_at is None else "It goes out later", text)


def _follow_up(values: dict[str, Any], zone: Any) -> FollowUp | None:
    if not values["task_title"]:
        return None
    due = values["task_due"]
    return FollowUp(title=values["task_title"][:300], due_at=instant(f"{due}T17:00", zone) if due else None)


@post(
    "/owners/{owner_id:int}/communications/preview", guards=[requires(SEND)], status_code=200, include_in_schema=False
)
async def preview_communication(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The words as the first of the recipients would read them, and how many parts an SMS takes."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    values = await _composed(request)
    people = await people_of(tx, whose)
    who = next((people[one] for one in values["contact_ids"] if one in people), people[0])
    context: dict[str, Any] = {"kind": values["kind"], "shown": None, "problem": "", "length": None, "who": who.name}
    place = next((one for one in whose.hospital_ids if request.user.works_at(one)), None)
    chosen = [people[one] for one in values["contact_ids"] if one in people]
    context["reached"] = [
        {
            "name": one.name,
            "channel": "",
            "one": await would_reach(tx, one, values["kind"], hospital_id=place, at_a_time=bool(values["send_at"])),
            "chosen": True,
        }
        for one in chosen
    ]
    if values["template_key"]:
        words = Words(template_key=values["template_key"])
        try:
            [rendered] = await check_words(tx, words, values["kind"], [who], whose=whose, hospital_id=place)
            context["shown"] = (rendered.subject, rendered.body)
            context["length"] = _length(values["kind"], rendered)
        except Problem as problem:
            context["problem"] = problem.detail
    elif values["body"]:
        context["shown"] = (values["subject"], values["body"])
        context["length"] = sms_length(values["body"]) if values["kind"] == "sms" else None
    return Template("owner_relations/preview.html", context=context)


def _length(kind: str, rendered: Rendered) -> Any:
    return sms_length(rendered.body) if kind == "sms" else None


async def _note_form(
    request: Person, tx: Tx, whose: Owner, values: dict[str, Any], errors: dict[str, str], action: str
) -> Template:
    people = await people_of(tx, whose)
    zone = await zone_of(tx, whose, request.user)
    context = {
        "owner": whose, "values": values, "errors": errors, "people": list(people.items()), "kinds": HAND_NAMES,
        "ways": [("outbound", "We got in touch"), ("inbound", "They got in touch")], "action": action,
        "latest": as_written(tx.now + timedelta(minutes=5), zone), "zone": zone.key,
    }  # fmt: skip
    return Template("owner_relations/note.html", context=context, status_code=422 if errors else 200)


@get("/owners/{owner_id:int}/communications/note", guards=[requires(SEND)], include_in_schema=False)
async def note_dialog(
    owner_id: FromPath[Id], request: Person, tx: Transaction, kind: FromQuery[str] = "call"
) -> Template:
    """The form for a call, a meeting or a letter."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    zone = await zone_of(tx, whose, request.user)
    values = {
        "kind": kind if kind in dict(HAND_NAMES) else "call", "direction": "outbound", "contact_ids": [0],
        "happened_at": as_written(tx.now, zone), "duration_minutes": "", "subject": "", "body": "", "version": None,
        "task_title": "", "task_due": "",
    }  # fmt: skip
    return await _note_form(request, tx, whose, values, {}, f"/owners/{owner_id}/communications/note")


@get(
    "/owners/{owner_id:int}/communications/{communication_id:int}/edit",
    guards=[requires(SEND)],
    include_in_schema=False,
)
async def edit_dialog(
    owner_id: FromPath[Id], communication_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """The form for a call, a meeting or a letter that was written down."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    one = await reading.communication(tx, owner_id=owner_id, communication_id=communication_id, user=request.user)
    zone = await zone_of(tx, whose, request.user)
    values = {
        "kind": one.kind, "direction": one.direction, "contact_ids": [who.contact_id or 0 for who in one.recipients],
        "happened_at": as_written(one.happened_at, zone), "subject": one.subject, "body": one.body,
        "duration_minutes": "" if one.duration_minutes is None else one.duration_minutes, "version": one.version,
        "task_title": "", "task_due": "",
    }  # fmt: skip
    action = f"/owners/{owner_id}/communications/{communication_id}"
    return await _note_form(request, tx, whose, values, {}, action)


@post("/owners/{owner_id:int}/communications/note", guards=[requires(SEND)], status_code=200, include_in_schema=False)
async def note_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Writes it down, or draws the form again with what was wrong."""
    return await _save_note(request, tx, owner_id, None)


@post(
    "/owners/{owner_id:int}/communications/{communication_id:int}",
    guards=[requires(SEND)],
    status_code=200,
    include_in_schema=False,
)
async def change_by_form(
    owner_id: FromPath[Id], communication_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Changes what was written down."""
    return await _save_note(request, tx, owner_id, communication_id)


async def _save_note(request: Person, tx: Tx, owner_id: int, communication_id: int | None) -> Template:
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    zone = await zone_of(tx, whose, request.user)
    fields = await fields_of(request)
    names = ("kind", "direction", "happened_at", "duration_minutes", "subject", "body", "task_title", "task_due")
    values: dict[str, Any] = {name: fields.get(name, "") for name in names} | {
        "contact_ids": await numbers_of(request, "contact_ids"), "version": number_in(fields.get("version", "")),
    }  # fmt: skip
    at, minutes = instant(values["happened_at"], zone), values["duration_minutes"]
    action = f"/owners/{owner_id}/communications/{communication_id or 'note'}"
    try:
        if at is None:
            raise Wrong({"happened_at": "Give a day and a time."})
        if (minutes and (number := number_in(minutes)) is None) or (minutes and number is not None and number > 1440):
            raise Wrong({"duration_minutes": "Minutes, up to a day."})
        given = {
            "direction": values["direction"] or "outbound", "subject": values["subject"], "body": values["body"],
            "happened_at": at, "duration_minutes": number_in(minutes) if minutes else None,
        }  # fmt: skip
        async with tx.savepoint():
            if communication_id is None:
                new = read_as(NewCommunication, given | {"kind": values["kind"], "contact_ids": values["contact_ids"]})
                new.follow_up = _follow_up(values, zone)
                await communicating.add(tx, owner_id=owner_id, new=new, actor=request.user)
            else:
                await writing_down.change(
                    tx,
                    owner_id=owner_id,
                    communication_id=communication_id,
                    changes=read_as(CommunicationChanges, given),
                    actor=request.user,
                    expected_version=values["version"],
                )
    except Wrong as wrong:
        return await _note_form(request, tx, whose, values, wrong.errors, action)
    except Problem as problem:
        return await _note_form(request, tx, whose, values, told(problem, _FIELDS), action)
    return said("Written down" if communication_id is None else "Changed")


@post(
    "/owners/{owner_id:int}/communications/{communication_id:int}/archive",
    guards=[requires(SEND)],
    status_code=200,
    include_in_schema=False,
)
async def archive_by_hand(
    owner_id: FromPath[Id],
    communication_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    back: FromQuery[bool] = False,
) -> Template:
    """Puts what was written down away, or brings it back."""
    await writing_down.change(
        tx,
        owner_id=owner_id,
        communication_id=communication_id,
        changes=CommunicationChanges(archived=not back),
        actor=request.user,
    )
    return said("It is back" if back else "Put away")


@post(
    "/owners/{owner_id:int}/communications/{communication_id:int}/send-again",
    guards=[requires(SEND)],
    status_code=200,
    include_in_schema=False,
)
async def send_again_by_hand(
    owner_id: FromPath[Id], communication_id: FromPath[Id], request: Person, tx: Transaction
) -> Template:
    """Sends it again to those whom it did not reach."""
    await communicating.send_again(tx, owner_id=owner_id, communication_id=communication_id, actor=request.user)
    return said("On its way again", "To those alone whom it did not reach.")


PAGES = [
    communications_panel, compose_dialog, send_by_form, preview_communication, note_dialog, edit_dialog, note_by_form,
    change_by_form, archive_by_hand, send_again_by_hand,
]  # fmt: skip
