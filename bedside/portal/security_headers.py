"""Headers that every answer carries, errors and static files too: set when an answer leaves, not in the handlers."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Litestar `before_send` hook; a handler that set its own policy (the mail builder's frame) keeps it."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    headers.setdefault("content-security-policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("x-content-type-options", "nosniff")
    headers.setdefault("referrer-policy", "same-origin")
    headers.setdefault("permissions-policy", "camera=(), geolocation=(), microphone=()")
    headers.setdefault("cross-origin-opener-policy", "same-origin")
