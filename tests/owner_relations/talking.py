"""Harbor, an owner of Bellevue with three people to write to, finance who write to them, and the world outside."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, LiteralString

import aiohttp
import pytest
from litestar import Litestar

from bedside.app import create_app
from bedside.event_log import SYSTEM
from bedside.kit.database import Database
from bedside.kit.sealing import install_sealing_key
from bedside.owners import NewContact, NewOwner, add_contact, add_owner
from bedside.settings import Settings
from tests.payouts.people import as_owner
from tests.post_office import SECRET, PostOffice
from tests.web import AsRole

__all__ = ["Talk", "application", "talk"]

HARBOR, ELENA = "+12125550150", "+12125550151"


@dataclass(frozen=True, kw_only=True)
class Talk:
    """`owner_id` is Harbor with a phone and mail; Elena has a phone alone, Omar mail alone, Ruth reads Spanish."""

    office: PostOffice
    web: aiohttp.ClientSession
    as_role: AsRole
    finance: dict[str, str]
    owner_id: int
    elena: int
    omar: int
    ruth: int

    @property
    def path(self) -> str:
        """Where the log is."""
        return f"/api/owners/{self.owner_id}/communications"

    async def post(self, path: str, body: Any = None, who: dict[str, str] | None = None, **headers: str) -> Any:
        """Status and body of what finance, or somebody else, posts."""
        given = (who or self.finance) | {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.web.post(path, json=body, headers=given) as answer:
            return answer.status, await answer.json()

    async def send(self, method: str, path: str, body: Any, who: dict[str, str] | None = None, **headers: str) -> Any:
        """The same with another method."""
        given = (who or self.finance) | {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.web.request(method, path, json=body, headers=given) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str, who: dict[str, str] | None = None) -> Any:
        """Status and body of what somebody reads."""
        async with self.web.get(path, headers=who or self.finance) as answer:
            return answer.status, await answer.json()

    async def log(self, query: str = "", who: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """The log as somebody reads it."""
        status, body = await self.get(f"{self.path}{query}", who)
        assert status == 200, body
        return list(body["items"])

    async def sent(self, body: Any, **headers: str) -> dict[str, Any]:
        """An entry that finance made, which went well."""
        status, made = await self.post(self.path, body, **headers)
        assert status == 201, made
        return dict(made)

    async def as_owner(self, owner_id: int | None = None) -> dict[str, str]:
        """Headers of somebody who signs in for an owner."""
        return await as_owner(self.office.database, owner_id or self.owner_id)

    async def value(self, query: LiteralString, **parameters: Any) -> Any:
        """One value, read in a transaction of its own."""
        async with self.office.database.transaction() as tx:
            return await tx.value(query, **parameters)


@pytest.fixture
def application() -> Callable[[Settings, Database], Litestar]:
    """The whole product."""
    return create_app


@pytest.fixture
async def talk(office: PostOffice, as_role: AsRole) -> Any:
    """Everybody, and nothing said yet."""
    install_sealing_key(SECRET)
    async with office.database.transaction() as tx:
        new = NewOwner(name="Harbor Health", phone=HARBOR, email="harbor@example.org", hospital_ids=[office.hospital])
        owner = await add_owner(tx, new=new, actor=SYSTEM)
        people = [
            NewContact(name="Elena Ward", phone=ELENA),
            NewContact(name="Omar Haddad", email="omar@example.org"),
            NewContact(name="Ruth Vidal", phone="+12125550152", email="ruth@example.org", language="es"),
        ]
        ids = [(await add_contact(tx, owner_id=owner.id, new=one, actor=SYSTEM)).id for one in people]
    async with aiohttp.ClientSession(office.accounts.public_url) as web:
        yield Talk(
            office=office,
            web=web,
            as_role=as_role,
            finance=await as_role("finance"),
            owner_id=owner.id,
            elena=ids[0],
            omar=ids[1],
            ruth=ids[2],
        )
