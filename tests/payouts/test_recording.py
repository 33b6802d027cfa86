"""Stories about payments that were made before they were written down, and amounts that staff set."""

from typing import Any

import httpx
import pytest

from tests.payouts.conftest import Dealings
from tests.payouts.people import as_owner

# DESIGN.md section 5, in a month that has been on the tests' calendar
BODY = {
    "amount": 45000,
    "period": "October 2026",
    "paymentMethod": "bank_transfer",
    "referenceNumber": "PAY20261020",
}


async def recorded(deal: Dealings, **more: Any) -> httpx.Response:
    return await deal.post(f"/api/owners/{deal.owner_id}/payouts", BODY | more)


async def test_the_documented_body_records_a_payment(deal: Dealings) -> None:
    answer = await recorded(deal)
    made = answer.json()
    assert answer.status_code == 201, made
    assert (made["status"], made["kind"], made["amount"], made["currency"]) == ("paid", "recorded", "45000.00", "USD")
    assert (made["period"], made["paidBefore"], made["needsReview"]) == ("2026-10-01", True, True)
    assert (made["referenceNumber"], made["paymentMethod"]) == ("PAY20261020", "bank_transfer")
    assert answer.headers["location"] == f"/api/owners/{deal.owner_id}/payouts/{made['id']}"
    assert await deal.balances() == {"owner_advances": 4500000, "cash_and_bank": -4500000}


async def test_a_reference_is_used_once_in_letters_of_either_case(deal: Dealings) -> None:
    first = (await recorded(deal)).json()
    again = await recorded(deal, referenceNumber="pay20261020", amount=1)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/reference-taken")
    assert again.json()["payoutId"] == first["id"]
    assert again.json()["errors"][0]["pointer"] == "/referenceNumber"
    assert await deal.value("select count(*) from crm.owner_payouts") == 1


async def test_numbers_of_our_own_form_are_given_out_here_alone(deal: Dealings) -> None:
    answer = await recorded(deal, referenceNumber="Bellevue-2026-000009")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/referenceNumber")


async def test_the_same_key_is_the_same_payment(deal: Dealings) -> None:
    path = f"/api/owners/{deal.owner_id}/payouts"
    first = await deal.post(path, BODY, idempotency_key="a")
    second = await deal.post(path, BODY, idempotency_key="a")
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())
    assert second.headers["idempotency-replayed"] == "true"


async def test_it_stays_marked_until_a_second_person_reviewed_it(deal: Dealings) -> None:
    made = (await recorded(deal)).json()
    own = await deal.do(made, "review", who=deal.felix)
    assert (own.status_code, own.json()["type"]) == (403, "/problems/two-people-needed")
    assert len((await deal.get("/api/payouts?needsReview=true"))["items"]) == 1
    seen = await deal.done(made, "review")
    assert (seen["needsReview"], seen["reviewedByName"]) == (False, "Fatima Zahra")
    assert (await deal.get("/api/payouts?needsReview=true"))["items"] == []
    assert (await deal.do(made, "review")).status_code == 409


async def test_the_next_monthly_payout_deducts_it_on_a_line_of_its_own(deal: Dealings) -> None:
    made = (await recorded(deal, amount=200, period="January 2027")).json()
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    assert [(line["kind"], line["amount"], line["recordedPayoutId"]) for line in draft["lines"]] == [
        ("share", "300.00", None),
        ("recorded", "-200.00", made["id"]),
    ]
    assert draft["amount"] == "100.00"
    path = f"/api/owners/{deal.owner_id}/payouts/{made['id']}"
    assert (await deal.get(path))["deductedIn"] == draft["id"]
    blocked = await deal.do(made, "reverse", {"reason": "Bounced"})
    assert (blocked.status_code, blocked.json()["payoutId"]) == (409, draft["id"])
    good = await deal.done(draft, "approve")
    # the advance is used up by what was owed
    assert await deal.balances() == {
        "revenue_share_expense": 30000, "owner_payable": -10000, "cash_and_bank": -20000,
    }  # fmt: skip
    await deal.done(good, "return")
    await deal.done(draft, "discard")
    assert (await deal.get(path))["deductedIn"] is None
    again = await deal.draft()
    assert (again["revision"], again["amount"]) == (2, "100.00")


async def test_more_paid_than_owed_is_carried_forward(deal: Dealings) -> None:
    await recorded(deal, amount=500, period="January 2027")
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    assert (draft["amount"], draft["lines"][-1]["kind"], draft["lines"][-1]["amount"]) == (
        "0.00", "carried_forward", "200.00",
    )  # fmt: skip


async def test_under_a_contract_it_is_that_months_share(deal: Dealings) -> None:
    answer = await recorded(deal, contractId=deal.contract_id, period="2027-01", amount="300.00")
    made = answer.json()
    assert (answer.status_code, made["kind"], made["status"]) == (201, "share", "paid")
    assert [line["kind"] for line in made["lines"]] == ["stated"]
    assert await deal.balances() == {"revenue_share_expense": 30000, "cash_and_bank": -30000}
    again = await recorded(deal, contractId=deal.contract_id, period="2027-01", referenceNumber="PAY-2")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/payout-exists")
    await deal.earn("2027-01-10", "1000.00")
    run = await deal.run()
    assert (run["payoutsMade"], run["skipped"]) == (0, 1)


async def test_an_amount_that_staff_set_is_a_draft(deal: Dealings) -> None:
    made = await deal.post(f"/api/owners/{deal.owner_id}/payouts", {"amount": "12.50", "period": "2027-02"})
    assert made.status_code == 201
    assert (made.json()["kind"], made.json()["status"], made.json()["referenceNumber"]) == (
        "manual", "draft", "BELLEVUE-2027-000001",
    )  # fmt: skip


BAD = [
    ({"amount": -1}, 422, "/amount"),
    ({"amount": 0}, 422, "/amount"),
    ({"amount": "1.234"}, 422, "/amount"),
    ({"amount": 0.1 + 0.2}, 422, "/amount"),
    ({"amount": "1e3"}, 422, "/amount"),
    ({"amount": "many"}, 422, "/amount"),
    ({"amount": "99999999999999999999"}, 422, "/amount"),
    ({"period": "Octember 2026"}, 422, "/period"),
    ({"period": "2026-13"}, 422, "/period"),
    ({"period": "December 2027"}, 422, "/period"),
    ({"currency": "EUR"}, 422, "/currency"),
    ({"currency": "XXQ"}, 422, "/currency"),
    ({"paymentMethod": "cheque"}, 422, "/paymentMethod"),
    ({"paymentMethod": None}, 422, "/paymentMethod"),
    ({"paidOn": "2028-01-01"}, 422, "/paidOn"),
    ({"contractId": 999999}, 404, None),
    ({"hospitalId": 999999}, 404, None),
    ({"referenceNumber": " "}, 422, "/referenceNumber"),
    ({"amount": None, "referenceNumber": None}, 422, "/contractId"),
]


@pytest.mark.parametrize(("more", "status", "pointer"), BAD)
async def test_what_cannot_be_is_refused_with_a_pointer_and_nothing_is_written(
    deal: Dealings, more: dict[str, Any], status: int, pointer: str | None
) -> None:
    answer = await recorded(deal, **more)
    assert answer.status_code == status, answer.text
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert await deal.value("select count(*) from crm.owner_payouts") == 0
    assert await deal.value("select count(*) from crm.journal_entries") == 0


@pytest.mark.parametrize("words", ["October 2026", "oct 2026", "2026-10", "10/2026", "octubre de 2026", "Oktober 2026"])
async def test_a_month_is_read_as_people_write_it(deal: Dealings, words: str) -> None:
    assert (await recorded(deal, period=words)).json()["period"] == "2026-10-01"


async def test_nobody_is_paid_by_another_owners_contract(deal: Dealings) -> None:
    other = await deal.owner()
    contract_id = await deal.contract(other)
    answer = await recorded(deal, contractId=contract_id)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/contractId")


async def test_owners_see_what_was_approved_or_paid_of_their_own(deal: Dealings) -> None:
    paid = (await recorded(deal, note="Between us")).json()
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    olive = await as_owner(deal.database, deal.owner_id)
    path = f"/api/owners/{deal.owner_id}/payouts"
    seen = (await deal.client.get(path, headers=olive)).json()["items"]
    assert [one["id"] for one in seen] == [paid["id"]]
    assert (seen[0]["note"], seen[0]["createdByName"], seen[0]["paidByName"]) == ("", "", None)
    assert (await deal.client.get(f"{path}/{draft['id']}", headers=olive)).status_code == 404
    assert (await deal.client.get(f"{path}?status=draft", headers=olive)).json()["items"] == []
    assert (await deal.client.get("/api/payouts", headers=olive)).status_code == 403
    assert (await deal.client.post(path, json=BODY, headers=olive)).status_code == 403
    good = await deal.done(draft, "approve")
    lines = (await deal.client.get(f"{path}/{draft['id']}", headers=olive)).json()["lines"]
    entries = await deal.client.get(f"{path}/{draft['id']}/lines/{lines[0]['id']}/entries", headers=olive)
    assert [(one["amount"], one["createdByName"]) for one in entries.json()["items"]] == [("1000.00", "")]
    other = await as_owner(deal.database, await deal.owner())
    for what in (path, f"{path}/{good['id']}"):
        assert (await deal.client.get(what, headers=other)).status_code in (403, 404)


async def test_staff_of_another_hospital_see_none(deal: Dealings) -> None:
    made = (await recorded(deal)).json()
    oscar = deal.world.user(deal.world.oscar)
    away = [f"/api/owners/{deal.owner_id}/payouts/{made['id']}", f"/api/owners/{deal.owner_id}/payouts"]
    for path in away:
        assert (await deal.client.get(path, headers=deal.headers(oscar))).status_code in (403, 404)
