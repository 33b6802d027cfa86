"""Sending by SMTP over a few connections kept open. What is lost after the final dot is unknown, before it is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib
import structlog
from aiosmtplib import SMTP

from bedside.messaging.provider_accounts import SmtpAccount
from bedside.messaging.providers.contents import Contents
from bedside.messaging.providers.outcomes import Fault, Outcome, Outgoing, Result, Verdict, refused
from bedside.messaging.providers.smtp.dkim import DkimSigner
from bedside.messaging.providers.smtp.errors import fault_of
from bedside.messaging.providers.smtp.mime import build, message_id_of
from bedside.messaging.providers.smtp.verp import envelope_sender

log = structlog.get_logger()

CONNECTIONS = 4
# a connection idle for longer may have been closed at the other end without our knowing
FRESH_SECONDS = 20.0


class Smtp:
    """Mail."""

    name = "smtp"

    def __init__(
        self, account: SmtpAccount, *, secret_key: str, contents: Contents | None = None, timeout: float = 20.0
    ) -> None:
        self._account = account
        self._contents = contents or Contents(None)
        self._secret = secret_key
        self._timeout = timeout
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._open: list[tuple[SMTP, float]] = []
        self.real = account.real
        self._signer = (
            DkimSigner(domain=account.dkim_domain, selector=account.dkim_selector, key_file=account.dkim_key_file)
            if account.dkim_domain and account.dkim_selector and account.dkim_key_file
            else None
        )

    async def send(self, message: Outgoing) -> Outcome:
        """Hands one mail to the server, with its files."""
        async with self._contents.of(message) as whole:
            return whole if isinstance(whole, Outcome) else await self._send(whole)

    async def _send(self, message: Outgoing) -> Outcome:
        domain = message.sender_address.rpartition("@")[2]
        try:
            # one with files takes a second to make, in which others are sent
            mail = await asyncio.to_thread(self._made, message) if message.attachments else self._made(message)
        except (ValueError, IndexError) as error:
            return refused(Fault(Verdict.PERMANENT, f"The mail could not be made: {error}"), "mime")
        sender = envelope_sender(message.message_id, domain=domain, secret=self._secret)
        try:
            async with self._turns, self._connection() as smtp:
                return await _hand_over(smtp, sender, message, mail, message_id_of(message.message_id, domain=domain))
        except aiosmtplib.SMTPAuthenticationError as error:
            return refused(fault_of(error.code, error.message), error.code)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            log.info("mail_server_not_reached", error=f"{type(error).__name__} {error}")
            words = "The mail server could not be reached."
            return Outcome(result=Result.LATER, code=type(error).__name__, words=words, verdict=Verdict.DOWN)

    def _made(self, message: Outgoing) -> bytes:
        mail = build(message)
        return self._signer.sign(mail, at=int(message.sending_at.timestamp())) if self._signer else mail

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[SMTP]:
        """A connection that is open, closed afterwards where something went wrong. Raises what connecting does."""
        smtp = await self._take()
        try:
            yield smtp
        except BaseException:
            smtp.close()
            raise
        if smtp.is_connected:
            self._open.append((smtp, asyncio.get_running_loop().time()))

    async def _take(self) -> SMTP:
        now = asyncio.get_running_loop().time()
        while self._open:
            smtp, since = self._open.pop()
            if smtp.is_connected and now - since < FRESH_SECONDS:
                return smtp
            smtp.close()
        account = self._account
        smtp = SMTP(
            hostname=account.host,
            port=account.port,
            timeout=self._timeout,
            use_tls=account.tls == "tls",
            start_tls=account.tls == "starttls",
        )
        await smtp.connect()
        if account.user:
            await smtp.login(account.user, account.password or "")
        return smtp

    async def look_up(self, message: Outgoing) -> list[Outcome]:
        """Nothing can be asked of a mail server; a bounce names its message by itself (RULES.md, Reminders 9)."""
        return []

    async def close(self) -> None:
        """Closes connections politely."""
        for smtp, _ in self._open:
            try:
                await smtp.quit(timeout=1)
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                smtp.close()
        self._open.clear()


async def _hand_over(smtp: SMTP, sender: str, message: Outgoing, mail: bytes, mail_id: str) -> Outcome:
    """Envelope, then the mail. Until DATA is under way nothing has been taken, and what raises means just that."""
    try:
        await smtp.mail(sender, encoding="utf-8" if not message.to.isascii() else "ascii")
        await smtp.rcpt(message.to, encoding="utf-8" if not message.to.isascii() else "ascii")
    except aiosmtplib.SMTPResponseException as error:
        await _start_over(smtp)
        return refused(fault_of(error.code, error.message), error.code, said=error.message[:200])
    try:
        await smtp.data(mail)
    except aiosmtplib.SMTPResponseException as error:
        await _start_over(smtp)
        return refused(fault_of(error.code, error.message), error.code, said=error.message[:200])
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        smtp.close()
        words = f"The connection was lost while the mail was handed over: {type(error).__name__}"
        return Outcome(result=Result.UNKNOWN, words=words, verdict=Verdict.AMBIGUOUS, provider_id=None)
    return Outcome(result=Result.SENT, provider_id=mail_id)


async def _start_over(smtp: SMTP) -> None:
    try:
        await smtp.rset(timeout=2)
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        smtp.close()
