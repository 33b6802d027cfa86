"""Campaigns side by side: the figures of each as its own report has them, and which did best."""

from datetime import timedelta
from fractions import Fraction

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.campaigns import analytics, comparing
from bedside.campaigns.comparing import best, ids_in
from bedside.kit.clock import SetClock
from bedside.kit.http.problems import Invalid
from bedside.message_templates import Channel
from tests.campaigns.marketing import MARKETING, Marketing
from tests.campaigns.test_analytics import book, follow
from tests.campaigns.test_cost import cost, price
from tests.campaigns.test_to_owners import an_owner
from tests.web import AsRole
from tests.world import SmallWorld

DRAFT = {"name": "Flu", "message": "Come", "targetAudience": "all_patients", "channels": ["sms"], "status": "draft"}


@given(st.lists(st.none() | st.fractions(min_value=0, max_value=1)), st.sampled_from([1, -1]))
def test_the_best_is_better_than_every_other_and_not_all_are(values: list[Fraction | None], better: int) -> None:
    marks = best(values, better)
    chosen = [one for one, mark in zip(values, marks, strict=True) if mark and one is not None]
    others = [one for one, mark in zip(values, marks, strict=True) if not mark and one is not None]
    assert len(chosen) == sum(marks)
    if chosen:
        assert others
        assert all(one * better > other * better for one in chosen for other in others)


@pytest.mark.parametrize(
    "given", [[], ["1"], ["1,1"], ["1,two"], ["1", "-2"], ["1,2.5"], [",".join(map(str, range(21)))]]
)
def test_what_cannot_be_compared_is_said(given: list[str]) -> None:
    with pytest.raises(Invalid):
        ids_in(given)


def test_ids_are_named_in_one_or_one_by_one() -> None:
    assert ids_in(["3,1, 2", "3"]) == [3, 1, 2]


async def test_each_is_compared_with_the_figures_of_its_own_report(marketing: Marketing, clock: SetClock) -> None:
    people = await marketing.people(12)
    await price(marketing, "sms", "0.01")
    first = await marketing.launch(channels=[Channel.SMS], control_percent=40, attribution_days=7)
    await marketing.until_done(first.id)
    rows = await marketing.office.rows(
        "select person_id from communications.campaign_recipients where outcome = 'queued' order by 1"
    )
    written_to = [row[0] for row in rows]
    held = sorted(set(people) - set(written_to))
    clock.advance(timedelta(minutes=5))
    await follow(marketing, written_to[0])
    await book(marketing, written_to[0])
    await book(marketing, held[0])
    await marketing.office.reply("STOP", person=f"+1212555{written_to[1]:04}")
    await marketing.office.reply("Is it free?", person=f"+1212555{written_to[2]:04}")
    clock.advance(timedelta(days=10))
    second = await marketing.launch(channels=[Channel.SMS], message="A long one. " * 20)
    await marketing.until_done(second.id)
    await an_owner(marketing, "Olga", marketing=True)
    owners = await marketing.launch(target_audience="all_owners", channels=[Channel.EMAIL], subject="Flu")
    await marketing.until_done(owners.id)
    asked = [second.id, first.id, owners.id]
    async with marketing.office.database.transaction() as tx:
        found = (await comparing.compare(tx, campaign_ids=asked, user=MARKETING)).items
        reports = [await analytics.analytics(tx, campaign_id=one, user=MARKETING) for one in asked]
    assert [one.campaign_id for one in found] == asked
    for one, report in zip(found, reports, strict=True):
        done = report.conversions
        assert (one.people, one.written_to, one.reached) == (report.people, report.written_to, report.reached)
        assert (one.opened, one.clicked) == (report.read, report.followed)
        counted = ("sent", "deliveries_known", "delivered", "handed_over")
        assert [getattr(one, name) for name in counted] == [
            sum(getattr(line, name) for line in report.channels) for name in counted
        ]
        assert (one.opens_known, one.clicks_known) == (report.opens_known, report.clicks_known)
        assert one.delivered_rate == report.delivered_rate
        assert (one.booked, one.visits, one.lift) == (done.people, done.visits, done.lift)
        assert one.costs == (await cost(marketing, one.campaign_id)).totals
        assert one.cost_per_booking == report.money.cost_per_conversion
    flu = found[1]
    assert (flu.booked, flu.clicked, flu.unsubscribed, flu.answered, flu.complaints) == (1, 1, 1, 1, 0)
    assert flu.lift is not None
    table = {row.label: row.cells for row in comparing.rows(found, str)}
    assert not any(cell.best for cell in table["Reached"])  # of mail nobody says it
    assert [(cell.words, cell.share) for cell in table["Mail sent, not returned"]] == [
        ("–", ""), ("–", ""), ("1", "100.0 % of 1"),
    ]  # fmt: skip
    assert [cell.words for cell in table["Delivered, by SMS and WhatsApp"]][2] == "–"
    assert [cell.words for cell in table["Read or opened it"]] == ["–", "–", "0"]
    assert [cell.best for cell in table["Booked a visit"]] == [False, True, False]
    assert [cell.words for cell in table["Cost of a visit booked"]][1] == f"0.0{len(written_to)} USD"


async def test_campaigns_are_compared_and_exported_by_rest_and_on_the_page(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    ids = [(await client.post("/api/campaigns", json=DRAFT, headers=headers)).json()["id"] for _ in range(2)]
    named = ",".join(str(one) for one in ids)
    found = await client.get(f"/api/campaigns/compare?ids={named}", headers=headers)
    assert [one["campaignId"] for one in found.json()["items"]] == ids
    assert (await client.get("/api/campaigns/compare", headers=headers)).status_code == 422
    assert (await client.get(f"/api/campaigns/compare?ids={ids[0]},999", headers=headers)).status_code == 404
    for kind in ("csv", "xlsx"):
        table = await client.get(f"/api/campaigns/compare/export?ids={named}&format={kind}", headers=headers)
        assert table.status_code == 200
        assert f'campaigns-compared.{kind}"' in table.headers["content-disposition"]
    table = await client.get(f"/api/campaigns/compare/export?ids={named}", headers=headers)
    assert len(table.text.splitlines()) == 3
    page = await client.get(f"/campaigns/compare?ids={ids[0]}&ids={ids[1]}", headers=headers)
    assert (page.status_code, page.text.count("/analytics")) == (200, 2)
    alone = await client.get(f"/campaigns/compare?ids={ids[0]}", headers=headers)
    assert (alone.status_code, "From 2 to 20 campaigns are compared" in alone.text) == (422, True)
    chosen = await client.get("/campaigns", headers=headers)
    assert 'action="/campaigns/compare"' in chosen.text
    assert chosen.text.count('name="ids"') == 2


async def test_a_campaign_of_another_hospital_is_not_there_to_be_compared(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    admin = await as_role("admin")
    ids = []
    for place in (world.bellevue, world.santa_lucia):
        made = await client.post("/api/campaigns", json=DRAFT | {"hospitalId": place.id}, headers=admin)
        ids.append(made.json()["id"])
    elsewhere = await as_role("marketing", hospitals=[world.santa_lucia.id])
    answer = await client.get(f"/api/campaigns/compare?ids={ids[0]},{ids[1]}", headers=elsewhere)
    assert answer.status_code == 404
