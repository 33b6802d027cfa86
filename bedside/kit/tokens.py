"""Secrets for public links and keys: 128 random bits in the link, only their hash at rest (DESIGN.md section 4)."""

import hashlib
import secrets


def new_token() -> str:
    """128 random bits, 22 characters that stand in any URL."""
    return secrets.token_urlsafe(16)


def new_code(digits: int = 6) -> str:
    """A short code of decimal digits for somebody to type in; guard it with a limit on attempts."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def hashed(token: str) -> bytes:
    """What is stored of a token. Random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(token.encode()).digest()
