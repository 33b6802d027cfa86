"""Stories about one payout: drafted, approved by somebody else, paid, reversed; and the books underneath."""

from typing import Any

import psycopg
import pytest

from bedside.accounts import Role, SignedIn
from bedside.kit.database import Database
from bedside.owners import NewPaymentDetails, PaymentMethod, set_payment_details
from tests.payouts.conftest import Dealings
from tests.payouts.people import BANK


async def approved(deal: Dealings) -> Any:
    await deal.earn("2027-01-10", "1000.00")
    return await deal.done(await deal.draft(), "approve")


async def test_a_payout_goes_from_draft_to_paid_by_two_people(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    assert (draft["status"], draft["amount"], draft["currency"], draft["kind"]) == ("draft", "300.00", "USD", "share")
    assert draft["referenceNumber"] == "BELLEVUE-2027-000001"
    assert [(line["kind"], line["amount"]) for line in draft["lines"]] == [("share", "300.00")]
    good = await deal.done(draft, "approve")
    assert (good["status"], good["approvedByName"], good["account"]) == ("approved", "Fatima Zahra", "•••• 6789")
    paid = await deal.done(good, "pay", {"paidOn": "2027-03-01"}, who=deal.felix)
    assert (paid["status"], paid["paymentMethod"], paid["paidOn"]) == ("paid", "bank_transfer", "2027-03-01")
    assert await deal.balances() == {"revenue_share_expense": 30000, "cash_and_bank": -30000}
    kinds = [one["kind"] for one in (await deal.get(f"/api/journal-entries?payoutId={paid['id']}"))["items"]]
    assert kinds == ["payment", "accrual"]
    periods = [one["period"] for one in (await deal.get("/api/journal-entries"))["items"]]
    assert periods == ["2027-03-01", "2027-01-01"]  # paid in March, owed for January


async def test_nobody_approves_their_own(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    answer = await deal.do(draft, "approve", who=deal.felix)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/two-people-needed")
    assert "colleague" in answer.json()["nextStep"]


async def test_nor_does_an_administrator(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    ada = deal.world.user(deal.world.ada)
    made = await deal.post(
        f"/api/owners/{deal.owner_id}/payouts", {"contractId": deal.contract_id, "period": "2027-01"}, who=ada
    )
    answer = await deal.do(made.json(), "approve", who=ada)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/two-people-needed")


async def test_who_changed_a_draft_last_does_not_approve_it(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    path = f"/api/owners/{deal.owner_id}/payouts/{draft['id']}"
    changed = await deal.client.patch(path, json={"note": "Looked at."}, headers=deal.headers(deal.fatima))
    assert (changed.status_code, changed.json()["note"]) == (200, "Looked at.")
    assert (await deal.do(draft, "approve")).status_code == 403
    # nor does who made it, though somebody else changed it last
    assert (await deal.do(draft, "approve", who=deal.felix)).status_code == 403
    assert (await deal.done(draft, "approve", who=deal.world.user(deal.world.ada)))["status"] == "approved"


@pytest.mark.parametrize("kind", ["system", "api_key"])
async def test_a_machine_approves_nothing(deal: Dealings, kind: str) -> None:
    await deal.earn("2027-01-10", "1000.00")
    machine = SignedIn(kind=kind, id=None if kind == "system" else 1, name="Script", role=Role.ADMIN)
    answer = await deal.do(await deal.draft(), "approve", who=machine)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/two-people-needed")
    assert "person" in answer.json()["detail"]


async def test_the_database_keeps_it_too(deal: Dealings, database: Database) -> None:
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    with pytest.raises(psycopg.errors.CheckViolation, match="two_people"):
        async with database.transaction() as tx:
            await tx.execute(
                """update crm.owner_payouts set status = 'approved', approved_at = now(), approved_by_name = 'Felix',
                       approved_by_id = %(felix)s where id = %(id)s""",
                felix=deal.felix.id,
                id=draft["id"],
            )


async def test_an_approval_taken_back_leaves_nothing_in_the_books(deal: Dealings) -> None:
    good = await approved(deal)
    assert await deal.balances() == {"revenue_share_expense": 30000, "owner_payable": -30000}
    back = await deal.done(good, "return")
    assert (back["status"], back["approvedAt"]) == ("draft", None)
    assert await deal.balances() == {}
    again = await deal.done(back, "approve")
    assert await deal.balances() == {"revenue_share_expense": 30000, "owner_payable": -30000}
    assert again["version"] > good["version"]


async def test_a_reversal_brings_every_account_back_and_another_revision_may_be_drafted(deal: Dealings) -> None:
    paid = await deal.done(await approved(deal), "pay")
    gone = await deal.done(paid, "reverse", {"reason": "Paid to the wrong account"})
    assert (gone["status"], gone["reversalReason"]) == ("reversed", "Paid to the wrong account")
    assert await deal.balances() == {}
    again = await deal.do(paid, "reverse", {"reason": "Twice"})
    assert (again.status_code, again.json()["payoutStatus"]) == (409, "reversed")
    second = await deal.draft()
    assert (second["revision"], second["replaces"], second["amount"]) == (2, paid["id"], "300.00")
    assert second["referenceNumber"] == "BELLEVUE-2027-000002"


async def test_what_may_follow_what(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    for step, body in (("pay", {}), ("return", {}), ("reverse", {"reason": "No"}), ("review", {})):
        answer = await deal.do(draft, step, body)
        assert answer.status_code == 409, (step, answer.text)
        assert (answer.json()["type"], answer.json()["payoutStatus"]) == ("/problems/payout-not-in-that-state", "draft")
    gone = await deal.done(draft, "discard")
    assert gone["status"] == "discarded"
    assert (await deal.do(draft, "approve")).status_code == 409


async def test_a_second_payout_of_a_month_is_refused_and_the_first_is_named(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    answer = await deal.post(
        f"/api/owners/{deal.owner_id}/payouts", {"contractId": deal.contract_id, "period": "Jan 2027"}
    )
    assert (answer.status_code, answer.json()["payoutId"]) == (409, draft["id"])


async def test_an_account_changed_after_the_approval_is_not_paid(deal: Dealings) -> None:
    good = await approved(deal)
    async with deal.database.transaction() as tx:
        details = NewPaymentDetails(
            method=PaymentMethod.BANK_TRANSFER, details=BANK | {"accountNumber": "000999999999"}
        )
        await set_payment_details(tx, owner_id=deal.owner_id, new=details, actor=deal.felix)
    answer = await deal.do(good, "pay")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/payment-details-changed")
    again = await deal.done(await deal.done(good, "return"), "approve")
    assert again["account"] == "•••• 9999"
    assert (await deal.done(again, "pay"))["status"] == "paid"


async def test_looking_at_a_draft_without_a_change_keeps_nobody_from_approving_it(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    path = f"/api/owners/{deal.owner_id}/payouts/{draft['id']}"
    same = await deal.client.patch(path, json={"note": ""}, headers=deal.headers(deal.fatima))
    assert (same.status_code, same.json()["version"]) == (200, draft["version"])
    assert (await deal.done(draft, "approve"))["status"] == "approved"


async def test_nobody_transfers_money_to_nowhere(deal: Dealings) -> None:
    owner_id = await deal.owner("Nobody Knows", paid=False)
    made = await deal.post(f"/api/owners/{owner_id}/payouts", {"amount": 5, "period": "2027-01"})
    good = await deal.done(made.json(), "approve")
    answer = await deal.do(good, "pay", {"paymentMethod": "bank_transfer"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/paymentMethod")
    paid = await deal.done(good, "pay", {"paymentMethod": "cash", "paymentReference": "Nobody Knows"})
    assert paid["status"] == "paid"


NEEDS = [("check", "1042"), ("mobile_wallet", "TX-9"), ("cash", "Olive Owner")]


@pytest.mark.parametrize(("method", "reference"), NEEDS)
async def test_each_method_asks_for_what_it_needs(deal: Dealings, method: str, reference: str) -> None:
    await deal.earn("2027-01-10", "1000.00")
    made = await deal.post(
        f"/api/owners/{deal.owner_id}/payouts",
        {"amount": "12.50", "period": "2027-01", "paymentMethod": "check"},
    )
    good = await deal.done(made.json(), "approve")
    bare = await deal.do(good, "pay", {"paymentMethod": method})
    if method == "mobile_wallet":
        assert bare.status_code in (409, 422)
        return
    assert (bare.status_code, bare.json()["errors"][0]["pointer"]) == (422, "/paymentReference")
    paid = await deal.done(good, "pay", {"paymentMethod": method, "paymentReference": reference})
    assert (paid["paymentMethod"], paid["paymentReference"]) == (method, reference)


async def test_an_unknown_method_is_told_which_there_are(deal: Dealings) -> None:
    answer = await deal.do(await approved(deal), "pay", {"paymentMethod": "cheque"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/paymentMethod")
    assert "bank_transfer, check, mobile_wallet, cash" in answer.json()["nextStep"]


async def test_paying_twice_with_one_key_is_one_payment_with_the_same_answer(deal: Dealings) -> None:
    good = await approved(deal)
    first = await deal.do(good, "pay", idempotency_key="pay-1")
    second = await deal.do(good, "pay", idempotency_key="pay-1")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert await deal.value("select count(*) from crm.journal_entries where kind = 'payment'") == 1


async def test_somebody_who_looked_before_a_change_is_told(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    answer = await deal.do(draft, "approve", if_match='"7"')
    assert answer.status_code == 412


async def test_a_payout_that_comes_to_nothing_is_settled_without_a_method(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "-1000.00")
    draft = await deal.draft()
    assert [(line["kind"], line["amount"]) for line in draft["lines"]] == [
        ("share", "-300.00"),
        ("carried_forward", "300.00"),
    ]
    paid = await deal.done(await deal.done(draft, "approve"), "pay")
    assert (paid["status"], paid["amount"], paid["paymentMethod"]) == ("paid", "0.00", None)
    # what was carried stays owed to the hospital, until the next payout takes it off
    assert await deal.balances() == {"revenue_share_expense": -30000, "owner_payable": 30000}
    await deal.earn("2027-02-10", "5000.00")
    february = await deal.draft("February 2027")
    assert february["amount"] == "1200.00"
    done = await deal.done(await deal.done(february, "approve"), "pay")
    assert await deal.balances() == {"revenue_share_expense": 120000, "cash_and_bank": -120000}
    # what the later one stands on is not taken away beneath it
    answer = await deal.do(paid, "reverse", {"reason": "Mistaken"})
    assert (answer.status_code, "brought forward" in answer.json()["detail"]) == (409, True)
    await deal.done(done, "reverse", {"reason": "Mistaken"})
    await deal.done(paid, "reverse", {"reason": "Mistaken"})
    assert await deal.balances() == {}


async def test_a_balance_below_nothing_waits_for_a_month_that_has_something(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "-1000.00")
    await deal.draft()
    answer = await deal.post(
        f"/api/owners/{deal.owner_id}/payouts", {"contractId": deal.contract_id, "period": "February 2027"}
    )
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/nothing-agreed")


async def test_a_posting_that_does_not_balance_is_refused_at_commit(deal: Dealings, database: Database) -> None:
    good = await approved(deal)
    for sides in (
        "(e.id, 'cash_and_bank', %(owner)s, 'USD', 5)",
        "(e.id, 'cash_and_bank', %(owner)s, 'USD', 5), (e.id, 'owner_payable', %(owner)s, 'EUR', -5)",
        "(e.id, 'cash_and_bank', %(owner)s, 'USD', 5), (e.id, 'owner_payable', %(owner)s, 'USD', -4)",
    ):
        with pytest.raises(psycopg.errors.CheckViolation, match="does not balance"):
            async with database.transaction() as tx:
                await tx.execute(
                    """with e as (insert into crm.journal_entries (hospital_id, period, kind, payout_id, posted_by_name,
                                      posted_at)
                                  values (1, '2027-01-01', 'payment', %(payout)s, 'Nobody', now()) returning id)
                       insert into crm.journal_lines (entry_id, account, owner_id, currency, amount_minor)
                       select v.* from e, lateral (values """ + sides + ") v",
                    payout=good["id"],
                    owner=deal.owner_id,
                )  # fmt: skip


async def test_what_is_in_the_journal_never_changes(deal: Dealings, database: Database) -> None:
    await approved(deal)
    for statement in ("update crm.journal_lines set amount_minor = 1", "delete from crm.journal_entries",
                      "update crm.payout_lines set amount_minor = 1", "delete from crm.revenue_entries"):  # fmt: skip
        with pytest.raises(psycopg.errors.RestrictViolation):
            async with database.transaction() as tx:
                await tx.execute(statement)
