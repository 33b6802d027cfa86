"""Errors as RFC 9457 problem details: a stable type, what happened, where, and what to do next.

Rooms raise their own subclasses (SlotTaken is a Conflict); nothing else decides a status code.
"""

from typing import Any, ClassVar


class Problem(Exception):
    """Something that went wrong and that the one who asked can be told. Base of every domain error.

    `detail` is one or two sentences for people; `pointer` a JSON pointer to the field at fault (or `errors` for
    several); `next_step` what to do now; everything else goes out as members of the problem (camelCase).
    """

    status: ClassVar[int] = 400
    type: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be answered"

    def __init__(
        self,
        detail: str,
        *,
        pointer: str | None = None,
        errors: list[dict[str, str]] | None = None,
        next_step: str | None = None,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors if errors is not None else ([{"pointer": pointer, "detail": detail}] if pointer else [])
        self.next_step = next_step
        self.headers = headers or {}
        self.members = members

    def body(self, instance: str) -> dict[str, Any]:
        """The problem as it goes over the wire."""
        shown: dict[str, Any] = {
            "type": f"/problems/{self.type}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        if self.next_step:
            shown["nextStep"] = self.next_step
        if self.errors:
            shown["errors"] = self.errors
        return shown | self.members


class Invalid(Problem):
    """422: the request is understood, but something in it cannot be right."""

    status = 422
    type = "invalid"
    title = "Something in the request cannot be right"


class Unauthenticated(Problem):
    """401: nobody is signed in, or the token is expired or forged."""

    status = 401
    type = "not-signed-in"
    title = "Not signed in"


class Forbidden(Problem):
    """403: signed in, but not allowed."""

    status = 403
    type = "not-allowed"
    title = "Not allowed"


class NotFound(Problem):
    """404: there is no such thing, or not for you."""

    status = 404
    type = "not-found"
    title = "Not found"


class Conflict(Problem):
    """409: the present state of things does not allow it."""

    status = 409
    type = "conflict"
    title = "Not possible as things stand"


class Changed(Problem):
    """412: somebody else changed it since you read it (If-Match)."""

    status = 412
    type = "changed-meanwhile"
    title = "Somebody else changed it meanwhile"


class Gone(Problem):
    """410: it was there and is no more (an expired link)."""

    status = 410
    type = "gone"
    title = "No longer there"


class TooLarge(Problem):
    """413: the body is over the limit."""

    status = 413
    type = "too-large"
    title = "Too large"


class TooMany(Problem):
    """429: too often; `Retry-After` says when again."""

    status = 429
    type = "too-many-requests"
    title = "Too many requests"


class Unavailable(Problem):
    """503: busy just now; the same request may go through in a moment."""

    status = 503
    type = "unavailable"
    title = "Busy just now"
