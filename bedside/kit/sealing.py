"""What must not be read by who can read the database: sealed with AES-256-GCM under a key derived from the secret key.

`context` (what it is and whose, "owner tax number 7") is bound into the seal: moved to another row it does not open.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE = 12  # bytes, NIST SP 800-38D 8.2

_key: AESGCM | None = None


class SealBroken(Exception):
    """Sealed under another secret key, for something else, or damaged."""


def install_sealing_key(secret_key: str) -> None:
    """Hands over the secret key that the sealing key is derived from. Called once, by app, worker and command line."""
    global _key  # only settings reads the environment, and it lies above
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bedside sealing 1").derive(secret_key.encode())
    _key = AESGCM(derived)


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


def masked(text: str, *, shown: int = 4) -> str:
    """What of a number may be shown: its last signs, `•••• 4321`."""
    plain = "".join(text.split())
    return f"•••• {plain[-shown:]}" if len(plain) > shown else "••••"


def _installed() -> AESGCM:
    if _key is None:
        raise RuntimeError("no sealing key was installed")
    return _key
