"""A campaign from its launch to the phones: once each, to those alone who agreed, paused and gone on with exactly."""

import asyncio
from datetime import timedelta

import pytest

from bedside.campaigns import campaigns
from bedside.campaigns.model import CampaignStands, CampaignStatus
from bedside.campaigns.sending import Campaigns
from bedside.message_templates import Channel
from tests.campaigns.marketing import FLU, Marketing


async def test_a_simple_campaign_reaches_everybody_who_agreed_once_and_says_why_others_were_left_out(
    marketing: Marketing,
) -> None:
    agreed = await marketing.people(3, email=True)
    await marketing.people(2, agreed=False)
    campaign = await marketing.launch()
    assert campaign.status is CampaignStatus.SENDING
    await marketing.until_done(campaign.id)
    for id_ in agreed:
        received = marketing.office.phone(f"+1212555{id_:04}")
        assert [(one.channel, one.body) for one in received] == [("sms", FLU["message"])]
    states = await marketing.states(campaign.id)
    # Maria and the two who said nothing agreed to no channel
    assert states == {"delivered": 3, "another_channel": 6, "no_consent": states["no_consent"], "no_address": 2}
    assert states["no_consent"] == 2 * 2 + 3


async def test_everybody_gets_it_by_the_channel_that_they_prefer(marketing: Marketing) -> None:
    by_mail, by_sms = await marketing.people(2, email=True)
    async with marketing.office.database.transaction() as tx:
        await tx.execute("update crm.patients set preferred_channel = 'email' where id = %(id)s", id=by_mail)
    campaign = await marketing.launch(subject="Your flu shot")
    await marketing.until_done(campaign.id)
    mail = marketing.office.phone(f"p{by_mail}@example.org")
    assert [one.subject for one in mail] == ["Your flu shot"]
    assert marketing.office.phone(f"+1212555{by_mail:04}") == []
    assert len(marketing.office.phone(f"+1212555{by_sms:04}")) == 1


async def test_paused_and_resumed_nobody_is_left_out_and_nobody_is_written_to_twice(marketing: Marketing) -> None:
    everybody = await marketing.people(300)
    campaign = await marketing.launch(channels=[Channel.SMS])
    while not (await marketing.states(campaign.id)).get("queued"):
        await marketing.loop.step()
    await marketing.office.sender.step()
    paused = await marketing.do(campaigns.pause, campaign.id)
    assert paused.status is CampaignStatus.PAUSED
    await marketing.office.delivered()
    while await marketing.loop.step():
        pass
    sent = sum(len(marketing.office.phone(f"+1212555{id_:04}")) for id_ in everybody)
    states = await marketing.states(campaign.id)
    assert states.get("queued") is None
    assert states["waiting"] + sent == 300
    with pytest.raises(CampaignStands):
        await marketing.do(campaigns.pause, campaign.id)
    await marketing.do(campaigns.resume, campaign.id)
    await marketing.until_done(campaign.id)
    assert [len(marketing.office.phone(f"+1212555{id_:04}")) for id_ in everybody] == [1] * 300
    assert (await marketing.states(campaign.id))["delivered"] == 300


async def test_four_workers_share_a_campaign_and_none_does_a_thing_twice(marketing: Marketing) -> None:
    everybody = await marketing.people(1_200)
    campaign = await marketing.launch(channels=[Channel.SMS])
    loops = [Campaigns(marketing.office.database) for _ in range(4)]

    async def work(loop: Campaigns) -> None:
        while (await marketing.states(campaign.id)).get("queued") != 1_200:
            await loop.step()

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(loop) for loop in loops))
    rows = await marketing.office.rows(
        "select person_id, count(*) from communications.message_queue where about = 'campaign' group by 1"
    )
    assert {row[0] for row in rows} == set(everybody)
    assert {row[1] for row in rows} == {1}
    assert (await marketing.states(campaign.id))["queued"] == 1_200


async def test_cancelled_in_the_midst_whoever_waits_is_not_written_to(marketing: Marketing) -> None:
    await marketing.people(30)
    campaign = await marketing.launch(channels=[Channel.SMS])
    await marketing.loop.step()
    await marketing.do(campaigns.cancel, campaign.id)
    while await marketing.loop.step():
        pass
    await marketing.office.delivered()
    assert (await marketing.states(campaign.id))["cancelled"] == 30
    assert await marketing.office.rows("select 1 from communications.message_queue where about = 'campaign'") == []


async def test_who_stops_us_after_the_launch_gets_nothing(marketing: Marketing) -> None:
    first, second = await marketing.people(2)
    campaign = await marketing.launch(channels=[Channel.SMS])
    await marketing.loop.step()  # frozen
    async with marketing.office.database.transaction() as tx:
        await tx.execute(
            """insert into communications.suppressions (channel, address, reason, source, at)
               values ('sms', %(address)s, 'opt_out', 'wrote STOP', %(now)s)""",
            address=f"+1212555{first:04}",
        )
    await marketing.until_done(campaign.id)
    assert marketing.office.phone(f"+1212555{first:04}") == []
    assert len(marketing.office.phone(f"+1212555{second:04}")) == 1
    assert (await marketing.states(campaign.id))["stopped"] == 1


async def test_two_campaigns_in_one_hour_keep_the_cap_together(marketing: Marketing) -> None:
    async with marketing.office.database.transaction() as tx:
        await tx.execute(
            """insert into communications.contact_policies
                   (hospital_id, news_per_day, news_per_week, holidays, updated_at)
               values (%(hospital)s, 1, 3, 'as_any_day', %(now)s)
               on conflict (hospital_id) do update set news_per_day = 1, news_per_week = 3""",
            hospital=marketing.office.hospital,
        )
    await marketing.people(5)
    one = await marketing.launch(channels=[Channel.SMS])
    two = await marketing.launch(channels=[Channel.SMS], name="Another")
    loops = [Campaigns(marketing.office.database) for _ in range(2)]
    for _ in range(4):
        await asyncio.gather(*(loop.step() for loop in loops))
    for campaign in (one, two):
        await marketing.until_done(campaign.id)
    sent = [(await marketing.states(campaign.id)).get("delivered", 0) for campaign in (one, two)]
    refused = [(await marketing.states(campaign.id)).get("too_often", 0) for campaign in (one, two)]
    assert sum(sent) == 5
    assert sum(refused) == 5


async def test_a_control_group_is_held_back(marketing: Marketing) -> None:
    await marketing.people(200)
    campaign = await marketing.launch(channels=[Channel.SMS], control_percent=20)
    await marketing.until_done(campaign.id)
    states = await marketing.states(campaign.id)
    assert states["control"] + states["delivered"] == 200
    assert 20 <= states["control"] <= 60


async def test_a_schedule_starts_in_time_and_asks_when_it_is_overdue(marketing: Marketing) -> None:
    await marketing.people(1)
    clock = marketing.office.database.clock
    at = clock.now() + timedelta(hours=1)
    soon = await marketing.launch(channels=[Channel.SMS], scheduled_at=at)
    late = await marketing.launch(channels=[Channel.SMS], name="Late", scheduled_at=at + timedelta(hours=1))
    assert soon.status is CampaignStatus.SCHEDULED
    await marketing.start_due()
    assert (await marketing.now(soon.id)).status is CampaignStatus.SCHEDULED
    clock.set(at + timedelta(seconds=1))  # type: ignore[attr-defined]
    await marketing.start_due()
    assert (await marketing.now(soon.id)).status is CampaignStatus.SENDING
    clock.set(at + timedelta(hours=3))  # type: ignore[attr-defined]
    await marketing.start_due()
    assert (await marketing.now(late.id)).status is CampaignStatus.OVERDUE
    tasks = await marketing.office.rows("select title from crm.tasks where subject = 'campaign'")
    assert tasks == [("The campaign “Late” was not sent in time",)]
    assert (await marketing.do(campaigns.launch, late.id)).status is CampaignStatus.SENDING
