"""Headers that every answer carries, errors and static files too: set when an answer leaves, not in the handlers."""

from litestar.types import Message, Scope

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
# What somebody sees who is signed in is about patients: no browser keeps it for whoever sits down at the desk next.
_NOT_KEPT = (b"cache-control", b"no-store")


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Litestar `before_send` hook; a handler that set its own policy (the mail builder's frame) keeps it."""
    if message["type"] != "http.response.start":
        return
    # bytes as they are: through Litestar's mutable headers this took as long as routing the request
    there = {name.lower() for name, _ in message["headers"]}
    kept = () if scope.get("user") is None else (_NOT_KEPT,)
    added = (header for header in (*_HEADERS, *kept) if header[0] not in there)
    message["headers"] = [*message["headers"], *added]
