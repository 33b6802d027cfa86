"""Lists of people: by hand, by file with all that a file may have wrong, and campaigns to them."""

import asyncio
import io
from typing import Any

import httpx
from python_calamine import CalamineWorkbook

from tests.campaigns.marketing import Marketing
from tests.web import AsRole
from tests.world import SmallWorld


async def a_list(client: httpx.AsyncClient, headers: dict[str, str], **more: Any) -> str:
    made = await client.post("/api/audiences", headers=headers, json={"name": "Walkers", "kind": "list"} | more)
    assert made.status_code == 201, made.text
    return f"{made.headers['location']}/members"


async def test_people_are_put_on_a_list_by_hand_and_taken_off(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    path = await a_list(client, headers)
    people = {"personIds": [world.maria.id, world.maria.id]}
    both = await asyncio.gather(*(client.post(path, headers=headers, json=people) for _ in range(2)))
    assert sorted((one.status_code, one.json()["new"], one.json()["same"]) for one in both) == [
        (200, 0, 1),
        (200, 1, 0),
    ]
    unknown = await client.post(path, headers=headers, json={"personIds": [world.maria.id, 2**62]})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/personIds/1"), unknown.text
    many = await client.post(path, headers=headers, json={"personIds": list(range(1, 1002))})
    assert many.status_code == 422
    on_it = (await client.get(path, headers=headers, params={"q": "mar"})).json()["items"]
    assert [(one["personId"], one["how"]) for one in on_it] == [(world.maria.id, "hand")]
    assert (await client.get(path, headers=headers, params={"q": "nobody"})).json()["items"] == []
    export = await client.get(f"{path}/export", headers=headers)
    assert on_it[0]["name"] in export.text
    book = await client.get(f"{path}/export?format=xlsx", headers=headers)
    (_, row) = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert on_it[0]["name"] in row
    assert (await client.delete(f"{path}/{world.maria.id}", headers=headers)).status_code == 204
    assert (await client.delete(f"{path}/{world.maria.id}", headers=headers)).status_code == 404
    assert (await client.get(path, headers=headers)).json()["items"] == []


async def test_a_hospitals_list_takes_its_own_people_alone(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    everywhere = await as_role("marketing")
    here = await as_role("marketing", hospitals=[world.santa_lucia.id])
    path = await a_list(client, here)
    bellevue = await client.post("/api/audiences/count", headers=everywhere, json={"hospitalId": world.bellevue.id})
    stranger = bellevue.json()["sample"][0]["id"]
    assert (await client.post(path, headers=here, json={"personIds": [stranger]})).status_code == 422
    assert (await client.post(path, headers=everywhere, json={"personIds": [stranger]})).status_code == 422
    of_the_group = await a_list(client, everywhere, name="All of us")
    assert (await client.post(of_the_group, headers=everywhere, json={"personIds": [stranger]})).status_code == 200
    assert (await client.get(of_the_group, headers=here)).json()["items"] == []  # not theirs to see
    assert (await client.post(of_the_group, headers=here, json={"personIds": [stranger]})).status_code == 403
    rule = await client.post("/api/audiences", headers=everywhere, json={"name": "A rule"})
    members = f"{rule.headers['location']}/members"
    none = await client.get(members, headers=everywhere)
    assert (none.status_code, none.json()["type"]) == (404, "/problems/no-such-list")
    refused = await client.post(members, headers=everywhere, json={"personIds": [stranger]})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-a-list")


async def test_a_file_is_looked_at_and_then_put_on_the_list(
    client: httpx.AsyncClient, as_role: AsRole, marketing: Marketing
) -> None:
    headers = await as_role("marketing")
    path = await a_list(client, headers)
    first, second, third = await marketing.people(3, email=True)
    async with marketing.office.database.transaction() as tx:
        await tx.execute(
            "update crm.contact_points set value = 'home@example.org'"
            " where kind = 'email' and patient_id = any(%(ids)s)",
            ids=[second, third],
        )
        number = await tx.value("select record_number from crm.patients where id = %(id)s", id=first)
        await tx.execute(
            "update crm.contact_points set value = '+1212555010' || right(value, 1) where kind = 'phone'"
            " and patient_id = any(%(ids)s)",
            ids=[first, second, third],
        )
        phone = await tx.value(
            "select value from crm.contact_points where kind = 'phone' and patient_id = %(id)s", id=second
        )
    text = (
        f"E-Mail;Patient Number;note;Phone\n;{number};;\nhome@example.org;;;\nhome@example.org;;;{phone}\n"
        f"P{first}@example.org;;;\nno-mail;;;\n;;;12\nnobody@example.org;;;\n;;only a note;\n;{number};;{phone}\n"
    )
    looked = await client.post(f"{path}/import?dryRun=true", headers=headers, content=text.encode())
    assert looked.status_code == 200, looked.text
    said = looked.json()
    assert (said["lines"], said["new"], said["same"]) == (9, 2, 0), said
    assert [(one["line"], one["outcome"]) for one in said["refused"]] == [
        (3, "several"), (5, "twice"), (6, "broken"), (7, "broken"), (8, "nobody"), (9, "broken"), (10, "nobody"),
    ]  # fmt: skip
    assert (await client.get(path, headers=headers)).json()["items"] == []
    done = (await client.post(f"{path}/import", headers=headers, files={"file": ("a.csv", text.encode())})).json()
    assert (done["new"], done["dryRun"], done["fileName"]) == (2, False, "a.csv")
    on_it = (await client.get(path, headers=headers)).json()["items"]
    assert {(one["personId"], one["how"]) for one in on_it} == {(first, "file"), (second, "file")}
    again = (await client.post(f"{path}/import", headers=headers, content=text.encode())).json()
    assert (again["new"], again["same"]) == (0, 2)
    for content, because in ((b"", "empty"), (b"colour\nred\n", "names no column"), (b"PK\x03\x04no", "opened")):
        refused = await client.post(f"{path}/import", headers=headers, content=content)
        assert refused.status_code == 422, refused.text
        assert because in refused.json()["detail"]


async def test_a_campaign_goes_to_those_on_the_list_when_it_starts(
    client: httpx.AsyncClient, as_role: AsRole, marketing: Marketing
) -> None:
    headers = await as_role("marketing")
    path = await a_list(client, headers)
    people = await marketing.people(4)
    assert (await client.post(path, headers=headers, json={"personIds": people[:2]})).status_code == 200
    campaign = await marketing.launch(target_audience=None, audience_id=int(path.split("/")[3]), channels=["sms"])
    await marketing.loop.step()  # which freezes whom it is for
    await client.post(path, headers=headers, json={"personIds": people[2:]})
    await marketing.until_done(campaign.id)
    assert await marketing.states(campaign.id) == {"delivered": 2}


async def test_owners_are_put_on_a_list_of_owners_by_those_who_may_see_them(
    client: httpx.AsyncClient, as_role: AsRole, marketing: Marketing
) -> None:
    admin = await as_role("admin")
    path = await a_list(client, admin, whose="owners", hospitalId=marketing.office.hospital)
    ids = []
    for name in ("Ada", "Bo"):
        owner = {
            "name": name,
            "kind": "person",
            "hospitalIds": [marketing.office.hospital],
            "email": f"{name}@b.example",
        }
        made = await client.post("/api/owners", headers=admin, json=owner)
        assert made.status_code == 201, made.text
        ids.append(made.json()["id"])
    assert (await client.post(path, headers=admin, json={"personIds": ids[:1]})).json() == {"new": 1, "same": 0}
    table = b"mail,phone\nADA@b.example,\nbo@b.example,\nbo@b.example,+12125550177\n"
    said = (await client.post(f"{path}/import", headers=admin, content=table)).json()
    assert (said["new"], said["same"], [one["line"] for one in said["refused"]]) == (1, 1, [4])
    on_it = (await client.get(path, headers=admin, params={"sort": "id", "q": "bo"})).json()["items"]
    assert [(one["personId"], one["number"]) for one in on_it] == [(ids[1], "")]
    assert (await client.get(path, headers=await as_role("marketing"))).status_code == 403


async def test_marketing_sees_the_pages_of_a_list_and_looks_up_its_hospitals_people(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    here = await as_role("marketing", hospitals=[world.santa_lucia.id])
    path = await a_list(client, here)
    page = path.removeprefix("/api").replace("/members", "/people")
    for rest in ("", "/count", "/import"):
        shown = await client.get(f"{page}{rest}", headers=here)
        assert shown.status_code == 200, shown.text
    ours = (await client.get(f"{page}/options", headers=here, params={"q": world.maria.last_name})).text
    everywhere = await as_role("marketing")
    of_the_group = (
        (await a_list(client, everywhere, name="All of us")).removeprefix("/api").replace("/members", "/people")
    )
    all_of_us = (await client.get(f"{of_the_group}/options", headers=everywhere, params={"q": "Ben Baker"})).text
    assert "Ben Baker" in all_of_us
    assert "Ben Baker" not in ours
    assert "Ben Baker" not in (await client.get(f"{page}/options", headers=here, params={"q": "Ben Baker"})).text
    assert "Ben Baker" not in (await client.get(f"{of_the_group}/options", headers=here, params={"q": "Ben"})).text
