"""Cookies, forms and live pages: what holds for a browser, told without one."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from html import unescape

import httpx
import msgspec
import pytest
import uvicorn
import websockets
from litestar import Litestar
from websockets.asyncio.client import ClientConnection

from bedside.accounts import first_administrator
from bedside.app import create_app
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.settings import Settings
from tests.web import AsRole

PASSWORD = "three blue herons fly"


@pytest.fixture
async def admin(database: Database) -> str:
    """An administrator's email address."""
    async with database.transaction() as tx:
        email, _ = await first_administrator(tx, password=PASSWORD)
    return email


async def form_token(client: httpx.AsyncClient, path: str = "/sign-in") -> str:
    page = await client.get(path, headers={"accept": "text/html"})
    found = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def sign_in(client: httpx.AsyncClient, email: str, **more: str) -> httpx.Response:
    token = await form_token(client)
    fields = {"_csrf_token": token, "email": email, "password": PASSWORD} | more
    return await client.post("/sign-in", data=fields, headers={"accept": "text/html"})


def cookies_set(answer: httpx.Response) -> dict[str, str]:
    return {line.partition("=")[0]: line for line in answer.headers.get_list("set-cookie")}


async def test_signing_in_by_the_form_leads_to_the_page_wanted(client: httpx.AsyncClient, admin: str) -> None:
    answer = await sign_in(client, admin, next="/settings/staff?q=ida")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/staff?q=ida")
    for name in ("bedside_access", "bedside_refresh"):
        cookie = cookies_set(answer)[name].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "max-age" not in cookie
    client.cookies.clear()
    assert "max-age" in cookies_set(await sign_in(client, admin, remember="true"))["bedside_refresh"].lower()
    page = await client.get("/settings/staff", headers={"accept": "text/html"})
    assert admin in page.text
    assert (await client.get("/sign-in?next=/audit")).headers["location"] == "/audit"


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"])
async def test_nobody_is_led_to_another_site(client: httpx.AsyncClient, admin: str, elsewhere: str) -> None:
    assert (await sign_in(client, admin, next=elsewhere)).headers["location"] == "/"


async def test_cookies_are_for_https_where_the_address_is(
    database: Database, settings: Settings, admin: str, app: Litestar
) -> None:
    secure = create_app(msgspec.structs.replace(settings, public_url="https://crm.example.org"), database)
    transport = httpx.ASGITransport(secure)
    async with httpx.AsyncClient(transport=transport, base_url="https://crm.example.org") as client:
        answer = await sign_in(client, admin)
        assert all("; secure" in cookie.lower() for cookie in cookies_set(answer).values())
        assert len(cookies_set(answer)) == 2


async def test_a_wrong_password_shows_the_door_again(client: httpx.AsyncClient, admin: str) -> None:
    answer = await sign_in(client, admin, password="not it")
    assert answer.status_code == 401
    assert "password is not right" in unescape(answer.text)
    assert "bedside_access" not in cookies_set(answer)


async def test_a_form_of_another_site_does_nothing(client: httpx.AsyncClient, admin: str) -> None:
    await sign_in(client, admin)
    fields = {"name": "Mallory"}
    forged = await client.post("/profile", data=fields)
    assert (forged.status_code, forged.json()["type"]) == (403, "/problems/form-expired")
    other = await client.post("/profile", data=fields, headers={"x-csrftoken": "a" * 128})
    assert other.status_code == 403
    api = await client.patch("/api/auth/me", json=fields)
    assert api.status_code == 403
    token = await form_token(client, "/profile")
    assert (await client.post("/profile", data=fields, headers={"x-csrftoken": token})).status_code == 200
    assert "Mallory" in (await client.get("/profile", headers={"accept": "text/html"})).text


async def test_a_page_opened_after_fifteen_minutes_is_simply_there(
    client: httpx.AsyncClient, admin: str, clock: SetClock
) -> None:
    await sign_in(client, admin)
    before = client.cookies["bedside_access"]
    clock.advance(timedelta(minutes=16))
    # a page and its fragments come at once
    answers = await asyncio.gather(*(client.get("/profile", headers={"accept": "text/html"}) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert client.cookies["bedside_access"] != before
    clock.advance(timedelta(hours=12))
    over = await client.get("/profile", headers={"accept": "text/html"})
    assert (over.status_code, over.headers["location"]) == (303, "/sign-in?next=/profile")
    assert 'bedside_refresh=""' in cookies_set(over)["bedside_refresh"]


async def test_signing_out_ends_the_session_and_the_cookies(client: httpx.AsyncClient, admin: str) -> None:
    await sign_in(client, admin)
    kept = dict(client.cookies)
    token = await form_token(client, "/profile")
    out = await client.post("/sign-out", data={"_csrf_token": token})
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    client.cookies.update(kept)
    assert (await client.get("/profile", headers={"accept": "text/html"})).status_code == 303


async def test_every_page_of_the_settings_draws_for_an_administrator(client: httpx.AsyncClient, admin: str) -> None:
    await sign_in(client, admin)
    for path in (
        "/settings/staff", "/settings/staff?q=nobody&role=admin&active=no", "/settings/staff/new",
        "/settings/staff/1/edit", "/settings/api-keys", "/settings/api-keys/new", "/profile",
        "/audit?who=admin&q=session&since=2027-01-01&until=2027-12-31&zone=America/New_York", "/audit?zone=../etc/x",
        "/audit/deeds?subject=session",
    ):  # fmt: skip
        page = await client.get(path, headers={"accept": "text/html"})
        assert page.status_code == 200, f"{path}: {page.text[:300]}"
        assert "<script>" not in page.text
        assert " style=" not in page.text


async def test_a_colleague_is_added_edited_and_deactivated_by_the_pages(client: httpx.AsyncClient, admin: str) -> None:
    await sign_in(client, admin)
    send = {"x-csrftoken": await form_token(client, "/profile"), "hx-request": "true"}
    wrong = await client.post("/settings/staff", data={"name": "Ida", "email": "x", "role": "admin"}, headers=send)
    assert wrong.status_code == 422
    assert "Give an email address" in wrong.text
    fields = {"name": "Ida <Berg>", "email": "ida@example.org", "role": "finance", "every_hospital": "true"}
    shown = await client.post("/settings/staff", data=fields, headers=send)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    taken = await client.post("/settings/staff", data=fields, headers=send)
    assert (taken.status_code, "signs in with ida@example.org" in taken.text) == (422, True)
    renamed = await client.post("/settings/staff/2", data=fields | {"name": "Ida Lund", "version": "1"}, headers=send)
    assert "dialog:close" in renamed.headers["hx-trigger"]
    late = await client.post("/settings/staff/2", data=fields | {"version": "1"}, headers=send)
    assert (late.status_code, "changed since you opened" in late.text) == (422, True)
    reset = await client.post("/settings/staff/2/reset-password", headers=send)
    assert "Shown this once" in reset.text
    await client.post("/settings/staff/2/deactivate", headers=send)
    listed = await client.get("/settings/staff?active=no", headers={"accept": "text/html"})
    assert "Ida Lund" in listed.text


@pytest.fixture
async def address(app: Litestar) -> AsyncIterator[str]:
    """The application behind uvicorn, for WebSockets; host and port."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", access_log=False, lifespan="off", ws="websockets-sansio")
    )
    running = asyncio.create_task(server.serve())
    for _ in range(1000):
        if server.started:
            break
        await asyncio.sleep(0.01)
    yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await running


async def closed_with(socket: ClientConnection) -> int | None:
    """Reads until the server closes, and gives the code that it closes with."""
    async with asyncio.timeout(10):
        with suppress(websockets.ConnectionClosed):
            async for _ in socket:
                pass
        await socket.wait_closed()
    return socket.close_code


async def test_a_live_page_is_closed_when_its_person_signs_out(
    client: httpx.AsyncClient, admin: str, address: str
) -> None:
    await sign_in(client, admin)
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    async with websockets.connect(f"ws://{address}/ws", additional_headers={"cookie": cookie}) as socket:
        assert "cursor" in str(await asyncio.wait_for(socket.recv(), 10))
        await client.post("/sign-out", data={"_csrf_token": await form_token(client, "/profile")})
        assert await closed_with(socket) == 4401


async def test_a_live_page_of_nobody_or_of_another_site_is_closed_at_once(
    client: httpx.AsyncClient, admin: str, address: str, clock: SetClock
) -> None:
    async with websockets.connect(f"ws://{address}/ws") as socket:
        assert await closed_with(socket) == 4401
    await sign_in(client, admin)
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = {"cookie": cookie, "origin": "https://evil.example"}
    async with websockets.connect(f"ws://{address}/ws", additional_headers=headers) as socket:
        assert await closed_with(socket) == 4401
    clock.advance(timedelta(minutes=20))  # the page was asleep: its access token is over, its sign-in is not
    async with websockets.connect(f"ws://{address}/ws", additional_headers={"cookie": cookie}) as socket:
        assert "cursor" in str(await asyncio.wait_for(socket.recv(), 10))


async def test_a_changed_role_makes_the_live_page_connect_again(
    client: httpx.AsyncClient, as_role: AsRole, address: str, clock: SetClock
) -> None:
    admin, desk = await as_role("admin"), await as_role("front_desk")
    me = (await client.get("/api/auth/me", headers=desk)).json()["id"]
    async with websockets.connect(f"ws://{address}/ws", additional_headers=desk) as socket:
        await asyncio.wait_for(socket.recv(), 10)
        clock.advance(timedelta(seconds=1))
        await client.patch(f"/api/staff/{me}", json={"role": "finance"}, headers=admin)
        assert await closed_with(socket) == 1012
