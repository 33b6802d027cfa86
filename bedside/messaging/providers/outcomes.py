"""What a provider is handed, what it may answer, and what an answer means for the message."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

import msgspec

from bedside.kit.files import StoredFile
from bedside.message_templates import ReplyButton, WhatsAppHeader


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes


class KeptFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of ours that goes with a message. Its bytes are read just before the wire, by who needs them; `url` is
    where a provider fetches them itself, for some hours."""

    name: str
    file: StoredFile
    url: str


class Outgoing(msgspec.Struct, kw_only=True):
    """One message, ready for the wire."""

    message_id: int
    channel: str
    sender_address: str
    to: str
    purpose: str
    language: str
    subject: str | None
    body: str
    html: str | None = None
    calendar: str | None = None
    attachments: tuple[Attachment, ...] = ()
    kept: tuple[KeptFile, ...] = ()
    # mail: the Message-ID that it answers, and those of the thread before, oldest first
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    whatsapp_name: str | None = None
    whatsapp_parameters: tuple[str, ...] = ()
    # WhatsApp: what can be pressed below the words, and what fills the header of the approved template
    buttons: tuple[ReplyButton, ...] = ()
    header: WhatsAppHeader | None = None
    # WhatsApp: the person wrote within 24 hours, so free words are allowed
    window_open: bool = False
    from_name: str = ""
    to_name: str = ""
    unsubscribe_url: str | None = None
    # of many: what is written to one person goes before it
    bulk: bool = False
    sending_at: datetime


class Verdict(StrEnum):
    """What a provider's code means for the message."""

    THROTTLED = "throttled"  # not processed: the sender is too quick
    RETRY = "retry"  # not processed: trouble with this message or its way
    DOWN = "down"  # not processed: the provider is in trouble, with whatever is sent
    TOMORROW = "tomorrow"  # not processed: this person has had enough for a day
    AMBIGUOUS = "ambiguous"  # may or may not have been processed
    PERMANENT = "permanent"  # will not work, however often
    BAD_ADDRESS = "bad_address"  # permanent, and nothing else will reach this address either
    OPTED_OUT = "opted_out"  # the person stopped this sender
    OPTED_OUT_OF_NEWS = "opted_out_of_news"  # the person stopped this sender's news alone
    COMPLAINED = "complained"  # it arrived, and the person reported it as unwanted
    TEMPLATE = "template"  # the template is at fault, not the person
    PAUSE = "pause"  # the account is at fault: nothing from this sender will go through


class Fault(msgspec.Struct, frozen=True):
    """What a code means, and what staff read."""

    verdict: Verdict
    words: str


class Result(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    LATER = "later"
    FAILED = "failed"
    UNKNOWN = "unknown"
    PAUSED = "paused"


class Outcome(msgspec.Struct, kw_only=True, frozen=True):
    """What became of one attempt at sending. `status` where the provider told a further one than `sent`."""

    result: Result
    provider_id: str | None = None
    status: str | None = None
    segments: int | None = None
    code: str | None = None
    words: str = ""
    verdict: Verdict | None = None
    after: timedelta | None = None


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What a message cost, in its currency's own unit (0.0158 USD), and how many parts it had."""

    amount: Decimal
    currency: str
    segments: int | None


class Provider(Protocol):
    """What every provider does."""

    name: str
    real: bool
    # how many messages it may have in hand: enough to keep its connections busy, few enough that none waits long
    at_once: int

    async def send(self, message: Outgoing) -> Outcome:
        """Hands one message over. Never raises for what the wire does."""
        ...

    async def look_up(self, message: Outgoing) -> list[Outcome]:
        """Looks for a message whose fate is unknown: those that may be it, oldest first; empty where none is found."""
        ...

    async def close(self) -> None:
        """Closes connections."""
        ...


_LATER = {Verdict.THROTTLED: None, Verdict.RETRY: None, Verdict.DOWN: None, Verdict.TOMORROW: timedelta(days=1)}


def refused(fault: Fault, code: object, *, after: timedelta | None = None, said: str = "") -> Outcome:
    """The outcome of a refusal with a known code."""
    words = f"{fault.words} ({said})" if said and fault.verdict is Verdict.PERMANENT else fault.words
    verdict = fault.verdict
    if verdict in _LATER:
        return Outcome(
            result=Result.LATER, code=str(code), words=words, verdict=verdict, after=after or _LATER[verdict]
        )
    if verdict is Verdict.PAUSE:
        return Outcome(result=Result.PAUSED, code=str(code), words=words, verdict=verdict)
    if verdict is Verdict.AMBIGUOUS:
        return Outcome(result=Result.UNKNOWN, code=str(code), words=words, verdict=verdict)
    return Outcome(result=Result.FAILED, code=str(code), words=words, verdict=verdict)
