"""Forged forms are refused: whoever comes by cookie must also send the token of a form of ours."""

from litestar.config.csrf import CSRFConfig
from litestar.enums import ScopeType
from litestar.middleware.csrf import CSRFMiddleware
from litestar.types import Receive, Scope, Send

from bedside.accounts import cookies
from bedside.accounts.tokens import derived_key
from bedside.kit.http.problems import Forbidden

_NOBODYS = ("/healthz", "/readyz", "/metrics", "/favicon.ico")


class FormExpired(Forbidden):
    """403: the form's token is missing, or not the one of the cookie."""

    type = "form-expired"
    title = "The form is no longer valid"


def csrf_config(*, secret_key: str, secure: bool) -> CSRFConfig:
    """Cookie and header names. The cookie is out of scripts' reach: pages carry the token themselves."""
    return CSRFConfig(
        secret=derived_key(secret_key, "forms"),
        cookie_name=cookies.CSRF,
        header_name="x-csrftoken",
        cookie_secure=secure,
        cookie_httponly=True,
        cookie_samesite="lax",
    )


class FormCheck(CSRFMiddleware):
    """Litestar's middleware, which skips what a browser cannot be tricked into: providers' signed webhooks, mail
    programs' one-click unsubscribing (whose signed link is all it takes, RFC 8058), requests with an
    Authorization header, and API calls without our cookies."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises FormExpired (403)."""
        if scope["type"] != ScopeType.HTTP or _needs_none(scope):
            await self.app(scope, receive, send)
            return
        passed = False

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal passed
            passed = True
            await self.app(scope, receive, send)

        inner = CSRFMiddleware(app, self.config)
        try:
            await inner(scope, receive, send)
        except Exception as error:
            if passed or getattr(error, "status_code", None) != 403:
                raise
            raise FormExpired(
                "The form was open for too long, or cookies are switched off.",
                next_step="Reload the page and send it again.",
            ) from None


def _needs_none(scope: Scope) -> bool:
    path = scope["path"]
    if path.startswith(("/webhooks/", "/static/", "/u/")) or path in _NOBODYS:
        return True
    cookie = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return True
        if name == b"cookie":
            cookie += value
    return path.startswith("/api/") and not any(
        f"{name}=".encode() in cookie for name in (cookies.ACCESS, cookies.REFRESH)
    )
