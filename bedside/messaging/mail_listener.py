"""Where mail comes in: an SMTP server that takes what is for us, keeps it raw and hands it on, and refuses the rest.

It takes mail for the senders' own addresses, and returned mail for the envelope senders of messages of ours. It stands
behind the hospital's mail server, which forwards to it; it relays nothing and offers no sign-in.
"""

import asyncio
from typing import cast

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from bedside.kit.database import Database
from bedside.messaging import store_senders
from bedside.messaging.keeping import keep
from bedside.messaging.providers.smtp.verp import message_of

log = structlog.get_logger()

LARGEST = 15 * 1024 * 1024  # bytes on the wire: ten million of attachments are a third more as base64
MOST_RECIPIENTS = 20


class Reception:
    """What aiosmtpd calls for each command."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._secret = secret

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Takes our own addresses, and those that bounces come to."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if message_of(address, secret=self._secret) is None:
            try:
                async with self._database.transaction() as tx:
                    ours = await store_senders.takes_mail(tx, address=address)
            except Exception:
                log.exception("mail_not_looked_up")
                return "451 4.3.0 Try again later"
            if not ours:
                return "550 5.1.1 Nobody here has that address"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keeps the mail, and answers only then: what cannot be kept is sent again by the other side."""
        content = cast("bytes", envelope.content or b"")
        sender = _header(envelope.mail_from or "")
        try:
            for recipient in [str(one) for one in envelope.rcpt_tos]:
                bounce = message_of(recipient, secret=self._secret) is not None
                above = f"Return-Path: <{sender.strip('<>')}>\r\nDelivered-To: {_header(recipient)}\r\n"
                async with self._database.transaction() as tx:
                    kind = "bounce" if bounce else "inbound"
                    await keep(tx, provider="smtp", kind=kind, body=above.encode() + content)
        except Exception:
            log.exception("mail_not_kept")
            return "451 4.3.0 Try again later"
        return "250 2.0.0 OK"


def _header(address: str) -> str:
    return "".join(each for each in address if each.isprintable())


async def listen(database: Database, *, secret: str, host: str, port: int) -> asyncio.Server:
    """Opens the port. Raises OSError where it is taken."""

    def connection() -> SMTP:
        return SMTP(
            Reception(database, secret),
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            hostname="bedside",
            ident="Bedside",
            timeout=60,
        )

    return await asyncio.get_running_loop().create_server(connection, host=host, port=port)


async def run(database: Database, *, secret: str, at: str) -> None:
    """Listens at `host:port` for as long as the worker runs. A port that is taken stops nothing else."""
    host, _, port = at.rpartition(":")
    try:
        server = await listen(database, secret=secret, host=host.strip("[]"), port=int(port))
    except OSError as taken:
        log.error("mail_not_listened_for", at=at, error=str(taken))
        return
    log.info("listening_for_mail", at=at)
    async with server:
        await server.serve_forever()
