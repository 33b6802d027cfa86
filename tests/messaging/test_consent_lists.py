"""Who agreed to what is looked through over everybody, and taken out as a table, by the same filters."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bedside.app import create_app
from tests.messaging.test_consent import says
from tests.post_office import Application, PostOffice
from tests.web import AsRole


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


@pytest.fixture
async def admin(office: PostOffice, as_role: AsRole) -> AsyncIterator[aiohttp.ClientSession]:
    """An administrator's client."""
    headers = await as_role("admin")
    async with aiohttp.ClientSession(office.accounts.public_url, headers=headers) as session:
        yield session


async def listed(client: aiohttp.ClientSession, path: str = "consents", **query: str) -> list[dict[str, Any]]:
    """What the list says, and the table with it."""
    async with client.get(f"/api/{path}", params=query) as answer:
        assert answer.status == 200, await answer.text()
        items: list[dict[str, Any]] = (await answer.json())["items"]
    async with client.get(f"/api/{path}/export", params=query) as answer:
        assert answer.headers["content-type"].startswith("text/csv")
        assert len((await answer.text()).splitlines()) == len(items) + 1
    return items


async def test_the_newest_words_are_told_from_those_said_over(office: PostOffice, admin: aiohttp.ClientSession) -> None:
    for word in ("sms marketing true", "sms marketing false", "email marketing true"):
        await says(office, word)
    said = [(one["channel"], one["granted"], one["inForce"]) for one in await listed(admin)]
    assert said == [("email", True, True), ("sms", False, True), ("sms", True, False)]
    for query, count in (
        ({"inForce": "true"}, 2), ({"inForce": "true", "granted": "true"}, 1), ({"channel": "sms"}, 2),
        ({"purpose": "transactional"}, 0), ({"personId": str(office.maria)}, 3), ({"personId": str(2**70)}, 0),
        ({"hospitalId": str(office.hospital)}, 3), ({"hospitalId": "999"}, 0), ({"to": "2020-01-01T00:00:00Z"}, 0),
        ({"from": "2020-01-01T00:00:00Z", "sort": "name"}, 3),
    ):  # fmt: skip
        assert len(await listed(admin, **query)) == count, query
    async with admin.get("/api/consents", params={"limit": "2"}) as answer:
        first = await answer.json()
    async with admin.get("/api/consents", params={"limit": "2", "cursor": first["next"]}) as answer:
        assert [one["id"] for one in (await answer.json())["items"]] == [first["items"][-1]["id"] - 1]
    for wrong, pointer in (
        ({"sort": "shoe"}, "/sort"), ({"from": "yesterday"}, "/from"), ({"channel": "fax"}, "/channel"),
    ):  # fmt: skip
        for path in ("/api/consents", "/api/consents/export"):
            async with admin.get(path, params=wrong) as answer:
                told = await answer.json()
                assert (answer.status, told.get("errors", [told])[0].get("pointer")) == (422, pointer), (wrong, told)


async def test_owners_are_listed_for_who_may_see_them(
    office: PostOffice, admin: aiohttp.ClientSession, as_role: AsRole
) -> None:
    new = {"name": "Olga Harbor", "email": "olga@harbor.example.org", "hospitalIds": [office.hospital]}
    async with admin.post("/api/owners", json=new) as answer:
        owner = (await answer.json())["id"]
    word = {"channel": "email", "purpose": "marketing", "granted": True, "words": "=1+1"}
    async with admin.post(f"/api/owners/{owner}/consents", json=word) as answer:
        assert answer.status == 201
    [one] = await listed(admin, "owner-consents")
    assert (one["personKind"], one["personId"], one["name"], one["inForce"]) == ("owner", owner, "Olga Harbor", True)
    async with admin.get("/api/owner-consents/export") as answer:
        assert ",'=1+1," in await answer.text()  # which no spreadsheet computes
    elsewhere = await office.rows(
        """insert into crm.hospitals (name, slug, time_zone, currency, created_at, updated_at)
           values ('Elsewhere', 'elsewhere', 'UTC', 'USD', now(), now()) returning id"""
    )
    path = f"{office.accounts.public_url}/api/owner-consents"
    for role, hospitals, status, count in (
        ("admin", [elsewhere[0][0]], 200, 0),
        ("front_desk", None, 403, 0),
    ):
        headers = await as_role(role, hospitals=hospitals)
        async with aiohttp.ClientSession() as session, session.get(path, headers=headers) as answer:
            assert answer.status == status
            assert len((await answer.json()).get("items", [])) == count
