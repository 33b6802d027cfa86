"""Mail that comes back: a delivery status notification (RFC 3464) says which message, and whether that is final.

Only `Action: failed` counts, and its `Status` is believed (RULES.md, Reminders 11). The message is named by the
envelope sender that it went out with, which nobody else can make up.
"""

from email import message_from_bytes, policy
from email.message import EmailMessage

from bedside.messaging.providers.smtp.errors import fault_of_status
from bedside.messaging.providers.smtp.verp import message_of
from bedside.messaging.reports import Malformed, Report


def report(raw: bytes, *, secret: str) -> Report | None:
    """What a returned mail says about a message of ours; None for a delay or an absence note. Raises Malformed."""
    mail = message_from_bytes(raw, policy=policy.default)
    recipients = [str(mail.get(name, "")) for name in ("To", "X-Original-To", "Delivered-To")]
    named = next((found for address in recipients if (found := message_of(address, secret=secret)) is not None), None)
    if named is None:
        raise Malformed("not addressed to the envelope sender of a message of ours")
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for status in _statuses(part):
            if status.get("Action", "").strip().lower() == "failed":
                code = str(status.get("Status", "5.0.0")).split(" ")[0].strip()
                fault = fault_of_status(code)
                return Report(
                    message_id=named, status="undelivered", code=code, words=fault.words, verdict=fault.verdict
                )
    return None


def _statuses(part: EmailMessage) -> list[EmailMessage]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, EmailMessage)] if isinstance(payload, list) else []
