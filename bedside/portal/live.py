"""The WebSocket that keeps pages live: it carries kinds and ids, never contents; a page fetches what it shows.

At `/ws`, and at `/` for older clients. Frames are JSON: `{"events": [{"kind", "subject", "id", "hospitalId",
"patientId", "at"}], "cursor"}`. A client that connects with `?cursor=` of its last frame is told at once what it
missed, or `"refetch": true` where that is too long ago. Closed with 4401: sign in again.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect, WebSocketException

from bedside.accounts import Gate, SignedIn, public
from bedside.event_log import News, Tail
from bedside.kit.realtime import Hub, Listener, TooSlow
from bedside.kit.wire import Wire

SIGN_IN_AGAIN = 4401
RESTARTING = 1001
TRY_AGAIN = 1013
BEAT = 25.0  # seconds; proxies close what is silent for longer


class LiveEvent(Wire, kw_only=True):
    """What a page is told of an event: enough to know what to fetch again."""

    kind: str
    subject: str
    id: int
    hospital_id: int | None
    patient_id: int | None
    at: datetime


class Frame(Wire, kw_only=True, omit_defaults=True):
    """One message over the socket. `refetch`: something may have been missed, so fetch everything shown."""

    events: list[LiveEvent]
    cursor: int
    refetch: bool = False


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """News, with its text in a frame: made once, however many sockets it goes to."""

    news: News
    text: str


def told(news: Sequence[News]) -> list[Told]:
    """The news as the hub hands it out."""
    return [Told(news=one, text=msgspec.json.encode(_live(one)).decode()) for one in news]


def _live(news: News) -> LiveEvent:
    happening = news.happening
    return LiveEvent(
        kind=happening.kind,
        subject=happening.subject,
        id=happening.subject_id,
        hospital_id=happening.hospital_id,
        patient_id=happening.patient_id,
        at=happening.occurred_at,
    )


def _frame(batch: Sequence[Told], cursor: int) -> str:
    """A Frame as JSON, of texts that are there already."""
    return f'{{"events":[{",".join(one.text for one in batch)}],"cursor":{cursor}}}'


def _first_frame(socket: WebSocket[Any, Any, Any], user: SignedIn) -> str:
    tail: Tail = socket.app.state.tail
    cursor = str(socket.query_params.get("cursor", ""))
    if not cursor.isdecimal() or len(cursor) > 18:
        return _frame([], tail.mark)
    missed = tail.since(int(cursor))
    if missed is None:
        return msgspec.json.encode(Frame(events=[], cursor=tail.mark, refetch=True)).decode()
    return _frame(told([news for news in missed if may_be_told(user, news)]), tail.mark)


def may_be_told(user: SignedIn, news: News) -> bool:
    """Whether an event is somebody's to know of: by permission and by hospital."""
    happening = news.happening
    return user.may(happening.seen_with) and user.works_at(happening.hospital_id)


async def _send(socket: WebSocket[Any, Any, Any], listener: Listener[Told]) -> None:
    while True:
        try:
            async with asyncio.timeout(BEAT):  # not wait_for, which makes a task each time: thousands wait here
                batch = await listener.next()
        except TimeoutError:
            batch = []
        except TooSlow:
            await socket.close(code=TRY_AGAIN, reason="fell behind; connect again")
            return
        if batch is None:
            await socket.close(code=RESTARTING, reason="restarting")
            return
        cursor = batch[-1].news.cursor if batch else socket.app.state.tail.mark
        await socket.send_data(_frame(batch, cursor), mode="text")
        # a page fetches at most once a second and region; a short breath joins what comes close together
        await asyncio.sleep(0.05)


async def _until_gone(socket: WebSocket[Any, Any, Any]) -> None:
    with suppress(WebSocketDisconnect, WebSocketException):
        while True:
            await socket.receive_data(mode="text")


@websocket(["/ws", "/"], guards=[public("it has no headers to refuse with: it accepts, then closes with 4401")])
async def live(socket: WebSocket[Any, Any, Any]) -> None:
    """Tells a signed-in user's page what is new, until either side goes."""
    await socket.accept()
    user: SignedIn | None = socket.scope.get("user")
    if user is None:
        await socket.close(code=SIGN_IN_AGAIN, reason="sign in again")
        return
    hub: Hub[Told] = socket.app.state.hub
    gate: Gate = socket.app.state.gate
    alike = (user.role, user.hospital_ids)  # all that `may_be_told` looks at
    with (
        hub.listen(lambda one: may_be_told(user, one.news), key=alike) as listener,
        gate.revocations.watching(user) as ended,
    ):
        await socket.send_data(_first_frame(socket, user), mode="text")
        sending = asyncio.ensure_future(_send(socket, listener))
        leaving = asyncio.ensure_future(_until_gone(socket))
        waited: set[asyncio.Future[Any]] = {sending, leaving, ended}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)
        if ended.done() and not ended.cancelled():
            await socket.close(code=ended.result())
