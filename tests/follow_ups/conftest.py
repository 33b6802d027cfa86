"""Two hospitals of a group, two patients, and the people who look after them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar

from bedside.kit.database import Database, Tx
from tests.web import AsRole


class Group:
    """The group, by its ids, and clients signed in as its people."""

    bellevue: int
    mercy: int
    anna: int
    ben: int
    desk: httpx.AsyncClient
    clinician: httpx.AsyncClient
    admin: httpx.AsyncClient
    outsider: httpx.AsyncClient
    """Works at Mercy only."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def count(self, table: str) -> int:
        """How many rows a table of crm has."""
        async with self.database.transaction() as tx:
            return int(await tx.value(f"select count(*) from crm.{table}"))

    async def events(self) -> list[str]:
        """The kinds of events there were, in order, without those of staff."""
        async with self.database.transaction() as tx:
            rows = await tx.rows("select kind from crm.event_log where kind not like 'staff.%%' order by id")
        return [row[0] for row in rows]


async def _insert(tx: Tx, table: str, **values: Any) -> int:
    marks = ", ".join(f"%({name})s" for name in values)
    return int(
        await tx.value(
            f"""insert into crm.{table} ({", ".join(values)}, created_at, updated_at)
                values ({marks}, %(now)s, %(now)s) returning id""",
            **values,
        )
    )


@pytest.fixture
async def group(app: Litestar, database: Database, as_role: AsRole) -> AsyncIterator[Group]:
    """The group, with its web serving."""
    group = Group(database)
    async with database.transaction() as tx:
        for name, zone in (("Bellevue", "America/New_York"), ("Mercy", "America/Chicago")):
            slug = name.lower()
            setattr(group, slug, await _insert(tx, "hospitals", name=name, slug=slug, time_zone=zone, currency="USD"))
        for number, name in (("1", "Anna Avery"), ("2", "Ben Brook")):
            first, last = name.split()
            made = await _insert(tx, "patients", record_number=number, first_name=first, last_name=last)
            setattr(group, first.lower(), made)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 50000))
    people = {
        "desk": ("front_desk", [group.bellevue]),
        "clinician": ("clinician", None),
        "admin": ("admin", None),
        "outsider": ("front_desk", [group.mercy]),
    }
    clients = []
    for name, (role, hospitals) in people.items():
        headers = await as_role(role, hospitals=hospitals)
        client = httpx.AsyncClient(transport=transport, base_url="http://bedside.test", headers=headers)
        setattr(group, name, client)
        clients.append(client)
    yield group
    for client in clients:
        await client.aclose()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the database, as it is asked, but for the event tail's reading."""
    asked: list[str] = []
    run = Tx._run

    async def counted(self: Tx, query: Any, parameters: dict[str, Any], rows: Any) -> Any:
        words = query if isinstance(query, str) else query.as_string(None)
        if "event_log" not in words and "pg_snapshot" not in words:
            asked.append(words)
        return await run(self, query, parameters, rows)

    monkeypatch.setattr(Tx, "_run", counted)
    return asked
