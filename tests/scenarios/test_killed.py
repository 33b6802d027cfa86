"""Processes are killed with -9: others take their place, and what was queued meanwhile goes out, once."""

import os
import signal

import httpx

from bedside.messaging.sender import LEASE
from tests.product import Product, until


async def kill(product: Product, name: str) -> int:
    """Kills one of the product's processes; gives the id that it had."""
    killed = product.process_named(name)
    assert killed is not None, name
    os.kill(killed, signal.SIGKILL)
    return killed


async def another(product: Product, name: str, killed: int) -> None:
    async def there() -> bool:
        return product.process_named(name) not in (None, killed)

    await until(there, saying=f"no other {name} came")


async def test_a_message_queued_while_the_worker_is_dead_goes_out_once(product: Product) -> None:
    patient = await product.somebody()
    killed = await kill(product, "worker")
    ids = [
        (await product.post("/api/messages", {"patientId": patient["id"], "channel": "sms", "body": f"Waiting {n}"}))[
            "id"
        ]
        for n in range(3)
    ]
    await another(product, "worker", killed)
    for message_id in ids:
        await product.message_is(message_id, "delivered")
    assert len(await product.received(patient["phone"], containing="Waiting", at_least=3)) == 3


async def test_a_worker_killed_while_it_sends_doubles_nothing(product: Product) -> None:
    patient = await product.somebody()
    ids = [
        (await product.post("/api/messages", {"patientId": patient["id"], "channel": "sms", "body": f"Hasty {n}"}))[
            "id"
        ]
        for n in range(12)
    ]
    killed = await kill(product, "worker")
    await another(product, "worker", killed)
    for message_id in ids:
        # what was in its hand is looked for at the provider when its lease has run out
        await product.message_is(message_id, "delivered", "unknown", seconds=LEASE.total_seconds() + 40)
    bodies = [one["body"] for one in await product.received(patient["phone"], containing="Hasty")]
    assert len(bodies) == len(set(bodies))


async def test_the_web_comes_back_and_keeps_its_word(product: Product) -> None:
    patient = await product.somebody()
    killed = await kill(product, "serve")

    async def serves() -> bool:
        return (await product.http.get("/readyz")).status_code == 200

    await another(product, "serve", killed)
    await until(serves)
    visit = await product.book(patient)
    assert visit["status"] == "scheduled"
    await product.received(patient["phone"], channel="sms")
    assert isinstance(await product.http.get("/healthz"), httpx.Response)
