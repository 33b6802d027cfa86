"""How owners are paid is sealed in the database, shown masked, and every reading of it is an audit fact."""

import httpx
import pytest

from bedside.kit.database import Database
from bedside.owners.account_numbers import is_iban, is_routing_number
from tests.owners.test_owners import add
from tests.web import AsRole
from tests.world import SmallWorld

IBAN = "DE89 3704 0044 0532 0130 00"  # the example of the IBAN registry
TRANSFER = {"method": "bank_transfer", "details": {"holder": "Harbor LLC", "iban": IBAN, "bic": "COBADEFFXXX"}}


async def test_an_account_lies_sealed_is_shown_masked_and_reading_it_is_noted(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole, database: Database
) -> None:
    finance = await as_role("finance")
    owner = await add(client, finance)
    path = f"/api/owners/{owner['id']}/payment-details"
    made = (await client.put(path, json=TRANSFER, headers=finance)).json()
    assert made["masked"] == "•••• 3000"
    async with database.transaction() as tx:
        sealed, masked = (await tx.rows("select details_sealed, masked from crm.owner_payment_details"))[0]
        logged = await tx.value("select string_agg(coalesce(after::text, ''), ' ') from crm.audit_log")
        events = await tx.value("select string_agg(data::text, ' ') from crm.event_log")
    for kept in (bytes(sealed), masked.encode(), str(logged).encode(), str(events).encode()):
        assert b"0532013000" not in kept
    clear = await client.get(f"{path}/{made['id']}/unsealed", headers=finance)
    assert clear.json()["details"] == {"holder": "Harbor LLC", "iban": "DE89370400440532013000", "bic": "COBADEFFXXX"}
    assert (await client.get(f"{path}/{made['id']}/unsealed", headers=await as_role("integration"))).status_code == 403
    async with database.transaction() as tx:
        readings = await tx.value("select count(*) from crm.audit_log where action = 'owner.payment_details_read'")
    assert readings == 1


async def test_new_details_are_a_new_row_and_a_hospitals_own_go_before_the_general_ones(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    owner = await add(client, finance)
    path = f"/api/owners/{owner['id']}/payment-details"
    first = (await client.put(path, json=TRANSFER, headers=finance)).json()
    cash = {"method": "cash", "details": {"receiver": "Thomas Reed"}}
    second = (await client.put(path, json=cash, headers=finance)).json()
    own = cash | {"hospitalId": world.bellevue.id}
    third = (await client.put(path, json=own, headers=finance)).json()
    in_force = (await client.get(path, headers=finance)).json()["items"]
    assert [one["id"] for one in in_force] == [third["id"], second["id"]]
    every = (await client.get(path, params={"retired": "true"}, headers=finance)).json()["items"]
    assert [one["id"] for one in every if one["retiredAt"]] == [first["id"]]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"method": "bank_transfer", "details": {"holder": "H", "iban": IBAN[:-1] + "1"}}, "/details/iban"),
        ({"method": "bank_transfer", "details": {"iban": IBAN, "bic": "COBADEFF"}}, "/details/holder"),
        ({"method": "bank_transfer", "details": {"holder": "H", "iban": IBAN, "bic": "NO"}}, "/details/bic"),
        (
            {
                "method": "bank_transfer",
                "details": {"holder": "H", "accountNumber": "12345", "routingNumber": "021000022", "bankName": "B"},
            },
            "/details/routingNumber",
        ),
        ({"method": "check", "details": {"payableTo": "H"}}, "/details/address"),
        ({"method": "mobile_wallet", "details": {"provider": "P", "number": "1", "holder": "H"}}, "/details/number"),
        ({"method": "cash", "details": {"receiver": "H", "iban": IBAN}}, "/details/iban"),
        ({"method": "gold", "details": {}}, "/method"),
    ],
)
async def test_details_that_cannot_be_are_refused_with_a_pointer(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole, wrong: dict[str, object], pointer: str
) -> None:
    finance = await as_role("finance")
    owner = await add(client, finance)
    answer = await client.put(f"/api/owners/{owner['id']}/payment-details", json=wrong, headers=finance)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text


async def test_a_tax_number_is_kept_sealed_and_read_with_a_note(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole, database: Database
) -> None:
    finance = await as_role("finance")
    owner = await add(client, finance)
    path = f"/api/owners/{owner['id']}/tax"
    kept = await client.put(path, json={"taxNumber": "13-7654321"}, headers=finance)
    assert kept.json() == {"hint": "•••• 4321"}
    assert (await client.get(f"{path}/unsealed", headers=finance)).json() == {"taxNumber": "13-7654321"}
    async with database.transaction() as tx:
        actions = {row[0] for row in await tx.rows("select action from crm.audit_log")}
        logged = await tx.value("select string_agg(coalesce(after::text, ''), ' ') from crm.audit_log")
    assert {"owner.tax_number_set", "owner.tax_number_read"} <= actions
    assert "7654321" not in logged
    assert (await client.put(path, json={"taxNumber": None}, headers=finance)).json() == {"hint": ""}


def test_check_digits_are_those_of_the_published_examples() -> None:
    # SWIFT IBAN registry; ABA routing numbers of the Federal Reserve's own directory
    for iban in (
        "GB29NWBK60161331926819",
        "FR1420041010050500013M02606",
        "NO9386011117947",
        "ES9121000418450200051332",
    ):
        assert is_iban(iban)
        assert not is_iban(iban[:-1] + ("1" if iban[-1] != "1" else "2"))
    assert not is_iban("GB29NWBK6016133192681")
    for number in ("021000021", "026009593", "011401533"):
        assert is_routing_number(number)
    for number in ("021000022", "12345678", "02100002x"):
        assert not is_routing_number(number)
