"""Campaigns over HTTP: the plainest whole one, what cannot be, and what each role may."""

from typing import Any

import httpx
import pytest

from bedside.kit.database import Database
from tests.web import AsRole
from tests.world import SmallWorld

# the third body of DESIGN.md, section 5, as it stands
FLU: dict[str, Any] = {
    "name": "Flu Vaccination Drive", "message": "Get your flu shot today! 20% discount this week.",
    "targetAudience": "all_patients", "channels": ["sms", "whatsapp", "email"],
}  # fmt: skip


async def test_the_plainest_campaign_launches_at_once_and_once(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing") | {"Idempotency-Key": "flu"}
    made = await client.post("/api/campaigns", json=FLU, headers=headers)
    assert (made.status_code, made.json()["status"]) == (201, "sending"), made.text
    again = await client.post("/api/campaigns", json=FLU, headers=headers)
    assert again.json()["id"] == made.json()["id"]
    other = await client.post("/api/campaigns", json=FLU | {"name": "Other"}, headers=headers)
    assert other.status_code == 409
    path = made.headers["location"]
    assert (await client.patch(path, json={"name": "Late"}, headers=headers)).json()[
        "type"
    ] == "/problems/campaign-stands"
    assert (await client.post(f"{path}/pause", headers=headers)).json()["status"] == "paused"
    assert (await client.post(f"{path}/resume", headers=headers)).json()["status"] == "sending"
    assert (await client.post(f"{path}/cancel", headers=headers)).json()["status"] == "cancelled"
    assert (await client.post(f"{path}/launch", headers=headers)).status_code == 409
    listed = (await client.get("/api/campaigns?status=cancelled", headers=headers)).json()["items"]
    assert [one["name"] for one in listed] == ["Flu Vaccination Drive"]
    assert (await client.get(f"{path}/progress", headers=headers)).json()["lines"] == 0
    assert (await client.get(f"{path}/recipients?status=delivered", headers=headers)).json()["items"] == []


async def test_a_draft_and_a_scheduled_one_wait(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> None:
    headers = await as_role("marketing")
    draft = (await client.post("/api/campaigns", json=FLU | {"status": "draft"}, headers=headers)).json()
    assert (draft["status"], draft["startedAt"]) == ("draft", None)
    path = f"/api/campaigns/{draft['id']}"
    timed = await client.patch(path, json={"scheduledAt": "2027-03-05T15:00:00Z"}, headers=headers)
    assert timed.json()["status"] == "scheduled"
    assert (await client.patch(path, json={"scheduledAt": None}, headers=headers)).json()["status"] == "draft"
    assert (await client.patch(path, json={}, headers=headers | {"If-Match": '"1"'})).status_code == 412
    assert (await client.post(f"{path}/launch", headers=headers)).json()["status"] == "sending"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "/name"),
    ({"message": "  "}, "/message"),
    ({"message": "a" * 1_601}, "/message"),
    ({"channels": []}, "/channels"),
    ({"channels": ["pigeon"]}, "/channels/0"),
    ({"targetAudience": "everybody"}, "/targetAudience"),
    ({"targetAudience": None}, "/targetAudience"),
    ({"audienceId": 1}, "/targetAudience"),
    ({"targetAudience": None, "rule": {"field": "shoe", "operator": "at_least", "value": 1}}, "/rule/field"),
    ({"scheduledAt": "2027-02-01T10:00:00Z"}, "/scheduledAt"),
    ({"scheduledAt": "2027-03-05T10:00:00"}, "/scheduledAt"),
    ({"controlPercent": 51}, "/controlPercent"),
    ({"hospitalId": 99999}, "/hospitalId"),
]


@pytest.mark.parametrize(("wrong", "pointer"), REFUSED)
async def test_what_cannot_be_is_refused_where_it_stands_and_nothing_starts(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, wrong: dict[str, Any], pointer: str
) -> None:
    headers = await as_role("marketing")
    answer = await client.post("/api/campaigns", json=FLU | wrong, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    assert pointer in answer.text
    assert (await client.get("/api/campaigns", headers=headers)).json()["items"] == []


async def test_only_who_may_send_news_sends_it(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> None:
    for role in ("front_desk", "clinician", "finance", "integration", "owner"):
        assert (await client.post("/api/campaigns", json=FLU, headers=await as_role(role))).status_code == 403
    here = await as_role("marketing", hospitals=[world.santa_lucia.id])
    made = await client.post("/api/campaigns", json=FLU | {"status": "draft"}, headers=here)
    assert made.json()["hospitalId"] == world.santa_lucia.id
    theirs = await client.post("/api/campaigns", json=FLU | {"hospitalId": world.bellevue.id}, headers=here)
    assert theirs.status_code == 403


async def test_versions_over_http(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> None:
    headers = await as_role("marketing")
    versions = [{"name": "A", "share": 10}, {"name": "B", "share": 10, "message": "Shots are here."}]
    body = FLU | {"channels": ["sms"], "variants": versions, "winnerBy": "booked", "decideAfterHours": 24}
    made = await client.post("/api/campaigns", json=body, headers=headers)
    assert made.status_code == 201, made.text
    assert made.json()["variants"][1] == {"name": "B", "share": 10, "message": "Shots are here."}
    path = made.headers["location"]
    told = (await client.get(f"{path}/variants", headers=headers)).json()
    assert [(one["name"], one["people"], one["rate"]) for one in told["items"]] == [("A", 0, None), ("B", 0, None)]
    assert (told["winnerBy"], told["winner"], told["clear"]) == ("booked", None, False)
    unknown = await client.post(f"{path}/winner", json={"variant": "C"}, headers=headers)
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/variant")
    # nobody waits before its people are written down
    assert (await client.post(f"{path}/winner", json={"variant": "B"}, headers=headers)).status_code == 409
    wrong = await client.post("/api/campaigns", json=body | {"winnerBy": "clicked"}, headers=headers)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/winnerBy")
    refused = await client.post(f"{path}/winner", json={"variant": "B"}, headers=await as_role("front_desk"))
    assert refused.status_code == 403


async def test_nothing_starts_for_nobody_or_by_a_way_that_nothing_is_sent_by(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, database: Database
) -> None:
    headers = await as_role("marketing")
    nobody = {"name": "Old", "message": "Hello", "channels": ["sms", "email"],
              "rule": {"field": "age", "operator": "at_least", "value": 150}}  # fmt: skip
    refused = await client.post("/api/campaigns", json=nobody, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/rule")
    draft = await client.post("/api/campaigns", json=nobody | {"status": "draft"}, headers=headers)
    assert draft.status_code == 201
    assert (await client.post(f"{draft.headers['location']}/launch", headers=headers)).status_code == 422
    async with database.transaction() as tx:
        await tx.execute("update communications.senders set active = false where channel = 'email'")
    refused = await client.post("/api/campaigns", json=FLU, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/channels/2")
    assert len((await client.get("/api/campaigns", headers=headers)).json()["items"]) == 1


async def test_campaigns_and_audiences_are_exported_as_they_are_listed(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    for name in ("=Flu", "Eyes"):
        await client.post("/api/campaigns", json=FLU | {"name": name, "status": "draft"}, headers=headers)
    found = (await client.get("/api/campaigns/export?sort=name", headers=headers)).text.splitlines()
    assert found[0].lstrip("\ufeff").startswith("id,name,hospital,status,of,channels")
    # what somebody typed is no formula
    assert [line.split(",")[1] for line in found[1:]] == ["'=Flu", "Eyes"]
    assert len((await client.get("/api/campaigns/export?q=eyes", headers=headers)).text.splitlines()) == 2
    book = await client.get("/api/campaigns/export?format=xlsx", headers=headers)
    assert book.content.startswith(b"PK")
    await client.post("/api/audiences", json={"name": "All", "whose": "patients", "rule": {}}, headers=headers)
    assert len((await client.get("/api/audiences/export", headers=headers)).text.splitlines()) == 2
    for page in ("/campaigns?sort=-name", "/audiences?sort=name"):
        assert (await client.get(page, headers=headers)).status_code == 200
    assert (await client.get("/api/campaigns/export", headers=await as_role("front_desk"))).status_code == 403


async def test_what_waits_for_somebody_stands_above_the_list_and_awaits_anothers_approval(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    marketing, admin = await as_role("marketing"), await as_role("admin")
    limits = {"limits": {"marketing": 0}}
    assert (await client.put("/api/campaigns/approval-limits", json=limits, headers=marketing)).status_code == 403
    assert (await client.put("/api/campaigns/approval-limits", json=limits, headers=admin)).status_code == 200
    made = await client.post("/api/campaigns", json=FLU, headers=marketing)
    assert (made.status_code, made.json()["status"]) == (201, "awaiting_approval"), made.text
    path = made.headers["location"]
    assert "awaits approval" in (await client.get("/campaigns", headers=marketing)).text
    assert (await client.post(f"{path}/launch", headers=marketing)).status_code == 409
    assert (await client.post(f"{path}/approve", headers=marketing)).status_code == 403
    declined = await client.post(f"{path}/decline", json={"because": "Say when."}, headers=admin)
    assert (declined.status_code, declined.json()["status"]) == (200, "draft"), declined.text
    assert (await client.post(f"{path}/submit", headers=marketing)).json()["status"] == "awaiting_approval"
    approved = await client.post(f"{path}/approve", headers=admin)
    assert (approved.json()["status"], approved.json()["approvedByName"][:5]) == ("sending", "Admin"), approved.text
    assert (await client.post(f"{path}/approve", headers=admin)).status_code == 409
    assert "awaits approval" not in (await client.get("/campaigns", headers=marketing)).text
