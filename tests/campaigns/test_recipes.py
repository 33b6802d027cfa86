"""Ready-made campaigns: each makes a draft that can be launched, with its list, its words and its tag."""

from typing import Any

import httpx
import pytest

from bedside.campaigns.recipes import RECIPES, view
from bedside.kit.database import Database
from bedside.message_templates import ship_templates
from bedside.message_templates.shipping import shipped_templates, shipped_words
from tests.campaigns.test_words import a_list
from tests.post_office import PostOffice
from tests.web import AsRole
from tests.world import SmallWorld

KEYS = [one.key for one in RECIPES]


def test_every_text_is_there_by_each_channel_in_each_language_and_is_news_that_says_how_to_end_it() -> None:
    for one in RECIPES:
        for key in view(one).template_keys:
            assert shipped_templates()[key].purpose == "marketing"
            for language in ("en", "es", "ar"):
                for channel in ("sms", "whatsapp", "email"):
                    words = shipped_words()[key, channel, language]  # type: ignore[index]
                    assert ("STOP" if channel != "email" else "links.unsubscribe") in words.body, (key, channel)


@pytest.mark.parametrize("key", KEYS)
async def test_a_recipe_makes_a_draft(client: httpx.AsyncClient, as_role: AsRole, office: PostOffice, key: str) -> None:
    headers = await as_role("marketing")
    seen = {one["key"]: one for one in (await client.get("/api/campaigns/recipes", headers=headers)).json()["items"]}
    assert list(seen) == KEYS
    made = await client.post(f"/api/campaigns/recipes/{key}", headers=headers, json={})
    assert made.status_code == 201, made.text
    draft = made.json()
    assert draft["status"] == "draft"
    assert draft["name"] == seen[key]["name"]
    assert draft["entry"]["on"] in ("visit_completed", "birthday", "rule", "list_joined")
    sends = [step for step in draft["steps"] if step["kind"] == "send"]
    assert len(sends) == seen[key]["messages"]
    assert [one["templateKey"] for one in sends]
    assert made.headers["location"] == f"/api/campaigns/{draft['id']}"


async def rows(client: httpx.AsyncClient, headers: dict[str, str], **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/api/audiences", headers=headers, params=query)
    return answer.json()["items"]  # type: ignore[no-any-return]


async def test_a_series_brings_its_list_with_its_words_once(
    client: httpx.AsyncClient, as_role: AsRole, office: PostOffice
) -> None:
    headers = await as_role("marketing")
    await a_list(office, "Diabetes")  # which has that word already
    drafts = [
        (await client.post("/api/campaigns/recipes/tips_diabetes", headers=headers, json={})).json() for _ in "12"
    ]
    assert drafts[0]["entry"] == drafts[1]["entry"]
    [series] = await rows(client, headers, q="Tips: Diabetes")
    assert drafts[0]["entry"]["listId"] == series["id"]
    words = (await client.get(f"/api/audiences/{series['id']}/words", headers=headers)).json()
    assert [one["word"] for one in words["joins"]] == ["AZUCAR", "سكري"]
    await office.reply("Azúcar")
    [member] = (await client.get(f"/api/audiences/{series['id']}/members", headers=headers)).json()["items"]
    assert (member["personId"], member["how"]) == (office.maria, "word")


async def test_chronic_care_is_for_those_with_the_tag_until_they_have_a_visit(
    client: httpx.AsyncClient, as_role: AsRole, office: PostOffice
) -> None:
    headers = await as_role("marketing")
    first, second = [
        (await client.post("/api/campaigns/recipes/diabetes_care", headers=headers, json={})).json() for _ in "12"
    ]
    tag, visit = first["rule"]["rules"]
    assert (tag["field"], visit["field"], visit["value"]) == ("tag", "last_visit", 90)
    assert first["rule"] == second["rule"]
    assert (first["goal"]["field"], first["entry"]["again"]) == ("next_visit", 90)
    assert await office.rows("select name from crm.tags") == [("Diabetes",)]


async def test_a_recipe_of_one_hospital_and_keys_that_are_none(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, database: Database
) -> None:
    async with database.transaction() as tx:
        await ship_templates(tx)
    here = await as_role("marketing", hospitals=[world.santa_lucia.id])
    path = "/api/campaigns/recipes/tips_heart"
    made = await client.post(path, headers=here, json={"hospitalId": world.santa_lucia.id})
    assert (made.status_code, made.json()["hospitalId"]) == (201, world.santa_lucia.id), made.text
    everywhere = await as_role("marketing")
    group = await client.post(path, headers=everywhere, json={})
    assert group.status_code == 201, group.text
    assert {one["name"] for one in await rows(client, everywhere, q="Tips: Heart")} == {"Tips: Heart", "Tips: Heart 2"}
    assert (await client.post(path, headers=here, json={"hospitalId": world.bellevue.id})).status_code == 403
    assert (await client.post("/api/campaigns/recipes/none", headers=here, json={})).status_code == 404
    assert (await client.post(path, headers=await as_role("front_desk"), json={})).status_code == 403
    for wrong in ({"hospitalId": 2**70}, {"hospitalId": "x"}, []):
        assert (await client.post(path, headers=here, json=wrong)).status_code == 422, wrong
    page = await client.get("/campaigns/recipes", headers=everywhere)
    assert "Sleep and stress" in page.text
