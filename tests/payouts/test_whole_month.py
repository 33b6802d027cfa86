"""One month from its revenue to the bank: earned, drafted, approved by a second person, told on a statement, put in a
bank's file, and paid. Everything by the rooms' own verbs."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from bedside.accounts import SignedIn
from bedside.contracts import NewContract, PaperSignature, ShareRule, Terms, add_contract
from bedside.contracts.terms import Deduction, Guarantee, PartyShare, Tier
from bedside.kit.database import Database, Tx
from bedside.kit.sealing import install_sealing_key
from bedside.owners import NewPaymentDetails, PaymentMethod, set_payment_details
from bedside.payouts import batches, statement_file_name, statement_pdf, states
from bedside.payouts.batch_model import NewBatch
from bedside.payouts.drafting import draft_one
from bedside.payouts.model import NewRevenueEntry
from bedside.payouts.revenue import record_entries
from bedside.payouts.statements import read_document
from tests.payouts.ledger import add_owner
from tests.payouts.people import BANK, as_owner
from tests.web import SECRET_KEY, AsRole
from tests.world import SmallWorld

DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 1)


@pytest.fixture(autouse=True)
def sealing() -> None:
    """As the application does when it starts."""
    install_sealing_key(SECRET_KEY)


def terms(owner_id: int, department_id: int) -> Terms:
    """Cardiology by marginal tiers after consumables, all else at 5 percent, and 40,000 a quarter at least."""
    return Terms(
        rules=[
            ShareRule(
                department_id=department_id,
                method="marginal",
                tiers=[
                    Tier(to_amount="50000", shares=[PartyShare(owner_id=owner_id, percent="20")]),
                    Tier(from_amount="50000", shares=[PartyShare(owner_id=owner_id, percent="33.3333")]),
                ],
                deductions=[Deduction(name="Consumables", percent="5")],
            ),
            ShareRule(method="fixed", tiers=[Tier(shares=[PartyShare(owner_id=owner_id, percent="5")])]),
        ],
        guarantees=[Guarantee(owner_id=owner_id, amount="40000", period="quarter")],
    )


async def agree(tx: Tx, world: SmallWorld, felix: SignedIn) -> tuple[int, int]:
    """An owner who is paid by bank and a signed contract: their ids."""
    owner_id = await add_owner(tx, hospital_id=world.bellevue.id)
    details = NewPaymentDetails(method=PaymentMethod.BANK_TRANSFER, details=dict(BANK))
    await set_payment_details(tx, owner_id=owner_id, new=details, actor=felix)
    new = NewContract(
        hospital_id=world.bellevue.id,
        title="Cardiology",
        starts_on=date(2026, 10, 1),
        terms=terms(owner_id, world.cardiology.id),
        signatures=[PaperSignature(signer_name="Olive", signed_on=date(2026, 9, 1))],
    )
    return owner_id, (await add_contract(tx, owner_id=owner_id, new=new, actor=felix)).id


async def earn(tx: Tx, world: SmallWorld, felix: SignedIn, *entries: tuple[str, str, int]) -> None:
    """Revenue at Bellevue: the day, the amount, the department."""
    new = [
        NewRevenueEntry(
            amount=amount,
            revenue_on=date.fromisoformat(day),
            hospital_id=world.bellevue.id,
            department_id=department_id,
        )
        for day, amount, department_id in entries
    ]
    await record_entries(tx, new=new, actor=felix)


async def test_a_month_from_its_revenue_to_the_bank(world: SmallWorld, database: Database) -> None:
    felix, fatima = world.user(world.felix), world.user(world.fatima)
    heart, skin = world.cardiology.id, world.dermatology.id
    async with database.transaction() as tx:
        owner_id, contract_id = await agree(tx, world, felix)
        await earn(tx, world, felix, ("2026-12-03", "60000.00", heart), ("2026-12-04", "1000.01", skin))
        december = await draft_one(tx, contract_id=contract_id, owner_id=owner_id, period=DECEMBER, actor=felix)
        # a refund that comes after December was worked out, and what January itself earned
        await earn(
            tx, world, felix, ("2026-12-20", "-10000.00", heart), ("2027-01-05", "100000.00", heart),
            ("2027-01-06", "-0.01", heart), ("2027-01-31", "7000.00", skin),
        )  # fmt: skip
        january = await draft_one(tx, contract_id=contract_id, owner_id=owner_id, period=JANUARY, actor=felix)
        for one in (december, january):
            await states.approve(tx, payout_id=one.id, actor=fatima)

    async with database.transaction() as tx:
        said = await read_document(tx, january.id)
        first = await statement_pdf(tx, january.id)
    assert statement_file_name(january) == f"statement-{january.reference_number}.pdf"
    rows = said["table"]["groups"][0]["rows"]
    assert [row["title"] for row in rows] == [
        "Cardiology",
        "All other revenue",
        "Adjustment of December 2026",
        "Minimum guarantee, worked out again",  # the refund left December further below it
    ]
    assert figures(row["amount"] for row in rows) == Decimal(january.amount_minor) / 100
    explained = said["how"]["items"]
    assert [step["words"] for step in explained[0]["steps"]] == [
        "Revenue, 2 entries",
        "Consumables, deducted first",
        "What is shared",
        "20% of $50,000.00, the part up to $50,000.00",
        "33.3333% of $45,000.00, the part from $50,000.00 on",
        "Your share",
    ]
    assert said["hero"]["below"] == "Will be paid by bank transfer to ••••\u00a06789"

    async with database.transaction() as tx:
        new = NewBatch(hospital_id=world.bellevue.id, currency="USD", execute_on=date(2027, 3, 1))
        batch = await batches.make_batch(tx, new=new, actor=fatima)
    assert [item.reference_number for item in batch.items] == [december.reference_number, january.reference_number]
    outcome = await batches.mark_paid(database, batch_id=batch.id, paid_on=None, actor=fatima)
    assert (outcome.failed, outcome.batch.status) == ([], "paid")
    async with database.transaction() as tx:
        paid = await read_document(tx, january.id)
        assert paid["hero"]["below"] == "Paid on March 1, 2027 by bank transfer to ••••\u00a06789"
        assert await statement_pdf(tx, january.id) != first
        assert await tx.value("select sum(amount_minor) from crm.journal_lines") == 0


async def test_a_workbook_has_exactly_the_revenue_that_was_counted(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    felix, heart = world.user(world.felix), world.cardiology.id
    async with database.transaction() as tx:
        owner_id, contract_id = await agree(tx, world, felix)
        await earn(tx, world, felix, ("2026-12-03", "60000.00", heart))
        await draft_one(tx, contract_id=contract_id, owner_id=owner_id, period=DECEMBER, actor=felix)
        await earn(
            tx, world, felix, ("2026-12-20", "-10000.00", heart), ("2027-01-05", "100000.00", heart),
            ("2027-01-06", "-12.50", heart), ("2027-01-31", "7000.00", world.dermatology.id),
        )  # fmt: skip
        told = NewRevenueEntry(
            amount="1", revenue_on=JANUARY, hospital_id=world.bellevue.id, department_id=heart, description="=1+1",
            external_id="@7",
        )  # fmt: skip
        await record_entries(tx, new=[told], actor=felix)
        made = await draft_one(tx, contract_id=contract_id, owner_id=owner_id, period=JANUARY, actor=felix)
        await earn(tx, world, felix, ("2027-01-07", "999.00", heart))  # which this payout does not count any more
        await states.approve(tx, payout_id=made.id, actor=world.user(world.fatima))
    path = f"/api/owners/{owner_id}/payouts/{made.id}/statement.xlsx"
    answer = await client.get(path, headers=await as_role("finance"))
    assert answer.status_code == 200, answer.text
    entries = revenue_in(answer.content)
    assert [(row[0], row[5], row[6]) for row in entries[1:]] == [
        (date(2026, 12, 20), -10000.0, "Adjustment of December 2026"),
        (date(2027, 1, 1), 1.0, "Cardiology"),
        (date(2027, 1, 5), 100000.0, "Cardiology"),
        (date(2027, 1, 6), -12.5, "Cardiology"),
        (date(2027, 1, 31), 7000.0, "All other revenue"),
    ]
    assert entries[2][7:] == ["'=1+1", "api", "'@7"]
    theirs = await client.get(path, headers=await as_owner(database, owner_id))
    assert {len(row) for row in revenue_in(theirs.content)} == {7}  # without what staff wrote beside an entry


def revenue_in(content: bytes) -> list[list[Any]]:
    """The rows of a workbook's second sheet."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(1).to_python()


async def test_december_says_how_its_guarantee_was_reached(world: SmallWorld, tx: Tx) -> None:
    felix = world.user(world.felix)
    owner_id, contract_id = await agree(tx, world, felix)
    await earn(tx, world, felix, ("2026-12-03", "60000.00", world.cardiology.id))
    made = await draft_one(tx, contract_id=contract_id, owner_id=owner_id, period=DECEMBER, actor=felix)
    rows = (await read_document(tx, made.id, "es"))["table"]["groups"][0]["rows"]
    assert [(row["title"], row["amount"]) for row in rows] == [
        ("Cardiology", "12,333.33"),
        ("Mínimo garantizado", "27,666.67"),
    ]
    assert rows[1]["detail"] == "Completa hasta $40,000.00 en el trimestre"


def figures(texts: object) -> Decimal:
    """Figures of a column, added up."""
    return sum((Decimal(str(text).replace("−", "-").replace(",", "")) for text in texts), Decimal())  # type: ignore[attr-defined]
