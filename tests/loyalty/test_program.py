"""The program in versions: added for a day to come, taken back before it begins, previewed on today's members."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from bedside.accounts import Role
from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.loyalty import account, award, reverse
from bedside.loyalty.program import program_in_force
from bedside.loyalty.program_model import Program
from bedside.loyalty.tiers import step
from bedside.loyalty.upkeep import greet_birthdays, keep_tiers
from tests.loyalty.desk import Desk
from tests.web import AsRole
from tests.world import SmallWorld

PATH = "/api/loyalty/programs"
TERMS: dict[str, Any] = {
    "name": "Rewards", "timeZone": "America/New_York", "pointsLastMonths": 12, "qualificationMonths": 12,
    "graceDays": 30, "warnDays": 30, "voucherDays": 60, "awardLimits": {"admin": 5000},
    "rules": {"visit_completed": 150, "feedback": 10, "feedback_with_words": 30},
    "tiers": [
        {"code": "bronze", "name": "Bronze", "threshold": 0}, {"code": "silver", "name": "Silver", "threshold": 300},
    ],
}  # fmt: skip


@pytest.fixture
async def desk(client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: AsRole) -> Desk:
    """The desk, as an administrator."""
    return await Desk(client, world, database, as_role).sign_in()


async def earn(desk: Desk, patient_id: int, points: int, source: str) -> None:
    async with desk.database.transaction() as tx:
        await award(tx, patient_id=patient_id, points=points, rule="visit_completed", source=source, actor=SYSTEM)


async def test_what_ships_is_what_the_rules_say(desk: Desk) -> None:
    found = await desk.get(PATH)
    program = found["items"][0]
    assert found["inForce"] == program["id"]
    assert program["rules"] == {"visit_completed": 100, "feedback": 25, "feedback_with_words": 50, "referral": 200}
    assert [(tier["name"], tier["threshold"]) for tier in program["tiers"]] == [
        ("Bronze", 0), ("Silver", 500), ("Gold", 1500), ("Platinum", 3000),
    ]  # fmt: skip
    rewards = (await desk.get("/api/loyalty/rewards"))["items"]
    assert sorted(one["pointsCost"] for one in rewards) == [250, 500, 750, 1000]


async def test_a_version_holds_from_its_day_in_its_own_zone(desk: Desk, clock: SetClock) -> None:
    made = await desk.post(PATH, TERMS | {"startsOn": "2027-03-05"})
    assert (made["number"], made["startsAt"]) == (2, "2027-03-05T05:00:00Z")
    for at, points in ((datetime(2027, 3, 5, 4, 59, tzinfo=UTC), 100), (datetime(2027, 3, 5, 5, tzinfo=UTC), 150)):
        clock.set(at)
        async with desk.database.transaction() as tx:
            assert (await program_in_force(tx)).points_for("visit_completed") == points


async def test_one_that_has_not_begun_can_be_taken_back_and_one_that_has_cannot(desk: Desk) -> None:
    later = await desk.post(PATH, TERMS | {"startsOn": "2027-04-01"})
    again = await desk.post(PATH, TERMS | {"startsOn": "2027-04-01"}, 409)
    assert again["type"] == "/problems/loyalty-program-date-taken"
    gone = await desk.client.delete(f"{PATH}/{later['id']}", headers=desk.headers)
    assert gone.json()["withdrawnAt"] is not None
    await desk.post(PATH, TERMS | {"startsOn": "2027-04-01"})
    begun = await desk.client.delete(f"{PATH}/{(await desk.get(PATH))['inForce']}", headers=desk.headers)
    assert (begun.status_code, begun.json()["type"]) == (409, "/problems/loyalty-program-started")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"startsOn": "2027-02-28"}, "/startsOn"),
        ({"timeZone": "Mars/Olympus"}, "/timeZone"),
        ({"tiers": [{"code": "a", "name": "A", "threshold": 5}]}, "/tiers/0/threshold"),
        (
            {"tiers": [{"code": "a", "name": "A", "threshold": 0}, {"code": "b", "name": "B", "threshold": 0}]},
            "/tiers/1/threshold",
        ),
        (
            {"tiers": [{"code": "a", "name": "A", "threshold": 0}, {"code": "a", "name": "B", "threshold": 9}]},
            "/tiers/1/code",
        ),
        ({"tiers": []}, "/tiers"),
        ({"awardLimits": {"janitor": 5}}, "/awardLimits/janitor"),
        ({"currency": "USD"}, "/currency"),
        ({"rules": {"visit_completed": 0}}, "/rules"),
        ({"rules": {"breathing": 5}}, "/rules"),
    ],
)
async def test_what_no_program_can_be_is_refused_and_nothing_written(
    desk: Desk, changes: dict[str, Any], pointer: str
) -> None:
    for path in (PATH, f"{PATH}/preview"):
        if path.endswith("preview") and "startsOn" in changes:
            continue
        problem = await desk.post(path, TERMS | {"startsOn": "2027-03-05"} | changes, 422)
        assert problem["errors"][0]["pointer"].startswith(pointer), problem
    assert await desk.rows("programs") == 1


async def test_the_preview_says_who_would_move_and_what_a_year_would_have_earned(desk: Desk) -> None:
    maria, james = desk.world.maria.id, desk.world.james.id
    for visit in range(4):
        await earn(desk, maria, 100, f"appointment:{visit}")
    await earn(desk, james, 100, "appointment:9")
    found = await desk.post(f"{PATH}/preview", TERMS | {"startsOn": "2027-03-05"}, 200)
    assert (found["members"], found["raised"], found["lowered"], found["unchanged"]) == (2, 1, 0, 1)
    assert found["moves"] == [{"fromCode": "bronze", "toCode": "silver", "members": 1, "when": "at_once"}]
    assert found["rules"] == [{"rule": "visit_completed", "awards": 5, "points": 500, "wouldBe": 750}]
    assert [one["patientName"] for one in found["sample"]] == ["Maria Alvarez"]
    marketing = await desk.as_role(Role.MARKETING)
    found = await desk.post(f"{PATH}/preview", TERMS | {"startsOn": "2027-03-05"}, 200, headers=marketing)
    assert (found["raised"], found["sample"]) == (1, [])


async def test_a_tier_is_reached_at_its_very_threshold_and_says_why(desk: Desk) -> None:
    maria = desk.world.maria.id
    await earn(desk, maria, 499, "appointment:1")
    assert (await desk.get(f"/api/loyalty/{maria}"))["pointsToNextTier"] == 1
    await earn(desk, maria, 1, "appointment:2")
    shown = await desk.get(f"/api/loyalty/{maria}")
    assert (shown["tier"], shown["tierNow"]["why"]) == ("silver", "500 points earned in 12 months")
    assert (shown["nextTier"]["code"], shown["pointsToNextTier"]) == ("gold", 1000)
    await desk.redeem(maria, await desk.reward(400))
    assert (await desk.get(f"/api/loyalty/{maria}"))["tier"] == "silver"  # earned, not the balance


async def test_a_tier_lapses_after_its_grace_and_not_before(desk: Desk, clock: SetClock) -> None:
    maria = desk.world.maria.id
    await earn(desk, maria, 600, "appointment:1")
    clock.advance(timedelta(days=367))
    await keep_tiers(desk.database)
    async with desk.database.transaction() as tx:
        now = await account(tx, maria)
        assert (now.tier, now.tier_now.until) == ("silver", tx.now + timedelta(days=90))
    clock.advance(timedelta(days=89))
    await keep_tiers(desk.database)
    async with desk.database.transaction() as tx:
        assert (await account(tx, maria)).tier == "silver"
    clock.advance(timedelta(days=2))
    await keep_tiers(desk.database)
    async with desk.database.transaction() as tx:
        assert (await account(tx, maria)).tier == "bronze"
        changes = await tx.rows("select from_code, to_code from loyalty.tier_changes order by id")
    assert changes == [(None, "silver"), ("silver", "bronze")]


async def test_an_award_taken_back_begins_the_grace_and_earning_it_again_ends_it(desk: Desk) -> None:
    maria = desk.world.maria.id
    await earn(desk, maria, 600, "appointment:1")
    async with desk.database.transaction() as tx:
        await reverse(tx, rule="visit_completed", source="appointment:1", reason="not so", actor=SYSTEM)
    shown = await desk.get(f"/api/loyalty/{maria}")
    assert (shown["tier"], shown["tierNow"]["until"] is not None) == ("silver", True)
    await earn(desk, maria, 600, "appointment:1")
    shown = await desk.get(f"/api/loyalty/{maria}")
    assert (shown["tier"], shown["tierNow"]["until"]) == ("silver", None)


def test_without_grace_a_tier_still_waits_for_the_job() -> None:
    program = Program(
        id=1, number=1, name="Rewards", starts_at=datetime(2027, 1, 1, tzinfo=UTC), withdrawn_at=None,
        created_by_name="Ada", created_at=datetime(2027, 1, 1, tzinfo=UTC), time_zone="UTC", points_last_months=12,
        qualification_months=12, grace_days=0, warn_days=0, voucher_days=30, award_limits={}, rules={},
        tiers=[],
    )  # fmt: skip
    program.tiers = [_tier("bronze", 0), _tier("silver", 500)]
    now = datetime(2027, 3, 1, tzinfo=UTC)
    first = step(program=program, code="silver", until=None, earned=10, now=now)
    assert (first.what, first.until) == ("begin_grace", now)
    assert step(program=program, code="silver", until=now, earned=10, now=now).what == "lower"


def _tier(code: str, threshold: int) -> Any:
    from bedside.loyalty.program_model import Tier

    return Tier(code=code, name=code.capitalize(), threshold=threshold)


async def test_birthdays_are_greeted_once_a_year_where_the_program_says_so(desk: Desk, clock: SetClock) -> None:
    maria = desk.world.maria.id
    await earn(desk, maria, 10, "appointment:1")
    async with desk.database.transaction() as tx:
        await tx.execute("update crm.patients set date_of_birth = '1960-02-29' where id = %(id)s", id=maria)
    clock.set(datetime(2028, 2, 1, 14, tzinfo=UTC))
    await desk.sign_in()
    await desk.post(PATH, TERMS | {"startsOn": "2028-02-01", "rules": {"birthday": 40}})
    for day in (date(2028, 2, 28), date(2028, 2, 29), date(2029, 2, 28)):
        clock.set(datetime(day.year, day.month, day.day, 14, tzinfo=UTC))
        await greet_birthdays(desk.database)
        await greet_birthdays(desk.database)
    async with desk.database.transaction() as tx:
        when = await tx.rows(
            "select earned_at::date::text from loyalty.point_lots where rule = 'birthday' order by earned_at"
        )
    assert when == [("2028-02-29",), ("2029-02-28",)]
