"""Stories about files for the bank: what may go into one, what it says, and what becomes of it."""

import asyncio
import csv
import io
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.accounts import Role, SignedIn
from bedside.kit.database import Database, Tx
from bedside.kit.sealing import install_sealing_key
from bedside.payouts import batches, store_batches
from bedside.payouts.bank_files import cannot_be_written
from bedside.payouts.bank_text import bank_reference, bank_text, is_bic
from bedside.payouts.batch_csv import payments_csv
from bedside.payouts.batch_model import BatchEnded, NewBatch, NothingToPay, NotPayable
from bedside.payouts.pain001 import Account, Transfer, Transfers, Version, pain001
from tests.payouts.ledger import add_owner, add_payout
from tests.payouts.message_definition import MessageDefinition
from tests.payouts.people import BANK, pay_by_bank
from tests.web import SECRET_KEY, AsRole
from tests.world import SmallWorld


@pytest.fixture(autouse=True)
def sealing() -> None:
    """As the application does when it starts."""
    install_sealing_key(SECRET_KEY)


IBAN, OTHER_IBAN = "DE89370400440532013000", "FR1420041010050500013M02606"
PAYER = Account(holder="Bellevue General Hospital", iban=IBAN, bic="COBADEFFXXX")
AMERICAN = Account(holder="Bellevue General", number="000123456789", routing="021000021", bank="First Bank")


def transfers(currency: str = "EUR", *, payer: Account = PAYER, to: Account | None = None, count: int = 2) -> Transfers:
    to = to or Account(holder="Müller & Söhne, Zürich", iban=OTHER_IBAN)
    payments = [
        Transfer(reference=f"BELL-2027-{n:04}", amount_minor=123456 + n, to=to, words=f"Payout {n} – January")
        for n in range(count)
    ]
    return Transfers(
        message_id="BEDSIDE-20270301-AB12CD34EF", made_at=datetime(2027, 3, 1, 14, 0, 7, 123, UTC),
        execute_on=date(2027, 3, 3), currency=currency, country="US", payer=payer, payments=payments,
    )  # fmt: skip


def read(message: bytes, version: Version) -> Any:
    """The message, with its paths as `GrpHdr/MsgId`."""
    root = ElementTree.fromstring(message)  # noqa: S314
    namespace = f"{{urn:iso:std:iso:20022:tech:xsd:pain.001.001.{version}}}"

    def texts(path: str) -> list[str | None]:
        below = "/".join(namespace + name for name in path.split("/"))
        return [one.text for one in root.iterfind(f"{namespace}CstmrCdtTrfInitn/{below}")]

    return texts


@pytest.mark.parametrize("version", ["09", "03"])
@pytest.mark.parametrize("kind", ["sepa", "american", "bic only", "one payment"])
def test_a_file_is_as_its_message_definition_has_it(version: Version, kind: str) -> None:
    some = {
        "sepa": transfers(),
        "american": transfers("USD", payer=AMERICAN, to=AMERICAN),
        "bic only": transfers("GBP", payer=PAYER, to=Account(holder="Ann", number="12345678", bic="BARCGB22")),
        "one payment": transfers("JPY", payer=AMERICAN, to=AMERICAN, count=1),
    }[kind]
    assert MessageDefinition(f"pain.001.001.{version}").faults(pain001(some, version)) == []


def test_the_judge_of_messages_finds_faults() -> None:
    judge, message = MessageDefinition("pain.001.001.09"), pain001(transfers())
    for right, wrong in (
        (b"<NbOfTxs>2<", b"<NbOfTxs>two<"),
        (b"<PmtMtd>TRF</PmtMtd>", b""),
        (b"<Cd>SEPA</Cd>", b"<Prtry>SEPA</Prtry><Cd>SEPA</Cd>"),
        (b' Ccy="EUR"', b""),
        (b"BIC", b"BIX"),
        (b"<MsgId>", b"<MsgId>more than thirty-five signs, certainly"),
    ):
        assert judge.faults(message.replace(right, wrong)) != [], right


@pytest.mark.parametrize("version", ["09", "03"])
def test_sums_and_counts_are_right_and_euros_go_by_sepa(version: Version) -> None:
    said = read(pain001(transfers(count=3), version), version)
    assert said("GrpHdr/NbOfTxs") == said("PmtInf/NbOfTxs") == ["3"]
    assert said("GrpHdr/CtrlSum") == said("PmtInf/CtrlSum") == ["3703.71"]
    assert said("PmtInf/CdtTrfTxInf/Amt/InstdAmt") == ["1234.56", "1234.57", "1234.58"]
    assert said("PmtInf/PmtTpInf/SvcLvl/Cd") == ["SEPA"]
    assert said("PmtInf/ChrgBr") == ["SLEV"]
    assert said("PmtInf/CdtTrfTxInf/Cdtr/Nm") == ["Muller + Sohne, Zurich"] * 3
    assert said("PmtInf/CdtTrfTxInf/PmtId/EndToEndId")[0] == "BELL-2027-0000"
    assert said("PmtInf/CdtTrfTxInf/RmtInf/Ustrd")[0] == "Payout 0 - January"
    assert said("PmtInf/ReqdExctnDt" + ("/Dt" if version == "09" else "")) == ["2027-03-03"]
    assert said("PmtInf/DbtrAgt/FinInstnId/" + ("BICFI" if version == "09" else "BIC")) == ["COBADEFFXXX"]
    assert said("PmtInf/CdtTrfTxInf/CdtrAgt/FinInstnId") == []  # an IBAN says which bank it is


def test_dollars_go_without_sepa_to_a_number_at_a_bank() -> None:
    message = pain001(transfers("USD", payer=AMERICAN, to=AMERICAN))
    said = read(message, "09")
    assert said("PmtInf/PmtTpInf/SvcLvl/Cd") == []
    assert said("PmtInf/CdtTrfTxInf/CdtrAcct/Id/Othr/Id") == ["000123456789"] * 2
    assert said("PmtInf/CdtTrfTxInf/CdtrAgt/FinInstnId/ClrSysMmbId/ClrSysId/Cd") == ["USABA"] * 2
    assert said("PmtInf/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId") == ["021000021"]
    assert pain001(transfers("USD", payer=AMERICAN, to=AMERICAN)) == message
    assert read(pain001(transfers("JPY", payer=AMERICAN, to=AMERICAN)), "09")("GrpHdr/CtrlSum") == ["246913"]


def test_euros_from_an_account_without_iban_do_not_go_by_sepa() -> None:
    said = read(pain001(transfers("EUR", payer=AMERICAN)), "09")
    assert said("PmtInf/PmtTpInf/SvcLvl/Cd") == []
    assert said("PmtInf/ChrgBr") == ["SHAR"]


@given(st.text(max_size=200))
def test_whatever_somebody_is_called_the_file_holds(name: str) -> None:
    some = transfers(to=Account(holder=f"Ann {name}", iban=OTHER_IBAN), count=1)
    message = pain001(some)
    faults = MessageDefinition("pain.001.001.09").faults(message)
    # a name that cannot be written is refused before a file is made
    assert faults == [] or cannot_be_written(some.payments[0].to, "EUR")
    assert set(bank_text(name, longest=70)) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ "
    )


def test_names_are_written_in_letters_that_banks_take() -> None:
    assert (
        bank_text("Łukasz Żółć-Straße & Cie; “Æther” @ Øst_1", longest=70)
        == "Lukasz Zolc-Strasse + Cie, 'AEther' (at) Ost-1"
    )
    assert bank_text("Núñez Ibarra, S.A. de C.V.", longest=12) == "Nunez Ibarra"
    assert bank_text("ليلى حداد", longest=70) == ""
    assert bank_reference("/PAY//2026/10/") == "PAY/2026/10"
    assert bank_reference("A-HOSPITAL-WITH-A-VERY-LONG-NAME-2027-000017") == "L-WITH-A-VERY-LONG-NAME-2027-000017"


def test_what_a_bank_would_miss_is_found_before_there_is_a_file() -> None:
    assert [is_bic(bic) for bic in ("COBADEFF", "COBADEFFXXX", "COBADEF", "cobadeff")] == [True, True, False, False]
    assert (
        cannot_be_written(Account(holder="Ann", number="1", routing="2"), "EUR") == "A payment in euro needs an IBAN."
    )
    assert cannot_be_written(Account(holder="Ann", number="1"), "USD") is not None
    assert cannot_be_written(Account(holder="ليلى", iban=IBAN), "EUR") is not None
    assert cannot_be_written(Account(holder="Ann", iban=IBAN), "EUR") is None


def test_the_table_says_the_same() -> None:
    rows = list(csv.DictReader(io.StringIO(payments_csv(transfers()).decode())))
    assert [(row["reference"], row["amount"], row["to iban"]) for row in rows] == [
        ("BELL-2027-0000", "1234.56", OTHER_IBAN),
        ("BELL-2027-0001", "1234.57", OTHER_IBAN),
    ]


def finance(world: SmallWorld) -> SignedIn:
    return SignedIn(kind="staff", id=world.fatima.id, name="Fatima", role=Role.FINANCE, hospital_ids=None)


async def waiting(tx: Tx, world: SmallWorld, count: int = 1) -> list[int]:
    """Approved payouts at Bellevue, each of an owner who is paid by bank."""
    made = []
    for n in range(count):
        owner_id = await add_owner(tx, hospital_id=world.bellevue.id, name=f"Owner {n}")
        details_id = await pay_by_bank(tx, owner_id=owner_id, actor=finance(world), **BANK)
        made.append(await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id, details_id=details_id))
    return made


def all_of(world: SmallWorld, payout_ids: list[int] | None = None, currency: str = "USD") -> NewBatch:
    return NewBatch(
        hospital_id=world.bellevue.id, currency=currency, execute_on=date(2027, 3, 3), payout_ids=payout_ids
    )


async def test_all_that_is_approved_goes_into_one_file(world: SmallWorld, tx: Tx) -> None:
    first, second = await waiting(tx, world, 2)
    owner_id = await add_owner(tx, hospital_id=world.bellevue.id, name="Ann")
    for status, method in (("draft", None), ("approved", "check"), ("paid", "bank_transfer")):
        await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id, status=status, method=method)
    outdated = await add_payout(
        tx, hospital_id=world.bellevue.id, owner_id=owner_id, number="OLD",
        details_id=await pay_by_bank(tx, owner_id=owner_id, actor=finance(world), **BANK),
    )  # fmt: skip
    await pay_by_bank(tx, owner_id=owner_id, actor=finance(world), **BANK | {"accountNumber": "999999999"})
    made = await batches.make_batch(tx, new=all_of(world), actor=finance(world))
    assert [one.payout_id for one in made.items] == [first, second]
    assert (made.total, made.payments, made.status) == ("85500.00", 2, "open")
    assert [(one.payout_id, "changed since" in one.because) for one in made.left_out] == [(outdated, True)]
    with pytest.raises(NothingToPay) as nothing:
        await batches.make_batch(tx, new=all_of(world), actor=finance(world))
    assert nothing.value.members["leftOut"][0]["referenceNumber"] == "OLD"


async def test_a_full_batch_says_that_more_wait(world: SmallWorld, tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    await waiting(tx, world, 5)
    monkeypatch.setattr(batches, "MOST_IN_A_BATCH", 2)
    made = [await batches.make_batch(tx, new=all_of(world), actor=finance(world)) for _ in range(3)]
    assert [(one.payments, one.more_wait) for one in made] == [(2, True), (2, True), (1, False)]


async def test_one_that_cannot_be_paid_is_named_and_nothing_is_made(world: SmallWorld, tx: Tx) -> None:
    right, other_currency = await waiting(tx, world, 2)
    owner_id = await add_owner(tx, hospital_id=world.santa_lucia.id)
    elsewhere = await add_payout(tx, hospital_id=world.santa_lucia.id, owner_id=owner_id)
    draft = await add_payout(tx, hospital_id=world.bellevue.id, owner_id=owner_id, status="draft")
    wrong = [right, elsewhere, draft, 999999]
    with pytest.raises(NotPayable) as refused:
        await batches.make_batch(tx, new=all_of(world, wrong), actor=finance(world))
    assert {error["pointer"]: error["detail"] for error in refused.value.errors} == {
        "/payoutIds/1": "It is another hospital's.",
        "/payoutIds/2": "It is draft: only what is approved is paid.",
        "/payoutIds/3": "There is no such payout.",
    }
    with pytest.raises(NotPayable, match="none was put"):
        await batches.make_batch(tx, new=all_of(world, [other_currency], "EUR"), actor=finance(world))
    assert await tx.value("select count(*) from crm.payment_batches") == 0


async def test_one_that_stands_in_a_batch_is_told_in_which(world: SmallWorld, tx: Tx) -> None:
    ids = await waiting(tx, world)
    made = await batches.make_batch(tx, new=all_of(world, ids), actor=finance(world))
    with pytest.raises(NotPayable) as refused:
        await batches.make_batch(tx, new=all_of(world, ids), actor=finance(world))
    assert refused.value.errors == [{"pointer": "/payoutIds/0", "detail": f"It stands in batch {made.id} already."}]


async def test_a_payout_stands_in_one_batch_however_many_are_made_at_once(
    world: SmallWorld, database: Database
) -> None:
    async with database.transaction() as tx:
        ids = await waiting(tx, world, 3)

    async def make(which: list[int] | None) -> int:
        try:
            async with database.transaction() as tx:
                made = await batches.make_batch(tx, new=all_of(world, which), actor=finance(world))
                return made.payments
        except (NotPayable, NothingToPay):
            return 0

    made = await asyncio.gather(make(ids), make(list(reversed(ids))), make(None), make(ids[:1]))
    async with database.transaction() as tx:
        in_force = await tx.rows("select payout_id from crm.payment_batch_items where in_force order by 1")
    assert [row[0] for row in in_force] == ids[: len(in_force)]
    assert sum(made) == len(in_force)


async def test_the_file_needs_the_right_to_read_account_numbers_and_each_reading_is_written_down(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    async with database.transaction() as tx:
        payouts = await waiting(tx, world, 2)
    money = await as_role("finance")
    body = {"hospitalId": world.bellevue.id, "currency": "USD", "executeOn": "2027-03-03", "payoutIds": payouts}
    made = await client.post("/api/payment-batches", json=body, headers=money | {"idempotency-key": "once"})
    assert made.status_code == 201, made.text
    again = await client.post("/api/payment-batches", json=body, headers=money | {"idempotency-key": "once"})
    assert again.json() == made.json()
    path = made.headers["location"]
    assert "123456789" not in made.text
    missing = await client.get(f"{path}/pain.001.xml", headers=money)
    assert (missing.status_code, missing.json()["type"]) == (409, "/problems/no-paying-account")
    await set_account(client, world, money)
    async with database.transaction() as tx:
        before = await readings(tx)
    answer = await client.get(f"{path}/pain.001.xml", headers=money)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/xml")
    assert MessageDefinition("pain.001.001.09").faults(answer.content) == []
    assert read(answer.content, "09")("PmtInf/CdtTrfTxInf/CdtrAcct/Id/Othr/Id") == ["000123456789"] * 2
    older = await client.get(f"{path}/pain.001.xml?version=03", headers=money)
    assert MessageDefinition("pain.001.001.03").faults(older.content) == []
    table = await client.get(f"{path}/payments.csv", headers=money)
    assert table.headers["content-disposition"].startswith('attachment; filename="BEDSIDE-20270301-')
    assert [row["to account number"] for row in csv.DictReader(io.StringIO(table.text))] == ["000123456789"] * 2
    assert (await client.get(f"{path}/pain.001.xml", headers=money)).content == answer.content
    async with database.transaction() as tx:
        assert await readings(tx) - before == 8  # two owners, four files
    for nobody in ("front_desk", "marketing", "integration"):
        assert (await client.get(f"{path}/payments.csv", headers=await as_role(nobody))).status_code == 403
    elsewhere = await as_role("admin", hospitals=[world.santa_lucia.id])
    for get in (path, f"{path}/pain.001.xml", f"{path}/payments.csv"):
        assert (await client.get(get, headers=elsewhere)).status_code == 404
    assert (await client.post(f"{path}/discard", headers=elsewhere)).status_code == 404
    assert (await client.get("/api/payment-batches", headers=elsewhere)).json()["items"] == []


async def set_account(client: httpx.AsyncClient, world: SmallWorld, money: dict[str, str]) -> None:
    account = {"holder": "Bellevue General", "accountNumber": "0001 2345 6789", "routingNumber": "021000021"}
    answer = await client.put(f"/api/hospitals/{world.bellevue.id}/paying-account", json=account, headers=money)
    assert answer.status_code == 200, answer.text
    assert answer.json()["account"] == "•••• 6789"


async def readings(tx: Tx) -> int:
    """How often an owner's payment details were read."""
    count: int = await tx.value(
        "select count(*) from crm.audit_log where action like %(action)s", action="%payment_details_read%"
    )
    return count


async def test_the_account_to_pay_from_is_sealed_and_looked_at(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    money, path = await as_role("finance"), f"/api/hospitals/{world.bellevue.id}/paying-account"
    assert (await client.get(path, headers=money)).status_code == 409
    for wrong, pointer in (
        ({"holder": "Bellevue", "iban": IBAN[:-1] + "1"}, "/iban"),
        ({"holder": "Bellevue"}, "/iban"),
        ({"holder": "Bellevue", "iban": IBAN, "bic": "X"}, "/bic"),
        ({"holder": "Bellevue", "accountNumber": "1234"}, "/routingNumber"),
        ({"holder": "مستشفى", "iban": IBAN}, "/holder"),
    ):
        answer = await client.put(path, json=wrong, headers=money)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    await set_account(client, world, money)
    seen = (await client.get(path, headers=money)).json()
    assert (seen["holder"], seen["account"]) == ("Bellevue General", "•••• 6789")
    async with database.transaction() as tx:
        sealed = bytes(await tx.value("select details_sealed from crm.paying_accounts"))
        audited = await tx.value("select after::text from crm.audit_log where action = 'paying_account.set'")
    assert b"000123456789" not in sealed
    assert "000123456789" not in audited
    elsewhere = await as_role("finance", hospitals=[world.santa_lucia.id])
    assert (await client.get(path, headers=elsewhere)).status_code == 403
    body = {"holder": "Mine", "iban": IBAN}
    assert (await client.put(path, json=body, headers=elsewhere)).status_code == 403


async def test_the_bank_has_paid_and_what_failed_is_told(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    async with database.transaction() as tx:
        first, second, third = await waiting(tx, world, 3)
    money = await as_role("finance")
    body = {"hospitalId": world.bellevue.id, "currency": "USD", "executeOn": "2027-03-01"}
    path = (await client.post("/api/payment-batches", json=body, headers=money)).headers["location"]
    async with database.transaction() as tx:  # meanwhile the owner of the second wants to be paid elsewhere
        owner_id = await tx.value("select owner_id from crm.owner_payouts where id = %(id)s", id=second)
        await pay_by_bank(tx, owner_id=owner_id, actor=finance(world), **BANK | {"accountNumber": "999999999"})
    await set_account(client, world, money)
    stale = await client.get(f"{path}/pain.001.xml", headers=money)
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/payouts-not-payable")
    assert stale.json()["errors"][0]["pointer"] == f"/items/{second}"
    shown = (await client.get(path, headers=money)).json()["items"]
    assert [one["because"] is None for one in shown] == [True, False, True]
    outcome = (await client.post(f"{path}/paid", json={}, headers=money)).json()
    assert len(outcome["paid"]) == 2
    assert [one["payoutId"] for one in outcome["failed"]] == [second]
    assert outcome["batch"]["status"] == "open"
    assert (await states_of(database)) == {first: "paid", second: "approved", third: "paid"}
    kept = await client.delete(f"{path}/payouts/{first}", headers=money)
    assert (kept.status_code, kept.json()["detail"]) == (409, "It was paid with this batch.")
    taken = await client.delete(f"{path}/payouts/{second}", headers=money)
    assert (taken.status_code, taken.json()["status"], taken.json()["payments"]) == (200, "paid", 2)
    assert (await client.post(f"{path}/paid", json={}, headers=money)).status_code == 409
    assert (await client.post(f"{path}/discard", headers=money)).status_code == 409
    # the file that was sent can be looked at afterwards
    assert (await client.get(f"{path}/payments.csv", headers=money)).status_code == 200


async def test_a_double_click_pays_once(world: SmallWorld, database: Database) -> None:
    async with database.transaction() as tx:
        await waiting(tx, world, 3)
        made = await batches.make_batch(tx, new=all_of(world), actor=finance(world))

    async def click() -> Any:
        try:
            return await batches.mark_paid(database, batch_id=made.id, paid_on=date(2027, 3, 1), actor=finance(world))
        except BatchEnded:
            return None

    outcomes = [outcome for outcome in await asyncio.gather(click(), click(), click()) if outcome]
    assert [outcome.failed for outcome in outcomes] == [[]] * len(outcomes)
    assert sorted(number for outcome in outcomes for number in outcome.paid) == [
        item.reference_number for item in made.items
    ]
    async with database.transaction() as tx:
        assert await tx.value("select count(*) from crm.journal_entries where kind = 'payment'") == 3
        assert await tx.value("select status from crm.payment_batches") == "paid"


async def states_of(database: Database) -> dict[int, str]:
    async with database.transaction() as tx:
        return dict(await tx.rows("select id, status from crm.owner_payouts"))  # type: ignore[arg-type]


async def test_a_batch_that_is_given_up_frees_its_payouts(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    async with database.transaction() as tx:
        await waiting(tx, world, 2)
    money = await as_role("finance")
    body = {"hospitalId": world.bellevue.id, "currency": "USD", "executeOn": "2027-03-03"}
    made = await client.post("/api/payment-batches", json=body, headers=money)
    path = made.headers["location"]
    stale = await client.post(f"{path}/discard", headers=money | {"if-match": '"7"'})
    assert stale.status_code == 412
    discarded = await client.post(f"{path}/discard", headers=money | {"if-match": made.headers["etag"]})
    assert (discarded.json()["status"], discarded.json()["payments"]) == ("discarded", 2)
    assert (await client.get(f"{path}/payments.csv", headers=money)).status_code == 409
    assert (await client.post("/api/payment-batches", json=body, headers=money)).status_code == 201
    listed = (await client.get("/api/payment-batches?status=open", headers=money)).json()["items"]
    assert [(one["status"], one["payments"]) for one in listed] == [("open", 2)]
    table = (await client.get("/api/payment-batches/export?currency=USD", headers=money)).text.lstrip("\ufeff")
    assert [row["status"] for row in csv.DictReader(io.StringIO(table))] == ["open", "discarded"]
    past = body | {"executeOn": "2027-02-28"}
    refused = await client.post("/api/payment-batches", json=past, headers=money)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/executeOn")
    assert store_batches.BATCHES.default_sort == "-created"
