"""WhatsApp's webhooks towards the product: statuses, incoming messages, and the verification that comes first.

Whatever the product does not take with a 200 is tried again, after 2, 4, 8 ... seconds up to an hour, for seven days
(Meta says: with decreasing frequency, up to seven days; the exact times are not stated in public documentation).
"""

import asyncio
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from bedside.sandbox.accounts import WhatsAppHolder
from bedside.sandbox.callbacks import Delivery
from bedside.sandbox.outside import Outside
from bedside.sandbox.phones import Message

GIVEN_UP_AFTER = timedelta(days=7)
LONGEST_PAUSE = 3600.0


def whatsapp_event(outside: Outside, holder: WhatsAppHolder, value: dict[str, Any]) -> bytes:
    """The body of one webhook about a number of the hospital's."""
    metadata = {"display_phone_number": holder.number.removeprefix("+"), "phone_number_id": holder.phone_number_id}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    entry = {"id": outside.accounts.whatsapp_business_account_id, "changes": [change]}
    return msgspec.json.encode({"object": "whatsapp_business_account", "entry": [entry]})


def _unix(at: datetime) -> str:
    return str(int(at.timestamp()))


async def tell_status(
    outside: Outside, message: Message, status: str, error_code: int | None, error_title: str | None
) -> None:
    """Tells the product a status of a message it sent."""
    told: dict[str, Any] = {
        "id": message.id,
        "status": status,
        "timestamp": _unix(outside.clock.now()),
        "recipient_id": message.recipient.removeprefix("+"),
    }
    if message.callback_data is not None:
        told["biz_opaque_callback_data"] = message.callback_data
    if error_code is None:
        told["pricing"] = _pricing(outside, message)
    else:
        details = {"details": error_title}
        told["errors"] = [{"code": error_code, "title": error_title, "message": error_title, "error_data": details}]
    holder = outside.accounts.whatsapp_of(message.sender)
    await post_event(outside, holder, {"statuses": [told]}, what=f"whatsapp {status}")


def _pricing(outside: Outside, message: Message) -> dict[str, Any]:
    """What a message is billed as: a template by its category; free words within the window cost nothing."""
    template = next((one for one in outside.templates if one.name == message.template), None)
    free = template is None
    return {
        "billable": not free,
        "pricing_model": "PMP",
        "type": "free_customer_service" if free else "regular",
        "category": "service" if template is None else template.category.lower(),
    }


async def tell_incoming(
    outside: Outside, message: Message, content: dict[str, Any], *, without_number: bool = False
) -> Delivery | None:
    """Tells the product what a person wrote. `content` has the `type` and the part of that name.

    `without_number` is somebody known by a user id only: their number is left out of `from` and `wa_id`, and
    `user_id` and `from_user_id` stand instead.
    """
    number = message.sender.removeprefix("+")
    user_id = f"US.{int(number) * 7919 % 10**15:015d}"
    contact: dict[str, Any] = {"profile": {"name": message.sender}}
    told: dict[str, Any] = {"id": message.id, "timestamp": _unix(message.at), **content}
    if without_number:
        contact["user_id"] = told["from_user_id"] = user_id
    else:
        contact["wa_id"] = told["from"] = number
    holder = outside.accounts.whatsapp_of(message.recipient)
    return await post_event(outside, holder, {"contacts": [contact], "messages": [told]}, what="whatsapp message")


async def post_event(outside: Outside, holder: WhatsAppHolder, value: dict[str, Any], *, what: str) -> Delivery | None:
    """Posts an event once and gives the outcome; when the product did not take it, goes on trying in the background.
    None where there is no product to tell."""
    if outside.product is None:
        return None
    body = whatsapp_event(outside, holder, value)
    first = await _post(outside, holder, body, what)
    if not first.taken:
        outside.start(_keep_trying(outside, holder, body, what))
    return first


async def _post(outside: Outside, holder: WhatsAppHolder, body: bytes, what: str) -> Delivery:
    url = outside.callbacks.public(outside.accounts.whatsapp_path)
    return await outside.callbacks.post_json(url, body, secret=holder.app_secret, what=what)


async def _keep_trying(outside: Outside, holder: WhatsAppHolder, body: bytes, what: str) -> None:
    until, pause = outside.clock.now() + GIVEN_UP_AFTER, outside.pace.webhook_retry
    while outside.clock.now() < until:
        await asyncio.sleep(pause)
        if (await _post(outside, holder, body, f"{what}, again")).taken:
            return
        pause = min(pause * 2, LONGEST_PAUSE)


async def verify(outside: Outside) -> bool:
    """Asks the product to prove that the webhook is its own: it must answer the challenge as text."""
    challenge = secrets.token_hex(8)
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": outside.accounts.whatsapp_verify_token,
        "hub.challenge": challenge,
    }
    url = outside.callbacks.public(f"{outside.accounts.whatsapp_path}?{urlencode(query)}")
    answer = await outside.callbacks.send("GET", url, what="whatsapp verification")
    return answer.taken and answer.body == challenge


async def verify_when_up(outside: Outside) -> None:
    """Verifies once the product answers: once a second for two minutes."""
    for _ in range(120):
        if await verify(outside):
            return
        await asyncio.sleep(1)
