"""A voucher at the desk: looked at, used once, and what a used, expired, cancelled or foreign one is told."""

from urllib.parse import quote

import httpx
import pytest

from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from tests.loyalty.desk import Desk
from tests.web import AsRole
from tests.world import SmallWorld

VOUCHERS = "/api/loyalty/vouchers"


@pytest.fixture
async def desk(client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: AsRole) -> Desk:
    """The desk, as an administrator; Maria has points."""
    desk = await Desk(client, world, database, as_role).sign_in()
    await desk.give(world.maria.id, 1000)
    return desk


async def test_a_voucher_is_looked_at_however_its_code_is_typed_and_used_once(desk: Desk) -> None:
    made = await desk.redeem(desk.world.maria.id, 1)
    code, here = made["code"], {"hospitalId": desk.world.bellevue.id}
    typed = quote(f" {code.lower().replace('-', ' ')} ")
    assert await desk.get(f"{VOUCHERS}/{typed}") == made
    used = await desk.post(f"{VOUCHERS}/{typed}/use", here, 200)
    assert (used["status"], used["usedHospitalId"]) == ("used", desk.world.bellevue.id)
    kind, problem = await desk.refused(f"{VOUCHERS}/{code}/use", here, 409)
    assert kind == "voucher-used"
    assert (problem["usedHospitalId"], problem["usedByName"]) == (desk.world.bellevue.id, used["usedByName"])
    assert problem["usedAt"].startswith("2027-03-01T14:00")
    path = f"/api/loyalty/redemptions/{made['id']}/cancel"
    assert (await desk.refused(path, {"reason": "too late"}, 409))[0] == "voucher-used"
    assert await desk.balance(desk.world.maria.id) == 750


async def test_a_double_click_with_one_key_is_one_use(desk: Desk) -> None:
    code = (await desk.redeem(desk.world.maria.id, 1))["code"]
    headers = desk.headers | {"idempotency-key": "click"}
    body = {"hospitalId": desk.world.bellevue.id}
    first = await desk.post(f"{VOUCHERS}/{code}/use", body, 200, headers=headers)
    assert await desk.post(f"{VOUCHERS}/{code}/use", body, 200, headers=headers) == first


async def test_a_voucher_that_ran_out_or_was_cancelled_or_is_none_of_ours_says_so(desk: Desk, clock: SetClock) -> None:
    here = {"hospitalId": desk.world.bellevue.id}
    short = await desk.reward(10, voucherDays=1)
    late = (await desk.redeem(desk.world.maria.id, short))["code"]
    cancelled = await desk.redeem(desk.world.maria.id, short)
    await desk.post(f"/api/loyalty/redemptions/{cancelled['id']}/cancel", {"reason": "mistake"}, 200)
    assert (await desk.refused(f"{VOUCHERS}/{cancelled['code']}/use", here, 409))[0] == "voucher-cancelled"
    await desk.wait(clock, hours=33, minutes=59)
    assert (await desk.get(f"{VOUCHERS}/{late}"))["status"] == "issued"
    await desk.wait(clock, minutes=1)
    assert (await desk.get(f"{VOUCHERS}/{late}"))["status"] == "expired"
    kind, problem = await desk.refused(f"{VOUCHERS}/{late}/use", here, 409)
    assert (kind, problem["expiresAt"]) == ("voucher-expired", "2027-03-03T00:00:00Z")
    for foreign in ("C2F4-GH67", "SAVE20", "x" * 60, "ـ", "%00"):
        assert (await desk.refused(f"{VOUCHERS}/{foreign}/use", here, 404))[0] == "no-such-voucher"
        await desk.get(f"{VOUCHERS}/{foreign}", 404)


async def test_a_voucher_is_used_at_a_hospital_where_one_works(desk: Desk, as_role: AsRole) -> None:
    code = (await desk.redeem(desk.world.maria.id, 1))["code"]
    elsewhere = await as_role("front_desk", hospitals=[desk.world.santa_lucia.id])
    await desk.post(f"{VOUCHERS}/{code}/use", {"hospitalId": desk.world.bellevue.id}, 403, headers=elsewhere)
    await desk.post(f"{VOUCHERS}/{code}/use", {"hospitalId": 999999}, 404)
    await desk.post(f"{VOUCHERS}/{code}/use", {}, 422)
    await desk.post(
        f"{VOUCHERS}/{code}/use", {"hospitalId": desk.world.bellevue.id}, 403, headers=await as_role("clinician")
    )
    assert (await desk.get(f"{VOUCHERS}/{code}"))["status"] == "issued"
    used = await desk.post(f"{VOUCHERS}/{code}/use", {"hospitalId": desk.world.santa_lucia.id}, 200, headers=elsewhere)
    assert used["usedHospitalId"] == desk.world.santa_lucia.id


async def test_a_voucher_stays_as_it_was_when_its_reward_changes(desk: Desk) -> None:
    made = await desk.redeem(desk.world.maria.id, 1)
    await desk.client.patch(
        "/api/loyalty/rewards/1", json={"name": "Tea", "pointsCost": 9, "archived": True}, headers=desk.headers
    )
    shown = await desk.get(f"{VOUCHERS}/{made['code']}")
    assert (shown["rewardName"], shown["points"], shown["status"]) == ("Priority appointment", 250, "issued")


async def test_its_code_is_drawn_for_everybody_and_says_nothing_about_whether_it_is_one(desk: Desk) -> None:
    drawn = await desk.client.get("/vouchers/c2f4gh67/qr.svg")
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert drawn.content == (await desk.client.get("/vouchers/C2F4-GH67/qr.svg")).content
    png = await desk.client.get("/vouchers/C2F4-GH67/qr.png")
    assert png.content.startswith(b"\x89PNG")
    assert (await desk.client.get("/vouchers/buy-now/qr.svg")).status_code == 404
