"""Bad days: each fault strikes as often as it was told to, and whom it was meant for."""

import asyncio

import aiohttp
import pytest

from tests.sandbox.conftest import ACCOUNT, MARIA, SIGNED_IN, Hospital, World
from tests.sandbox.test_whatsapp import template


async def test_a_rate_limit_strikes_as_often_as_told_and_nothing_is_processed(world: World) -> None:
    await world.fault("rate_limit", channel="sms", count=2)
    answers = [await world.text() for _ in range(3)]
    assert [(status, answer.get("code")) for status, answer in answers] == [(429, 20429), (429, 20429), (201, None)]
    assert len(await world.messages()) == 1


async def test_whatsapp_has_a_throttle_of_its_own(world: World) -> None:
    await world.fault("rate_limit", channel="whatsapp")
    status, refused = await world.whatsapp("template", template("notice_utility", "words"))
    assert (status, refused["error"]["code"]) == (429, 130429)


async def test_a_fault_meant_for_one_person_leaves_others_alone(world: World) -> None:
    await world.fault("error", code=21614, to=MARIA, count=None)
    assert (await world.text(to="+12125550143"))[0] == 201
    assert (await world.text())[1]["code"] == 21614
    assert (await world.text())[1]["code"] == 21614
    async with world.http.delete("/faults") as answer:
        assert answer.status == 204
    assert (await world.text())[0] == 201


async def test_a_delivery_error_comes_in_a_receipt(world: World, hospital: Hospital) -> None:
    await world.fault("error", code=30003)
    await world.text(StatusCallback=f"{hospital.address}/status")
    receipts = await hospital.hears(3)
    assert (receipts[-1].form["MessageStatus"], receipts[-1].form["ErrorCode"]) == ("undelivered", "30003")
    assert (await world.texts())[0]["error_code"] == 30003


async def test_a_send_accepted_in_silence_is_on_the_phone_and_can_be_looked_up(world: World) -> None:
    await world.fault("silent_after_acceptance", channel="sms")
    form = {"To": MARIA, "From": world.outside.accounts.twilio_numbers[0], "Body": "Hello"}
    sending = asyncio.create_task(_send(world, form))
    message = await world.until(to=MARIA)
    assert not sending.done()
    sending.cancel()
    assert (await world.texts("To=%2B12125550142"))[0]["sid"] == message["id"]


async def _send(world: World, form: dict[str, str]) -> None:
    async with world.http.post(f"{ACCOUNT}/Messages.json", data=form, headers=SIGNED_IN):
        raise AssertionError("an answer came")


async def test_a_cut_connection_leaves_nothing_behind(world: World) -> None:
    await world.fault("refused_connection")
    with pytest.raises(aiohttp.ClientConnectionError):
        await world.text()
    assert await world.messages() == []


@pytest.mark.parametrize(
    ("fault", "heard"),
    [
        ("receipts_duplicated", ["sending", "sending", "sent", "sent", "delivered", "delivered"]),
        ("receipts_reordered", ["delivered", "sent", "sending"]),
    ],
)
async def test_receipts_come_as_the_fault_would_have_them(
    world: World, hospital: Hospital, fault: str, heard: list[str]
) -> None:
    await world.fault(fault)
    await world.text(StatusCallback=f"{hospital.address}/status")
    assert [receipt.form["MessageStatus"] for receipt in await hospital.hears(len(heard))] == heard


async def test_lost_receipts_leave_the_product_in_the_dark(world: World, hospital: Hospital) -> None:
    await world.fault("receipts_lost")
    _, lost = await world.text(StatusCallback=f"{hospital.address}/lost")
    await world.until(id=lost["sid"], status="delivered")
    await world.text(StatusCallback=f"{hospital.address}/told")
    assert {receipt.path for receipt in await hospital.hears(3)} == {"/told"}


async def test_an_unknown_fault_is_refused_with_a_reason(world: World) -> None:
    async with world.http.post("/faults", json={"kind": "earthquake"}) as answer:
        assert (answer.status, answer.content_type) == (400, "application/problem+json")
