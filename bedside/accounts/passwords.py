"""Passwords: Argon2id, in a thread of its own, with the same work done for an address that nobody has."""

import secrets

import anyio.to_thread
from anyio import CapacityLimiter
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bedside.accounts.model import PasswordRefused

# OWASP's second choice of parameters (19 MiB, two passes): some 20 ms, and two at once do not fill a small machine
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = 2
_NOBODYS = _HASHER.hash("nobody's password")
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is mistaken for something else

_limiter: CapacityLimiter | None = None


def _one_of_few() -> CapacityLimiter:
    global _limiter
    if _limiter is None:
        _limiter = CapacityLimiter(_AT_ONCE)
    return _limiter


async def password_hash(password: str) -> str:
    """What is stored of a password."""
    return await anyio.to_thread.run_sync(_HASHER.hash, password, limiter=_one_of_few())


async def matches(stored: str | None, password: str) -> bool:
    """Whether it is the password. Without a stored one the same time passes, and it is not."""
    found = await anyio.to_thread.run_sync(_matches, stored or _NOBODYS, password, limiter=_one_of_few())
    return found and stored is not None


def _matches(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def new_password() -> str:
    """A password that can be read out: four groups of four, some 79 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))


def check_password(password: str, *, email: str, name: str) -> None:
    """Raises PasswordRefused (422) for one's own name or address, or one of few different characters."""
    plain = password.casefold()
    own = {email.casefold(), email.casefold().partition("@")[0], name.casefold(), name.casefold().replace(" ", "")}
    if plain in own or len(set(password)) < 5 or plain in ("password123", "1234567890", "qwertyuiop"):
        raise PasswordRefused(
            "This password is too easy to guess.", pointer="/password", next_step="Take three or four unrelated words."
        )
