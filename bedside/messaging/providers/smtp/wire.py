"""Sending by SMTP over a few connections kept open. What is lost after the final dot is unknown, before it is not."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import cast

import aiosmtplib
import structlog
from aiosmtplib import SMTP

from bedside.messaging.provider_accounts import SmtpAccount
from bedside.messaging.providers.contents import Contents
from bedside.messaging.providers.outcomes import Fault, Outcome, Outgoing, Result, Verdict, refused
from bedside.messaging.providers.smtp.dkim import DkimSigner
from bedside.messaging.providers.smtp.errors import fault_of
from bedside.messaging.providers.smtp.mime import build, message_id_of
from bedside.messaging.providers.smtp.pipelining import Job, Lane
from bedside.messaging.providers.smtp.verp import envelope_sender

log = structlog.get_logger()

CONNECTIONS = 4
# a connection idle for longer may have been closed at the other end without our knowing
FRESH_SECONDS = 20.0
# what a connection that had worked before did not take goes over another one, once: the server may just have closed it
TRIES = 2


class Smtp:
    """Mail."""

    name = "smtp"
    at_once = 600

    def __init__(
        self, account: SmtpAccount, *, secret_key: str, contents: Contents | None = None, timeout: float = 20.0
    ) -> None:
        self._account = account
        self._contents = contents or Contents(None)
        self._secret = secret_key
        self._timeout = timeout
        # what cannot wait goes before bulk, however much of that there is
        self._urgent: deque[Job] = deque()
        self._waiting: deque[Job] = deque()
        self._lanes: set[Lane] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self.real = account.real
        self._signer = (
            DkimSigner(domain=account.dkim_domain, selector=account.dkim_selector, key_file=account.dkim_key_file)
            if account.dkim_domain and account.dkim_selector and account.dkim_key_file
            else None
        )

    async def send(self, message: Outgoing) -> Outcome:
        """Hands one mail to the server, with its files."""
        if not message.kept:
            return await self._send(message)
        async with self._contents.of(message) as whole:
            return whole if isinstance(whole, Outcome) else await self._send(whole)

    async def _send(self, message: Outgoing) -> Outcome:
        domain = message.sender_address.rpartition("@")[2]
        try:
            make: Callable[[], bytes] = partial(self._made, message)
            if message.attachments:  # takes a second to make, in which others are sent
                mail = await asyncio.to_thread(make)
                make = partial(bytes, mail)
            job = Job(
                sender=envelope_sender(message.message_id, domain=domain, secret=self._secret),
                recipient=message.to,
                make=make,
                mail_id=message_id_of(message.message_id, domain=domain),
                urgent=not message.bulk,
            )
        except (ValueError, IndexError) as error:
            return refused(Fault(Verdict.PERMANENT, f"The mail could not be made: {error}"), "mime")
        (self._urgent if job.urgent else self._waiting).append(job)
        self._wake()
        return await job.outcome

    def _made(self, message: Outgoing) -> bytes:
        mail = build(message)
        return self._signer.sign(mail, at=int(message.sending_at.timestamp())) if self._signer else mail

    def _take(self) -> Job | None:
        """The next mail that somebody still waits for."""
        for queue in (self._urgent, self._waiting):
            while queue:
                job = queue.popleft()
                if not job.outcome.done() and job.is_made():
                    job.tries += 1
                    return job
        return None

    def _give_back(self, job: Job, again: bool) -> None:
        """A mail that a broken connection had certainly not taken."""
        if again and job.tries < TRIES:
            (self._urgent if job.urgent else self._waiting).appendleft(job)
        else:
            job.end(_not_reached("SMTPServerDisconnected"))

    def _ended(self, lane: Lane) -> None:
        self._lanes.discard(lane)
        self._wake()

    def _wake(self) -> None:
        """Has a connection begin with what waits; opens one more where all are at work."""
        if not (self._urgent or self._waiting):
            return
        now = asyncio.get_running_loop().time()
        for lane in [one for one in self._lanes if one.idle]:
            if now - lane.quiet_since < FRESH_SECONDS:
                lane.go_on()
                return
            self._lanes.discard(lane)
            lane.close()
        if len(self._lanes) + len(self._opening) < CONNECTIONS:
            task = asyncio.create_task(self._open(), name="mail connection")
            self._opening.add(task)
            task.add_done_callback(self._opened)

    def _opened(self, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        if not task.cancelled():
            self._wake()  # for what came meanwhile

    async def _open(self) -> None:
        """Opens a connection. Where that fails and none is open, what waits has not been taken by anybody."""
        try:
            smtp = await self._connect()
        except aiosmtplib.SMTPAuthenticationError as error:
            self._fail(refused(fault_of(error.code, error.message), error.code))
            return
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            log.info("mail_server_not_reached", error=f"{type(error).__name__} {error}")
            self._fail(_not_reached(type(error).__name__))
            return
        except Exception as error:  # a fault of ours; nobody shall wait for ever
            log.exception("mail_connection_failed")
            self._fail(_not_reached(type(error).__name__))
            return
        transport = cast("asyncio.Transport | None", smtp.transport)
        if transport is None or transport.is_closing():
            self._fail(_not_reached("SMTPServerDisconnected"))
            return
        lane = Lane(
            transport,
            together=smtp.supports_extension("pipelining"),
            timeout=self._timeout,
            take=self._take,
            give_back=self._give_back,
            ended=self._ended,
        )
        self._lanes.add(lane)
        lane.go_on()

    def _fail(self, outcome: Outcome) -> None:
        if self._lanes:
            return
        for queue in (self._urgent, self._waiting):
            while queue:
                queue.popleft().end(outcome)

    async def _connect(self) -> SMTP:
        account = self._account
        smtp = SMTP(
            hostname=account.host,
            port=account.port,
            timeout=self._timeout,
            use_tls=account.tls == "tls",
            start_tls=account.tls == "starttls",
        )
        try:
            await smtp.connect()
            if account.user:
                await smtp.login(account.user, account.password or "")
            if smtp.is_ehlo_or_helo_needed:
                try:
                    await smtp.ehlo()
                except aiosmtplib.SMTPHeloError:
                    await smtp.helo()
        except BaseException:
            smtp.close()
            raise
        return smtp

    async def look_up(self, message: Outgoing) -> list[Outcome]:
        """Nothing can be asked of a mail server; a bounce names its message by itself (RULES.md, Reminders 9)."""
        return []

    async def close(self) -> None:
        """Closes connections politely."""
        self._urgent.clear()
        self._waiting.clear()
        for task in self._opening:
            task.cancel()
        for lane in list(self._lanes):
            lane.close()
        self._lanes.clear()


def _not_reached(code: str) -> Outcome:
    return Outcome(result=Result.LATER, code=code, words="The mail server could not be reached.", verdict=Verdict.DOWN)
