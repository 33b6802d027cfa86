"""The desk of Bellevue General, where points are given and rewards redeemed over the API."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from itertools import count
from typing import Any

import httpx

from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.kit.http.problems import Problem
from bedside.loyalty.awarding import award
from tests.web import AsRole
from tests.world import SmallWorld

_numbers = count(1)


class Desk:
    """`desk.get(...)`, `desk.post(...)`: as an administrator, unless another's headers are given."""

    def __init__(self, client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: AsRole) -> None:
        self.client, self.world, self.database, self.as_role = client, world, database, as_role
        self.headers: dict[str, str] = {}

    async def sign_in(self) -> "Desk":
        """A token, which is good for a quarter of an hour."""
        self.headers = await self.as_role("admin")
        return self

    async def wait(self, clock: SetClock, **time: float) -> None:
        """Time passes, and somebody signs in again."""
        clock.advance(timedelta(**time))
        await self.sign_in()

    async def get(self, path: str, status: int = 200, headers: dict[str, str] | None = None) -> Any:
        """The body of an answer that has to have this status."""
        answer = await self.client.get(path, headers=headers or self.headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, status: int = 201, headers: dict[str, str] | None = None) -> Any:
        """The same after sending something."""
        answer = await self.client.post(path, json=body, headers=headers or self.headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def refused(self, path: str, body: Any, status: int) -> tuple[str, dict[str, Any]]:
        """The type of the problem that this is answered with, and the problem."""
        problem = await self.post(path, body, status)
        return problem["type"].removeprefix("/problems/"), problem

    async def give(self, patient_id: int, points: int) -> None:
        """Points to spend."""
        async with self.database.transaction() as tx:
            await award(
                tx, patient_id=patient_id, points=points, rule="manual", source=f"manual:{next(_numbers)}",
                reason="for a test", actor=SYSTEM,
            )  # fmt: skip

    async def balance(self, patient_id: int) -> int:
        """Points to spend, as the lots say."""
        async with self.database.transaction() as tx:
            return int(
                await tx.value(
                    """select coalesce(sum(left_over), 0) from loyalty.point_lots
                       where patient_id = %(id)s and (expires_at is null or expires_at > %(now)s)""",
                    id=patient_id,
                )
            )

    async def rows(self, table: str) -> int:
        """How many rows a table of this room has."""
        async with self.database.transaction() as tx:
            return int(await tx.value(f"select count(*) from loyalty.{table}"))

    async def reward(self, cost: int = 100, **changes: Any) -> int:
        """A reward's id."""
        body = {"name": f"Reward {next(_numbers)}", "pointsCost": cost, **changes}
        return int((await self.post("/api/loyalty/rewards", body))["id"])

    async def redeem(self, patient_id: int, reward_id: int) -> Any:
        """A redemption that went well."""
        return await self.post(f"/api/loyalty/{patient_id}/redeem", {"rewardId": reward_id})


def in_transaction(
    database: Database, verb: Callable[..., Awaitable[Any]], **given: Any
) -> Callable[[], Awaitable[Any]]:
    """A verb in a transaction, and so on a connection, of its own."""

    async def work() -> Any:
        async with database.transaction() as tx:
            return await verb(tx, **given)

    return work


async def at_once(works: Iterable[Callable[[], Awaitable[Any]]]) -> list[str]:
    """How each of these ended, all begun together: "done", or the type of the problem."""

    async def end(work: Callable[[], Awaitable[Any]]) -> str:
        try:
            await work()
        except Problem as problem:
            return problem.type
        return "done"

    return await asyncio.gather(*(end(work) for work in works))
