"""Stories about statements: what they say, that they say it the same each time, and who may read them."""

import hashlib
import io
import re
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from bedside.kit.database import Database, Tx
from bedside.payouts import statement_pdf
from bedside.payouts.statement_words import LANGUAGES, Writing, paper_of, spoken
from bedside.payouts.statements import drawn, file_name, read_document
from tests.payouts.ledger import add_contract, add_line, add_owner, add_payout
from tests.payouts.people import as_owner
from tests.queries import QueryCount
from tests.web import AsRole
from tests.world import SmallWorld

ROOT = Path(__file__).parents[2]


async def january(tx: Tx, world: SmallWorld, *, lines: int = 0, **more: Any) -> tuple[int, int]:
    """A payout for January: Cardiology at 30 percent after deductions, less a payment made before. Owner and payout."""
    owner_id = await add_owner(tx, hospital_id=world.bellevue.id)
    contract_id, version_id = await add_contract(tx, hospital_id=world.bellevue.id, owner_id=owner_id)
    recorded = await add_payout(
        tx, hospital_id=world.bellevue.id, owner_id=owner_id, status="paid", kind="recorded", paid_before=True,
        number="PAY20270110", amount=1000000, paid_on=date(2027, 1, 10),
    )  # fmt: skip
    payout_id = await add_payout(
        tx, hospital_id=world.bellevue.id, owner_id=owner_id, contract_id=contract_id, amount=1850000,
        inputs_sha256=bytes(32), **more,
    )  # fmt: skip
    shares = [{"ownerId": owner_id, "millionths": 300000}, {"ownerId": None, "millionths": 700000}]
    step = {"from": "0", "to": None, "amountMinor": 9500000, "shares": shares}
    inputs = {"rule": 0, "deducted": [["Consumables", 500000]], "steps": [step]}
    await add_line(
        tx, payout_id, "share", 2850000, base=9500000, entries=412, version_id=version_id, inputs=inputs,
        description="Cardiology",
    )  # fmt: skip
    for n in range(lines):
        await add_line(tx, payout_id, "stated", 0, description=f"Line {n}")
    await add_line(tx, payout_id, "recorded", -1000000, recorded=recorded)
    return owner_id, payout_id


async def test_a_statement_says_what_is_due_and_how_it_came_about(world: SmallWorld, tx: Tx) -> None:
    _, payout_id = await january(tx, world)
    said = await read_document(tx, payout_id)
    assert said["title"] == "Payout statement"
    assert said["period"] == "January 2027"
    assert said["reference"] == "BELL-2027-0002"
    assert said["hero"]["amount"] == "$18,500.00"
    assert said["hospital"]["contact"] == ["+1 212-555-0100", "hello@bellevue.example.org"]
    earned, between = said["table"]["groups"]
    assert earned["rows"] == [
        {
            "title": "Cardiology",
            "detail": "Share of 412 revenue entries, after deductions",
            "base": "95,000.00",
            "share": "30%",
            "amount": "28,500.00",
        }
    ]
    assert earned["total"] == {"label": "Earned this period", "amount": "28,500.00"}
    assert between["rows"][0]["detail"] == "PAY20270110, paid on January 10, 2027"
    assert between["rows"][0]["amount"] == "−10,000.00"
    told = [(step["words"], step["amount"]) for step in said["how"]["items"][0]["steps"]]
    assert told == [
        ("Revenue, 412 entries", "100,000.00"),
        ("Consumables, deducted first", "−5,000.00"),
        ("What is shared", "95,000.00"),
        ("Your share, 30% of $95,000.00", "28,500.00"),
    ]
    assert said["how"]["paragraphs"] == ["Contract C-1001, version 1 of the terms, in force since January 1, 2026."]


async def test_the_same_payout_gives_the_same_bytes(world: SmallWorld, tx: Tx) -> None:
    _, payout_id = await january(tx, world)
    first = await statement_pdf(tx, payout_id)
    later = tx.dated(datetime(2031, 5, 5, tzinfo=UTC))
    assert first.startswith(b"%PDF-1.7")
    assert await statement_pdf(later, payout_id) == first
    assert b"D:20270203000000Z" in first  # dated by the payout, not by the clock
    assert await statement_pdf(tx, payout_id, "es") != first


async def test_a_payment_that_was_made_before_says_when(world: SmallWorld, tx: Tx) -> None:
    owner_id = await add_owner(tx, hospital_id=world.bellevue.id)
    payout_id = await add_payout(
        tx, hospital_id=world.bellevue.id, owner_id=owner_id, status="paid", kind="recorded", paid_before=True,
        number="PAY20261020", amount=4500000, paid_on=date(2026, 10, 20),
    )  # fmt: skip
    await add_line(tx, payout_id, "stated", 4500000, description="Payment made on 2026-10-20")
    said = await read_document(tx, payout_id)
    assert said["title"] == "Payment statement"
    assert said["table"]["groups"][0]["rows"][0]["title"] == "Payment made on October 20, 2026"
    assert said["how"]["paragraphs"][0].startswith("This payment was made outside of the monthly calculation.")


async def test_a_draft_and_a_reversed_one_say_so_across_the_page(world: SmallWorld, tx: Tx) -> None:
    _, draft = await january(tx, world, status="draft")
    said = await read_document(tx, draft)
    assert said["mark"] == "Draft"
    assert said["notes"] == ["This is a draft: it was not approved yet, and may still change."]
    owner_id = await add_owner(tx, hospital_id=world.bellevue.id)
    old = await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id, status="reversed")
    await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id, number="BELL-2027-0099", replaces=old)
    said = await read_document(tx, old)
    assert said["mark"] == "Reversed"
    assert said["notes"][1] == "BELL-2027-0099 stands in its place."
    assert (await statement_pdf(tx, old)).startswith(b"%PDF")


async def test_a_balance_below_zero_is_carried_and_not_due(world: SmallWorld, tx: Tx) -> None:
    owner_id = await add_owner(tx, hospital_id=world.bellevue.id)
    payout_id = await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id, amount=0)
    await add_line(tx, payout_id, "adjustment", -90000, inputs={"month": "2026-12-01"})
    await add_line(tx, payout_id, "brought_forward", -35000)
    await add_line(tx, payout_id, "carried_forward", 125000)
    said = await read_document(tx, payout_id)
    assert said["hero"] == {
        "label": "Total due", "amount": "$0.00", "currency": "USD", "below": "Nothing is to be paid for this period.",
    }  # fmt: skip
    assert said["table"]["balance"] == {"label": "Balance carried to the next statement", "amount": "−$1,250.00"}
    assert said["table"]["groups"][0]["rows"][0]["title"] == "Adjustment of December 2026"


MARKUP = '#import "x": $x$ *b* @ref <label> `raw` // c #panic("no") \\ = Heading'


async def test_what_people_typed_is_never_markup(world: SmallWorld, tx: Tx) -> None:
    owner_id = await add_owner(
        tx, hospital_id=world.bellevue.id, name=MARKUP, address=f'{MARKUP}\n#include "/etc/passwd"'
    )
    payout_id = await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id, payment_reference=MARKUP)
    await add_line(tx, payout_id, "stated", 4275000, description=MARKUP)
    said = await read_document(tx, payout_id)
    assert said["owner"]["name"] == MARKUP
    assert said["table"]["groups"][0]["rows"][0]["title"] == MARKUP
    assert (await statement_pdf(tx, payout_id)).startswith(b"%PDF")


async def test_a_name_in_a_script_that_our_fonts_lack_is_no_fault(world: SmallWorld, tx: Tx) -> None:
    owner_id = await add_owner(tx, hospital_id=world.bellevue.id, name="株式会社さくら 🌸 ฿")
    payout_id = await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id)
    await add_line(tx, payout_id, "stated", 4275000, description="דיבידנד")
    assert (await statement_pdf(tx, payout_id)).startswith(b"%PDF")


async def test_it_is_written_in_the_language_of_its_reader(world: SmallWorld, tx: Tx) -> None:
    owner_id = await add_owner(tx, hospital_id=world.santa_lucia.id, name="Inversiones Núñez", language="es-MX")
    payout_id = await add_payout(
        tx, hospital_id=world.santa_lucia.id, owner_id=owner_id, currency="MXN", period=date(2027, 1, 1)
    )
    await add_line(tx, payout_id, "stated", 4275000, description="Dividendo")
    said = await read_document(tx, payout_id)
    assert (said["title"], said["period"], said["paper"]) == ("Estado de liquidación", "Enero de 2027", "us-letter")
    assert said["hero"]["amount"] == "$42,750.00"
    arabic = await read_document(tx, payout_id, "ar")
    assert arabic["rightToLeft"] is True
    assert arabic["hero"]["amount"] == "\u2066$42,750.00\u2069"  # the sign stays before the number amid Arabic
    assert (await statement_pdf(tx, payout_id, "ar")).startswith(b"%PDF")


def test_every_language_has_every_word() -> None:
    english = LANGUAGES["en"]
    for language, words in LANGUAGES.items():
        assert words.keys() == english.keys(), language
        for key, text in words.items():
            assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", english[key])), (language, key)
    assert [spoken("fr", "es-MX"), spoken(None, "de"), spoken("ar_EG")] == ["es", "en", "ar"]


@pytest.mark.parametrize(
    ("currency", "locale", "money", "figure"),
    [
        ("USD", "en-US", "−$1,234,567.89", "−1,234,567.89"),
        ("JPY", "ja-JP", "−¥123,456,789", "−123,456,789"),
        ("BHD", "en-BH", "−BHD\xa0123,456.789", "−123,456.789"),
        ("EUR", "de-DE", "−1.234.567,89\xa0€", "−1.234.567,89"),
        ("USD", "xx-such", "−$1,234,567.89", "−1,234,567.89"),
    ],
)
def test_amounts_are_written_as_the_hospital_writes_them(currency: str, locale: str, money: str, figure: str) -> None:
    writing = Writing("en", locale, currency)
    assert writing.money(-123456789) == money
    assert writing.figure(-123456789) == figure


def test_paper_and_file_names() -> None:
    assert [paper_of(country) for country in ("US", "MX", "DE", "JP")] == ["us-letter", "us-letter", "a4", "a4"]
    assert file_name('PAY/2026 "x"\r\nSet-Cookie: y', "pdf") == "statement-PAY-2026-x-Set-Cookie-y.pdf"
    assert file_name("شيك", "pdf") == "statement-payout.pdf"


async def test_a_long_statement_takes_no_more_queries_than_a_short_one(
    world: SmallWorld, tx: Tx, query_count: QueryCount
) -> None:
    _, short = await january(tx, world, lines=1)
    owner_id = await add_owner(tx, hospital_id=world.bellevue.id)
    long = await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id)
    for n in range(60):
        await add_line(tx, long, "stated", 100, description=f"Line {n}")
    with query_count() as few:
        await read_document(tx, short)
    with query_count() as many:
        drawn(await read_document(tx, long))
    assert len(few) == len(many) == 3


@pytest.mark.parametrize(("lines", "pages"), [(1, 1), (40, 3)])
async def test_a_long_one_goes_over_several_pages(world: SmallWorld, tx: Tx, lines: int, pages: int) -> None:
    owner_id = await add_owner(tx, hospital_id=world.bellevue.id)
    payout_id = await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id)
    for n in range(lines):
        await add_line(tx, payout_id, "adjustment", 100 + n, inputs={"month": "2026-12-01"})
    drawing = await statement_pdf(tx, payout_id)
    assert drawing.count(b"/Type/Page/") + drawing.count(b"/Type/Page\n") == pages


async def test_staff_and_the_owner_read_it_and_nobody_else(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    async with database.transaction() as tx:
        owner_id, payout_id = await january(tx, world)
        draft = await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id, status="draft")
        other = await add_owner(tx, hospital_id=world.bellevue.id, name="Another")
    path = f"/api/owners/{owner_id}/payouts/{payout_id}/statement.pdf"
    answer = await client.get(path, headers=await as_role("finance"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="statement-BELL-2027-0002.pdf"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.content.startswith(b"%PDF")
    themselves, somebody = await as_owner(database, owner_id), await as_owner(database, other)
    assert (await client.get(path, headers=themselves)).status_code == 200
    assert (await client.get(path, headers=somebody)).status_code == 403
    theirs = f"/api/owners/{other}/payouts/{payout_id}/statement.pdf"
    assert (await client.get(theirs, headers=somebody)).status_code == 404
    unseen = f"/api/owners/{owner_id}/payouts/{draft}/statement.pdf"
    assert (await client.get(unseen, headers=themselves)).status_code == 404
    assert (await client.get(unseen, headers=await as_role("finance"))).status_code == 200
    elsewhere = await as_role("admin", hospitals=[world.santa_lucia.id])
    assert (await client.get(path, headers=elsewhere)).status_code == 404
    assert (await client.get(path, headers=await as_role("front_desk"))).status_code == 403
    assert (await client.get(path + "?language=fr", headers=await as_role("finance"))).status_code == 422
    async with database.transaction() as tx:
        facts = await tx.rows("select action, subject_id from crm.audit_log where action = 'payout.statement_read'")
    assert facts == [("payout.statement_read", payout_id)] * 2 + [("payout.statement_read", draft)]


def cells(content: bytes, sheet: int) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(sheet).to_python()


async def test_a_workbook_has_numbers_and_no_formulas(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    async with database.transaction() as tx:
        owner_id = await add_owner(tx, hospital_id=world.bellevue.id, name="=HYPERLINK(1)")
        payout_id = await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id, amount=4500050)
        await add_line(tx, payout_id, "stated", 4500050, description="+1+1")
    path = f"/api/owners/{owner_id}/payouts/{payout_id}/statement.xlsx"
    answer = await client.get(path, headers=await as_role("finance"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="statement-BELL-2027-0001.xlsx"'
    lines = cells(answer.content, 0)
    assert lines[1][:2] == ["Prepared for", "'=HYPERLINK(1)"]
    assert [(row[0], row[3]) for row in lines[-2:]] == [("'+1+1", 45000.5), ("Total due", 45000.5)]
    assert CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).sheet_names == ["Statement"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert b"<f>" not in b"".join(book.read(name) for name in book.namelist())


async def test_terms_that_began_within_the_month_say_for_which_days(world: SmallWorld, tx: Tx) -> None:
    owner_id = await add_owner(tx, hospital_id=world.bellevue.id)
    contract_id, version_id = await add_contract(tx, hospital_id=world.bellevue.id, owner_id=owner_id)
    payout_id = await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id, contract_id=contract_id)
    for first, last in (("2027-01-01", "2027-01-14"), ("2027-01-15", "2027-01-31")):
        inputs = {"rule": 1, "from": first, "to": last}
        await add_line(tx, payout_id, "share", 1, base=9, entries=3, version_id=version_id, inputs=inputs)
    guarantee = {"amount": "5000", "period": "quarter"}
    await add_line(tx, payout_id, "guarantee", -7, inputs=guarantee | {"thenMinor": 7, "nowMinor": 0})
    rows = (await read_document(tx, payout_id))["table"]["groups"][0]["rows"]
    assert [(row["title"], row["detail"]) for row in rows] == [
        ("All other revenue", "Jan 1 – 14 · Share of 3 revenue entries"),
        ("All other revenue", "Jan 15 – 31 · Share of 3 revenue entries"),
        ("Minimum guarantee, worked out again", "Tops up to $5,000.00 for the quarter"),
    ]


def test_the_fonts_are_those_that_the_list_of_dependencies_names() -> None:
    listed = (ROOT / "docs" / "dependencies.md").read_text()
    fonts = sorted((ROOT / "bedside" / "payouts" / "fonts").glob("*.ttf"))
    assert len(fonts) == 6
    for font in fonts:
        assert f"`{font.name}` {hashlib.sha256(font.read_bytes()).hexdigest()}" in listed, font.name
