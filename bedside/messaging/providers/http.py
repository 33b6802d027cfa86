"""One HTTP request to a provider, and the three ways it may end: an answer, certainly nothing, or nobody knows."""

import asyncio
from typing import Any

import aiohttp
import msgspec


class Answer(msgspec.Struct, frozen=True):
    """An answer: its HTTP status, its JSON (empty where it is none), and Retry-After in seconds."""

    status: int
    json: dict[str, Any]
    retry_after: float | None = None


class NotReached(Exception):
    """No connection was made: nothing was processed."""


class Unanswered(Exception):
    """The request may have arrived, but no answer came."""


class Wire:
    """Connections to one provider, kept open between messages."""

    def __init__(self, *, timeout: float, connections: int = 50) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 5.0))
        # a request that waits for a connection has not left: its time begins when it does
        self._free = asyncio.Semaphore(connections)
        self._session: aiohttp.ClientSession | None = None

    async def request(self, method: str, url: str, **parts: Any) -> Answer:
        """Raises NotReached where certainly nothing was processed, Unanswered where that cannot be known."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, connector=aiohttp.TCPConnector(limit=0))
        try:
            async with self._free, self._session.request(method, url, allow_redirects=False, **parts) as response:
                return Answer(response.status, _json(await response.read()), _seconds(response.headers))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotReached(str(error)) from None
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, OSError) as error:
            raise Unanswered(f"{type(error).__name__}: {error}") from None

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()


def _json(body: bytes) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _seconds(headers: Any) -> float | None:
    given = headers.get("Retry-After", "")
    return float(given) if given.isdigit() else None
