"""Mail that comes back: a delivery status notification (RFC 3464) says which message, and whether that is final.

Only `Action: failed` counts, and its `Status` is believed (RULES.md, Reminders 11). The message is named by the
envelope sender that it went out with, which nobody else can make up. A feedback report (RFC 5965) says that somebody
reported a mail as unwanted, and carries that envelope sender too.
"""

from email import message_from_bytes, policy
from email.message import EmailMessage

from bedside.messaging.providers.outcomes import Verdict
from bedside.messaging.providers.smtp.errors import fault_of_status
from bedside.messaging.providers.smtp.verp import message_of
from bedside.messaging.reports import Malformed, Report


def report(raw: bytes, *, secret: str) -> Report | None:
    """What a returned mail says about a message of ours; None for a delay or an absence note. Raises Malformed."""
    mail = message_from_bytes(raw, policy=policy.default)
    if complaint := next((p for p in mail.walk() if p.get_content_type() == "message/feedback-report"), None):
        return _complaint(complaint, raw, secret)
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


def _complaint(part: EmailMessage, raw: bytes, secret: str) -> Report | None:
    """What a feedback report says; None for one that takes it back (`not-spam`). What is complained of arrived."""
    fields = next(iter(_statuses(part)), EmailMessage())
    if str(fields.get("Feedback-Type", "abuse")).strip().lower() == "not-spam":
        return None
    named = message_of(str(fields.get("Original-Mail-From", "")), secret=secret)
    if named is None:  # some reporters leave it out, and send the mail as it came to them
        named = message_of(raw[:100_000].decode("utf-8", "replace"), secret=secret)
    if named is None:
        raise Malformed("a complaint about no message of ours")
    return Report(
        message_id=named, status="delivered", words="They reported it as unwanted.", verdict=Verdict.COMPLAINED
    )


def _statuses(part: EmailMessage) -> list[EmailMessage]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, EmailMessage)] if isinstance(payload, list) else []
