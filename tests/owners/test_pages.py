"""The pages of owners: the list, one owner with everything on it, the forms, and importing in two steps."""

import re

import httpx
import pytest

from bedside.kit.database import Database
from tests.owners.test_owners import add
from tests.web import AsRole
from tests.world import SmallWorld

INSIDE = {"hx-request": "true"}


async def page(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> str:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.text[:500])
    return answer.text


async def test_the_list_says_what_to_do_while_there_is_nobody(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    assert "No owners yet" in await page(client, "/owners", finance)
    await add(client, finance, hospitalIds=[world.bellevue.id])
    listed = await page(client, "/owners", finance)
    assert "Harbor Health Partners" in listed
    assert "Bellevue General Hospital" in listed
    assert "Nobody like that" in await page(client, "/owners?q=zzz", finance)
    assert "Harbor" in await page(client, "/owners/options?q=harb", finance)
    assert "Harbor" in await page(client, "/owners/search?q=harb", finance)
    outsider = await as_role("finance", hospitals=[world.santa_lucia.id])
    assert "Harbor" not in await page(client, "/owners", outsider)
    assert "Harbor" not in await page(client, "/owners/search?q=harb", outsider)
    assert (await client.get("/owners", headers=await as_role("front_desk"))).status_code == 403


async def test_an_owner_is_added_and_changed_by_forms(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance") | INSIDE
    form = {
        "kind": "company",
        "name": "Harbor Health Partners",
        "language": "en",
        "hospital_ids": str(world.bellevue.id),
    }
    wrong = await client.post("/owners", data=form | {"phone": "12"}, headers=finance)
    assert (wrong.status_code, "cannot be a phone number" in wrong.text) == (422, True)
    assert 'value="Harbor Health Partners"' in wrong.text, "what was typed stays"
    made = await client.post("/owners", data=form, headers=finance)
    path = made.headers["hx-redirect"].partition("?")[0]
    shown = await page(client, path, finance)
    for words in ("Harbor Health Partners", "Nobody knows how to pay them", "Contracts", "Payouts", "Timeline"):
        assert words in shown
    version = re.search(r'name="version" value="(\d+)"', await page(client, f"{path}/edit", finance))
    assert version
    changed = await client.post(path, data=form | {"name": "Harbor", "version": version[1]}, headers=finance)
    assert changed.status_code == 200
    late = await client.post(path, data=form | {"name": "Haven", "version": version[1]}, headers=finance)
    assert (late.status_code, "changed since you opened it" in late.text) == (422, True)
    archived = await client.post(f"{path}/archive", headers=finance)
    assert archived.headers["hx-redirect"] == path
    assert "Archived" in await page(client, path, finance)


async def test_an_owners_page_takes_contacts_stakes_accounts_and_sign_ins(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole, database: Database
) -> None:
    finance = await as_role("finance") | INSIDE
    owner = await add(client, finance, hospitalIds=[world.bellevue.id])
    path = f"/owners/{owner['id']}"
    refused = await client.post(f"{path}/contacts", data={"name": "Thomas Reed"}, headers=finance)
    assert (refused.status_code, "Give a phone, an email, or both" in refused.text) == (422, True)
    contact = {"name": "Thomas Reed", "position": "CFO", "email": "reed@harbor.example.org"}
    assert (await client.post(f"{path}/contacts", data=contact, headers=finance)).status_code == 200
    stake = {f"at_{world.bellevue.id}": "yes", f"stake_{world.bellevue.id}": "42,5"}
    assert (await client.post(f"{path}/hospitals", data=stake, headers=finance)).status_code == 200
    too_much = await client.post(
        f"{path}/hospitals", data=stake | {f"stake_{world.bellevue.id}": "142"}, headers=finance
    )
    assert too_much.status_code == 422
    form = await page(client, f"{path}/payment-details/new?method=check", finance)
    assert "Payable to" in form
    account = {"method": "bank_transfer", "holder": "Harbor LLC", "iban": "DE89370400440532013001", "bic": ""}
    wrong = await client.post(f"{path}/payment-details", data=account, headers=finance)
    assert (wrong.status_code, "check digits are wrong" in wrong.text) == (422, True)
    right = account | {"iban": "DE89370400440532013000"}
    assert (await client.post(f"{path}/payment-details", data=right, headers=finance)).status_code == 200
    assert (await client.post(f"{path}/tax", data={"tax_number": "13-7654321"}, headers=finance)).status_code == 200
    made = await client.post(f"{path}/sign-ins", data={"name": "T. Reed", "email": "t@example.org"}, headers=finance)
    assert "shown this once" in made.text
    shown = await page(client, f"/panels/owners/{owner['id']}/profile", finance)
    for words in ("Thomas Reed", "CFO", "42.5 %", "•••• 3000", "•••• 4321", "T. Reed"):
        assert words in shown, words
    assert "DE89370400440532013000" not in shown
    async with database.transaction() as tx:
        details_id = await tx.value("select max(id) from crm.owner_payment_details")
    clear = await client.post(f"{path}/payment-details/{details_id}/show", headers=finance)
    assert "DE89370400440532013000" in clear.text
    assert "13-7654321" in (await client.post(f"{path}/tax/show", headers=finance)).text


async def test_notes_and_tasks_are_kept_about_an_owner_by_who_sees_them(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance") | INSIDE
    owner = await add(client, finance, hospitalIds=[world.bellevue.id])
    base = f"/panels/follow-ups/owner/{owner['id']}"
    assert (
        "Prefers Mondays"
        in (await client.post(f"{base}/notes", data={"body": "Prefers Mondays"}, headers=finance)).text
    )
    assert "Send the W-9" in (await client.post(f"{base}/tasks", data={"title": "Send the W-9"}, headers=finance)).text
    assert "Send the W-9" in await page(client, base, finance)
    dialog = await page(client, f"/tasks/new?subject=owner&subjectId={owner['id']}", finance)
    assert "Harbor Health Partners" in dialog
    outsider = await as_role("finance", hospitals=[world.santa_lucia.id])
    assert (await client.get(base, headers=outsider)).status_code == 404
    assert "Prefers Mondays" in await page(client, f"/panels/owners/{owner['id']}/timeline", finance)


async def test_documents_are_kept_put_away_and_brought_back(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance") | INSIDE
    owner = await add(client, finance)
    path = f"/owners/{owner['id']}/documents"
    wrong = await client.post(path, data={"title": "W-9", "kind": "tax"}, headers=finance)
    assert (wrong.status_code, "Choose a file" in wrong.text) == (422, True)
    text = await client.post(
        path, files={"file": ("w9.pdf", b"hello")}, data={"title": "W-9", "kind": "tax"}, headers=finance
    )
    assert text.status_code == 422
    pdf = {"file": ("w9.pdf", b"%PDF-1.7 made up")}
    assert (
        await client.post(path, files=pdf, data={"title": "W-9", "kind": "tax"}, headers=finance)
    ).status_code == 200
    panel = await page(client, f"/panels/owners/{owner['id']}/documents", finance)
    found = re.search(r'href="(/api/owners/\d+/documents/(\d+)/file)"', panel)
    assert found
    assert (await client.get(found[1], headers=finance)).content == b"%PDF-1.7 made up"
    gone = await client.post(f"{path}/{found[2]}/archive", headers=finance)
    assert f"{path}/{found[2]}/restore" in gone.text
    assert "No documents" in await page(client, f"/panels/owners/{owner['id']}/documents", finance)
    await client.post(f"{path}/{found[2]}/restore", headers=finance)
    assert "W-9" in await page(client, f"/panels/owners/{owner['id']}/documents", finance)


async def test_a_table_is_looked_at_imported_and_undone_by_forms(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    nothing = await client.post("/owners/import", data={"table": "zz"}, headers=finance)
    assert (nothing.status_code, "Not read" in nothing.text) == (422, True)
    table = {"file": ("owners.csv", b"name,kind\nGrace Bellamy,person\nX,robot\n")}
    looked = await client.post("/owners/import", files=table, headers=finance)
    for words in ("What owners.csv would do", "Grace Bellamy", "neither person nor company"):
        assert words in looked.text
    kept = re.search(r'name="table" value="([0-9a-f]+)"', looked.text)
    assert kept
    form = {"table": kept[1], "file_name": "owners.csv", "do": "yes"}
    assert "1 added" in (await client.post("/owners/import", data=form, headers=finance)).text
    assert "Grace Bellamy" in await page(client, "/owners", finance)
    undone = await client.post("/owners/imports/1/undo", headers=finance | INSIDE)
    assert undone.headers["hx-redirect"] == "/owners/import"
    assert "No owners yet" in await page(client, "/owners", finance)


@pytest.mark.parametrize("show", ["overview", "contracts", "payouts", "communications", "satisfaction", "documents"])
async def test_each_part_of_an_owners_page_opens(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole, show: str
) -> None:
    finance = await as_role("finance")
    owner = await add(client, finance)
    shown = await page(client, f"/owners/{owner['id']}?show={show}", finance)
    for address in re.findall(r'hx-get="(/(?:panels|owners)/[^"]+)"[^>]*hx-trigger="load', shown):
        assert (await client.get(address, headers=finance | INSIDE | {"x-quiet": "1"})).status_code == 200, address
