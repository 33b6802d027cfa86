"""Tokens of sign-ins: a signed access token of 15 minutes (JWT), and a refresh token that is new after every use.

The successor of a refresh token is derived from it with our key. So two tabs that send the same one within the
grace get the very same successor, though only hashes are stored; and a signature tells an old one of ours, whose
use means that somebody copied it, from a guess.
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import msgspec

from bedside.accounts.permissions import Role, SignedIn
from bedside.kit.http.problems import Unauthenticated
from bedside.kit.tokens import new_token

ACCESS_LASTS = timedelta(minutes=15)
LINK_LASTS = timedelta(minutes=30)  # what a link opens; there is no refreshing it, only opening the link again
_ALGORITHM = "HS256"


def derived_key(secret_key: str, purpose: str) -> str:
    """A key for one purpose, so that what one signs is worth nothing to another."""
    return hmac.new(secret_key.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def access_token(
    *,
    secret_key: str,
    now: datetime,
    role: Role,
    kind: str = "script",
    id: int | None = None,
    name: str = "Command line",
    hospital_ids: frozenset[int] | None = None,
    session_id: int | None = None,
    language: str = "en",
    owner_id: int | None = None,
    link_id: int | None = None,
    lasts: timedelta = ACCESS_LASTS,
) -> str:
    """An access token: who, with which role, at which hospitals (None: every one), for which owner, by which link,
    until when."""
    claims: dict[str, Any] = {
        "sub": f"{kind}:{id if id is not None else ''}",
        "kind": kind,
        "name": name,
        "role": role,
        "hospitals": None if hospital_ids is None else sorted(hospital_ids),
        "sid": session_id,
        "lang": language,
        "own": owner_id,
        "link": link_id,
        "iat": now.timestamp(),
        "exp": (now + lasts).timestamp(),
    }
    return jwt.encode(claims, derived_key(secret_key, "access token"), algorithm=_ALGORITHM)


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token says: who, and from when until when."""

    user: SignedIn
    issued: datetime
    expires: datetime


def read_token(token: str, *, key: str) -> AccessToken:
    """What the access token says, be it over or not; `key` is `derived_key(secret, "access token")`.

    Raises Unauthenticated for one that we did not sign.
    """
    try:
        # the time is ours to check: PyJWT would read the machine's clock
        claims = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            options={"verify_exp": False, "verify_iat": False, "require": ["sub", "exp", "iat"], "verify_sub": False},
        )
        expires = datetime.fromtimestamp(claims["exp"], UTC)
        issued = datetime.fromtimestamp(claims["iat"], UTC)
        id = str(claims["sub"]).partition(":")[2]
        hospitals = claims["hospitals"]
        user = SignedIn(
            kind=claims["kind"],
            id=int(id) if id else None,
            name=claims["name"],
            role=Role(claims["role"]),
            hospital_ids=None if hospitals is None else frozenset(hospitals),
            session_id=claims["sid"],
            language=claims["lang"],
            owner_id=claims.get("own"),
            link_id=claims.get("link"),
        )
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, OverflowError):
        raise Unauthenticated(
            "The token is not one that was issued here.", next_step="Sign in again to get a new one."
        ) from None
    return AccessToken(user=user, issued=issued, expires=expires)


def first_refresh_token(session_id: int, *, key: str) -> str:
    """The refresh token that a session begins with; `key` is `derived_key(secret, "refresh token")`."""
    return _signed(session_id, new_token(), key=key)


def next_refresh_token(token: str, *, key: str) -> str:
    """The successor of a refresh token: always the same one."""
    session_id = token.partition(".")[0]
    value = hmac.new(key.encode(), b"next " + token.encode(), hashlib.sha256).digest()[:16]
    return _signed(int(session_id), base64.urlsafe_b64encode(value).decode().rstrip("="), key=key)


def session_of(token: str, *, key: str) -> int | None:
    """The session that a refresh token of ours belongs to, however old it is; None for what we never issued."""
    head, _, signature = token.rpartition(".")
    session_id = head.partition(".")[0]
    if not token.isascii() or not session_id.isdecimal() or len(session_id) > 18:
        return None
    return int(session_id) if hmac.compare_digest(signature, _signature(head, key=key)) else None


def _signed(session_id: int, value: str, *, key: str) -> str:
    head = f"{session_id}.{value}"
    return f"{head}.{_signature(head, key=key)}"


def _signature(head: str, *, key: str) -> str:
    digest = hmac.new(key.encode(), b"ours " + head.encode(), hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
