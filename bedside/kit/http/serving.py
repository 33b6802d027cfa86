"""The application as uvicorn calls it: HEAD, request ids, counts and times around everything that Litestar does."""

import re
import secrets
import time
from typing import Any

import structlog
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, ControllerRouterHandler, Message, Receive, Scope, Send
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

from bedside.kit.http.parameters import hold_whole_numbers

REQUESTS = Counter("bedside_http_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "bedside_http_request_seconds",
    "From the request's first byte to the answer's last.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger()


def metrics() -> tuple[bytes, str]:
    """Everything counted in this process, as Prometheus reads it, and its media type."""
    return generate_latest(), CONTENT_TYPE_LATEST


class Application(Litestar):
    """Litestar, which answers HEAD wherever it answers GET, and gives each request an id that the log repeats."""

    def register(self, value: ControllerRouterHandler) -> None:  # type: ignore[override]
        """Takes in a handler, whose whole numbers are held within bounds before it is read."""
        if isinstance(value, HTTPRouteHandler):
            hold_whole_numbers(value)
        super().register(value)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        await _observed(super().__call__, scope, receive, send)


async def _observed(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    method = str(scope["method"])  # type: ignore[typeddict-item]  # an HTTP scope
    is_head = method == "HEAD"
    if is_head:
        scope = {**scope, "method": "GET"}  # type: ignore[assignment]
    request_id = _request_id(scope)
    scope.setdefault("state", {})["request_id"] = request_id
    scope["state"]["method"] = method  # as it was asked: whoever counts readers needs to know
    structlog.contextvars.bind_contextvars(request=request_id)
    began = time.perf_counter()
    status = 500

    async def observe(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
        elif is_head and message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    try:
        await app(scope, receive, observe)
    finally:
        route = str(scope.get("path_template") or "(none)")
        seconds = time.perf_counter() - began
        REQUESTS.labels(method, route, status).inc()
        SECONDS.labels(method, route).observe(seconds)
        if seconds > 1:
            log.warning("slow_request", method=method, route=route, status=status, seconds=round(seconds, 3))
        structlog.contextvars.unbind_contextvars("request")


def _request_id(scope: Scope) -> str:
    """The id that a proxy in front has given, where it looks like one; else one of our own."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            return value.decode()
    return secrets.token_hex(8)
