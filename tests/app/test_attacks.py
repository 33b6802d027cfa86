"""What was tried to break in or to break it, and led somewhere once: each stands here so that it never does again."""

import base64
import json
from typing import Any

import httpx
import pytest

from bedside.kit.database import Database
from tests.web import AsRole
from tests.world import SmallWorld

PAGE = {"accept": "text/html"}


async def test_no_browser_keeps_what_somebody_signed_in_has_seen(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    desk = await as_role("front_desk")
    for path in (f"/patients/{world.maria.id}", f"/api/patients/{world.maria.id}", "/api/patients/999999", "/calendar"):
        seen = await client.get(path, headers=desk | PAGE)
        assert seen.headers["cache-control"] == "no-store", path
    assert "max-age" in (await client.get("/static/css/bedside.css", headers=desk)).headers["cache-control"]


async def test_an_administrator_of_one_hospital_reads_what_its_own_staff_did(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    here, there = world.bellevue.id, world.santa_lucia.id
    group, own = await as_role("admin"), await as_role("admin", hospitals=[there])
    for headers, name in ((group, "Seen by all"), (await as_role("admin", hospitals=[here]), "Bellevue's"),
                          (own, "Santa Lucía's")):  # fmt: skip
        made = await client.post("/api/tags", json={"name": name, "colour": "teal"}, headers=headers)
        assert made.status_code == 201, made.text

    async def tags_made(headers: dict[str, str]) -> set[str]:
        found = (await client.get("/api/audit?subject=tag", headers=headers)).json()["items"]
        return {entry["after"]["name"] for entry in found}

    assert await tags_made(own) == {"Santa Lucía's"}
    assert await tags_made(group) >= {"Seen by all", "Bellevue's", "Santa Lucía's"}
    page = (await client.get("/audit?subject=tag", headers=own | PAGE)).text
    assert "Santa Lucía&#39;s" in page
    assert "Bellevue&#39;s" not in page


async def test_a_photo_is_changed_by_who_works_where_its_practitioner_does(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    outsider = await as_role("admin", hospitals=[world.santa_lucia.id])
    path = f"/api/practitioners/{world.smith.id}/photo"
    image = b"\x89PNG\r\n\x1a\n" + bytes(100)
    assert (await client.put(path, content=image, headers=outsider)).status_code == 403
    assert (await client.delete(path, headers=outsider)).status_code == 403


async def test_the_groups_sender_is_paused_by_who_works_at_every_hospital(
    world: SmallWorld, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    async with database.transaction() as tx:
        sender = await tx.value(
            """insert into communications.senders (channel, provider, address, created_at, updated_at)
               values ('sms', 'twilio', '+12125550999', %(now)s, %(now)s) returning id"""
        )
    body = {"paused": True}
    outsider = await as_role("admin", hospitals=[world.santa_lucia.id])
    assert (await client.patch(f"/api/senders/{sender}", json=body, headers=outsider)).status_code == 403
    assert (await client.patch(f"/api/senders/{sender}", json=body, headers=await as_role("admin"))).status_code == 200


def cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "query",
    ["appointments?cursor=" + cursor("startsAt", value, id) for value, id in ((True, 1), (1, 1), (1.5, 1), (-1, 1))]
    + ["appointments?cursor=" + cursor("startsAt", "2027-03-01T10:00:00Z", True)]
    + ["messages?cursor=" + cursor("-id", True), "conversations?cursor=" + cursor("-lastMessageAt", 10**30, 1)],
)
async def test_a_cursor_with_values_of_another_kind_is_not_ours(
    client: httpx.AsyncClient, as_role: AsRole, query: str
) -> None:
    answer = await client.get(f"/api/{query}", headers=await as_role("admin"))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/cursor")


@pytest.mark.parametrize(
    "path",
    [
        "/audit?zone=Mars/Olympus", "/audit?until=9999-12-31", "/audit/deeds?since=0001-01-01&zone=Asia/Tokyo",
        "/audit?patient=²", "/patients?hospital=²", "/patients?hospital=" + "9" * 40,
        "/patients?hospital=" + "9" * 5000,
        "/settings/schedules?department=²", "/settings/schedules/new?weekday=²", "/calendar?department=²",
    ],
)  # fmt: skip
async def test_an_address_typed_by_hand_breaks_no_page(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole, path: str
) -> None:
    answer = await client.get(path, headers=await as_role("admin") | PAGE)
    assert answer.status_code == 200, answer.text[-500:]


@pytest.mark.parametrize("version", ["", "²", "-1", "1e3", "9" * 5000])
async def test_a_form_with_a_version_that_is_none_is_read_as_without(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole, version: str
) -> None:
    admin = await as_role("admin")
    for path in (f"/patients/{world.maria.id}", "/settings/staff/1"):
        answer = await client.post(path, data={"version": version}, headers=admin | PAGE)
        assert answer.status_code == 422, answer.text  # the names are missing, and the form says so
        assert "dialog-form" in answer.text
