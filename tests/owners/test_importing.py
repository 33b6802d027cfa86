"""Owners come from a table: shown before it is done, done, and undone as a whole."""

import httpx

from tests.owners.test_owners import add
from tests.web import AsRole
from tests.world import SmallWorld

TABLE = """name;kind;registration number;phone;hospital
Harbor Health Partners;company;NY-4471;+1 212 555 0151;Bellevue General Hospital
Grace Bellamy;person;NY-2;;1
Harbor Health Partner;company;;;
Bad Phone;person;NY-3;123;
Grace Bellamy;person;NY-2;;1
Odd;robot;;;
Nowhere;person;;;Atlantis
"""


async def send(client: httpx.AsyncClient, headers: dict[str, str], **query: str) -> httpx.Response:
    return await client.post(
        "/api/owner-imports", params=query, content=TABLE.encode(), headers=headers | {"content-type": "text/csv"}
    )


async def test_an_import_says_what_it_would_do_does_it_and_is_undone(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    harbor = await add(client, finance)
    looked = (await send(client, finance)).json()
    assert [(one["line"], one["outcome"]) for one in looked["lines"]] == [
        (2, "changed"), (3, "new"), (4, "possible_duplicate"), (5, "refused"), (6, "refused"), (7, "refused"),
        (8, "refused"),
    ]  # fmt: skip
    assert looked["lines"][0]["because"] == "phone"
    assert looked["lines"][2]["ownerId"] == harbor["id"]
    assert len((await client.get("/api/owners", headers=finance)).json()["items"]) == 1
    done = (await send(client, finance, do="true")).json()
    assert (done["new"], done["changed"], done["possibleDuplicates"], done["refused"]) == (1, 1, 1, 4)
    names = [one["name"] for one in (await client.get("/api/owners", headers=finance)).json()["items"]]
    assert names == ["Grace Bellamy", "Harbor Health Partners"]
    again = (await send(client, finance, do="true")).json()
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 2)
    undone = await client.post(f"/api/owner-imports/{done['importId']}/undo", headers=finance)
    assert undone.status_code == 200, undone.text
    left = (await client.get("/api/owners", headers=finance)).json()["items"]
    assert [(one["name"], one["phone"]) for one in left] == [("Harbor Health Partners", "+12125550150")]
    twice = await client.post(f"/api/owner-imports/{done['importId']}/undo", headers=finance)
    assert twice.status_code == 409


async def test_an_import_whose_owners_were_changed_since_is_not_undone_by_half(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    await add(client, finance)
    done = (await send(client, finance, do="true", duplicatesToo="true")).json()
    assert done["new"] == 2
    grace = next(one["ownerId"] for one in done["lines"] if one["name"] == "Grace Bellamy")
    await client.patch(f"/api/owners/{grace}", json={"email": "grace@example.org"}, headers=finance)
    refused = await client.post(f"/api/owner-imports/{done['importId']}/undo", headers=finance)
    assert (refused.status_code, refused.json()["owners"]) == (409, ["Grace Bellamy"])
    assert len((await client.get("/api/owners", headers=finance)).json()["items"]) == 3


async def test_what_is_no_table_is_refused(world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole) -> None:
    finance = await as_role("finance")
    for content in (b"", b"colour,size\nred,2\n", b"PK\x03\x04nonsense"):
        answer = await client.post(
            "/api/owner-imports", content=content, headers=finance | {"content-type": "text/csv"}
        )
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/file"), answer.text


async def test_an_import_that_added_owners_of_another_hospital_is_not_undone_from_there(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    await add(client, finance, hospitalIds=[world.bellevue.id])
    done = (await send(client, finance, do="true")).json()
    olga = await as_role("finance", hospitals=[world.santa_lucia.id])
    assert (await client.post(f"/api/owner-imports/{done['importId']}/undo", headers=olga)).status_code == 404
    assert len((await client.get("/api/owners", headers=finance)).json()["items"]) == 2
