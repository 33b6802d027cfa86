"""A problem as a page says what happened and what to do next; inside htmx it is a toast, and the page stays."""

from typing import Any
from urllib.parse import quote

from litestar import MediaType, Request, Response
from litestar.response import Redirect, Template

from bedside.kit.http.problems import Problem
from bedside.kit.http.request import is_public

SIGN_IN = "/sign-in"
_ICONS = {403: "lock", 404: "map-pin", 409: "arrows-exchange", 410: "hourglass", 412: "refresh-alert", 429: "hand-stop"}


def draw_problem(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """`kit.http.errors.handle_errors(draw_problem)`: what a browser is answered.

    Signed out: to the sign-in page and back afterwards (for htmx by `HX-Redirect`, since a 302 would be followed
    inside the request). Otherwise the problem, with its own status.
    """
    inside = "HX-Request" in request.headers
    if problem.status == 401:
        came_from = request.headers.get("hx-current-url") if inside else str(request.url)
        path = (came_from or "/").split("://", 1)[-1].partition("/")[2]
        address = f"{SIGN_IN}?next={quote('/' + path, safe='/')}"
        if inside:
            return Response("", status_code=401, headers={"HX-Redirect": address})
        return Redirect(address, status_code=303)
    if request.headers.get("x-quiet") == "1":
        # A region that fetches by itself in the background keeps what it shows; nobody asked for anything just now.
        return Response("", status_code=problem.status, media_type=MediaType.HTML, headers=dict(problem.headers))
    context = {
        "problem": problem,
        "icon_name": _ICONS.get(problem.status, "alert-triangle"),
        # whoever came by a link has no dashboard
        "is_public": is_public(request.scope),
    }
    name = "portal/problem_toast.html" if inside else "portal/problem.html"
    return Template(name, context=context, status_code=problem.status, headers=dict(problem.headers))
