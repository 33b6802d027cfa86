"""How often one address may open the pages behind links: more often than anybody reads, not so often as who guesses.

Counted in the memory of each process, minute by minute: it costs no query, and several processes allow as many times
as much (decision 33).
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from litestar import Request
from litestar.types import Message, Scope

from bedside.kit.http.problems import TooMany
from bedside.kit.http.request import is_public, network_of

VISITS = 600  # of one address within a minute: many people share a hospital's wireless network, or a phone company's
FAILURES = 60  # of them to links that are none of ours, or over
_FAILED = frozenset({403, 404, 410})


class TooManyVisits(TooMany):
    """429: one address opens links more often than anybody reads."""

    type = "too-many-visits"
    title = "One moment, please"


class LinkVisits:
    """Counts the visits to every public page that has a `token` in its path, but for those that begin with `but`."""

    def __init__(self, now: Callable[[], datetime], *, but: tuple[str, ...] = ()) -> None:
        self._now = now
        self._but = but
        self._minute: datetime | None = None
        self._visits: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()

    def before_request(self, request: Request[Any, Any, Any]) -> None:
        """Counts a visit. Raises TooManyVisits (429, with Retry-After) for one more than the minute has room for."""
        who = self._counted(request.scope)
        if who is None:
            return
        now = self._turn()
        if self._visits[who] >= VISITS or self._failures[who] >= FAILURES:
            seconds = 60 - now.second
            raise TooManyVisits(
                "Links of ours were opened very often from where you are, so we wait a little.",
                next_step=f"Open the link again in {seconds} seconds, or call us.",
                headers={"Retry-After": str(seconds)},
            )
        self._visits[who] += 1

    def before_send(self, message: Message, scope: Scope) -> None:
        """Counts a visit that led to nothing."""
        if message["type"] == "http.response.start" and message["status"] in _FAILED and (who := self._counted(scope)):
            self._turn()
            self._failures[who] += 1

    def _turn(self) -> datetime:
        """What the time is; with each minute everybody begins anew, so that no more is kept than came within one."""
        now = self._now()
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._visits.clear()
            self._failures.clear()
        return now

    def _counted(self, scope: Scope) -> str | None:
        """By what a visit is counted; None where it is not."""
        client = scope.get("client")
        template = str(scope.get("path_template") or "")
        if client is None or "{token" not in template or template.startswith(self._but):
            return None
        return network_of(client[0]) if is_public(scope) else None
