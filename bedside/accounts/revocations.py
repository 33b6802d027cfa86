"""Which access tokens no longer hold, though their time is not over: kept in each web process's memory.

Filled from the database at start, and by the tail of the event log from then on (`notice`), so that a sign-out or a
deactivation anywhere takes effect everywhere within the tail's pace (100 ms).
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime

from bedside.accounts import store_sessions
from bedside.accounts.events import ApiKeyRevoked, OwnerLinkEnded, SessionRevoked, StaffChanged
from bedside.accounts.permissions import SignedIn
from bedside.accounts.tokens import ACCESS_LASTS, LINK_LASTS
from bedside.event_log import Happening
from bedside.kit.database import Tx

SIGNED_OUT = 4401  # the page goes to the sign-in
COME_AGAIN = 1012  # the page connects again, with a new token


class Revocations:
    """Sessions that ended and people whose tokens ended, for as long as an access token could still say otherwise."""

    def __init__(self) -> None:
        self._sessions: dict[int, datetime] = {}
        self._staff: dict[int, datetime] = {}
        self._links: dict[int, datetime] = {}
        self._watched: dict[asyncio.Future[int], SignedIn] = {}
        self._key_listeners: list[Callable[[int], None]] = []

    async def load(self, tx: Tx) -> None:
        """Takes what ended within a token's time from the database: before the first request is answered."""
        since = tx.now - ACCESS_LASTS
        self._sessions |= dict(await store_sessions.revoked_since(tx, since))
        self._staff |= dict(await store_sessions.staff_changed_since(tx, since))
        self._links |= dict(await store_sessions.links_ended_since(tx, tx.now - LINK_LASTS))

    @contextmanager
    def watching(self, user: SignedIn) -> Generator["asyncio.Future[int]"]:
        """A future that is done when this user's WebSocket must be closed: its result is the code to close with."""
        ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._watched[ended] = user
        try:
            yield ended
        finally:
            del self._watched[ended]
            ended.cancel()

    def listen_for_keys(self, listener: Callable[[int], None]) -> None:
        """Calls back with the id of an API key that was revoked."""
        self._key_listeners.append(listener)

    def notice(self, happening: Happening) -> None:
        """Takes in an event of the log; seeing one twice is harmless. Events of other kinds are ignored."""
        at = happening.occurred_at
        if happening.kind == SessionRevoked.kind:
            self.end_session(happening.subject_id, at=at)
        elif happening.kind == StaffChanged.kind and happening.data.get("ends_tokens"):
            self.end_tokens_of(happening.subject_id, at=at)
        elif happening.kind == OwnerLinkEnded.kind:
            self.end_link(happening.subject_id, at=at)
        elif happening.kind == ApiKeyRevoked.kind:
            self.end_key(happening.subject_id)

    def end_session(self, session_id: int, *, at: datetime) -> None:
        """A session ended."""
        if session_id in self._sessions:
            return
        self._forget(at)
        self._sessions[session_id] = at
        self._tell(lambda user: user.session_id == session_id, SIGNED_OUT)

    def end_tokens_of(self, staff_id: int, *, at: datetime) -> None:
        """What a person's tokens say no longer holds; new ones do."""
        if staff_id in self._staff and self._staff[staff_id] >= at:
            return
        self._forget(at)
        self._staff[staff_id] = at
        self._tell(lambda user: user.kind == "staff" and user.id == staff_id, COME_AGAIN)

    def end_link(self, link_id: int, *, at: datetime) -> None:
        """A link to an owner's own pages was taken back."""
        if link_id in self._links:
            return
        self._forget(at)
        self._links[link_id] = at
        self._tell(lambda user: user.link_id == link_id, SIGNED_OUT)

    def end_key(self, api_key_id: int) -> None:
        """A machine's key was revoked."""
        for listener in self._key_listeners:
            listener(api_key_id)
        self._tell(lambda user: user.kind == "api_key" and user.id == api_key_id, SIGNED_OUT)

    def refuses(self, user: SignedIn, *, issued: datetime) -> bool:
        """Whether a token issued then, to this person, no longer holds."""
        if user.session_id is not None and user.session_id in self._sessions:
            return True
        if user.link_id is not None and user.link_id in self._links:
            return True
        if user.kind != "staff" or user.id is None:
            return False
        ended = self._staff.get(user.id)
        return ended is not None and issued < ended

    def _tell(self, is_meant: Callable[[SignedIn], bool], code: int) -> None:
        for ended, user in self._watched.items():
            if is_meant(user) and not ended.done():
                ended.set_result(code)

    def _forget(self, now: datetime) -> None:
        # a token of theirs has expired by now; twice the time, since events arrive late and in no strict order
        oldest = now - 2 * max(ACCESS_LASTS, LINK_LASTS)
        for ended in (self._sessions, self._staff, self._links):
            for id in [id for id, at in ended.items() if at < oldest]:
                del ended[id]
