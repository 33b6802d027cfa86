"""Several at once, with real connections: exactly as many vouchers as there are points, pieces and uses."""

from collections import Counter
from datetime import timedelta

import pytest

from bedside import reactions
from bedside.event_log import SYSTEM
from bedside.kit.database import Database
from bedside.loyalty import referrals
from bedside.loyalty.awarding import award
from bedside.loyalty.redeeming import cancel_redemption, redeem, use_voucher
from bedside.loyalty.referral_model import NewReferral
from bedside.loyalty.reward_model import NewReward
from bedside.loyalty.rewards import add_reward, reward
from bedside.scheduling import book, check_in, complete
from tests.loyalty.desk import at_once, in_transaction
from tests.world import SmallWorld


@pytest.fixture
async def wide(world: SmallWorld, database: Database) -> Database:
    """The database, with what reacts to visits."""
    reactions.install(public_url="http://bedside.test")
    return database


async def give(database: Database, patient_id: int, points: int) -> None:
    async with database.transaction() as tx:
        await award(
            tx,
            patient_id=patient_id,
            points=points,
            rule="manual",
            source=f"manual:{patient_id}",
            reason="test",
            actor=SYSTEM,
        )


async def new_reward(database: Database, cost: int, stock: int | None = None, limit: int | None = None) -> int:
    async with database.transaction() as tx:
        new = NewReward(name="Tea", points_cost=cost, stock=stock, per_person_limit=limit)
        return (await add_reward(tx, new=new, actor=SYSTEM)).id


async def left(database: Database) -> tuple[int, int, int]:
    """Points left, vouchers made, and the least that any lot holds."""
    async with database.transaction() as tx:
        [row] = await tx.rows(
            """select (select coalesce(sum(left_over), 0) from loyalty.point_lots),
                      (select count(*) from loyalty.redemptions where status <> 'cancelled'),
                      (select coalesce(min(left_over), 0) from loyalty.point_lots)"""
        )
    return int(row[0]), int(row[1]), int(row[2])


async def test_of_two_who_redeem_the_same_points_one_gets_the_voucher(wide: Database, world: SmallWorld) -> None:
    await give(wide, world.maria.id, 100)
    tea = await new_reward(wide, 100)
    ended = await at_once(
        in_transaction(wide, redeem, patient_id=world.maria.id, reward_id=tea, source="desk", actor=SYSTEM)
        for _ in range(8)
    )
    assert Counter(ended) == {"done": 1, "not-enough-points": 7}
    assert await left(wide) == (0, 1, 0)


async def test_points_for_three_are_three_vouchers_whoever_asks_how_often(wide: Database, world: SmallWorld) -> None:
    await give(wide, world.maria.id, 350)
    tea = await new_reward(wide, 100)
    ended = await at_once(
        in_transaction(wide, redeem, patient_id=world.maria.id, reward_id=tea, source="desk", actor=SYSTEM)
        for _ in range(8)
    )
    assert Counter(ended) == {"done": 3, "not-enough-points": 5}
    assert await left(wide) == (50, 3, 50)


async def test_the_last_one_in_stock_goes_to_one_of_many(wide: Database, world: SmallWorld) -> None:
    people = [world.maria, world.james, world.tom, world.rosa, world.emma]
    for one in people:
        await give(wide, one.id, 100)
    tea = await new_reward(wide, 100, stock=1)
    ended = await at_once(
        in_transaction(wide, redeem, patient_id=one.id, reward_id=tea, source="link", actor=SYSTEM) for one in people
    )
    assert Counter(ended) == {"done": 1, "out-of-stock": 4}
    assert await left(wide) == (400, 1, 0)
    async with wide.transaction() as tx:
        assert (await reward(tx, tea)).stock == 0


async def test_a_limit_of_one_a_person_is_one_voucher(wide: Database, world: SmallWorld) -> None:
    await give(wide, world.maria.id, 1000)
    tea = await new_reward(wide, 10, limit=1)
    ended = await at_once(
        in_transaction(wide, redeem, patient_id=world.maria.id, reward_id=tea, source="desk", actor=SYSTEM)
        for _ in range(6)
    )
    assert Counter(ended) == {"done": 1, "reward-limit-reached": 5}


async def test_a_voucher_is_used_once_however_many_scan_it(wide: Database, world: SmallWorld) -> None:
    await give(wide, world.maria.id, 100)
    async with wide.transaction() as tx:
        tea = await add_reward(tx, new=NewReward(name="Tea", points_cost=100), actor=SYSTEM)
        made = await redeem(tx, patient_id=world.maria.id, reward_id=tea.id, source="desk", actor=SYSTEM)
    ended = await at_once(
        in_transaction(wide, use_voucher, code=made.code, hospital_id=world.bellevue.id, actor=SYSTEM) for _ in range(8)
    )
    assert Counter(ended) == {"done": 1, "voucher-used": 7}


async def test_it_is_used_or_cancelled_and_never_both(wide: Database, world: SmallWorld) -> None:
    await give(wide, world.maria.id, 1000)
    for _ in range(5):
        async with wide.transaction() as tx:
            before = await tx.value("select sum(left_over) from loyalty.point_lots")
            made = await redeem(tx, patient_id=world.maria.id, reward_id=1, source="desk", actor=SYSTEM)
        ended = await at_once(
            [
                in_transaction(wide, use_voucher, code=made.code, hospital_id=world.bellevue.id, actor=SYSTEM),
                in_transaction(wide, cancel_redemption, redemption_id=made.id, reason="no", actor=SYSTEM),
            ]
        )
        async with wide.transaction() as tx:
            after = await tx.value("select sum(left_over) from loyalty.point_lots")
        if ended == ["done", "voucher-used"]:
            assert after == before - 250
            await give_back(wide, before - after, world)
        else:
            assert ended == ["voucher-cancelled", "done"]
            assert after == before


async def give_back(database: Database, points: int, world: SmallWorld) -> None:
    async with database.transaction() as tx:
        at = await tx.value("select count(*) from loyalty.point_entries")
        await award(
            tx, patient_id=world.maria.id, points=int(points), rule="manual", source=f"manual:again{at}", reason="test",
            actor=SYSTEM,
        )  # fmt: skip


async def test_two_cancel_and_the_points_come_back_once(wide: Database, world: SmallWorld) -> None:
    await give(wide, world.maria.id, 300)
    tea = await new_reward(wide, 250, stock=1)
    async with wide.transaction() as tx:
        made = await redeem(tx, patient_id=world.maria.id, reward_id=tea, source="desk", actor=SYSTEM)
    ended = await at_once(
        in_transaction(wide, cancel_redemption, redemption_id=made.id, reason="no", actor=SYSTEM) for _ in range(6)
    )
    assert Counter(ended) == {"done": 1, "voucher-cancelled": 5}
    assert await left(wide) == (300, 0, 300)
    async with wide.transaction() as tx:
        assert (await reward(tx, tea)).stock == 1


async def test_a_friend_is_brought_by_one_of_two(wide: Database, world: SmallWorld) -> None:
    codes = []
    for one in (world.maria, world.james):
        await give(wide, one.id, 1)
        async with wide.transaction() as tx:
            codes.append(await referrals.code_of(tx, one.id))
    ended = await at_once(
        in_transaction(wide, referrals.refer, new=NewReferral(code=code, friend_id=world.rosa.id), actor=SYSTEM)
        for code in codes * 3
    )
    assert Counter(ended) == {"done": 1, "referral-exists": 5}


async def test_two_first_visits_completed_at_once_bring_the_friend_once(wide: Database, world: SmallWorld) -> None:
    await give(wide, world.maria.id, 1)
    visits = []
    async with wide.transaction() as tx:
        code = await referrals.code_of(tx, world.maria.id)
        await referrals.refer(tx, new=NewReferral(code=code, friend_id=world.rosa.id), actor=SYSTEM)
        for hours in (1, 3):
            made = await book(
                tx, actor=SYSTEM, patient_id=world.rosa.id, practitioner_id=world.smith.id,
                starts_at=tx.now + timedelta(hours=hours), override_reason="a test",
            )  # fmt: skip
            await check_in(tx, appointment_id=made.id, actor=SYSTEM)
            visits.append(made.id)
    ended = await at_once(in_transaction(wide, complete, appointment_id=one, actor=SYSTEM) for one in visits)
    assert ended == ["done", "done"]
    async with wide.transaction() as tx:
        lots = await tx.rows("select patient_id, points from loyalty.point_lots where rule = 'referral'")
        referral = await tx.rows("select status, appointment_id from loyalty.referrals")
    assert lots == [(world.maria.id, 200)]
    assert referral[0][0] == "completed"
    assert referral[0][1] in visits
