"""The library over HTTP: versions that never change, previews, and who may write."""

import httpx

from bedside.kit.database import Database
from bedside.message_templates import ship_templates
from tests.web import AsRole


async def test_a_text_is_written_previewed_and_versioned(
    database: Database, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    marketing = await as_role("marketing")
    made = await client.post(
        "/api/templates",
        headers=marketing,
        json={"key": "after_visit", "name": "After the visit", "category": "follow_up"},
    )
    assert made.status_code == 201, made.text
    address = made.headers["location"]
    for number, body in ((1, "How are you, {{ patient.first_name }}?"), (2, "¿Cómo está, {{ patient.first_name }}?")):
        version = await client.post(
            f"{address}/versions", headers=marketing, json={"channel": "sms", "language": "en", "body": body}
        )
        assert (version.status_code, version.json()["number"]) == (201, number)
    seen = await client.post(f"{address}/preview", headers=marketing, json={"channel": "sms"})
    assert seen.json()["body"] == "¿Cómo está, Maria?"
    assert (seen.json()["sms"]["encoding"], seen.json()["sms"]["forcedBy"]) == ("UCS-2", "ó")
    whole = (await client.get(address, headers=marketing)).json()
    assert [one["number"] for one in whole["versions"]] == [2, 1]


async def test_bad_words_are_refused_with_the_reason(
    database: Database, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    async with database.transaction() as tx:
        await ship_templates(tx)
    marketing = await as_role("marketing")
    [code] = [
        one
        for one in (await client.get("/api/templates", headers=marketing, params={"q": "booking"})).json()["items"]
        if one["key"] == "booking_code"
    ]
    address = f"/api/templates/{code['id']}"
    open_brace = {"channel": "sms", "language": "en", "body": "{{ code"}
    answer = await client.post(f"{address}/versions", headers=marketing, json=open_brace)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/template-fault")
    asked = {"channel": "sms", "words": open_brace | {"body": "{{ kode }}"}}
    answer = await client.post(f"{address}/preview", headers=marketing, json=asked)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/missing-variable")
    assert (await client.post(f"{address}/archive", headers=marketing)).status_code == 422
    desk = await as_role("front_desk")
    fine = {"channel": "sms", "language": "en", "body": "{{ code }}"}
    assert (await client.post(f"{address}/versions", headers=desk, json=fine)).status_code == 403
