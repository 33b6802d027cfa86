"""DKIM signatures (RFC 6376, RFC 8463): relaxed headers and body, RSA or Ed25519."""

import base64
import hashlib
import re
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_SIGNED = (
    "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding",
    "auto-submitted", "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip
_BLANKS = re.compile(rb"[ \t]{2,}|\t")


class DkimSigner:
    """Signs for one domain. Raises ValueError where the key file holds neither an RSA nor an Ed25519 key."""

    def __init__(self, *, domain: str, selector: str, key_file: Path) -> None:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
            raise ValueError(f"{key_file} holds neither an RSA nor an Ed25519 key.")
        self._key = key
        self._domain, self._selector = domain, selector

    def sign(self, mail: bytes, *, at: int) -> bytes:
        """The mail with its signature in front. `mail` has CRLF; `at` is the Unix time of signing."""
        head, _, body = mail.partition(b"\r\n\r\n")
        fields = [_relaxed_field(field) for field in re.split(rb"\r\n(?![ \t])", head)]
        there = {name: (name, value) for name, value in fields}  # the last of a name is signed first, and we have one
        names = [name for name in _SIGNED if name.encode() in there]
        body_hash = base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode()
        algorithm = "rsa-sha256" if isinstance(self._key, RSAPrivateKey) else "ed25519-sha256"
        tags = (
            f"v=1; a={algorithm}; c=relaxed/relaxed; d={self._domain}; s={self._selector}; t={at};\r\n"
            f" h={':'.join(names)};\r\n bh={body_hash};\r\n b="
        )
        name, value = _relaxed_field(b"DKIM-Signature: " + tags.encode())
        signed = b"".join(b"%s:%s\r\n" % there[name.encode()] for name in names) + b"%s:%s" % (name, value)
        signature = base64.b64encode(self._signature(signed)).decode()
        folded = "\r\n ".join(signature[start : start + 70] for start in range(0, len(signature), 70))
        return b"DKIM-Signature: " + (tags + folded).encode() + b"\r\n" + mail

    def _signature(self, signed: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(signed, PKCS1v15(), hashes.SHA256())
        return self._key.sign(hashlib.sha256(signed).digest())


def _relaxed_field(field: bytes) -> tuple[bytes, bytes]:
    name, _, value = field.partition(b":")
    return name.strip().lower(), re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()


def _relaxed_body(body: bytes) -> bytes:
    text = _BLANKS.sub(b" ", body).replace(b" \r\n", b"\r\n").rstrip(b" \r\n")
    return text + b"\r\n" if text else b""
