"""An owner's timeline tells of them in sentences, and each reader of what they may see."""

from datetime import UTC, date, datetime

import httpx

from bedside.event_log import Happening
from bedside.owners import events
from bedside.owners.timeline import moment
from bedside.portal.statuses import look_of
from tests.owners.test_owners import add
from tests.owners.test_paying import TRANSFER
from tests.web import AsRole
from tests.world import SmallWorld


def test_every_event_of_an_owner_has_words_of_its_own() -> None:
    kinds = [one.kind for one in vars(events).values() if getattr(one, "subject", "") == "owner"]
    assert len(kinds) == 6
    for kind in kinds:
        assert look_of("event", kind).icon != "circle", kind


def test_a_payout_is_told_with_its_amount_and_month() -> None:
    paid = Happening(
        id=9, kind="payout.paid", occurred_at=datetime(2026, 11, 2, tzinfo=UTC), hospital_id=1, patient_id=None,
        owner_id=7, subject="payout", subject_id=3, actor_kind="staff", actor_id=1, actor_name="Felix Marsh",
        seen_with="payouts:read",
        data={"period": "2026-10-01", "amount": "45000.00", "currency": "USD", "reference_number": "PAY1"},
    )  # fmt: skip
    told = moment(paid, notes={})
    assert (told.units, told.currency, told.month) == (4_500_000, "USD", date(2026, 10, 1))
    assert (told.text, told.href, told.who) == ("PAY1", "/payouts/3", "Felix Marsh")


async def test_the_timeline_goes_on_where_it_stopped(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    owner = await add(client, finance)
    path = f"/api/owners/{owner['id']}"
    for number in range(30):
        await client.patch(path, json={"legalName": f"Harbor {number}"}, headers=finance)
    await client.put(f"{path}/payment-details", json=TRANSFER, headers=finance)
    first = (await client.get(f"{path}/timeline", headers=finance)).json()
    assert (first["items"][0]["kind"], first["items"][0]["text"]) == (
        "owner.payment_details_changed", "By bank transfer",
    )  # fmt: skip
    assert first["items"][1]["text"] == "Legal name"
    rest = (await client.get(f"{path}/timeline", params={"before": first["next"]}, headers=finance)).json()
    assert rest["next"] is None
    told = [one["id"] for one in first["items"] + rest["items"]]
    assert (len(told), told) == (32, sorted(set(told), reverse=True))
    page = (await client.get(f"/owners/{owner['id']}?show=timeline", headers=finance)).text
    assert f"/panels/owners/{owner['id']}/timeline" in page
    panel = (await client.get(f"/panels/owners/{owner['id']}/timeline", headers=finance)).text
    assert "Account to pay to changed" in panel
    assert "Show more" in panel
