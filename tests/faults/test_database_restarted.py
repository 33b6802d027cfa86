"""The database ends at once in mid-campaign and is started again: the product goes on, and writes to everybody once."""

import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bedside.kit.embedded.running import postmaster
from bedside.messaging.sender import LEASE
from tests.product import Product, three_free_ports, until

PER_MINUTE = 1_200
# as many had it when the database ended: early and late too with --long
RESTARTED_AFTER = [
    pytest.param([20], id="once"),
    *(pytest.param(places, id=name, marks=pytest.mark.slow) for name, places in (
        ("early", [1]), ("late", [70]), ("three_times", [10, 40, 70]),
    )),
]  # fmt: skip
GONE = {"sent", "delivered", "read", "unknown"}


@pytest.fixture
async def own_product(tmp_path: Path) -> AsyncIterator[Product]:
    """A product of its own: a database that ends is no neighbour for other tests."""
    product = Product(tmp_path / "the data", three_free_ports())
    try:
        await product.ready()
        yield product
    finally:
        await product.stop()


async def end_database(product: Product) -> None:
    """Ends the embedded database as a loss of power would, and waits until another runs."""
    cluster = product.data / "postgres"
    ended = int(postmaster(cluster)[0])
    os.kill(ended, signal.SIGQUIT)  # PostgreSQL's immediate shutdown

    async def another() -> bool:
        lines = postmaster(cluster)
        return len(lines) >= 8 and lines[7].strip() == "ready" and int(lines[0]) != ended

    await until(another, saying="the database was not started again")


@pytest.mark.parametrize("restarted_after", RESTARTED_AFTER)
async def test_the_database_restarted_in_mid_campaign_loses_nobody_and_doubles_nobody(
    own_product: Product, restarted_after: list[int]
) -> None:
    product = own_product
    words = "The roof garden opens on Sunday."
    garden = {
        "name": "Garden", "message": words, "targetAudience": "all_patients", "channels": ["sms"],
        "perMinute": PER_MINUTE,
    }  # fmt: skip

    async def launched() -> dict[str, Any] | None:
        answer = await product.ask("POST", "/api/campaigns", garden)
        return answer.json() if answer.status_code == 201 else None

    # in its first moments the worker has not said yet by what it sends
    path = f"/api/campaigns/{(await until(launched))['id']}"

    async def received() -> Counter[str]:
        answer = await product.outside.get("/messages", params={"containing": words, "channel": "sms"})
        return Counter(one["to"] for one in answer.json()["items"])

    for place in restarted_after:

        async def so_many(place: int = place) -> bool:
            return len(await received()) >= place

        await until(so_many)
        await end_database(product)

    async def standing() -> dict[str, Any] | None:
        answer = await product.ask("GET", path)
        return answer.json() if answer.status_code == 200 else None

    async def completed() -> bool:
        found = await standing()
        return found is not None and found["status"] == "completed"

    # what was in the sender's hand is looked for at the provider when its lease has run out
    await until(completed, seconds=LEASE.total_seconds() + 120, saying="the campaign does not end")

    async def settled() -> dict[str, int] | None:
        states: Counter[str] = Counter()
        for figure in (await product.get(f"{path}/progress"))["figures"]:
            states[figure["state"]] += figure["people"]
        return None if states.keys() & {"waiting", "queued", "sending"} else states

    states = await until(settled, seconds=LEASE.total_seconds() + 60, saying="messages are still under way")
    got = await received()
    assert set(got.values()) == {1}
    written_to = sum(people for state, people in states.items() if state in GONE)
    assert written_to >= max(restarted_after)
    assert states.get("failed", 0) == 0
    # whoever is not found at the provider is marked, never written off in silence
    assert written_to - states.get("unknown", 0) <= len(got) <= written_to
    assert (await product.ask("GET", "/healthz")).status_code == 200
