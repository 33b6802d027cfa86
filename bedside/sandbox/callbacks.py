"""Telling the product: signed posts to its webhooks, tried again as each provider would."""

import asyncio
import base64
import hashlib
import hmac
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

import aiohttp
import msgspec

from bedside.kit.clock import Clock

PATIENCE = aiohttp.ClientTimeout(total=15)  # Twilio waits 15 seconds for an answer


def twilio_signature(token: str, url: str, fields: Mapping[str, str]) -> str:
    """X-Twilio-Signature: base64 of HMAC-SHA1 over the URL and every field, sorted by name, name then value."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), "sha1").digest()).decode()


def hub_signature(secret: str, body: bytes) -> str:
    """X-Hub-Signature-256: `sha256=` and the hex HMAC-SHA256 of the raw body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Delivery(msgspec.Struct, kw_only=True, rename="camel"):
    """One attempt at telling the product something. `status` is its HTTP answer; none when there was no answer."""

    url: str
    what: str
    status: int | None
    at: datetime
    error: str | None = None
    body: str = ""

    @property
    def taken(self) -> bool:
        """Whether the product said 2xx."""
        return self.status is not None and 200 <= self.status < 300


class Callbacks:
    """Posts to the product. The last 500 attempts are kept for `GET /deliveries`.

    `public_url` is the address that the product calls its own: signatures cover it, while the request itself goes to
    `product`, where the product can be reached from here even if nobody else can.
    """

    def __init__(self, clock: Clock, *, product: str | None = None, public_url: str | None = None) -> None:
        self._clock = clock
        self._product, self._public_url = product, public_url or product
        self._session: aiohttp.ClientSession | None = None
        self.attempts: deque[Delivery] = deque(maxlen=500)

    def public(self, path: str) -> str:
        """A path of the product's, as the provider knows its address. Only where there is a product."""
        return f"{self._public_url}{path}"

    def _reachable(self, url: str) -> str:
        if self._product and self._public_url and url.startswith(f"{self._public_url}/"):
            return self._product + url.removeprefix(self._public_url)
        return url

    async def close(self) -> None:
        """Closes the connections that are still open."""
        if self._session is not None:
            await self._session.close()

    async def post_form(self, url: str, fields: Mapping[str, str], *, token: str, what: str) -> Delivery:
        """Posts a form as Twilio does, with its signature. Tried once more if nobody answers, and not again."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": twilio_signature(token, url, fields),
            "User-Agent": "TwilioProxy/1.1",
        }
        body = urlencode(fields).encode()
        delivery = await self.send("POST", url, body=body, headers=headers, what=what)
        if delivery.status is None:
            delivery = await self.send("POST", url, body=body, headers=headers, what=what)
        return delivery

    async def post_json(self, url: str, body: bytes, *, secret: str, what: str) -> Delivery:
        """Posts JSON as Meta does, with its signature over the raw bytes. Trying again is the caller's."""
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": hub_signature(secret, body)}
        return await self.send("POST", url, body=body, headers=headers, what=what)

    async def fetch(self, url: str, *, largest: int) -> tuple[str, str, bytes] | None:
        """What lies at an address: its media type, Content-Disposition and bytes; None where it cannot be had."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=PATIENCE, connector=aiohttp.TCPConnector(limit=20))
        delivery = Delivery(url=url, what="fetched a file", status=None, at=self._clock.now())
        self.attempts.append(delivery)
        try:
            async with self._session.get(self._reachable(url), allow_redirects=False) as answer:
                delivery.status = answer.status
                content = await answer.content.read(largest + 1) if answer.status == 200 else b""
                while 0 < len(content) <= largest and (more := await answer.content.read(largest)):
                    content += more
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, ValueError) as problem:
            delivery.error = f"{type(problem).__name__}: {problem}"
            return None
        if not 0 < len(content) <= largest:
            return None
        return answer.content_type, answer.headers.get("Content-Disposition", ""), content

    async def send(
        self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None, what: str
    ) -> Delivery:
        """One request; whatever happens comes back as a Delivery and is kept."""
        if self._session is None:
            # Redirects are not followed: providers do not either, and a one-click unsubscribe must answer itself.
            self._session = aiohttp.ClientSession(timeout=PATIENCE, connector=aiohttp.TCPConnector(limit=20))
        delivery = Delivery(url=url, what=what, status=None, at=self._clock.now())
        try:
            request = self._session.request(
                method, self._reachable(url), data=body, headers=headers, allow_redirects=False
            )
            async with request as answer:
                delivery.status = answer.status
                delivery.body = (await answer.text())[:10_000]
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, ValueError) as problem:
            delivery.error = f"{type(problem).__name__}: {problem}"
        self.attempts.append(delivery)
        return delivery
