"""The portal's cookies: the tokens stay out of reach of scripts, and travel to this site only."""

from datetime import datetime

from litestar.datastructures import Cookie

from bedside.accounts.sessions import Grant

ACCESS = "bedside_access"
REFRESH = "bedside_refresh"
CSRF = "bedside_csrf"


def cookies_of(grant: Grant, *, secure: bool, now: datetime) -> list[Cookie]:
    """The cookies that carry a sign-in. One not remembered ends with the browser, and with the shift at the latest.

    The access cookie outlives its token: a browser drops a cookie by its own clock, and ours decides.
    """
    seconds = max(1, int((grant.expires_at - now).total_seconds())) if grant.remembered else None
    return [
        Cookie(key=name, value=value, path="/", httponly=True, samesite="lax", secure=secure, max_age=seconds)
        for name, value in ((ACCESS, grant.access_token), (REFRESH, grant.refresh_token))
    ]


def link_cookies(access_token: str, *, secure: bool) -> list[Cookie]:
    """Cookies that carry what a link opened, and take a sign-in's away: one browser is one person at a time. They end
    with the browser, and the token by its own time."""
    kept = Cookie(key=ACCESS, value=access_token, path="/", httponly=True, samesite="lax", secure=secure)
    return [kept, *(one for one in cleared_cookies(secure=secure) if one.key == REFRESH)]


def cleared_cookies(*, secure: bool) -> list[Cookie]:
    """Cookies that take the others away."""
    return [
        Cookie(key=name, value="", path="/", httponly=True, samesite="lax", secure=secure, max_age=0)
        for name in (ACCESS, REFRESH)
    ]
