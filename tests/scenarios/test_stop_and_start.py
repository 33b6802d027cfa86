"""STOP stops, at once and per channel; START undoes it; news needs consent, what concerns a visit does not."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.product import Product, until


async def try_to_write(product: Product, patient: dict[str, Any], words: str, **more: Any) -> int:
    """The status of the answer to a message by hand: 201, or 422 where the patient does not want it."""
    body = {"patientId": patient["id"], "channel": "sms", "body": words} | more
    return (await product.ask("POST", "/api/messages", body)).status_code


async def test_stop_stops_one_channel_and_start_undoes_it(product: Product) -> None:
    patient = await product.somebody()
    assert await try_to_write(product, patient, "First") == 201
    await product.received(patient["phone"], containing="First")
    await product.reply(patient["phone"], "Stop")

    async def stopped() -> bool:
        return await try_to_write(product, patient, "Second") == 422

    await until(stopped)
    assert await try_to_write(product, patient, "By WhatsApp", channel="whatsapp") == 201
    # said once that it has stopped, by the provider or by us
    told = await product.received(patient["phone"], channel="sms", origin="any")
    after = [one for one in told if one["origin"] != "person" and one["body"] not in ("First", "Second")]
    assert len(after) == 1, after

    visit = await product.book(patient)
    reminders = (await product.get(f"/api/appointments/{visit['id']}/reminders"))["items"]
    assert "scheduled" in {one["status"] for one in reminders if one["channel"] == "whatsapp"}

    await product.reply(patient["phone"], "START")

    async def started() -> bool:
        return await try_to_write(product, patient, "Third") == 201

    await until(started)
    await product.received(patient["phone"], channel="sms", containing="Third")


async def test_a_stop_by_sms_stops_news_within_a_second_and_is_confirmed_once(product: Product) -> None:
    patient = await product.somebody()
    said = {"channel": "sms", "purpose": "marketing", "granted": True, "how": "form at the desk", "words": "Yes."}
    await product.post(f"/api/patients/{patient['id']}/consents", said)
    assert await try_to_write(product, patient, "Flu shots are here.", purpose="marketing") == 201
    await product.received(patient["phone"], containing="Flu shots are here.")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    news = {"patientId": patient["id"], "channel": "sms", "purpose": "marketing", "sendAt": tomorrow}
    waiting = await product.post("/api/messages", news | {"body": "One more."})

    await product.reply(patient["phone"], "STOP")  # ends when our webhook has answered Twilio
    answered = time.monotonic()
    while (refused := await product.ask("POST", "/api/messages", news | {"body": "Too late."})).status_code == 201:
        assert time.monotonic() - answered < 1
    assert time.monotonic() - answered < 1
    assert "stopped" in refused.json()["detail"], refused.text
    await product.message_is(waiting["id"], "cancelled", seconds=1)  # what waited was called off with it

    await product.reply(patient["phone"], "stop")
    assert await try_to_write(product, patient, "Too late.", purpose="marketing") == 422
    told = await product.received(patient["phone"], channel="sms", origin="any")
    confirmed = [one for one in told if one["origin"] != "person" and one["body"] != "Flu shots are here."]
    assert len(confirmed) == 1, confirmed


async def test_cancel_after_a_reminder_stops_and_asks_the_desk(product: Product) -> None:
    patient = await product.somebody()
    visit = await product.book(patient)
    await product.received(patient["phone"], channel="sms")
    await product.reply(patient["phone"], "CANCEL")

    async def tasks() -> list[dict[str, Any]]:
        return list((await product.get("/api/tasks", patientId=patient["id"]))["items"])

    [task] = await until(tasks)
    assert "CANCEL" in task["title"]
    assert (await product.appointment(visit["id"]))["status"] == "scheduled"
    assert await try_to_write(product, patient, "Hello") == 422


async def test_news_needs_an_opt_in_and_a_visit_does_not(product: Product) -> None:
    patient = await product.somebody()
    assert await try_to_write(product, patient, "Flu shots are here.", purpose="marketing") == 422
    assert await try_to_write(product, patient, "Your results are here.") == 201
    consents = f"/api/patients/{patient['id']}/consents"
    said = {"channel": "sms", "purpose": "marketing", "granted": True, "how": "form at the desk", "words": "Yes."}
    await product.post(consents, said)
    assert await try_to_write(product, patient, "Flu shots are here.", purpose="marketing") == 201
    await product.received(patient["phone"], containing="Flu shots are here.")
    await product.post(consents, said | {"granted": False})
    assert await try_to_write(product, patient, "More flu shots.", purpose="marketing") == 422


async def test_whoever_refused_a_channel_is_not_written_to_there(product: Product) -> None:
    patient = await product.somebody()
    refusal = {"channel": "sms", "purpose": "transactional", "granted": False, "how": "told staff"}
    await product.post(f"/api/patients/{patient['id']}/consents", refusal)
    assert await try_to_write(product, patient, "Your results are here.") == 422
    visit = await product.book(patient)
    reminders = (await product.get(f"/api/appointments/{visit['id']}/reminders"))["items"]
    assert "scheduled" not in {one["status"] for one in reminders if one["channel"] == "sms"}
