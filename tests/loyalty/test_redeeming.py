"""Redeeming at the desk: what it takes, what hinders it, what cancelling gives back, and how it is tracked."""

import csv
import io

import httpx
import pytest

from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from tests.loyalty.desk import Desk
from tests.queries import QueryCount
from tests.web import AsRole
from tests.world import SmallWorld

TRACK = "/api/loyalty/redemptions"


@pytest.fixture
async def desk(client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: AsRole) -> Desk:
    """The desk, as an administrator."""
    return await Desk(client, world, database, as_role).sign_in()


async def test_redeeming_takes_the_points_and_the_stock_and_gives_a_voucher(desk: Desk) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 300)
    reward = await desk.reward(250, stock=2, name="Priority")
    made = await desk.redeem(maria, reward)
    assert (made["status"], made["points"], made["rewardName"], made["source"]) == ("issued", 250, "Priority", "desk")
    assert made["patientName"] == "Maria Alvarez"
    # ninety days, to the end of the day, in the program's zone
    assert made["expiresAt"] == "2027-05-31T00:00:00Z"
    assert await desk.balance(maria) == 50
    shown = await desk.get(f"/api/loyalty/rewards/{reward}")
    assert (shown["stock"], shown["redeemed"], shown["version"]) == (1, 1, 2)
    async with desk.database.transaction() as tx:
        uses = await tx.rows("select points from loyalty.redemption_uses where redemption_id = %(id)s", id=made["id"])
        entries = await tx.rows("select points from loyalty.point_entries where kind = 'spent'")
    assert (uses, entries) == ([(250,)], [(-250,)])


async def test_an_archived_patients_points_are_not_spent_until_the_record_is_back(desk: Desk) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 300)
    reward = await desk.reward(250, stock=2)
    for archived, status in ((True, 409), (False, 201)):
        await desk.client.patch(f"/api/patients/{maria}", json={"archived": archived}, headers=desk.headers)
        answer = await desk.client.post(f"/api/loyalty/{maria}/redeem", json={"rewardId": reward}, headers=desk.headers)
        assert answer.status_code == status, answer.text
        if archived:
            problem = answer.json()
            assert (problem["type"], problem["nextStep"]) == ("/problems/record-archived", "Restore the patient first.")
            assert await desk.balance(maria) == 300
            assert await desk.rows("redemptions") == 0
    assert await desk.balance(maria) == 50


async def test_the_same_key_gives_the_same_voucher(desk: Desk) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 1000)
    headers = desk.headers | {"idempotency-key": "one"}
    path, body = f"/api/loyalty/{maria}/redeem", {"rewardId": 1}
    first = await desk.post(path, body, headers=headers)
    assert await desk.post(path, body, headers=headers) == first
    assert await desk.balance(maria) == 750


async def test_who_cannot_have_it_is_told_what_is_missing_and_nothing_is_written(desk: Desk, clock: SetClock) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 200)
    path = f"/api/loyalty/{maria}/redeem"
    told = {
        "not-enough-points": await desk.reward(640),
        "out-of-stock": await desk.reward(10, stock=0),
        "tier-too-low": await desk.reward(10, tierCode="gold"),
        "reward-unavailable": await desk.reward(10, availableFrom="2027-04-01T00:00:00Z"),
    }
    problems = {}
    for kind, reward in told.items():
        found, problems[kind] = await desk.refused(path, {"rewardId": reward}, 409)
        assert found == kind
        assert problems[kind]["nextStep"]
    assert (problems["not-enough-points"]["missing"], problems["not-enough-points"]["balance"]) == (440, 200)
    assert problems["tier-too-low"]["tierCode"] == "gold"
    once = await desk.reward(10, perPersonLimit=1)
    await desk.redeem(maria, once)
    assert (await desk.refused(path, {"rewardId": once}, 409))[0] == "reward-limit-reached"
    assert (await desk.rows("redemptions"), await desk.balance(maria)) == (1, 190)
    assert (await desk.refused(path, {"rewardId": 999999}, 404))[0] == "no-such-reward"
    assert (await desk.refused("/api/loyalty/999999/redeem", {"rewardId": 1}, 404))[0] == "no-such-patient"
    await desk.refused(path, {}, 422)
    await desk.refused(path, {"rewardId": "1"}, 422)


async def test_what_was_cancelled_does_not_count_towards_a_persons_limit(desk: Desk) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 100)
    once = await desk.reward(10, perPersonLimit=1)
    made = await desk.redeem(maria, once)
    await desk.post(f"{TRACK}/{made['id']}/cancel", {"reason": "changed her mind"}, 200)
    await desk.redeem(maria, once)
    assert await desk.balance(maria) == 90


async def test_cancelling_gives_points_and_stock_back_once(desk: Desk) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 60)
    await desk.give(maria, 60)
    reward = await desk.reward(100, stock=1)
    made = await desk.redeem(maria, reward)
    assert await desk.balance(maria) == 20
    path = f"{TRACK}/{made['id']}/cancel"
    assert (await desk.refused(path, {"reason": "  "}, 422))[0] == "invalid"
    cancelled = await desk.post(path, {"reason": "booked by mistake"}, 200)
    assert (cancelled["status"], cancelled["cancelledBecause"]) == ("cancelled", "booked by mistake")
    assert await desk.balance(maria) == 120
    assert (await desk.get(f"/api/loyalty/rewards/{reward}"))["stock"] == 1
    assert (await desk.refused(path, {"reason": "again"}, 409))[0] == "voucher-cancelled"
    assert await desk.balance(maria) == 120
    assert (await desk.refused(f"{TRACK}/999999/cancel", {"reason": "x"}, 404))[0] == "no-such-redemption"


async def test_what_has_expired_meanwhile_comes_back_as_fresh_points(desk: Desk, clock: SetClock) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 100)
    made = await desk.redeem(maria, await desk.reward(100))
    await desk.wait(clock, days=800)
    await desk.post(f"{TRACK}/{made['id']}/cancel", {"reason": "it ran out unused"}, 200)
    assert await desk.balance(maria) == 100
    async with desk.database.transaction() as tx:
        lots = await tx.rows("select rule, left_over, counts_for_tier from loyalty.point_lots order by id")
    assert lots == [("manual", 0, True), ("refill", 100, False)]


async def test_offers_say_what_one_may_have_and_what_is_missing(desk: Desk) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 300)
    gold = await desk.reward(1, tierCode="gold")
    items = (await desk.get(f"/api/loyalty/{maria}/offers"))["items"]
    assert [(one["reward"]["id"], one["mayRedeem"], one["whyNot"], one["missing"]) for one in items] == [
        (gold, False, "tier", 0), (1, True, None, 0), (2, False, "points", 200), (3, False, "points", 450),
        (4, False, "points", 700),
    ]  # fmt: skip
    # somebody who never earned anything stands at nothing, and looking opens no account
    before = await desk.rows("patient_points")
    assert not any(one["mayRedeem"] for one in (await desk.get(f"/api/loyalty/{desk.world.james.id}/offers"))["items"])
    assert await desk.rows("patient_points") == before
    await desk.get("/api/loyalty/999999/offers", 404)


async def test_redemptions_are_tracked(desk: Desk, clock: SetClock) -> None:
    maria, james = desk.world.maria.id, desk.world.james.id
    for who in (maria, james):
        await desk.give(who, 1000)
    short = await desk.reward(10, voucherDays=1)
    first = await desk.redeem(maria, short)
    used = await desk.redeem(maria, 1)
    await desk.wait(clock, days=3)
    for who in (maria, james):
        await desk.give(who, 500)
    third = await desk.redeem(james, 1)
    await desk.post(f"/api/loyalty/vouchers/{used['code']}/use", {"hospitalId": desk.world.bellevue.id}, 200)

    async def listed(query: str) -> list[int]:
        return [one["id"] for one in (await desk.get(f"{TRACK}?{query}"))["items"]]

    assert await listed("") == [third["id"], used["id"], first["id"]]
    assert await listed("status=expired") == [first["id"]]
    assert await listed("status=issued") == [third["id"]]
    assert await listed(f"usedHospitalId={desk.world.bellevue.id}") == [used["id"]]
    assert await listed(f"patientId={maria}&sort=points") == [first["id"], used["id"]]
    assert await listed("rewardId=1&to=2027-03-01") == [used["id"]]
    assert await listed("from=2027-03-04") == [third["id"]]
    assert await listed("from=2027-03-05&to=9999-12-31") == []
    assert (await desk.client.get(f"{TRACK}?status=lost", headers=desk.headers)).status_code in (400, 422)
    page = await desk.get(f"{TRACK}?limit=2")
    assert [one["id"] for one in (await desk.get(f"{TRACK}?limit=2&cursor={page['next']}"))["items"]] == [first["id"]]
    table = await desk.client.get(f"{TRACK}/export?status=used", headers=desk.headers)
    lines = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [line[2:6] for line in lines[1:]] == [["Maria Alvarez", "Priority appointment", "250", "used"]]
    assert used["code"] not in table.text
    assert (await desk.client.get(f"{TRACK}/export?format=xlsx", headers=desk.headers)).content.startswith(b"PK")


async def test_who_may_redeem_and_who_may_look(desk: Desk, as_role: AsRole) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 500)
    for role in ("clinician", "marketing", "finance"):
        headers = await as_role(role)
        await desk.post(f"/api/loyalty/{maria}/redeem", {"rewardId": 1}, 403, headers=headers)
        await desk.get(TRACK, 403, headers=headers)
    made = await desk.post(f"/api/loyalty/{maria}/redeem", {"rewardId": 1}, headers=await as_role("integration"))
    assert made["source"] == "desk"


async def test_lists_ask_the_same_of_the_database_for_one_row_and_for_twenty(
    desk: Desk, query_count: QueryCount
) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 1000)
    reward = await desk.reward(1)
    paths = (TRACK, "/api/loyalty/rewards", f"/api/loyalty/{maria}/offers")

    async def asked() -> list[int]:
        counts = []
        for path in paths:
            with query_count() as queries:
                await desk.get(path)
            counts.append(len(queries))
        return counts

    await desk.redeem(maria, reward)
    few = await asked()
    for _ in range(20):
        await desk.redeem(maria, await desk.reward(1))
    assert await asked() == few
