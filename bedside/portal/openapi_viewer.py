"""The API's documentation page at /api/docs: swagger-ui from our own files, no inline script, nothing from outside."""

from html import escape
from typing import Any

from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

from bedside.portal.static_files import asset


class LocalSwaggerPlugin(OpenAPIRenderPlugin):
    """Renders swagger-ui with the local files; the document's address travels in a data attribute."""

    def __init__(self, path: str = "/docs", document: str = "/api/openapi.json") -> None:
        super().__init__(path=path)
        self.document = document

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page, as UTF-8."""
        title = escape(str(openapi_schema.get("info", {}).get("title", "API")))
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{title}</title>"
            f'<link rel="icon" type="image/svg+xml" href="{asset("img/favicon.svg")}">'
            f'<link rel="stylesheet" href="{asset("vendor/swagger-ui/swagger-ui.css")}">'
            f'<link rel="stylesheet" href="{asset("css/openapi_viewer.css")}">'
            f'<script src="{asset("vendor/swagger-ui/swagger-ui-bundle.js")}" defer></script>'
            f'<script type="module" src="{asset("js/openapi_viewer.js")}"></script>'
            f'</head><body><div id="api" data-document="{escape(self.document)}"></div></body></html>'
        ).encode()
