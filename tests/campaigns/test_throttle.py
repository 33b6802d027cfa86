"""A campaign that may go no faster than so many a minute, however many workers there are."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bedside.campaigns import campaigns
from bedside.campaigns.model import CampaignStatus
from bedside.campaigns.pacing import time_left
from bedside.campaigns.sending import Campaigns
from bedside.kit.clock import SetClock
from bedside.message_templates import Channel
from tests.campaigns.marketing import Marketing


def clock_of(marketing: Marketing) -> SetClock:
    clock = marketing.office.database.clock
    assert isinstance(clock, SetClock)
    return clock


async def handed_on(marketing: Marketing) -> int:
    rows = await marketing.office.rows("select count(*) from communications.message_queue where about = 'campaign'")
    return int(rows[0][0])


async def work(*loops: Campaigns) -> None:
    """Each has some turns, all at once: more than a second's worth needs."""

    async def turns(loop: Campaigns) -> None:
        for _ in range(5):
            await loop.step()

    await asyncio.gather(*(turns(loop) for loop in loops))


async def test_four_workers_at_once_never_hand_on_more_than_its_throttle_lets_through(marketing: Marketing) -> None:
    everybody = await marketing.people(60)
    campaign = await marketing.launch(channels=[Channel.SMS], per_minute=120)
    clock = clock_of(marketing)
    started = clock.now()
    loops = [Campaigns(marketing.office.database) for _ in range(4)]
    for second in range(32):
        clock.set(started + timedelta(seconds=second))
        await work(*loops)
        # two a second, and the one that it begins with
        assert await handed_on(marketing) == min(2 * second + 1, 60)
        await marketing.office.sender.drain()
    await work(*loops)
    assert (await marketing.now(campaign.id)).status is CampaignStatus.COMPLETED
    await marketing.office.settled()
    assert [len(marketing.office.phone(f"+1212555{id_:04}")) for id_ in everybody] == [1] * 60


async def test_what_did_not_go_while_nothing_ran_does_not_go_all_at_once(marketing: Marketing) -> None:
    await marketing.people(100)
    await marketing.launch(channels=[Channel.SMS], per_minute=60)
    clock = clock_of(marketing)
    await work(marketing.loop)
    first = await handed_on(marketing)
    clock.set(clock.now() + timedelta(minutes=1))
    await work(marketing.loop)
    await marketing.office.sender.drain()
    await work(marketing.loop)
    assert first == 1
    assert await handed_on(marketing) == 2


async def test_little_of_it_piles_up_in_the_queue_while_the_sender_rests(marketing: Marketing) -> None:
    await marketing.people(100)
    await marketing.launch(channels=[Channel.SMS], per_minute=120)
    clock = clock_of(marketing)
    for _ in range(30):
        clock.set(clock.now() + timedelta(seconds=1))
        await work(marketing.loop)
    assert await handed_on(marketing) == 2


async def test_paused_and_resumed_under_a_throttle_everybody_gets_it_once(marketing: Marketing) -> None:
    everybody = await marketing.people(20)
    campaign = await marketing.launch(channels=[Channel.SMS], per_minute=300)
    clock = clock_of(marketing)
    for _ in range(2):
        clock.set(clock.now() + timedelta(seconds=1))
        await work(marketing.loop)
    before = await handed_on(marketing)
    await marketing.do(campaigns.pause, campaign.id)  # takes back what nobody sent yet; its tokens are spent
    assert await handed_on(marketing) == 0
    await marketing.do(campaigns.resume, campaign.id)
    await work(marketing.loop)
    assert before == 5
    assert await handed_on(marketing) <= 1  # what was left of the bucket, and no second's worth anew
    for _ in range(20):
        clock.set(clock.now() + timedelta(seconds=1))
        await work(marketing.loop)
        await marketing.office.sender.drain()
    await marketing.office.settled()
    assert [len(marketing.office.phone(f"+1212555{id_:04}")) for id_ in everybody] == [1] * 20
    assert (await marketing.now(campaign.id)).status is CampaignStatus.COMPLETED


async def test_who_is_left_in_peace_waits_in_the_ledger_and_holds_nobody_up(marketing: Marketing) -> None:
    """In New York it is night; in Tokyo it is not, and they are not behind those who sleep."""
    asleep = await marketing.people(5)
    awake = await marketing.people(5)
    clock = clock_of(marketing)
    night = clock.now().replace(hour=4, minute=0, second=0)  # in UTC; 23:00 or 00:00 in New York
    clock.set(night + timedelta(days=1))
    async with marketing.office.database.transaction() as tx:
        await tx.execute("update crm.hospitals set quiet_from = '21:00', quiet_until = '08:00'")
        for zone, people in (("America/New_York", asleep), ("Asia/Tokyo", awake)):
            await tx.execute(
                "update crm.patients set time_zone = %(zone)s where id = any(%(ids)s)", zone=zone, ids=people
            )
    campaign = await marketing.launch(channels=[Channel.SMS], per_minute=60)
    for _ in range(8):
        clock.set(clock.now() + timedelta(seconds=1))
        await work(marketing.loop)
        await marketing.office.sender.drain()
    await marketing.office.settled()
    assert [len(marketing.office.phone(f"+1212555{id_:04}")) for id_ in awake] == [1] * 5
    assert (await marketing.states(campaign.id))["waiting"] == 5
    clock.set(clock.now() + timedelta(hours=10))
    for _ in range(8):
        clock.set(clock.now() + timedelta(seconds=1))
        await work(marketing.loop)
        await marketing.office.sender.drain()
    await marketing.office.settled()
    assert [len(marketing.office.phone(f"+1212555{id_:04}")) for id_ in asleep] == [1] * 5
    assert (await marketing.now(campaign.id)).status is CampaignStatus.COMPLETED


@pytest.mark.parametrize(
    ("per_minute", "due_in", "minutes"),
    [(None, None, 20), (60, None, 10), (60, 30, 30), (None, 30, 30)],
)
def test_the_time_left_knows_the_throttle_and_the_hours(
    per_minute: int | None, due_in: int | None, minutes: int
) -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    left = time_left(
        now=now,
        frozen_at=now - timedelta(minutes=10),
        gone=300,
        left=600,
        per_minute=per_minute,
        last_due=None if due_in is None else now + timedelta(minutes=due_in),
    )
    assert left == timedelta(minutes=minutes)
