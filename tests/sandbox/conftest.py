"""An outside world of each test's own, on free ports, and a hospital that listens to it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import uvicorn
from aiohttp import web

from bedside.kit.clock import SetClock
from bedside.sandbox import DEMONSTRATION, Pace, create_app
from bedside.sandbox.main import CuttableProtocol
from bedside.sandbox.outside import Outside

MARIA = "+12125550142"
QUICK = Pace(sent=0.002, delivered=0.002, read=0.002, webhook_retry=0.01, review=0.001)
ACCOUNT = f"/2010-04-01/Accounts/{DEMONSTRATION.twilio_account_sid}"
CLOUD = f"/v25.0/{DEMONSTRATION.whatsapp_phone_number_id}/messages"

SIGNED_IN = {
    "Authorization": aiohttp.encode_basic_auth(DEMONSTRATION.twilio_account_sid, DEMONSTRATION.twilio_auth_token)
}


class Heard:
    """One request that reached the hospital."""

    def __init__(self, request: web.Request, body: bytes, form: dict[str, str]) -> None:
        self.url = str(request.url)
        self.path, self.headers, self.body, self.form = request.path, request.headers, body, form


class Hospital:
    """Stands where the product would: keeps what it is told, and answers with `answer`."""

    def __init__(self) -> None:
        self.address = ""
        self.heard: list[Heard] = []
        self.answer: tuple[int, str] = (200, "")
        self._news = asyncio.Event()

    async def listen(self, request: web.Request) -> web.Response:
        """Whatever comes."""
        if challenge := request.query.get("hub.challenge"):
            right = request.query.get("hub.verify_token") == DEMONSTRATION.whatsapp_verify_token
            return web.Response(text=challenge if right else "", status=200 if right else 403)
        body = await request.read()
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.heard.append(Heard(request, body, form))
        self._news.set()
        status, text = self.answer
        return web.Response(status=status, text=text)

    async def hears(self, count: int) -> list[Heard]:
        """Waits until that many requests have come (five seconds at most)."""
        async with asyncio.timeout(5):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()
        return self.heard


class World:
    """The sandbox under test, and how to reach it."""

    def __init__(self, outside: Outside, http: aiohttp.ClientSession, address: str, smtp_port: int) -> None:
        self.outside, self.http, self.address, self.smtp_port = outside, http, address, smtp_port

    async def text(self, to: str = MARIA, body: str = "Hello", **fields: str) -> tuple[int, dict[str, Any]]:
        """Sends an SMS as the product would."""
        form = {"To": to, "From": DEMONSTRATION.twilio_numbers[0], "Body": body, **fields}
        async with self.http.post(f"{ACCOUNT}/Messages.json", data=form, headers=SIGNED_IN) as answer:
            return answer.status, await answer.json()

    async def texts(self, query: str = "") -> list[dict[str, Any]]:
        """Looks messages up as the product would."""
        async with self.http.get(f"{ACCOUNT}/Messages.json?{query}", headers=SIGNED_IN) as answer:
            return list((await answer.json())["messages"])

    async def whatsapp(
        self, kind: str, part: dict[str, Any], to: str = MARIA, **more: Any
    ) -> tuple[int, dict[str, Any]]:
        """Sends a WhatsApp message as the product would."""
        sent = {"messaging_product": "whatsapp", "to": to.removeprefix("+"), "type": kind, kind: part, **more}
        headers = {"Authorization": f"Bearer {DEMONSTRATION.whatsapp_access_token}"}
        async with self.http.post(CLOUD, json=sent, headers=headers) as answer:
            return answer.status, await answer.json()

    async def reply(self, body: str, channel: str = "sms", person: str = MARIA, **more: Any) -> dict[str, Any]:
        """Answers as the person."""
        sent = {"channel": channel, "from": person, "body": body, **more}
        async with self.http.post("/replies", json=sent) as answer:
            return {"httpStatus": answer.status, **(await answer.json())}

    async def messages(self, **query: str) -> list[dict[str, Any]]:
        """What people have on their phones and in their mailboxes."""
        async with self.http.get("/messages", params=query) as answer:
            return list((await answer.json())["items"])

    async def fault(self, kind: str, **more: Any) -> None:
        """Dials a fault in."""
        async with self.http.post("/faults", json={"kind": kind, **more}) as answer:
            assert answer.status == 201, await answer.text()

    async def until(self, **expected: Any) -> dict[str, Any]:
        """Waits until some message has all these fields, and gives it."""
        async with asyncio.timeout(5):
            while True:
                for message in await self.messages(origin="any"):
                    if all(message[name] == value for name, value in expected.items()):
                        return message
                await self.outside.phones.change(1)


@pytest.fixture
async def hospital() -> AsyncIterator[Hospital]:
    """A hospital that listens on a free port."""
    hospital = Hospital()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hospital.listen)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hospital.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield hospital
    await runner.cleanup()


@pytest.fixture
async def world(hospital: Hospital, clock: SetClock) -> AsyncIterator[World]:
    """The sandbox, quick, with the hospital behind its webhooks."""
    app = create_app(product=hospital.address, smtp_port=0, clock=clock, pace=QUICK)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(
            uvicorn.Config(app, http=CuttableProtocol, log_level="error", timeout_graceful_shutdown=1)
        )
        running = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
            await asyncio.sleep(0.005)
        async with aiohttp.ClientSession(address) as http:
            yield World(app.state.outside, http, address, app.state.smtp_port)
        app.state.outside.closing.set()
        app.state.outside.phones.tell()
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await running
