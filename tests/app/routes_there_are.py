"""Every route of the application with what its guard asks for, read from the route table so that none is forgotten."""

from dataclasses import dataclass
from typing import Any

from litestar import Litestar

from bedside.accounts.permissions import Permission, Public, Requires, SignedInOnly


@dataclass(frozen=True)
class Route:
    """One method of one path. `path` has plausible values in place of its parameters."""

    method: str
    template: str
    path: str
    guard: Requires | SignedInOnly | Public

    @property
    def permission(self) -> Permission | None:
        """What one must be allowed to do, where the guard names it."""
        return self.guard.permission

    @property
    def name(self) -> str:
        """How a failure names it."""
        return f"{self.method} {self.template}"


def routes_of(app: Litestar) -> list[Route]:
    """All of them but WebSockets and the OPTIONS that Litestar adds."""
    found = []
    for route in app.routes:
        for method, (handler, _) in getattr(route, "route_handler_map", {}).items():
            if method == "OPTIONS":
                continue
            guards = [getattr(guard, "func", guard) for guard in handler.resolve_guards()]
            guard = next(guard for guard in guards if isinstance(guard, Requires | SignedInOnly | Public))
            found.append(Route(str(method), route.path_format or "/", _filled(route), guard))
    return sorted(found, key=lambda route: (route.template, route.method))


def _filled(route: Any) -> str:
    path = str(route.path_format or "/")
    for parameter in route.path_parameters.values():
        value = "00000000-0000-4000-8000-000000000000" if parameter.type.__name__ == "UUID" else "999999999"
        path = path.replace("{%s}" % parameter.name, value)  # noqa: UP031  # braces on both sides
    return path
