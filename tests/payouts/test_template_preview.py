"""Words for owners, read as a real owner would: with their newest payout and contract, for whoever may see those."""

from typing import Any

import pytest

from tests.payouts.conftest import Dealings
from tests.web import AsRole

WORDS = (
    "{{ owner.name }}: {{ payout.amount }} for {{ payout.period }}, {{ payout.reference }}. "
    "{{ contract.title }} of {{ hospital.name }}."
)


@pytest.fixture
async def address(deal: Dealings, as_role: AsRole) -> str:
    """Where a template for owners is previewed."""
    new = {"key": "owner_news", "name": "News for owners", "category": "owner"}
    made = await deal.client.post("/api/templates", headers=await as_role("admin"), json=new)
    assert made.status_code == 201, made.text
    return f"{made.headers['location']}/preview"


async def test_a_real_owner_s_newest_payout_and_contract_fill_the_words(deal: Dealings, address: str) -> None:
    asked: dict[str, Any] = {"channel": "sms", "words": {"channel": "sms", "language": "en", "body": WORDS}}
    made_up = (await deal.post(address, asked)).json()["body"]
    assert made_up.startswith("Ward Holdings: $45,000.00 for October 2026, PO-2026-0042. Radiology partnership")
    for month, amount in (("2027-01-10", "1000.00"), ("2027-02-10", "2000.00")):
        await deal.earn(month, amount)
    older = await deal.done(await deal.draft("January 2027"), "approve")
    asked["ownerId"] = deal.owner_id
    body = (await deal.post(address, asked)).json()["body"]
    assert "$300.00 for January 2027" in body
    assert older["referenceNumber"] in body
    await deal.draft("February 2027")  # a draft is nothing that an owner hears of
    assert "for January 2027" in (await deal.post(address, asked)).json()["body"]
    contract = (await deal.get(f"/api/owners/{deal.owner_id}/contracts"))["items"][0]
    owner = await deal.get(f"/api/owners/{deal.owner_id}")
    assert body.startswith(f"{owner['name']}: ")
    assert body.endswith(f". {contract['title']} of Bellevue General Hospital.")


async def test_an_owner_is_read_by_those_alone_who_may_see_them(deal: Dealings, address: str, as_role: AsRole) -> None:
    asked = {"channel": "sms", "ownerId": deal.owner_id, "words": {"channel": "sms", "language": "en", "body": WORDS}}
    marketing = await as_role("marketing")
    assert (await deal.client.post(address, headers=marketing, json=asked)).status_code == 403
    nobody = await deal.post(address, asked | {"ownerId": 2**63 - 1})
    assert (nobody.status_code, nobody.json()["errors"][0]["pointer"]) == (422, "/ownerId")
    elsewhere = await as_role("finance", hospitals=[deal.world.santa_lucia.id])
    hidden = await deal.client.post(address, headers=elsewhere, json=asked)
    assert (hidden.status_code, hidden.json()["errors"][0]["pointer"]) == (422, "/ownerId")
