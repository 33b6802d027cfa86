"""The portal's own files: served under /static, cached for a year when the address carries the content's hash."""

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.response import Response

from bedside.accounts import public

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
_COMPRESSED = {".css", ".js", ".svg", ".json", ".webmanifest"}
_FOR_A_YEAR = "public, max-age=31536000, immutable"


@cache
def _hash_of(path: str, _modified: int) -> str:
    return hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()[:12]


def content_hash(path: str) -> str:
    """Twelve hexadecimal digits of the file's SHA-256; FileNotFoundError when there is no such file."""
    return _hash_of(path, (FOLDER / path).stat().st_mtime_ns)


def asset(path: str) -> str:
    """The address of a static file, e.g. `js/app.js` → `/static/v-0f3b…/js/app.js`.

    The hash is a folder in the path, not a query, so that a module's own `import "./toasts.js"` stays within a
    version of its own: modules' folder carries one hash over all modules.
    """
    version = _modules_hash() if path.startswith("js/") else content_hash(path)
    return f"/static/v-{version}/{path}"


def _modules_hash() -> str:
    paths = sorted((FOLDER / "js").glob("*.js"))
    return hashlib.sha256("".join(content_hash(f"js/{path.name}") for path in paths).encode()).hexdigest()[:12]


@cache
def _read(path: str, _modified: int) -> tuple[bytes, bytes | None]:
    raw = (FOLDER / path).read_bytes()
    return raw, gzip.compress(raw, 9, mtime=0) if Path(path).suffix in _COMPRESSED else None


def _answer(request: Request[Any, Any, Any], path: str) -> Response[bytes]:
    version, _, rest = path.lstrip("/").partition("/")
    versioned = version.startswith("v-")
    name = rest if versioned else path.lstrip("/")
    if "\0" in name:
        raise NotFoundException(detail="There is no such file.")
    file = (FOLDER / name).resolve()
    if not file.is_relative_to(FOLDER.resolve()) or file.suffix not in _TYPES or not file.is_file():
        raise NotFoundException(detail="There is no such file.")
    raw, compressed = _read(str(file.relative_to(FOLDER.resolve())), file.stat().st_mtime_ns)
    headers = {
        "cache-control": _FOR_A_YEAR if versioned else "public, max-age=300",
        "etag": f'"{hashlib.sha256(raw).hexdigest()[:16]}"',
        "vary": "accept-encoding",
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(b"", status_code=304, headers=headers, media_type=_TYPES[file.suffix])
    if compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(compressed, headers={**headers, "content-encoding": "gzip"}, media_type=_TYPES[file.suffix])
    return Response(raw, headers=headers, media_type=_TYPES[file.suffix])


@get(
    "/static/{path:path}",
    include_in_schema=False,
    sync_to_thread=False,
    guards=[public("files of the portal, no data")],
)
def static_file(request: Request[Any, Any, Any], path: Annotated[str, PathParameter()]) -> Response[bytes]:
    """A file of the portal: 404 for anything else, also for a path that leaves the folder."""
    return _answer(request, path)


@get("/favicon.ico", include_in_schema=False, sync_to_thread=False, guards=[public("files of the portal, no data")])
def favicon(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The mark, for browsers that ask for it by the old name."""
    return _answer(request, "/img/favicon.svg")


router = Router("/", route_handlers=[static_file, favicon])
