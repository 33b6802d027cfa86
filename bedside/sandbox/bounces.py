"""Mail that comes back: a delivery status notification (RFC 3464) to the envelope sender.

Every notification is held for `GET /bounces`. Where `bounces_to` is set it is also delivered: `smtp://host:port` by
SMTP with an empty envelope sender, `http://...` as a POST of the raw message with Content-Type message/rfc822.
"""

import asyncio
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import urlsplit

import aiosmtplib

from bedside.sandbox.outside import Outside
from bedside.sandbox.phones import Bounce, Message


async def return_to_sender(outside: Outside, message: Message, original: bytes, status: str) -> None:
    """Returns a mail with a status such as 5.1.1 (a 4.y.z is reported as delayed)."""
    await asyncio.sleep(outside.pace.delivered)
    now = outside.clock.now()
    action = "delayed" if status.startswith("4") else "failed"
    outside.phones.advance(message, "bounced" if action == "failed" else "delayed", now)
    if not message.envelope_sender:
        return  # an empty envelope sender asks for no notification (RFC 5321, 4.5.5)
    raw = notification(message, original, status=status, action=action, at=now).as_bytes(policy=policy.SMTP)
    bounce = Bounce(
        message_id=message.id,
        recipient=message.recipient,
        envelope_sender=message.envelope_sender,
        status=status,
        at=now,
        raw=raw.decode("utf-8", "replace"),
    )
    outside.bounces.append(bounce)
    target = urlsplit(outside.bounces_to or "")
    if target.scheme == "smtp":
        bounce.delivered = await _by_smtp(target.hostname or "127.0.0.1", target.port or 25, bounce, raw)
    elif target.scheme in ("http", "https"):
        headers = {"Content-Type": "message/rfc822"}
        sent = await outside.callbacks.send("POST", target.geturl(), body=raw, headers=headers, what="mail bounce")
        bounce.delivered = sent.taken
    outside.phones.tell()


async def _by_smtp(host: str, port: int, bounce: Bounce, raw: bytes) -> bool:
    try:
        async with aiosmtplib.SMTP(hostname=host, port=port, start_tls=False) as connection:
            await connection.sendmail("", [bounce.envelope_sender], raw)
    except (aiosmtplib.SMTPException, OSError):
        return False
    return True


def notification(message: Message, original: bytes, *, status: str, action: str, at: datetime) -> EmailMessage:
    """The multipart/report, with the headers of the mail it is about."""
    report = EmailMessage()
    report["From"] = "Mail Delivery System <mailer-daemon@sandbox.example.org>"
    report["To"] = message.envelope_sender or ""
    report["Subject"] = "Undelivered mail returned to sender" if action == "failed" else "Mail is delayed"
    report["Date"] = format_datetime(at)
    report["Message-ID"] = make_msgid(domain="sandbox.example.org")
    report["Auto-Submitted"] = "auto-replied"
    report["MIME-Version"] = "1.0"
    report["Content-Type"] = 'multipart/report; report-type="delivery-status"'
    words = EmailMessage()
    words.set_content(f"Your message to {message.recipient} could not be delivered: {status}.\n")
    report.attach(words)
    facts = EmailMessage()
    facts["Content-Type"] = "message/delivery-status"
    facts.set_payload(
        [
            _block({"Reporting-MTA": "dns; sandbox.example.org", "Arrival-Date": format_datetime(message.at)}),
            _block(
                {
                    "Final-Recipient": f"rfc822; {message.recipient}",
                    "Action": action,
                    "Status": status,
                    "Diagnostic-Code": f"smtp; {'550' if action == 'failed' else '450'} {status} Dialled in",
                }
            ),
        ]
    )
    report.attach(facts)
    headers = EmailMessage()
    headers["Content-Type"] = "text/rfc822-headers"
    headers.set_payload(original.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].decode("utf-8", "replace") + "\n")
    report.attach(headers)
    return report


def _block(fields: dict[str, str]) -> EmailMessage:
    """One paragraph of a delivery status: fields and no body."""
    block = EmailMessage()
    for name, value in fields.items():
        block[name] = value
    return block
