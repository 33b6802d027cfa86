"""Stories about reports of payouts: what months came to, what is unpaid and for how long, what an owner received."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.kit.database import Database, Tx
from bedside.kit.http.problems import Invalid
from bedside.payouts.reports import Age, age_of, aged, days_since_end, months_asked, told
from bedside.payouts.store_reports import OpenSum, OwnerSum
from tests.payouts.ledger import add_contract, add_entry, add_line, add_owner, add_payout
from tests.payouts.people import as_owner
from tests.queries import QueryCount
from tests.web import AsRole
from tests.world import SmallWorld

JANUARY, DECEMBER, OCTOBER = date(2027, 1, 1), date(2026, 12, 1), date(2026, 10, 1)


@given(st.integers(-400, 4000))
def test_every_day_is_in_one_bucket(days: int) -> None:
    bounds = {
        Age.CURRENT: range(-400, 1),
        Age.DAYS_1_TO_30: range(1, 31),
        Age.DAYS_31_TO_60: range(31, 61),
        Age.DAYS_61_TO_90: range(61, 91),
        Age.OVER_90: range(91, 4001),
    }
    assert [age for age, bound in bounds.items() if days in bound] == [age_of(days)]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(-100, 500))
def test_days_count_from_the_last_day_of_the_month(day: date, days: int) -> None:
    month = day.replace(day=1)
    end = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    assert days_since_end(month, end + timedelta(days=days)) == days


def test_a_report_covers_the_last_twelve_months_unless_it_is_told_which() -> None:
    today = date(2027, 3, 1)
    assert months_asked(None, None, today=today) == (date(2026, 4, 1), date(2027, 3, 1))
    assert months_asked("2026-10", "2026-12", today=today) == (OCTOBER, DECEMBER)
    assert months_asked(None, "2027-01", today=today) == (date(2026, 2, 1), JANUARY)
    for begins, ends in (("2027-01", "2026-12"), ("2010-01", "2026-12"), ("2026-13", None), ("soon", None)):
        with pytest.raises(Invalid):
            months_asked(begins, ends, today=today)


def unpaid(amount: int, period: date, *, currency: str = "USD", zone: str = "America/New_York", **more: Any) -> OpenSum:
    row: dict[str, Any] = {
        "hospital_id": 1, "hospital_name": "Bellevue", "owner_id": 1, "owner_name": "Ann", "status": "approved",
    } | more  # fmt: skip
    return OpenSum(amount_minor=amount, period=period, currency=currency, time_zone=zone, payouts=1, **row)


def test_what_is_unpaid_ages_where_it_was_earned_and_never_across_currencies() -> None:
    # three in the morning of 1 February in London is still January in New York
    now = datetime(2027, 2, 1, 3, tzinfo=UTC)
    report = aged(
        [
            unpaid(100, JANUARY),
            unpaid(200, JANUARY, zone="Europe/London", hospital_id=2, hospital_name="Barts"),
            unpaid(400, DECEMBER, status="draft"),
            unpaid(800, OCTOBER),
            unpaid(1600, OCTOBER, currency="EUR", owner_id=2, owner_name="Bob"),
        ],
        now=now,
        by="owner",
    )
    ann, bob = report.items
    assert (ann.current, ann.days1_to30, ann.days31_to60, ann.days61_to90, ann.over90) == (
        "1.00", "2.00", "4.00", "0.00", "8.00",
    )  # fmt: skip
    assert (ann.total, ann.drafts, ann.payouts) == ("15.00", "4.00", 4)
    assert (bob.name, bob.currency, bob.over90) == ("Bob", "EUR", "16.00")
    assert [(row.currency, row.total) for row in report.totals] == [("EUR", "16.00"), ("USD", "15.00")]
    assert [row.name for row in aged([unpaid(1, JANUARY)], now=now, by="hospital").items] == ["Bellevue"]


def test_this_year_stands_beside_the_same_months_of_the_last() -> None:
    def month(period: date, earned: int, received: int) -> OwnerSum:
        return OwnerSum(
            period=period, currency="USD", payouts=1, earned_minor=earned, paid_minor=0, open_minor=earned,
            received_minor=received,
        )  # fmt: skip

    months = [month(JANUARY, 500, 300), month(date(2026, 12, 1), 900, 900), month(date(2026, 2, 1), 70, 60)]
    report = told(7, months, today=date(2027, 3, 1))
    (so_far,) = report.year_to_date
    assert (so_far.earned, so_far.received) == ("5.00", "3.00")
    assert (so_far.earned_last_year, so_far.received_last_year) == ("0.70", "0.60")
    assert [(row.period, row.earned) for row in report.years] == [("2027", "5.00"), ("2026", "9.70")]


async def two_months(tx: Tx, world: SmallWorld) -> int:
    """January approved and December paid at Bellevue, something in pesos elsewhere, and what must not count."""
    bellevue, santa_lucia = world.bellevue.id, world.santa_lucia.id
    owner_id = await add_owner(tx, hospital_id=bellevue, name="Ann")
    contract_id, version_id = await add_contract(tx, hospital_id=bellevue, owner_id=owner_id)
    await add_entry(tx, hospital_id=bellevue, amount=10000000, department_id=world.cardiology.id)
    await add_entry(tx, hospital_id=bellevue, amount=-500000, department_id=world.cardiology.id)
    await add_entry(tx, hospital_id=santa_lucia, amount=700, department_id=world.cardiologia.id, currency="MXN")
    january = await add_payout(tx, hospital_id=bellevue, owner_id=owner_id, contract_id=contract_id, amount=2700000)
    await add_line(tx, january, "share", 2850000, base=9500000, entries=2, version_id=version_id)
    await add_line(tx, january, "guarantee", 100000)
    await add_line(tx, january, "adjustment", -50000)
    await add_line(tx, january, "brought_forward", -200000)
    december = await add_payout(
        tx, hospital_id=bellevue, owner_id=owner_id, contract_id=contract_id, status="paid", period=DECEMBER,
        amount=1000000, paid_on=date(2027, 1, 5),
    )  # fmt: skip
    await add_line(tx, december, "share", 1000000, base=3000000, entries=9, version_id=version_id)
    for status in ("reversed", "discarded"):
        gone = await add_payout(tx, hospital_id=bellevue, owner_id=owner_id, status=status, amount=99)
        await add_line(tx, gone, "stated", 99)
    pesos = await add_payout(tx, hospital_id=santa_lucia, owner_id=owner_id, status="draft", currency="MXN", amount=300)
    await add_line(tx, pesos, "stated", 300)
    return owner_id


async def test_what_months_came_to(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    async with database.transaction() as tx:
        owner_id = await two_months(tx, world)
    money = await as_role("finance")
    months = (await client.get("/api/payout-reports/periods", headers=money)).json()["items"]
    assert [(row["label"], row["currency"], row["revenue"], row["paid"], row["open"]) for row in months] == [
        ("2027-01", "USD", "95000.00", "0.00", "27000.00"),
        ("2027-01", "MXN", "7.00", "0.00", "3.00"),
        ("2026-12", "USD", None, "10000.00", "0.00"),
    ]
    january = months[0]
    assert (january["shares"], january["guarantees"], january["adjustments"], january["carried"]) == (
        "28500.00", "1000.00", "-500.00", "-2000.00",
    )  # fmt: skip
    by = {}
    for group in ("hospital", "owner", "contract"):
        answer = await client.get(f"/api/payout-reports/periods?groupBy={group}&currency=USD", headers=money)
        (by[group],) = answer.json()["items"]
    assert (by["hospital"]["label"], by["hospital"]["revenue"]) == ("Bellevue General Hospital", "95000.00")
    assert (by["owner"]["label"], by["owner"]["sharedRevenue"]) == ("Ann", "125000.00")
    assert by["contract"]["label"] == "C-1001 Revenue share"
    assert {row["payouts"] for row in by.values()} == {2}
    assert by["owner"]["revenue"] is None
    only = f"/api/payout-reports/periods?from=2026-12&to=2026-12&ownerId={owner_id}"
    assert [row["label"] for row in (await client.get(only, headers=money)).json()["items"]] == ["2026-12"]
    for wrong in ("from=2026-13", "groupBy=moon", "sort=moon", "from=2027-01&to=2026-01", "currency=usd"):
        assert (await client.get(f"/api/payout-reports/periods?{wrong}", headers=money)).status_code == 422, wrong


async def test_reports_are_of_ones_own_hospitals(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    async with database.transaction() as tx:
        owner_id = await two_months(tx, world)
    elsewhere = await as_role("finance", hospitals=[world.santa_lucia.id])
    seen = (await client.get("/api/payout-reports/periods", headers=elsewhere)).json()["items"]
    assert [row["currency"] for row in seen] == ["MXN"]
    assert [
        row["total"] for row in (await client.get("/api/payout-reports/aging", headers=elsewhere)).json()["items"]
    ] == ["3.00"]
    exported = (await client.get("/api/payout-reports/periods/export", headers=elsewhere)).text
    assert "USD" not in exported
    assert (
        await client.get("/api/payout-reports/aging", headers=await as_owner(database, owner_id))
    ).status_code == 403


async def test_pages_of_a_report_follow_each_other(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole, query_count: QueryCount
) -> None:
    async with database.transaction() as tx:
        for n in range(20):
            owner_id = await add_owner(tx, hospital_id=world.bellevue.id, name=f"Owner {n % 3}")
            payout_id = await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id, amount=100 + n % 4)
            await add_line(tx, payout_id, "stated", 100 + n % 4)
    money = await as_role("finance")
    for sort in ("label", "-open", "paid"):
        path, seen = f"/api/payout-reports/periods?groupBy=owner&limit=7&sort={sort}", []
        cursor: str | None = ""
        while cursor is not None:
            page = (await client.get(path + (f"&cursor={cursor}" if cursor else ""), headers=money)).json()
            seen += [row["id"] for row in page["items"]]
            cursor = page["next"]
        assert len(seen) == len(set(seen)) == 20, sort
    with query_count() as one:
        await client.get("/api/payout-reports/periods?groupBy=owner&limit=1", headers=money)
    with query_count() as many:
        await client.get("/api/payout-reports/periods?groupBy=owner&limit=50", headers=money)
    assert len(one) == len(many)


async def test_an_owner_sees_what_they_received_and_no_drafts(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    async with database.transaction() as tx:
        owner_id = await two_months(tx, world)
        other = await add_owner(tx, hospital_id=world.bellevue.id, name="Bob")
    path = f"/api/payout-reports/owners/{owner_id}"
    mine = (await client.get(path, headers=await as_owner(database, owner_id))).json()
    assert [(row["period"], row["earned"], row["received"]) for row in mine["months"]] == [
        ("2027-01", "27000.00", "10000.00"),
        ("2026-12", "10000.00", "0.00"),
    ]
    assert [(row["earned"], row["received"]) for row in mine["yearToDate"]] == [("27000.00", "10000.00")]
    staff = (await client.get(path, headers=await as_role("finance"))).json()
    assert {row["currency"] for row in staff["months"]} == {"USD", "MXN"}
    assert (await client.get(path, headers=await as_owner(database, other))).status_code == 403
    table = await client.get(f"{path}/export", headers=await as_owner(database, owner_id))
    assert [row["period"] for row in csv.DictReader(io.StringIO(table.text.lstrip("\ufeff")))] == ["2027-01", "2026-12"]


async def test_recorded_payments_wait_for_a_second_look(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    async with database.transaction() as tx:
        owner_id = await add_owner(tx, hospital_id=world.bellevue.id, name="=Ann")
        for n in range(3):
            await add_payout(
                tx, hospital_id=world.bellevue.id, owner_id=owner_id, status="paid", kind="recorded", paid_before=True,
                number=f"PAY{n}", amount=4500000, paid_on=date(2027, 1, 20),
            )  # fmt: skip
        await tx.execute(
            """update crm.owner_payouts set reviewed_at = %(now)s, reviewed_by_name = 'Fatima'
               where reference_number = 'PAY1'"""
        )
    money = await as_role("finance")
    waiting = (await client.get("/api/payout-reports/unreviewed", headers=money)).json()["items"]
    assert [(row["referenceNumber"], row["amount"], row["period"]) for row in waiting] == [
        ("PAY0", "45000.00", "2027-01"),
        ("PAY2", "45000.00", "2027-01"),
    ]
    table = (await client.get("/api/payout-reports/unreviewed/export", headers=money)).text
    assert [row["owner_name"] for row in csv.DictReader(io.StringIO(table.lstrip("\ufeff")))] == ["'=Ann", "'=Ann"]
    elsewhere = await as_role("finance", hospitals=[world.santa_lucia.id])
    assert (await client.get("/api/payout-reports/unreviewed", headers=elsewhere)).json()["items"] == []
    aging = (await client.get("/api/payout-reports/aging/export", headers=money)).text
    assert aging.count("\n") == 1  # a head, and nothing that is unpaid
    async with database.transaction() as tx:
        assert await tx.value("select count(*) from crm.audit_log where action = 'payout_report.exported'") == 2
