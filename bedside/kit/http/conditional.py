"""Rows that people edit carry a version: it goes out as ETag and comes back as If-Match (DESIGN.md section 4)."""

from typing import Any

from litestar import Request

from bedside.kit.http.problems import Changed, Invalid


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def expected_version(request: Request[Any, Any, Any]) -> int | None:
    """The version that the caller read, from If-Match; None where the header is absent or `*`.

    Raises Invalid (422) where it is not one of our ETags.
    """
    given = request.headers.get("if-match")
    if given is None or given == "*":
        return None
    try:
        return int(given.removeprefix("W/").strip('"'))
    except ValueError:
        raise Invalid(
            "If-Match does not carry an ETag of ours.", next_step="Send back the ETag that came with the record."
        ) from None


def check_version(*, expected: int | None, actual: int) -> None:
    """Raises Changed (412) where somebody else wrote since the caller read."""
    if expected is not None and expected != actual:
        raise Changed(
            "It was changed since you opened it, and your change was not made.",
            next_step="Open it again, look at what changed, and make your change anew.",
            version=actual,
        )
