"""Whom rules about earlier campaigns name: who was sent one, opened it, followed its link, booked after it; who has
been heard of since. A machine's opening is nobody's."""

from datetime import timedelta
from typing import Any

import httpx

from bedside.campaigns import store_reach, store_rules
from bedside.kit.clock import SetClock
from bedside.message_templates import Channel
from tests.campaigns.conftest import rule_from
from tests.campaigns.marketing import Marketing
from tests.campaigns.test_analytics import book, follow
from tests.campaigns.test_rules import asks
from tests.web import AsRole
from tests.world import SmallWorld


async def named(marketing: Marketing, rule: dict[str, Any]) -> set[int]:
    """Whom a rule names."""
    async with marketing.office.database.transaction() as tx:
        compiled = store_rules.compile_rule(rule_from(rule), whose="patients", custom={})
        query, values = store_reach.people(compiled, whose="patients", within=None, list_id=None)
        return {row[0] for row in await tx.rows(query, **values)}


async def opened(marketing: Marketing, person: int, *, machine: str = "") -> None:
    """Somebody, or a machine, opens the mail."""
    async with marketing.office.database.transaction() as tx:
        await tx.execute(
            """insert into communications.message_opens (message_id, at, machine)
               select id, %(now)s, %(machine)s from communications.message_queue where person_id = %(id)s""",
            id=person,
            machine=machine,
        )


async def test_what_people_did_with_a_campaign_names_them_and_what_machines_did_names_nobody(
    marketing: Marketing, clock: SetClock
) -> None:
    reader, follower, machine, booker, late = everybody = await marketing.people(5, email=True)
    silent = (await marketing.people(1, agreed=False))[0]
    campaign = await marketing.launch(channels=[Channel.EMAIL], subject="Flu", attribution_days=7)
    await marketing.until_done(campaign.id)
    clock.advance(timedelta(minutes=5))
    await opened(marketing, reader)
    await opened(marketing, machine, machine="prefetcher")
    await follow(marketing, follower)
    await follow(marketing, machine, machine="burst")
    clock.advance(timedelta(days=1))
    await book(marketing, booker)
    clock.advance(timedelta(days=7))
    await book(marketing, late)

    def of(field: str, operator: str = "is_one_of") -> dict[str, Any]:
        return asks(field, operator, [campaign.id])

    assert await named(marketing, of("campaign_received")) == set(everybody)
    assert silent in await named(marketing, of("campaign_received", "is_none_of"))
    assert await named(marketing, of("campaign_opened")) == {reader}
    assert await named(marketing, of("campaign_clicked")) == {follower}
    assert await named(marketing, of("campaign_booked")) == {booker}, "the window of this campaign is seven days"
    sent_and_not_opened = {
        "match": "all",
        "rules": [of("campaign_received"), {"match": "none", "rules": [of("campaign_opened"), of("campaign_clicked")]}],
    }
    assert await named(marketing, sent_and_not_opened) == {machine, booker, late}
    assert await named(marketing, asks("campaign_received", "is_one_of", [campaign.id + 1])) == set()


async def test_who_was_last_heard_of_when(marketing: Marketing, clock: SetClock) -> None:
    reader, follower, answerer, machine = everybody = await marketing.people(4)
    campaign = await marketing.launch(channels=[Channel.SMS])
    await marketing.until_done(campaign.id)
    await marketing.office.reply("Is it free for children?", person=f"+1212555{answerer:04}")
    clock.advance(timedelta(days=20))
    await opened(marketing, reader)
    clock.advance(timedelta(days=20))
    await follow(marketing, follower)
    await opened(marketing, machine, machine="head")
    assert await named(marketing, asks("last_engaged", "ever")) == {reader, follower, answerer}
    assert await named(marketing, asks("last_engaged", "within_days", 5)) == {follower}
    assert await named(marketing, asks("last_engaged", "within_days", 20)) == {follower, reader}
    assert await named(marketing, asks("last_engaged", "longer_ago_than_days", 30)) == {answerer}
    never = await named(marketing, asks("last_engaged", "never"))
    assert machine in never
    assert never.isdisjoint({reader, follower, answerer})
    assert len(everybody) == 4


async def test_the_fields_are_offered_with_campaigns_to_choose(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    fields = (await client.get("/api/audiences/fields?whose=patients", headers=headers)).json()["items"]
    known = {one["key"]: (one["kind"], one["records"]) for one in fields}
    assert known["campaign_opened"] == ("records", "campaigns")
    assert known["vaccination_due"] == ("dose", "vaccines")
    assert known["last_engaged"] == ("past", "")
    flu = {
        "name": "Flu", "message": "Get your shot.", "targetAudience": "all_owners", "channels": ["sms"],
        "status": "draft",
    }  # fmt: skip
    of_owners = (await client.post("/api/campaigns", headers=headers, json=flu)).json()["id"]
    rule = {"match": "all", "rules": [asks("campaign_received", "is_one_of", [of_owners])]}
    refused = await client.post("/api/audiences/count", headers=headers, json={"rule": rule})
    assert refused.status_code == 422, "what went to owners says nothing of patients, whose numbers are others"
    assert "campaigns" in refused.json()["detail"]


async def test_marketing_of_a_hospital_chooses_among_its_own_campaigns_and_the_groups(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    everywhere = await as_role("marketing")
    here = await as_role("marketing", hospitals=[world.santa_lucia.id])
    for name, place in (("Of the group", None), ("At Bellevue", world.bellevue.id), ("Aquí", world.santa_lucia.id)):
        flu = {"name": name, "message": "Get your shot.", "targetAudience": "all_patients", "channels": ["sms"]}
        made = await client.post("/api/campaigns", headers=everywhere, json=flu | {"hospitalId": place})
        assert made.status_code == 201, made.text
    draft = {"name": "Not begun", "message": "x", "targetAudience": "all_patients", "channels": ["sms"]}
    await client.post("/api/campaigns", headers=everywhere, json=draft | {"status": "draft"})
    page = (await client.get("/audiences/new", headers=here)).text
    assert "Of the group" in page
    assert "Aqu" in page
    assert "At Bellevue" not in page
    assert "Not begun" not in page
