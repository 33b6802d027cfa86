"""The library over HTTP: versions that never change, previews, and who may write."""

import httpx
import pytest

from bedside.kit.database import Database
from bedside.message_templates import ship_templates
from bedside.message_templates.saving import check_for_keeping
from bedside.message_templates.shipping import shipped_words
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


@pytest.mark.parametrize(
    ("words", "kind", "pointer"),
    [
        ({"body": "{{ code"}, "template-fault", "/body"),
        ({"body": "Hello {{ patient.frist_name }}"}, "unknown-variable", "/body"),
        ({"body": "Hello", "subject": "{{ hospitl.name }}"}, "unknown-variable", "/subject"),
        (
            {"body": "{% for a in (1..900) %}{% for b in (1..900) %}x{% endfor %}{% endfor %}"},
            "template-fault",
            "/body",
        ),
        ({"body": "Hello", "html": "<p>Hello</p><script>alert(1)</script>"}, "template-fault", "/html"),
        ({"body": "Hello", "html": '<p onclick="x()">Hello</p>'}, "template-fault", "/html"),
        ({"body": "Hello", "html": '<a href="java\nscript:x()">Hello</a>'}, "template-fault", "/html"),
    ],
)
async def test_words_that_cannot_be_kept_name_the_field(
    client: httpx.AsyncClient, as_role: AsRole, words: dict[str, str], kind: str, pointer: str
) -> None:
    marketing = await as_role("marketing")
    made = {"key": "spring_check", "name": "Spring check", "category": "health_promotion"}
    address = (await client.post("/api/templates", headers=marketing, json=made)).headers["location"]
    mail = {"channel": "email", "language": "en", "subject": "Hello"}
    answer = await client.post(f"{address}/versions", headers=marketing, json=mail | words)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{kind}"), answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await client.get(address, headers=marketing)).json()["versions"] == []


async def test_a_near_variable_is_offered_and_own_ones_are_kept(client: httpx.AsyncClient, as_role: AsRole) -> None:
    marketing = await as_role("marketing")
    made = {"key": "own_words", "name": "Own words", "category": "notice"}
    address = (await client.post("/api/templates", headers=marketing, json=made)).headers["location"]
    text = {"channel": "sms", "language": "en", "body": "{{ patient.frist_name }}"}
    answer = await client.post(f"{address}/versions", headers=marketing, json=text)
    assert "patient.first_name" in answer.json()["nextStep"]
    own = text | {
        "body": "{{ custom.offer }} {% for one in visits %}{{ one.time }}{% endfor %} {{ links.preferences }}"
    }
    assert (await client.post(f"{address}/versions", headers=marketing, json=own)).status_code == 201


def test_every_shipped_text_may_be_kept_as_it_is() -> None:
    for (_, _, language), words in shipped_words().items():
        check_for_keeping(words, language=language)


async def test_the_library_is_filtered_sorted_and_taken_out_as_a_table(
    client: httpx.AsyncClient, as_role: AsRole
) -> None:
    marketing = await as_role("marketing")
    made = {"key": "summer_check", "name": "Summer, check", "category": "health_promotion", "purpose": "marketing"}
    address = (await client.post("/api/templates", headers=marketing, json=made)).headers["location"]
    words = {"channel": "sms", "language": "de", "body": "Kommen Sie vorbei."}
    assert (await client.post(f"{address}/versions", headers=marketing, json=words)).status_code == 201
    german = "channel=sms&language=de"
    found = (await client.get(f"/api/templates?{german}", headers=marketing)).json()["items"]
    assert [one["key"] for one in found] == ["summer_check"]
    newest = (await client.get("/api/templates?sort=-updatedAt&limit=1", headers=marketing)).json()["items"]
    assert [one["key"] for one in newest] == ["summer_check"]
    table = await client.get(f"/api/templates/export?{german}", headers=marketing)
    assert table.headers["content-type"].startswith("text/csv")
    heading, line = table.text.removeprefix("\ufeff").splitlines()
    assert heading.startswith("key,name,description,category")
    assert line.startswith('summer_check,"Summer, check",,health_promotion,marketing,no,no,no,sms,de,')
    await client.post(f"{address}/archive", headers=marketing)
    assert "summer_check" not in (await client.get("/api/templates/export", headers=marketing)).text
    assert "summer_check" in (await client.get("/api/templates/export?archived=true", headers=marketing)).text
    for wrong in ("sort=shoe", "channel=pigeon", "limit=0"):
        assert (await client.get(f"/api/templates?{wrong}", headers=marketing)).status_code == 422, wrong
    assert (await client.get("/api/templates?q=%00&language=%00", headers=marketing)).status_code == 200
    assert (await client.get(f"/api/templates/{2**70}", headers=marketing)).status_code in (404, 422)
