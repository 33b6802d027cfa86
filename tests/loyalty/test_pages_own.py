"""A patient's own points by their link: theirs alone, nothing by looking, redeemed once, in their language."""

import re
import string

import httpx
import pytest

from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.loyalty.own_words import WORDS
from tests.loyalty.desk import Desk
from tests.web import AsRole
from tests.world import SmallWorld


@pytest.fixture
async def desk(client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: AsRole) -> Desk:
    """The desk, as an administrator."""
    return await Desk(client, world, database, as_role).sign_in()


async def link_of(desk: Desk, patient_id: int) -> str:
    """The path of a fresh link."""
    made = await desk.post(f"/api/loyalty/{patient_id}/links")
    return "/p/" + str(made["link"]).rpartition("/p/")[2]


async def look(desk: Desk, path: str, status: int = 200, **headers: str) -> str:
    """A page as somebody sees it who is not signed in."""
    answer = await desk.client.get(path, headers={"accept": "text/html"} | headers)
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.headers["cache-control"] == "no-store"
    return answer.text


async def press(desk: Desk, path: str, page: str) -> httpx.Response:
    """Sends the form of a page to where it goes."""
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    return await desk.client.post(path, data=fields, headers={"accept": "text/html"})


async def test_looking_changes_nothing_and_one_press_redeems_once(desk: Desk) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 600)
    path = await link_of(desk, maria)
    tables = ("point_entries", "redemptions", "account_links", "tier_changes")
    before = [await desk.rows(table) for table in tables]
    page = await look(desk, path)
    assert "Hello Maria" in page
    assert "600" in page
    assert "900 more points to Gold" in page
    asked = await look(desk, f"{path}/rewards/1")
    assert "You have 600 points, and 350 after it" in asked
    assert [await desk.rows(table) for table in tables] == before
    first = await press(desk, f"{path}/rewards/1", asked)
    assert first.status_code == 303
    again = await press(desk, f"{path}/rewards/1", asked)  # a second click, or the page sent again
    assert again.headers["location"] == first.headers["location"]
    assert await desk.balance(maria) == 350
    voucher = await look(desk, first.headers["location"])
    assert "It is yours" in voucher
    assert re.search(r'src="/vouchers/[2-9A-Z]{4}-[2-9A-Z]{4}/qr.svg"', voucher)
    [kept] = (await desk.get("/api/loyalty/redemptions"))["items"]
    assert (kept["source"], kept["createdByName"]) == ("link", "Maria Alvarez")


async def test_what_changed_meanwhile_is_said_and_nothing_is_taken(desk: Desk) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 500)
    path = await link_of(desk, maria)
    asked = await look(desk, f"{path}/rewards/2")
    await desk.redeem(maria, 1)  # at the desk, meanwhile
    answer = await press(desk, f"{path}/rewards/2", asked)
    assert answer.headers["location"].endswith("/rewards/2?changed=yes")
    page = await look(desk, answer.headers["location"])
    assert "Something changed meanwhile" in page
    assert "250 points to go" in page
    assert "<form" not in page
    forced = await desk.client.post(f"{path}/rewards/2", data={"newest": "1"}, headers={"accept": "text/html"})
    assert forced.status_code == 403  # no token of ours
    assert await desk.balance(maria) == 250


async def test_a_link_shows_its_own_patient_alone(desk: Desk) -> None:
    maria, other = desk.world.maria.id, desk.world.james.id
    await desk.give(maria, 500)
    await desk.give(other, 500)
    theirs = await desk.redeem(other, 1)
    path = await link_of(desk, maria)
    away = await desk.client.get(f"{path}/vouchers/{theirs['id']}", headers={"accept": "text/html"})
    assert (away.status_code, away.headers["location"]) == (303, path)
    assert (await desk.client.get(f"{path}/vouchers/99999999")).status_code == 303
    assert (await desk.client.get(f"{path}/rewards/99999999")).status_code == 303
    assert theirs["code"] not in await look(desk, path)


async def test_links_that_are_over_or_nobodys_say_so(desk: Desk, clock: SetClock) -> None:
    maria = desk.world.maria.id
    path = await link_of(desk, maria)
    assert "leads nowhere" in await look(desk, "/p/AAAAAAAAAAAAAAAAAAAAAA", 404)
    assert "leads nowhere" in await look(desk, "/p/AAAAAAAAAAAAAAAAAAAAAA/rewards/1", 404)
    assert "Your first points come with your first visit" in await look(desk, path)
    ended = await desk.client.delete(f"/api/loyalty/{maria}/links", headers=desk.headers)
    assert ended.status_code == 200
    assert "This link has ended" in await look(desk, path, 410)
    second = await link_of(desk, maria)
    await desk.wait(clock, days=181)
    assert "This link has ended" in await look(desk, second, 410)


async def test_it_speaks_their_language_and_knows_the_rewards_in_it(desk: Desk) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 600)
    await desk.redeem(maria, 1)
    path = await link_of(desk, maria)
    arabic = await look(desk, f"{path}?lang=ar")
    assert 'dir="rtl"' in arabic
    assert "فحص صحي مجاني" in arabic
    assert "استبدال: موعد ذو أولوية" in arabic
    spanish = await look(desk, f"{path}?lang=es")
    assert "Chequeo médico gratuito" in spanish
    assert "Hola, Maria" in spanish


def test_every_language_says_everything() -> None:
    parts = {
        language: {key: sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)
                   for key, text in words.items()}
        for language, words in WORDS.items()
    }  # fmt: skip
    assert parts["en"] == parts["es"] == parts["ar"]
