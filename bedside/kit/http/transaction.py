"""One request, one transaction: the `tx` that routes and pages ask for. It commits before the answer is sent."""

from collections.abc import AsyncGenerator
from typing import Annotated

from litestar.datastructures import State
from litestar.params import Dependency

from bedside.kit.database import Database, Tx

Transaction = Annotated[Tx, Dependency(skip_validation=True)]


async def provide_transaction(state: State) -> AsyncGenerator[Tx]:
    """Begins the request's transaction; commits when the handler returns, rolls back when it raises."""
    database: Database = state.database
    async with database.transaction() as tx:
        yield tx
