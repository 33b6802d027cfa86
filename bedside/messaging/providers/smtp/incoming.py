"""Mail that people write to us, read from its raw bytes: who, what they answer, the words, whether a machine wrote it.

A From line proves nothing, so what a mail says is put before a person: no word of it confirms or cancels a visit.
"""

import hashlib
import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from typing import TypeVar, cast

from bedside.messaging.attachment_model import NamedFile
from bedside.messaging.reports import Inbound, Malformed

T = TypeVar("T")
LONGEST = 50_000  # characters of a mail that are kept as its words
_OURS = re.compile(r"<message\.\d{1,18}@[^<>\s]{1,255}>")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
MOST_FILES = 20
# what a mail program makes, and nobody looks at
SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
TINY = 2_000  # signs of a picture as it stands in a mail
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})


def inbound(raw: bytes, *, receipt_id: int = 0) -> Inbound:
    """What a mail says. Raises Malformed where it has no sender. `receipt_id` says where the raw mail is kept, which
    its files are read from afterwards.

    The listener puts `Return-Path` and `Delivered-To` of the envelope above it; what the mail itself claims there is
    below, and is not looked at.
    """
    mail = message_from_bytes(raw, policy=policy.default)
    sender = _address(mail, "From")
    if sender is None:
        raise Malformed("a mail without a sender")
    message_id = _line(mail, "Message-ID")[:900] or f"<{hashlib.sha256(raw).hexdigest()}@no-message-id>"
    named = _OURS.findall(f"{_line(mail, 'References')} {_line(mail, 'In-Reply-To')}")
    at = None
    try:
        at = parsedate_to_datetime(_line(mail, "Date"))
        at = at if at.tzinfo is not None else None
    except (ValueError, TypeError):
        pass
    return Inbound(
        channel="email",
        provider="smtp",
        provider_id=message_id,
        from_address=sender,
        to_address=_line(mail, "Delivered-To").lower(),
        subject=_line(mail, "Subject")[:500] or None,
        body=words_of(mail)[:LONGEST],
        answers=named[-1] if named else None,
        at=at,
        automatic=is_automatic(mail),
        files=tuple(_named(part, receipt_id, place) for place, part in enumerate(files_of(mail))),
        references=_thread(mail),
    )


def files_of(mail: EmailMessage) -> list[EmailMessage]:
    """The parts of a mail that are files: all but its words, and but pictures too small to be one. Pure."""
    words = {id(part) for part in (_body(mail, "plain"), _body(mail, "html")) if part is not None}
    found = []
    for part in mail.walk():
        kind = part.get_content_type()
        attached = _read(part.is_attachment) or False
        named = attached or _read(part.get_filename) is not None
        if part.is_multipart() or id(part) in words or (kind.startswith("text/") and not named) or kind in SIGNATURES:
            continue
        if kind.startswith("image/") and not attached and len(str(part.get_payload())) < TINY:
            continue  # a dot that counts who reads, a rule of a signature
        found.append(part)
    return found[:MOST_FILES]


def file_in(raw: bytes, place: int) -> bytes | None:
    """The bytes of a mail's file by its place among them; None where there is none. Pure."""
    parts = files_of(message_from_bytes(raw, policy=policy.default))
    return bytes(_read(lambda: parts[place].get_payload(decode=True)) or b"") if place < len(parts) else None


def _named(part: EmailMessage, receipt_id: int, place: int) -> NamedFile:
    payload = part.get_payload()
    coded = _line(part, "Content-Transfer-Encoding").lower() == "base64"
    length = len(payload) if isinstance(payload, str) else 0
    return NamedFile(
        reference=f"{receipt_id}:{place}",
        name=str(_read(part.get_filename) or ""),
        media_type=part.get_content_type(),
        size=length * 3 // 4 * 76 // 78 if coded else length,  # about: line breaks count in the raw part
    )


def _thread(mail: EmailMessage) -> str | None:
    """The Message-IDs of the thread before, oldest first: what an answer puts before this mail's own (RFC 5322)."""
    before = _MESSAGE_ID.findall(_line(mail, "References")) or _MESSAGE_ID.findall(_line(mail, "In-Reply-To"))[:1]
    return " ".join(before[-20:]) or None


def is_automatic(mail: EmailMessage) -> bool:
    """Whether a machine wrote it: an absence note, a list, a notification (RFC 3834). Such are never answered. Pure."""
    return (
        _line(mail, "Auto-Submitted").lower() not in ("", "no")
        or _line(mail, "Precedence").lower() in _BULK
        or "X-Autoreply" in mail
        or "X-Autorespond" in mail
        or "List-Id" in mail
        or _line(mail, "Return-Path") == "<>"
    )


def words_of(mail: EmailMessage) -> str:
    """The words, from the plain part, or from the HTML one without its marks. Pure."""
    part = _body(mail, "plain", "html")
    if part is None:
        return ""
    content = _read(part.get_content)
    if content is None:  # a character set nobody knows
        content = bytes(_read(lambda: part.get_payload(decode=True)) or b"").decode("utf-8", "replace")
    text = str(content)
    if part.get_content_type() == "text/html":
        reader = _Text()
        reader.feed(text)
        text = "".join(reader.said)
    text = re.sub(r"[ \t\xa0]+\n", "\n", text.replace("\r\n", "\n").replace("\x00", ""))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


class _Text(HTMLParser):
    """The text of HTML, with its paragraphs as lines."""

    BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote"})
    SILENT = frozenset({"script", "style", "head", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self.SILENT
        if tag in self.BREAKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in self.SILENT))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(" ".join(data.split("\n")) if data.strip() else " ")


# what the library raises for headers that say nothing it knows
_UNREADABLE = (ValueError, LookupError, AttributeError, TypeError, NameError)


def _read(get: Callable[[], T]) -> T | None:
    """What a part of a mail says, None where that cannot be read."""
    try:
        return get()
    except _UNREADABLE:
        return None


def _body(mail: EmailMessage, *kinds: str) -> EmailMessage | None:
    """The part with the words. Where the parts do not hang together: the first text there is."""
    try:
        return cast("EmailMessage | None", mail.get_body(kinds))
    except _UNREADABLE:
        texts = (part for part in mail.walk() if part.get_content_maintype() == "text" and not part.is_multipart())
        return next((part for part in texts if part.get_content_subtype() in kinds), None)


def _line(mail: EmailMessage, name: str) -> str:
    """A header's first value, in one line; empty where there is none or it cannot be read."""
    try:
        return " ".join(str(mail.get(name, "")).replace("\x00", "").split())
    except _UNREADABLE:
        return ""


def _address(mail: EmailMessage, name: str) -> str | None:
    found = [address for _, address in getaddresses([_line(mail, name)]) if "@" in address]
    return found[0].strip().lower()[:320] if found else None
