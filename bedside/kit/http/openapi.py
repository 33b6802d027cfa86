"""The OpenAPI document, put right where the generated one does not say what we do: strict bodies, problems, 422."""

from typing import Any, ClassVar

import msgspec
from litestar import Request, Router
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.types import ControllerRouterHandler

_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_SECURED: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]

PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457: what went wrong, where, and what to do next. Some types have further members.",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "Stable: /problems/slot-taken."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The path asked for."},
        "nextStep": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer to the field at fault."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

_SAYS = {
    "401": "Nobody is signed in, or the token is expired or forged.",
    "403": "Signed in, but not allowed.",
    "404": "There is no such thing, or it is not yours to see.",
    "409": "Not possible as things stand.",
    "410": "It was there, and is no more.",
    "412": "Somebody else changed it meanwhile (If-Match).",
    "413": "The body is over the limit.",
    "422": "Something in the request cannot be right; `errors` point at it.",
    "429": "Too often; `Retry-After` says when again.",
    "503": "Busy just now; the same request may go through in a moment.",
}


class Document(OpenAPIRenderPlugin):
    """The document as JSON. Rendered once: it does not change while the process runs."""

    path: ClassVar[str] = "/openapi.json"

    def __init__(self) -> None:
        super().__init__(path=self.path, media_type="application/json")  # type: ignore[arg-type]  # any string will do
        self._rendered: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document, as UTF-8."""
        if self._rendered is None:
            self._rendered = msgspec.json.encode(put_right(openapi_schema, secured=secured_operations(request.app)))
        return self._rendered


class DocumentRouter(Router):
    """Takes in the document and its viewer, and no page that answers for every other path beside them."""

    def register(self, value: ControllerRouterHandler) -> Any:
        """As Router does, but leaves out Litestar's own page for 404."""
        if getattr(getattr(value, "fn", None), "__name__", "") == "handle_schema_path_not_found":
            return []
        return super().register(value)


def secured_operations(app: Any) -> set[tuple[str, str]]:
    """(path, method) of every route that asks for somebody signed in."""
    found = set()
    for route in app.routes:
        for method, (handler, _) in getattr(route, "route_handler_map", {}).items():
            if any(not getattr(guard, "is_public", False) for guard in handler.resolve_guards()):
                found.add((route.path_format, method.lower()))
    return found


def put_right(document: dict[str, Any], *, secured: set[tuple[str, str]]) -> dict[str, Any]:
    """The document with what FRONTEND's list asks for: refusing unknown fields, problems as errors, 422 for 400."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name, schema in schemas.items():
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
            schema.setdefault("title", name)
    schemas["Problem"] = PROBLEM
    components["responses"] = {status: _problem(words) for status, words in _SAYS.items()}
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            if method in _METHODS:
                _put_right(operation, is_secured=(path, method) in secured, has_id="{" in path, method=method)
    return document


def _problem(words: str) -> dict[str, Any]:
    return {
        "description": words,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _put_right(operation: dict[str, Any], *, is_secured: bool, has_id: bool, method: str) -> None:
    responses: dict[str, Any] = operation.setdefault("responses", {})
    responses.pop("400", None)
    takes_body = "requestBody" in operation
    wanted = ["503"]
    if is_secured:
        wanted += ["401", "403"]
        operation["security"] = _SECURED
    else:
        operation["security"] = []
        wanted += ["401", "403", "429"]
    if has_id or takes_body or operation.get("parameters"):
        wanted += ["404"]
    if takes_body or method != "get":
        wanted += ["409", "410", "413"]
    if method in ("put", "patch", "delete", "post"):
        wanted += ["412"]
    if takes_body or operation.get("parameters") or method != "get":
        wanted += ["422"]
    for status in sorted(wanted):
        known = responses.get(status)
        if known is None or "application/problem+json" not in known.get("content", {}):
            responses[status] = {"$ref": f"#/components/responses/{status}"}
    operation["responses"] = dict(sorted(responses.items()))
