"""Sending by the WhatsApp Cloud API (WIRE.md): free words within the window, an approved template outside."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import structlog

from bedside.message_templates import WhatsAppHeader
from bedside.messaging.channel_limits import LONGEST_ABOVE_BUTTONS
from bedside.messaging.provider_accounts import WhatsAppAccount
from bedside.messaging.providers.contents import Contents
from bedside.messaging.providers.http import Answer, NotReached, Unanswered, Wire
from bedside.messaging.providers.outcomes import Outcome, Outgoing, Result, Verdict, refused
from bedside.messaging.providers.whatsapp_cloud import media
from bedside.messaging.providers.whatsapp_cloud.errors import fault_of
from bedside.messaging.providers.whatsapp_cloud.media import VERSION

log = structlog.get_logger()

LONGEST_TEXT = 4096
# what carries words of any kind; every other approved template is one message's own
NOTICES = (None, "notice_utility", "notice_marketing")
# the code of a text outside the window
CLOSED = "131047"


class WhatsAppCloud:
    """WhatsApp, by Meta itself."""

    name = "whatsapp_cloud"
    at_once = 200

    def __init__(self, account: WhatsAppAccount, *, contents: Contents | None = None, timeout: float = 15.0) -> None:
        self._account = account
        self._contents = contents or Contents(None)
        self._wire = Wire(timeout=timeout)
        self._headers = {"Authorization": f"Bearer {account.token}"}
        self.real = account.real

    async def send(self, message: Outgoing) -> Outcome:
        """Posts one message, its file before it; our id comes back in every receipt as biz_opaque_callback_data."""
        async with self._contents.of(message) as whole:
            if isinstance(whole, Outcome):
                return whole
            if not whole.attachments:
                return await self._words(message)
            [file] = whole.attachments[:1]
            url = f"{self._account.base_url}/{VERSION}/{message.sender_address}/media"
            media_id = await media.hand_in(self._wire, url, self._headers, file)
        if isinstance(media_id, Outcome):
            return media_id
        part = media.part_of(file, media_id, message.body)
        return await self._post(message.sender_address, _envelope(message) | part)

    async def _words(self, message: Outgoing) -> Outcome:
        body = body_of(message)
        outcome = await self._post(message.sender_address, body)
        if outcome.code == CLOSED and body["type"] != "template" and message.whatsapp_name is not None:
            # by WhatsApp's clock the window has closed: it took nothing, and takes the same words as a template
            return await self._post(
                message.sender_address, body_of(msgspec.structs.replace(message, window_open=False))
            )
        return outcome

    async def _post(self, sender: str, body: dict[str, Any]) -> Outcome:
        url = f"{self._account.base_url}/{VERSION}/{sender}/messages"
        try:
            answer = await self._wire.request("POST", url, json=body, headers=self._headers)
        except NotReached as error:
            log.info("whatsapp_not_reached", error=str(error))
            return Outcome(result=Result.LATER, words="WhatsApp could not be reached.", verdict=Verdict.DOWN)
        except Unanswered as error:
            return Outcome(result=Result.UNKNOWN, words=f"WhatsApp did not answer: {error}", verdict=Verdict.AMBIGUOUS)
        return _outcome(answer)

    async def look_up(self, message: Outgoing) -> list[Outcome]:
        """There is nothing to ask: what became of a message is known when a receipt carries our id (RULES.md)."""
        return []

    async def close(self) -> None:
        """Closes connections."""
        await self._wire.close()


def body_of(message: Outgoing) -> dict[str, Any]:
    """The request's body of a message without a file."""
    body = _envelope(message)
    if message.window_open and message.buttons and message.body and len(message.body) <= LONGEST_ABOVE_BUTTONS:
        return body | {"type": "interactive", "interactive": _with_buttons(message)}
    # an approved template of its own goes as such even inside the window: what it looks like comes with it
    if message.window_open and message.whatsapp_name in NOTICES:
        return body | {"type": "text", "text": {"body": message.body[:LONGEST_TEXT], "preview_url": False}}
    template = {
        "name": message.whatsapp_name,
        "language": {"code": message.language.replace("-", "_")},
        "components": _components(message),
    }
    return body | {"type": "template", "template": template}


def _with_buttons(message: Outgoing) -> dict[str, Any]:
    buttons = [{"type": "reply", "reply": {"id": one.id, "title": one.title}} for one in message.buttons]
    whole: dict[str, Any] = {"type": "button", "body": {"text": message.body}, "action": {"buttons": buttons}}
    if message.header is not None:
        whole["header"] = _header(message.header)
    return whole


def _components(message: Outgoing) -> list[dict[str, Any]]:
    """What fills the approved template: its header, its numbered places, and what each of its buttons answers. A
    notice's template, which carries any words, has neither header nor buttons."""
    components: list[dict[str, Any]] = []
    own = message.whatsapp_name not in NOTICES
    if own and message.header is not None:
        components.append({"type": "header", "parameters": [_header(message.header)]})
    if message.whatsapp_parameters:
        parameters = [{"type": "text", "text": value} for value in message.whatsapp_parameters]
        components.append({"type": "body", "parameters": parameters})
    for place, button in enumerate(message.buttons if own else ()):
        payload = [{"type": "payload", "payload": button.id}]
        components.append({"type": "button", "sub_type": "quick_reply", "index": str(place), "parameters": payload})
    return components


def _header(header: WhatsAppHeader) -> dict[str, Any]:
    if header.kind == "text":
        return {"type": "text", "text": header.value}
    file = {"link": header.value}
    if header.kind == "document":
        file["filename"] = unquote(urlsplit(header.value).path.rpartition("/")[2]) or "document"
    return {"type": header.kind, header.kind: file}


def _envelope(message: Outgoing) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.to.removeprefix("+"),
        "biz_opaque_callback_data": str(message.message_id),
    }


def _outcome(answer: Answer) -> Outcome:
    messages = answer.json.get("messages")
    if answer.status == 200 and isinstance(messages, list) and messages and messages[0].get("id"):
        return Outcome(result=Result.SENT, provider_id=str(messages[0]["id"]))
    error = answer.json.get("error")
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        if answer.status == 429:
            return refused(fault_of(130429), 429)
        return Outcome(
            result=Result.UNKNOWN,
            code=str(answer.status),
            words=f"WhatsApp answered {answer.status} without saying whether it took the message.",
            verdict=Verdict.AMBIGUOUS,
        )
    after = timedelta(seconds=answer.retry_after) if answer.retry_after else None
    return refused(fault_of(error["code"], str(error.get("message", ""))), error["code"], after=after)
