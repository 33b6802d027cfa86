"""Twilio's callbacks: whether they are Twilio's, and what they say."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from bedside.messaging.attachment_model import NamedFile
from bedside.messaging.providers.twilio.errors import fault_of
from bedside.messaging.providers.twilio.wire import STATUSES
from bedside.messaging.reports import Inbound, Malformed, Report


def fields_of(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form as Twilio posts it. Raises Malformed."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=500)
    except ValueError as error:
        raise Malformed(f"not a form: {error}") from None


def account_of(body: bytes) -> str | None:
    """The account that a form says it is from, where it says so."""
    try:
        return dict(fields_of(body)).get("AccountSid") or None
    except Malformed:
        return None


def signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """X-Twilio-Signature: base64 of HMAC-SHA1 over the URL and every field, sorted by name, name then value."""
    # a field given twice counts once for each different value, in order
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def is_signed(token: str, urls: Sequence[str], body: bytes, given: str | None) -> bool:
    """Whether Twilio signed this form for one of the addresses under which we are known, with its port or without."""
    if not given:
        return False
    try:
        fields = fields_of(body)
    except Malformed:
        return False
    addresses = [variant for url in urls for variant in _with_and_without_port(url)]
    right = [hmac.compare_digest(signature(token, url, fields).encode(), given.encode()) for url in addresses]
    return any(right)


def _with_and_without_port(url: str) -> list[str]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return [parts._replace(netloc=host).geturl(), parts._replace(netloc=f"{host}:{port}").geturl()]


def report(message_id: int, fields: Mapping[str, str]) -> Report | None:
    """What a status callback says about a message of ours; None for a status that is no news. Raises Malformed."""
    sid, status = fields.get("MessageSid"), STATUSES.get(fields.get("MessageStatus", ""))
    if not sid:
        raise Malformed("no MessageSid")
    if status is None:
        return None
    code = fields.get("ErrorCode") or None
    fault = fault_of(int(code)) if code and code.isdigit() and status in ("undelivered", "failed") else None
    return Report(
        message_id=message_id,
        provider_id=sid,
        status=status,
        code=code,
        words=fault.words if fault else "",
        verdict=fault.verdict if fault else None,
    )


def inbound(fields: Mapping[str, str]) -> Inbound:
    """A message that somebody wrote to one of our numbers. Raises Malformed."""
    sid, sender, to = (fields.get(name, "") for name in ("MessageSid", "From", "To"))
    if not (sid and sender and to):
        raise Malformed("MessageSid, From or To is missing")
    whatsapp = sender.startswith("whatsapp:")
    media = [
        NamedFile(reference=fields[f"MediaUrl{n}"][:2000], media_type=fields.get(f"MediaContentType{n}", ""))
        for n in range(10)
        if fields.get(f"MediaUrl{n}")
    ]
    words = fields.get("ButtonPayload") or fields.get("Body", "")
    return Inbound(
        channel="whatsapp" if whatsapp else "sms",
        provider="twilio",
        provider_id=sid,
        from_address=sender.removeprefix("whatsapp:"),
        to_address=to.removeprefix("whatsapp:"),
        body=words.strip(),
        button=(fields.get("ButtonText") or "")[:100] or None if fields.get("ButtonPayload") else None,
        files=tuple(media),
        opt_out_type=fields.get("OptOutType") or None,
    )
