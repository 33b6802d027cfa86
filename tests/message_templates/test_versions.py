"""Versions side by side: the difference is both texts in one, and an earlier one comes back as the next."""

import httpx
from hypothesis import given
from hypothesis import strategies as some

from bedside.message_templates.comparing import pieces_of
from tests.web import AsRole


@given(some.text(max_size=80), some.text(max_size=80))
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    pieces = pieces_of(before, after)
    assert "".join(one.text for one in pieces if one.kind != "added") == before
    assert "".join(one.text for one in pieces if one.kind != "removed") == after


async def test_an_earlier_version_is_compared_and_comes_back(client: httpx.AsyncClient, as_role: AsRole) -> None:
    marketing = await as_role("marketing")
    made = {"key": "after_visit", "name": "After the visit", "category": "follow_up"}
    address = (await client.post("/api/templates", headers=marketing, json=made)).headers["location"]

    async def save(body: str, language: str = "en") -> int:
        words = {"channel": "sms", "language": language, "body": body}
        answer = await client.post(f"{address}/versions", headers=marketing, json=words)
        return int(answer.json()["id"])

    first = await save("Hello {{ patient.first_name }}, how are you?")
    second = await save("Hello {{ patient.name }}, how are you?")
    spanish = await save("Hola", "es")
    seen = await client.get(f"{address}/difference", headers=marketing, params={"from": first, "to": second})
    [field] = seen.json()["fields"]
    assert field["field"] == "body"
    assert [(one["kind"], one["text"]) for one in field["pieces"]] == [
        ("same", "Hello "),
        ("removed", "{{ patient.first_name }}"),
        ("added", "{{ patient.name }}"),
        ("same", ", how are you?"),
    ]
    other = await client.get(f"{address}/difference", headers=marketing, params={"from": first, "to": spanish})
    assert other.status_code == 422
    gone = await client.get(f"{address}/difference", headers=marketing, params={"from": first, "to": 2**62})
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/template-version-not-found")

    once = {"idempotency-key": "restore-1"}
    for _ in range(2):
        back = await client.post(f"{address}/versions/{first}/restore", headers=marketing | once)
        assert (back.status_code, back.json()["number"]) == (201, 3)
    assert back.json()["body"] == "Hello {{ patient.first_name }}, how are you?"
    versions = (await client.get(address, headers=marketing)).json()["versions"]
    assert [one["number"] for one in versions if one["language"] == "en"] == [3, 2, 1]
    desk = await as_role("front_desk")
    assert (await client.post(f"{address}/versions/{first}/restore", headers=desk)).status_code == 403
