"""Mail put together by hand says what the library's says, header by header and part by part."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bedside.messaging.providers.outcomes import Attachment, Outgoing
from bedside.messaging.providers.smtp.mime import build, build_with_library
from bedside.messaging.providers.smtp.quick_mime import build_quickly

ID = "<message.7@hospital.example>"
words = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=200)
names = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=60).map(lambda name: " ".join(name.split()))
lines = st.text(st.characters(blacklist_categories=("Cs", "Cc"), whitelist_characters="\n"), min_size=1, max_size=400)


def outgoing(**more: object) -> Outgoing:
    """A mail of words alone."""
    given = {
        "message_id": 7, "channel": "email", "to": "maria@example.org", "sender_address": "news@hospital.example",
        "purpose": "marketing", "language": "en", "subject": "Hello", "body": "Come in", "html": "<p>Come in</p>",
        "sending_at": datetime(2027, 3, 1, 14, 0, tzinfo=UTC),
    }  # fmt: skip
    return Outgoing(**(given | more))  # type: ignore[arg-type]


def read(mail: bytes) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """What a mail program reads: headers, and each part's kind and text."""
    message = message_from_bytes(mail, policy=SMTP)
    assert isinstance(message, EmailMessage)
    headers = {name.lower(): str(value) for name, value in message.items()}
    headers.pop("content-type")
    headers.pop("content-transfer-encoding", None)
    parts = [(part.get_content_type(), part.get_content()) for part in message.walk() if not part.is_multipart()]
    return headers, parts


@given(subject=words, from_name=names, to_name=names, body=lines, html=st.none() | lines)
@example(subject="=?utf-8?q?Hello?=", from_name='A "B" \\ C', to_name="Ñ" * 80, body=".\n.\nFrom me ", html="=_7_")
@example(subject="a " * 90, from_name="", to_name="x" * 90, body=" \n", html="--=_7_alternative--\n" * 3)
@settings(max_examples=300, deadline=None)
def test_it_reads_as_the_librarys_does(subject: str, from_name: str, to_name: str, body: str, html: str | None) -> None:
    message = outgoing(subject=subject, from_name=from_name, to_name=to_name, body=body, html=html)
    quick = build_quickly(message, ID)
    if quick is None:  # a long name, in signs that are encoded
        assert max(len(from_name.encode()), len(to_name.encode())) > 40
        return
    assert all(len(line) <= 998 for line in quick.split(b"\r\n"))
    assert b"\n" not in quick.replace(b"\r\n", b"")
    headers, parts = read(quick)
    expected, as_parts = read(build_with_library(message, ID))
    assert parts == as_parts
    if "=?" in subject:  # the library takes it for encoded words
        expected["subject"] = subject
    assert _in_one_line(headers) == _in_one_line(expected)


def _in_one_line(headers: dict[str, str]) -> dict[str, str]:
    return {name: " ".join(value.split()) for name, value in headers.items()}


@pytest.mark.parametrize(
    "more",
    [
        {"to": "mar ia@example.org"},
        {"to": "maria@exämple.org"},
        {"to": "maria@example.org\r\nBcc: all@example.org"},
        {"to": "a" * 70 + "@example.org"},
        {"calendar": "BEGIN:VCALENDAR"},
        {"attachments": (Attachment(name="a.pdf", content=b"a", media_type="application/pdf"),)},
        {"in_reply_to": "<1@example.org>"},
    ],
)
def test_what_is_unusual_is_left_to_the_library(more: dict[str, object]) -> None:
    assert build_quickly(outgoing(**more), ID) is None


def test_one_click_ends_it_in_either_way_of_making_it() -> None:
    for more in ({}, {"in_reply_to": "<1@example.org>"}):
        mail = build(outgoing(unsubscribe_url="https://crm.example.org/u/" + "x" * 100, **more))
        assert b"List-Unsubscribe: <https://crm.example.org/u/" + b"x" * 100 + b">\r\n" in mail
