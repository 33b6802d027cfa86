"""The registry of message templates at WhatsApp (WIRE.md): handing words in, and asking what came of them."""

from typing import Any

import msgspec

from bedside.message_templates import ApprovalState
from bedside.messaging.provider_accounts import WhatsAppAccount
from bedside.messaging.providers.http import Answer, Unanswered, Wire
from bedside.messaging.providers.whatsapp_cloud.media import VERSION

_STATES = {
    "APPROVED": ApprovalState.APPROVED,
    "REJECTED": ApprovalState.REJECTED,
    "DISABLED": ApprovalState.REJECTED,
    "DELETED": ApprovalState.REJECTED,
    "PAUSED": ApprovalState.PAUSED,
}
_REASONS = {
    "DISABLED": "WhatsApp switched it off: too many people complained.",
    "DELETED": "It was deleted at WhatsApp.",
    "PAUSED": "WhatsApp paused it, since people complained or blocked it. It comes back by itself after some hours.",
    "ABUSIVE_CONTENT": "WhatsApp found its words abusive or threatening.",
    "INVALID_FORMAT": "WhatsApp could not read how its variables are placed.",
    "PROMOTIONAL": "WhatsApp takes it for advertising, and it was handed in as something else.",
    "SCAM": "WhatsApp takes it for fraud.",
    "TAG_CONTENT_MISMATCH": "WhatsApp takes its words for another language or category than was said.",
}


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """Words as they are handed in."""

    name: str
    language: str
    category: str
    body: str
    examples: list[str]
    buttons: list[str]
    # it has a header with one place
    header: bool


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What WhatsApp says of a template."""

    state: ApprovalState
    reason: str
    provider_id: str | None


class TemplateRegistry:
    """The templates of one business account."""

    def __init__(self, account: WhatsAppAccount, *, timeout: float = 15.0) -> None:
        self._wire = Wire(timeout=timeout, connections=4)
        self._url = f"{account.base_url}/{VERSION}/{account.business_account_id}/message_templates"
        self._headers = {"Authorization": f"Bearer {account.token}"}

    async def look_up(self, *, name: str, language: str) -> Answered | None:
        """What became of a template; None where WhatsApp has none of that name in that language. Raises NotReached,
        Unanswered, also for an answer that says nothing."""
        # the language is compared here, since accounts write it either way (es_mx)
        answer = await self._wire.request("GET", self._url, params={"name": name}, headers=self._headers)
        listed = answer.json.get("data")
        if answer.status != 200 or not isinstance(listed, list):
            raise Unanswered(_said(answer))
        for one in listed:
            if not isinstance(one, dict) or one.get("name") != name:
                continue
            if str(one.get("language", "")).lower() == language.lower():
                return _answered(one)
        return None

    async def submit(self, words: Submission) -> Answered:
        """Hands words in. What WhatsApp refuses at once is rejected. Raises NotReached, Unanswered."""
        answer = await self._wire.request("POST", self._url, json=body_of(words), headers=self._headers)
        if answer.status == 200 and answer.json.get("id"):
            return _answered(answer.json)
        error = answer.json.get("error")
        # 100: the words are at fault; everything else is the account's trouble, or passes
        if answer.status == 400 and isinstance(error, dict) and error.get("code") == 100:
            return Answered(state=ApprovalState.REJECTED, reason=_said(answer), provider_id=None)
        raise Unanswered(_said(answer))

    async def close(self) -> None:
        """Closes connections."""
        await self._wire.close()


def body_of(words: Submission) -> dict[str, Any]:
    """The request's body."""
    text: dict[str, Any] = {"type": "BODY", "text": words.body}
    if words.examples:
        text["example"] = {"body_text": [words.examples]}
    components: list[dict[str, Any]] = [text]
    if words.header:
        header = {"type": "HEADER", "format": "TEXT", "text": "{{1}}", "example": {"header_text": ["Your hospital"]}}
        components.insert(0, header)
    if words.buttons:
        buttons = [{"type": "QUICK_REPLY", "text": title} for title in words.buttons]
        components.append({"type": "BUTTONS", "buttons": buttons})
    return {"name": words.name, "language": words.language, "category": words.category, "components": components}


def _answered(one: dict[str, Any]) -> Answered:
    status, refused = str(one.get("status", "")).upper(), str(one.get("rejected_reason") or "NONE")
    state = _STATES.get(status, ApprovalState.SUBMITTED)
    reason = _REASONS.get(status, "")
    if status == "REJECTED":
        reason = _REASONS.get(refused, "WhatsApp gives no reason." if refused == "NONE" else refused[:200])
    return Answered(state=state, reason=reason, provider_id=str(one["id"])[:100] if one.get("id") else None)


def _said(answer: Answer) -> str:
    error = answer.json.get("error")
    said = error if isinstance(error, dict) else {}
    details = said.get("error_data")
    words = (details.get("details") if isinstance(details, dict) else None) or said.get("message")
    return f"WhatsApp says: {str(words)[:400]}" if words else f"WhatsApp answered {answer.status}."
