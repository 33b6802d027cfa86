"""Sending by the WhatsApp Cloud API (WIRE.md): free words within the window, an approved template outside."""

from datetime import timedelta
from typing import Any

from bedside.messaging.provider_accounts import WhatsAppAccount
from bedside.messaging.providers.http import Answer, NotReached, Unanswered, Wire
from bedside.messaging.providers.outcomes import Outcome, Outgoing, Result, Verdict, refused
from bedside.messaging.providers.whatsapp_cloud.errors import fault_of

VERSION = "v25.0"
LONGEST_TEXT = 4096


class WhatsAppCloud:
    """WhatsApp, by Meta itself."""

    name = "whatsapp_cloud"

    def __init__(self, account: WhatsAppAccount, *, timeout: float = 15.0) -> None:
        self._account = account
        self._wire = Wire(timeout=timeout)
        self._headers = {"Authorization": f"Bearer {account.token}"}
        self.real = account.real

    async def send(self, message: Outgoing) -> Outcome:
        """Posts one message; our id comes back in every receipt as biz_opaque_callback_data."""
        url = f"{self._account.base_url}/{VERSION}/{message.sender_address}/messages"
        try:
            answer = await self._wire.request("POST", url, json=body_of(message), headers=self._headers)
        except NotReached as error:
            return Outcome(result=Result.LATER, words=f"WhatsApp could not be reached: {error}", verdict=Verdict.RETRY)
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
    """The request's body."""
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.to.removeprefix("+"),
        "biz_opaque_callback_data": str(message.message_id),
    }
    # an approved template of its own goes as such even inside the window: its buttons come with it
    if message.window_open and message.whatsapp_name in (None, "notice_utility", "notice_marketing"):
        return body | {"type": "text", "text": {"body": message.body[:LONGEST_TEXT], "preview_url": False}}
    parameters = [{"type": "text", "text": value} for value in message.whatsapp_parameters]
    components = [{"type": "body", "parameters": parameters}] if parameters else []
    template = {
        "name": message.whatsapp_name,
        "language": {"code": message.language.replace("-", "_")},
        "components": components,
    }
    return body | {"type": "template", "template": template}


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
