"""A mail as it travels: plain text, HTML and, for visits, the calendar's part, best last (RFC 2046, 5.1.4); files go
beside all of these (multipart/mixed)."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bedside.messaging.providers.outcomes import Outgoing
from bedside.messaging.providers.smtp.quick_mime import build_quickly

_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_METHOD = re.compile(r"^METHOD:([A-Z]+)\r?$", re.MULTILINE)


def message_id_of(message_id: int, *, domain: str) -> str:
    """The Message-ID of a mail of ours: the same however often it is built."""
    return f"<message.{message_id}@{domain}>"


def build(message: Outgoing) -> bytes:
    """The whole mail, with CRLF, unsigned. Raises ValueError where an address cannot stand in a header."""
    message_id = message_id_of(message.message_id, domain=message.sender_address.rpartition("@")[2])
    return _unfolded(message) + (build_quickly(message, message_id) or build_with_library(message, message_id))


def build_with_library(message: Outgoing, message_id: str) -> bytes:
    """The headers and the body of any mail. Raises ValueError where an address cannot stand in a header."""
    user, _, domain = message.sender_address.rpartition("@")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(message.from_name, user, domain)
    recipient, _, at = message.to.rpartition("@")
    mail["To"] = Address(message.to_name, recipient, at)
    mail["Subject"] = " ".join((message.subject or "").split())
    mail["Date"] = format_datetime(message.sending_at)
    mail["Message-ID"] = message_id
    if message.in_reply_to is None:  # with it, a person of ours answers a person
        mail["Auto-Submitted"] = "auto-generated"  # no out-of-office answers (RFC 3834)
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
    mail["Content-Language"] = message.language  # last: what is said of contents before goes into the first part
    return mail.as_bytes()


def _unfolded(message: Outgoing) -> bytes:
    """The headers that hold what must stay as it is: the library would encode an id or an address of 78 signs."""
    lines = []
    if message.purpose == "marketing" and message.unsubscribe_url:
        lines += [f"List-Unsubscribe: <{message.unsubscribe_url}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    if message.in_reply_to and _ID.fullmatch(message.in_reply_to):
        # their program shows both in one thread (RFC 5322, 3.6.4)
        thread = [one for one in message.references if _ID.fullmatch(one) and one != message.in_reply_to]
        lines += [f"In-Reply-To: {message.in_reply_to}", "References: " + "\r\n ".join([*thread, message.in_reply_to])]
    return "".join(f"{line}\r\n" for line in lines).encode()
