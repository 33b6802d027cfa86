"""Bad days, dialled in the sandbox while all runs: nothing is lost, nothing doubled, and what is known is shown."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.product import Product, until


@pytest.fixture(autouse=True)
async def good_weather_after(product: Product) -> AsyncIterator[None]:
    """Ends whatever was dialled in."""
    yield
    await product.outside.delete("/faults")


async def write(product: Product, patient: dict[str, Any], words: str, channel: str = "sms") -> int:
    """Queues a message by hand; gives its id."""
    body = {"patientId": patient["id"], "channel": channel, "body": words}
    return int((await product.post("/api/messages", body))["id"])


async def steps(product: Product, message_id: int) -> list[str]:
    return [one["status"] for one in (await product.get(f"/api/messages/{message_id}"))["steps"]]


async def test_after_a_rate_limit_it_is_sent_later(product: Product) -> None:
    patient = await product.somebody()
    await product.fault("rate_limit", channel="sms", to=patient["phone"])
    message = await product.message_is(await write(product, patient, "Slowly"), "delivered")
    assert message["attempts"] == 2
    [_] = await product.received(patient["phone"], containing="Slowly")


async def test_a_time_out_after_acceptance_is_looked_up_and_not_sent_again(product: Product) -> None:
    patient = await product.somebody()
    # neither the answer nor any receipt arrives: only asking the provider can tell
    await product.fault("silent_after_acceptance", channel="sms", to=patient["phone"])
    await product.fault("receipts_lost", channel="sms", to=patient["phone"], count=None)
    message_id = await write(product, patient, "Did it arrive?")
    message = await product.message_is(message_id, "delivered")
    assert message["attempts"] == 1
    assert (await steps(product, message_id))[:2] == ["queued", "unknown"]
    [on_the_phone] = await product.received(patient["phone"], containing="Did it arrive?")
    assert on_the_phone["id"] == message["providerId"]


async def test_whatsapp_that_never_answers_is_settled_by_its_receipt(product: Product) -> None:
    patient = await product.somebody()
    await product.fault("silent_after_acceptance", channel="whatsapp", to=patient["phone"])
    message = await product.message_is(await write(product, patient, "And this?", "whatsapp"), "delivered", "read")
    [on_the_phone] = await product.received(patient["phone"], channel="whatsapp")
    assert on_the_phone["id"] == message["providerId"]


async def test_a_permanent_error_shows_as_failed_and_why(product: Product) -> None:
    patient = await product.somebody()
    await product.fault("error", channel="sms", to=patient["phone"], code=21211)
    message = await product.message_is(await write(product, patient, "To nobody"), "failed")
    assert (message["errorCode"], message["attempts"]) == ("21211", 1)
    assert message["error"]


async def test_a_carrier_that_gives_up_later_shows_as_undelivered(product: Product) -> None:
    patient = await product.somebody()
    await product.fault("error", channel="sms", to=patient["phone"], code=30003)
    message = await product.message_is(await write(product, patient, "Switched off"), "undelivered", "failed")
    assert message["errorCode"] == "30003"


async def test_receipts_that_come_twice_and_in_the_wrong_order_move_it_forward_only(product: Product) -> None:
    patient = await product.somebody()
    for kind in ("receipts_duplicated", "receipts_reordered"):
        await product.fault(kind, to=patient["phone"], count=None)
    sms = await write(product, patient, "In disorder")
    whatsapp = await write(product, patient, "In disorder too", "whatsapp")
    await product.message_is(sms, "delivered")
    await product.message_is(whatsapp, "read")
    before = len((await product.outside.get("/deliveries")).json()["items"])
    assert before

    async def everything_told() -> bool:
        told = (await product.outside.get("/deliveries")).json()["items"]
        return all(one["status"] and one["status"] < 300 for one in told)

    await until(everything_told)
    assert (await steps(product, sms)).count("delivered") == 1
    assert (await steps(product, whatsapp)).count("read") == 1
    assert (await steps(product, sms))[-1] == "delivered"
    assert (await steps(product, whatsapp))[-1] == "read"


async def test_mail_that_comes_back_is_undelivered_and_no_more_is_sent_there(product: Product) -> None:
    patient = await product.somebody(email="gone.forever@example.org")
    await product.fault("bounce", channel="email", to="gone.forever@example.org", code="5.1.1")
    await product.message_is(await write(product, patient, "Hello?", "email"), "undelivered", "failed")
    refused = await product.ask(
        "POST", "/api/messages", {"patientId": patient["id"], "channel": "email", "body": "Hello again?"}
    )
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/message-refused")
