"""How many statements something takes, and what they are: a list of 20 must not ask more than a list of 1.

with query_count() as queries:
    await client.get("/api/patients", headers=frida)
assert len(queries) < 10, queries
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from bedside.kit.database import Tx

QueryCount = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def query_count(monkeypatch: pytest.MonkeyPatch) -> QueryCount:
    """Collects every statement that the block's own task runs while it lasts, in order: not the tail's, beside it."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        asked: list[str] = []
        run, own = Tx._run, asyncio.current_task()

        async def recorded(self: Tx, query: Any, parameters: dict[str, Any], rows: Any) -> Any:
            if asyncio.current_task() is own:
                asked.append(query if isinstance(query, str) else query.as_string(self.connection))
            return await run(self, query, parameters, rows)

        with monkeypatch.context() as patch:
            patch.setattr(Tx, "_run", recorded)
            yield asked

    return counting
