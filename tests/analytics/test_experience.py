"""The dashboard tells what patients say and redeem: each number right, and only to whom it is shown."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bedside.accounts import Role
from bedside.directory import Hospital
from bedside.kit.database import Database, Tx
from tests.world import SmallWorld

Headers = Callable[..., Awaitable[dict[str, str]]]
PATH = "/api/analytics/dashboard"


async def rated(tx: Tx, world: SmallWorld, place: Hospital, rating: int, days_ago: int) -> int:
    """A rating as it stands in the table, given so many days ago."""
    made: int = await tx.value(
        """insert into crm.patient_feedback (hospital_id, patient_id, visit_date, rating, source, created_by_name,
               created_at)
           values (%(place)s, %(patient)s, %(at)s::date, %(rating)s, 'desk', 'Frida', %(at)s) returning id""",
        place=place.id, patient=world.maria.id, rating=rating, at=tx.now - timedelta(days=days_ago),
    )  # fmt: skip
    return made


async def recovery(tx: Tx, place: Hospital, feedback_id: int, *, due_in_hours: int, status: str = "open") -> None:
    task = await tx.value(
        """insert into crm.tasks (title, status, hospital_id, created_by_name, created_at, updated_at, done_at)
           values ('Call', %(status)s, %(place)s, 'Bedside', %(now)s, %(now)s,
                   case when %(status)s <> 'open' then %(now)s end) returning id""",
        status=status, place=place.id,
    )  # fmt: skip
    await tx.execute(
        "insert into crm.feedback_recoveries (feedback_id, task_id, due_at) values (%(id)s, %(task)s, %(due)s)",
        id=feedback_id, task=task, due=tx.now + timedelta(hours=due_in_hours),
    )  # fmt: skip


async def redeemed(tx: Tx, world: SmallWorld, code: str, *, days_ago: int, status: str = "issued") -> None:
    await tx.execute(
        """insert into loyalty.patient_points (patient_id, referral_code, joined_at)
           values (%(patient)s, 'MARIA', %(now)s) on conflict do nothing""",
        patient=world.maria.id,
    )
    await tx.execute(
        """insert into loyalty.redemptions (patient_id, reward_id, reward_name, points, code, status, issued_at,
               expires_at, used_at, cancelled_at, source, created_by_name)
           values (%(patient)s, (select min(id) from loyalty.rewards), 'Check-up', 500, %(code)s, %(status)s, %(at)s,
                   %(at)s + interval '90 days', case when %(status)s = 'used' then %(now)s end,
                   case when %(status)s = 'cancelled' then %(now)s end, 'desk', 'Frida')""",
        patient=world.maria.id, code=code, status=status, at=tx.now - timedelta(days=days_ago),
    )  # fmt: skip


async def experience(client: httpx.AsyncClient, headers: dict[str, str]) -> Any:
    answer = await client.get(PATH, headers=headers)
    assert answer.status_code == 200
    return answer.json()["experience"]


async def test_ratings_of_thirty_days_against_the_thirty_before(
    world: SmallWorld, database: Database, client: httpx.AsyncClient, as_role: Headers
) -> None:
    async with database.transaction() as tx:
        for rating, days_ago in ((5, 1), (4, 10), (2, 29), (3, 31), (4, 59), (1, 61)):
            await rated(tx, world, world.bellevue, rating, days_ago)
        await rated(tx, world, world.santa_lucia, 1, 2)
    said = (await experience(client, await as_role(Role.FRONT_DESK, hospitals=[world.bellevue.id])))["feedback"]
    assert (said["mean"], said["answers"], said["meanBefore"], said["answersBefore"]) == ("3.67", 3, "3.50", 2)
    assert (said["asked"], said["answered"]) == (0, 0)


async def test_recoveries_that_still_wait(
    world: SmallWorld, database: Database, client: httpx.AsyncClient, as_role: Headers
) -> None:
    async with database.transaction() as tx:
        for due_in_hours, status in ((5, "open"), (-5, "open"), (-5, "done")):
            low = await rated(tx, world, world.bellevue, 1, 3)
            await recovery(tx, world.bellevue, low, due_in_hours=due_in_hours, status=status)
    said = (await experience(client, await as_role(Role.CLINICIAN, hospitals=[world.bellevue.id])))["feedback"]
    assert (said["openRecoveries"], said["overdueRecoveries"]) == (2, 1)


async def test_rewards_are_counted_where_they_were_not_cancelled(
    world: SmallWorld, database: Database, client: httpx.AsyncClient, as_role: Headers
) -> None:
    async with database.transaction() as tx:
        for code, days_ago, status in (
            ("A", 1, "issued"), ("B", 2, "used"), ("C", 3, "cancelled"), ("D", 40, "issued"), ("E", 100, "issued"),
        ):  # fmt: skip
            await redeemed(tx, world, code, days_ago=days_ago, status=status)
    kept = (await experience(client, await as_role(Role.FINANCE)))["loyalty"]
    assert kept == {"redeemed": 2, "redeemedBefore": 1, "waiting": 2}


@pytest.mark.parametrize(
    ("role", "feedback", "loyalty"),
    [
        (Role.ADMIN, True, True),
        (Role.FRONT_DESK, True, False),
        (Role.CLINICIAN, True, False),
        (Role.MARKETING, True, True),
        (Role.FINANCE, False, True),
    ],
)
async def test_each_part_is_for_whom_it_is(
    world: SmallWorld, client: httpx.AsyncClient, as_role: Headers, role: Role, feedback: bool, loyalty: bool
) -> None:
    headers = await as_role(role)
    found = await experience(client, headers)
    assert (found["feedback"] is not None, found["loyalty"] is not None) == (feedback, loyalty)
    page = await client.get("/dashboard/experience", headers=headers)
    assert ("Response rate" in page.text, "Vouchers waiting" in page.text) == (feedback, loyalty)
