"""Of an owner of two hospitals, staff of one see and set what is theirs; an owner sees themselves alone."""

import httpx

from bedside.kit.database import Database
from bedside.kit.sealing import install_sealing_key
from tests.owners.test_owners import HARBOR, add
from tests.owners.test_paying import TRANSFER
from tests.web import SECRET_KEY, AsRole
from tests.world import SmallWorld

CASH = {"method": "cash", "details": {"receiver": "Thomas Reed"}}


async def test_how_another_hospital_pays_a_shared_owner_is_neither_read_nor_set(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    shared = await add(client, finance, hospitalIds=[world.bellevue.id, world.santa_lucia.id])
    path = f"/api/owners/{shared['id']}/payment-details"
    theirs = (await client.put(path, json=CASH | {"hospitalId": world.bellevue.id}, headers=finance)).json()
    general = (await client.put(path, json=TRANSFER, headers=finance)).json()
    olga = await as_role("finance", hospitals=[world.santa_lucia.id])
    seen = (await client.get(path, headers=olga)).json()["items"]
    assert [one["id"] for one in seen] == [general["id"]]
    assert (await client.get(f"{path}/{theirs['id']}/unsealed", headers=olga)).status_code == 404
    assert (await client.get(f"{path}/{general['id']}/unsealed", headers=olga)).status_code == 200
    for hospital_id in (world.bellevue.id, None):
        refused = await client.put(path, json=CASH | {"hospitalId": hospital_id}, headers=olga)
        assert refused.status_code == 403, hospital_id
    assert (await client.put(path, json=CASH | {"hospitalId": world.santa_lucia.id}, headers=olga)).status_code == 200
    in_force = (await client.get(path, headers=finance)).json()["items"]
    assert {one["id"] for one in in_force} >= {theirs["id"], general["id"]}


async def test_staff_of_one_hospital_leave_an_owners_part_in_another_as_it_is(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    shared = await add(client, finance, hospitalIds=[world.bellevue.id, world.santa_lucia.id])
    path = f"/api/owners/{shared['id']}/hospitals"
    olga = await as_role("finance", hospitals=[world.santa_lucia.id])
    refused = await client.put(path, json={"hospitals": [{"hospitalId": world.bellevue.id}]}, headers=olga)
    assert refused.status_code == 403
    kept = await client.put(path, json={"hospitals": []}, headers=olga)
    assert [one["hospitalId"] for one in kept.json()["hospitals"]] == [world.bellevue.id]


async def test_the_record_of_one_owner_does_not_open_through_another(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    one, other = await add(client, finance), await add(client, finance, name="Grace Bellamy", phone=None, email=None)
    mine, others = f"/api/owners/{one['id']}", f"/api/owners/{other['id']}"
    reed = {"name": "Thomas Reed", "email": "reed@example.org"}
    contact = (await client.post(f"{mine}/contacts", json=reed, headers=finance)).json()
    details = (await client.put(f"{mine}/payment-details", json=CASH, headers=finance)).json()
    document = (
        await client.post(
            f"{mine}/documents",
            content=b"%PDF-1.7 made up",
            params={"title": "W-9"},
            headers=finance | {"content-type": "application/pdf"},
        )
    ).json()
    for method, path in (
        ("PATCH", f"contacts/{contact['id']}"),
        ("GET", f"payment-details/{details['id']}/unsealed"),
        ("GET", f"documents/{document['id']}/file"),
        ("DELETE", f"documents/{document['id']}"),
    ):
        body = {} if method == "PATCH" else None
        answer = await client.request(method, f"{others}/{path}", json=body, headers=finance)
        assert answer.status_code == 404, path
        answer = await client.request(method, f"{mine}/{path}", json=body, headers=finance)
        assert answer.status_code == 200, answer.text


async def test_nobody_becomes_an_owner_among_staff(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    owner = await add(client, await as_role("finance"), hospitalIds=[world.bellevue.id])
    olga = await as_role("admin", hospitals=[world.santa_lucia.id])
    new = {"email": "x@example.org", "name": "X", "role": "owner", "hospitalIds": [world.santa_lucia.id]}
    for more in ({}, {"ownerId": owner["id"]}, {"ownerId": owner["id"], "role": "clinician"}):
        refused = await client.post("/api/staff", json=new | more, headers=olga)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/role"), more
    assert (
        await client.post(f"/api/owners/{owner['id']}/sign-ins", json={"email": "x@example.org", "name": "X"},
                          headers=olga)
    ).status_code == 404  # fmt: skip


async def test_the_staff_form_leaves_an_owner_an_owner(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    admin = await as_role("admin")
    owner = await add(client, admin)
    new = {"email": "reed@harbor.example.org", "name": "Thomas Reed"}
    made = (await client.post(f"/api/owners/{owner['id']}/sign-ins", json=new, headers=admin)).json()["signIn"]
    anew = (await client.get("/settings/staff/new", headers=admin)).text
    assert 'value="clinician"' in anew
    assert 'value="owner"' not in anew
    listed = (await client.get("/settings/staff?role=owner", headers=admin)).text
    assert "Thomas Reed" in listed
    form = (await client.get(f"/settings/staff/{made['id']}/edit", headers=admin)).text
    assert 'value="owner"' in form
    assert 'value="admin"' not in form, "saving the form would have made them an administrator"


async def test_what_is_sent_twice_under_one_key_is_done_once(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance") | {"idempotency-key": "c0ffee"}
    first, again = [await client.post("/api/owners", json=HARBOR, headers=finance) for _ in range(2)]
    assert first.json() == again.json()
    path = f"/api/owners/{first.json()['id']}/documents"
    pdf = finance | {"content-type": "application/pdf"}
    answers = [await client.post(path, content=b"%PDF-1.7 a", params={"title": "W-9"}, headers=pdf) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert len((await client.get(path, headers=finance)).json()["items"]) == 1
    table = finance | {"content-type": "text/csv"}
    imports = [
        await client.post("/api/owner-imports?do=true", content=b"name\nGrace Bellamy\n", headers=table)
        for _ in range(2)
    ]
    assert [one.json()["new"] for one in imports] == [1, 1]
    assert len((await client.get("/api/owner-imports", headers=finance)).json()["items"]) == 1


async def test_a_manager_who_left_does_not_keep_the_record_from_being_changed(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole, database: Database
) -> None:
    finance = await as_role("finance")
    async with database.transaction() as tx:
        manager = await tx.value("select max(id) from crm.staff")
    owner = await add(client, finance, accountManagerId=manager)
    async with database.transaction() as tx:
        await tx.execute("update crm.staff set active = false where id = %(id)s", id=manager)
    path = f"/api/owners/{owner['id']}"
    assert (await client.patch(path, json={"legalName": "Harbor LLC"}, headers=finance)).status_code == 200
    assert (
        await client.post("/api/owners", json=HARBOR | {"accountManagerId": manager}, headers=finance)
    ).status_code == 422


async def test_a_task_about_an_owner_goes_to_their_account_manager_while_they_are_here(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole, database: Database
) -> None:
    finance = await as_role("finance")
    async with database.transaction() as tx:
        manager = await tx.value("select max(id) from crm.staff")
    owner = await add(client, finance, accountManagerId=manager)

    async def given_to(**more: object) -> object:
        task = {"title": "Send the W-9", "subject": "owner", "subjectId": owner["id"]} | more
        answer = await client.post("/api/tasks", json=task, headers=finance)
        assert answer.status_code == 201, answer.text
        return answer.json()["assignedTo"]

    assert await given_to() == manager
    assert await given_to(forRole="finance") is None
    async with database.transaction() as tx:
        await tx.execute("update crm.staff set active = false where id = %(id)s", id=manager)
    assert await given_to() is None


async def test_what_was_sealed_under_another_key_is_said_to_be(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    path = f"/api/owners/{(await add(client, finance))['id']}"
    made = (await client.put(f"{path}/payment-details", json=TRANSFER, headers=finance)).json()
    await client.put(f"{path}/tax", json={"taxNumber": "13-7654321"}, headers=finance)
    install_sealing_key("the key of another installation")
    try:
        for secret in (f"payment-details/{made['id']}", "tax"):
            answer = await client.get(f"{path}/{secret}/unsealed", headers=finance)
            assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "sealed-under-another-key")
    finally:
        install_sealing_key(SECRET_KEY)


async def test_an_owner_is_found_by_words_in_any_order_and_by_a_contacts_phone(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    owner = await add(client, finance)
    reed = {"name": "Thomas Reed", "phone": "+1 212 555 0177"}
    await client.post(f"/api/owners/{owner['id']}/contacts", json=reed, headers=finance)
    await add(client, finance, name="Grace Bellamy", legalName="", phone=None, email=None, kind="person")
    for words in ("partners harb", "LLC helth", "0177", "212 555 0177", "thomas r"):
        found = (await client.get("/api/owners", params={"q": words}, headers=finance)).json()["items"]
        assert [one["name"] for one in found] == ["Harbor Health Partners"], words
    for words in ("//", "—", "harbor nobody", "race"):
        found = (await client.get("/api/owners", params={"q": words}, headers=finance)).json()["items"]
        assert [one["name"] for one in found] == (["Grace Bellamy"] if words == "race" else []), words
