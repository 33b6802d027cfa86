"""The demonstration hospital's campaigns: what they tell a newcomer adds up, and nothing of it is still to be sent."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bedside import demo
from bedside.accounts import Role, SignedIn
from bedside.campaigns import analytics, approving, campaigns, comparing, journeys, store_audiences, store_campaigns
from bedside.campaigns.entering import sweep
from bedside.campaigns.model import Campaign, CampaignStatus
from bedside.campaigns.sending import Campaigns, start_due
from bedside.campaigns.walking import Journeys
from bedside.kit.clock import SetClock
from bedside.kit.database import Database, Tx
from bedside.kit.sealing import install_sealing_key
from bedside.messaging import links
from tests.web import PUBLIC_URL, SECRET_KEY

NOW = datetime(2027, 3, 1, 14, 0, tzinfo=UTC)
ADA = SignedIn(kind="staff", id=1, name="Ada Osei", role=Role.ADMIN)
FLU, DIABETES, TIPS, HEART = "Flu shots", "Diabetes Awareness Week", "Tips: Sleep and stress", "A check of the heart"
CHECK_UPS, LATE_FLU = "Check-ups that are due", "Flu shots for those over 65"


@pytest.fixture(scope="module")
def demonstration(database_url: str) -> Iterator[str]:
    """The address of a database that the first start has filled."""

    async def fill() -> None:
        database = Database(database_url, clock=SetClock(NOW), pool_size=2)
        await database.open()
        try:
            await demo.seed(database)
        finally:
            await database.close()

    install_sealing_key(SECRET_KEY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links, "_public_url", PUBLIC_URL)
        with ThreadPoolExecutor(1) as threads:
            threads.submit(asyncio.run, fill()).result()
        yield database_url


@pytest.fixture
async def hospital(demonstration: str) -> AsyncIterator[Database]:
    """The demonstration, at the moment at which it was made."""
    database = Database(demonstration, clock=SetClock(NOW), pool_size=4)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def past(hospital: Database) -> AsyncIterator[Tx]:
    """One look into it."""
    async with hospital.transaction() as tx:
        yield tx


async def named(tx: Tx, name: str) -> Campaign:
    page = await store_campaigns.CAMPAIGNS.page(tx, filters={"q": name})
    return next(one for one in page.items if one.name == name)


async def ledger(tx: Tx, one: Campaign) -> list[tuple[Any, ...]]:
    """Each line: person, outcome, and what became of its message."""
    return await tx.rows(
        """select r.person_id, r.outcome, r.message_id, m.status, m.sent_at
           from communications.campaign_recipients r left join communications.message_queue m on m.id = r.message_id
           where r.campaign_id = %(id)s""",
        id=one.id,
    )


@pytest.mark.parametrize("name", [FLU, DIABETES])
async def test_everybody_it_was_for_was_written_to_held_back_or_left_out_for_a_reason(past: Tx, name: str) -> None:
    one = await named(past, name)
    assert one.status is CampaignStatus.COMPLETED
    lines = await ledger(past, one)
    came = await analytics.analytics(past, campaign_id=one.id, user=ADA)
    assert all((outcome == "queued") == (message is not None) for _, outcome, message, *_ in lines)
    assert not {"waiting", "held"} & {outcome for _, outcome, *_ in lines}
    written_to = {person for person, outcome, *_ in lines if outcome == "queued"}
    held_back = {person for person, outcome, *_ in lines if outcome == "control"}
    left_out = {person for person, *_ in lines} - written_to - held_back
    assert len(written_to) > 20
    assert len(held_back) > 3
    assert not written_to & held_back
    assert len(written_to) + len(held_back) + len(left_out) == came.people
    assert len(written_to) == came.written_to == came.conversions.written_to
    assert len(held_back) == came.conversions.control
    assert sum(channel.messages for channel in came.channels) == len([line for line in lines if line[2] is not None])


@pytest.mark.parametrize("name", [FLU, DIABETES])
async def test_whoever_is_counted_as_won_has_a_visit_booked_within_the_window(past: Tx, name: str) -> None:
    one = await named(past, name)
    sent = {person: at for person, outcome, _, _, at in await ledger(past, one) if outcome == "queued"}
    rows = await past.rows("select patient_id, created_at from crm.appointments")
    window = timedelta(days=one.attribution_days)
    won = {person for person, at in rows if person in sent and sent[person] < at <= sent[person] + window}
    done = (await analytics.analytics(past, campaign_id=one.id, user=ADA)).conversions
    assert len(won) == done.people > 5
    assert 0 < done.through_link < done.people
    assert done.lift is not None
    assert done.lift.difference > 0


async def test_some_opened_followed_answered_and_stopped_and_machines_are_told_apart(past: Tx) -> None:
    counted: Counter[str] = Counter()
    for name in (FLU, DIABETES):
        came = await analytics.analytics(past, campaign_id=(await named(past, name)).id, user=ADA)
        for one in came.channels:
            for what in ("read", "opened", "opened_by_machine", "clicked", "answered", "stopped", "failed"):
                counted[what] += getattr(one, what)
        assert came.money.cost.complete
        assert came.money.revenue is not None
    assert all(counted.values()), counted


async def test_the_version_that_more_followed_went_to_the_rest(past: Tx) -> None:
    told = await campaigns.versions_report(past, campaign_id=(await named(past, FLU)).id, user=ADA)
    best = max(told.items, key=lambda one: one.rate or 0)
    assert told.winner == best.name
    assert told.waiting == 0


async def test_both_stand_side_by_side(past: Tx) -> None:
    ids = [(await named(past, name)).id for name in (FLU, DIABETES)]
    found = await comparing.compare(past, campaign_ids=ids, user=ADA)
    assert all(one.booked and one.visits and one.costs and one.lift for one in found.items)


@pytest.mark.parametrize(("name", "status"), [(HEART, CampaignStatus.SENDING), (TIPS, CampaignStatus.ACTIVE)])
async def test_people_stand_on_the_steps_of_what_goes_on(past: Tx, name: str, status: CampaignStatus) -> None:
    one = await named(past, name)
    assert one.status is status
    figures = await journeys.figures(past, found=one)
    came_in = figures.items[0].entered
    assert came_in == figures.going + figures.finished > 10
    assert sum(step.waiting for step in figures.items) == figures.going > 5
    assert figures.finished > 2


async def test_the_tips_are_joined_by_a_word_that_people_texted(past: Tx) -> None:
    page = await store_audiences.AUDIENCES.page(past, filters={"kind": "list"})
    [joined] = page.items
    rows = await past.rows(
        """select m.how, exists (select from communications.inbound_messages i
                                 join communications.conversations c on c.id = i.conversation_id
                                 where c.person_id = m.person_id and i.acted = 'joined: list ' || m.audience_id
                                   and i.received_at <= m.added_at),
                  (select granted from crm.consents where patient_id = m.person_id and channel = 'sms'
                     and purpose = 'marketing' order by at desc limit 1)
           from communications.audience_members m where m.audience_id = %(id)s""",
        id=joined.id,
    )
    assert len(rows) == joined.members
    assert {tuple(row) for row in rows} == {("word", True, True)}


async def test_nothing_of_the_campaigns_is_sent_by_itself_now_or_in_the_next_hours(hospital: Database) -> None:
    hospital.clock.advance(timedelta(hours=8))  # type: ignore[attr-defined]
    async with hospital.transaction() as tx:
        before = await tx.value("select max(id) from communications.message_queue")
        await start_due(tx)
    while await Journeys(hospital).step() or await Campaigns(hospital).step() or await sweep(hospital):
        pass
    async with hospital.transaction() as tx:
        assert await tx.value("select max(id) from communications.message_queue") == before
        assert not await tx.rows(
            "select from communications.message_queue where about = 'campaign' and status in ('queued', 'sending')"
        )
        assert not await tx.rows("select from communications.campaign_recipients where outcome in ('waiting', 'held')")
        statuses = Counter([row[0] for row in await tx.rows("select status from communications.campaigns")])
    assert statuses == {"completed": 2, "active": 1, "sending": 1, "scheduled": 1, "awaiting_approval": 1}


async def test_one_goes_out_next_week_at_an_hour_of_everybodys_and_one_awaits_approval(past: Tx) -> None:
    planned, asked = await named(past, CHECK_UPS), await named(past, LATE_FLU)
    assert planned.scheduled_at is not None
    assert timedelta(days=6) < planned.scheduled_at - NOW < timedelta(days=8)
    assert planned.local_time == "09:00"
    tasks = await past.rows("select for_role from crm.tasks where title like %(like)s", like=f"%{LATE_FLU}%")
    assert tasks == [("admin",)]
    approved = await approving.approve(past, campaign_id=asked.id, user=ADA)
    assert approved.status is CampaignStatus.SCHEDULED
