"""What a campaign is called, whom it is for, by which ways: changed by REST and in its dialog, until it has started."""

import re
from typing import Any

import httpx
import pytest

from tests.web import AsRole
from tests.world import SmallWorld

FLU: dict[str, Any] = {
    "name": "Flu", "message": "Come for your flu shot.", "targetAudience": "all_patients", "channels": ["sms"],
    "status": "draft",
}  # fmt: skip
JOURNEY = FLU | {"message": None, "steps": [{"id": "s1", "kind": "send", "message": "Come for your flu shot."}]}
OVER_65 = {"field": "age", "operator": "at_least", "value": 65}


class Office:
    """Marketing at its desk."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    async def made(self, **more: Any) -> int:
        """A campaign, a draft."""
        answer = await self.client.post("/api/campaigns", json=FLU | more, headers=self.headers)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    async def one(self, id_: int) -> dict[str, Any]:
        """As it is."""
        return (await self.client.get(f"/api/campaigns/{id_}", headers=self.headers)).json()  # type: ignore[no-any-return]

    async def changes(self, id_: int, **changes: Any) -> httpx.Response:
        """Changed by REST."""
        return await self.client.patch(f"/api/campaigns/{id_}", json=changes, headers=self.headers)

    async def says(self, id_: int, **form: Any) -> httpx.Response:
        """Changed in the dialog."""
        return await self.client.post(f"/campaigns/{id_}/details", data=form, headers=self.headers)

    async def audience(self, name: str, rule: dict[str, Any]) -> int:
        """An audience that is kept."""
        made = await self.client.post("/api/audiences", json={"name": name, "rule": rule}, headers=self.headers)
        assert made.status_code == 201, made.text
        return int(made.json()["id"])


@pytest.fixture
async def desk(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> Office:
    """Marketing at its desk."""
    return Office(client, await as_role("marketing"))


async def test_by_rest_whom_it_is_for_is_changed_in_one_of_three_ways(desk: Office) -> None:
    id_, seniors = await desk.made(), await desk.audience("Over 65", OVER_65)

    async def stands() -> tuple[Any, ...]:
        found = await desk.one(id_)
        return found["whose"], found["audienceId"], found["rule"].get("field")

    assert (await desk.changes(id_, audienceId=seniors)).status_code == 200
    assert await stands() == ("patients", seniors, None)
    assert (await desk.changes(id_, rule=OVER_65)).status_code == 200
    assert await stands() == ("patients", None, "age")
    assert (await desk.changes(id_, name="Flu week")).status_code == 200
    assert await stands() == ("patients", None, "age")
    assert (await desk.changes(id_, targetAudience="all_owners")).status_code == 200
    assert await stands() == ("owners", None, None)
    for wrong, pointer in (
        ({"targetAudience": "all_patients", "audienceId": seniors}, "/targetAudience"),
        ({"rule": {"field": "shoe_size", "operator": "some"}}, "/rule/field"),
    ):
        answer = await desk.changes(id_, **wrong)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (await desk.changes(id_, audienceId=2**40)).status_code == 404
    assert await stands() == ("owners", None, None)


async def test_what_its_steps_ask_is_looked_at_when_it_becomes_anothers(desk: Office) -> None:
    asks = {"id": "q", "kind": "if", "asks": "booked", "no": [{"id": "s2", "kind": "send", "message": "Still time."}]}
    id_ = await desk.made(**JOURNEY | {"steps": [*JOURNEY["steps"], asks]})
    answer = await desk.changes(id_, targetAudience="all_owners")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/steps/1/asks")
    dialog = await desk.says(id_, name="Flu", channels=["sms"], audience="all_owners")
    assert (dialog.status_code, "Owners book no visits." in dialog.text) == (422, True)


async def test_the_dialog_shows_what_it_is_and_changes_it(desk: Office) -> None:
    seniors = await desk.audience("Over 65", OVER_65)
    id_ = await desk.made(**JOURNEY)
    path = f"/campaigns/{id_}"
    page = await desk.client.get(path, headers=desk.headers)
    assert f'hx-get="{path}/details"' in page.text
    dialog = await desk.client.get(f"{path}/details", headers=desk.headers)
    assert re.search(r'<option value="all_patients" selected', dialog.text)
    version = (await desk.one(id_))["version"]
    kept = await desk.says(
        id_, name="Flu for <seniors>", channels=["email", "sms"], subject="Your flu shot",
        audience=f"audience:{seniors}", version=version,
    )  # fmt: skip
    assert (kept.status_code, "Flu for &lt;seniors&gt;" in kept.text) == (200, True)
    found = await desk.one(id_)
    assert {key: found[key] for key in ("name", "channels", "subject", "audienceId")} == {
        "name": "Flu for <seniors>", "channels": ["email", "sms"], "subject": "Your flu shot", "audienceId": seniors,
    }  # fmt: skip
    assert [one["id"] for one in found["steps"]] == ["s1"]
    # somebody else was quicker
    late = await desk.says(id_, name="Flu", channels=["sms"], audience="all_patients", version=version)
    assert (late.status_code, (await desk.one(id_))["name"]) == (422, "Flu for <seniors>")


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"name": " "}, "name", "Give it a name"),
        ({"channels": []}, "channels", "Choose at least one way."),
        ({"audience": "audience:99999"}, "", "There is no such audience"),
        ({"subject": "x" * 201}, "subject", "At most 200 characters."),
        ({"audience": "everybody"}, "audience", "Choose one of these."),
    ],
)
async def test_a_fault_stands_beside_its_field_and_nothing_is_kept(
    desk: Office, given: dict[str, Any], field: str, words: str
) -> None:
    id_ = await desk.made()
    form = {"name": "Changed", "channels": ["sms"], "audience": "all_owners"} | given
    answer = await desk.says(id_, **form)
    assert (answer.status_code, words in answer.text) == (422, True)
    if field:
        assert f'id="problem-{field}"' in answer.text
    assert (await desk.one(id_))["name"] == "Flu"


async def test_a_rule_of_its_own_and_an_audience_put_away_stay_as_they_are(desk: Office) -> None:
    ruled = await desk.made(targetAudience=None, rule=OVER_65)
    dialog = await desk.client.get(f"/campaigns/{ruled}/details", headers=desk.headers)
    assert "As it is: Patients of whom this is so: age is at least 65" in dialog.text
    assert (await desk.says(ruled, name="Seniors", channels=["sms"], audience="own")).status_code == 200
    found = await desk.one(ruled)
    assert (found["name"], found["rule"]["field"]) == ("Seniors", "age")
    seniors = await desk.audience("Over 65", OVER_65)
    named = await desk.made(targetAudience=None, audienceId=seniors)
    await desk.client.post(f"/api/audiences/{seniors}/archive", headers=desk.headers)
    chosen = f"audience:{seniors}"
    assert f'value="{chosen}" selected' in (
        await desk.client.get(f"/campaigns/{named}/details", headers=desk.headers)
    ).text  # fmt: skip
    assert (await desk.says(named, name="Them", channels=["sms"], audience=chosen)).status_code == 200
    assert (await desk.one(named))["audienceId"] == seniors


async def test_who_has_started_keeps_its_details_and_says_so(desk: Office, as_role: AsRole) -> None:
    id_ = await desk.made(status=None)
    page = await desk.client.get(f"/campaigns/{id_}", headers=desk.headers)
    assert f"/campaigns/{id_}/details" not in page.text
    late = await desk.says(id_, name="Late", channels=["sms"], audience="all_owners")
    assert (late.status_code, "cannot be changed" in late.text) == (422, True)
    assert (await desk.one(id_))["name"] == "Flu"
    other = await desk.made()
    reader = await as_role("front_desk")
    for answer in (
        await desk.client.get(f"/campaigns/{other}/details", headers=reader),
        await desk.client.post(f"/campaigns/{other}/details", data={"name": "x"}, headers=reader),
    ):
        assert answer.status_code == 403
