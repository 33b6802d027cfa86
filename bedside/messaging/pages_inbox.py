"""Pages of the inbox: the conversations, the one chosen beside them, and what staff do with it."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery
from litestar.response import Template
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.kit.http.problems import Forbidden, Invalid, Problem
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import Channel
from bedside.messaging import attaching, conversations, replying, store_conversations
from bedside.messaging.attachment_model import LARGEST_BY_MAIL, MOST
from bedside.messaging.conversation_model import ConversationView, PersonOfConversation
from bedside.messaging.pages import CHANNELS
from bedside.messaging.quoted import fold
from bedside.messaging.routes_attachments import files_of
from bedside.messaging.store_reading import within
from bedside.patients import NewPatient, register

Person = Request[SignedIn, Any, Any]
Words = Annotated[str, Meta(max_length=200)]
Id = FromPath[int]

# as they are offered: the value, its words
SNOOZES = [
    ("hour", "For an hour"),
    ("hours", "For three hours"),
    ("tomorrow", "Until tomorrow, 8:00"),
    ("week", "For a week"),
    ("at", "Until the time below"),
]
MORNING = time(8)
STEP = 100  # conversations that are listed, and how many more at a time
MOST_LISTED = 1000
LARGEST_FORM = LARGEST_BY_MAIL + 6_000_000  # whoever adds a little too much is told the limit by us
ANSWER = [requires(Permission.MESSAGES_SEND)]


@get("/inbox", guards=[requires(Permission.MESSAGES_READ)], include_in_schema=False)
async def inbox_page(
    request: Person,
    tx: Transaction,
    show: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    q: FromQuery[str] = "",
    listed: FromQuery[int] = STEP,
    region: FromQuery[str] = "",
) -> Template | Response[str]:
    """The conversations; `show`: mine, unassigned, waiting, snoozed, closed; or nothing for those open. `listed`: how
    many."""
    wanted = {"show": show, "channel": channel, "q": q.strip()[:200], "listed": _more(listed)}
    return await _inbox(request, tx, None, wanted, region)


@get("/inbox/{conversation_id:int}", guards=[requires(Permission.MESSAGES_READ)], include_in_schema=False)
async def conversation_page(
    conversation_id: Id,
    request: Person,
    tx: Transaction,
    show: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    q: FromQuery[str] = "",
    listed: FromQuery[int] = STEP,
    lines: FromQuery[int] = conversations.LINES,
    region: FromQuery[str] = "",
) -> Template | Response[str]:
    """The conversations, and the one chosen beside them; `region` is `list` or `thread` for that part alone; `lines`:
    how many of the newest in the thread."""
    wanted = {"show": show, "channel": channel, "q": q.strip()[:200], "listed": _more(listed)}
    return await _inbox(
        request, tx, conversation_id, wanted, region, lines=min(max(lines, 1), conversations.MOST_LINES)
    )


def _more(listed: int) -> str:
    """How many conversations a page lists, where that is more than one step of them."""
    return str(min(listed, MOST_LISTED)) if listed > STEP else ""


def _filters(user: SignedIn, wanted: dict[str, str]) -> dict[str, Any]:
    status = wanted["show"] if wanted["show"] in ("snoozed", "closed") else "open"
    filters: dict[str, Any] = {**within(user), "status": status}
    if wanted["show"] == "mine":
        filters["assigned_to"] = user.id
    elif wanted["show"] == "unassigned":
        filters["unassigned"] = True
    elif wanted["show"] == "waiting":
        filters |= {"needs_answer": True, "status": None}
    if wanted["channel"] in dict(CHANNELS):
        filters["channel"] = wanted["channel"]
    if wanted["q"]:
        filters |= {"search": wanted["q"], "status": filters["status"] if wanted["show"] else None}
    return filters


async def _inbox(
    request: Person,
    tx: Tx,
    conversation_id: int | None,
    wanted: dict[str, str],
    region: str,
    *,
    lines: int = conversations.LINES,
) -> Template | Response[str]:
    query = urlencode({name: value for name, value in wanted.items() if value})
    chosen: dict[str, Any] = {"chosen": None}
    if conversation_id is not None:
        chosen = await _chosen(tx, conversation_id, request, lines)
        if chosen["chosen"].conversation.id != conversation_id and not region:
            onward = f"/inbox/{chosen['chosen'].conversation.id}" + (f"?{query}" if query else "")
            return Response("", status_code=303, media_type="text/html", headers={"Location": onward})
    found: list[ConversationView] = []
    further = False
    if region != "thread":
        most = int(wanted["listed"] or STEP)
        found, further = await _listed(tx, _filters(request.user, wanted), most)
        further = further and most < MOST_LISTED
    context = {
        **chosen,
        "conversations": found,
        "listed_next": len(found) + STEP if further else None,
        "chosen_id": conversation_id,
        "counts": await store_conversations.counts(tx, user=request.user),
        "times": await store_conversations.answer_times(tx, since=tx.now - timedelta(days=1), user=request.user),
        "channels": CHANNELS,
        "query": query,
        **wanted,
    }
    names = {"list": "messaging/inbox_list.html", "thread": "messaging/thread.html"}
    return Template(names.get(region, "messaging/inbox.html"), context=context)


async def _listed(tx: Tx, filters: dict[str, Any], most: int) -> tuple[list[ConversationView], bool]:
    """The newest conversations, and whether there are more."""
    found: list[ConversationView] = []
    cursor = None
    while True:
        limit = min(STEP, most - len(found))
        page = await store_conversations.CONVERSATIONS.page(tx, filters=filters, cursor=cursor, limit=limit)
        found += page.items
        cursor = page.next
        if cursor is None or len(found) >= most:
            return found, cursor is not None


async def _chosen(tx: Tx, conversation_id: int, request: Person, lines: int = conversations.LINES) -> dict[str, Any]:
    found = await conversations.read_conversation(tx, conversation_id=conversation_id, user=request.user, most=lines)
    view, user = found.conversation, request.user
    writes = Permission.OWNER_COMMUNICATIONS_SEND if view.owner_id else Permission.MESSAGES_SEND
    return {
        "chosen": found,
        "lines_next": lines + conversations.LINES if len(found.lines) >= lines < conversations.MOST_LINES else None,
        "lines_shown": lines,
        "may_send": user.may(Permission.MESSAGES_SEND) and user.may(writes),
        "may_register": user.may(Permission.PATIENTS_EDIT),
        "fold": fold,
        "now": tx.now,
        "me": user.id,
        "way": next((way for way in found.ways if way.channel == view.channel), next(iter(found.ways), None)),
    }


@post(
    "/inbox/{conversation_id:int}/replies",
    guards=ANSWER,
    status_code=200,
    include_in_schema=False,
    request_max_body_size=LARGEST_FORM,
)
async def answer(conversation_id: Id, request: Person, tx: Transaction) -> Template:
    """Sends an answer with its files by the channel chosen, or writes a note where that was chosen; shows the thread
    with it."""
    form = await request.form()
    body, by = str(form.get("body", "")).strip()[:1600], str(form.get("channel", ""))
    uploads = [one for one in form.getall("files", []) if isinstance(one, UploadFile) and one.filename]
    if by == "note":
        if uploads:
            raise Invalid("A note takes no files.", pointer="/files", next_step="Take them off, or send them.")
        if body:
            await conversations.note(tx, conversation_id=conversation_id, body=body, user=request.user)
    elif body or uploads:
        if len(uploads) > MOST:
            raise Invalid(f"A message takes {MOST} files.", pointer="/files", next_step="Send another with the rest.")
        added = [
            await attaching.add(
                tx,
                files=files_of(request),
                conversation_id=conversation_id,
                name=upload.filename,
                content=await upload.read(),
                user=request.user,
                pointer=f"/files/{place}",
            )
            for place, upload in enumerate(uploads)
        ]
        await replying.reply(
            tx,
            conversation_id=conversation_id,
            body=body,
            channel=Channel(by) if by in dict(CHANNELS) else None,
            attachment_ids=[file.id for file in added],
            user=request.user,
        )
    return await _thread(tx, conversation_id, request)


@post(
    "/inbox/{conversation_id:int}/files/{attachment_id:int}/fetch",
    guards=ANSWER,
    status_code=200,
    include_in_schema=False,
)
async def fetch_file(conversation_id: Id, attachment_id: Id, request: Person, tx: Transaction) -> Template:
    """Has a file fetched again that was given up."""
    await attaching.fetch_again(tx, conversation_id=conversation_id, attachment_id=attachment_id, user=request.user)
    return await _thread(tx, conversation_id, request)


@post("/inbox/{conversation_id:int}/close", guards=ANSWER, status_code=200, include_in_schema=False)
async def close_conversation(conversation_id: Id, request: Person, tx: Transaction) -> Response[str]:
    """Closes it and goes back to the inbox."""
    await conversations.close(tx, conversation_id=conversation_id, user=request.user)
    return Response("", media_type="text/html", headers={"HX-Redirect": "/inbox"})


@post("/inbox/{conversation_id:int}/reopen", guards=ANSWER, status_code=200, include_in_schema=False)
async def reopen_conversation(conversation_id: Id, request: Person, tx: Transaction) -> Template:
    """Opens it again, or brings it back from its snooze."""
    await conversations.reopen(tx, conversation_id=conversation_id, user=request.user)
    return await _thread(tx, conversation_id, request)


@post("/inbox/{conversation_id:int}/no-answer", guards=ANSWER, status_code=200, include_in_schema=False)
async def no_answer_needed(conversation_id: Id, request: Person, tx: Transaction) -> Template:
    """Says that what they wrote needs no answer."""
    await conversations.no_answer_needed(tx, conversation_id=conversation_id, user=request.user)
    return await _thread(tx, conversation_id, request)


@get("/inbox/{conversation_id:int}/assignment", guards=ANSWER, include_in_schema=False)
async def assign_dialog(conversation_id: Id, request: Person, tx: Transaction) -> Template:
    """Who is to have it."""
    found = await conversations.conversation(tx, conversation_id=conversation_id, user=request.user)
    context = {"one": found, "staff": await conversations.may_take(tx, found), "me": request.user.id}
    return Template("messaging/assign.html", context=context)


@post("/inbox/{conversation_id:int}/assignment", guards=ANSWER, status_code=200, include_in_schema=False)
async def assign_conversation(conversation_id: Id, request: Person, tx: Transaction) -> Template:
    """Gives it to a colleague, or back to everybody."""
    chosen = str((await request.form()).get("staff_id", ""))
    staff_id = int(chosen) if chosen.isdigit() and len(chosen) < 18 else None
    view = await conversations.assign(tx, conversation_id=conversation_id, staff_id=staff_id, user=request.user)
    words = f"{view.assigned_name} has it now." if view.assigned_name else "It is everybody's again."
    return _done("Assigned" if view.assigned_name else "Not assigned", words)


@get("/inbox/{conversation_id:int}/snooze", guards=ANSWER, include_in_schema=False)
async def snooze_dialog(conversation_id: Id, request: Person, tx: Transaction) -> Template:
    """Until when."""
    found = await conversations.conversation(tx, conversation_id=conversation_id, user=request.user)
    return _snooze_form(found, {"for": "tomorrow", "date": "", "time": ""}, {})


def _snooze_form(found: ConversationView, values: dict[str, str], errors: dict[str, str]) -> Template:
    context = {"one": found, "values": values, "errors": errors, "snoozes": SNOOZES}
    return Template("messaging/snooze.html", context=context, status_code=422 if errors else 200)


@post("/inbox/{conversation_id:int}/snooze", guards=ANSWER, status_code=200, include_in_schema=False)
async def snooze_conversation(conversation_id: Id, request: Person, tx: Transaction) -> Template:
    """Puts it off, or draws the form again with what was wrong."""
    found = await conversations.conversation(tx, conversation_id=conversation_id, user=request.user)
    form = await request.form()
    values = {name: str(form.get(name, "")).strip() for name in ("for", "date", "time")}
    try:
        until = _until(tx.now, values, await _zone(tx, found))
        await conversations.snooze(tx, conversation_id=found.id, until=until, user=request.user)
    except Invalid as problem:
        return _snooze_form(found, values, {"date": f"{problem.detail} {problem.next_step or ''}"})
    return _done("Snoozed", "It comes back by itself, and at once when they write.")


async def _zone(tx: Tx, found: ConversationView) -> ZoneInfo:
    at = await store_conversations.hospital_of_conversation(tx, conversation_id=found.id)
    return ZoneInfo((await hospital(tx, at)).time_zone) if at is not None else ZoneInfo("UTC")


def _until(now: datetime, values: dict[str, str], zone: ZoneInfo) -> datetime:
    match values["for"]:
        case "hour":
            return now + timedelta(hours=1)
        case "hours":
            return now + timedelta(hours=3)
        case "week":
            return now + timedelta(days=7)
        case "tomorrow":
            return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), MORNING, zone).astimezone(UTC)
    try:
        chosen = datetime.fromisoformat(f"{values['date']}T{values['time'] or '08:00'}")
    except ValueError:
        raise Invalid("Choose a day.", pointer="/until") from None
    return chosen.replace(tzinfo=zone).astimezone(UTC)


@get("/inbox/{conversation_id:int}/person", guards=ANSWER, include_in_schema=False)
async def person_dialog(conversation_id: Id, request: Person, tx: Transaction, new: FromQuery[str] = "") -> Template:
    """Whose it is: somebody known, or with `new` somebody to register with this address."""
    found = await conversations.conversation(tx, conversation_id=conversation_id, user=request.user)
    return _person_form(found, bool(new), {"first_name": "", "last_name": "", "patient_id": "", "words": ""}, {})


def _person_form(found: ConversationView, new: bool, values: dict[str, str], errors: dict[str, str]) -> Template:
    context = {"one": found, "new": new, "values": values, "errors": errors}
    return Template("messaging/person.html", context=context, status_code=422 if errors else 200)


@post("/inbox/{conversation_id:int}/person", guards=ANSWER, status_code=200, include_in_schema=False)
async def link_conversation(conversation_id: Id, request: Person, tx: Transaction) -> Template | Response[str]:
    """Says whose it is; registers them first where they are new."""
    found = await conversations.conversation(tx, conversation_id=conversation_id, user=request.user)
    form = await request.form()
    values = {name: str(form.get(name, "")).strip() for name in ("first_name", "last_name", "patient_id", "words")}
    new = "first_name" in form
    if not new and not (values["patient_id"].isdigit() and len(values["patient_id"]) < 18):
        return _person_form(found, new, values, {"patient_id": "Choose who it is."})
    if new and not (values["first_name"] and values["last_name"]):
        missing = "first_name" if not values["first_name"] else "last_name"
        return _person_form(found, new, values, {missing: "Both names are needed."})
    try:
        async with tx.savepoint():
            patient_id = await _registered(tx, found, values, request) if new else int(values["patient_id"])
            person = PersonOfConversation(patient_id=patient_id)
            view = await conversations.link(tx, conversation_id=found.id, person=person, user=request.user)
    except Problem as problem:
        wrong = "last_name" if new else "patient_id"
        return _person_form(found, new, values, {wrong: f"{problem.detail} {problem.next_step or ''}"})
    return Response("", media_type="text/html", headers={"HX-Redirect": f"/inbox/{view.id}"})


async def _registered(tx: Tx, found: ConversationView, values: dict[str, str], request: Person) -> int:
    """Registers somebody with the address that they wrote from."""
    if not request.user.may(Permission.PATIENTS_EDIT):
        raise Forbidden(f"The role {request.user.role} may not register patients.", next_step="Ask the desk to do it.")
    at = await store_conversations.hospital_of_conversation(tx, conversation_id=found.id)
    if at is None:
        visitor = request.app.state.visitors.visitor_of(request)
        at = visitor.hospital.id if visitor and visitor.hospital else None
    by_mail = found.channel is Channel.EMAIL
    new = NewPatient(
        first_name=values["first_name"][:100],
        last_name=values["last_name"][:100],
        phone=None if by_mail or not found.address.startswith("+") else found.address,
        email=found.address if by_mail else None,
        hospital_id=at,
    )
    return (await register(tx, new=new, actor=request.user)).id


async def _thread(tx: Tx, conversation_id: int, request: Person) -> Template:
    return Template("messaging/thread.html", context=await _chosen(tx, conversation_id, request))


def _done(title: str, text: str) -> Template:
    return Template(
        "messaging/toast.html", context={"title": title, "text": text}, headers={"HX-Trigger": "dialog:close"}
    )


PAGES = [
    inbox_page,
    conversation_page,
    answer,
    fetch_file,
    close_conversation,
    reopen_conversation,
    no_answer_needed,
    assign_dialog,
    assign_conversation,
    snooze_dialog,
    snooze_conversation,
    person_dialog,
    link_conversation,
]
