"""What must not be read by who can read the database: sealed with AES-256-GCM under a key derived from the secret key.

`context` (what it is and whose, "owner tax number 7") is bound into the seal: moved to another row it does not open.
"""

import base64
import binascii
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE = 12  # bytes, NIST SP 800-38D 8.2

_SIGNATURE = 16  # bytes: as many as a random token has

_key: AESGCM | None = None
_signing_key: bytes | None = None


class SealBroken(Exception):
    """Sealed under another secret key, for something else, or damaged."""


def install_sealing_key(secret_key: str) -> None:
    """Hands over the secret key that the sealing key is derived from. Called once, by app, worker and command line."""
    global _key, _signing_key  # only settings reads the environment, and it lies above
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bedside sealing 1").derive(secret_key.encode())
    _key = AESGCM(derived)
    _signing_key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bedside signing 1").derive(secret_key.encode())


def seal(text: str, *, context: str) -> bytes:
    """The text, sealed; a different result each time."""
    nonce = secrets.token_bytes(_NONCE)
    return _VERSION + nonce + _installed().encrypt(nonce, text.encode(), context.encode())


def unseal(sealed: bytes, *, context: str) -> str:
    """The text again. Raises SealBroken."""
    if sealed[:1] != _VERSION:
        raise SealBroken("sealed by another version")
    nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    try:
        return _installed().decrypt(nonce, body, context.encode()).decode()
    except InvalidTag:
        raise SealBroken("sealed under another key, or for something else") from None


def can_sign() -> bool:
    """Whether a secret key was installed."""
    return _signing_key is not None


def signed(text: str, *, context: str) -> str:
    """The text as a token for a link: anybody can read what stands in it, nobody else can make one. Nothing is kept."""
    body = text.encode()
    return base64.urlsafe_b64encode(_signature(body, context) + body).decode().rstrip("=")


def signed_text(token: str, *, context: str) -> str | None:
    """What a token says; None where it is not ours, or was made for something else."""
    try:
        read = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        mark, body = read[:_SIGNATURE], read[_SIGNATURE:]
        text = body.decode() if hmac.compare_digest(mark, _signature(body, context)) else None
    except (ValueError, binascii.Error):
        return None
    # one token says one thing, spelled one way
    return text if text is not None and signed(text, context=context) == token else None


def _signature(body: bytes, context: str) -> bytes:
    if _signing_key is None:
        raise RuntimeError("no sealing key was installed")
    return hmac.digest(_signing_key, context.encode() + b"\0" + body, "sha256")[:_SIGNATURE]


def masked(text: str, *, shown: int = 4) -> str:
    """What of a number may be shown: its last signs, `•••• 4321`."""
    plain = "".join(text.split())
    return f"•••• {plain[-shown:]}" if len(plain) > shown else "••••"


def _installed() -> AESGCM:
    if _key is None:
        raise RuntimeError("no sealing key was installed")
    return _key
