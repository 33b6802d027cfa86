"""The dashboard tells of owners and payouts: each number right, in its own currency, and only to whom it is shown."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import httpx
import pytest

from bedside.accounts import Role, SignedIn
from bedside.analytics.owners import month_before, owner_figures
from bedside.contracts import NewContract, PaperSignature, add_contract
from bedside.directory import Hospital
from bedside.kit.database import Database, Tx
from bedside.kit.sealing import install_sealing_key
from bedside.owner_relations.satisfaction import record_satisfaction
from bedside.owner_relations.satisfaction_model import Categories, NewSatisfaction
from bedside.owners import NewOwner, NewPaymentDetails, PaymentMethod, add_owner, set_payment_details
from bedside.payouts.history import NewPayout, write_down
from tests.queries import QueryCount
from tests.web import SECRET_KEY
from tests.world import SmallWorld

Headers = Callable[..., Awaitable[dict[str, str]]]
PATH = "/api/analytics/dashboard"


@pytest.fixture
async def harbor(world: SmallWorld, database: Database) -> int:
    """An owner of Bellevue, and one of Santa Lucía of whom Bellevue's finance must hear nothing."""
    install_sealing_key(SECRET_KEY)
    async with database.transaction() as tx:
        return await owner_at(tx, world, world.bellevue, "Harbor Health")


async def owner_at(tx: Tx, world: SmallWorld, place: Hospital, name: str) -> int:
    fatima = world.user(world.fatima)
    made = await add_owner(tx, new=NewOwner(name=name, hospital_ids=[place.id]), actor=fatima)
    details = NewPaymentDetails(method=PaymentMethod.CASH, details={"receiver": name})
    await set_payment_details(tx, owner_id=made.id, new=details, actor=fatima)
    return made.id


async def payout(
    tx: Tx, place: Hospital, owner_id: int, status: str, amount_minor: int, currency: str = "USD", paid_on: str = ""
) -> None:
    """A payout as it stands in the books' table, in one of the states that the dashboard counts."""
    await tx.execute(
        """insert into crm.owner_payouts (reference_number, hospital_id, owner_id, kind, period, currency, status,
               amount_minor, method, paid_on, paid_at, paid_by_name, approved_at, approved_by_name, reversed_at,
               created_by_kind, created_by_name, changed_by_kind, changed_by_name, created_at, updated_at)
           values (gen_random_uuid()::text, %(place)s, %(owner)s, 'manual', '2027-01-01', %(currency)s, %(status)s,
               %(amount)s, 'cash', %(paid_on)s::date, case when %(paid_on)s::date is not null then %(now)s end, 'Felix',
               case when %(status)s <> 'draft' then %(now)s end, case when %(status)s <> 'draft' then 'Fatima' end,
               case when %(status)s = 'reversed' then %(now)s end,
               'system', 'System', 'system', 'System', %(now)s, %(now)s)""",
        place=place.id,
        owner=owner_id,
        status=status,
        amount=amount_minor,
        currency=currency,
        paid_on=paid_on or None,
    )


async def answer(tx: Tx, world: SmallWorld, owner_id: int, day: str, overall: str | None, *categories: str) -> None:
    names = ("payments", "communication", "transparency", "support", "growth")
    new = NewSatisfaction(
        overall=overall,
        categories=Categories(**dict(zip(names, categories, strict=False))),
        survey_date=date.fromisoformat(day),
    )
    await record_satisfaction(tx, owner_id=owner_id, new=new, source="staff", actor=world.user(world.fatima))


async def contract(
    tx: Tx, world: SmallWorld, owner_id: int, title: str, ends_on: str, *, place: Hospital | None = None, **more: Any
) -> int:
    facts: dict[str, Any] = {
        "hospital_id": (place or world.bellevue).id,
        "title": title,
        "starts_on": date(2026, 1, 1),
        "ends_on": date.fromisoformat(ends_on) if ends_on else None,
        "owner_percent": "10",
        "signature": PaperSignature(signer_name="Olive Owner", signed_on=date(2025, 12, 1)),
    }
    new = NewContract(**facts | more)
    return (await add_contract(tx, owner_id=owner_id, new=new, actor=world.user(world.fatima))).id


async def told(client: httpx.AsyncClient, who: dict[str, str], **query: int) -> Any:
    found = await client.get(PATH, headers=who, params=query)
    assert found.status_code == 200, found.text
    return found.json()["owners"]


async def test_money_is_counted_by_where_it_stands_and_never_across_currencies(
    client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: Headers, harbor: int
) -> None:
    async with database.transaction() as tx:
        elsewhere = await owner_at(tx, world, world.santa_lucia, "Grupo Lucía")
        await payout(tx, world.bellevue, harbor, "approved", 100_000)
        await payout(tx, world.bellevue, harbor, "approved", 50_050)
        await payout(tx, world.bellevue, harbor, "approved", 7_000, "JPY")
        await payout(tx, world.bellevue, harbor, "draft", 3_000)
        await payout(tx, world.bellevue, harbor, "paid", 20_000, paid_on="2027-02-01")
        await payout(tx, world.bellevue, harbor, "paid", 30_000, paid_on="2027-02-28")
        await payout(tx, world.bellevue, harbor, "paid", 1, paid_on="2027-01-31")
        await payout(tx, world.bellevue, harbor, "paid", 2, paid_on="2027-03-01")
        await payout(tx, world.bellevue, harbor, "reversed", 4, paid_on="2027-02-15")
        await payout(tx, world.santa_lucia, elsewhere, "approved", 999_999, "MXN")
        recorded = NewPayout(
            amount="5.00", period="2027-01", payment_method="cash", reference_number="WIRE-1", paid_on=date(2027, 1, 5)
        )
        await write_down(tx, owner_id=harbor, new=recorded, actor=world.user(world.fatima))
    finance = await as_role("finance", hospitals=[world.bellevue.id])
    payouts = (await told(client, finance))["payouts"]
    shown = {
        name: [(one["currency"], one["amount"], one["payouts"]) for one in payouts[name]]
        for name in ("owed", "toApprove", "toReview", "paidLastMonth")
    }
    assert shown == {
        "owed": [("JPY", "7000", 1), ("USD", "1500.50", 2)],
        "toApprove": [("USD", "30.00", 1)],
        "toReview": [("USD", "5.00", 1)],
        "paidLastMonth": [("USD", "500.00", 2)],
    }
    assert payouts["lastMonth"] == "2027-02-01"
    page = (await client.get("/", headers=finance)).text
    assert "¥7,000" in page
    assert "$1,500.50" in page
    assert "MXN" not in page


async def test_contracts_that_end_within_90_days_are_named_and_the_others_counted(
    client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: Headers, harbor: int
) -> None:
    async with database.transaction() as tx:
        elsewhere = await owner_at(tx, world, world.santa_lucia, "Grupo Lucía")
        last = await contract(tx, world, harbor, "On the ninetieth day", "2027-05-30")
        first = await contract(tx, world, harbor, "Today", "2027-03-01")
        renews = await contract(
            tx, world, harbor, "Goes on", "2027-04-01", renewal="automatic", renewal_months=12
        )  # fmt: skip
        for number in range(4):
            await contract(tx, world, harbor, f"In May {number}", f"2027-05-1{number}")
        await contract(tx, world, harbor, "A day too late", "2027-05-31")
        await contract(tx, world, harbor, "Over", "2027-02-28")
        await contract(tx, world, harbor, "Never ends", "")
        await contract(tx, world, harbor, "Nobody signed", "2027-04-02", signature=None)
        await contract(tx, world, elsewhere, "Elsewhere", "2027-04-03", place=world.santa_lucia)
    finance = await as_role("finance", hospitals=[world.bellevue.id])
    ending = (await told(client, finance))["contracts"]
    assert ending["total"] == 7
    assert [one["title"] for one in ending["first"]] == ["Today", "Goes on", "In May 0", "In May 1", "In May 2"]
    assert [one["id"] for one in ending["first"][:2]] == [first, renews]
    assert [(one["daysLeft"], one["renews"]) for one in ending["first"][:2]] == [(0, False), (31, True)]
    page = (await client.get("/dashboard/owners", headers=finance)).text
    assert f'href="/contracts/{first}"' in page
    assert f'href="/contracts/{last}"' not in page
    assert "2 more" in page
    assert "Elsewhere" not in page
    # and the link to the others leads to as many
    listed = await client.get(
        "/api/contracts", headers=finance, params={"status": "active", "endsBefore": "2027-05-31"}
    )
    assert len(listed.json()["items"]) == 7


async def test_satisfaction_is_a_mean_of_answers_beside_the_year_before(
    client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: Headers, harbor: int
) -> None:
    async with database.transaction() as tx:
        grace = await owner_at(tx, world, world.bellevue, "Grace Bellamy")
        elsewhere = await owner_at(tx, world, world.santa_lucia, "Grupo Lucía")
        await answer(tx, world, harbor, "2026-04-01", "4.5", "1")  # the overall rating counts, where there is one
        await answer(tx, world, harbor, "2027-02-01", None, "5", "4", "4")  # 13/3
        await answer(tx, world, grace, "2027-02-20", "0")  # a rating like any other
        await answer(tx, world, grace, "2025-06-01", "3.5")
        await answer(tx, world, grace, "2024-12-01", "1")  # too long ago for either year
        await answer(tx, world, elsewhere, "2027-02-20", "1")
    finance = await as_role("finance", hospitals=[world.bellevue.id])
    assert (await told(client, finance))["satisfaction"] == {
        "mean": "2.94", "answers": 3, "owners": 2, "meanBefore": "3.50", "answersBefore": 1, "change": "-0.56",
    }  # fmt: skip
    page = (await client.get("/dashboard/owners", headers=finance)).text
    assert "3 answers of 2 owners in a year; few to judge by" in page


async def test_where_there_is_nothing_it_says_so(
    client: httpx.AsyncClient, world: SmallWorld, as_role: Headers, harbor: int
) -> None:
    finance = await as_role("finance", hospitals=[world.bellevue.id])
    found = await told(client, finance)
    assert (found["payouts"]["owed"], found["contracts"]) == ([], {"total": 0, "first": []})
    assert found["satisfaction"] == {
        "mean": None, "answers": 0, "owners": 0, "meanBefore": None, "answersBefore": 0, "change": None,
    }  # fmt: skip
    assert "nobody has answered in a year" in (await client.get("/dashboard/owners", headers=finance)).text


@pytest.mark.parametrize("role", ["front_desk", "clinician", "marketing"])
async def test_who_may_see_nothing_of_owners_is_told_nothing(
    client: httpx.AsyncClient, world: SmallWorld, as_role: Headers, harbor: int, role: str
) -> None:
    who = await as_role(role, hospitals=[world.bellevue.id])
    assert await told(client, who) is None
    assert "Owners and payouts" not in (await client.get("/", headers=who)).text
    assert (await client.get("/dashboard/owners", headers=who)).text.strip() == ""


async def test_finance_gets_a_page_of_its_own_without_patients(
    client: httpx.AsyncClient, world: SmallWorld, as_role: Headers, harbor: int
) -> None:
    finance = await as_role("finance", hospitals=[world.bellevue.id])
    page = (await client.get("/", headers=finance)).text
    desk = await as_role("front_desk", hospitals=[world.bellevue.id])
    note = {"subject": "patient", "subjectId": world.maria.id, "body": "Call back"}
    noted = await client.post("/api/notes", json=note, headers=desk)
    assert noted.status_code == 201, noted.text
    assert "Maria" in (await client.get("/dashboard/latest", headers=desk)).text
    latest = (await client.get("/dashboard/latest", headers=finance)).text
    assert "Harbor Health" in latest
    assert "Note added" not in latest
    assert page.index("Owners and payouts") < page.index("Open tasks")
    for address in ("/appointments", "/messages", "/reminders", "/calendar", "/patients"):
        assert f'href="{address}' not in page
    assert (await client.get("/dashboard/visits", headers=finance)).status_code == 403


async def test_it_takes_one_query_however_much_there_is(
    world: SmallWorld, database: Database, query_count: QueryCount, harbor: int
) -> None:
    admin = SignedIn(kind="staff", id=world.ada.id, name="Ada", role=Role.ADMIN)
    async with database.transaction() as tx:
        for number in range(20):
            await payout(tx, world.bellevue, harbor, "approved", 100 + number)
            await contract(tx, world, harbor, f"Share {number}", f"2027-04-{number + 1:02}")
            await answer(tx, world, harbor, f"2026-12-{number + 1:02}", "4")
        with query_count() as asked:
            found = await owner_figures(tx, user=admin, zone=world.bellevue.zone, hospitals=None)
    assert len(asked) == 1
    assert found is not None
    assert found.payouts is not None
    assert found.contracts is not None
    assert (found.payouts.owed[0].payouts, found.contracts.total, found.contracts.more) == (20, 20, 15)


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2027, 1, 31), date(2026, 12, 1), date(2026, 12, 31)),
        (date(2028, 3, 1), date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_the_month_before_is_a_whole_one(today: date, first: date, last: date) -> None:
    assert month_before(today) == (first, last)
