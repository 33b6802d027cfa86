"""Pages of messages: the list by state, one message, a patient's panel, the channels."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import Channel, Purpose
from bedside.messaging import by_hand, store_attachments, store_conversations, store_reading
from bedside.messaging.model import REPEATABLE, MessageStatus
from bedside.messaging.pages_price_list import PRICE_LIST_PAGES
from bedside.messaging.pages_senders import SENDER_PAGES, senders_shown
from bedside.messaging.provider_accounts import ProviderAccounts
from bedside.messaging.views import MessageStep, MessageView, NewMessageByHand
from bedside.messaging.webhooks import accounts_of

Person = Request[SignedIn, Any, Any]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]

STATUSES = [(status.value, status.value.capitalize()) for status in MessageStatus]
CHANNELS = [("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]
PURPOSES = [("transactional", "Their visits and care"), ("marketing", "News and offers")]
NOT_ARRIVED = ["failed", "undelivered", "unknown"]


def _is_region(request: Person) -> bool:
    return "x-quiet" in request.headers


def _said(title: str, text: str, **headers: str) -> Template:
    return Template("messaging/toast.html", context={"title": title, "text": text}, headers=headers)


@get("/messages", guards=[requires(Permission.MESSAGES_READ)], include_in_schema=False)
async def messages_page(
    request: Person,
    tx: Transaction,
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Every message, newest first; `status` may be `not-arrived`."""
    wanted = NOT_ARRIVED if status == "not-arrived" else [status] if status else None
    page = await store_reading.MESSAGES.page(
        tx,
        filters={
            **store_reading.within(request.user),
            "status": wanted,
            "channel": channel or None,
            "search": q.strip()[:200] or None,
        },
        cursor=cursor,
    )
    counts = await store_reading.counts(tx, user=request.user)
    context = {
        "messages": page.items,
        "next": page.next,
        "q": q,
        "status": status,
        "channel": channel,
        "query": request.url.query,
        "statuses": [("not-arrived", "Did not arrive"), *STATUSES],
        "channels": CHANNELS,
        "counts": counts,
        "not_arrived": sum(counts.get(one, 0) for one in NOT_ARRIVED),
    }
    return Template("messaging/list_region.html" if _is_region(request) else "messaging/list.html", context=context)


@get("/messages/new", guards=[requires(Permission.MESSAGES_SEND)], include_in_schema=False)
async def new_message_dialog(
    patient_id: Annotated[Id | None, QueryParameter(name="patient_id")] = None,
    name: Annotated[str, QueryParameter(max_length=200)] = "",
) -> Template:
    """The form for a message by hand; `patient_id` with `name` fills in whom it is for."""
    values = {"patient_id": patient_id or "", "words": name, "channel": "", "purpose": "transactional", "body": ""}
    return _message_form(values, {})


def _message_form(values: dict[str, Any], errors: dict[str, str]) -> Template:
    context = {"values": values, "errors": errors, "channels": CHANNELS, "purposes": PURPOSES}
    return Template("messaging/new.html", context=context, status_code=422 if errors else 200)


@post("/messages", guards=[requires(Permission.MESSAGES_SEND)], status_code=200, include_in_schema=False)
async def send_message(request: Person, tx: Transaction) -> Template:
    """Queues a message by hand, or draws the form again with what was wrong."""
    form = await request.form()
    values = {name: str(form.get(name, "")).strip() for name in ("patient_id", "words", "channel", "purpose", "body")}
    errors: dict[str, str] = {}
    if not values["patient_id"].isdigit() or len(values["patient_id"]) > 18:
        errors["patient_id"] = "Choose whom it is for."
    if not values["body"] or len(values["body"]) > 5000:
        errors["body"] = "Write what they are to read."
    if errors:
        return _message_form(values, errors)
    try:
        async with tx.savepoint():
            new = NewMessageByHand(
                patient_id=int(values["patient_id"]),
                channel=Channel(values["channel"]) if values["channel"] in dict(CHANNELS) else None,
                purpose=Purpose.MARKETING if values["purpose"] == Purpose.MARKETING else Purpose.TRANSACTIONAL,
                body=values["body"],
            )
            made = await by_hand.send(tx, new=new, user=request.user)
    except Problem as problem:
        return _message_form(values, {"channel": f"{problem.detail} {problem.next_step or ''}"})
    words = f"By {dict(CHANNELS)[made.channel]} to {made.patient_name or made.owner_name or made.to}."
    return _said("On its way", words, **{"HX-Trigger": "dialog:close"})


@get("/messages/{message_id:int}", guards=[requires(Permission.MESSAGES_READ)], include_in_schema=False)
async def message_page(message_id: FromPath[int], request: Person, tx: Transaction) -> Template:
    """One message with everything that happened to it."""
    found = await by_hand.message(tx, message_id=message_id, user=request.user)
    first = MessageStep(status=MessageStatus.QUEUED, at=found.created_at, detail=_queued_words(found))
    steps = [first, *await store_reading.steps(tx, message_id=message_id)]
    conversation_id, files = await store_attachments.of_message(tx, message_id=message_id)
    context = {
        "message": found,
        "one": {"id": conversation_id},
        "files": files,
        "steps": steps[::-1],
        "repeatable": found.status in REPEATABLE and not found.sensitive,
        "waits": found.status is MessageStatus.QUEUED,
    }
    name = "messaging/message_region.html" if _is_region(request) else "messaging/message.html"
    return Template(name, context=context)


def _queued_words(message: MessageView) -> str:
    return f"By {message.created_by}" if message.created_by else ""


@post(
    "/messages/{message_id:int}/send-again",
    guards=[requires(Permission.MESSAGES_SEND)],
    status_code=200,
    include_in_schema=False,
)
async def send_again(message_id: FromPath[int], request: Person, tx: Transaction) -> Response[str]:
    """Sends it anew and shows the new one."""
    made = await by_hand.send_again(tx, message_id=message_id, user=request.user)
    return Response("", media_type="text/html", headers={"HX-Redirect": f"/messages/{made.id}"})


@post(
    "/messages/{message_id:int}/cancel",
    guards=[requires(Permission.MESSAGES_SEND)],
    status_code=200,
    include_in_schema=False,
)
async def cancel_message(message_id: FromPath[int], request: Person, tx: Transaction) -> Template:
    """Cancels one that waits."""
    await by_hand.cancel(tx, message_id=message_id, user=request.user)
    return _said("Cancelled", "The message will not be sent.")


@get("/panels/patients/{patient_id:int}/messages", guards=[requires(Permission.MESSAGES_READ)], include_in_schema=False)
async def patient_panel(patient_id: FromPath[int], request: Person, tx: Transaction) -> Template:
    """A patient's newest messages and conversations, for their page."""
    page = await store_reading.MESSAGES.page(
        tx, filters={"hospital_ids": request.user.hospitals, "patient_id": patient_id}, limit=20
    )
    conversations = await store_conversations.CONVERSATIONS.page(
        tx, filters={"hospital_ids": request.user.hospitals, "patient_id": patient_id}, limit=10
    )
    context = {"messages": page.items, "conversations": conversations.items, "patient_id": patient_id}
    return Template("messaging/patient_panel.html", context=context)


@get("/settings/channels", guards=[requires(Permission.STAFF_MANAGE)], include_in_schema=False)
async def channels_page(request: Person, tx: Transaction) -> Template:
    """The senders, what carries them, and the addresses that providers call."""
    accounts = accounts_of(request.app.state)
    context = {"callbacks": _callbacks(accounts), **await senders_shown(tx, accounts, request.user)}
    return Template("messaging/channels.html", context=context)


def _callbacks(accounts: ProviderAccounts) -> list[tuple[str, str, str]]:
    base = accounts.public_url
    return [
        ("Twilio", "A message comes in", f"{base}/webhooks/twilio/messages"),
        ("Twilio", "Status of our messages (told with each one)", f"{base}/webhooks/twilio/status/…"),
        ("WhatsApp Cloud API", "Callback URL", f"{base}/webhooks/whatsapp"),
        ("Mail", "Returned mail, forwarded as it stands", f"{base}/webhooks/mail/bounces"),
    ]


PAGES = [
    messages_page,
    new_message_dialog,
    send_message,
    message_page,
    send_again,
    cancel_message,
    patient_panel,
    channels_page,
    *SENDER_PAGES,
    *PRICE_LIST_PAGES,
]
