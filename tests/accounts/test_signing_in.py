"""Signing in, staying signed in, and being signed out."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bedside.accounts import NewStaffMember, Role, add_staff
from bedside.accounts.sessions import FAILURES_PER_ADDRESS, FAILURES_PER_EMAIL
from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from tests.web import AsRole

PASSWORD = "three blue herons fly"
Tokens = dict[str, Any]


@pytest.fixture
async def alice(database: Database) -> str:
    """Alice of the front desk, who may sign in at every hospital; her email address."""
    async with database.transaction() as tx:
        member, _ = await add_staff(
            tx,
            new=NewStaffMember(
                email="Alice@Example.org", name="Alice Ward", role=Role.FRONT_DESK, every_hospital=True,
                password=PASSWORD,
            ),
            actor=SYSTEM,
        )  # fmt: skip
    return member.email


async def sign_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/api/auth/login", json={"email": email, "password": password})


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/api/auth/refresh", json={"refreshToken": token})


async def who(client: httpx.AsyncClient, access_token: str) -> httpx.Response:
    return await client.get("/api/auth/me", headers={"authorization": f"Bearer {access_token}"})


async def test_the_right_password_gives_tokens_that_say_who_one_is(client: httpx.AsyncClient, alice: str) -> None:
    answer = await sign_in(client, "ALICE@example.org")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    me = (await who(client, answer.json()["accessToken"])).json()
    assert (me["name"], me["email"], me["role"], me["hospitalIds"]) == ("Alice Ward", alice, "front_desk", None)
    assert "staff:manage" not in me["permissions"]


async def test_a_wrong_password_and_an_unknown_address_are_told_alike(client: httpx.AsyncClient, alice: str) -> None:
    wrong = await sign_in(client, alice, "not her password")
    unknown = await sign_in(client, "nobody@example.org", "not her password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["type"] == "/problems/sign-in-refused"


async def test_too_many_failures_with_one_address_make_even_the_right_password_wait(
    client: httpx.AsyncClient, alice: str, clock: SetClock
) -> None:
    for _ in range(FAILURES_PER_EMAIL):
        assert (await sign_in(client, alice, "a guess")).status_code == 401
    refused = await sign_in(client, alice)
    assert refused.status_code == 429
    clock.advance(timedelta(seconds=int(refused.headers["retry-after"])))
    assert (await sign_in(client, alice)).status_code == 200


async def test_a_burst_of_guesses_is_counted_though_they_come_at_once(client: httpx.AsyncClient, alice: str) -> None:
    answers = await asyncio.gather(*(sign_in(client, alice, "a guess") for _ in range(FAILURES_PER_EMAIL + 6)))
    assert sorted(answer.status_code for answer in answers) == [401] * FAILURES_PER_EMAIL + [429] * 6


async def test_one_network_address_cannot_try_one_password_on_everybody(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            """insert into crm.sign_in_attempts (email, address, at, succeeded)
               select 'person' || n || '@example.org', '127.0.0.1', %(now)s, false from generate_series(1, %(n)s) n""",
            n=FAILURES_PER_ADDRESS,
        )
    assert (await sign_in(client, "one-more@example.org")).status_code == 429


async def test_an_access_token_holds_for_fifteen_minutes(
    client: httpx.AsyncClient, alice: str, clock: SetClock
) -> None:
    token = (await sign_in(client, alice)).json()["accessToken"]
    clock.advance(timedelta(minutes=14, seconds=59))
    assert (await who(client, token)).status_code == 200
    clock.advance(timedelta(seconds=1))
    late = await who(client, token)
    assert (late.status_code, late.json()["type"]) == (401, "/problems/token-expired")
    assert late.headers["www-authenticate"] == "Bearer"


async def test_two_tabs_that_refresh_at_once_get_the_same_tokens(
    client: httpx.AsyncClient, alice: str, clock: SetClock
) -> None:
    first = (await sign_in(client, alice)).json()["refreshToken"]
    tabs = await asyncio.gather(*(refresh(client, first) for _ in range(5)))
    assert [tab.status_code for tab in tabs] == [200] * 5
    assert len({tab.json()["refreshToken"] for tab in tabs}) == 1
    clock.advance(timedelta(seconds=30))
    assert (await refresh(client, first)).status_code == 200


async def test_an_old_refresh_token_ends_the_sign_in_of_whoever_has_the_new_one(
    client: httpx.AsyncClient, alice: str, clock: SetClock, as_role: AsRole
) -> None:
    first = (await sign_in(client, alice)).json()["refreshToken"]
    second: Tokens = (await refresh(client, first)).json()
    clock.advance(timedelta(seconds=31))
    copied = await refresh(client, first)
    assert (copied.status_code, copied.json()["type"]) == (401, "/problems/token-revoked")
    assert (await who(client, second["accessToken"])).json()["type"] == "/problems/token-revoked"
    assert (await refresh(client, second["refreshToken"])).status_code == 401
    audit = await client.get("/api/audit?action=session.revoked", headers=await as_role("admin"))
    assert [entry["after"]["because"] for entry in audit.json()["items"]] == ["token used twice"]


async def test_a_token_two_uses_old_is_known_for_what_it_is(
    client: httpx.AsyncClient, alice: str, clock: SetClock
) -> None:
    first = (await sign_in(client, alice)).json()["refreshToken"]
    second = (await refresh(client, first)).json()["refreshToken"]
    third = (await refresh(client, second)).json()["refreshToken"]
    assert (await refresh(client, first)).json()["type"] == "/problems/token-revoked"
    assert (await refresh(client, third)).status_code == 401


@pytest.mark.parametrize(
    "guess", ["1.x.y", "x", "1..", "9" * 30 + ".a.b", "1.aaaaaaaaaaaaaaaaaaaaaa.é", "\x00.\x00.\x00"]
)
async def test_a_guessed_refresh_token_ends_nobody(client: httpx.AsyncClient, alice: str, guess: str) -> None:
    token = (await sign_in(client, alice)).json()["refreshToken"]
    assert (await refresh(client, guess)).status_code == 401
    assert (await refresh(client, token)).status_code == 200


async def test_signing_out_ends_both_tokens(client: httpx.AsyncClient, alice: str) -> None:
    tokens: Tokens = (await sign_in(client, alice)).json()
    left = await client.post("/api/auth/logout", json={"refreshToken": tokens["refreshToken"]})
    assert left.status_code == 204
    assert (await who(client, tokens["accessToken"])).status_code == 401
    assert (await refresh(client, tokens["refreshToken"])).status_code == 401


async def test_the_access_token_alone_signs_out_too(client: httpx.AsyncClient, alice: str) -> None:
    tokens: Tokens = (await sign_in(client, alice)).json()
    headers = {"authorization": f"Bearer {tokens['accessToken']}"}
    assert (await client.post("/api/auth/logout", headers=headers)).status_code == 204
    assert (await who(client, tokens["accessToken"])).status_code == 401


async def test_a_sign_in_ends_after_thirty_days(client: httpx.AsyncClient, alice: str, clock: SetClock) -> None:
    token = (await sign_in(client, alice)).json()["refreshToken"]
    clock.advance(timedelta(days=29, hours=23))
    token = (await refresh(client, token)).json()["refreshToken"]
    clock.advance(timedelta(hours=1))
    assert (await refresh(client, token)).status_code == 401


async def test_one_sees_and_ends_ones_own_sign_ins_only(client: httpx.AsyncClient, alice: str, as_role: AsRole) -> None:
    here: Tokens = (await sign_in(client, alice)).json()
    there: Tokens = (await sign_in(client, alice)).json()
    headers = {"authorization": f"Bearer {here['accessToken']}"}
    sessions = (await client.get("/api/auth/sessions", headers=headers)).json()
    assert len(sessions) == 2
    other = int(there["refreshToken"].partition(".")[0])
    assert (await client.delete(f"/api/auth/sessions/{other}", headers=await as_role("admin"))).status_code == 404
    assert (await client.delete(f"/api/auth/sessions/{other}", headers=headers)).status_code == 204
    assert (await refresh(client, there["refreshToken"])).status_code == 401
    assert (await who(client, here["accessToken"])).status_code == 200


async def test_changing_ones_password_signs_out_elsewhere_and_not_here(client: httpx.AsyncClient, alice: str) -> None:
    here: Tokens = (await sign_in(client, alice)).json()
    there: Tokens = (await sign_in(client, alice)).json()
    headers = {"authorization": f"Bearer {here['accessToken']}"}
    wrong = {"presentPassword": "not it", "newPassword": "four green herons"}
    assert (await client.post("/api/auth/password", json=wrong, headers=headers)).status_code == 422
    for easy in ("alice@example.org", "aaaaaaaaaaaa"):
        body = {"presentPassword": PASSWORD, "newPassword": easy}
        refused = await client.post("/api/auth/password", json=body, headers=headers)
        assert refused.json()["type"] == "/problems/password-refused"
    right = {"presentPassword": PASSWORD, "newPassword": "four green herons"}
    assert (await client.post("/api/auth/password", json=right, headers=headers)).status_code == 204
    assert (await refresh(client, there["refreshToken"])).status_code == 401
    assert (await refresh(client, here["refreshToken"])).status_code == 200
    assert (await sign_in(client, alice)).status_code == 401
    assert (await sign_in(client, alice, "four green herons")).status_code == 200
