"""Stories about closing a month's books: what it waits for, what it refuses from then on, and opening them again."""

from datetime import date

import httpx
import pytest

from bedside.contracts import NewVersion, amend
from bedside.kit.database import Database
from bedside.payouts.model import PeriodClosed
from tests.payouts.conftest import Dealings


async def close(deal: Dealings, month: str = "January 2027") -> httpx.Response:
    return await deal.post("/api/accounting-periods/close", {"hospitalId": 1, "period": month})


async def test_a_month_is_closed_and_refuses_what_comes_too_late(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    closed = await close(deal)
    assert (closed.status_code, closed.json()["status"], closed.json()["closedByName"]) == (
        200, "closed", "Felix Grant",
    )  # fmt: skip
    late = {"hospitalId": 1, "revenueOn": "2027-01-20", "amount": "5"}
    refused = await deal.post("/api/revenue-entries", late)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/period-closed")
    assert refused.json()["errors"][0]["pointer"].endswith("/period")
    assert refused.json()["nextStep"]
    # it may be booked in a later month that is open
    taken = await deal.post("/api/revenue-entries", late | {"period": "February 2027"})
    assert (taken.status_code, taken.json()["period"]) == (201, "2027-02-01")
    for body in ({"contractId": deal.contract_id}, {"amount": 5},
                 {"amount": 5, "paymentMethod": "cash", "referenceNumber": "P-1"}):  # fmt: skip
        answer = await deal.post(f"/api/owners/{deal.owner_id}/payouts", body | {"period": "January 2027"})
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/period-closed"), body
    run = await deal.post("/api/payout-runs", {"period": "January 2027"})
    assert run.status_code == 202  # Santa Lucía's January is open
    own = await deal.post("/api/payout-runs", {"period": "January 2027", "hospitalId": 1})
    assert (own.status_code, own.json()["type"]) == (409, "/problems/period-closed")


async def test_it_waits_for_drafts_and_says_how_many(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    refused = await close(deal)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/period-not-ready")
    assert refused.json()["open"]["drafts"] == 1
    await deal.done(draft, "discard")
    assert (await close(deal)).status_code == 200


async def test_a_month_that_is_not_over_is_not_closed(deal: Dealings) -> None:
    assert (await close(deal, "March 2027")).json()["type"] == "/problems/period-not-ready"
    assert (await close(deal, "sometime")).status_code == 422


async def test_opening_it_again_takes_a_reason_which_is_kept(deal: Dealings) -> None:
    await close(deal)
    path, body = "/api/accounting-periods/reopen", {"hospitalId": 1, "period": "2027-01"}
    assert (await deal.post(path, body)).status_code == 422
    opened = await deal.post(path, body | {"reason": "Billing sent the last week late"})
    assert (opened.status_code, opened.json()["status"], opened.json()["reopenedBecause"]) == (
        200, "open", "Billing sent the last week late",
    )  # fmt: skip
    await deal.earn("2027-01-20", "5")
    again = await deal.post(path, body | {"reason": "Twice"})
    assert again.status_code == 409
    action = "select count(*) from crm.audit_log where action = 'period.reopened'"
    assert await deal.value(action) == 1
    assert [one["period"] for one in (await deal.get("/api/accounting-periods?hospitalId=1"))["items"]] == [
        "2027-01-01"
    ]


async def test_what_was_approved_is_paid_after_its_month_was_closed(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    good = await deal.done(await deal.draft(), "approve")
    await close(deal)
    back = await deal.do(good, "return")
    assert (back.status_code, back.json()["type"]) == (409, "/problems/period-closed")
    paid = await deal.done(good, "pay")
    # a reversal is booked in the month in which it is made
    await deal.done(paid, "reverse", {"reason": "Bounced"})
    periods = [one["period"] for one in (await deal.get("/api/journal-entries?kind=reversal"))["items"]]
    assert periods == ["2027-03-01", "2027-03-01"]


async def test_a_payment_dated_in_a_closed_month_is_refused(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    good = await deal.done(await deal.draft(), "approve")
    await close(deal, "February 2027")
    answer = await deal.do(good, "pay", {"paidOn": "2027-02-20"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/paidOn")
    assert (await deal.get(f"/api/owners/{deal.owner_id}/payouts/{good['id']}"))["status"] == "approved"


async def test_terms_that_would_hold_in_a_closed_month_are_refused(deal: Dealings, database: Database) -> None:
    await close(deal, "February 2027")
    with pytest.raises(PeriodClosed) as refused:
        async with database.transaction() as tx:
            await amend(tx, contract_id=deal.contract_id, new=amended("2027-02-10"), actor=deal.felix)
    assert refused.value.errors[0]["pointer"] == "/effectiveFrom"
    async with database.transaction() as tx:
        await amend(tx, contract_id=deal.contract_id, new=amended("2027-03-10"), actor=deal.felix)


def amended(day: str) -> NewVersion:
    return NewVersion(effective_from=date.fromisoformat(day), reason="More", owner_percent="50")
