"""The page: strict, complete, and live in a real browser."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.sandbox.conftest import MARIA, Hospital, World
from tests.sandbox.test_mail import ADDRESS, post


async def test_everything_the_page_names_is_served_under_the_policy(world: World) -> None:
    async with world.http.get("/") as answer:
        page = await answer.text()
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", page)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        async with world.http.get(address) as answer:
            assert answer.status == 200, address


async def test_no_file_outside_the_static_folder_is_served(world: World) -> None:
    for name in ("nothing.css", "..%2Fmain.py", "..%2Fpages.py", ".js"):
        async with world.http.get(f"/static/{name}") as answer:
            assert answer.status == 404, name


async def test_people_are_found_by_what_they_have_and_by_part_of_their_number(world: World) -> None:
    await world.text()
    await world.text(to="+12125550143")
    await post(world)
    expected = {"": 3, "show=phone": 2, "show=email": 1, "show=unseen": 3, "matching=0143": 1, "limit=1": 1}
    for query, count in expected.items():
        async with world.http.get(f"/recipients?{query}") as answer:
            assert len((await answer.json())["items"]) == count, query
    async with world.http.post(f"/recipients/{MARIA}/seen") as answer:
        assert answer.status == 204
    async with world.http.get("/recipients?show=unseen") as answer:
        assert (await answer.json())["unseen"] == 2


@pytest.mark.browser
async def test_a_person_reads_answers_and_unsubscribes_in_the_page(
    world: World, hospital: Hospital, chromium: Browser
) -> None:
    page = await chromium.new_page(viewport={"width": 375, "height": 700})
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(world.address)
    await expect(page.get_by_text("Nobody has been written to yet.")).to_be_visible()

    await world.text(body="Reply C to confirm. http://127.0.0.1:7002/v/1")
    await page.get_by_role("button", name="+1 212 555 0142").click()
    thread = page.get_by_role("log")
    await expect(thread.get_by_role("link", name="http://127.0.0.1:7002/v/1")).to_have_attribute("target", "_blank")
    await expect(thread.get_by_text("Delivered")).to_be_visible()
    await page.get_by_role("button", name="C", exact=True).click()
    await expect(thread.get_by_text("C", exact=True)).to_be_visible()
    assert [(heard.form["From"], heard.form["Body"]) for heard in await hospital.hears(1)] == [(MARIA, "C")]

    await world.text(body="Thank you, you are confirmed.")
    await expect(thread.get_by_text("Thank you, you are confirmed.")).to_be_visible()

    await post(world)
    await page.goto(f"{world.address}/#{ADDRESS}")
    await page.get_by_role("button", name="Your visit – Monday").click()
    await expect(page.frame_locator("iframe").get_by_role("link", name="Manage")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375
    assert complaints == []
