"""The pages of journeys without a browser: how one begins, what the builder is given, and who may."""

import html
import json
import re
from typing import Any

import httpx
import pytest

from bedside.kit.database import Database
from tests.web import AsRole
from tests.world import SmallWorld

FORM: dict[str, Any] = {
    "name": "After the visit", "audience": "all_patients", "channels": ["sms"], "entry": "visit_completed",
    "again": "days", "days": "30", "goal": "", "message": "Thank you for coming, {{ patient.first_name }}.",
}  # fmt: skip


async def begun(client: httpx.AsyncClient, headers: dict[str, str], **more: Any) -> dict[str, Any]:
    """A journey begun on its page, as the API has it."""
    answer = await client.post("/campaigns/new-journey", data=FORM | more, headers=headers)
    assert answer.status_code == 200, answer.text
    path = answer.headers["hx-redirect"].removesuffix("/steps")
    return (await client.get(f"/api{path}", headers=headers)).json()  # type: ignore[no-any-return]


async def test_a_journey_begins_as_a_draft_with_its_first_message(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    rule = {"field": "age", "operator": "at_least", "value": 65}
    named = {"name": "Over 65", "rule": rule}
    audience = (await client.post("/api/audiences", json=named, headers=headers)).json()["id"]
    made = await begun(client, headers, goal=f"audience:{audience}")
    assert (made["status"], made["entry"]) == ("draft", {"on": "visit_completed", "again": 30, "listId": None})
    assert made["goal"] == rule
    assert [(one["kind"], one["message"]) for one in made["steps"]] == [("send", FORM["message"])]
    page = await client.get(f"/campaigns/{made['id']}", headers=headers)
    assert "again after 30 days" in page.text
    assert "Who reaches the goal leaves: age is at least 65." in page.text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "", "message": ""}, "Write the first message."),
        ({"channels": []}, "Choose at least one way."),
        ({"days": "0"}, "Between 1 and 3,660 days."),
        ({"entry": "list_joined", "again": "never"}, "Say which list."),
        ({"entry": "rule", "again": "never"}, "By this rule everybody comes in."),
        ({"entry": "full_moon"}, "Choose one of these."),
        ({"audience": "audience:99999"}, "There is no such audience"),
        ({"message": "{{ patient.shoe_size }}"}, "shoe_size"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_written_stays(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, given: dict[str, Any], words: str
) -> None:
    headers = await as_role("marketing")
    answer = await client.post("/campaigns/new-journey", data=FORM | given, headers=headers)
    assert answer.status_code in (404, 422), answer.text
    assert words in answer.text
    if answer.status_code == 422 and "name" not in given:
        assert FORM["name"] in answer.text


async def test_a_simple_campaign_begins_its_journey_with_what_it_says(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    flu = {"name": "Flu", "message": "Flu <shots>", "targetAudience": "all_patients", "channels": ["sms"]}
    made = (await client.post("/api/campaigns", json=flu | {"status": "draft"}, headers=headers)).json()
    page = await client.get(f"/campaigns/{made['id']}/steps", headers=headers)
    found = re.search(r'data-steps="([^"]*)"', page.text)
    assert found is not None
    assert json.loads(html.unescape(found[1])) == [{"id": "s1", "kind": "send", "message": "Flu <shots>"}]
    # one that has started is looked at on its own page
    await client.post(f"/api/campaigns/{made['id']}/launch", headers=headers)
    started = await client.get(f"/campaigns/{made['id']}/steps", headers=headers)
    assert (started.status_code, started.headers["location"]) == (302, f"/campaigns/{made['id']}")


async def test_words_are_told_of_steps_that_are_not_kept_and_what_are_none_is_refused(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    made = await begun(client, headers)
    path = f"/campaigns/{made['id']}/steps/words"
    told = await client.post(path, json={"steps": [{"id": "w", "kind": "wait", "days": 2}]}, headers=headers)
    assert (told.status_code, "Wait 2 days." in told.text) == (200, True)
    for wrong in ({"steps": [{"id": "w", "kind": "dance"}]}, {"steps": None}, {}, {"steps": [{"id": "w"}]}):
        assert (await client.post(path, json=wrong, headers=headers)).status_code in (400, 422)
    desk = await as_role("front_desk")
    assert (await client.post(path, json={"steps": []}, headers=desk)).status_code == 403


async def test_who_comes_in_is_changed_afterwards_and_a_fault_stands_in_the_dialog(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    made = await begun(client, headers, goal="next_visit")
    path = f"/campaigns/{made['id']}/start"
    dialog = await client.get(path, headers=headers)
    assert re.search(r'<option value="next_visit" selected', dialog.text)
    wrong = await client.post(path, data={"entry": "list_joined", "again": "never"}, headers=headers)
    assert (wrong.status_code, "Say which list." in wrong.text) == (422, True)
    right = await client.post(path, data={"entry": "birthday", "again": "always", "goal": ""}, headers=headers)
    assert (right.status_code, f'data-version="{made["version"] + 1}"' in right.text) == (200, True)
    found = (await client.get(f"/api/campaigns/{made['id']}", headers=headers)).json()
    assert (found["entry"]["on"], found["goal"], len(found["steps"])) == ("birthday", None, 1)


async def test_person_by_person_says_which_message_and_one_that_stands_is_ended(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, database: Database
) -> None:
    headers = await as_role("marketing")
    made = await begun(client, headers)
    path = f"/campaigns/{made['id']}"
    assert "End it" not in (await client.get(path, headers=headers)).text
    await client.post(f"/api{path}/launch", headers=headers)
    async with database.transaction() as tx:
        await tx.execute(
            """insert into communications.campaign_recipients (campaign_id, person_id, channel, outcome, entry_id, step)
               values (%(id)s, %(person)s, 'sms', 'no_consent', 1, 's1')""",
            id=made["id"],
            person=world.maria.id,
        )
    page = (await client.get(path, headers=headers)).text
    assert "End it" in page
    people = page[page.index('id="campaign-people"') :]
    assert "“Thank you for coming, {{ patient.first_name }}.”" in people
