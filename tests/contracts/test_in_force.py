"""Which terms hold on a day: those of the signed version that began last, within the contract's term."""

from datetime import date
from typing import Any

from bedside.contracts import NewVersion, PaperSignature, amend, contracts_in_force, contracts_of, sign_on_paper
from tests.contracts.conftest import Agreed, shared, terms


async def test_a_contract_that_was_signed_on_paper_is_in_force(agreed: Agreed) -> None:
    made = await agreed.signed(starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    assert (made.status, made.number, made.currency) == ("active", "C-1001", "USD")
    assert made.summary == ["Of all revenue, Harbor Health gets 70% and Bellevue General Hospital keeps 30%."]
    async with agreed.database.transaction() as tx:
        [found] = await contracts_in_force(tx, hospital_ids=None, begins=date(2027, 2, 1), ends=date(2027, 2, 28))
        assert found.contract.id == made.id
        assert [one.number for one in found.versions] == [1]
        assert found.version_on(date(2026, 12, 31)) is None
        assert found.version_on(date(2027, 12, 31)) == found.versions[0]
        assert found.version_on(date(2028, 1, 1)) is None
        for begins, ends in ((date(2026, 12, 1), date(2026, 12, 31)), (date(2028, 1, 1), date(2028, 1, 31))):
            assert await contracts_in_force(tx, hospital_ids=None, begins=begins, ends=ends) == []
        elsewhere = [agreed.world.santa_lucia.id]
        day = date(2027, 2, 1)
        assert await contracts_in_force(tx, hospital_ids=elsewhere, begins=day, ends=day) == []
        assert [one.id for one in await contracts_of(tx, owner_id=agreed.harbor.id)] == [made.id]
        assert await contracts_of(tx, owner_id=agreed.grace.id) == []


async def test_a_version_holds_when_every_owner_in_it_has_signed(agreed: Agreed) -> None:
    both = terms(shared((agreed.harbor.id, "40"), (agreed.grace.id, "20"), (None, None)))
    made = await agreed.contract(terms=both)
    february: dict[str, Any] = {"hospital_ids": None, "begins": date(2027, 2, 1), "ends": date(2027, 2, 28)}
    async with agreed.database.transaction() as tx:
        half = PaperSignature(signer_name="Thomas Reed", signed_on=date(2027, 1, 5))
        version = await sign_on_paper(tx, contract_id=made.id, signature=half, actor=agreed.felix)
        assert version.signed_at is None
        assert await contracts_in_force(tx, **february) == []
        grace = PaperSignature(signer_name="Grace Bellamy", signed_on=date(2027, 1, 7), owner_id=agreed.grace.id)
        version = await sign_on_paper(tx, contract_id=made.id, signature=grace, actor=agreed.felix)
        assert version.signed_at is not None
        [found] = await contracts_in_force(tx, **february)
        assert found.contract.status == "active"


async def test_an_amendment_holds_from_its_day_once_it_is_signed(agreed: Agreed) -> None:
    made = await agreed.signed()
    march: dict[str, Any] = {
        "hospital_ids": [agreed.world.bellevue.id],
        "begins": date(2027, 3, 1),
        "ends": date(2027, 3, 31),
    }
    async with agreed.database.transaction() as tx:
        new = NewVersion(effective_from=date(2027, 3, 16), reason="More investment", owner_percent=75)
        version = await amend(tx, contract_id=made.id, new=new, actor=agreed.felix)
        [found] = await contracts_in_force(tx, **march)
        assert [one.number for one in found.versions] == [1], "nobody has signed it yet"
        name = PaperSignature(signer_name="Thomas Reed", signed_on=date(2027, 2, 20))
        await sign_on_paper(tx, contract_id=made.id, signature=name, actor=agreed.felix)
        [found] = await contracts_in_force(tx, **march)
        assert [one.number for one in found.versions] == [1, 2]
        before, after = found.version_on(date(2027, 3, 15)), found.version_on(date(2027, 3, 16))
        assert before is not None
        assert after is not None
        assert (before.number, after.id) == (1, version.id)
        assert after.terms.rules[0].tiers[0].shares[0].percent == "75"
