"""Points under any order of awards, redemptions, cancellations, taking back, and time: against a slow, obvious model.

After each step the balance, what is owed, the rewards' vouchers and the ledger agree, and rebuilding finds nothing.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from hypothesis.stateful import run_state_machine_as_test as run

from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.loyalty import account, award, cancel_redemption, redeem, reverse
from bedside.loyalty.rebuilding import prove
from bedside.loyalty.reward_model import NotEnoughPoints
from bedside.loyalty.upkeep import expire
from bedside.patients import NewPatient, register

T = TypeVar("T")
BEGINNING = datetime(2027, 3, 1, 14, 0, tzinfo=UTC)
MONTHS = 24  # as the program that ships says, in UTC
COSTS = (60, 130, 310)


def end_of_points(earned: datetime) -> datetime:
    """Two years later, at the end of that day, said without the product's words for it."""
    day = earned.date()
    last = date(day.year + MONTHS // 12, day.month, min(day.day, 28) if day.month == 2 else day.day)
    return datetime.combine(last + timedelta(days=1), time(), UTC)


@dataclass
class ModelLot:
    """A lot as somebody would keep it on paper: one entry a point."""

    source: str
    points: int
    left: int
    expires: datetime
    reversed: bool = False
    swept: int = 0


@dataclass
class Model:
    """Everything done the slow way."""

    lots: list[ModelLot] = field(default_factory=list)
    owed: int = 0
    uses: dict[int, list[tuple[ModelLot, int]]] = field(default_factory=dict)

    def balance(self, now: datetime) -> int:
        return sum(lot.left for lot in self.lots if lot.expires > now)

    def earn(self, source: str, points: int, now: datetime) -> None:
        if any(lot.source == source and not lot.reversed for lot in self.lots):
            return
        lot = ModelLot(source, points, points, end_of_points(now))
        self.lots.append(lot)
        self._settle(lot, points)

    def _settle(self, lot: ModelLot, points: int) -> None:
        paid = min(self.owed, points)
        self.owed -= paid
        lot.left -= paid

    def spend(self, redemption: int, cost: int, now: datetime) -> None:
        used: list[tuple[ModelLot, int]] = []
        for _ in range(cost):  # point by point
            lot = min((one for one in self.lots if one.left and one.expires > now), key=lambda one: one.expires)
            lot.left -= 1
            if used and used[-1][0] is lot:
                used[-1] = (lot, used[-1][1] + 1)
            else:
                used.append((lot, 1))
        self.uses[redemption] = used

    def cancel(self, redemption: int, now: datetime) -> None:
        for lot, points in sorted(self.uses.pop(redemption), key=lambda use: self.lots.index(use[0])):
            back = lot
            if lot.reversed or lot.expires <= now:
                back = ModelLot(f"again {len(self.lots)}", points, 0, end_of_points(now))
                self.lots.append(back)
            back.left += points
            self._settle(back, points)

    def take_back(self, source: str) -> None:
        for lot in self.lots:
            if lot.source == source and not lot.reversed:
                self.owed += lot.points - lot.left - lot.swept
                lot.left, lot.reversed = 0, True

    def sweep(self, now: datetime) -> None:
        for lot in self.lots:
            if lot.expires <= now:
                lot.swept += lot.left
                lot.left = 0


class Points(RuleBasedStateMachine):
    """One patient, on a database that all examples share: each example has a patient of its own."""

    url = ""
    runner: asyncio.Runner
    database: Database
    clock: SetClock
    rewards: dict[int, int]
    people = 0
    redemptions = Bundle("redemptions")

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        self.clock.set(BEGINNING)
        Points.people += 1
        self.model = Model()

        async def work() -> int:
            async with self.database.transaction() as tx:
                new = NewPatient(first_name="Pat", last_name=f"Number {Points.people}")
                return (await register(tx, new=new, actor=SYSTEM)).id

        self.patient = self.do(work())

    @rule(which=st.integers(1, 3), points=st.sampled_from([25, 50, 100, 200]))
    def earn(self, which: int, points: int) -> None:
        source = f"appointment:{self.patient}:{which}"

        async def work() -> None:
            async with self.database.transaction() as tx:
                await award(
                    tx, patient_id=self.patient, points=points, rule="visit_completed", source=source, actor=SYSTEM
                )

        self.do(work())
        self.model.earn(source, points, self.clock.now())

    @rule(target=redemptions, cost=st.sampled_from(COSTS))
    def spend(self, cost: int) -> Any:
        async def work() -> int:
            async with self.database.transaction() as tx:
                reward_id = self.rewards[cost]
                return (await redeem(tx, patient_id=self.patient, reward_id=reward_id, source="desk", actor=SYSTEM)).id

        missing = cost - self.model.balance(self.clock.now())
        if missing > 0:
            with pytest.raises(NotEnoughPoints) as refused:
                self.do(work())
            assert refused.value.members["missing"] == missing
            return multiple()
        made = self.do(work())
        self.model.spend(made, cost, self.clock.now())
        return made

    @rule(redemption=consumes(redemptions))
    def cancel(self, redemption: int) -> None:
        async def work() -> None:
            async with self.database.transaction() as tx:
                await cancel_redemption(tx, redemption_id=redemption, reason="changed their mind", actor=SYSTEM)

        self.do(work())
        self.model.cancel(redemption, self.clock.now())

    @precondition(lambda self: bool(self.model.lots))
    @rule(which=st.integers(1, 3))
    def take_back(self, which: int) -> None:
        source = f"appointment:{self.patient}:{which}"

        async def work() -> None:
            async with self.database.transaction() as tx:
                await reverse(tx, rule="visit_completed", source=source, reason="it was not so", actor=SYSTEM)

        self.do(work())
        self.model.take_back(source)

    @rule(days=st.sampled_from([1, 300, 731]))
    def time_passes(self, days: int) -> None:
        self.clock.set(self.clock.now() + timedelta(days=days))

    @rule()
    def the_job_runs(self) -> None:
        self.do(expire(self.database))
        self.model.sweep(self.clock.now())

    @invariant()
    def all_agree(self) -> None:
        if not hasattr(self, "model"):
            return

        async def work() -> None:
            async with self.database.transaction() as tx:
                now = await account(tx, self.patient)
                proof = await prove(tx, patient_id=self.patient)
            assert (now.balance, now.owed) == (self.model.balance(self.clock.now()), self.model.owed)
            assert proof.holds, proof
            offered = {one.id for one in now.affordable}
            assert [cost for cost in COSTS if self.rewards[cost] in offered] == [c for c in COSTS if c <= now.balance]

        self.do(work())


@pytest.fixture
def machine(request: pytest.FixtureRequest, fresh_database_url: str) -> Any:
    """The machine with a database, and rewards of every cost."""
    clock = SetClock(BEGINNING)
    with asyncio.Runner() as runner:
        database = Database(fresh_database_url, clock=clock, pool_size=2)
        runner.run(database.open())

        async def rewards() -> dict[int, int]:
            made = {}
            async with database.transaction() as tx:
                for cost in COSTS:
                    made[cost] = await tx.value(
                        """insert into loyalty.rewards (name, points_cost, created_by_name, created_at)
                           values ('A reward', %(cost)s, 'Ada', %(now)s) returning id""",
                        cost=cost,
                    )
            return made

        Points.runner, Points.database, Points.clock = runner, database, clock
        Points.rewards = runner.run(rewards())
        yield Points
        runner.run(database.close())


def test_points_never_disagree_with_the_obvious_model(machine: Any, request: pytest.FixtureRequest) -> None:
    long = bool(request.config.getoption("--long"))
    examples, steps = (600, 50) if long else (60, 40)
    run(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not long,
            suppress_health_check=list(HealthCheck),
        ),
    )
