"""The page at `/`: a phone and a mailbox for everybody, live. Plain files, no build step, a strict policy.

GET /                        the page
GET /static/{name}           its style and modules
GET /mail/{id}/body          a mail's HTML, for a sandboxed frame: no scripts, links open a new tab
GET /mail/{id}/attachments/{place}   a file that came with a message, to be saved; a PDF or picture may be looked at
"""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from bedside.sandbox.outside import outside_of

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob: http: https:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
# A mail brings its own inline style and pictures from anywhere, as in any mail program; it may run nothing.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; font-src 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox allow-same-origin"
)
SHOWN = frozenset(
    {"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "audio/ogg", "audio/mpeg", "audio/mp4"}
)
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".html": "text/html; charset=utf-8",
    ".woff2": "font/woff2",
}


def with_security_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with the policy, unless it has one of its own."""
    given = list(headers)
    if not any(name == b"content-security-policy" for name, _ in given):
        given.append((b"content-security-policy", POLICY.encode()))
    return [*given, (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]


def _file(name: str) -> Response[bytes]:
    ending = name[name.rfind(".") :]
    found = files("bedside.sandbox") / "static" / name
    if ending not in KINDS or not found.is_file():
        raise NotFoundException(f"There is no {name}.")
    return Response(found.read_bytes(), media_type=KINDS[ending], headers={"Cache-Control": "no-cache"})


@get("/", sync_to_thread=False)
def index() -> Response[bytes]:
    """The page."""
    return _file("index.html")


@get("/static/{name:str}", sync_to_thread=False)
def static(name: FromPath[str]) -> Response[bytes]:
    """A style sheet, module or picture of the page."""
    return _file(name)


@get("/mail/{message_id:str}/body")
async def mail_body(request: Request[Any, Any, Any], message_id: FromPath[str]) -> Response[str]:
    """A mail's HTML under a policy of its own."""
    message = outside_of(request).phones.get(message_id)
    if message is None or message.html is None:
        raise NotFoundException("This mail has no HTML, or has been forgotten.")
    html = '<base target="_blank">' + message.html
    return Response(html, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": MAIL_POLICY})


@get("/mail/{message_id:str}/attachments/{place:int}")
async def mail_file(
    request: Request[Any, Any, Any], message_id: FromPath[str], place: FromPath[int], look: FromQuery[bool] = False
) -> Response[bytes]:
    """A file that came with a message. PDFs, pictures and sound are shown (`look`); all else is saved, never run."""
    found = outside_of(request).mail_files.get(message_id, place)
    if found is None:
        raise NotFoundException("This mail has no such file, or it has been forgotten.")
    shown = look and found.media_type in SHOWN
    name = quote(found.name, safe="")
    disposition = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}"
    return Response(
        found.content,
        media_type=found.media_type if shown else "application/octet-stream",
        headers={"Content-Disposition": disposition},
    )


router = Router("/", route_handlers=[index, static, mail_body, mail_file])
