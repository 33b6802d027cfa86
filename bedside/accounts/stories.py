"""What of the event log somebody is told, a page at a time: the ground of every record's timeline."""

from collections.abc import Awaitable, Callable

from bedside.accounts.permissions import SignedIn
from bedside.event_log import Happening

_AT_ONCE = 25
_READ_AT_ONCE = 60
# a message makes three events on its way: what matters is that it arrived, or that it did not
_STATIONS = frozenset({"delivered", "undelivered", "failed", "unknown"})

Read = Callable[[int | None, int], Awaitable[list[Happening]]]


def told(one: Happening, user: SignedIn) -> bool:
    """Whether somebody is told of an event: what they may not see is left out, and so are stations on the way. Pure."""
    if not user.may(one.seen_with) or not user.works_at(one.hospital_id):
        return False
    return one.kind != "message.status_changed" or one.data.get("status") in _STATIONS


async def page_of_story(read: Read, *, user: SignedIn, before: int | None) -> tuple[list[Happening], int | None]:
    """The newest events older than `before` that somebody is told of, and the one to go on before (None at the end).

    `read(before, limit)` gives a record's events, newest first.
    """
    found: list[Happening] = []
    last, ended = before, False
    while len(found) < _AT_ONCE and not ended:
        events = await read(last, _READ_AT_ONCE)
        ended = len(events) < _READ_AT_ONCE
        found += [one for one in events if told(one, user)]
        last = events[-1].id if events else last
    more = len(found) > _AT_ONCE or not ended
    found = found[:_AT_ONCE]
    return found, found[-1].id if more and found else None
