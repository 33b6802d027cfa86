"""Stories about recording what a hospital earned: entries, refunds, what was sent twice, and tables."""

import io
from typing import Any

import httpx
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from tests.payouts.conftest import Dealings
from tests.queries import QueryCount

ENTRY = {"hospitalId": 1, "revenueOn": "2027-01-10", "amount": "100.00"}


async def recorded(deal: Dealings, **more: Any) -> httpx.Response:
    return await deal.post("/api/revenue-entries", ENTRY | more)


async def test_an_entry_says_what_was_earned_where_and_when(deal: Dealings) -> None:
    made = (await recorded(deal, department="cardiology", serviceLine="imaging", description="X")).json()
    assert (made["amount"], made["currency"], made["kind"], made["period"]) == (
        "100.00", "USD", "charge", "2027-01-01",
    )  # fmt: skip
    assert (made["departmentId"], made["serviceLine"]) == (deal.world.cardiology.id, "imaging")
    refund = (await recorded(deal, amount="-5", corrects=made["id"])).json()
    assert (refund["kind"], refund["corrects"]) == ("refund", made["id"])
    assert (await recorded(deal, amount="-5", kind="correction")).status_code == 201


async def test_what_is_sent_twice_is_one_entry(deal: Dealings) -> None:
    first = await recorded(deal, source="billing", externalId="INV-1")
    second = await recorded(deal, source="billing", externalId="INV-1", amount="999")
    assert (first.status_code, second.json()["id"], second.json()["amount"]) == (201, first.json()["id"], "100.00")
    assert (await recorded(deal, source="other", externalId="INV-1")).json()["id"] != first.json()["id"]


async def test_many_are_recorded_all_or_none(deal: Dealings) -> None:
    good = [ENTRY | {"externalId": f"{n}", "amount": n} for n in range(1, 301)]
    made = await deal.post("/api/revenue-entries", {"entries": good})
    assert made.status_code == 201
    assert [one["amount"] for one in made.json()["entries"]] == [f"{n}.00" for n in range(1, 301)]
    bad = await deal.post("/api/revenue-entries", {"entries": [ENTRY, ENTRY | {"amount": "1.005"}]})
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/entries/1/amount")
    assert await deal.value("select count(*) from crm.revenue_entries") == 300


BAD = [
    ({"amount": "-1", "kind": "charge"}, 422, "/amount"),
    ({"amount": "1", "kind": "refund"}, 422, "/amount"),
    ({"amount": "0"}, 422, "/amount"),
    ({"amount": "1.005"}, 422, "/amount"),
    ({"revenueOn": "2028-01-01"}, 422, "/revenueOn"),
    ({"revenueOn": "1890-01-01"}, 422, "/revenueOn"),
    ({"department": "Alchemy"}, 422, "/department"),
    ({"departmentId": 9999}, 422, "/departmentId"),
    ({"hospitalId": 9999}, 422, "/hospitalId"),
    ({"period": "December 2026"}, 422, "/period"),
    ({"period": "June 2027"}, 422, "/period"),
    ({"period": "whenever"}, 422, "/period"),
    ({"corrects": 9999}, 422, "/corrects"),
    ({"currency": "QQQ"}, 422, "/currency"),
    ({"amount": None}, 422, "/amount"),
    ({"revenueOn": None}, 422, "/revenueOn"),
]


@pytest.mark.parametrize(("more", "status", "pointer"), BAD)
async def test_what_cannot_be_is_refused_with_a_pointer(
    deal: Dealings, more: dict[str, Any], status: int, pointer: str
) -> None:
    answer = await recorded(deal, **more)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer), answer.text
    assert await deal.value("select count(*) from crm.revenue_entries") == 0


async def test_the_list_is_filtered_sorted_and_added_up(deal: Dealings, query_count: QueryCount) -> None:
    await deal.earn("2027-01-10", "10", serviceLine="imaging", source="billing")
    await deal.earn("2027-02-10", "20", department="Dermatology")
    await deal.earn("2027-01-05", "30", period="2027-02")
    listed = await deal.get("/api/revenue-entries")
    assert [one["amount"] for one in listed["items"]] == ["20.00", "10.00", "30.00"]

    async def amounts(query: str) -> list[str]:
        return [one["amount"] for one in (await deal.get(f"/api/revenue-entries?{query}"))["items"]]

    assert await amounts("serviceLine=Imaging") == ["10.00"]
    assert await amounts("period=February%202027&sort=amount") == ["20.00", "30.00"]
    assert await amounts("from=2027-01-06&to=2027-01-31") == ["10.00"]
    assert await amounts("source=billing") == ["10.00"]
    assert await amounts("late=true") == ["30.00"]
    assert await amounts(f"departmentId={deal.world.dermatology.id}") == ["20.00"]
    sums = (await deal.get("/api/revenue-entries/sums?period=2027-02"))["items"]
    assert sums == [{"currency": "USD", "amount": "50.00", "amountMinor": 5000, "entries": 2}]
    exported = await deal.client.get("/api/revenue-entries/export", headers=deal.headers(deal.felix))
    assert exported.text.splitlines()[1].split(",")[3:9] == [
        "imaging",
        "2027-01-10",
        "2027-01",
        "charge",
        "10.00",
        "USD",
    ]


async def test_a_cell_that_would_be_computed_is_text(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "-10", description="=1+1", serviceLine="@SUM(A1)")
    exported = await deal.client.get("/api/revenue-entries/export", headers=deal.headers(deal.felix))
    assert "'=1+1" in exported.text
    assert "'@SUM(A1)" in exported.text
    assert ",-10.00," in exported.text  # a number, and stays one


async def test_staff_of_another_hospital_neither_see_nor_record_it(deal: Dealings) -> None:
    id = await deal.earn("2027-01-10", "10")
    away = deal.world.user(deal.world.oscar)
    headers = deal.headers(away)
    assert (await deal.client.get(f"/api/revenue-entries/{id}", headers=headers)).status_code in (403, 404)


TABLE = """date;amount;department;service line;external id;kind
2027-01-05;100.50;Cardiology;imaging;A1;
2027-01-06;-20;;;A2;refund
2027-01-07;many;;;A3;
2027-01-08;5;Alchemy;;A4;
2027/01/09;7;;;A1;
;7;;;A5;
2027-01-10;1.5;;;A6;charge
"""


async def sent(deal: Dealings, table: str | bytes, query: str = "") -> httpx.Response:
    return await deal.client.post(
        f"/api/revenue-imports?hospitalId=1&fileName=january.csv{query}", content=table,
        headers=deal.headers(deal.felix) | {"content-type": "text/csv"},
    )  # fmt: skip


async def test_a_table_is_looked_at_first_then_imported_then_undone(deal: Dealings) -> None:
    looked = (await sent(deal, TABLE)).json()
    assert (looked["importId"], looked["entries"], looked["refused"], looked["alreadyThere"]) == (None, 3, 3, 1)
    assert [(one["line"], one["column"]) for one in looked["refusedLines"]] == [
        (7, "date"), (4, "amount"), (5, "department"),
    ]  # fmt: skip
    assert looked["sums"] == [{"currency": "USD", "amount": "82.00", "amountMinor": 8200, "entries": 3}]
    assert await deal.value("select count(*) from crm.revenue_entries") == 0
    done = (await sent(deal, TABLE, "&do=true")).json()
    assert (done["entries"], done["refused"], done["firstDay"], done["lastDay"]) == (3, 3, "2027-01-05", "2027-01-10")
    again = (await sent(deal, TABLE, "&do=true")).json()
    assert (again["entries"], again["alreadyThere"]) == (0, 4)
    undone = await deal.post(f"/api/revenue-imports/{done['importId']}/undo")
    assert (undone.status_code, undone.json()["undoneByName"]) == (200, "Felix Grant")
    assert await deal.value("select sum(amount_minor) from crm.revenue_entries") == 0
    assert await deal.value("select count(*) from crm.revenue_entries") == 6
    twice = await deal.post(f"/api/revenue-imports/{done['importId']}/undo")
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/import-undone")
    assert [one["entries"] for one in (await deal.get("/api/revenue-imports"))["items"]] == [0, 3]


async def test_a_workbook_is_read_like_a_table(deal: Dealings) -> None:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    sheet = book.add_worksheet()
    for row, cells in enumerate(
        [["Date", "Amount", "Hospital"], ["2027-01-05", 99.5, "bellevue"], ["2027-01-06", 7, 1]]
    ):
        sheet.write_row(row, 0, cells)
    book.close()
    done = await deal.client.post(
        "/api/revenue-imports?do=true", files={"file": ("takings.xlsx", content.getvalue())},
        headers=deal.headers(deal.felix),
    )  # fmt: skip
    assert (done.json()["entries"], done.json()["fileName"]) == (2, "takings.xlsx"), done.text
    assert await deal.value("select sum(amount_minor) from crm.revenue_entries") == 10650


@pytest.mark.parametrize("table", ["", "who,what\n1,2\n", b"PK\x03\x04 not a workbook", b"\xff\xfe\x00"])
async def test_what_is_no_table_is_refused(deal: Dealings, table: str | bytes) -> None:
    answer = await sent(deal, table)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/file"), answer.text
