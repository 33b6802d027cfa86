"""A mail as it travels: plain text, HTML and, for visits, the calendar's part, best last (RFC 2046, 5.1.4); files go
beside all of these (multipart/mixed)."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bedside.messaging.providers.outcomes import Outgoing

_METHOD = re.compile(r"^METHOD:([A-Z]+)\r?$", re.MULTILINE)


def message_id_of(message_id: int, *, domain: str) -> str:
    """The Message-ID of a mail of ours: the same however often it is built."""
    return f"<message.{message_id}@{domain}>"


def build(message: Outgoing) -> bytes:
    """The whole mail, with CRLF, unsigned. Raises ValueError where an address cannot stand in a header."""
    user, _, domain = message.sender_address.rpartition("@")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(message.from_name, user, domain)
    recipient, _, at = message.to.rpartition("@")
    mail["To"] = Address(message.to_name, recipient, at)
    mail["Subject"] = " ".join((message.subject or "").split())
    mail["Date"] = format_datetime(message.sending_at)
    mail["Message-ID"] = message_id_of(message.message_id, domain=domain)
    mail["Auto-Submitted"] = "auto-generated"  # no out-of-office answers (RFC 3834)
    mail["Content-Language"] = message.language
    if message.purpose == "marketing" and message.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.body, cte="quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    if message.calendar:
        found = _METHOD.search(message.calendar)
        mail.add_alternative(
            message.calendar.replace("\r\n", "\n"),
            subtype="calendar",
            params={"method": found[1] if found else "PUBLISH", "name": "visit.ics"},
            cte="base64",
        )
    for file in message.attachments:
        kind, _, subkind = file.media_type.partition("/")
        mail.add_attachment(
            file.content,
            maintype=kind or "application",
            subtype=subkind or "octet-stream",
            filename=" ".join(file.name.split()) or "attachment",
        )
    return mail.as_bytes()
