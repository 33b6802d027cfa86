"""A hospital with one patient, the product listening on a port, and an outside world that knows its address."""

import asyncio
import hashlib
import hmac
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
import pytest
import uvicorn
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from twilio.request_validator import RequestValidator

from bedside import reactions
from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.kit.http.errors import handle_errors, plain_problem_page
from bedside.kit.http.transaction import provide_transaction
from bedside.message_templates import ship_templates
from bedside.messaging import (
    Enqueued,
    PersonRef,
    Sender,
    enqueue,
    ensure_senders,
    provider_accounts,
    providers,
)
from bedside.messaging.applying import apply_all
from bedside.messaging.provider_accounts import ProviderAccounts
from bedside.messaging.webhooks import WEBHOOKS
from bedside.sandbox import DEMONSTRATION, Pace
from bedside.sandbox import create_app as create_sandbox
from bedside.sandbox.main import CuttableProtocol
from bedside.sandbox.outside import Outside
from bedside.sandbox.phones import Message
from bedside.settings import Settings, pointed_at_sandbox

MARIA = "+12125550142"
MAIL = "maria@example.org"
QUICK = Pace(sent=0.001, delivered=0.001, read=0.001, webhook_retry=0.01, review=0.001)
SECRET = "a secret key for tests, long enough to sign"


class PostOffice:
    """The queue under test, from both ends."""

    def __init__(self, database: Database, accounts: ProviderAccounts, http: aiohttp.ClientSession) -> None:
        self.database, self.accounts, self.http = database, accounts, http
        self.outside: Outside
        self.sender = Sender(database, providers(accounts))
        self.hospital = self.maria = 0
        self._keys = 0

    async def queue(self, channel: str | None = "sms", **more: Any) -> Enqueued:
        """Queues a message to Maria, "Hello" unless told otherwise."""
        self._keys += 1
        if "template_key" not in more:
            more.setdefault("body", "Hello")
        given = {
            "key": f"test:{self._keys}",
            "to": PersonRef(id=self.maria),
            "purpose": "transactional",
            "hospital_id": self.hospital,
            "actor": SYSTEM,
        } | more
        async with self.database.transaction() as tx:
            return await enqueue(tx, channel=channel, **given)

    async def message(self, message_id: int | None) -> dict[str, Any]:
        """A row of the queue."""
        async with self.database.transaction() as tx:
            [(row,)] = await tx.rows(
                "select to_jsonb(q) from communications.message_queue q where id = %(id)s", id=message_id
            )
        return dict(row)

    async def status(self, message_id: int | None) -> str:
        """How far a message is."""
        return str((await self.message(message_id))["status"])

    async def events(self, message_id: int | None) -> list[str]:
        """The ways a message went."""
        async with self.database.transaction() as tx:
            rows = await tx.rows(
                "select status from communications.message_events where message_id = %(id)s order by id",
                id=message_id,
            )
        return [row[0] for row in rows]

    async def rows(self, query: Any, **values: Any) -> list[tuple[Any, ...]]:
        """Whatever a test wants to look at."""
        async with self.database.transaction() as tx:
            return await tx.rows(query, **values)

    async def delivered(self) -> None:
        """Sends what is due and waits until the outside world has nothing under way."""
        await self.sender.drain()
        await self.settled()

    async def settled(self) -> None:
        """Waits until the outside world has nothing under way."""
        async with asyncio.timeout(10):
            while under_way := {task for task in self.outside._under_way if not task.done()}:
                await asyncio.wait(under_way)
        await self.applied()

    async def applied(self) -> int:
        """Does what the worker does about webhooks that came in; gives how many there were."""
        return await apply_all(self.database, secret=SECRET)

    def phone(self, to: str = MARIA, channel: str | None = None) -> list[Message]:
        """What somebody has received from the hospital."""
        return self.outside.phones.find(person=to, channel=channel, origin="hospital")

    async def reply(self, body: str, channel: str = "sms", person: str = MARIA, **more: Any) -> int:
        """Answers as the person; gives how the product took it (an HTTP status)."""
        sent = {"channel": channel, "from": person, "body": body, **more}
        async with self.http.post("/replies", json=sent) as answer:
            answered = await answer.json()
            assert answer.status == 201, answered
        await self.applied()
        return int(answered["webhook"]["status"])

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """Posts to the product as a provider would, and has it applied; gives how it answered."""
        status = await self.hand_in(path, body, headers)
        await self.applied()
        return status

    async def hand_in(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """Posts to the product as a provider would, and no worker looks; gives how it answered."""
        async with self.http.post(self.accounts.public_url + path, data=body, headers=headers) as answer:
            return answer.status

    async def twilio_says(self, message_id: int | None, status: str, sid: str, **more: str) -> int:
        """A status callback, signed by Twilio's own library."""
        path = f"/webhooks/twilio/status/{message_id}"
        return await self.twilio_posts(path, {"MessageSid": sid, "MessageStatus": status, **more})

    async def twilio_posts(self, path: str, fields: dict[str, str], *, token: str | None = None) -> int:
        """A form, signed by Twilio's own library."""
        account = self.accounts.twilio
        assert account is not None
        signed = RequestValidator(token or account.auth_token).compute_signature(
            self.accounts.public_url + path, fields
        )
        headers = {"X-Twilio-Signature": signed, "Content-Type": "application/x-www-form-urlencoded"}
        return await self.post(path, urlencode(fields).encode(), headers)

    async def whatsapp_says(self, *statuses: Any, message_id: int | None = None, messages: Any = ()) -> int:
        """A webhook of the Cloud API, signed."""
        account = self.accounts.whatsapp
        assert account is not None
        told = [
            {"timestamp": "1", "biz_opaque_callback_data": str(message_id), **one} if isinstance(one, dict) else one
            for one in statuses
        ]
        value = {
            "metadata": {"phone_number_id": account.phone_number_id},
            "statuses": told,
            "messages": list(messages),
        }
        body = msgspec.json.encode({"entry": [{"changes": [{"field": "messages", "value": value}]}]})
        mark = hmac.new(account.app_secret.encode(), body, hashlib.sha256).hexdigest()
        return await self.post("/webhooks/whatsapp", body, {"X-Hub-Signature-256": f"sha256={mark}"})

    async def fault(self, kind: str, **more: Any) -> None:
        """Dials a fault in."""
        async with self.http.post("/faults", json={"kind": kind, **more}) as answer:
            assert answer.status == 201, await answer.text()


@asynccontextmanager
async def serve(app: Litestar, listening: socket.socket, http: Any = "auto") -> AsyncIterator[None]:
    """Serves an application on a socket, in a task of its own."""
    server = uvicorn.Server(uvicorn.Config(app, http=http, log_level="error", timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.002)
    try:
        yield
    finally:
        server.should_exit = True
        await running


Application = Callable[[Settings, Database], Litestar]


def webhooks_alone(settings: Settings, database: Database) -> Litestar:
    """The part of the product that providers call, which is made in no time."""
    reactions.install(public_url=settings.public_url)
    return Litestar(
        WEBHOOKS,
        state=State({"settings": settings, "secret_key": SECRET, "database": database}),
        dependencies={"tx": Provide(provide_transaction)},
        exception_handlers={Exception: handle_errors(plain_problem_page)},
        openapi_config=None,
    )


@pytest.fixture
def application() -> Application:
    """What listens. A file whose stories need pages and routes too gives `create_app` under this name."""
    return webhooks_alone


@pytest.fixture
def stand_ins() -> bool:
    """Whether there is a second account of each kind. A file whose stories need it gives True under this name."""
    return False


@pytest.fixture
async def office(
    database: Database, clock: SetClock, tmp_path: Path, application: Application, stand_ins: bool
) -> AsyncIterator[PostOffice]:
    """Everything up; Maria has a phone that takes SMS and WhatsApp, and mail."""
    with socket.create_server(("127.0.0.1", 0)) as web, socket.create_server(("127.0.0.1", 0)) as outdoors:
        public = f"http://127.0.0.1:{web.getsockname()[1]}"
        world = create_sandbox(product=public, smtp_port=0, clock=clock, pace=QUICK)
        async with serve(world, outdoors, CuttableProtocol):
            settings = Settings(
                data=tmp_path,
                secret_key=SECRET,
                public_url=public,
                sandbox_port=outdoors.getsockname()[1],
                sandbox_smtp_port=world.state.smtp_port,
            )
            settings = pointed_at_sandbox(settings, DEMONSTRATION, stand_ins=stand_ins)
            accounts = provider_accounts(settings, secret_key=SECRET)
            async with serve(application(settings, database), web), aiohttp.ClientSession(settings.sandbox_url) as http:
                office = PostOffice(database, accounts, http)
                office.outside = world.state.outside
                await _furnish(office)
                yield office
                await office.sender.close()
            world.state.outside.closing.set()
            world.state.outside.phones.tell()


async def _furnish(office: PostOffice) -> None:
    async with office.database.transaction() as tx:
        await ship_templates(tx)
        await ensure_senders(tx, office.accounts)
        # a rate goes by the clock, which stands still here
        await tx.execute("update communications.senders set per_second = 1000")
        office.hospital = await tx.value(
            """insert into crm.hospitals (name, slug, time_zone, currency, phone, created_at, updated_at)
               values ('Bellevue General', 'bellevue', 'America/New_York', 'USD', '+12125550100', %(now)s, %(now)s)
               returning id"""
        )
        office.maria = await tx.value(
            """insert into crm.patients (record_number, first_name, last_name, hospital_id, created_at, updated_at)
               values ('100001', 'Maria', 'Lopez', %(hospital)s, %(now)s, %(now)s) returning id""",
            hospital=office.hospital,
        )
        await tx.execute(
            """insert into crm.contact_points (patient_id, kind, value, created_at)
               values (%(id)s, 'phone', %(phone)s, %(now)s), (%(id)s, 'email', %(mail)s, %(now)s)""",
            id=office.maria,
            phone=MARIA,
            mail=MAIL,
        )
