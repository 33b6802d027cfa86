"""The pages behind links, opened more often than anybody reads: refused for the rest of the minute, in words."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar

from bedside.kit.clock import SetClock
from bedside.kit.http.link_visits import FAILURES, LinkVisits

PAGE = {"accept": "text/html"}
PAGES = ["/m/{}", "/m/{}/cancel", "/f/{}", "/p/{}", "/preferences/{}", "/join/{}", "/sign/{}", "/survey/{}", "/o/{}"]


@pytest.fixture
def came_from(app: Litestar) -> Callable[[str], httpx.AsyncClient]:
    """A browser at an address."""

    def client(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(address, 50000))
        return httpx.AsyncClient(transport=transport, base_url="http://bedside.test", headers=PAGE)

    return client


async def test_who_guesses_links_waits_out_the_minute_and_others_do_not(
    came_from: Callable[[str], httpx.AsyncClient], clock: SetClock
) -> None:
    clock.advance(timedelta(seconds=15))
    async with came_from("203.0.113.9") as guessing, came_from("203.0.113.10") as other:
        for number in range(FAILURES):
            answer = await guessing.get(PAGES[number % len(PAGES)].format(f"guess{number}"))
            assert answer.status_code in (404, 410), answer.url
        for page in PAGES:
            refused = await guessing.get(page.format("guess"))
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "45")
            assert "One moment, please" in refused.text
            assert "in 45 seconds" in refused.text
            assert "dashboard" not in refused.text
        assert (await guessing.get("/sign-in")).status_code == 200  # nothing else is kept from them
        assert (await other.get("/m/guess")).status_code == 404
        clock.advance(timedelta(seconds=45))
        assert (await guessing.get("/m/guess")).status_code == 404


async def test_unsubscribing_and_followed_links_are_never_refused(
    came_from: Callable[[str], httpx.AsyncClient],
) -> None:
    async with came_from("203.0.113.9") as machine:
        for _ in range(FAILURES + 1):
            await machine.get("/m/guess")
        assert (await machine.get("/m/guess")).status_code == 429
        for path in ("/u/guess", "/t/guess", "/attachments/guess"):
            assert (await machine.get(path)).status_code != 429, path
        assert (await machine.post("/u/guess", data={"List-Unsubscribe": "One-Click"})).status_code != 429


async def test_a_household_reads_as_often_as_it_likes_and_a_machine_does_not(
    app: Litestar, came_from: Callable[[str], httpx.AsyncClient], clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits: LinkVisits = app.state.link_visits
    monkeypatch.setattr(visits, "before_send", lambda message, scope: None)  # as if every link led somewhere
    monkeypatch.setattr("bedside.kit.http.link_visits.VISITS", 60)
    async with came_from("2001:db8::1") as one, came_from("2001:db8::2") as next_to_it:
        for _ in range(30):
            assert (await one.get("/m/guess")).status_code == 404
            assert (await next_to_it.get("/m/guess")).status_code == 404
        assert (await one.get("/m/guess")).status_code == 429
        assert (await next_to_it.get("/m/guess")).status_code == 429
    async with came_from("2001:db8:0:1::1") as elsewhere:
        assert (await elsewhere.get("/m/guess")).status_code == 404


async def test_whoever_asks_for_json_is_told_in_json(client: httpx.AsyncClient) -> None:
    for _ in range(FAILURES + 1):
        answer = await client.get("/m/guess", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/too-many-visits")
