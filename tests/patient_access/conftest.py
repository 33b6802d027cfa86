"""Somebody with a phone and a browser without scripts, in front of Bellevue General's public pages."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest
from litestar import Litestar

from tests.reminders.conftest import House, bellevue, house

__all__ = ["bellevue", "house"]

START = "/book/bellevue-general"


class _Forms(HTMLParser):
    """The forms of a page: where each goes, its fields, and its buttons that carry a value."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str], list[tuple[str, str]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}, []))
        elif self.forms and tag == "input" and given.get("type") not in ("checkbox", "radio"):
            self.forms[-1][1][given.get("name", "")] = given.get("value", "")
        elif self.forms and tag == "button" and "name" in given:
            self.forms[-1][2].append((given["name"], given.get("value", "")))


class Browser:
    """Opens pages, follows redirects and sends forms, as a phone without scripts does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.answer: httpx.Response

    @property
    def text(self) -> str:
        """The page as it is shown, tags left out."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.answer.text)).split())

    @property
    def path(self) -> str:
        """Where it is."""
        return self.answer.url.path

    async def open(self, path: str, **headers: str) -> "Browser":
        """Opens a page."""
        self.answer = await self.client.get(path, follow_redirects=True, headers=headers)
        return self

    async def send(self, action: str, *, button: int = 0, **fields: str) -> "Browser":
        """Sends the first form that goes to an address ending in `action`, as the button with that number does."""
        page = _Forms()
        page.feed(self.answer.text)
        goes, known, buttons = [form for form in page.forms if form[0].endswith(action)][button]
        data = {**known, **dict(buttons[:1]), **fields}
        self.answer = await self.client.post(goes, data=data, follow_redirects=True)
        return self

    async def choose_first_time(self, button: int = 0) -> "Browser":
        """From the first page to a time that is held."""
        await self.open(f"{START}/1/times?with=any")
        return await self.send("/times", button=button)

    async def tell(self, **changes: str) -> "Browser":
        """Says who is coming."""
        fields = {"first_name": "Nora", "last_name": "Nielsen", "phone": "(212) 555-0150", "consent": "yes"}
        return await self.send("/details", **{**fields, **changes})


@pytest.fixture
async def phone(app: Litestar, house: House) -> AsyncIterator[Callable[..., Awaitable[Browser]]]:
    """`await phone()` gives a browser; `address` is where it comes from."""
    opened: list[httpx.AsyncClient] = []

    async def open_browser(address: str = "203.0.113.7") -> Browser:
        transport = httpx.ASGITransport(app, raise_app_exceptions=True, client=(address, 50000))
        opened.append(httpx.AsyncClient(transport=transport, base_url="http://bedside.test"))
        return Browser(opened[-1])

    yield open_browser
    for client in opened:
        await client.aclose()


async def code_sent(house: House) -> str:
    """The code in the newest SMS."""
    await house.deliver()
    bodies = [one.body for one in house.carriers["twilio"].taken if "is your code" in one.body]
    return bodies[-1][:6]
