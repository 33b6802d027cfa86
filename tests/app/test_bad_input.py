"""What cannot be right is refused with a problem that points at it, and nothing is written."""

from typing import Any

import httpx
import pytest

from bedside.app import LARGEST_BODY
from bedside.kit.database import Database
from tests.web import AsRole

NEW = {"email": "bob@example.org", "name": "Bob Stone", "role": "clinician"}


@pytest.fixture
async def admin(client: httpx.AsyncClient, as_role: AsRole) -> httpx.AsyncClient:
    """A client signed in as an administrator of every hospital."""
    client.headers.update(await as_role("admin"))
    return client


async def staff_there_are(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.value("select count(*) from crm.staff"))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": 5}, "/name"),
        ({"name": ""}, "/name"),
        ({"everyHospital": "true"}, "/everyHospital"),
        ({"role": "king"}, "/role"),
        ({"hospitalIds": [1, "2"]}, "/hospitalIds/1"),
        ({"hospitalIds": [10**30]}, "/hospitalIds/0"),
        ({"hospitalIds": [1.5]}, "/hospitalIds/0"),
        ({"practitionerId": 2**63}, "/practitionerId"),
        ({"shoeSize": 44}, "/shoeSize"),
        ({"email": None}, "/email"),
        ({"email": "no address"}, "/email"),
        ({"password": "short"}, "/password"),
    ],
)
async def test_the_pointer_leads_to_the_field(
    admin: httpx.AsyncClient, database: Database, change: dict[str, Any], pointer: str
) -> None:
    before = await staff_there_are(database)
    answer = await admin.post("/api/staff", json=NEW | change)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert problem["nextStep"]
    assert await staff_there_are(database) == before


async def test_a_missing_field_is_pointed_at(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/api/staff", json={"email": "bob@example.org", "role": "clinician"})
    assert answer.json()["errors"][0]["pointer"] == "/name"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"email": "\xff\xfe"}',
        b'{"email": "\\ud800@example.org", "name": "x", "role": "admin"}',
        b"[" * 100_000,
    ],
)
async def test_a_body_that_is_no_record_is_refused(admin: httpx.AsyncClient, body: bytes) -> None:
    answer = await admin.post("/api/staff", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid"


@pytest.mark.parametrize("field", ["name", "email"])
async def test_a_character_that_cannot_be_kept_is_refused(admin: httpx.AsyncClient, field: str) -> None:
    answer = await admin.post("/api/staff", json=NEW | {field: "bob\x00@example.org"})
    assert answer.status_code == 422


@pytest.mark.parametrize("query", ["search=%00", "search=%ff%fe", "role=king", "active=perhaps", "hospitalId=x"])
async def test_a_query_that_cannot_be_is_refused(admin: httpx.AsyncClient, query: str) -> None:
    answer = await admin.get(f"/api/staff?{query}")
    assert answer.status_code in (200, 422), answer.text
    assert answer.status_code == 422 or "%ff" in query  # bytes that are no text are read as U+FFFD, which is nobody


@pytest.mark.parametrize("id", ["0", "-1", str(2**63), "9" * 40])
async def test_an_id_that_cannot_be_is_nobodys(admin: httpx.AsyncClient, id: str) -> None:
    assert (await admin.get(f"/api/staff/{id}")).status_code in (404, 422)
    assert (await admin.get("/api/staff/abc")).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "cursor=nonsense", "cursor=WyItaWQiXQ", "cursor=%F0%9F%8E%82", "cursor=" + "A" * 4000,
        "cursor=WyJlbWFpbCIsIlx1MDAwMCJd", "cursor=", "limit=0", "limit=201", "limit=ten",
        "sort=passwordHash", "sort=-", "sort=id;drop", "sort=id&cursor=WyJpZCIsIngiXQ",
        "sort=id&cursor=WyJpZCIsOTk5OTk5OTk5OTk5OTk5OTk5OTk5OV0",
    ],
)  # fmt: skip
async def test_a_cursor_or_order_that_is_not_ours_is_refused(admin: httpx.AsyncClient, query: str) -> None:
    answer = await admin.get(f"/api/staff?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "/problems/invalid"


async def test_a_body_over_the_limit_is_refused_before_it_is_read(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/api/staff", json=NEW | {"name": "x" * LARGEST_BODY})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


async def test_another_method_is_told_so(admin: httpx.AsyncClient) -> None:
    answer = await admin.put("/api/staff", json=NEW)
    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) >= {"GET", "POST"}


async def test_head_answers_as_get_does_without_the_body(admin: httpx.AsyncClient) -> None:
    seen = await admin.get("/api/staff")
    head = await admin.head("/api/staff")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == seen.headers["content-length"]


async def test_somebody_elses_change_is_not_overwritten(admin: httpx.AsyncClient) -> None:
    made = await admin.post("/api/staff", json=NEW)
    path = made.headers["location"]
    first = made.headers["etag"]
    assert (await admin.patch(path, json={"name": "Robert Stone"}, headers={"if-match": first})).status_code == 200
    late = await admin.patch(path, json={"name": "Bobby"}, headers={"if-match": first})
    assert (late.status_code, late.json()["version"]) == (412, 2)
    assert (await admin.patch(path, json={"name": "Bobby"}, headers={"if-match": '"x"'})).status_code == 422
    assert (await admin.get(path)).json()["name"] == "Robert Stone"


async def test_the_same_key_gives_the_first_answer_and_another_body_none(
    admin: httpx.AsyncClient, database: Database
) -> None:
    key = {"idempotency-key": "c0ffee"}
    first = await admin.post("/api/staff", json=NEW, headers=key)
    count = await staff_there_are(database)
    again = await admin.post("/api/staff", json=NEW, headers=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    other = await admin.post("/api/staff", json=NEW | {"name": "Robert"}, headers=key)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-key-reused")
    assert await staff_there_are(database) == count
