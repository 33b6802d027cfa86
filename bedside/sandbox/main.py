"""Starting the sandbox: one HTTP port for every wire and the page, one SMTP port."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from litestar import Litestar
from litestar.types import Message, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bedside.kit.clock import Clock, SystemClock
from bedside.sandbox import pages, routes, twilio, whatsapp_cloud
from bedside.sandbox.accounts import DEMONSTRATION, SandboxAccounts
from bedside.sandbox.mail import start_smtp
from bedside.sandbox.outside import Outside, Pace
from bedside.sandbox.webhooks import verify_when_up


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's own, with the transport in the scope, so that a fault can cut a connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["bedside.transport"] = self.transport  # type: ignore[typeddict-unknown-key]


def create_app(
    *,
    accounts: SandboxAccounts = DEMONSTRATION,
    product: str | None = None,
    public_url: str | None = None,
    smtp_port: int | None = None,
    host: str = "127.0.0.1",
    bounces_to: str | None = None,
    mail_to: str | None = None,
    clock: Clock | None = None,
    pace: Pace | None = None,
) -> Litestar:
    """The application. `product` is the address whose webhooks are called (`public_url` the one that is signed, see
    `serve`); without it nothing is told to anybody but the StatusCallbacks named in sends. `smtp_port` 0 takes a free
    one (it is then in `app.state.smtp_port`), None opens none. `mail_to` is where the product takes mail, as
    host:port."""
    outside = Outside(
        accounts=accounts,
        product=product,
        public_url=public_url,
        bounces_to=bounces_to,
        mail_to=mail_to,
        clock=clock or SystemClock(),
        pace=pace or Pace(),
    )

    @contextlib.asynccontextmanager
    async def open_for_business(app: Litestar) -> AsyncIterator[None]:
        smtp = None if smtp_port is None else await start_smtp(outside, host=host, port=smtp_port)
        if smtp is not None:
            app.state.smtp_port = smtp.sockets[0].getsockname()[1]
        if outside.product is not None:
            outside.start(verify_when_up(outside))
        try:
            yield
        finally:
            if smtp is not None:
                smtp.close()
            await outside.close()

    async def add_headers(message: Message, _: Scope) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = pages.with_security_headers(message["headers"])

    app = Litestar(
        route_handlers=[twilio.router, whatsapp_cloud.router, routes.router, pages.router],
        lifespan=[open_for_business],
        before_send=[add_headers],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=16 * 1024 * 1024,
    )
    app.state.outside = outside
    return app


class _Server(uvicorn.Server):
    """Open streams end when the sandbox does, instead of holding it up."""

    def __init__(self, config: uvicorn.Config, outside: Outside) -> None:
        super().__init__(config)
        self._outside = outside

    async def shutdown(self, sockets: Any = None) -> None:
        self._outside.closing.set()
        self._outside.phones.tell()
        await super().shutdown(sockets)


async def serve(
    *,
    host: str = "127.0.0.1",
    port: int,
    smtp_port: int,
    accounts: SandboxAccounts = DEMONSTRATION,
    product: str | None = None,
    public_url: str | None = None,
    bounces_to: str | None = None,
    mail_to: str | None = None,
    clock: Clock | None = None,
    pace: Pace | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM. `product` is where the product can be reached, such as http://127.0.0.1:7002;
    `public_url` the address it calls its own (its BEDSIDE_PUBLIC_URL), which signatures cover: left out, the same."""
    app = create_app(
        accounts=accounts,
        product=product,
        public_url=public_url,
        smtp_port=smtp_port,
        host=host,
        bounces_to=bounces_to,
        mail_to=mail_to,
        clock=clock,
        pace=pace,
    )
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=CuttableProtocol,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    await _Server(config, app.state.outside).serve()
