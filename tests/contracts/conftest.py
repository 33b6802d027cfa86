"""Owners of the small named hospitals, and contracts with them, by name."""

from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

import pytest

from bedside.accounts import SignedIn
from bedside.contracts import (
    ContractDetails,
    NewContract,
    PaperSignature,
    PartyShare,
    ShareRule,
    Terms,
    Tier,
    add_contract,
)
from bedside.kit.database import Database
from bedside.owners import NewOwner, Owner, add_owner
from tests.world import SmallWorld


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """Harbor and Grace have a part in Bellevue, Lucía in Santa Lucía; `felix` of finance writes their contracts."""

    world: SmallWorld
    database: Database
    felix: SignedIn
    harbor: Owner
    grace: Owner
    lucia: Owner

    async def contract(self, **given: Any) -> ContractDetails:
        """A contract of Harbor's with Bellevue, 70/30 from the beginning of 2027, or as `given`."""
        owner = given.pop("owner", self.harbor)
        facts: dict[str, Any] = {
            "hospital_id": self.world.bellevue.id,
            "title": "Revenue share",
            "starts_on": date(2027, 1, 1),
        }
        if "terms" not in given:
            facts["owner_percent"] = "70"
        async with self.database.transaction() as tx:
            return await add_contract(tx, owner_id=owner.id, new=NewContract(**facts | given), actor=self.felix)

    async def signed(self, **given: Any) -> ContractDetails:
        """The same, signed on paper by every party."""
        on = date(2026, 12, 15)
        owner_ids = given["terms"].owner_ids if "terms" in given else [None]
        names = [PaperSignature(signer_name="Thomas Reed", signed_on=on, owner_id=one) for one in owner_ids]
        return await self.contract(signatures=names, **given)

    async def value(self, query: LiteralString, **parameters: Any) -> Any:
        """One value, read in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await tx.value(query, **parameters)


@pytest.fixture
async def agreed(world: SmallWorld, database: Database) -> Agreed:
    """The owners, and nothing agreed with them yet."""
    felix = world.user(world.felix)
    owners = {}
    async with database.transaction() as tx:
        for key, name, place in (
            ("harbor", "Harbor Health", world.bellevue),
            ("grace", "Grace Bellamy", world.bellevue),
            ("lucia", "Grupo Lucía", world.santa_lucia),
        ):
            new = NewOwner(name=name, email=f"{key}.owner@example.org", hospital_ids=[place.id])
            made = await add_owner(tx, new=new, actor=felix)
            owners[key] = Owner(**{field: getattr(made, field) for field in Owner.__struct_fields__})
    return Agreed(world=world, database=database, felix=felix, **owners)


def shared(*parts: tuple[int | None, str | None], **rule: Any) -> ShareRule:
    """A rule that shares by these parts: `shared((7, "70"), (None, None))`."""
    shares = [PartyShare(owner_id=owner_id, percent=percent) for owner_id, percent in parts]
    return ShareRule(tiers=[Tier(shares=shares)], **rule)


def terms(*rules: ShareRule, **more: Any) -> Terms:
    """Terms of these rules."""
    return Terms(rules=list(rules), **more)
