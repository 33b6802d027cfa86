"""A past of points, written in bulk: as it would have been made day by day."""

from datetime import date, timedelta

from bedside.kit.database import Database
from bedside.loyalty import account
from bedside.loyalty.history import PastAward, write_points
from bedside.loyalty.rebuilding import prove
from bedside.loyalty.upkeep import expire
from tests.world import SmallWorld


async def test_a_past_earns_when_it_happened_reaches_tiers_and_has_its_own_expiry(
    world: SmallWorld, database: Database
) -> None:
    maria, james, hospital = world.maria.id, world.james.id, world.bellevue.id
    async with database.transaction() as tx:
        now = tx.now

        def visit(patient: int, number: int, days_ago: int, points: int = 100) -> PastAward:
            return PastAward(
                patient_id=patient, points=points, rule="visit_completed", source=f"appointment:{number}",
                hospital_id=hospital, at=now - timedelta(days=days_ago),
            )  # fmt: skip

        lately = [visit(maria, number, days_ago=60 - number) for number in range(1, 7)]
        await write_points(tx, [*lately, visit(james, 50, 1000, 400), visit(james, 51, 700, 300), visit(james, 52, 5)])
    async with database.transaction() as tx:
        hers, his = await account(tx, maria), await account(tx, james)
        assert (hers.balance, hers.tier, hers.earned_in_window) == (600, "silver", 600)
        assert hers.tier_now.since == now - timedelta(days=55)  # the fifth visit made it 500
        assert hers.joined_at == now - timedelta(days=59)
        assert (his.balance, his.tier, his.earned_in_window) == (400, "bronze", 100)  # what is older has expired
        assert his.next_expiry is not None
        assert his.next_expiry.on == date(2027, 3, 31)
        assert (await prove(tx)).holds
    await expire(database)
    async with database.transaction() as tx:
        assert (await account(tx, james)).balance == 400
        assert (await prove(tx)).holds
