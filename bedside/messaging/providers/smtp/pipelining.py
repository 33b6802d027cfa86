"""One connection that many mails go over, one behind the other, with as few waits as the server allows (RFC 2920).

Where it says PIPELINING, the envelope of the next mail travels with the last bytes of the one before: a mail takes one
exchange instead of four. What was under way when a connection breaks is told apart: of a mail whose words have left
nobody knows; one whose envelope alone had left was not taken.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from enum import Enum, auto

from bedside.messaging.providers.outcomes import Fault, Outcome, Result, Verdict, refused
from bedside.messaging.providers.smtp.errors import fault_of

LONGEST_REPLY = 32_768
_LONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_CONTROL = re.compile(r"[\x00-\x20\x7f<>]")


class Job:
    """One mail to be handed over, and what came of it. `make` gives its bytes, once it is its turn; until then it takes
    little room. Raises ValueError for an address that could end its line."""

    __slots__ = ("mail", "mail_id", "make", "outcome", "recipient", "refusal", "sender", "tries", "urgent")

    def __init__(self, *, sender: str, recipient: str, make: Callable[[], bytes], mail_id: str, urgent: bool) -> None:
        if _CONTROL.search(sender) or _CONTROL.search(recipient):
            raise ValueError("an address holds a sign that cannot stand there")
        self.sender, self.recipient = f"MAIL FROM:<{sender}>\r\n".encode(), f"RCPT TO:<{recipient}>\r\n".encode()
        self.make, self.mail_id, self.urgent = make, mail_id, urgent
        self.mail = b""
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.refusal: tuple[int, str] | None = None
        self.tries = 0

    def is_made(self) -> bool:
        """Whether there are bytes to hand over, made now where they were not; if not, it has ended."""
        try:
            self.mail = self.mail or self.make()
        except (ValueError, IndexError) as error:
            self.end(refused(Fault(Verdict.PERMANENT, f"The mail could not be made: {error}"), "mime"))
        except Exception as error:  # a fault of ours, which must not take the connection with it
            self.outcome.set_exception(error)
        return not self.outcome.done()

    def end(self, outcome: Outcome) -> None:
        """Says what became of it, once."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class _Expected(Enum):
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    END = auto()
    RSET = auto()


def on_the_wire(mail: bytes) -> bytes:
    """A mail as DATA takes it: each line ended by CRLF, dots at a line's beginning doubled, the final dot (RFC 5321,
    4.5.2). Pure."""
    if mail.count(b"\n") != mail.count(b"\r\n") or mail.count(b"\r") != mail.count(b"\r\n"):
        mail = _LONE.sub(b"\r\n", mail)
    if mail.startswith(b"."):
        mail = b"." + mail
    if b"\r\n." in mail:
        mail = mail.replace(b"\r\n.", b"\r\n..")
    return mail + (b".\r\n" if mail.endswith(b"\r\n") else b"\r\n.\r\n")


class Lane(asyncio.Protocol):
    """An open connection, signed in where that is asked for. `take` gives the next mail or None; `give_back` gets one
    that was certainly not taken, and whether the connection had carried any before; `ended` is called once it is gone.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        *,
        together: bool,
        timeout: float,
        take: Callable[[], Job | None],
        give_back: Callable[[Job, bool], None],
        ended: Callable[["Lane"], None],
    ) -> None:
        self._transport, self._together, self._timeout = transport, together, timeout
        self._take, self._give_back, self._ended = take, give_back, ended
        self._expected: deque[tuple[_Expected, Job]] = deque()
        self._read, self._text = b"", ""
        self._carried = False
        self._loop = asyncio.get_running_loop()
        self.quiet_since = self._loop.time()
        self._watch = self._loop.call_later(timeout, self._look)
        transport.set_protocol(self)

    @property
    def idle(self) -> bool:
        """Whether it waits for a mail."""
        return not self._expected and not self._transport.is_closing()

    def go_on(self) -> None:
        """Begins with the next mail, where it waits for one."""
        if self.idle:
            self._write(b"")

    def close(self) -> None:
        """Takes leave."""
        if self.idle:
            self._transport.write(b"QUIT\r\n")
        self._watch.cancel()
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        """What the server says, reply by reply."""
        self.quiet_since = self._loop.time()
        lines = (self._read + data).split(b"\n")
        self._read = lines.pop()
        for line in lines:
            if self._transport.is_closing():
                return
            text = line.decode("utf-8", "replace").rstrip("\r")
            self._text += ("\n" if self._text else "") + text[4:]
            if text[3:4] == "-":
                continue
            said, self._text = self._text, ""
            if not text[:3].isdecimal():
                self._transport.abort()  # what speaks there is no mail server
                return
            self._reply(int(text[:3]), said)
        if len(self._read) + len(self._text) > LONGEST_REPLY:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Says of every mail under way what is known of it."""
        self._watch.cancel()
        left = {job: kind is _Expected.END for kind, job in reversed(self._expected) if kind is not _Expected.RSET}
        self._expected.clear()
        for job, words_left in left.items():
            if job.outcome.done():
                continue
            if words_left:
                words = "The connection was lost while the mail was handed over."
                job.end(Outcome(result=Result.UNKNOWN, words=words, verdict=Verdict.AMBIGUOUS))
            elif job.refusal is not None:
                job.end(_refused(job.refusal))
            else:
                self._give_back(job, self._carried)
        self._ended(self)

    def _look(self) -> None:
        """Gives up a server that has not answered in time."""
        quiet = self._loop.time() - self.quiet_since
        if self._expected and quiet >= self._timeout:
            self._transport.abort()
            return
        wait = self._timeout - quiet if self._expected else self._timeout
        self._watch = self._loop.call_later(max(wait, 0.01), self._look)

    def _reply(self, code: int, text: str) -> None:
        if not self._expected:  # such as a farewell after a long silence
            self._transport.close()
            return
        kind, job = self._expected.popleft()
        good = 200 <= code < 300
        match kind:
            case _Expected.MAIL | _Expected.RCPT if self._together:
                if not good:
                    job.refusal = job.refusal or (code, text)
            case _Expected.MAIL | _Expected.RCPT:
                if good:
                    following = _Expected.RCPT if kind is _Expected.MAIL else _Expected.DATA
                    self._say(following, job, job.recipient if kind is _Expected.MAIL else b"DATA\r\n")
                else:
                    job.refusal = (code, text)
                    self._start_over(job)
            case _Expected.DATA if code == 354 and job.refusal is None:
                self._expected.append((_Expected.END, job))
                self._write(on_the_wire(job.mail))
            case _Expected.DATA if code == 354:  # it waits for words, though nobody would get them
                job.end(_refused(job.refusal or (code, text)))
                self._transport.close()
            case _Expected.DATA:
                job.refusal = job.refusal or (code, text)
                self._start_over(job)
            case _Expected.END:
                self._carried = True
                job.end(Outcome(result=Result.SENT, provider_id=job.mail_id) if good else _refused((code, text)))
                self.go_on()
            case _Expected.RSET:
                if good:
                    self.go_on()
                else:
                    self._transport.close()

    def _start_over(self, job: Job) -> None:
        """After a refusal: what the server remembers of it is wiped out before the next."""
        job.end(_refused(job.refusal or (0, "")))
        if job.refusal is not None and job.refusal[0] == 421:
            self._transport.close()  # it closes at its end, too
            return
        self._expected.append((_Expected.RSET, job))
        self._write(b"RSET\r\n")

    def _say(self, kind: _Expected, job: Job, words: bytes) -> None:
        self._expected.append((kind, job))
        self._transport.write(words)

    def _write(self, first: bytes) -> None:
        """Writes what is to be said, and with it, where that may travel together, the next mail's envelope."""
        job = self._take() if self._together or not first else None
        if job is None:
            if first:
                self._transport.write(first)
            return
        if not self._expected:
            self.quiet_since = self._loop.time()
        self._expected.append((_Expected.MAIL, job))
        if self._together:
            self._expected.append((_Expected.RCPT, job))
            self._expected.append((_Expected.DATA, job))
            self._transport.write(b"".join((first, job.sender, job.recipient, b"DATA\r\n")))
        else:
            self._transport.write(first + job.sender)


def _refused(reply: tuple[int, str]) -> Outcome:
    code, text = reply
    return refused(fault_of(code, text), code, said=text[:200])
