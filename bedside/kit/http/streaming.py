"""Answers that are sent while they are made: whoever leaves midway has what stands behind them closed at once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any

from litestar import response
from litestar.response.base import ASGIResponse
from litestar.response.streaming import ASGIStreamingResponse
from litestar.types import Receive, Send


class Stream(response.Stream):
    """Litestar's, but for how it ends when the client leaves.

    Litestar cancels whatever the stream waits for, and goes on to cancel what tidies up after it; where the stream was
    not waiting it is only let go of, with its transaction open. Here it is cancelled once and then closed, in peace.
    """

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> ASGIResponse:
        """As Litestar does."""
        answer = super().to_asgi_response(*args, **kwargs)
        answer.__class__ = _Closed  # it has the same fields
        return answer


class _Closed(ASGIStreamingResponse):
    __slots__ = ()

    async def send_body(self, send: Send, receive: Receive) -> None:
        """Sends it to its end, or until the client leaves. Raises what the stream raises."""
        sending = asyncio.create_task(self._send_and_close(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not sending.done():
                sending.cancel()
            await asyncio.wait((sending, leaving))
        if not sending.cancelled():
            sending.result()

    async def _send_and_close(self, send: Send) -> None:
        try:
            await self._stream(send)
        finally:
            await close(self.iterator)


async def close(rows: AsyncIterable[Any]) -> None:
    """Closes what was not read to its end, where it is anything that can be closed."""
    if isinstance(rows, AsyncGenerator):
        await rows.aclose()


async def _left(receive: Receive) -> None:
    """Waits until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
