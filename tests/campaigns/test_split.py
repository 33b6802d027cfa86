"""Versions of a campaign: tried on a part of its people; the rest get the one that did best, by a rule or by hand."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.campaigns import campaigns
from bedside.campaigns.model import CampaignChanges, CampaignStands, CampaignStatus
from bedside.campaigns.split import best
from bedside.campaigns.split_model import Variant, VariantFigures, below
from bedside.kit.clock import SetClock
from bedside.kit.http.problems import Invalid
from bedside.message_templates import Channel
from tests.campaigns.marketing import MARKETING, Marketing

TWO = [
    Variant(name="A", share=20, message="Flu shots are here. Call us."),
    Variant(name="B", share=20, message="Will you come for your flu shot? Answer us."),
]
BY_ANSWERS: dict[str, Any] = {
    "channels": [Channel.SMS], "variants": TWO, "winner_by": "answered", "decide_after_hours": 4,
}  # fmt: skip


async def tried(marketing: Marketing, **more: Any) -> int:
    """A campaign of which everybody who tries has got it."""
    campaign = await marketing.launch(**(BY_ANSWERS | more))
    for _ in range(20):
        await marketing.loop.step()
        await marketing.office.sender.drain()
        if (await marketing.now(campaign.id)).decide_at:
            break
    return campaign.id


async def bodies(marketing: Marketing, campaign_id: int) -> dict[str, int]:
    """How many got which words."""
    rows = await marketing.office.rows(
        "select body, count(*) from communications.message_queue where about = 'campaign' group by 1"
    )
    return {row[0]: row[1] for row in rows}


async def test_a_part_tries_each_version_and_the_rest_wait(marketing: Marketing, clock: SetClock) -> None:
    await marketing.people(200)
    id_ = await tried(marketing)
    states = await marketing.states(id_)
    got = await bodies(marketing, id_)
    assert set(got) == {TWO[0].message, TWO[1].message}
    assert all(20 <= people <= 60 for people in got.values())  # 40 of 200, by chance
    assert states["held"] == 200 - sum(got.values())
    one = await marketing.now(id_)
    assert one.status is CampaignStatus.SENDING
    assert one.decide_at == clock.now() + timedelta(hours=4)
    # nothing is done while they are tried, and nobody works in vain
    assert await marketing.loop.step() is False or await marketing.loop.step() is False
    assert (await marketing.states(id_))["held"] == states["held"]


async def test_after_its_hours_the_rest_get_the_version_that_more_answered(
    marketing: Marketing, clock: SetClock
) -> None:
    everybody = await marketing.people(150)
    id_ = await tried(marketing)
    await answers(marketing, TWO[1].message or "", 5)
    clock.advance(timedelta(hours=4))
    await marketing.until_done(id_)
    one = await marketing.now(id_)
    assert one.winner == "B"
    got = await bodies(marketing, id_)
    assert sum(got.values()) == len(everybody)
    assert got[TWO[1].message or ""] > got[TWO[0].message or ""] * 2
    async with marketing.office.database.transaction() as tx:
        told = await campaigns.versions_report(tx, campaign_id=id_, user=MARKETING)
    by_name = {figures.name: figures for figures in told.items}
    assert (by_name["B"].answered, by_name["A"].answered) == (5, 0)
    # those who got the winner after are not counted among those who tried it
    assert by_name["B"].people + by_name["A"].people < 150
    assert by_name["B"].winner
    assert not by_name["A"].winner
    assert told.waiting == 0


async def test_everybody_tries_where_the_shares_come_to_a_hundred(marketing: Marketing) -> None:
    await marketing.people(60)
    halves = [Variant(name="A", share=50), Variant(name="B", share=50, message="Another way to say it.")]
    campaign = await marketing.launch(channels=[Channel.SMS], variants=halves)
    await marketing.until_done(campaign.id)
    got = await bodies(marketing, campaign.id)
    assert sum(got.values()) == 60
    assert set(got) == {campaign.message, "Another way to say it."}


async def test_somebody_chooses_without_waiting_and_once(marketing: Marketing) -> None:
    await marketing.people(80)
    id_ = await tried(marketing)

    async def choose(tx: Any, *, campaign_id: int, user: Any, variant: str = "A") -> Any:
        return await campaigns.choose_winner(tx, campaign_id=campaign_id, variant=variant, user=user)

    chosen = await marketing.do(choose, id_)
    assert chosen.winner == "A"
    with pytest.raises(CampaignStands):
        await marketing.do(choose, id_)
    await marketing.until_done(id_)
    got = await bodies(marketing, id_)
    assert sum(got.values()) == 80
    assert got[TWO[0].message or ""] > got[TWO[1].message or ""]


async def test_paused_while_they_are_tried_it_decides_when_it_goes_on(marketing: Marketing, clock: SetClock) -> None:
    await marketing.people(60)
    id_ = await tried(marketing)
    await marketing.do(campaigns.pause, id_)
    clock.advance(timedelta(hours=9))
    while await marketing.loop.step():
        pass
    assert (await marketing.now(id_)).winner is None
    await marketing.do(campaigns.resume, id_)
    await marketing.until_done(id_)
    assert sum((await bodies(marketing, id_)).values()) == 60


async def test_cancelled_while_they_are_tried_the_rest_get_nothing(marketing: Marketing, clock: SetClock) -> None:
    await marketing.people(60)
    id_ = await tried(marketing)
    held = (await marketing.states(id_))["held"]
    await marketing.do(campaigns.cancel, id_)
    clock.advance(timedelta(hours=9))
    while await marketing.loop.step():
        pass
    assert (await marketing.states(id_))["cancelled"] == held


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"variants": TWO[:1]}, "/variants"),
        (
            {"variants": [Variant(name="A", share=60), Variant(name="B", share=60, message="Other")]},
            "/variants/1/share",
        ),
        ({"winner_by": None, "decide_after_hours": None}, "/winnerBy"),
        ({"decide_after_hours": None}, "/decideAfterHours"),
        ({"winner_by": "opened"}, "/winnerBy"),
        ({"winner_by": "clicked"}, "/winnerBy"),
        ({"variants": [TWO[0], Variant(name="A", share=20, message="Other")]}, "/variants/1/name"),
        ({"variants": [TWO[0], Variant(name="B", share=20, message=TWO[0].message)]}, "/variants/1"),
        ({"variants": [TWO[0], Variant(name="B", share=20, message="{{ patient.nothing }}")]}, "/variants/1/message"),
        ({"variants": [TWO[0], Variant(name="B", share=20, template_key="no_such")]}, "/variants/1/templateKey"),
        ({"variants": [Variant(name="A", share=50), Variant(name="B", share=50, message="Other")]}, "/winnerBy"),
        ({"variants": []}, "/variants"),
    ],
)
async def test_what_does_not_add_up_is_said_beside_the_field(
    marketing: Marketing, more: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as wrong:
        await marketing.launch(**(BY_ANSWERS | more))
    assert wrong.value.errors[0]["pointer"] == pointer
    assert await marketing.office.rows("select 1 from communications.campaigns") == []


async def test_a_draft_is_given_versions_and_loses_them_again(marketing: Marketing) -> None:
    draft = await marketing.launch(status="draft", channels=[Channel.SMS])
    async with marketing.office.database.transaction() as tx:
        changes = CampaignChanges(variants=TWO, winner_by="booked", decide_after_hours=24)
        changed = await campaigns.change(
            tx, campaign_id=draft.id, changes=changes, expected_version=None, user=MARKETING
        )
        assert [one.name for one in changed.variants] == ["A", "B"]
        changes = CampaignChanges(variants=[], winner_by=None, decide_after_hours=None)
        changed = await campaigns.change(
            tx, campaign_id=draft.id, changes=changes, expected_version=None, user=MARKETING
        )
        assert changed.variants == []


def figures(name: str, people: int, booked: int) -> VariantFigures:
    """A version that so many booked after."""
    return VariantFigures(
        name=name, share=10, people=people, delivered=0, opened=0, clicked=0, answered=0, booked=booked
    )


def test_the_best_is_by_share_of_people_and_of_equals_the_one_named_first() -> None:
    assert best([figures("A", 100, 3), figures("B", 10, 1)], "booked") == "B"
    assert best([figures("A", 10, 0), figures("B", 10, 0)], "booked") == "A"
    assert best([figures("A", 0, 0), figures("B", 10, 0)], "booked") == "B"


@given(st.lists(st.integers(1, 30), min_size=1, max_size=5))
def test_every_hundredth_belongs_to_one_version_at_most(shares: list[int]) -> None:
    ends = below([Variant(name=str(n), share=share) for n, share in enumerate(shares)])
    taken = [next((n for n, end in enumerate(ends) if hundredth < end), None) for hundredth in range(150)]
    assert [taken.count(n) for n in range(len(shares))] == shares


async def answers(marketing: Marketing, body: str, number: int) -> None:
    """So many of those who got these words write back."""
    await marketing.office.settled()
    rows = await marketing.office.rows(
        "select to_address from communications.message_queue where body = %(body)s order by id limit %(number)s",
        body=body,
        number=number,
    )
    for (address,) in rows:
        await marketing.office.reply("I will come", person=address)
