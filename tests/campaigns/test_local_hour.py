"""Everybody gets it at the same hour: that of their own clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.campaigns import campaigns
from bedside.campaigns.hours import ask_about_missed
from bedside.campaigns.model import CampaignStatus
from bedside.campaigns.pacing import first_at
from bedside.kit.clock import SetClock
from bedside.message_templates import Channel
from tests.campaigns.marketing import Marketing

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
ZONES = ("Asia/Tokyo", "Europe/Paris", "America/New_York")


def moved(marketing: Marketing, at: datetime) -> None:
    clock = marketing.office.database.clock
    assert isinstance(clock, SetClock)
    clock.set(at)


async def worked(marketing: Marketing, campaign_id: int) -> dict[str, int]:
    """What the worker does in a moment, and where the lines stand then."""
    async with marketing.office.database.transaction() as tx:
        await ask_about_missed(tx)
    for _ in range(3):
        for _ in range(4):
            await marketing.loop.step()
        await marketing.office.sender.drain()
    await marketing.office.settled()
    return await marketing.states(campaign_id)


async def lives_until(marketing: Marketing, until: datetime) -> None:
    """The worker looks every ten minutes until then."""
    now = marketing.office.database.clock.now()
    while now < until:
        now = min(until, now + timedelta(minutes=10))
        moved(marketing, now)
        async with marketing.office.database.transaction() as tx:
            await ask_about_missed(tx)
        await marketing.loop.step()


async def one_in_each_zone(marketing: Marketing) -> dict[str, int]:
    people = dict(zip(ZONES, await marketing.people(len(ZONES)), strict=True))
    async with marketing.office.database.transaction() as tx:
        await tx.execute("update crm.hospitals set quiet_from = null, quiet_until = null")
        for zone, id_ in people.items():
            await tx.execute("update crm.patients set time_zone = %(zone)s where id = %(id)s", zone=zone, id=id_)
    return people


async def test_each_gets_it_at_nine_by_their_own_clock(marketing: Marketing) -> None:
    moved(marketing, NOON)
    people = await one_in_each_zone(marketing)
    campaign = await marketing.launch(channels=[Channel.SMS], local_time="09:00")
    await worked(marketing, campaign.id)
    # noon in Greenwich: New York's nine is at two, Tokyo's at midnight, that of Paris tomorrow at eight
    for zone, hour in (("America/New_York", 14), ("Asia/Tokyo", 24), ("Europe/Paris", 32)):
        at = NOON.replace(hour=0) + timedelta(hours=hour)
        await lives_until(marketing, at - timedelta(seconds=1))
        await worked(marketing, campaign.id)
        assert marketing.office.phone(f"+1212555{people[zone]:04}") == []
        assert (await marketing.now(campaign.id)).status is CampaignStatus.SENDING
        moved(marketing, at)
        await worked(marketing, campaign.id)
        assert len(marketing.office.phone(f"+1212555{people[zone]:04}")) == 1
    assert [len(marketing.office.phone(f"+1212555{id_:04}")) for id_ in people.values()] == [1, 1, 1]
    assert (await marketing.now(campaign.id)).status is CampaignStatus.COMPLETED


async def test_others_go_on_while_somebody_waits_for_their_hour(marketing: Marketing) -> None:
    moved(marketing, NOON)
    await one_in_each_zone(marketing)
    waiting = await marketing.launch(channels=[Channel.SMS], local_time="09:00")
    other = await marketing.launch(channels=[Channel.SMS], name="Another")
    await worked(marketing, other.id)
    await worked(marketing, other.id)
    assert (await marketing.now(other.id)).status is CampaignStatus.COMPLETED
    assert (await marketing.states(waiting.id))["waiting"] == 3


async def test_an_hour_that_passed_while_the_system_was_down_asks(marketing: Marketing) -> None:
    moved(marketing, NOON)
    people = await one_in_each_zone(marketing)
    campaign = await marketing.launch(channels=[Channel.SMS], local_time="09:00")
    await worked(marketing, campaign.id)
    moved(marketing, NOON + timedelta(hours=3))  # an hour past New York's nine
    for _ in range(3):
        await marketing.loop.step()  # whichever loop is the first, nothing leaves
    assert (await worked(marketing, campaign.id))["waiting"] == 3
    paused = await marketing.now(campaign.id)
    assert paused.status is CampaignStatus.PAUSED
    assert paused.because == "The system was down at 09:00 of some people's clocks."
    tasks = await marketing.office.rows("select title from crm.tasks where subject = 'campaign'")
    assert tasks == [("The campaign “Flu Vaccination Drive” missed the hour of some people",)]
    resumed = await marketing.do(campaigns.resume, campaign.id)
    assert resumed.because == ""
    assert (await worked(marketing, campaign.id))["waiting"] == 2
    assert len(marketing.office.phone(f"+1212555{people['America/New_York']:04}")) == 1


async def test_down_for_ten_minutes_it_goes_on_by_itself(marketing: Marketing) -> None:
    moved(marketing, NOON)
    await one_in_each_zone(marketing)
    campaign = await marketing.launch(channels=[Channel.SMS], local_time="09:00")
    await lives_until(marketing, NOON + timedelta(hours=2, minutes=-1))
    moved(marketing, NOON + timedelta(hours=2, minutes=9))
    assert (await worked(marketing, campaign.id))["waiting"] == 2
    assert (await marketing.now(campaign.id)).status is CampaignStatus.SENDING


async def test_down_while_it_was_nobodys_hour_it_goes_on_by_itself(marketing: Marketing) -> None:
    moved(marketing, NOON)
    await one_in_each_zone(marketing)
    campaign = await marketing.launch(channels=[Channel.SMS], local_time="09:00")
    await worked(marketing, campaign.id)
    moved(marketing, NOON + timedelta(hours=1, minutes=55))
    await worked(marketing, campaign.id)
    await lives_until(marketing, NOON + timedelta(hours=2))
    assert (await worked(marketing, campaign.id))["waiting"] == 2
    assert (await marketing.now(campaign.id)).status is CampaignStatus.SENDING


async def test_paused_and_resumed_each_still_gets_it_once_and_at_their_hour(marketing: Marketing) -> None:
    moved(marketing, NOON)
    people = await one_in_each_zone(marketing)
    campaign = await marketing.launch(channels=[Channel.SMS], local_time="09:00", per_minute=60)
    await worked(marketing, campaign.id)
    await marketing.do(campaigns.pause, campaign.id)
    moved(marketing, NOON + timedelta(hours=1))
    await marketing.do(campaigns.resume, campaign.id)
    assert (await worked(marketing, campaign.id))["waiting"] == 3
    for hour in (2, 12, 20):
        await lives_until(marketing, NOON + timedelta(hours=hour))
        await worked(marketing, campaign.id)
    assert [len(marketing.office.phone(f"+1212555{id_:04}")) for id_ in people.values()] == [1, 1, 1]
    assert (await marketing.now(campaign.id)).status is CampaignStatus.COMPLETED


@pytest.mark.parametrize(
    ("hour", "zone", "start", "due"),
    [
        # the clocks of New York go from 02:00 to 03:00: half past two is the instant in which they do
        ("02:30", "America/New_York", "2027-03-14T05:30:00+00:00", "2027-03-14T07:00:00+00:00"),
        # and back from 02:00 to 01:00: of the two half past ones the first, also when it just passed
        ("01:30", "America/New_York", "2026-11-01T04:30:00+00:00", "2026-11-01T05:30:00+00:00"),
        ("01:30", "America/New_York", "2026-11-01T05:31:00+00:00", "2026-11-02T06:30:00+00:00"),
        # half an hour on Lord Howe Island
        ("02:15", "Australia/Lord_Howe", "2026-10-03T12:00:00+00:00", "2026-10-03T15:30:00+00:00"),
        # at or after: nine sharp is nine
        ("09:00", "Europe/Paris", "2026-11-27T08:00:00+00:00", "2026-11-27T08:00:00+00:00"),
        ("09:00", "Europe/Paris", "2026-11-27T08:00:01+00:00", "2026-11-28T08:00:00+00:00"),
    ],
)
def test_hours_that_a_day_lacks_or_has_twice(hour: str, zone: str, start: str, due: str) -> None:
    assert first_at(hour, zone, start=datetime.fromisoformat(start)) == datetime.fromisoformat(due)


@given(
    st.integers(0, 6 * 366 * 86_400),
    st.sampled_from(sorted(available_timezones())),
    st.integers(0, 1439),
)
def test_everywhere_it_is_the_first_time_that_a_clock_shows_the_hour(seconds: int, zone: str, minute: int) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    hour = f"{minute // 60:02}:{minute % 60:02}"
    at = first_at(hour, zone, start=start)
    assert timedelta(0) <= at - start <= timedelta(hours=26)
    shown = at.astimezone(ZoneInfo(zone))
    if f"{shown:%H:%M}" != hour:  # that day has no such hour, and this is where it lacks
        before = (at - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
        assert f"{before:%H:%M}" < hour < f"{shown:%H:%M}"
