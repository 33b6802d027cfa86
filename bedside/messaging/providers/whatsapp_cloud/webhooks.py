"""The Cloud API's webhooks: whether they are Meta's, and what they say."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from bedside.messaging.attachment_model import NamedFile
from bedside.messaging.providers.whatsapp_cloud.errors import fault_of
from bedside.messaging.reports import Inbound, Malformed, Report

STATUSES = {"sent", "delivered", "read", "failed"}  # others (deleted, warning) change nothing

LONGEST_BUTTON = 100  # far more than WhatsApp shows
_WITH_FILE = frozenset({"image", "document", "audio", "video", "sticker"})


def is_signed(secret: str, body: bytes, given: str | None) -> bool:
    """Whether X-Hub-Signature-256 is the HMAC-SHA256 of these very bytes."""
    right = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return bool(secret) and given is not None and hmac.compare_digest(right.encode(), given.encode())


def values_of(body: bytes) -> Iterator[dict[str, Any]]:
    """The `value` of every change. Raises Malformed where the body is not such a webhook at all."""
    try:
        decoded = msgspec.json.decode(body)
        for entry in decoded["entry"]:
            for change in entry["changes"]:
                if isinstance(change.get("value"), dict):
                    yield change["value"]
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
        raise Malformed(f"not a webhook of the Cloud API: {type(error).__name__} {error}") from None


def report(status: dict[str, Any]) -> Report | None:
    """What one of `statuses` says; None for one that changes nothing. Raises Malformed."""
    try:
        word, wamid = str(status["status"]), str(status["id"])
        ours = str(status.get("biz_opaque_callback_data") or "")
        errors = status.get("errors") or []
        code = int(errors[0]["code"]) if errors else None
        title = str(errors[0].get("title", "")) if errors else ""
        at = _instant(status.get("timestamp"))
        pricing = status.get("pricing") or {}
        category, billable = pricing.get("category"), pricing.get("billable")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise Malformed(f"a status without {error}") from None
    if word not in STATUSES:
        return None
    fault = fault_of(code, title) if code is not None and word == "failed" else None
    return Report(
        message_id=int(ours) if ours.isdigit() and len(ours) < 19 else None,
        provider_id=wamid,
        status=word,
        at=at,
        code=str(code) if code is not None else None,
        words=fault.words if fault else "",
        verdict=fault.verdict if fault else None,
        price_category=str(category)[:40] if category else None,
        billable=billable if isinstance(billable, bool) else None,
    )


def inbound(message: dict[str, Any], *, to: str) -> Inbound | None:
    """What somebody wrote; None for what nobody has to read (a reaction, a system note). Raises Malformed.

    Somebody may be known by a user id only; that id is then their address (`user:US.123`), which no patient has.
    """
    try:
        kind, wamid = str(message.get("type", "text")), str(message["id"])
        number = str(message.get("from") or "")
        user = str(message.get("from_user_id") or "")
        context = message.get("context") or {}
        words, button = _words(kind, message), _button(kind, message)
        files = _files(kind, message)
        at = _instant(message.get("timestamp"))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Malformed(f"a message without {error}") from None
    if not number and not user:
        raise Malformed("a message from nobody")
    if words is None:
        return None
    return Inbound(
        channel="whatsapp",
        provider="whatsapp_cloud",
        provider_id=wamid,
        from_address="+" + number.removeprefix("+") if number else f"user:{user}",
        to_address=to,
        body=words,
        button=button,
        answers=str(context["id"]) if context.get("id") else None,
        at=at,
        files=files,
    )


def _words(kind: str, message: dict[str, Any]) -> str | None:
    if kind in ("reaction", "system", "unsupported", "ephemeral"):
        return None
    part = message.get(kind) or {}
    if kind == "text":
        return str(part["body"])
    if kind == "button":
        return str(part.get("payload") or part["text"])
    if kind == "interactive":
        chosen = part.get(str(part.get("type"))) or {}
        return str(chosen.get("id") or chosen.get("title") or "")
    if kind == "contacts":
        return "\n".join(_contact(one) for one in part)
    if kind == "location":
        named = ", ".join(str(part[word]) for word in ("name", "address") if part.get(word))
        return f"Location: {named} ({part['latitude']}, {part['longitude']})".replace(":  (", ": (")
    return str(part.get("caption") or ("" if kind in _WITH_FILE else f"[{kind}]"))


def _button(kind: str, message: dict[str, Any]) -> str | None:
    """What stood on the button that they pressed."""
    part = message.get(kind) or {}
    if kind == "interactive":
        part = part.get(str(part.get("type"))) or {}
    elif kind != "button":
        return None
    return str(part.get("text") or part.get("title") or "")[:LONGEST_BUTTON] or None


def _contact(card: dict[str, Any]) -> str:
    """Somebody's card, as a line: the name, then how they are reached."""
    reached = [str(one.get("phone") or one.get("wa_id") or "") for one in card.get("phones") or []]
    reached += [str(one.get("email") or "") for one in card.get("emails") or []]
    name = str((card.get("name") or {}).get("formatted_name") or "somebody")
    return ", ".join([f"Contact: {name}", *(one for one in reached if one)])


def _files(kind: str, message: dict[str, Any]) -> tuple[NamedFile, ...]:
    """The file of a message that is one; its bytes are fetched by the id."""
    part = message.get(kind) or {}
    if kind not in _WITH_FILE or not part.get("id"):
        return ()
    name, media_type = str(part.get("filename") or kind), str(part.get("mime_type") or "").partition(";")[0]
    return (NamedFile(reference=str(part["id"])[:200], name=name, media_type=media_type),)


def _instant(timestamp: Any) -> datetime | None:
    return None if timestamp is None else datetime.fromtimestamp(int(timestamp), UTC)
