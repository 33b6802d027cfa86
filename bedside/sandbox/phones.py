"""What people see: every message, by the phone number or mail address of the person it went to or came from.

Held in memory and bounded: when more than `capacity` messages have been seen, the oldest are forgotten.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

import msgspec

Channel = Literal["sms", "whatsapp", "email"]
Provider = Literal["twilio", "whatsapp_cloud", "smtp"]
# Where a message comes from: the hospital's system, the person, or the provider's own answer to a stop word.
Origin = Literal["hospital", "person", "provider"]

LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


class Button(msgspec.Struct, kw_only=True, rename="camel"):
    """A button below a WhatsApp message: tapping it answers with `payload`, or opens `url`."""

    kind: Literal["quick_reply", "url", "interactive"]
    text: str
    payload: str | None = None
    url: str | None = None


class Attachment(msgspec.Struct, kw_only=True, rename="camel"):
    """A file that came with a message. `url` is where this sandbox or the sender serves it; `text` is a calendar's."""

    name: str
    media_type: str
    size: int | None = None
    url: str | None = None
    text: str | None = None


class Message(msgspec.Struct, kw_only=True, rename="camel"):
    """One message, as `GET /messages` shows it."""

    id: str
    sequence: int = 0
    channel: Channel
    provider: Provider
    origin: Origin = "hospital"
    sender: str = msgspec.field(name="from")
    recipient: str = msgspec.field(name="to")
    body: str = ""
    subject: str | None = None
    html: str | None = None
    template: str | None = None
    language: str | None = None
    status: str
    at: datetime
    updated_at: datetime | None = None
    segments: int | None = None
    encoding: str | None = None
    error_code: int | None = None
    buttons: list[Button] = []
    links: list[str] = []
    attachments: list[Attachment] = []
    # Mail only: the envelope sender (VERP), and the headers that matter to a reader or to a test.
    envelope_sender: str | None = None
    headers: dict[str, str] = {}
    # WhatsApp only: what the sender wanted back in every receipt.
    callback_data: str | None = None
    seen: bool = False

    @property
    def person(self) -> str:
        """The number or address of the person, whichever way the message went."""
        return self.sender if self.origin == "person" else self.recipient

    @property
    def hospital(self) -> str:
        """The sender or address on the hospital's side."""
        return self.recipient if self.origin == "person" else self.sender


class Recipient(msgspec.Struct, kw_only=True, rename="camel"):
    """One line of the list of people: their number or address, what they last saw, and how much they have not."""

    address: str
    channels: list[Channel]
    messages: int
    unseen: int
    last: str
    at: datetime


class Bounce(msgspec.Struct, kw_only=True, rename="camel"):
    """A mail that came back: whose it was, to which envelope sender it went, and the raw notification."""

    message_id: str
    recipient: str
    envelope_sender: str
    status: str
    at: datetime
    raw: str
    delivered: bool = False


def links_in(*texts: str | None) -> list[str]:
    """Every web address in the texts, in order, each once."""
    found: dict[str, None] = {}
    for text in texts:
        for link in LINK.findall(text or ""):
            found.setdefault(link.replace("&amp;", "&"))
    return list(found)


def as_phone(text: str) -> str:
    """A phone number as it is kept here, E.164. In a query string a bare `+` arrives as a blank: that is mended too."""
    text = text.strip().removeprefix("whatsapp:")
    return f"+{text}" if text.isdigit() else text


class Phones:
    """All phones and mailboxes of the demonstration."""

    def __init__(self, *, capacity: int = 20_000) -> None:
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._capacity = capacity
        self._sequence = 0
        self._changed = asyncio.Event()
        # WhatsApp's 24-hour window counts from here: (person, hospital's number) -> their last message.
        self.last_written: dict[tuple[str, str], datetime] = {}
        # Who has sent STOP to which SMS sender: (person, sender).
        self.opted_out: set[tuple[str, str]] = set()

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages.values())

    def add(self, message: Message) -> Message:
        """Shows a new message on its person's phone or in their mailbox."""
        self._sequence += 1
        message.sequence = self._sequence
        message.updated_at = message.at
        self._messages[message.id] = message
        while len(self._messages) > self._capacity:
            self._messages.popitem(last=False)
        self.tell()
        return message

    def get(self, message_id: str) -> Message | None:
        """The message of that provider id, unless it is unknown or forgotten."""
        return self._messages.get(message_id)

    def advance(self, message: Message, status: str, at: datetime, *, error_code: int | None = None) -> None:
        """Gives a message its next status."""
        message.status, message.updated_at = status, at
        if error_code is not None:
            message.error_code = error_code
        self.tell()

    def clear(self) -> None:
        """Empties every phone and mailbox, and forgets stops and windows."""
        self._messages.clear()
        self.last_written.clear()
        self.opted_out.clear()
        self.tell()

    def tell(self) -> None:
        """Wakes everybody who waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def change(self, within: float) -> bool:
        """Waits for the next change, at most `within` seconds. False when nothing changed."""
        try:
            await asyncio.wait_for(self._changed.wait(), within)
        except TimeoutError:
            return False
        return True

    def find(
        self,
        *,
        person: str | None = None,
        channel: str | None = None,
        origin: str | None = "hospital",
        since: datetime | int | None = None,
        containing: str | None = None,
    ) -> list[Message]:
        """The messages asked for, oldest first. `since` is an instant, or a sequence number that was already seen."""

        def fits(message: Message) -> bool:
            return (
                (person is None or message.person.casefold() == person.casefold())
                and (channel is None or message.channel == channel)
                and (origin is None or message.origin == origin)
                and (since is None or _is_after(message, since))
                and (
                    containing is None or containing.casefold() in f"{message.subject or ''} {message.body}".casefold()
                )
            )

        return [message for message in self if fits(message)]

    def last_sender(self, person: str, channel: str) -> Message | None:
        """The newest message that the hospital sent to this person on this channel."""
        return next((m for m in reversed(self.find(person=person, channel=channel))), None)

    def recipients(self, matching: str = "") -> list[Recipient]:
        """Everybody who wrote or was written to, the most recent first, with `matching` in their address."""
        by_person: dict[str, list[Message]] = {}
        for message in self:
            by_person.setdefault(message.person, []).append(message)
        wanted = matching.casefold().replace(" ", "")
        people = [_summary(who, messages) for who, messages in by_person.items() if wanted in who.casefold()]
        return sorted(people, key=lambda one: one.at, reverse=True)

    def mark_seen(self, messages: Iterable[Message]) -> list[Message]:
        """Notes that the person has looked at these, and gives back those that were new to them."""
        new = [message for message in messages if not message.seen]
        for message in new:
            message.seen = True
        if new:
            self.tell()
        return new


def _is_after(message: Message, since: datetime | int) -> bool:
    return message.sequence > since if isinstance(since, int) else message.at >= since


def _summary(who: str, messages: list[Message]) -> Recipient:
    last = messages[-1]
    return Recipient(
        address=who,
        channels=sorted({message.channel for message in messages}),
        messages=len(messages),
        unseen=sum(not message.seen for message in messages if message.origin != "person"),
        last=(last.subject or last.body)[:120],
        at=last.at,
    )
