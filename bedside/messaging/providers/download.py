"""Fetching a file from a provider: bounded, only from where it may come from, credentials only where they belong."""

import asyncio
from collections.abc import Callable, Mapping
from urllib.parse import urljoin, urlsplit

import aiohttp

from bedside.messaging.providers.http import NotReached, Unanswered

PATIENCE = aiohttp.ClientTimeout(total=60, sock_connect=5, sock_read=20)
MOST_STEPS = 3


class NotThere(Exception):
    """The provider does not have it, or it lies where nothing is fetched from."""


class TooMuch(Exception):
    """It is larger than is taken; the rest was not read."""


def same_origin(url: str, base: str) -> bool:
    """Whether both addresses are of one scheme, host and port. Pure."""
    return _origin(url) == _origin(base)


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, parts.hostname, port


async def download(url: str, *, headers: Mapping[str, str], may_go: Callable[[str], bool], largest: int) -> bytes:
    """The bytes at an address, following where the provider sends on to as far as `may_go` allows.

    `headers` carry credentials and go to the first address's origin alone, and to where `may_go` was asked first.
    Raises NotThere, TooMuch, NotReached, Unanswered.
    """
    first = url
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        for _ in range(MOST_STEPS):
            if not may_go(url):
                raise NotThere(f"nothing is fetched from {urlsplit(url).hostname}")
            shown = headers if same_origin(url, first) else {}
            try:
                async with session.get(url, headers=shown, allow_redirects=False) as answer:
                    if answer.status in (301, 302, 303, 307, 308) and "Location" in answer.headers:
                        url = urljoin(url, answer.headers["Location"])
                        continue
                    return await _read(answer, largest)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                raise NotReached(str(error)) from None
            except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, OSError, ValueError) as error:
                raise Unanswered(f"{type(error).__name__}: {error}") from None
    raise NotThere("it was sent on too often")


async def _read(answer: aiohttp.ClientResponse, largest: int) -> bytes:
    if answer.status in (400, 404, 410):
        raise NotThere(f"the provider answered {answer.status}")
    if answer.status != 200:
        raise Unanswered(f"the provider answered {answer.status}")
    if (answer.content_length or 0) > largest:
        raise TooMuch
    read = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        read += chunk
        if len(read) > largest:
            raise TooMuch
    return bytes(read)
