"""The versions on a template's page: each beside the one before it, and brought back with a button."""

import httpx

from tests.web import AsRole


async def test_versions_show_what_changed_and_come_back(client: httpx.AsyncClient, as_role: AsRole) -> None:
    marketing = await as_role("marketing")
    made = {"key": "after_visit", "name": "After the visit", "category": "follow_up"}
    address = (await client.post("/api/templates", headers=marketing, json=made)).headers["location"]
    versions = []
    for body in ("Please come <early>", "Please come late"):
        words = {"channel": "sms", "language": "en", "body": body}
        answer = await client.post(f"{address}/versions", headers=marketing, json=words)
        versions.append(answer.json()["id"])
    path = address.removeprefix("/api")
    shown = (await client.get(path, headers=marketing)).text
    assert "&lt;early&gt;</del>" in shown
    assert "late</ins>" in shown
    assert "Bring back version 1" in shown
    assert "Bring back version 2" not in shown
    back = await client.post(f"{path}/versions/{versions[0]}/restore", headers=marketing | {"hx-request": "true"})
    assert back.headers["hx-redirect"] == f"{path}?channel=sms&language=en"
    assert "Version 3" in (await client.get(path, headers=marketing)).text
    desk = await as_role("front_desk")
    assert (await client.post(f"{path}/versions/{versions[0]}/restore", headers=desk)).status_code == 403


async def test_a_template_is_archived_on_its_page_and_taken_out_again(
    client: httpx.AsyncClient, as_role: AsRole
) -> None:
    marketing = await as_role("marketing")
    made = {"key": "once_only", "name": "Once only", "category": "notice"}
    path = (await client.post("/api/templates", headers=marketing, json=made)).headers["location"].removeprefix("/api")
    hx = marketing | {"hx-request": "true"}
    assert (await client.post(f"{path}/archive", headers=hx)).headers["hx-redirect"] == path
    assert "Take out of the archive" in (await client.get(path, headers=marketing)).text
    assert "Once only" not in (await client.get("/templates", headers=marketing)).text
    assert "Once only" in (await client.get("/templates?standing=archived", headers=marketing)).text
    assert (await client.post(f"{path}/archive?archived=false", headers=hx)).status_code == 200
    assert "Once only" in (await client.get("/templates?sort=-updatedAt", headers=marketing)).text
    desk = await as_role("front_desk")
    assert (await client.post(f"{path}/archive", headers=desk)).status_code == 403
