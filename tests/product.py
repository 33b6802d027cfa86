"""The whole product, really running: `bedside run` with its database, web, worker, sandbox and demonstration hospital.

A test that takes `product` talks to it as anybody would, over HTTP. Each process of the tests starts one when the first
asks for it, and it serves all the others there. So a test brings people of its own (`product.somebody()`), takes times
nobody else has (`product.free_times()`), and ends the faults it dialled in.
"""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

T = TypeVar("T")
ROOT = Path(__file__).parents[1]
PATIENCE = 40.0  # seconds; what takes longer does not work, even on a busy machine
TOKEN_LASTS = 600.0  # seconds after which we sign in anew, well before the token's fifteen minutes are over
# Area codes that nobody of the demonstration hospital has; numbers 0100 to 0199 of each are reserved for fiction.
AREAS = (206, 303, 404, 503, 602, 702, 713, 801, 804, 816)


class Product:
    """A running Bedside, and hands to use it with."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.web = f"http://127.0.0.1:{port}"
        self.sandbox = f"http://127.0.0.1:{port + 1}"
        self.public_url = f"http://localhost:{port}"
        self.log = data.with_name("log")
        self._people = count()
        self._token = ""
        self._signed_in_at = float("-inf")
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bedside", "run", "--data", str(data), "--port", str(port)],
                cwd=ROOT,
                env={name: value for name, value in os.environ.items() if not name.startswith("BEDSIDE_")},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.http = httpx.AsyncClient(base_url=self.web, timeout=PATIENCE)
        self.outside = httpx.AsyncClient(base_url=self.sandbox, timeout=PATIENCE + 30)

    async def ready(self) -> None:
        """Waits until web, sandbox and worker are there."""

        async def said() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            log = self.log.read_text()
            # the worker puts up the accounts that messages are sent by, and says so last
            return "Bedside is ready" in log and re.search(r"\bworking\b", log) is not None

        async def sandbox_answers() -> bool:
            return (await self.outside.get("/healthz")).status_code == 200

        await until(said, seconds=120)
        await until(sandbox_answers)

    async def stop(self) -> None:
        """Ends it as Ctrl-C does."""
        await self.http.aclose()
        await self.outside.aclose()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                await asyncio.to_thread(self.process.wait, 30)
            except subprocess.TimeoutExpired:
                self.process.kill()

    @property
    def first_sign_in(self) -> tuple[str, str]:
        """The email and the password that the first start printed."""
        email, password = (self.data / "first-sign-in").read_text().split()
        return email, password

    async def token(self) -> str:
        """A bearer token of the first administrator."""
        if time.monotonic() - self._signed_in_at > TOKEN_LASTS:
            email, password = self.first_sign_in
            answer = await self.http.post("/api/auth/login", json={"email": email, "password": password})
            assert answer.status_code == 200, answer.text
            self._token, self._signed_in_at = answer.json()["accessToken"], time.monotonic()
        return self._token

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request to the API as the first administrator, whatever the answer."""
        headers = {"authorization": f"Bearer {await self.token()}"} | headers
        return await self.http.request(method, path, json=body, headers=headers)

    async def get(self, path: str, **query: Any) -> Any:
        """What the API has there; anything but a success fails the test."""
        headers = {"authorization": f"Bearer {await self.token()}"}
        answer = await self.http.get(path, params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, *, expect: int = 201, **headers: str) -> Any:
        """What the API answers to this; any other status fails the test."""
        answer = await self.ask("POST", path, body, **headers)
        assert answer.status_code == expect, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def somebody(self, **more: Any) -> dict[str, Any]:
        """A new patient with a phone and a mailbox of their own, who agreed to be written to."""
        number = next(self._people)
        phone = f"+1{AREAS[number // 100]}5550{100 + number % 100}"
        consents = [
            {"channel": channel, "purpose": "transactional", "granted": True, "how": "form at the desk"}
            for channel in ("sms", "whatsapp", "email")
        ]
        body = {"firstName": "Petra", "lastName": f"Probe {number}", "phone": phone, "hospitalId": 1}
        return dict(await self.post("/api/patients", body | {"consents": consents} | more))

    async def free_times(self, *, days_ahead: int = 40, **whose: Any) -> list[str]:
        """Free beginnings of Dr. Smith in Cardiology (or of whom is named), the soonest first, beyond the month that
        the demonstration hospital has filled."""
        whose = whose or {"doctorName": "Dr. Smith", "department": "Cardiology"}
        first = date.fromisoformat(str(datetime.now(UTC).date())) + timedelta(days=days_ahead)
        found = await self.get(
            "/api/appointments/availability", **{"from": first, "to": first + timedelta(days=13), **whose}
        )
        return [one for day in found["items"][0]["days"] for one in day["times"]]

    async def book(self, patient: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A visit of this patient with Dr. Smith at the first free time."""
        times = await self.free_times()
        return dict(
            await self.post(
                "/api/appointments",
                {"patientId": patient["id"], "practitionerId": 1, "startsAt": times[0]} | more,
            )
        )

    async def appointment(self, appointment_id: int) -> dict[str, Any]:
        """A visit as it is now."""
        return dict(await self.get(f"/api/appointments/{appointment_id}"))

    async def received(self, person: str, *, at_least: int = 1, **which: Any) -> list[dict[str, Any]]:
        """What the hospital's messages to this number or address are, as soon as there are so many."""

        async def there() -> list[dict[str, Any]]:
            answer = await self.outside.get("/messages", params={"to": person, "wait": 5, **which})
            items = answer.json()["items"]
            return list(items) if len(items) >= at_least else []

        return await until(there, saying=f"{person} received less than {at_least} {which}")

    async def reply(self, person: str, body: str, *, channel: str = "sms") -> None:
        """Answers as the person; the product must take it well."""
        answer = await self.outside.post("/replies", json={"channel": channel, "from": person, "body": body})
        assert answer.status_code == 201, answer.text

    async def fault(self, kind: str, **how: Any) -> None:
        """Dials a bad day in."""
        answer = await self.outside.post("/faults", json={"kind": kind, **how})
        assert answer.status_code == 201, answer.text

    async def messages(self, patient_id: int, **which: Any) -> list[dict[str, Any]]:
        """The messages to a patient, the oldest first."""
        found = await self.get("/api/messages", patientId=patient_id, sort="id", **which)
        return list(found["items"])

    async def message_is(self, message_id: int, *wanted: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The message, as soon as it has one of these statuses."""

        async def asked() -> dict[str, Any] | None:
            found = (await self.get(f"/api/messages/{message_id}"))["message"]
            return dict(found) if found["status"] in wanted else None

        return await until(asked, seconds=seconds, saying=f"message {message_id} is not {wanted}")

    def process_named(self, name: str) -> int | None:
        """The id of one of its processes: web (`serve`), `worker` or `sandbox`. None while there is none."""
        shown = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True
        )
        for line in shown.stdout.splitlines():
            pid, _, arguments = line.strip().partition(" ")
            if f"-m bedside {name}" in arguments:
                return int(pid)
        return None


async def until(ask: Callable[[], Awaitable[T]], *, seconds: float = PATIENCE, saying: str = "") -> T:
    """Asks again and again until the answer is true, and gives it. A connection that fails counts as a no."""
    limit = time.monotonic() + seconds
    while True:
        try:
            if answer := await ask():
                return answer
        except httpx.TransportError as nobody:
            saying = saying or repr(nobody)
        if time.monotonic() > limit:
            raise AssertionError(f"still not so after {seconds:.0f} s: {saying or ask}")
        await asyncio.sleep(0.05)


def three_free_ports() -> int:
    """A port such that it and the two after it are free."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
        try:
            for following in (port, port + 1, port + 2):
                with socket.socket() as one:
                    one.bind(("127.0.0.1", following))
        except (OSError, OverflowError):
            continue
        return port


@pytest.fixture(scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The running product, the same for all tests."""
    product = Product(tmp_path_factory.mktemp("product") / "the data", three_free_ports())
    try:
        await product.ready()
        yield product
    finally:
        await product.stop()
