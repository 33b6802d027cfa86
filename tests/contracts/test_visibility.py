"""Who sees which words: staff those of their hospitals, an owner what was sent to them or what they signed."""

from datetime import date
from typing import Any

import httpx

from bedside.contracts import NewVersion, PaperSignature, amend, sign_on_paper
from tests.contracts.conftest import Agreed, shared, terms
from tests.contracts.test_api import at, owner_user
from tests.web import AsRole

TREE = ("", "/versions", "/versions/1/difference", "/documents")


async def test_a_contract_of_two_is_seen_by_each_once_it_came_to_them(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    both = terms(shared((agreed.harbor.id, "40"), (agreed.grace.id, "20"), (None, None)))
    one = await agreed.contract(terms=both)
    async with agreed.database.transaction() as tx:
        signature = PaperSignature(signer_name="Thomas Reed", signed_on=date(2027, 1, 5))
        await sign_on_paper(tx, contract_id=one.id, signature=signature, actor=agreed.felix)
    harbor, grace = (
        await owner_user(agreed.database, agreed.harbor.id),
        await owner_user(agreed.database, agreed.grace.id),
    )
    theirs, hers = at(agreed, f"/{one.id}"), at(agreed, f"/{one.id}", owner=agreed.grace.id)
    for path in TREE:
        assert (await client.get(theirs + path, headers=harbor)).status_code == 200, path
        assert (await client.get(hers + path, headers=grace)).status_code == 404, path
    assert (await client.get(at(agreed, owner=agreed.grace.id), headers=grace)).json()["items"] == []
    assert (await client.get(f"/my/contracts/{one.id}", headers=grace)).status_code == 404
    sent = await client.post(f"{theirs}/send-to-sign", json={}, headers=await as_role("finance"))
    assert [link["ownerId"] for link in sent.json()["links"]] == [agreed.grace.id]
    for path in TREE:
        assert (await client.get(hers + path, headers=grace)).status_code == 200, path
    assert (await client.get(f"/my/contracts/{one.id}", headers=grace)).status_code == 200


async def test_who_joins_by_an_amendment_sees_nothing_from_before(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    one = await agreed.signed()
    joined = terms(shared((agreed.harbor.id, "50"), (agreed.grace.id, "20"), (None, None)))
    async with agreed.database.transaction() as tx:
        new = NewVersion(effective_from=date(2027, 6, 1), reason="Grace joins", terms=joined)
        await amend(tx, contract_id=one.id, new=new, actor=agreed.felix)
    harbor, grace = (
        await owner_user(agreed.database, agreed.harbor.id),
        await owner_user(agreed.database, agreed.grace.id),
    )
    theirs, hers = at(agreed, f"/{one.id}"), at(agreed, f"/{one.id}", owner=agreed.grace.id)

    async def numbers(path: str, who: dict[str, str]) -> list[Any]:
        found: dict[str, Any] = (await client.get(path, headers=who)).json()
        assert {each["versionNumber"] for each in found["signatures"]} <= {each["number"] for each in found["versions"]}
        return [each["number"] for each in found["versions"]]

    assert (await client.get(hers, headers=grace)).status_code == 404, "the draft was not sent yet"
    assert (await client.get(f"/my/contracts/{one.id}", headers=grace)).status_code == 404
    assert await numbers(theirs, harbor) == [1], "nor do they see it who have a part already"
    [listed] = (await client.get(at(agreed), headers=harbor)).json()["items"]
    assert listed["ownerIds"] == (await client.get(theirs, headers=harbor)).json()["ownerIds"] == [agreed.harbor.id]
    await client.post(f"{theirs}/send-to-sign", json={}, headers=await as_role("finance"))
    assert await numbers(hers, grace) == [2]
    assert await numbers(theirs, harbor) == [1, 2]
    assert (await client.get(theirs, headers=harbor)).json()["ownerIds"] == [agreed.harbor.id, agreed.grace.id]
    assert (await client.get(f"{hers}/versions/2/difference?against=1", headers=grace)).status_code == 404
    page = await client.get(f"/my/contracts/{one.id}", headers=grace)
    assert "Grace Bellamy gets 20%" in page.text
    assert "gets 70%" not in page.text


async def test_a_hospitals_own_name_shows_a_draft_to_nobody(client: httpx.AsyncClient, agreed: Agreed) -> None:
    one = await agreed.contract()
    async with agreed.database.transaction() as tx:
        ours = PaperSignature(signer_name="Ada Admin", signed_on=date(2027, 1, 5), party="hospital")
        await sign_on_paper(tx, contract_id=one.id, signature=ours, actor=agreed.felix)
    harbor = await owner_user(agreed.database, agreed.harbor.id)
    assert (await client.get(at(agreed, f"/{one.id}"), headers=harbor)).status_code == 404
    assert (await client.get(at(agreed), headers=harbor)).json()["items"] == []


async def test_trying_terms_tells_nobody_the_names_of_owners_elsewhere(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    one = await agreed.signed()
    here = await as_role("finance", hospitals=[agreed.world.bellevue.id])
    tried = {
        "amounts": [{"amount": "1000"}],
        "terms": {"rules": [{"tiers": [{"shares": [
            {"ownerId": agreed.harbor.id, "percent": "50"}, {"ownerId": agreed.lucia.id, "percent": "10"}, {},
        ]}]}]},
    }  # fmt: skip
    answer = await client.post(at(agreed, f"/{one.id}/preview"), json=tried, headers=here)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/terms/rules/0/tiers/0/shares/1/ownerId"
    assert "Lucía" not in answer.text
