"""A dialog's address, opened by itself, is a page: somebody bookmarked it, or opened it in another tab."""

from collections.abc import Awaitable, Callable

import httpx

from tests.world import SmallWorld

Headers = Callable[..., Awaitable[dict[str, str]]]


async def test_a_dialog_opened_by_its_address_has_the_portal_around_it(
    client: httpx.AsyncClient, world: SmallWorld, as_role: Headers
) -> None:
    desk = await as_role("front_desk", hospitals=[world.bellevue.id])
    page = await client.get("/appointments/new", headers={**desk, "sec-fetch-dest": "document"})
    assert page.status_code == 200
    assert page.text.lower().count("<!doctype html>") == 1
    assert page.text.index('id="dialog-content"') < page.text.index('class="modal-body"')


async def test_htmx_gets_the_dialog_alone(client: httpx.AsyncClient, world: SmallWorld, as_role: Headers) -> None:
    desk = await as_role("front_desk", hospitals=[world.bellevue.id])
    fragment = await client.get("/appointments/new", headers={**desk, "HX-Request": "true", "sec-fetch-dest": "empty"})
    assert "<!doctype" not in fragment.text.lower()
