"""What steps a campaign may have: each thing that cannot be gone is refused, and pointed at."""

from typing import Any

import httpx
import msgspec
import pytest

from bedside.campaigns import campaigns
from bedside.campaigns.journey_flow import check_steps, places
from bedside.campaigns.journey_model import Entry, Step
from bedside.campaigns.model import CampaignChanges
from bedside.campaigns.rules import Rule
from bedside.kit.http.problems import Invalid
from tests.campaigns.marketing import MARKETING, Marketing
from tests.web import AsRole
from tests.world import SmallWorld

SEND: dict[str, Any] = {"id": "s1", "kind": "send", "message": "Come and see us."}
WAIT: dict[str, Any] = {"id": "w1", "kind": "wait", "days": 2}


def steps(*given: dict[str, Any]) -> list[Step]:
    """Steps as JSON says them."""
    return msgspec.convert(list(given), list[Step])


def refused(*given: dict[str, Any], owners: bool = False) -> str:
    """What a refusal points at."""
    with pytest.raises(Invalid) as fault:
        check_steps(steps(*given), owners=owners)
    return fault.value.errors[0]["pointer"]


def send(name: str, **more: Any) -> dict[str, Any]:
    """A message."""
    return SEND | {"id": name} | more


def ask(name: str, **more: Any) -> dict[str, Any]:
    """A question."""
    return {"id": name, "kind": "if", "asks": "opened"} | more


def test_after_a_branch_the_flow_goes_on_with_what_follows_around_it() -> None:
    found = places(
        steps(
            SEND,
            ask("q", yes=[send("y"), {"id": "stop", "kind": "end"}], no=[send("n")]),
            {"id": "x", "kind": "split", "parts": [{"share": 30, "steps": [send("a")]}, {"share": 70}]},
            WAIT,
            {"id": "back", "kind": "go_to", "to": "s1", "times": 2},
            send("last"),
        )
    )
    leads = {name: place.ways for name, place in found.items()}
    assert leads == {
        "s1": ("q",), "q": ("y", "n"), "y": ("stop",), "stop": (None,), "n": ("x",), "x": ("a", "w1"), "a": ("w1",),
        "w1": ("back",), "back": ("s1", "last"), "last": (None,),
    }  # fmt: skip
    assert found["a"].pointer == "/steps/2/parts/0/steps/0"


def test_what_cannot_be_gone_is_pointed_at() -> None:
    assert refused(send("a"), send("a")) == "/steps/1/id"
    assert refused({"id": "a", "kind": "send", "message": "  "}) == "/steps/0/message"
    assert refused(send("a", templateKey="news")) == "/steps/0/templateKey"
    assert refused(send("a", message="a\0b")) == "/steps/0/message"
    assert refused(send("a", days=2)) == "/steps/0/days"
    assert refused(SEND, {"id": "w", "kind": "wait"}) == "/steps/1/days"
    assert refused(WAIT) == "/steps"
    assert refused(ask("q", yes=[SEND])) == "/steps/0/of"
    assert refused(SEND, ask("q", asks=None, yes=[WAIT])) == "/steps/1/asks"
    assert refused(SEND, ask("q", of="gone", yes=[WAIT])) == "/steps/1/of"
    assert refused(SEND, WAIT, ask("q", of="w1", yes=[send("b")])) == "/steps/2/of"
    assert refused(SEND, ask("q")) == "/steps/1/yes"
    assert refused(SEND, ask("q", asks="booked", yes=[WAIT]), owners=True) == "/steps/1/asks"
    assert refused(SEND, ask("q", yes=[{"id": "w", "kind": "wait"}], no=[send("b")])) == "/steps/1/yes/0/days"
    assert refused(SEND, {"id": "e", "kind": "end"}, send("b")) == "/steps/2"
    assert refused(SEND, {"id": "g", "kind": "go_to", "to": "nowhere"}) == "/steps/1/to"
    assert refused(*(send(f"s{n}") for n in range(51))) == "/steps"


def test_the_shares_of_a_split_add_up() -> None:
    def split(*parts: dict[str, Any]) -> dict[str, Any]:
        return {"id": "x", "kind": "split", "parts": list(parts)}

    assert refused(split({"share": 50, "steps": [SEND]}, {"share": 40})) == "/steps/0/parts"
    assert refused(split({"share": 99, "steps": [SEND]})) == "/steps/0/parts"
    assert refused(SEND, split({"share": 50}, {"share": 50})) == "/steps/1/parts/0/steps"
    check_steps(steps(split({"share": 50, "steps": [SEND]}, {"share": 50})), owners=False)


def test_a_loop_needs_a_wait() -> None:
    back = {"id": "g", "kind": "go_to", "to": "s1", "times": 3}
    assert refused(SEND, back) == "/steps/1/to"
    assert refused(SEND, ask("q", yes=[WAIT], no=[back])) == "/steps/1/no/0/to"
    assert refused(SEND, {"id": "self", "kind": "go_to", "to": "self"}) == "/steps/1/to"
    check_steps(steps(SEND, WAIT, back), owners=False)
    check_steps(steps(SEND, ask("q", yes=[], no=[WAIT, back])), owners=False)


def test_branches_go_so_deep_and_no_deeper() -> None:
    deep = [send("bottom")]
    for n in range(5):
        deep = [send(f"s{n}"), ask(f"q{n}", yes=deep)]
    assert refused(*deep) == "/steps/1/yes/1/yes/1/yes/1/yes/1/yes"
    check_steps(steps(*deep[1]["yes"]), owners=False)


async def test_steps_an_entry_and_a_goal_are_kept_with_the_campaign_and_changed(marketing: Marketing) -> None:
    goal = Rule(field="next_visit", operator="some")
    made = await marketing.launch(
        status="draft", message=None, steps=steps(send("a", message="Dear {{ patient.first_name }}"), WAIT, send("b")),
        goal=goal, entry=Entry(on="birthday", again="always"),
    )  # fmt: skip
    assert [step.id for step in made.steps] == ["a", "w1", "b"]
    assert made.message == ""
    assert (made.goal, made.entry) == (goal, Entry(on="birthday", again="always"))
    async with marketing.office.database.transaction() as tx:
        changed = await campaigns.change(
            tx, campaign_id=made.id, changes=CampaignChanges(steps=steps(SEND), entry=None, goal=None),
            expected_version=None, user=MARKETING,
        )  # fmt: skip
    assert (changed.steps, changed.entry, changed.goal) == (steps(SEND), None, None)


async def test_words_entries_and_goals_that_cannot_be_are_pointed_at(marketing: Marketing) -> None:
    async def points_at(**more: Any) -> str:
        with pytest.raises(Invalid) as fault:
            await marketing.launch(**({"status": "draft", "message": None} | more))
        return fault.value.errors[0]["pointer"]

    await marketing.people(1)
    nowhere = send("b", message="Dear {{ patient.shoe_size }}")
    assert await points_at(steps=steps(SEND, ask("q", no=[nowhere]))) == "/steps/1/no/0/message"
    assert await points_at(steps=steps(send("a", templateKey="none_such", message=None))) == "/steps/0/templateKey"
    hole = send("b", message="We saw you on {{ patient.last_visit }}")
    assert await points_at(steps=steps(SEND, hole), status=None) == "/steps/1/message"
    assert await points_at(steps=steps(SEND), goal=Rule(field="none_such", operator="some")) == "/goal/field"
    assert await points_at(steps=steps(SEND), goal=Rule()) == "/goal"
    assert await points_at(message="Hello", goal=Rule(field="next_visit", operator="some")) == "/goal"
    assert await points_at(message="Hello", entry=Entry(on="birthday")) == "/entry"
    assert await points_at(steps=steps(SEND), entry=Entry(on="list_joined")) == "/entry/listId"
    assert await points_at(steps=steps(SEND), entry=Entry(on="list_joined", list_id=2**60)) == "/entry/listId"
    assert await points_at(steps=steps(SEND), entry=Entry(on="birthday", list_id=1)) == "/entry/listId"
    assert await points_at(steps=steps(SEND), entry=Entry(on="rule")) == "/rule"
    assert await points_at(steps=steps(SEND), entry=Entry(on="rule", again="always")) == "/entry/again"
    owners = {"target_audience": "all_owners", "steps": steps(SEND)}
    assert await points_at(**owners, entry=Entry(on="birthday")) == "/entry/on"


async def test_over_http_steps_are_read_back_and_faults_point_into_the_tree(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    given: dict[str, Any] = {
        "name": "Tips", "targetAudience": "all_patients", "channels": ["sms"], "status": "draft",
        "steps": [SEND, WAIT, ask("q", no=[send("b")])], "entry": {"on": "visit_completed", "again": 30},
        "goal": {"field": "next_visit", "operator": "some"},
    }  # fmt: skip
    made = await client.post("/api/campaigns", json=given, headers=headers)
    assert made.status_code == 201, made.text
    found = (await client.get(made.headers["location"], headers=headers)).json()
    assert {key: found[key] for key in ("steps", "entry", "goal")} == {
        "steps": given["steps"], "entry": given["entry"] | {"listId": None}, "goal": given["goal"],
    }  # fmt: skip
    figures = (await client.get(f"{made.headers['location']}/steps", headers=headers)).json()
    assert [one["stepId"] for one in figures["items"]] == ["s1", "w1", "q", "b"]
    assert figures["going"] == 0
    wrong = {"steps": [SEND, ask("q", yes=[{"id": "w", "kind": "wait"}])]}
    refused = await client.patch(made.headers["location"], json=wrong, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/steps/1/yes/0/days")
    deep = '{"id": "a", "kind": "send"}'
    for _ in range(2_000):
        deep = f'{{"id": "q", "kind": "if", "yes": [{deep}]}}'
    refused = await client.patch(
        made.headers["location"],
        content=f'{{"steps": [{deep}]}}',
        headers=headers | {"Content-Type": "application/json"},
    )
    assert refused.status_code == 422, refused.text
