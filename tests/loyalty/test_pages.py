"""Pages of loyalty at the desk: the panel on a patient's page, redeeming, the scan page, lists."""

import re

import httpx
import pytest

from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from tests.loyalty.desk import Desk
from tests.web import AsRole
from tests.world import SmallWorld


class Pages:
    """Somebody at the desk with a browser, without its scripts."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def page(self, path: str, status: int = 200, headers: dict[str, str] | None = None) -> str:
        """A page's text."""
        answer = await self.desk.client.get(path, headers=(headers or self.desk.headers) | {"accept": "text/html"})
        assert answer.status_code == status, answer.text
        return answer.text

    async def send(
        self, path: str, fields: dict[str, str], status: int = 200, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """What a form is answered with."""
        known = headers or self.desk.headers
        answer = await self.desk.client.post(path, data=fields, headers=known | {"accept": "text/html"})
        assert answer.status_code == status, answer.text
        return answer


@pytest.fixture
async def pages(client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: AsRole) -> Pages:
    """Pages as an administrator sees them."""
    return Pages(await Desk(client, world, database, as_role).sign_in())


async def test_the_panel_begins_empty_and_shows_what_the_desk_gives(pages: Pages) -> None:
    maria = pages.desk.world.maria.id
    panel = f"/panels/patients/{maria}/loyalty"
    assert "No points yet" in await pages.page(panel)
    form = await pages.page(f"/patients/{maria}/loyalty/award")
    key = re.search(r'name="key" value="([^"]+)"', form)
    assert key
    fields = {"points": "600", "reason": "For <b>waiting</b>", "key": key[1]}
    for _ in range(2):  # sent twice, it gives once
        answer = await pages.send(f"/patients/{maria}/loyalty/award", fields)
        assert '"dialog:close"' in answer.headers["hx-trigger"]
    assert await pages.desk.balance(maria) == 600
    shown = await pages.page(panel)
    assert 'data-flash="600"' in shown
    assert "For &lt;b&gt;waiting&lt;/b&gt;" in shown
    assert "Silver" in shown
    assert "900 more to Gold" in shown


async def test_points_that_cannot_be_given_say_why_at_their_field(pages: Pages) -> None:
    maria = pages.desk.world.maria.id
    path = f"/patients/{maria}/loyalty/award"
    assert "problem-points" in (await pages.send(path, {"points": "", "reason": "x"}, 422)).text
    assert "problem-points" in (await pages.send(path, {"points": "-4", "reason": "x"}, 422)).text
    assert "problem-reason" in (await pages.send(path, {"points": "5", "reason": " "}, 422)).text
    desk = await pages.desk.as_role("front_desk")
    above = await pages.send(path, {"points": "201", "reason": "a lot"}, 422, headers=desk)
    assert "may award 200 points at once" in above.text
    assert 'value="201"' in above.text
    assert await pages.desk.rows("point_lots") == 0


async def test_an_award_is_taken_back_for_a_reason(pages: Pages) -> None:
    maria = pages.desk.world.maria.id
    await pages.desk.give(maria, 300)
    history = await pages.page(f"/patients/{maria}/loyalty/history")
    path = re.search(r'href="(/patients/\d+/loyalty/awards/\d+)"', history)
    assert path
    assert "300 points of Maria Alvarez" in await pages.page(path[1])
    await pages.page(path[1].replace(f"/patients/{maria}/", f"/patients/{pages.desk.world.james.id}/"), 404)
    assert "problem-reason" in (await pages.send(path[1], {"reason": ""}, 422)).text
    assert "300 points are gone" in (await pages.send(path[1], {"reason": "By mistake"})).text
    assert "taken back before" in (await pages.send(path[1], {"reason": "Again"}, 422)).text
    assert "By mistake" in await pages.page(f"/panels/patients/{maria}/loyalty")


async def test_redeeming_shows_what_is_missing_and_then_the_voucher(pages: Pages) -> None:
    maria = pages.desk.world.maria.id
    await pages.desk.give(maria, 300)
    path = f"/patients/{maria}/loyalty/redeem"
    offers = await pages.page(path)
    assert "200 points are missing" in offers  # of the check-up's 500
    assert "Choose a reward." in (await pages.send(path, {}, 422)).text
    short = await pages.send(path, {"reward_id": "2"}, 409)
    assert "200 are missing" in short.text
    assert await pages.desk.rows("redemptions") == 0
    made = await pages.send(path, {"reward_id": "1"})
    assert made.headers["hx-trigger"] == "loyalty"
    code = re.search(r'class="voucher-code ltr"[^>]*>([^<]+)<', made.text)
    assert code
    panel = await pages.page(f"/panels/patients/{maria}/loyalty")
    assert code[1] in panel
    assert 'data-flash="50"' in panel
    printed = await pages.page("/loyalty/redemptions/1/print")
    assert f"/vouchers/{code[1]}/qr.svg" in printed
    assert "Good once, until May 30, 2027" in printed


async def test_a_voucher_is_looked_at_without_being_used_and_used_once(pages: Pages, clock: SetClock) -> None:
    desk, place = pages.desk, pages.desk.world.bellevue.id
    await desk.give(desk.world.maria.id, 1000)
    code = (await desk.redeem(desk.world.maria.id, 1))["code"]
    for _ in range(2):
        seen = await pages.page(f"/loyalty/scan?code={code.lower().replace('-', ' ')}")
        assert "Maria Alvarez" in seen
        assert "Use it" in seen
    assert "Choose the hospital" in (await pages.send("/loyalty/scan", {"code": code}, 422)).text
    used = await pages.send("/loyalty/scan", {"code": code, "hospital_id": str(place)}, 303)
    shown = await pages.page(used.headers["location"])
    assert "good for nothing more" in shown
    again = await pages.send("/loyalty/scan", {"code": code, "hospital_id": str(place)}, 409)
    assert "has been used" in again.text
    late = await pages.page(f"/loyalty/scan?code={code}")
    assert "Use it" not in late
    assert "Used Mar 1, 2027" in late
    assert "is on no voucher of ours" in await pages.page("/loyalty/scan?code=2222-2222")
    assert "is on no voucher of ours" in await pages.page("/loyalty/scan?code=%F0%9F%A4%A2")
    other = (await desk.redeem(desk.world.maria.id, 1))["code"]
    await desk.wait(clock, days=91)
    gone = await pages.page(f"/loyalty/scan?code={other}")
    assert "It was good until May 30, 2027" in gone
    assert "Use it" not in gone
    expired = await pages.send("/loyalty/scan", {"code": other, "hospital_id": str(place)}, 409)
    assert "Not used" in expired.text


async def test_the_scan_page_alone_may_ask_for_the_camera(pages: Pages) -> None:
    for path, policy in (("/loyalty/scan", "camera=(self)"), ("/loyalty", "camera=()")):
        answer = await pages.desk.client.get(path, headers=pages.desk.headers | {"accept": "text/html"})
        assert answer.headers["permissions-policy"].startswith(policy)


async def test_a_redemption_is_cancelled_for_a_reason_and_tracked(pages: Pages) -> None:
    desk = pages.desk
    await desk.give(desk.world.maria.id, 300)
    await desk.redeem(desk.world.maria.id, 1)
    assert "Nothing like that" in await pages.page("/loyalty/redemptions?status=used")
    assert "Nothing like that" in await pages.page("/loyalty/redemptions?since=2027-03-02")
    assert "Maria Alvarez" in await pages.page("/loyalty/redemptions?status=issued&since=2027-03-01&until=2027-03-01")
    assert "Maria Alvarez" in await pages.page("/loyalty/redemptions?since=soon&reward=none&sort=;drop")
    path = "/loyalty/redemptions/1/cancel"
    assert "problem-reason" in (await pages.send(path, {"reason": ""}, 422)).text
    assert "250 points went back" in (await pages.send(path, {"reason": "Changed her mind"})).text
    assert await desk.balance(desk.world.maria.id) == 300
    assert "was cancelled" in (await pages.send(path, {"reason": "Again"}, 422)).text
    assert "Changed her mind" in await pages.page("/loyalty/redemptions/1")


async def test_members_are_filtered_and_export_what_is_shown(pages: Pages) -> None:
    desk = pages.desk
    assert "Nobody has points yet" in await pages.page("/loyalty")
    await desk.give(desk.world.maria.id, 600)
    shown = await pages.page("/loyalty?tier=silver&q=mari&sort=name")
    assert "Maria Alvarez" in shown
    assert "/api/loyalty/export?q=mari&amp;tier=silver" in shown
    assert "Nobody like that" in await pages.page("/loyalty?tier=gold")
    assert "Nobody like that" in await pages.page("/loyalty?lapse=30")
    assert "Nobody like that" in await pages.page("/loyalty?lapse=grace")
    export = re.search(r'href="(/api/loyalty/export[^"]+)"', shown)
    assert export
    table = await desk.client.get(export[1].replace("&amp;", "&"), headers=desk.headers)
    assert "Maria Alvarez" in table.text


async def test_who_sent_somebody_is_kept_by_code(pages: Pages) -> None:
    desk = pages.desk
    maria = desk.world.maria.id
    made = (await pages.send(f"/patients/{maria}/loyalty/link", {})).text
    assert "/p/" in made
    code = (await desk.get(f"/api/loyalty/{maria}/referral-code"))["code"]
    path = f"/patients/{maria}/loyalty/referral"
    assert "code is nobody" in (await pages.send(path, {"code": "2222-2222"}, 422)).text
    assert "problem-code" in (await pages.send(path, {"code": ""}, 422)).text
    assert "nobody brings themselves" in (await pages.send(path, {"code": code}, 422)).text


@pytest.mark.parametrize(
    "path",
    [
        "/loyalty?hospital=²&tier=²&lapse=²&sort=²", "/loyalty?hospital=" + "9" * 5000, "/loyalty?lapse=99999999999999",
        "/loyalty/redemptions?reward=²&since=0001-01-01&until=9999-12-31", "/loyalty/report?months=²",
        "/loyalty/scan?code=" + "9" * 5000, "/loyalty/scan?code=%E2%80%8B&done=yes",
        "/loyalty/rewards?show=²&q=%25_%5C",
        "/patients/{maria}/loyalty/history?before=" + "9" * 40, "/patients/{maria}/loyalty/history?before=-1",
    ],
)  # fmt: skip
async def test_an_address_typed_by_hand_breaks_no_page(pages: Pages, path: str) -> None:
    shown = await pages.page(path.format(maria=pages.desk.world.maria.id))
    assert "problem-page" not in shown  # a fragment of nothing may be empty
