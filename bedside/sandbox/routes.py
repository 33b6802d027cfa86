"""For scripts, tests and the page: what people received, answering as them, and bad days. Open to whoever can reach the
port; the sandbox listens on this machine only.

    GET    /healthz                       {"status":"ok"}
    GET    /messages                      ?to= &channel= &since= (instant, or a sequence number) &containing=
                                          &origin=hospital|person|provider|any  &wait=seconds (until there is one)
    DELETE /messages                      empties every phone and mailbox
    POST   /messages/{id}/unsubscribe     one-click (RFC 8058), as a mail program would
    POST   /replies                       {"channel","from","to","body"}; `to` may be left out; `button`, `inReplyTo`;
                                          `files`: [{"name","mediaType","content" in base64}]
    GET    /recipients                    ?matching= &show=all|phone|email|unseen &limit=
    POST   /recipients/{address}/seen     ?channel= : the person looked; WhatsApp messages become read
    GET|POST|DELETE /faults, DELETE /faults/{id}
    GET    /accounts                      what the hospital sends by: names, and what a fault's `account` takes
    GET    /bounces                       delivery status notifications, newest first
    GET    /deliveries                    the last 500 attempts at telling the product something, newest first
    POST   /whatsapp/verify               performs the webhook verification, {"verified": true|false}
    GET    /stream                        server-sent events: `change` whenever something did
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Stream

from bedside.sandbox.callbacks import Delivery
from bedside.sandbox.faults import Fault, NewFault
from bedside.sandbox.media import CannotReply
from bedside.sandbox.outside import Outside, outside_of
from bedside.sandbox.phones import Bounce, Message, Recipient, as_phone
from bedside.sandbox.replies import Answered, Reply, send_reply
from bedside.sandbox.webhooks import tell_status, verify

LONGEST_WAIT = 60.0


class Items(msgspec.Struct):
    """A list of messages."""

    items: list[Message]


class Recipients(msgspec.Struct):
    """A list of people, with how many there are in all."""

    items: list[Recipient]
    total: int
    unseen: int


@get("/healthz")
async def health() -> dict[str, str]:
    """Says that the sandbox is up."""
    return {"status": "ok"}


@get("/messages")
async def list_messages(
    request: Request[Any, Any, Any],
    to: FromQuery[str | None] = None,
    channel: FromQuery[str | None] = None,
    since: FromQuery[str | None] = None,
    origin: FromQuery[str] = "hospital",
    containing: FromQuery[str | None] = None,
    wait: Annotated[float, QueryParameter(name="wait")] = 0.0,
) -> Items:
    """What people received, oldest first; with `wait`, answers as soon as there is something, at the latest then."""
    phones = outside_of(request).phones
    person = to.strip() if to and "@" in to else as_phone(to) if to else None
    loop = asyncio.get_running_loop()
    until = loop.time() + min(wait, LONGEST_WAIT)
    while True:
        found = phones.find(
            person=person,
            channel=channel,
            origin=None if origin == "any" else origin,
            since=_since(since),
            containing=containing,
        )
        left = until - loop.time()
        if found or left <= 0 or not await phones.change(left):
            return Items(found)


def _since(text: str | None) -> datetime | int | None:
    if text is None or text == "":
        return None
    if text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as problem:
        raise HTTPException(
            "since is an instant such as 2026-11-02T09:00:00Z, or a sequence", status_code=400
        ) from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@delete("/messages", status_code=204)
async def delete_messages(request: Request[Any, Any, Any]) -> None:
    """Empties every phone and mailbox; opt-outs and WhatsApp windows are forgotten too."""
    outside_of(request).phones.clear()


@post("/messages/{message_id:str}/unsubscribe", status_code=200)
async def unsubscribe(request: Request[Any, Any, Any], message_id: FromPath[str]) -> Delivery:
    """Posts `List-Unsubscribe=One-Click` to the mail's own address, without cookies, and gives the product's answer."""
    outside = outside_of(request)
    message = outside.phones.get(message_id)
    listed = message.headers.get("List-Unsubscribe", "") if message else ""
    url = next((part.strip(" <>") for part in listed.split(",") if part.strip(" <").startswith("http")), None)
    if message is None or url is None or "List-Unsubscribe-Post" not in message.headers:
        raise HTTPException("This mail offers no one-click unsubscribe.", status_code=404)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"List-Unsubscribe=One-Click"
    return await outside.callbacks.send("POST", url, body=body, headers=headers, what="one-click unsubscribe")


@post("/replies", status_code=201)
async def reply(request: Request[Any, Any, Any], data: JSONBody[Reply]) -> Answered:
    """Answers as a person. 422 where that cannot be carried; `webhook.status` says how the product took it."""
    outside = outside_of(request)
    outside.own_url = outside.own_url or str(request.base_url).rstrip("/")
    try:
        return await send_reply(outside, data)
    except CannotReply as refusal:
        raise HTTPException(str(refusal), status_code=422) from refusal


@get("/recipients")
async def list_recipients(
    request: Request[Any, Any, Any],
    matching: FromQuery[str] = "",
    show: FromQuery[Literal["all", "phone", "email", "unseen"]] = "all",
    limit: Annotated[int, QueryParameter(name="limit", ge=1, le=10_000)] = 200,
) -> Recipients:
    """Everybody who wrote or was written to, the latest first; `total` counts those that fit, `unseen` the messages
    that nobody has looked at yet."""
    everybody = outside_of(request).phones.recipients(matching)
    fitting = [one for one in everybody if _shows(one, show)]
    return Recipients(fitting[:limit], total=len(fitting), unseen=sum(one.unseen for one in everybody))


def _shows(one: Recipient, show: str) -> bool:
    if show == "unseen":
        return one.unseen > 0
    return show == "all" or (show == "email") == ("email" in one.channels)


@post("/recipients/{address:str}/seen", status_code=204)
async def mark_seen(
    request: Request[Any, Any, Any], address: FromPath[str], channel: FromQuery[str | None] = None
) -> None:
    """The person has looked at their messages: those on WhatsApp become read, and the product is told."""
    outside = outside_of(request)
    for message in outside.phones.mark_seen(outside.phones.find(person=address, channel=channel, origin=None)):
        if message.provider == "whatsapp_cloud" and message.status == "delivered":
            outside.phones.advance(message, "read", outside.clock.now())
            outside.start(_tell_read(outside, message))


async def _tell_read(outside: Outside, message: Message) -> None:
    await tell_status(outside, message, "read", None, None)


@get("/faults")
async def list_faults(request: Request[Any, Any, Any]) -> dict[str, list[Fault]]:
    """The faults in force."""
    return {"items": list(outside_of(request).faults)}


@post("/faults", status_code=201)
async def add_fault(request: Request[Any, Any, Any], data: JSONBody[NewFault]) -> Fault:
    """Dials a fault in."""
    outside = outside_of(request)
    if data.to and "@" not in data.to:
        data.to = as_phone(data.to)
    fault = outside.faults.add(data)
    outside.phones.tell()
    return fault


@get("/accounts")
async def list_accounts(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The hospital's accounts by name, with what the `account` of a fault takes."""
    return outside_of(request).accounts.by_name


@delete("/faults", status_code=204)
async def end_faults(request: Request[Any, Any, Any]) -> None:
    """Ends every fault."""
    outside_of(request).faults.end()
    outside_of(request).phones.tell()


@delete("/faults/{fault_id:int}", status_code=204)
async def end_fault(request: Request[Any, Any, Any], fault_id: FromPath[int]) -> None:
    """Ends one fault; it is no error when it has already struck for the last time."""
    outside_of(request).faults.end(fault_id)
    outside_of(request).phones.tell()


@get("/bounces")
async def list_bounces(request: Request[Any, Any, Any]) -> dict[str, list[Bounce]]:
    """Mail that came back, newest first."""
    return {"items": list(outside_of(request).bounces)[::-1]}


@get("/deliveries")
async def list_deliveries(request: Request[Any, Any, Any], limit: FromQuery[int] = 500) -> dict[str, list[Delivery]]:
    """Attempts at telling the product something, newest first."""
    return {"items": list(outside_of(request).callbacks.attempts)[: -limit - 1 : -1]}


@post("/whatsapp/verify", status_code=200)
async def verify_webhook(request: Request[Any, Any, Any]) -> dict[str, bool]:
    """Performs the verification of the WhatsApp webhook."""
    outside = outside_of(request)
    return {"verified": outside.product is not None and await verify(outside)}


@get("/stream")
async def stream(request: Request[Any, Any, Any]) -> Stream:
    """Says `change` whenever something changed, at most five times a second, and a comment every 15 s to stay open."""
    outside = outside_of(request)

    async def changes() -> AsyncIterator[str]:
        yield "retry: 1000\nevent: change\ndata: {}\n\n"
        while not outside.closing.is_set():
            if await outside.phones.change(15):
                await asyncio.sleep(0.2)
                yield "event: change\ndata: {}\n\n"
            else:
                yield ": still here\n\n"

    return Stream(changes(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def problem(_: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    """Errors of these routes, as problem details (RFC 9457)."""
    body = {
        "type": "about:blank",
        "title": error.detail,
        "status": error.status_code,
        "detail": error.extra or error.detail,
    }
    return Response(body, status_code=error.status_code, media_type="application/problem+json")


router = Router(
    "/",
    route_handlers=[
        health,
        list_messages,
        delete_messages,
        unsubscribe,
        reply,
        list_recipients,
        mark_seen,
        list_faults,
        list_accounts,
        add_fault,
        end_faults,
        end_fault,
        list_bounces,
        list_deliveries,
        verify_webhook,
        stream,
    ],
    exception_handlers={HTTPException: problem},
)
