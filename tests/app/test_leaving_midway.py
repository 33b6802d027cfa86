"""Whoever leaves in the midst of a download is not waited for: its connection is free at once, and nothing is amiss."""

import asyncio
import gc
import logging
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from bedside.accounts import Role
from bedside.accounts.tokens import access_token
from bedside.app import create_app
from bedside.kit.clock import SystemClock
from bedside.kit.database import Database
from bedside.settings import Settings
from tests.product import until
from tests.web import SECRET_KEY
from tests.world import SmallWorld

# Tens of megabytes, of which no network keeps all on the way.
OWNERS = """insert into crm.hospital_owners (kind, name, address, created_at, updated_at)
            select 'company', 'Owner ' || n, repeat('x', %(long)s), now(), now() from generate_series(1, %(many)s) n"""
PATIENTS = """insert into crm.patients (record_number, first_name, last_name, address, created_at, updated_at)
              select 'X' || n, 'Ann', repeat('x', 100), repeat('x', %(long)s), now(), now()
              from generate_series(1, %(many)s) n"""
MEMBERS = """insert into loyalty.patient_points (patient_id, referral_code, joined_at)
             select id, 'R' || id, now() from crm.patients on conflict do nothing"""


@pytest.fixture
def port(fresh_database_url: str, tmp_path: Path) -> Iterator[int]:
    """The application behind uvicorn, with two connections to the test's database."""
    app = create_app(
        Settings(
            data=tmp_path,
            secret_key=SECRET_KEY,
            database_url=fresh_database_url,
            database_pool_size=2,
            log_format="json",
        )
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False, ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def hang_up_midway(port: int, path: str, token: str) -> None:
    """Asks for a download, takes the beginning of it, and is gone."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: bedside.test\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        taken = b""
        while len(taken) < 20_000 and (more := line.recv(4096)):
            taken += more
        assert taken.startswith(b"HTTP/1.1 200"), taken
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # as a browser that is closed


async def at_work(database: Database) -> int:
    """How many connections of others to this database are in a transaction."""
    async with database.transaction() as tx:
        return int(
            await tx.value(
                """select count(*) from pg_stat_activity
                   where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
                     and backend_type = 'client backend'"""
            )
        )


@pytest.mark.parametrize(
    ("path", "statements", "many"),
    [
        ("/api/owners/export", [OWNERS], 10_000),
        ("/api/loyalty/export", [PATIENTS, MEMBERS], 40_000),
    ],
)
async def test_who_leaves_midway_frees_the_connection_and_leaves_no_error(
    port: int,
    database: Database,
    world: SmallWorld,
    path: str,
    statements: list[str],
    many: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.WARNING)
    async with database.transaction() as tx:
        for statement in statements:
            await tx.execute(statement, many=many, long=20_000_000 // many - 200)
    token = access_token(secret_key=SECRET_KEY, now=SystemClock().now(), role=Role.ADMIN)
    for _ in range(3):  # more than there are connections
        await asyncio.to_thread(hang_up_midway, port, path, token)
    gc.collect()

    async def nobody_is_at_work() -> bool:
        return await at_work(database) == 0

    await until(nobody_is_at_work)
    gc.collect()
    assert [record.getMessage() for record in caplog.records] == []
    assert "rror" not in capfd.readouterr().out
