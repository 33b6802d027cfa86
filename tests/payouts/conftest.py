"""Somebody to pay: an owner of Bellevue with a contract of 30 percent, two people of finance, and what was earned."""

from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any, LiteralString

import httpx
import msgspec
import pytest

from bedside.accounts import SignedIn
from bedside.accounts.tokens import access_token
from bedside.contracts import NewContract, PaperSignature, Terms, add_contract
from bedside.kit.database import Database
from bedside.kit.jobs import run_waiting_jobs
from bedside.kit.sealing import install_sealing_key
from bedside.owners import (
    NewOwner,
    NewPaymentDetails,
    PaymentMethod,
    StakeGiven,
    add_owner,
    set_payment_details,
    set_stakes,
)
from bedside.payouts.tasks import TASKS
from tests.payouts.people import BANK
from tests.web import SECRET_KEY
from tests.world import SmallWorld

JANUARY, FEBRUARY, MARCH = date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)
_numbers = count(1)


def thirty_percent(owner_id: int, percent: str = "30", **more: Any) -> dict[str, Any]:
    """Terms: so much of everything."""
    tiers = [{"fromAmount": "0", "shares": [{"ownerId": owner_id, "percent": percent}]}]
    return {"rules": [{"method": "fixed", "tiers": tiers}]} | more


@dataclass(frozen=True, kw_only=True)
class Dealings:
    """Felix makes payouts, Fatima approves them, both over REST; Harbor is owed 30 percent of what Bellevue earns."""

    world: SmallWorld
    database: Database
    client: httpx.AsyncClient
    felix: SignedIn
    fatima: SignedIn
    owner_id: int
    contract_id: int

    def headers(self, who: SignedIn) -> dict[str, str]:
        """Headers to ask as somebody."""
        token = access_token(
            secret_key=SECRET_KEY, now=self.database.clock.now(), role=who.role, kind=who.kind, id=who.id,
            name=who.name, hospital_ids=who.hospital_ids,
        )  # fmt: skip
        return {"authorization": f"Bearer {token}"}

    async def post(self, path: str, body: Any = None, *, who: SignedIn | None = None, **headers: str) -> httpx.Response:
        """Posts as Felix, or as somebody else."""
        asked = self.headers(who or self.felix) | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, json=body or {}, headers=asked)

    async def get(self, path: str, *, who: SignedIn | None = None) -> Any:
        """What Felix, or somebody else, reads."""
        answer = await self.client.get(path, headers=self.headers(who or self.felix))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def owner(self, name: str = "Another Owner", *, paid: bool = True) -> int:
        """Another owner of Bellevue, who is paid by bank."""
        async with self.database.transaction() as tx:
            new = NewOwner(name=name, hospital_ids=[self.world.bellevue.id])
            made = await add_owner(tx, new=new, actor=self.felix)
            if paid:
                details = NewPaymentDetails(method=PaymentMethod.BANK_TRANSFER, details=dict(BANK))
                await set_payment_details(tx, owner_id=made.id, new=details, actor=self.felix)
        return made.id

    async def contract(self, owner_id: int, terms: dict[str, Any] | None = None, **more: Any) -> int:
        """A contract with Bellevue from 2026 on, signed by everybody."""
        agreed = msgspec.convert(terms or thirty_percent(owner_id), Terms)
        facts: dict[str, Any] = {
            "hospital_id": self.world.bellevue.id,
            "title": f"Share {next(_numbers)}",
            "starts_on": date(2026, 1, 1),
            "terms": agreed,
            "signatures": [
                PaperSignature(signer_name="Olive Owner", signed_on=date(2025, 12, 1), owner_id=one)
                for one in agreed.owner_ids
            ],
        }
        async with self.database.transaction() as tx:
            return (await add_contract(tx, owner_id=owner_id, new=NewContract(**facts | more), actor=self.felix)).id

    async def earn(self, day: str, amount: str, **more: Any) -> int:
        """Revenue of Bellevue; the id of the entry."""
        body = {"hospitalId": self.world.bellevue.id, "revenueOn": day, "amount": amount} | more
        made = await self.post("/api/revenue-entries", body)
        assert made.status_code == 201, made.text
        return int(made.json()["id"])

    async def draft(self, month: str = "January 2027", **more: Any) -> dict[str, Any]:
        """A draft of what the contract gives."""
        made = await self.post(
            f"/api/owners/{self.owner_id}/payouts", {"contractId": self.contract_id, "period": month} | more
        )
        assert made.status_code == 201, made.text
        return dict(made.json())

    async def do(self, payout: dict[str, Any], what: str, body: Any = None, *, who: SignedIn | None = None,
                 **headers: str) -> httpx.Response:  # fmt: skip
        """Takes a step with a payout: Fatima does, unless told otherwise."""
        path = f"/api/owners/{payout['ownerId']}/payouts/{payout['id']}/{what}"
        return await self.post(path, body, who=who or self.fatima, **headers)

    async def done(self, payout: dict[str, Any], what: str, body: Any = None, *, who: SignedIn | None = None) -> Any:
        """The same, and it goes well."""
        answer = await self.do(payout, what, body, who=who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def run(self, month: str = "January 2027", **more: Any) -> dict[str, Any]:
        """Works a month through to the end."""
        begun = await self.post("/api/payout-runs", {"period": month} | more)
        assert begun.status_code == 202, begun.text
        await run_waiting_jobs(self.database, TASKS)
        ended: dict[str, Any] = await self.get(f"/api/payout-runs/{begun.json()['id']}")
        return ended

    async def balances(self) -> dict[str, int]:
        """What each account stands at; those at nothing are left out."""
        items = (await self.get("/api/journal/balances"))["items"]
        return {one["account"]: one["amountMinor"] for one in items if one["amountMinor"]}

    async def value(self, query: LiteralString, **parameters: Any) -> Any:
        """One value, read in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await tx.value(query, **parameters)


@pytest.fixture
async def deal(world: SmallWorld, database: Database, client: httpx.AsyncClient) -> Dealings:
    """Everybody and everything for a payout; nothing was earned yet."""
    install_sealing_key(SECRET_KEY)
    felix, fatima = world.user(world.felix), world.user(world.fatima)
    async with database.transaction() as tx:
        new = NewOwner(name="Harbor Health Partners", phone="+12125550150", hospital_ids=[world.bellevue.id])
        harbor = await add_owner(tx, new=new, actor=felix)
        await set_stakes(tx, owner_id=harbor.id, stakes=[StakeGiven(hospital_id=world.bellevue.id)], actor=felix)
        details = NewPaymentDetails(method=PaymentMethod.BANK_TRANSFER, details=dict(BANK))
        await set_payment_details(tx, owner_id=harbor.id, new=details, actor=felix)
    made = Dealings(
        world=world, database=database, client=client, felix=felix, fatima=fatima, owner_id=harbor.id, contract_id=0
    )
    contract_id = await made.contract(harbor.id)
    return Dealings(
        world=world, database=database, client=client, felix=felix, fatima=fatima, owner_id=harbor.id,
        contract_id=contract_id,
    )  # fmt: skip
