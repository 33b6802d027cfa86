"""Signing by link and in the portal: reading changes nothing, signing happens once, and what was signed is kept."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from psycopg import errors

from bedside.accounts import Role, SignedIn
from bedside.contracts import NewVersion, PaperSignature, amend, install_public_url, sign_on_paper
from bedside.contracts.changing import terminate
from bedside.contracts.languages import LANGUAGES
from bedside.contracts.model import AlreadySigned, Termination, VersionsOverlap
from bedside.contracts.signing import send_to_sign, sign_here
from bedside.kit.clock import SetClock
from bedside.kit.database import Database, Tx
from bedside.kit.http.problems import Problem
from bedside.payouts.periods import close_period
from tests.contracts.conftest import Agreed, shared, terms
from tests.contracts.test_api import owner_user
from tests.web import AsRole


async def sent(agreed: Agreed, contract_id: int) -> list[str]:
    """The paths of fresh links, one for each owner who has still to sign."""
    install_public_url("http://bedside.test")
    async with agreed.database.transaction() as tx:
        return [one.link.removeprefix("http://bedside.test")
                for one in await send_to_sign(tx, contract_id=contract_id, actor=agreed.felix)]  # fmt: skip


async def form_of(client: httpx.AsyncClient, path: str, **more: str) -> dict[str, str]:
    """The hidden fields of the form, filled in as somebody would."""
    page = await client.get(path)
    assert page.status_code == 200, page.text
    hidden = dict(re.findall(r'name="(_csrf_token|read_sha256)" value="([^"]*)"', page.text))
    return hidden | {"signer_name": "Thomas Reed", "signer_position": "CFO", "agree": "yes", **more}


async def rows(agreed: Agreed) -> list[int]:
    """How many rows there are in everything that a page might write."""
    return [
        await agreed.value("select count(*) from crm.contract_signatures"),
        await agreed.value("select count(*) from crm.contract_signing_links where opened_at is not null"),
        await agreed.value("select count(*) from crm.event_log"),
        await agreed.value("select count(*) from crm.audit_log"),
        await agreed.value("select sum(version) from crm.owner_contracts"),
    ]


async def test_opening_a_link_changes_nothing_and_signing_it_happens_once(
    client: httpx.AsyncClient, agreed: Agreed
) -> None:
    made = await agreed.contract()
    [path] = await sent(agreed, made.id)
    before = await rows(agreed)
    for _ in range(3):
        page = await client.get(path)
        assert page.status_code == 200
    assert await rows(agreed) == before
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert "Harbor Health gets 70%" in page.text
    assert made.versions[0].words_sha256 in page.text

    fields = await form_of(client, path)
    done = await client.post(path, data=fields, headers={"user-agent": "A browser"})
    assert done.status_code == 200, done.text
    assert "Signed, thank you" in done.text
    kept = await agreed.value(
        """select jsonb_build_array(signer_name, signer_position, how, host(address), user_agent,
                                    encode(words_sha256, 'hex'), owner_id) from crm.contract_signatures"""
    )
    assert kept == [
        "Thomas Reed", "CFO", "link", "127.0.0.1", "A browser", made.versions[0].words_sha256, agreed.harbor.id,
    ]  # fmt: skip
    assert await agreed.value("select signed_at is not null from crm.owner_contracts")
    event = await agreed.value("select data from crm.event_log where kind = 'contract.signed'")
    assert (event["all_signed"], event["effective_from"]) == (True, "2027-01-01")

    again = await client.post(path, data=fields)
    assert again.status_code == 410
    assert "signed" in again.text
    assert (await client.get(path)).status_code == 410
    assert await agreed.value("select count(*) from crm.contract_signatures") == 1


async def test_what_is_missing_is_said_and_nothing_signed(client: httpx.AsyncClient, agreed: Agreed) -> None:
    made = await agreed.contract()
    [path] = await sent(agreed, made.id)
    for wrong in ({"agree": ""}, {"signer_name": " "}, {"signer_name": "x" * 300}):
        answer = await client.post(path, data=await form_of(client, path, **wrong))
        assert answer.status_code == 422, wrong
        assert "form-problem" in answer.text
    other = await client.post(path, data=await form_of(client, path, read_sha256="0" * 64))
    assert other.status_code == 409
    assert "were changed" in other.text
    without = await form_of(client, path)
    del without["_csrf_token"]
    assert (await client.post(path, data=without)).status_code == 403
    assert await agreed.value("select count(*) from crm.contract_signatures") == 0


async def test_links_that_are_over_say_so_and_what_to_do(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed, clock: SetClock
) -> None:
    made = await agreed.contract()
    nowhere = await client.get("/sign/AAAAAAAAAAAAAAAAAAAAAA")
    assert nowhere.status_code == 404
    assert "leads nowhere" in nowhere.text
    [old] = await sent(agreed, made.id)
    [new] = await sent(agreed, made.id)
    replaced = await client.get(old)
    assert (replaced.status_code, "replaced" in replaced.text) == (410, True)
    spanish = await client.get(f"{old}?lang=es")
    assert "sustituido" in spanish.text
    assert "sustituido" in (await client.get(old)).text, "the language chosen is remembered"
    client.cookies.clear()
    clock.set(clock.now() + timedelta(days=31))
    late = await client.get(new)
    assert (late.status_code, "run out" in late.text) == (410, True)
    assert (await client.post(new, data={"_csrf_token": ""})).status_code in (403, 410)


async def test_a_terminated_contract_is_signed_by_nobody(client: httpx.AsyncClient, agreed: Agreed) -> None:
    made = await agreed.contract()
    [path] = await sent(agreed, made.id)
    async with agreed.database.transaction() as tx:
        ending = Termination(terminated_on=date(2027, 3, 1), reason="Called off", confirmed=True)
        await terminate(tx, contract_id=made.id, termination=ending, actor=agreed.felix)
    assert (await client.get(path)).status_code == 410


async def test_what_would_change_a_closed_month_is_refused_in_words_that_an_owner_can_act_on(
    client: httpx.AsyncClient, agreed: Agreed
) -> None:
    made = await agreed.contract()
    [path] = await sent(agreed, made.id)
    fields = await form_of(client, path)
    async with agreed.database.transaction() as tx:
        await close_period(tx, hospital_id=agreed.world.bellevue.id, period=date(2027, 1, 1), actor=agreed.felix)
    refused = await client.post(path, data=fields)
    assert (refused.status_code, "Please call the hospital" in refused.text) == (409, True), refused.text
    assert "Thomas Reed" in refused.text, "what was typed stays"
    assert await agreed.value("select count(*) from crm.contract_signatures") == 0


async def test_the_hospitals_own_name_is_kept_though_the_month_is_closed(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    made = await agreed.signed()
    async with agreed.database.transaction() as tx:
        await close_period(tx, hospital_id=agreed.world.bellevue.id, period=date(2027, 1, 1), actor=agreed.felix)
    ours = {"signerName": "Ada Osei", "signedOn": "2027-01-05", "party": "hospital"}
    path = f"/api/owners/{agreed.harbor.id}/contracts/{made.id}"
    kept = await client.post(f"{path}/sign", json=ours, headers=await as_role("finance"))
    assert kept.status_code == 201, kept.text
    late = {"effectiveFrom": "2027-01-15", "ownerPercent": "75", "reason": "Too late"}
    refused = await client.post(f"{path}/versions", json=late, headers=await as_role("finance"))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/period-closed"), refused.text


@pytest.mark.parametrize("language", ["en", "es", "ar"])
async def test_the_page_speaks_the_owners_language(client: httpx.AsyncClient, agreed: Agreed, language: str) -> None:
    made = await agreed.contract()
    [path] = await sent(agreed, made.id)
    page = await client.get(f"{path}?lang={language}")
    assert f'lang="{language}' in page.text
    assert LANGUAGES[language]["the_words"] in page.text
    assert ('dir="rtl"' in page.text.split("<head", 1)[0]) == (language == "ar")


def test_every_language_has_the_same_words_and_gaps() -> None:
    for language, there in LANGUAGES.items():
        assert there.keys() == LANGUAGES["en"].keys(), language
        for key, words in there.items():
            gaps = set(re.findall(r"{(\w+)}", words))
            assert gaps == set(re.findall(r"{(\w+)}", LANGUAGES["en"][key])), f"{language} {key}"


async def test_an_owner_signs_in_the_portal_what_was_sent_to_them(
    client: httpx.AsyncClient, agreed: Agreed, database: Database, as_role: AsRole
) -> None:
    both = terms(shared((agreed.harbor.id, "40"), (agreed.grace.id, "20"), (None, None)))
    made = await agreed.contract(terms=both, title="Two partners")
    await agreed.contract(title="Not sent yet")
    harbor, grace = await owner_user(database, agreed.harbor.id), await owner_user(database, agreed.grace.id)
    lucia = await owner_user(database, agreed.lucia.id)
    assert "No contracts yet" in (await client.get("/my/contracts-panel", headers=harbor)).text
    await sent(agreed, made.id)
    panel = await client.get("/my/contracts-panel", headers=harbor)
    assert "Two partners" in panel.text
    assert "Read and sign" in panel.text
    assert "Not sent yet" not in panel.text
    assert "Two partners" not in (await client.get("/my/contracts-panel", headers=lucia)).text
    page = await client.get(f"/my/contracts/{made.id}", headers=harbor)
    assert page.status_code == 200, page.text
    assert (await client.get(f"/my/contracts/{made.id}", headers=lucia)).status_code == 404
    assert (await client.get(f"/my/contracts/{made.id}", headers=await as_role("admin"))).status_code == 403
    fields = {"signer_name": "Thomas Reed", "agree": "yes", "read_sha256": made.versions[0].words_sha256}
    stranger = await client.post(f"/my/contracts/{made.id}/sign", data=fields, headers=lucia)
    assert stranger.status_code == 404
    done = await client.post(f"/my/contracts/{made.id}/sign", data=fields, headers=harbor)
    assert done.status_code == 200, done.text
    twice = await client.post(f"/my/contracts/{made.id}/sign", data=fields, headers=harbor)
    assert twice.status_code == 409
    assert await agreed.value("select signed_at is null from crm.owner_contracts where title = 'Two partners'")
    await client.post(f"/my/contracts/{made.id}/sign", data=fields, headers=grace)
    assert await agreed.value("select signed_at is not null from crm.owner_contracts where title = 'Two partners'")


async def test_the_signing_log_and_the_versions_refuse_every_change(agreed: Agreed) -> None:
    await agreed.signed()
    for query in (
        "update crm.contract_signatures set signer_name = 'Somebody else'", "delete from crm.contract_signatures",
        "update crm.contract_versions set words = 'Other words'", "delete from crm.contract_versions",
    ):  # fmt: skip
        with pytest.raises(errors.RestrictViolation):
            async with agreed.database.transaction() as tx:
                await tx.execute(query)


@pytest.fixture
async def crowd(fresh_database_url: str, clock: SetClock) -> AsyncIterator[Database]:
    """The same database over many connections."""
    database = Database(fresh_database_url, clock=clock, pool_size=12)
    await database.open()
    yield database
    await database.close()


async def race(crowd: Database, runners: list[Callable[[Tx], Awaitable[Any]]]) -> list[Any]:
    """Runs every runner in a transaction of its own, all at once; gives what each was told."""

    async def run(runner: Callable[[Tx], Awaitable[Any]]) -> Any:
        try:
            async with crowd.transaction() as tx:
                return await runner(tx)
        except Problem as problem:
            return problem

    return list(await asyncio.gather(*(run(runner) for runner in runners)))


async def test_of_ten_who_sign_at_once_by_two_ways_one_does(agreed: Agreed, crowd: Database) -> None:
    made = await agreed.contract()
    owner = SignedIn(kind="staff", id=1, name="Thomas Reed", role=Role.OWNER, owner_id=agreed.harbor.id)

    async def here(tx: Tx) -> Any:
        return await sign_here(
            tx, contract_id=made.id, version_id=made.versions[0].id, owner_id=agreed.harbor.id, name="Thomas Reed",
            position="", read_sha256=made.versions[0].words_sha256, how="link", address="127.0.0.1", user_agent="",
            actor=owner,
        )  # fmt: skip

    async def paper(tx: Tx) -> Any:
        signature = PaperSignature(signer_name="Thomas Reed", signed_on=date(2027, 2, 1))
        return await sign_on_paper(tx, contract_id=made.id, signature=signature, actor=agreed.felix)

    told = await race(crowd, [here, paper] * 5)
    assert sum(isinstance(one, AlreadySigned) for one in told) == 9
    assert await agreed.value("select count(*) from crm.contract_signatures") == 1
    assert await agreed.value("select count(*) from crm.event_log where kind = 'contract.signed'") == 1


async def test_the_last_two_parties_who_sign_at_once_make_it_hold(agreed: Agreed, crowd: Database) -> None:
    both = terms(shared((agreed.harbor.id, "40"), (agreed.grace.id, "20"), (None, None)))
    made = await agreed.contract(terms=both)

    def signer(owner_id: int) -> Callable[[Tx], Awaitable[Any]]:
        async def run(tx: Tx) -> Any:
            signature = PaperSignature(signer_name="Somebody", signed_on=date(2027, 2, 1), owner_id=owner_id)
            return await sign_on_paper(tx, contract_id=made.id, signature=signature, actor=agreed.felix)

        return run

    told = await race(crowd, [signer(agreed.harbor.id), signer(agreed.grace.id)])
    assert sorted(one.signed_at is not None for one in told) == [False, True], "exactly one of them was the last"
    assert await agreed.value("select signed_at is not null from crm.owner_contracts")


async def test_of_eight_amendments_for_one_day_one_is_written(agreed: Agreed, crowd: Database) -> None:
    made = await agreed.signed()

    async def amendment(tx: Tx) -> Any:
        new = NewVersion(effective_from=date(2027, 7, 1), reason="Race", owner_percent="60")
        return await amend(tx, contract_id=made.id, new=new, actor=agreed.felix)

    told = await race(crowd, [amendment] * 8)
    assert sum(isinstance(one, VersionsOverlap) for one in told) == 7
    assert await agreed.value("select count(*) from crm.contract_versions") == 2


async def test_the_database_itself_refuses_a_version_that_begins_too_early(agreed: Agreed) -> None:
    await agreed.signed()
    with pytest.raises(errors.ExclusionViolation):
        async with agreed.database.transaction() as tx:
            await tx.execute(
                """insert into crm.contract_versions (contract_id, number, effective_from, terms, words, words_sha256,
                       owner_ids, created_by_name, created_at)
                   select contract_id, 2, '2026-06-01', terms, words, words_sha256, owner_ids, 'X', %(now)s
                   from crm.contract_versions"""
            )
