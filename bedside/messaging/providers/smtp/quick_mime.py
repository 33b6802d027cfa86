"""The same mail as `mime.build` makes, where it is words alone: put together by hand, in a tenth of the time.

A campaign is a million of these, and the library parses each header anew. What is unusual (an address with signs of its
own, a file, a calendar) is left to the library; a test holds the two together.
"""

import binascii
import re
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache

from bedside.messaging.providers.outcomes import Outgoing

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
)
_PLAIN = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~.,;:@()-]*")
_ONE_WORD = 40  # bytes that fit into one encoded word (RFC 2047, 2)
_LONGEST = 60  # of what stands in a header unfolded, beside its name and an address


def build_quickly(message: Outgoing, message_id: str) -> bytes | None:
    """The headers and the body; None where the library must make it."""
    if message.calendar or message.attachments or message.in_reply_to is not None:
        return None
    if not _ADDRESS.fullmatch(message.to) or not _ADDRESS.fullmatch(message.sender_address):
        return None
    if len(message.to) > _LONGEST or len(message.sender_address) > _LONGEST or not message.language.isascii():
        return None
    sender, recipient = _named(message.from_name, message.sender_address), _named(message.to_name, message.to)
    if sender is None or recipient is None:
        return None
    subject = " ".join((message.subject or "").split())
    head = (
        f"From: {sender}\r\n"
        f"To: {recipient}\r\n"
        f"Subject: {_words(subject, 9)}\r\n"
        f"Date: {_date(message.sending_at)}\r\n"
        f"Message-ID: {message_id}\r\n"
        "Auto-Submitted: auto-generated\r\n"
        f"Content-Language: {message.language}\r\n"
        "MIME-Version: 1.0\r\n"
    )
    if not message.html:
        return head.encode() + _part("plain", message.body)
    # "=_" never stands in what is quoted-printable (RFC 2045, 6.7)
    boundary = f"=_{message.message_id}_alternative"
    return b"".join(
        (
            head.encode(),
            f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n--{boundary}\r\n'.encode(),
            _part("plain", message.body),
            f"\r\n--{boundary}\r\n".encode(),
            _part("html", message.html),
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )


@lru_cache(maxsize=16)
def _date(at: datetime) -> str:  # the same for all that were taken at once
    return format_datetime(at)


def _part(kind: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    lines += "" if lines.endswith("\n") else "\n"
    encoded = binascii.b2a_qp(lines.encode(), istext=True).replace(b"\n", b"\r\n")
    return (
        f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'.encode()
        + encoded
    )


@lru_cache(maxsize=4096)
def _named(name: str, address: str) -> str | None:
    """A mailbox; the hospital's own is the same in every mail. None for a name that needs more than one encoded word,
    which programs put together again in several ways."""
    if any(sign < " " for sign in name):  # the library refuses what could begin a header of its own
        return None
    name = " ".join(name.split())
    if not name:
        return address
    if _is_plain(name):
        shown = f'"{name}"'
    elif len(name.encode()) <= _ONE_WORD:
        shown = Header(name, "utf-8").encode()
    else:
        return None
    return f"{shown}\r\n <{address}>" if len(shown) + len(address) > _LONGEST else f"{shown} <{address}>"


def _words(text: str, used: int) -> str:
    if _is_plain(text):
        return text
    return Header(text, "utf-8", maxlinelen=75, continuation_ws=" ").encode(linesep="\r\n", maxlinelen=75 - used)


def _is_plain(text: str) -> bool:
    return len(text) <= _LONGEST and "=?" not in text and _PLAIN.fullmatch(text) is not None
