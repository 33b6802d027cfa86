"""Every route as every role, as nobody, with tokens that are over, forged or a machine's. A new route cannot be missed.

One application answers all of it: nothing here gets far enough to change anything that another request sees.
"""

import base64
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar

from bedside.accounts import PERMISSIONS, Role
from bedside.accounts.model import NewApiKey
from bedside.accounts.permissions import Public, SignedInOnly
from bedside.accounts.tokens import access_token
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from tests.app.routes_there_are import Route, routes_of
from tests.web import AsRole

JSON = {"accept": "application/json"}
REFUSED = {401, 403}


async def ask(client: httpx.AsyncClient, route: Route, headers: dict[str, str]) -> int:
    body = None if route.method in ("GET", "DELETE") else b"{}"
    answer = await client.request(route.method, route.path, content=body, headers=JSON | headers)
    return answer.status_code


def is_page(route: Route) -> bool:
    return not route.template.startswith(("/api/", "/webhooks/"))


async def faults(
    app: Litestar, ask_for: Callable[[Route], Awaitable[int]], expect_refusal: Callable[[Route], bool | None]
) -> list[str]:
    """Routes that answered otherwise than expected: refused where allowed, let in where not, or broken."""
    wrong = []
    for route in routes_of(app):
        expected = expect_refusal(route)
        if expected is None:
            continue
        status = await ask_for(route)
        if status >= 500 or (status in REFUSED) is not expected:
            wrong.append(f"{route.name}: {status}, {'refusal' if expected else 'no refusal'} expected")
    return wrong


@pytest.mark.parametrize("role", Role)
async def test_each_role_reaches_what_its_permissions_name_and_nothing_else(
    app: Litestar, client: httpx.AsyncClient, as_role: AsRole, role: Role
) -> None:
    headers = await as_role(role)

    def refused(route: Route) -> bool | None:
        if isinstance(route.guard, Public):
            return None  # tried as nobody
        if isinstance(route.guard, SignedInOnly):
            return False
        return route.permission not in PERMISSIONS[role]

    assert await faults(app, lambda route: ask(client, route, headers), refused) == []


async def test_nobody_reaches_only_what_is_open(app: Litestar, client: httpx.AsyncClient) -> None:
    def refused(route: Route) -> bool | None:
        # what is open may refuse for reasons of its own (a wrong signature, a wrong password)
        return None if isinstance(route.guard, Public) else True

    assert await faults(app, lambda route: ask(client, route, {}), refused) == []


async def test_what_is_open_never_breaks(app: Litestar, client: httpx.AsyncClient) -> None:
    broken = [
        f"{route.name}: {status}"
        for route in routes_of(app)
        if isinstance(route.guard, Public) and (status := await ask(client, route, {})) >= 500
    ]
    assert broken == []


async def test_tokens_that_are_over_or_forged_open_nothing(
    app: Litestar, client: httpx.AsyncClient, clock: SetClock, settings: object
) -> None:
    def token(key: str, ago: timedelta = timedelta(0)) -> str:
        return access_token(secret_key=key, now=clock.now() - ago, role=Role.ADMIN)

    good = token("a secret key for tests, long enough to sign")
    assert (await client.get("/api/staff", headers={"authorization": f"Bearer {good}"})).status_code == 200
    head, claims, signature = good.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    other = json.loads(base64.urlsafe_b64decode(claims + "=="))
    other["role"] = "owner"
    tampered = base64.urlsafe_b64encode(json.dumps(other).encode()).decode().rstrip("=")
    bad = [
        token("a secret key for tests, long enough to sign", timedelta(minutes=15)),
        token("another key that is long enough, not ours"),
        f"{none}.{claims}.",
        f"{none}.{claims}.{signature}",
        f"{head}.{tampered}.{signature}",
        f"{head}.{claims}.",
        "bk_" + "a" * 22,
        "nonsense",
    ]
    closed = [route for route in routes_of(app) if not isinstance(route.guard, Public)]
    assert closed
    for number, forged in enumerate(bad):
        # one forgery for each route in turn, and each forgery on one and the same route
        for route in [*closed[number :: len(bad)], closed[0]]:
            assert await ask(client, route, {"authorization": f"Bearer {forged}"}) == 401, route.name


async def test_a_machine_reaches_what_its_keys_role_may(
    app: Litestar, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    made = await client.post(
        "/api/api-keys", json={"name": "Lab", "role": "integration", "everyHospital": True},
        headers=await as_role("admin"),
    )  # fmt: skip
    assert NewApiKey(name="Lab").role is Role.INTEGRATION
    headers = {"authorization": f"Bearer {made.json()['key']}"}

    def refused(route: Route) -> bool | None:
        if isinstance(route.guard, Public):
            return None
        if isinstance(route.guard, SignedInOnly):
            return False
        return route.permission not in PERMISSIONS[Role.INTEGRATION]

    assert await faults(app, lambda route: ask(client, route, headers), refused) == []


async def test_a_browser_that_is_signed_out_is_sent_to_the_sign_in_and_back(
    app: Litestar, client: httpx.AsyncClient
) -> None:
    for route in routes_of(app):
        if route.method != "GET" or isinstance(route.guard, Public) or not is_page(route):
            continue
        page = await client.get(route.path, headers={"accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, f"/sign-in?next={route.path}"), route.name
        inside = await client.get(route.path, headers={"hx-request": "true", "hx-current-url": "http://x/patients"})
        assert (inside.status_code, inside.headers["hx-redirect"]) == (401, "/sign-in?next=/patients"), route.name
