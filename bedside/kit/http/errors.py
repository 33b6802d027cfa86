"""One handler for everything that goes wrong in a request: a problem as JSON, or a page for who asked for one."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import psycopg
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ImproperlyConfiguredException, ValidationException
from psycopg import errors as pg
from psycopg_pool import PoolTimeout

from bedside.kit.http.parameters import outside_names
from bedside.kit.http.problems import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)

log = structlog.get_logger()

ProblemPage = Callable[[Request[Any, Any, Any], Problem], Response[Any]]


class ServerFault(Problem):
    """500: our fault. The number in the log is what support asks for."""

    status = 500
    type = "our-fault"
    title = "Something went wrong on our side"


class MethodNotAllowed(Problem):
    """405: the path is there, but does not do that."""

    status = 405
    type = "method-not-allowed"
    title = "This address does not do that"


def _from_database(error: psycopg.Error) -> Problem | None:
    # Constraints that a room foresaw are caught by the room; what arrives here is a race or a dangling id.
    if isinstance(error, pg.SerializationFailure | pg.DeadlockDetected | pg.LockNotAvailable):
        return Unavailable(
            "Two changes met; yours was not made.", next_step="Send it again.", headers={"Retry-After": "1"}
        )
    if isinstance(error, pg.UniqueViolation | pg.ExclusionViolation):
        return Conflict("Something with these values exists already.", constraint=error.diag.constraint_name)
    if isinstance(error, pg.ForeignKeyViolation):
        return Invalid(
            "An id in the request belongs to nothing that exists.",
            constraint=error.diag.constraint_name,
            next_step="Look the id up again.",
        )
    if isinstance(error, pg.NumericValueOutOfRange | pg.DatetimeFieldOverflow):
        return Invalid("A number or date in the request is out of range.")
    if isinstance(error, pg.CharacterNotInRepertoire | pg.UntranslatableCharacter):
        return Invalid("A text in the request has a character that cannot be kept.")
    if isinstance(error, psycopg.OperationalError):
        return Unavailable(
            "The database does not answer just now.", next_step="Try again in a moment.", headers={"Retry-After": "2"}
        )
    return None


def _from_litestar(error: HTTPException, names: Mapping[str, str]) -> Problem:
    if isinstance(error, ValidationException):
        faults = error.extra if isinstance(error.extra, list) else []
        return Invalid(
            "The request is not as it should be.",
            errors=[
                {
                    "pointer": "/" + names.get(str(fault.get("key", "")), str(fault.get("key", ""))),
                    "detail": str(fault.get("message", "")),
                }
                for fault in faults
                if isinstance(fault, dict)
            ],
            next_step="Mend what the pointers name; /api/docs shows what is taken.",
        )
    known: dict[int, type[Problem]] = {
        401: Unauthenticated,
        403: Forbidden,
        404: NotFound,
        405: MethodNotAllowed,
        413: TooLarge,
        429: TooMany,
    }
    kind = known.get(error.status_code, Invalid if error.status_code < 500 else ServerFault)
    headers = dict(error.headers or {})
    if kind is NotFound:
        return NotFound("There is nothing at this address.", next_step="Check the address.", headers=headers)
    return kind(str(error.detail) or kind.title, headers=headers)


def problem_of(error: Exception, names: Mapping[str, str] | None = None) -> Problem:
    """The problem that a fault of any kind is shown as. `names`: what the handler's parameters are called outside."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, PoolTimeout):
        return Unavailable("Too much is going on just now.", headers={"Retry-After": "2"})
    if isinstance(error, psycopg.Error) and (known := _from_database(error)):
        return known
    if isinstance(error, psycopg.DataError | UnicodeEncodeError) and "NUL" in str(error):
        return Invalid("A text in the request has a character that cannot be kept.")
    if isinstance(error, HTTPException) and not isinstance(error, ImproperlyConfiguredException):
        return _from_litestar(error, names or {})
    return ServerFault(
        "Nothing was changed. The fault has been logged.", next_step="Try again; if it stays, tell your administrator."
    )


def handle_errors(page: ProblemPage) -> Callable[[Request[Any, Any, Any], Exception], Response[Any]]:
    """The application's exception handler. `page` draws the problem for browsers (HTML asked for, or htmx)."""

    def handler(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        problem = problem_of(error, outside_names(request.scope.get("route_handler")))
        if problem.status >= 500 and not isinstance(problem, Unavailable):
            log.error("request_failed", path=request.url.path, method=request.method, exc_info=error)
        path = request.url.path
        wants_page = "HX-Request" in request.headers or (
            not path.startswith(("/api/", "/webhooks/")) and "text/html" in request.headers.get("accept", "")
        )
        if wants_page:
            return page(request, problem)
        return Response(
            msgspec.json.encode(problem.body(path)),
            status_code=problem.status,
            media_type="application/problem+json",
            headers=problem.headers,
        )

    return handler


def plain_problem_page(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """A page without look, for processes that have no portal."""
    return Response(f"{problem.title}\n{problem.detail}", status_code=problem.status, media_type=MediaType.TEXT)
