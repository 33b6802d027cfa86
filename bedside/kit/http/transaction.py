"""One request, one transaction: the `tx` that routes and pages ask for. It commits before the answer is sent."""

from collections.abc import AsyncGenerator

from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bedside.kit.database import Database, Tx

Transaction = NamedDependency[SkipValidation[Tx]]


async def provide_transaction(state: State) -> AsyncGenerator[Tx]:
    """Begins the request's transaction; commits when the handler returns, rolls back when it raises."""
    database: Database = state.database
    async with database.transaction() as tx:
        yield tx
