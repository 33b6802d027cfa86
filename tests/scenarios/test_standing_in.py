"""An account that fails is stood in for while all runs, within the minute, and comes back by itself."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.product import Product, until


@pytest.fixture(autouse=True)
async def good_weather_after(product: Product) -> AsyncIterator[None]:
    """Ends whatever was dialled in."""
    yield
    await product.outside.delete("/faults")


async def mail(product: Product, to: str, words: str) -> dict[str, Any]:
    """Sends a mail by hand and waits until the mail server has it."""
    made = await product.post("/api/messages", {"to": to, "channel": "email", "subject": "Hello", "body": words})
    return await product.message_is(made["id"], "sent")


async def test_a_mail_server_that_fails_is_stood_in_for_and_comes_back(product: Product) -> None:
    async def senders() -> list[dict[str, Any]]:
        found = [one for one in (await product.get("/api/senders"))["items"] if one["channel"] == "email"]
        return sorted(found, key=lambda one: int(one["account"]))

    await until(senders, saying="the worker made no senders")
    first, second = await senders()
    assert (first["state"], second["state"]) == ("sending", "ready")
    assert (await mail(product, "before@example.org", "Before"))["senderId"] == first["id"]

    await product.fault("refused_connection", channel="email", account="bedside", count=None)
    began = time.monotonic()
    sent = [await mail(product, "meanwhile@example.org", f"Number {n}") for n in range(5)]
    assert time.monotonic() - began < 60
    assert sent[-1]["senderId"] == second["id"]
    received = await product.received("meanwhile@example.org", at_least=5)
    assert sorted(one["body"] for one in received) == [f"Number {n}" for n in range(5)]
    first, second = await senders()
    assert (first["state"], first["stoodInBy"], second["state"]) == ("held_back", second["id"], "standing_in")
    assert first["trippedBecause"] == "The mail server could not be reached."

    await product.outside.delete("/faults")

    async def came_back() -> bool:
        return bool((await mail(product, "after@example.org", "After"))["senderId"] == first["id"])

    await until(came_back, seconds=75)
    first, second = await senders()
    assert (first["state"], first["trippedAt"], second["state"]) == ("sending", None, "ready")
