"""Points are earned once, by what happened; owed ones are settled first; what was given by mistake is taken back."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from bedside.accounts import Role
from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.loyalty import account, award, redeem, reverse
from bedside.loyalty.model import Award
from bedside.loyalty.points import Left, expires_at, take
from bedside.loyalty.upkeep import expire
from bedside.scheduling import book, check_in, complete, undo
from tests.loyalty.desk import Desk, at_once, in_transaction
from tests.web import AsRole
from tests.world import SmallWorld


@pytest.fixture
async def desk(client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: AsRole) -> Desk:
    """The desk, as an administrator."""
    return await Desk(client, world, database, as_role).sign_in()


async def a_visit(desk: Desk) -> int:
    """Maria's visit to Dr. Smith, an hour away, of which she has arrived."""
    world = desk.world
    async with desk.database.transaction() as tx:
        made = await book(
            tx, patient_id=world.maria.id, practitioner_id=world.smith.id, hospital_id=world.bellevue.id,
            department_id=world.cardiology.id, starts_at=tx.now + timedelta(hours=1), reason="Check", source="desk",
            actor=world.user(world.frida),
        )  # fmt: skip
        await check_in(tx, appointment_id=made.id, actor=world.user(world.frida))
        return made.id


async def test_a_completed_visit_earns_a_hundred_and_undoing_it_takes_them_back(desk: Desk) -> None:
    maria, frida = desk.world.maria.id, desk.world.user(desk.world.frida)
    visit = await a_visit(desk)
    assert await desk.balance(maria) == 0
    for _ in range(2):  # completed, undone, completed again: it earns again, once
        async with desk.database.transaction() as tx:
            await complete(tx, appointment_id=visit, actor=frida)
        assert await desk.balance(maria) == 100
        async with desk.database.transaction() as tx:
            await undo(tx, appointment_id=visit, actor=frida)
        assert await desk.balance(maria) == 0
    shown = await desk.get(f"/api/loyalty/{maria}")
    assert [one["kind"] for one in shown["history"]] == ["reversed", "earned", "reversed", "earned"]
    assert (shown["tier"], shown["balance"], shown["owed"]) == ("bronze", 0, 0)


async def test_ten_at_once_earn_once(desk: Desk) -> None:
    maria = desk.world.maria.id
    given = {"patient_id": maria, "points": 100, "rule": "visit_completed", "source": "appointment:7", "actor": SYSTEM}
    works = [in_transaction(desk.database, award, **given) for _ in range(10)]
    made: list[Award] = await asyncio.gather(*(work() for work in works))
    assert sorted(one.fresh for one in made) == [False] * 9 + [True]
    assert len({one.lot_id for one in made}) == 1
    assert await desk.balance(maria) == 100


async def test_the_last_points_are_redeemed_or_expire_but_not_both(desk: Desk, clock: SetClock) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 250)
    reward = await desk.reward(250)
    clock.set(datetime(2029, 3, 1, 23, 59, 59, tzinfo=UTC))
    ends = await at_once(
        [
            in_transaction(desk.database, redeem, patient_id=maria, reward_id=reward, source="desk", actor=SYSTEM),
            lambda: expire(desk.database),
        ]
    )
    assert ends == ["done", "done"]  # the last day is a day
    clock.advance(timedelta(seconds=1))
    await desk.give(maria, 10)
    assert await at_once(
        [in_transaction(desk.database, redeem, patient_id=maria, reward_id=reward, source="desk", actor=SYSTEM)]
    ) == ["not-enough-points"]


async def test_points_expired_at_midnight_are_gone_before_the_job_has_run(desk: Desk, clock: SetClock) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 100)
    shown = await desk.get(f"/api/loyalty/{maria}")
    assert shown["nextExpiry"] == {"points": 100, "on": "2029-03-01"}
    clock.set(datetime(2029, 3, 2, tzinfo=UTC))
    desk.headers = await desk.as_role(Role.ADMIN)
    shown = await desk.get(f"/api/loyalty/{maria}")
    assert (shown["balance"], shown["nextExpiry"], len(shown["history"])) == (0, None, 1)
    await expire(desk.database)
    await expire(desk.database)
    shown = await desk.get(f"/api/loyalty/{maria}")
    assert [(one["kind"], one["points"]) for one in shown["history"]] == [("expired", -100), ("earned", 100)]


async def test_what_was_spent_before_it_was_taken_back_is_owed_and_settled_by_the_next_award(desk: Desk) -> None:
    maria = desk.world.maria.id
    given: dict[str, Any] = {"patient_id": maria, "rule": "visit_completed", "actor": SYSTEM}
    async with desk.database.transaction() as tx:
        await award(tx, points=100, source="appointment:1", **given)
    await desk.redeem(maria, await desk.reward(70))
    async with desk.database.transaction() as tx:
        back = await reverse(tx, rule="visit_completed", source="appointment:1", reason="not so", actor=SYSTEM)
        assert back is not None
        assert (back.taken, back.missing) == (30, 70)
        assert await reverse(tx, rule="visit_completed", source="appointment:1", reason="again", actor=SYSTEM) is None
        assert (await account(tx, maria)).owed == 70
        made = await award(tx, points=50, source="appointment:2", **given)
        assert (made.settled, (await account(tx, maria)).balance, (await account(tx, maria)).owed) == (50, 0, 20)
        await award(tx, points=50, source="appointment:3", **given)
        assert ((await account(tx, maria)).balance, (await account(tx, maria)).owed) == (30, 0)


async def test_awarding_by_hand_takes_a_reason_and_keeps_to_ones_limit(desk: Desk) -> None:
    path = f"/api/loyalty/{desk.world.maria.id}/award"
    frida = await desk.as_role(Role.FRONT_DESK)
    made = await desk.post(path, {"points": 200, "reason": "The long wait on Monday"}, headers=frida)
    assert (made["points"], made["rule"], made["reason"]) == (200, "manual", "The long wait on Monday")
    refused = await desk.post(path, {"points": 201, "reason": "More"}, 403, headers=frida)
    assert (refused["type"], refused["limit"]) == ("/problems/award-above-limit", 200)
    for body in (
        {"points": 50, "reason": "  "},
        {"points": 50},
        {"points": 0, "reason": "x"},
        {"points": -5, "reason": "x"},
    ):
        await desk.post(path, body, 422)
    await desk.post("/api/loyalty/999999/award", {"points": 5, "reason": "x"}, 404)
    assert await desk.balance(desk.world.maria.id) == 200


async def test_a_request_sent_twice_awards_once(desk: Desk) -> None:
    path, body = f"/api/loyalty/{desk.world.maria.id}/award", {"points": 5, "reason": "Twice"}
    headers = desk.headers | {"Idempotency-Key": "one-click"}
    first = await desk.post(path, body, headers=headers)
    assert await desk.post(path, body, headers=headers) == first
    assert await desk.balance(desk.world.maria.id) == 5


async def test_an_award_is_taken_back_once_and_only_from_its_own_account(desk: Desk) -> None:
    maria, james = desk.world.maria.id, desk.world.james.id
    lot = (await desk.post(f"/api/loyalty/{maria}/award", {"points": 5, "reason": "Oops"}))["lotId"]
    body = {"lotId": lot, "reason": "A mistake"}
    await desk.post(f"/api/loyalty/{james}/reversals", body, 404)
    assert (await desk.post(f"/api/loyalty/{maria}/reversals", body))["taken"] == 5
    again = await desk.post(f"/api/loyalty/{maria}/reversals", body, 409)
    assert again["type"] == "/problems/award-reversed"


def test_days_end_with_the_programs_zone_through_the_changes_of_the_clock() -> None:
    from zoneinfo import ZoneInfo

    new_york = ZoneInfo("America/New_York")
    earned = datetime(2027, 3, 2, 3, 30, tzinfo=UTC)  # still the first of March in New York
    assert expires_at(earned, months=None, zone=new_york) is None
    assert expires_at(earned, months=24, zone=new_york) == datetime(2029, 3, 2, 5, tzinfo=UTC)
    assert expires_at(earned, months=6, zone=new_york) == datetime(2027, 9, 2, 4, tzinfo=UTC)  # summer time
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert expires_at(leap, months=12, zone=new_york) == datetime(2029, 3, 1, 5, tzinfo=UTC)


def test_lots_that_never_expire_are_spent_last() -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    lots = [
        Left(lot_id=1, left_over=50, expires_at=None),
        Left(lot_id=2, left_over=50, expires_at=now + timedelta(days=9)),
        Left(lot_id=3, left_over=50, expires_at=now + timedelta(days=2)),
        Left(lot_id=4, left_over=50, expires_at=now),
    ]
    taken = take(lots, 120, now)
    assert taken is not None
    assert [(one.lot_id, one.points) for one in taken] == [(3, 50), (2, 50), (1, 20)]
    assert take(lots, 151, now) is None
