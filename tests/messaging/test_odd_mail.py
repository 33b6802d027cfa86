"""Mail broken in any way that a mail can be: it is read as far as that goes, or set aside, and breaks nothing."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bedside.messaging.providers.smtp import incoming
from bedside.messaging.reports import Malformed

WHOLE = b"""Return-Path: <maria@example.org>\r
Delivered-To: hello@bedside.example.org\r
From: "Maria" <maria@example.org>\r
Subject: =?utf-8?q?Mi_rodilla?=\r
Message-ID: <1@mailbox.example.org>\r
References: <message.4@bedside.example.org> <2@mailbox.example.org>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="b1"\r
\r
--b1\r
Content-Type: multipart/related; boundary=b2\r
\r
--b2\r
Content-Type: text/html; charset=iso-8859-1\r
Content-Transfer-Encoding: quoted-printable\r
\r
<p>Hola=20</p>\r
--b2\r
Content-Type: image/png; name="=?utf-8?b?w6kucG5n?="\r
Content-Disposition: inline; filename*=UTF-8''%C3%A9.png\r
Content-Transfer-Encoding: base64\r
\r
%s\r
--b2--\r
--b1\r
Content-Type: application/pdf\r
Content-Disposition: attachment; filename="a.pdf"; size=12\r
Content-Transfer-Encoding: base64\r
\r
JVBERi0xLjcK\r
--b1\r
Content-Type: application/pkcs7-signature; name="smime.p7s"\r
Content-Disposition: attachment; filename="smime.p7s"\r
\r
x\r
--b1--\r
""".replace(b"%s", b"QUJD" * 600)
PIECES = [
    b"=?utf-8?", b"?=", b"*0*=", b"''", b'"', b";", b"\r\n", b"\r\n\r\n", b"\0", b"\xff", b"charset=", b"name*=", b"<",
    b">", b"multipart/", b"%", b"(", b"\\", b"base64", b"x-uuencode", b"--b1", b"--b2--", b"[", b"]", b",", b":", b" ",
    b"",
]  # fmt: skip
cuts = st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 30), st.sampled_from(PIECES))


def test_a_whole_mail_is_read_with_its_files_and_without_its_seal() -> None:
    read = incoming.inbound(WHOLE, receipt_id=7)
    assert (read.body, read.subject, read.from_address) == ("Hola", "Mi rodilla", "maria@example.org")
    assert [(one.name, one.media_type, one.reference) for one in read.files] == [
        ("é.png", "image/png", "7:0"),
        ("a.pdf", "application/pdf", "7:1"),
    ]
    assert incoming.file_in(WHOLE, 1) == b"%PDF-1.7\n"
    assert incoming.file_in(WHOLE, 2) is None
    assert read.references == "<message.4@bedside.example.org> <2@mailbox.example.org>"


@settings(max_examples=300)
@given(st.lists(cuts, min_size=1, max_size=6))
@example([(WHOLE.index(b"<1@mailbox") + 1, 0, b"[")])
@example([(WHOLE.index(b"iso-8859-1"), 3, b"\0")])
def test_a_mail_broken_anywhere_is_read_or_set_aside(broken: list[tuple[int, int, bytes]]) -> None:
    raw = WHOLE
    for at, length, piece in broken:
        raw = raw[:at] + piece + raw[at + length :]
    try:
        read = incoming.inbound(raw, receipt_id=7)
    except Malformed:
        return
    for file in read.files:
        content = incoming.file_in(raw, int(file.reference.partition(":")[2]))
        assert content is None or isinstance(content, bytes)


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"From: x", b"\0" * 100, b"--b1\r\n" * 50])
def test_what_is_no_mail_at_all_is_set_aside(raw: bytes) -> None:
    with pytest.raises(Malformed):
        incoming.inbound(raw)
