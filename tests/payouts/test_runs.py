"""Stories about a month that is worked through: previewed, run, run again, reckoned once more, and how much it asks."""

from datetime import date
from typing import Any

import pytest

from bedside.accounts import Role, SignedIn
from bedside.contracts import NewVersion, amend
from bedside.kit.database import Database
from bedside.payouts import commands, drafting, running
from bedside.payouts.model import NoSuchPayout, TwoPeopleNeeded
from bedside.payouts.running import work_through
from tests.payouts.conftest import Dealings, thirty_percent
from tests.queries import QueryCount


async def payouts(deal: Dealings, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await deal.get(f"/api/payouts?sort=id{query}"))["items"]
    return items


async def test_a_run_makes_what_its_preview_says(deal: Dealings) -> None:
    second, third = await deal.owner("Grace Bellamy"), await deal.owner("Dr. Kenji Tanaka", paid=False)
    await deal.contract(second, thirty_percent(second, "12.5"))
    await deal.contract(third, thirty_percent(third, "8"))
    await deal.contract(third, thirty_percent(third, "1"), signatures=[])
    await deal.earn("2027-01-10", "1000.00", department="Cardiology")
    await deal.earn("2027-01-31", "0.01")
    await deal.earn("2027-01-11", "50.00", currency="EUR")
    looked = await deal.get("/api/payout-runs/preview?period=January%202027&hospitalId=1")
    assert [(one["ownerName"], one["amount"], one["lacksPaymentDetails"]) for one in looked["payouts"]] == [
        ("Harbor Health Partners", "300.00", False), ("Grace Bellamy", "125.00", False),
        ("Dr. Kenji Tanaka", "80.00", True),
    ]  # fmt: skip
    assert looked["totals"] == [{"currency": "USD", "amount": "505.00", "amountMinor": 50500, "entries": 3}]
    assert looked["uncovered"] == [{"currency": "EUR", "amount": "50.00", "amountMinor": 5000, "entries": 1}]
    assert len(looked["unsignedContracts"]) == 1
    assert looked["warnings"] == ["1 owner cannot be paid yet: nobody entered where to."]
    assert await payouts(deal) == []
    run = await deal.run(hospitalId=1)
    assert (run["status"], run["contracts"], run["contractsDone"], run["payoutsMade"], run["skipped"]) == (
        "done", 3, 3, 3, 0,
    )  # fmt: skip
    made = await payouts(deal, f"&runId={run['id']}")
    assert [one["amount"] for one in made] == ["300.00", "125.00", "80.00"]
    assert [one["referenceNumber"] for one in made] == [f"BELLEVUE-2027-00000{n}" for n in (1, 2, 3)]
    assert {one["createdByName"] for one in made} == {"Felix Grant"}
    kinds = "select array_agg(kind order by id) from crm.event_log where subject = 'payout_run'"
    assert await deal.value(kinds) == ["payout_run.progressed", "payout_run.ended"]
    # who began the run made its payouts
    assert (await deal.do(made[0], "approve", who=deal.felix)).status_code == 403
    again = await deal.run(hospitalId=1)
    assert (again["payoutsMade"], again["skipped"]) == (0, 3)


async def test_a_run_goes_on_where_it_was_interrupted(
    deal: Dealings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        owner_id = await deal.owner(f"Owner {n}")
        await deal.contract(owner_id)
    await deal.earn("2027-01-10", "1000.00")
    monkeypatch.setattr(running, "AT_ONCE", 1)
    begun = (await deal.post("/api/payout-runs", {"period": "2027-01"})).json()
    drafted = 0

    async def killed_at_the_third(*given: Any, **more: Any) -> Any:
        nonlocal drafted
        drafted += 1
        if drafted == 3:
            raise ConnectionError("The worker was killed.")
        return await drafting.draft(*given, **more)

    monkeypatch.setattr(running, "draft", killed_at_the_third)
    with pytest.raises(ConnectionError):
        await work_through(database, run_id=begun["id"])
    assert len(await payouts(deal)) == 2
    busy = await deal.post("/api/payout-runs", {"period": "2027-01"})
    assert (busy.status_code, busy.json()["runId"]) == (409, begun["id"])
    await work_through(database, run_id=begun["id"])
    run = await deal.get(f"/api/payout-runs/{begun['id']}")
    assert (run["status"], run["payoutsMade"], run["contractsDone"]) == ("done", 4, 4)
    assert len(await payouts(deal)) == 4


async def test_each_party_of_a_contract_has_a_payout_of_their_own(deal: Dealings) -> None:
    grace = await deal.owner("Grace Bellamy")
    shares = [{"ownerId": deal.owner_id, "percent": "33.3333"}, {"ownerId": grace, "percent": "33.3333"}]
    rules = [{"method": "fixed", "tiers": [{"fromAmount": "0", "shares": shares}]}]
    both = await deal.contract(deal.owner_id, {"rules": rules})
    await deal.earn("2027-01-10", "100.00")
    await deal.run()
    made = [(one["ownerId"], one["amount"]) for one in await payouts(deal, f"&contractId={both}")]
    assert made == [(deal.owner_id, "33.33"), (grace, "33.33")]


async def test_a_late_refund_reaches_the_owner_of_a_contract_that_has_ended(deal: Dealings) -> None:
    grace = await deal.owner("Grace Bellamy")
    ended = await deal.contract(grace, ends_on=date(2026, 11, 30))
    await deal.earn("2026-11-10", "1000.00")
    await deal.run("November 2026")
    await deal.earn("2026-11-11", "-100.00", period="January 2027")
    await deal.run("January 2027")
    [first, second] = await payouts(deal, f"&contractId={ended}")
    assert (first["period"], first["amount"]) == ("2026-11-01", "300.00")
    path = f"/api/owners/{grace}/payouts/{second['id']}"
    lines = (await deal.get(path))["lines"]
    assert [(line["kind"], line["amount"]) for line in lines] == [
        ("adjustment", "-30.00"),
        ("carried_forward", "30.00"),
    ]
    entries = (await deal.get(f"{path}/lines/{lines[0]['id']}/entries"))["items"]
    assert [one["amount"] for one in entries] == ["-100.00"]


async def test_a_payment_made_before_is_deducted_once_from_an_owner_of_several_contracts(deal: Dealings) -> None:
    await deal.contract(deal.owner_id, thirty_percent(deal.owner_id, "10"))
    body = {"amount": 100, "period": "January 2027", "paymentMethod": "cash", "referenceNumber": "PAY-1"}
    await deal.post(f"/api/owners/{deal.owner_id}/payouts", body)
    await deal.earn("2027-01-10", "1000.00")
    looked = await deal.get("/api/payout-runs/preview?period=2027-01")
    await deal.run()
    made = [one["amount"] for one in await payouts(deal, "&kind=share")]
    assert made == [one["amount"] for one in looked["payouts"]] == ["200.00", "100.00"]


async def test_reckoned_again_it_is_the_same_whatever_came_since(deal: Dealings, database: Database) -> None:
    guarantee = [{"ownerId": deal.owner_id, "amount": "500", "period": "month"}]
    tiered = await deal.contract(deal.owner_id, thirty_percent(deal.owner_id, guarantees=guarantee))
    await deal.earn("2026-12-10", "5000.00")
    await deal.run("December 2026")
    await deal.earn("2026-12-11", "-4000.00")
    await deal.earn("2027-01-10", "1000.00", department="Cardiology", serviceLine="imaging")
    await deal.earn("2027-01-11", "70.00")
    body = {"amount": 100, "period": "January 2027", "paymentMethod": "cash", "referenceNumber": "PAY-1"}
    await deal.post(f"/api/owners/{deal.owner_id}/payouts", body)
    await deal.run("January 2027")
    [january] = await payouts(deal, f"&contractId={tiered}&period=2027-01")
    path = f"/api/owners/{deal.owner_id}/payouts/{january['id']}"
    before = await deal.get(path)
    kinds = [(line["kind"], line["amount"]) for line in before["lines"]]
    assert kinds[:4] == [
        ("share", "321.00"),
        ("adjustment", "-1200.00"),
        ("guarantee", "200.00"),
        ("guarantee", "179.00"),
    ]
    # revenue and terms go on
    await deal.earn("2027-01-12", "99999.00")
    await deal.earn("2026-12-31", "77777.00")
    async with database.transaction() as tx:
        new = NewVersion(effective_from=date(2027, 1, 2), reason="More", owner_percent="90")
        await amend(tx, contract_id=tiered, new=new, actor=deal.felix)
        await tx.execute("update crm.departments set name = 'Heart' where name = 'Cardiology'")
    again = await deal.get(f"{path}/recomputation")
    assert (again["same"], again["storedSha256"]) == (True, again["computedSha256"])
    assert len(again["storedSha256"]) == 64
    assert await deal.get(path) == before
    line = next(one for one in before["lines"] if one["kind"] == "share")
    behind = (await deal.get(f"{path}/lines/{line['id']}/entries"))["items"]
    assert [one["amount"] for one in behind] == ["1000.00", "70.00"]
    for one in before["lines"]:
        if one["kind"] not in ("share", "adjustment"):
            assert (await deal.get(f"{path}/lines/{one['id']}/entries"))["items"] == []


async def test_what_came_after_a_payout_of_an_open_month_is_an_adjustment_of_the_next(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    await deal.run("January 2027")
    await deal.earn("2027-01-25", "100.00")
    looked = await deal.get("/api/payout-runs/preview?period=January%202027")
    assert "1 payout of this month" in looked["warnings"][-1]
    await deal.earn("2027-02-10", "10.00")
    february = await deal.draft("February 2027")
    assert [(line["kind"], line["amount"]) for line in february["lines"]] == [
        ("share", "3.00"),
        ("adjustment", "30.00"),
    ]


async def test_a_run_of_all_is_for_who_works_at_all(deal: Dealings) -> None:
    oscar = SignedIn(kind="staff", id=deal.felix.id, name="Oscar", role=Role.FINANCE, hospital_ids=frozenset({2}))
    answer = await deal.post("/api/payout-runs", {"period": "2027-01"}, who=oscar)
    assert answer.status_code == 403
    assert (await deal.post("/api/payout-runs", {"period": "2027-01", "hospitalId": 1}, who=oscar)).status_code == 403
    run = await deal.run()
    answer = await deal.client.get(f"/api/payout-runs/{run['id']}", headers=deal.headers(oscar))
    assert answer.status_code == 404
    assert (await deal.post("/api/payout-runs", {"period": "never"})).status_code == 422
    assert (await deal.post("/api/payout-runs", {"period": "May 2027"})).json()["errors"][0]["pointer"] == "/period"


async def test_the_command_line_does_the_same_and_refuses_ones_own(deal: Dealings, database: Database) -> None:
    await deal.earn("2027-01-10", "1000.00")
    felix, fatima = "felix@bellevue.example.org", "fatima@bellevue.example.org"
    said = await commands.run_month(database, period="2027-01", hospital_id=1, email=felix)
    assert said == "1 payout drafted, 0 left alone, 1 contract looked at."
    assert "BELLEVUE-2027-000001" in await commands.list_open(database, status=None)
    with pytest.raises(TwoPeopleNeeded):
        await commands.approve(database, reference="BELLEVUE-2027-000001", email=felix)
    with pytest.raises(NoSuchPayout):
        await commands.approve(database, reference="NOBODY-1", email=fatima)
    said = await commands.approve(database, reference="bellevue-2027-000001", email=fatima)
    assert said == "BELLEVUE-2027-000001 is approved by Fatima Zahra: 300.00 USD."


async def test_the_books_are_read_once_however_many_contracts_there_are(
    deal: Dealings, database: Database, query_count: QueryCount
) -> None:
    for n in range(8):
        await deal.contract(await deal.owner(f"Owner {n}"))
    await deal.earn("2027-01-10", "1000.00")
    begun = (await deal.post("/api/payout-runs", {"period": "2027-01"})).json()
    with query_count() as queries:
        await work_through(database, run_id=begun["id"])
    assert len(await payouts(deal)) == 9
    of_revenue = [one for one in queries if "from crm.revenue_entries" in one]
    assert len(of_revenue) <= 4, of_revenue
    assert len(queries) <= 25 + 9 * 18, len(queries)


async def test_lists_ask_as_much_for_twenty_as_for_one(deal: Dealings, query_count: QueryCount) -> None:
    counted = []
    for many in (1, 9):
        for n in range(many):
            body = {"amount": 5, "period": "2027-01", "paymentMethod": "cash", "referenceNumber": f"P-{many}-{n}"}
            assert (await deal.post(f"/api/owners/{deal.owner_id}/payouts", body)).status_code == 201
        for path in ("/api/payouts", f"/api/owners/{deal.owner_id}/payouts", "/api/journal-entries"):
            with query_count() as queries:
                await deal.get(path)
            counted.append(len(queries))
    assert counted[:3] == counted[3:]
