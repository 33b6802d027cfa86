"""The web in a test: the whole application on the test's database and in its event loop, and roles to ask as."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import httpx
import pytest
from litestar import Litestar

from bedside.accounts import Role, store
from bedside.accounts.tokens import access_token
from bedside.app import build_app, set_up
from bedside.kit.database import Database
from bedside.settings import Settings

SECRET_KEY = "a secret key for tests, long enough to sign"
PUBLIC_URL = "http://bedside.test"
_numbers = count(1)


class AsRole(Protocol):
    """`await as_role("front_desk", hospitals=[1])`: headers of a member of staff with that role."""

    def __call__(self, role: Role | str, *, hospitals: list[int] | None = None) -> Awaitable[dict[str, str]]:
        """`hospitals` None: every one."""
        ...


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a test's application."""
    return Settings(data=tmp_path, secret_key=SECRET_KEY, public_url=PUBLIC_URL)


@pytest.fixture(scope="session")
def built_app() -> Litestar:
    """The application with its hundreds of routes, put together once for all tests of a process: it holds no state."""
    return build_app(Settings(secret_key=SECRET_KEY, public_url=PUBLIC_URL))


@pytest.fixture
async def app(built_app: Litestar, database: Database, settings: Settings) -> AsyncIterator[Litestar]:
    """The whole application, serving, on this test's database."""
    app = set_up(built_app, settings, database)
    async with serving(app):
        yield app


@asynccontextmanager
async def serving(app: Litestar) -> AsyncIterator[None]:
    """Starts an application and stops it, in one task of its own: a fixture's two halves may run in different ones."""
    started, stop = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        async with app.lifespan():
            started.set()
            await stop.wait()

    running = asyncio.create_task(run())
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        waiting.cancel()
        await running
    try:
        yield
    finally:
        stop.set()
        await running


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it, signed out. Faults of the server are answers, as for a real client."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://bedside.test") as client:
        yield client


@pytest.fixture
def as_role(database: Database) -> Callable[..., Awaitable[dict[str, str]]]:
    """Adds a member of staff and gives the headers to ask as them."""

    async def headers(role: Role | str, *, hospitals: list[int] | None = None) -> dict[str, str]:
        role, number = Role(role), next(_numbers)
        async with database.transaction() as tx:
            member = await store.insert_staff(
                tx,
                email=f"{role}{number}@example.org",
                name=f"{role.replace('_', ' ').title()} {number}",
                role=role,
                every_hospital=hospitals is None,
                hospital_ids=hospitals or [],
                practitioner_id=None,
                language="en",
                password_hash="none",
            )
            assert member is not None
            token = access_token(
                secret_key=SECRET_KEY,
                now=tx.now,
                role=role,
                kind="staff",
                id=member.id,
                name=member.name,
                hospital_ids=member.hospitals,
            )
        return {"authorization": f"Bearer {token}"}

    return headers
