"""Owners are added, found, changed by two people at once, and seen by who works where they have a part."""

import httpx

from bedside.kit.database import Database
from tests.product import until
from tests.web import AsRole
from tests.world import SmallWorld

HARBOR = {
    "kind": "company", "name": "Harbor Health Partners", "legalName": "Harbor Health Partners LLC",
    "phone": "+1 212 555 0150", "email": "Accounts@harbor.example.org", "registrationNumber": "NY-4471",
}  # fmt: skip


async def add(client: httpx.AsyncClient, headers: dict[str, str], **more: object) -> dict[str, object]:
    answer = await client.post("/api/owners", json=HARBOR | more, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    return made


async def test_an_owner_is_added_and_found_by_what_one_remembers(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    made = await add(client, finance, hospitalIds=[world.bellevue.id])
    assert (made["phone"], made["email"]) == ("+12125550150", "accounts@harbor.example.org")
    assert made["possibleDuplicates"] == []
    for words in ("harbor", "Health Part", "Harbr helth", "0150", "accounts@har", "partners llc"):
        found = (await client.get("/api/owners", params={"q": words}, headers=finance)).json()["items"]
        assert [one["id"] for one in found] == [made["id"]], words
    for words in ("nobody", "%", "9999"):
        assert (await client.get("/api/owners", params={"q": words}, headers=finance)).json()["items"] == [], words
    twin = await add(client, finance, name="Harbour Health Partners", phone=None, email=None)
    assert twin["possibleDuplicates"][0]["because"] == "a similar name"  # type: ignore[index]


async def test_what_cannot_be_is_refused_and_nothing_written(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    for wrong, pointer in (
        ({"name": " "}, "/name"), ({"phone": "12"}, "/phone"), ({"email": "no"}, "/email"),
        ({"kind": "firm"}, "/kind"), ({"accountManagerId": 999_999}, "/accountManagerId"),
        ({"country": "USA"}, "/country"), ({"favouriteColour": "red"}, "/favouriteColour"),
    ):  # fmt: skip
        answer = await client.post("/api/owners", json=HARBOR | wrong, headers=finance)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    assert (await client.post("/api/owners", json=HARBOR | {"hospitalIds": [999]}, headers=finance)).status_code == 404
    assert (await client.get("/api/owners", headers=finance)).json()["items"] == []


async def test_the_second_of_two_who_change_an_owner_at_once_is_told(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    made = await add(client, finance)
    path = f"/api/owners/{made['id']}"
    read = await client.get(path, headers=finance)
    first = await client.patch(path, json={"legalName": "One"}, headers=finance | {"if-match": read.headers["etag"]})
    assert first.status_code == 200
    second = await client.patch(path, json={"legalName": "Two"}, headers=finance | {"if-match": read.headers["etag"]})
    assert second.status_code == 412
    assert (await client.get(path, headers=finance)).json()["legalName"] == "One"
    gone = await client.patch(path, json={"archived": True}, headers=finance)
    assert gone.json()["archivedAt"]
    assert (await client.get("/api/owners", headers=finance)).json()["items"] == []


async def test_staff_of_another_hospital_do_not_see_an_owner(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    made = await add(client, await as_role("finance"), hospitalIds=[world.bellevue.id])
    outsider = await as_role("finance", hospitals=[world.santa_lucia.id])
    assert (await client.get("/api/owners", headers=outsider)).json()["items"] == []
    for path in ("", "/contacts", "/hospitals", "/payment-details", "/sign-ins", "/documents", "/timeline"):
        assert (await client.get(f"/api/owners/{made['id']}{path}", headers=outsider)).status_code == 404, path
    assert (await client.patch(f"/api/owners/{made['id']}", json={"name": "X"}, headers=outsider)).status_code == 404
    answer = await client.post("/api/owners", json=HARBOR | {"hospitalIds": [world.bellevue.id]}, headers=outsider)
    assert answer.status_code == 403


async def test_stakes_in_a_hospital_come_to_a_hundred_at_most_on_any_day(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    one, other = await add(client, finance), await add(client, finance, name="Grace Bellamy", kind="person")

    async def give(owner: dict[str, object], **stake: object) -> httpx.Response:
        body = {"hospitals": [{"hospitalId": world.bellevue.id} | stake]}
        return await client.put(f"/api/owners/{owner['id']}/hospitals", json=body, headers=finance)

    assert (await give(one, stakePercent="60", until="2026-12-31")).status_code == 200
    refused = await give(other, stakePercent="50", since="2026-06-01")
    assert (refused.status_code, refused.json()["nextStep"]) == (422, "40 percent are left.")
    later = await give(other, stakePercent="50", since="2027-01-01")
    assert later.json()["hospitals"][0]["stakePercent"] == "50.0000"


async def test_a_sign_in_sees_its_own_owner_and_ends_at_once(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    mine, others = await add(client, finance), await add(client, finance, name="Somebody else")
    new = {"email": "reed@harbor.example.org", "name": "Thomas Reed"}
    added = (await client.post(f"/api/owners/{mine['id']}/sign-ins", json=new, headers=finance)).json()
    signed_in = await client.post("/api/auth/login", json={"email": new["email"], "password": added["password"]})
    reed = {"authorization": f"Bearer {signed_in.json()['accessToken']}"}
    for path in ("", "/contacts", "/hospitals", "/payment-details"):
        assert (await client.get(f"/api/owners/{mine['id']}{path}", headers=reed)).status_code == 200, path
        assert (await client.get(f"/api/owners/{others['id']}{path}", headers=reed)).status_code == 403, path
    for path in (
        "/api/owners",
        f"/api/owners/{mine['id']}/documents",
        f"/api/owners/{mine['id']}/timeline",
        "/api/staff",
    ):
        assert (await client.get(path, headers=reed)).status_code == 403, path
    staff_id = added["signIn"]["id"]
    assert (await client.delete(f"/api/owners/{others['id']}/sign-ins/{staff_id}", headers=finance)).status_code == 404
    assert (await client.delete(f"/api/owners/{mine['id']}/sign-ins/{staff_id}", headers=finance)).status_code == 200

    async def over() -> bool:
        return (await client.get(f"/api/owners/{mine['id']}", headers=reed)).status_code == 401

    await until(over)
    staff = {"email": "x@example.org", "name": "X", "role": "owner", "everyHospital": True}
    refused = await client.post("/api/staff", json=staff, headers=await as_role("admin"))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/role")


async def test_a_list_of_twenty_asks_no_more_than_a_list_of_one(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole, database: Database, query_count: object
) -> None:
    finance = await as_role("finance")
    asked = []
    for number in range(20):
        await add(client, finance, name=f"Owner {number:02}", phone=None, email=None)
        if number in (0, 19):
            with query_count() as queries:  # type: ignore[operator]
                page = await client.get("/api/owners", headers=finance)
            asked.append(len(queries))
            assert len(page.json()["items"]) == number + 1
    assert asked[0] == asked[1]
