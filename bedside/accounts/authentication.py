"""Who comes: `scope["user"]` is set from a bearer token, an API key or the portal's cookies, or None.

A token that is no good refuses nothing by itself: `scope["auth"]` keeps what is wrong with it, and a route that asks
for somebody says so. A browser whose access token is over, but whose refresh token is good, gets new ones on the way.
"""

from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.datastructures.headers import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from bedside.accounts import api_keys, cookies
from bedside.accounts.gate import Gate
from bedside.accounts.permissions import SignedIn
from bedside.accounts.revocations import SIGNED_OUT
from bedside.kit.http.problems import Unauthenticated
from bedside.kit.http.request import is_public

FOREIGN_PAGE = 4403


class Authentication:
    """ASGI middleware around every route. `public_url` tells whether cookies are for https, and our own origin.

    The gate is that of the application's state.
    """

    def __init__(self, app: ASGIApp, *, public_url: str) -> None:
        self.app = app
        self._secure = public_url.startswith("https://")
        self._origin = urlsplit(public_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Recognises, and passes on."""
        scope["user"], scope["auth"] = None, None
        if scope["path"].startswith("/static/"):  # a page asks for many at once; none of them is anybody's
            await self.app(scope, receive, send)
            return
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        address = connection.client.host if connection.client else None
        fresh: list[Cookie] = []
        foreign = False
        try:
            if given := connection.headers.get("authorization"):
                scope["user"] = await self._by_header(_gate(connection), given, address)
            elif cookies.ACCESS in connection.cookies or cookies.REFRESH in connection.cookies:
                foreign = scope["type"] == ScopeType.WEBSOCKET and not self._is_ours(connection)
                scope["user"] = None if foreign else await self._by_cookie(connection, address, fresh)
        except Unauthenticated as fault:
            fault.headers.setdefault("WWW-Authenticate", "Bearer")
            scope["auth"] = fault
        if scope["type"] == ScopeType.WEBSOCKET and scope["user"] is None and not is_public(scope):
            await receive()
            await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
            await send({"type": "websocket.close", "code": FOREIGN_PAGE if foreign else SIGNED_OUT, "reason": ""})
            return
        await self.app(scope, receive, _with_cookies(send, fresh) if fresh else send)

    async def _by_header(self, gate: Gate, given: str, address: str | None) -> SignedIn:
        scheme, _, token = given.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Authorization is not a bearer token.", next_step="Send `Authorization: Bearer ...`.")
        if token.startswith(api_keys.PREFIX):
            return await gate.recognise_key(token, address=address)
        return gate.recognise_token(token, address=address)

    async def _by_cookie(
        self, connection: ASGIConnection[Any, Any, Any, Any], address: str | None, fresh: list[Cookie]
    ) -> SignedIn | None:
        gate = _gate(connection)
        try:
            return gate.recognise_token(connection.cookies.get(cookies.ACCESS, ""), address=address)
        except Unauthenticated:
            refresh_token = connection.cookies.get(cookies.REFRESH)
            if not refresh_token:
                raise
        if connection.scope["type"] == ScopeType.WEBSOCKET:
            return await gate.peek(refresh_token, address=address)
        try:
            grant = await gate.refresh(refresh_token, address=address)
        except Unauthenticated:
            fresh += cookies.cleared_cookies(secure=self._secure)
            raise
        fresh += cookies.cookies_of(grant, secure=self._secure, now=gate.database.clock.now())
        return grant.user

    def _is_ours(self, connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
        """Whether the page that opens a WebSocket is one of ours; programs that are no browsers send no origin."""
        origin = connection.headers.get("origin")
        return origin is None or urlsplit(origin).netloc in (connection.headers.get("host"), self._origin)


def _gate(connection: ASGIConnection[Any, Any, Any, Any]) -> Gate:
    gate: Gate = connection.app.state.gate
    return gate


def _with_cookies(send: Send, fresh: list[Cookie]) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableScopeHeaders.from_message(message)
            taken = {value.partition("=")[0] for value in headers.getall("set-cookie", [])}
            for cookie in fresh:
                # what the handler itself sets (signing out, signing in as somebody else) holds
                if cookie.key not in taken:
                    headers.add("set-cookie", cookie.to_header(header=""))
        await send(message)

    return wrapped
