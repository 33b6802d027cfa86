"""Somebody new books online by plain forms, then moves the visit and calls it off by the link in the confirmation."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.patient_access.conftest import Browser
from tests.product import Product

PHONE = "+19085550155"


@pytest.fixture
async def browser(product: Product) -> AsyncIterator[Browser]:
    """A phone without scripts."""
    async with httpx.AsyncClient(base_url=product.web, timeout=30) as client:
        yield Browser(client)


async def visits_of(product: Product, last_name: str) -> list[dict[str, Any]]:
    [patient] = (await product.get("/api/patients", q=last_name))["items"]
    return list((await product.get("/api/appointments", patientId=patient["id"]))["items"])


async def test_from_the_first_page_to_the_confirmation_then_moved_and_called_off(
    product: Product, browser: Browser
) -> None:
    await browser.open("/book/bellevue")
    departments = re.findall(r'href="(/book/bellevue/\d+)"', browser.answer.text)
    assert len(departments) > 3
    await browser.open(f"{departments[0]}/times?with=any")
    await browser.send("/times")
    assert "Who is coming?" in browser.text
    who = {"first_name": "Nora", "last_name": "Nightingale", "phone": "(908) 555-0155", "email": "nora@example.org"}
    await browser.tell(**who)
    [sms] = await product.received(PHONE, containing="is your code")
    await browser.send("/code", code=sms["body"][:6])
    assert "You are booked, Nora" in browser.text

    [visit] = await visits_of(product, "Nightingale")
    assert (visit["status"], visit["source"]) == ("scheduled", "online")
    # nobody who reads the list of messages can read the code
    patient = await product.get(f"/api/patients/{visit['patientId']}")
    assert sms["body"][:6] not in str((await product.get("/api/messages", q=PHONE))["items"])
    assert {one["purpose"] for one in patient["consents"] if one["granted"]} == {"transactional"}

    [confirmation] = await product.received(PHONE, containing=visit["practitionerName"])
    [link] = confirmation["links"]
    assert link.startswith(f"{product.public_url}/m/")
    manage = link.removeprefix(product.public_url)

    # a mail scanner that opens every link changes nothing
    for path in (manage, f"{manage}/cancel", f"{manage}/times", f"{manage}/visit.ics"):
        assert (await browser.client.get(path)).status_code == 200
    assert [one["version"] for one in await visits_of(product, "Nightingale")] == [visit["version"]]

    await browser.open(manage)
    await browser.send("/confirm")
    [visit] = await visits_of(product, "Nightingale")
    assert visit["status"] == "confirmed"

    await browser.open(f"{manage}/times")
    await browser.send("/times", button=-1)  # the last of the day: how many there are depends on the hour
    [moved] = await visits_of(product, "Nightingale")
    assert moved["id"] == visit["id"]
    assert moved["startsAt"] != visit["startsAt"]

    await browser.open(f"{manage}/cancel")
    await browser.send("/cancel", reason="time")
    assert "called off" in browser.text.lower() or "cancelled" in browser.text.lower()
    [over] = await visits_of(product, "Nightingale")
    assert (over["status"], over["cancelledBy"]) == ("cancelled", "Nora Nightingale")
    reminders = (await product.get(f"/api/appointments/{visit['id']}/reminders"))["items"]
    assert "scheduled" not in {one["status"] for one in reminders}


async def test_a_time_that_went_meanwhile_is_said_and_others_are_offered(product: Product, browser: Browser) -> None:
    smith = "/book/bellevue/1/times?with=1"
    await browser.open(smith)
    async with httpx.AsyncClient(base_url=product.web, timeout=30) as somebody_quicker:
        other = await Browser(somebody_quicker).open(smith)
        await other.send("/times")
        assert "Who is coming?" in other.text
    await browser.send("/times")
    assert browser.answer.url.params["notice"] == "taken"
    assert "has just been taken" in browser.text
    await browser.send("/times")
    assert "Who is coming?" in browser.text
