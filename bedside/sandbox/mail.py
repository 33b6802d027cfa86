"""Mail: an SMTP server that takes everything, shows it in mailboxes, and returns what a fault says must bounce.

Sign-in is accepted with the demonstration credentials and not asked for; STARTTLS is not offered. Every recipient of
the envelope gets a mailbox of their own. The envelope sender (VERP) is kept, since bounces go there.
Faults: `rate_limit` 421, `server_error` 451, `error` with a 4yz or 5yz `code` (`at` recipient or data),
`refused_connection`, `silent_after_acceptance` (connection lost after the final dot), `bounce`.
"""

import asyncio
import re
import secrets
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bedside.sandbox.bounces import return_to_sender
from bedside.sandbox.faults import Fault
from bedside.sandbox.mail_files import MailFile
from bedside.sandbox.outside import Outside
from bedside.sandbox.phones import Attachment, Message, links_in

HREF = re.compile(r"""href\s*=\s*["'](https?://[^"']+)["']""", re.IGNORECASE)
KEPT_HEADERS = (
    "Message-ID",
    "Date",
    "From",
    "To",
    "Reply-To",
    "In-Reply-To",
    "References",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "DKIM-Signature",
    "Auto-Submitted",
    "Precedence",
    "X-Mailer",
)
LARGEST = 30 * 1024 * 1024


class Mailboxes:
    """What aiosmtpd calls for each command."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Takes every address, unless a fault refuses this one."""
        strike = partial(self._outside.faults.strike, account=_signed_in(session))
        if strike("email", address, "refused_connection"):
            _cut(server)
        if strike("email", address, "rate_limit"):
            return "421 4.7.0 Too many messages, try again later"
        if strike("email", address, "server_error"):
            return "451 4.3.0 Temporary system problem, try again later"
        if fault := strike("email", address, "error", places=("recipient", "answer", None)):
            return _refusal(fault)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Puts the mail into each recipient's mailbox."""
        outside = self._outside
        content = cast("bytes", envelope.content or b"")
        recipients = [str(recipient) for recipient in envelope.rcpt_tos]
        account = _signed_in(session)
        for recipient in recipients:
            if fault := outside.faults.strike("email", recipient, "error", account=account, places=("data",)):
                return _refusal(fault)
        mail = message_from_bytes(content, policy=policy.default)
        dropped = False
        for recipient in recipients:
            message = outside.phones.add(
                _shown(outside, mail, recipient, (envelope.mail_from or "").removeprefix("<>"))
            )
            if fault := outside.faults.strike("email", recipient, "bounce"):
                outside.start(return_to_sender(outside, message, content, str(fault.code or "5.1.1")))
            dropped |= outside.faults.strike("email", recipient, "silent_after_acceptance", account=account) is not None
        if dropped:
            _cut(server)
        return "250 2.0.0 OK, taken as " + secrets.token_hex(6)


def _signed_in(session: Session) -> str | None:
    """The name that the account signed in with, which need not be."""
    return session.auth_data.login.decode() if isinstance(session.auth_data, LoginPassword) else None


def _refusal(fault: Fault) -> str:
    code = str(fault.code or 550)
    if not re.fullmatch(r"[45]\d\d", code):
        code = "550"
    extended = {"550": "5.1.1 No such mailbox", "552": "5.2.2 Mailbox full", "450": "4.2.1 Mailbox busy"}
    return f"{code} {extended.get(code, f'{code[0]}.0.0 Refused')}"


def _cut(server: SMTP) -> None:
    transport = cast("asyncio.Transport | None", server.transport)
    if transport is not None:
        transport.abort()


def _shown(outside: Outside, mail: EmailMessage, recipient: str, envelope_sender: str) -> Message:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    plain = _text_of(text)
    rich = _text_of(html) if html is not None else None
    headers = {name: str(mail[name]) for name in KEPT_HEADERS if mail[name]}
    hrefs = " ".join(found.replace("&amp;", "&") for found in HREF.findall(rich or ""))
    message_id = "mail-" + secrets.token_hex(12)
    return Message(
        id=message_id,
        channel="email",
        provider="smtp",
        sender=str(mail["From"] or envelope_sender),
        recipient=recipient,
        subject=str(mail["Subject"] or ""),
        body=plain,
        html=rich,
        status="delivered",
        at=outside.clock.now(),
        links=list(dict.fromkeys([*links_in(plain), *hrefs.split()])),
        attachments=_attachments(outside, mail, message_id),
        envelope_sender=envelope_sender,
        headers=headers,
    )


def _text_of(part: Any) -> str:
    if part is None:
        return ""
    try:
        return str(part.get_content()).rstrip("\r\n")
    except (LookupError, UnicodeError):  # a character set nobody knows
        return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def _attachments(outside: Outside, mail: EmailMessage, message_id: str) -> list[Attachment]:
    """Every part that is not the text itself; a calendar's text is shown, since tests and readers look into it."""
    found: list[Attachment] = []
    for part in mail.walk():
        kind = part.get_content_type()
        if part.is_multipart() or (kind in ("text/plain", "text/html") and not part.is_attachment()):
            continue
        payload = bytes(cast("bytes | None", part.get_payload(decode=True)) or b"")
        text = payload.decode("utf-8", "replace") if kind == "text/calendar" else None
        name = part.get_filename() or ("invite.ics" if text is not None else kind)
        place = len(found)
        outside.mail_files.keep(message_id, place, MailFile(name=name, media_type=kind, content=payload))
        url = f"/mail/{message_id}/attachments/{place}"
        found.append(Attachment(name=name, media_type=kind, size=len(payload), url=url, text=text))
    return found


async def start_smtp(outside: Outside, *, host: str, port: int) -> asyncio.Server:
    """Opens the SMTP port; raises OSError where it is taken."""
    accounts = outside.accounts

    def known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) in (
            (accounts.smtp_username, accounts.smtp_password),
            (accounts.second_smtp_username, accounts.second_smtp_password),
        )
        return AuthResult(success=right, handled=False, auth_data=data)

    def connection() -> SMTP:
        return SMTP(
            Mailboxes(outside),
            data_size_limit=LARGEST,
            hostname="sandbox.example.org",
            enable_SMTPUTF8=True,
            authenticator=known,
            auth_require_tls=False,
            timeout=120,
        )

    return await asyncio.get_running_loop().create_server(connection, host=host, port=port)
