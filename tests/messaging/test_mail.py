"""Mail as it travels: parts in order, a calendar, an envelope nobody can make up, and signatures that others accept."""

from base64 import b64encode
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bedside.messaging.providers.outcomes import Attachment, Outgoing
from bedside.messaging.providers.smtp.dkim import DkimSigner
from bedside.messaging.providers.smtp.mime import build
from bedside.messaging.providers.smtp.verp import envelope_sender, message_of

CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"


def mail(**more: Any) -> Outgoing:
    """A mail to Maria."""
    given: dict[str, Any] = {
        "message_id": 7,
        "channel": "email",
        "sender_address": "hello@bellevue.example.org",
        "to": "maria@example.org",
        "purpose": "transactional",
        "language": "es",
        "subject": "Su cita: mañana a las 10",
        "body": "Hola María,\n\nsu cita es mañana.\n.\nHasta pronto.",
        "html": "<p>Hola María</p>" + "x" * 2000,
        "from_name": "Bellevue “General”, Ärzte",
        "to_name": "María López",
        "sending_at": datetime(2027, 3, 1, 14, tzinfo=UTC),
    }
    return Outgoing(**(given | more))


def test_parts_stand_in_the_order_that_mail_programs_expect() -> None:
    parsed = message_from_bytes(build(mail(calendar=CALENDAR)), policy=policy.default)
    parts = list(parsed.iter_parts())
    assert parsed.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "text/calendar"]
    assert parts[2]["content-type"].params["method"] == "CANCEL"
    assert parts[0].get_content().replace("\r\n", "\n") == "Hola María,\n\nsu cita es mañana.\n.\nHasta pronto.\n"
    assert parsed["from"].addresses[0].display_name == "Bellevue “General”, Ärzte"
    assert max(len(line) for line in build(mail()).split(b"\r\n")) < 998


def test_a_file_goes_beside_the_words_and_not_among_them() -> None:
    letter = Attachment(
        name="Estado de cuenta.pdf", media_type="application/pdf", content=b"%PDF-1.7 " + bytes(range(256))
    )
    parsed = message_from_bytes(build(mail(attachments=(letter,))), policy=policy.default)
    assert parsed.get_content_type() == "multipart/mixed"
    words, file = parsed.iter_parts()
    assert [part.get_content_type() for part in words.iter_parts()] == ["text/plain", "text/html"]
    assert (file.get_content_type(), file.get_filename()) == ("application/pdf", "Estado de cuenta.pdf")
    assert file.get_content_disposition() == "attachment"
    assert file.get_content() == letter.content
    body = parsed.get_body(("plain",))
    assert body is not None
    assert body.get_content().startswith("Hola María")


@pytest.mark.filterwarnings("default")
def test_a_mail_with_a_file_is_signed_like_any_other(tmp_path: Path) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    file = tmp_path / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    letter = Attachment(name="كشف.pdf", media_type="application/pdf", content=b"%PDF")
    signed = DkimSigner(domain="bellevue.example.org", selector="s", key_file=file).sign(
        build(mail(attachments=(letter,))), at=1_700_000_000
    )
    record = b"v=DKIM1; k=ed25519; p=" + b64encode(public)
    assert dkim.verify(signed, dnsfunc=lambda name, timeout=5: record)
    parts = list(message_from_bytes(signed, policy=policy.default).iter_attachments())
    assert [part.get_filename() for part in parts] == ["كشف.pdf"]


def test_only_news_offers_to_unsubscribe() -> None:
    offered = {"unsubscribe_url": "https://crm.example.org/u/abc"}
    assert "List-Unsubscribe" not in message_from_bytes(build(mail(**offered)))
    news = message_from_bytes(build(mail(purpose="marketing", **offered)))
    assert news["List-Unsubscribe"] == "<https://crm.example.org/u/abc>"
    assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_a_header_carries_cannot_begin_another() -> None:
    parsed = message_from_bytes(build(mail(subject="Hello\r\nBcc: all@example.org")))
    assert parsed["Bcc"] is None
    with pytest.raises(ValueError, match="CR or LF"):
        build(mail(from_name="Bellevue\r\nBcc: all@example.org"))


def test_a_bounce_names_its_message_and_cannot_be_made_up() -> None:
    address = envelope_sender(7, domain="bellevue.example.org", secret="one")
    assert message_of(f"<{address}>", secret="one") == 7
    assert message_of(address, secret="another") is None
    assert message_of(address.replace("+7.", "+8."), secret="one") is None


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@pytest.mark.filterwarnings("default")
def test_signatures_are_accepted_by_another_implementation(kind: str, tmp_path: Path) -> None:
    import base64

    key: Any
    if kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        key = ed25519.Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    file = tmp_path / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    signer = DkimSigner(domain="bellevue.example.org", selector="s1", key_file=file)
    news = {"purpose": "marketing", "unsubscribe_url": "https://crm.example.org/u/abc"}
    signed = signer.sign(build(mail(calendar=CALENDAR, **news)), at=1_700_000_000)
    record = f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}".encode()

    def published(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"s1._domainkey.bellevue.example.org."
        return record

    assert dkim.verify(signed, dnsfunc=published)
    assert not dkim.verify(signed.replace(b"One-Click", b"Two-Click"), dnsfunc=published)
    assert not dkim.verify(signed.replace(b"cita", b"cena"), dnsfunc=published)
