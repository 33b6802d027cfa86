"""Audiences over HTTP: asked, kept, changed, put away, and by whom."""

from typing import Any

import httpx

from tests.web import AsRole
from tests.world import SmallWorld

SENIORS = {"match": "all", "rules": [{"field": "age", "operator": "at_least", "value": 65}]}


async def test_an_audience_is_asked_kept_and_changed_in_versions(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    fields = (await client.get("/api/audiences/fields?whose=patients", headers=headers)).json()["items"]
    assert {"age", "tag", "tier", "last_visit"} <= {one["key"] for one in fields}
    asked = await client.post("/api/audiences/count", headers=headers, json={"channels": ["sms"]})
    assert asked.status_code == 200, asked.text
    reach = asked.json()
    assert reach["people"] == sum(one["people"] for one in reach["outcomes"]) > 0
    assert {one["name"] for one in reach["sample"]} >= {"Ben Baker"}

    made = await client.post("/api/audiences", headers=headers, json={"name": "Seniors", "rule": SENIORS})
    assert made.status_code == 201, made.text
    path = made.headers["location"]
    again = await client.post("/api/audiences", headers=headers, json={"name": "seniors", "rule": SENIORS})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/audience-name-taken")
    older: dict[str, Any] = {"match": "all", "rules": [{"field": "age", "operator": "at_least", "value": 75}]}
    changed = await client.patch(
        path, headers=headers | {"If-Match": made.headers.get("etag", '"1"')}, json={"rule": older}
    )
    assert (changed.status_code, changed.json()["version"]) == (200, 2), changed.text
    late = await client.patch(path, headers=headers | {"If-Match": '"1"'}, json={"name": "Elders"})
    assert late.status_code == 412
    kept = (await client.get(f"{path}/versions", headers=headers)).json()["items"]
    assert [(one["version"], one["rule"]["rules"][0]["value"]) for one in kept] == [(2, 75), (1, 65)]

    await client.patch(path, headers=headers, json={"archived": True})
    assert (await client.get("/api/audiences", headers=headers)).json()["items"] == []
    put_away = (await client.get("/api/audiences?archived=true", headers=headers)).json()["items"]
    assert [one["name"] for one in put_away] == ["Seniors"]


async def test_what_cannot_be_asked_keeps_nothing(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    wrong = {"match": "any", "rules": [{"field": "hospital", "operator": "is_one_of", "value": [99999]}]}
    refused = await client.post("/api/audiences", headers=headers, json={"name": "Nowhere", "rule": wrong})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid")
    assert "no hospitals 99999" in refused.text
    assert (await client.get("/api/audiences", headers=headers)).json()["items"] == []


async def test_marketing_of_one_hospital_counts_its_own_people_alone(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    everywhere = await as_role("marketing")
    here = await as_role("marketing", hospitals=[world.santa_lucia.id])
    whole = (await client.post("/api/audiences/count", headers=everywhere, json={})).json()
    theirs = (await client.post("/api/audiences/count", headers=here, json={})).json()
    assert 0 < theirs["people"] < whole["people"]
    assert "Ben Baker" not in {one["name"] for one in theirs["sample"]}
    made = await client.post("/api/audiences", headers=here, json={"name": "Ours"})
    assert made.json()["hospitalId"] == world.santa_lucia.id
    of_the_group = await client.post("/api/audiences", headers=everywhere, json={"name": "All of us"})
    path = of_the_group.headers["location"]
    assert (await client.get(path, headers=here)).status_code == 200
    assert (await client.patch(path, headers=here, json={"name": "Mine"})).status_code == 403
    elsewhere = await as_role("marketing", hospitals=[world.bellevue.id])
    assert (await client.get(made.headers["location"], headers=elsewhere)).status_code == 404


async def test_owners_are_counted_by_their_own_addresses(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    admin = await as_role("admin")
    owner = {"name": "Harbor Health", "kind": "company", "hospitalIds": [world.bellevue.id], "email": "h@example.org"}
    assert (await client.post("/api/owners", json=owner, headers=admin)).status_code == 201

    async def reach(kind: str) -> tuple[set[str], dict[str, int]]:
        rule = {"field": "kind", "operator": "is_one_of", "value": [kind]}
        asked = {"whose": "owners", "channels": ["email"], "rule": rule}
        found = (await client.post("/api/audiences/count", headers=admin, json=asked)).json()
        return {one["name"] for one in found["sample"]}, {one["outcome"]: one["people"] for one in found["outcomes"]}

    companies, outcomes = await reach("company")
    assert "Harbor Health" in companies
    assert outcomes["no_consent"] >= 1
    persons, _ = await reach("person")
    assert "Harbor Health" not in persons
