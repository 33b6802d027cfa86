"""Writing mail as the person: it goes to where the product takes mail, as the hospital's mail server would bring it."""

import secrets
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING

import aiosmtplib

from bedside.sandbox.media import CannotReply, show
from bedside.sandbox.outside import Outside
from bedside.sandbox.phones import Message, links_in

if TYPE_CHECKING:
    from bedside.sandbox.replies import Reply


async def write_mail(outside: Outside, reply: "Reply") -> Message:
    """Shows the mail in the person's mailbox and hands it to the product by SMTP. Raises CannotReply."""
    person = reply.sender.strip().lower()
    if "@" not in person or not (reply.body or reply.subject or reply.files):
        raise CannotReply("A mail needs the address that it is from, and words.")
    files = [file.read() for file in reply.files]
    if outside.mail_to is None:
        raise CannotReply("The product takes no mail: set BEDSIDE_MAIL_LISTEN.")
    last = outside.phones.get(reply.in_reply_to) if reply.in_reply_to else None
    if last is None:
        known = [one for one in outside.phones.find(person=person, channel="email") if one.origin == "hospital"]
        last = max(known, key=lambda one: one.sequence, default=None)
    to = reply.recipient or (parseaddr(last.sender)[1] if last else "")
    if "@" not in to:
        raise CannotReply("Nobody has written to them yet: say to whom the mail goes.")
    now = outside.clock.now()
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"] = person, to
    mail["Subject"] = reply.subject or (f"Re: {last.subject}" if last and last.subject else "Hello")
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{secrets.token_hex(12)}@mailbox.example.org>"
    if last and (answered := last.headers.get("Message-ID")):
        mail["In-Reply-To"] = mail["References"] = answered
    if reply.automatic:
        mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(reply.body)
    for file in files:
        kind, _, subkind = file.media_type.partition("/")
        mail.add_attachment(file.content, maintype=kind, subtype=subkind or "octet-stream", filename=file.name)
    message = outside.phones.add(
        Message(
            id="mail-" + secrets.token_hex(12),
            channel="email",
            provider="smtp",
            origin="person",
            sender=person,
            recipient=to,
            subject=str(mail["Subject"]),
            body=reply.body,
            status="received",
            at=now,
            links=links_in(reply.body),
            headers={"Message-ID": str(mail["Message-ID"])},
            seen=True,
        )
    )
    show(outside, message, files)
    host, _, port = outside.mail_to.rpartition(":")
    try:
        async with aiosmtplib.SMTP(hostname=host.strip("[]"), port=int(port), start_tls=False, timeout=15) as wire:
            await wire.sendmail(person, [to], mail.as_bytes())
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        outside.phones.advance(message, "not taken", outside.clock.now())
    return message
