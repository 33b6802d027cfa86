"""Campaigns of several steps: each person goes their own way, gets each message once, and leaves when it is reached."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.campaigns import campaigns, store_ledger
from bedside.campaigns.journey_model import Part, Step
from bedside.campaigns.model import CampaignStatus
from bedside.campaigns.rules import Rule
from bedside.campaigns.sending import Campaigns
from bedside.campaigns.store_ledger import Work
from bedside.campaigns.walking import Journeys, part_of
from bedside.message_templates import Channel
from tests.campaigns.journeys import Journey, send, wait
from tests.campaigns.marketing import Marketing


async def test_who_has_not_booked_gets_a_second_message_and_who_has_does_not(marketing: Marketing) -> None:
    booker, other = await marketing.people(2)
    journey = Journey(marketing)
    await journey.launch(
        send("first", "Dear {{ patient.first_name }}, come and see us."),
        {"id": "q", "kind": "if", "asks": "booked", "withinHours": 48, "no": [send("second")], "yes": [send("thanks")]},
    )
    await journey.settle()
    assert journey.got(booker) == journey.got(other) == ["Dear Person, come and see us."]
    await journey.later(hours=1)
    await journey.books(booker)
    await journey.later(minutes=6)
    assert journey.got(booker)[1:] == ["This is thanks."]
    assert journey.got(other)[1:] == []
    await journey.later(hours=48)
    assert journey.got(other)[1:] == ["This is second."]
    assert len(journey.got(booker)) == 2
    assert (await marketing.now(journey.campaign.id)).status is CampaignStatus.COMPLETED
    figures = await journey.figures()
    assert (figures.finished, figures.going) == (2, 0)
    first = await journey.figures_of("first")
    assert (first.entered, first.sent, first.delivered, first.booked, first.waiting) == (2, 2, 2, 1, 0)
    assert (await journey.figures_of("second")).sent == 1


async def test_a_wait_ends_at_the_hour_of_the_person(marketing: Marketing) -> None:
    here, far = await marketing.people(2)
    async with marketing.office.database.transaction() as tx:
        await tx.execute("update crm.patients set time_zone = 'Asia/Tokyo' where id = %(id)s", id=far)
        await tx.execute("update crm.patients set time_zone = 'America/New_York' where id = %(id)s", id=here)
    journey = Journey(marketing)
    await journey.launch(wait("w", days=1, at="10:00"), send("a"))
    await journey.settle()
    rows = await marketing.office.rows(
        """select (due_at at time zone p.time_zone)::time::text, due_at - entered_at
           from communications.campaign_entries e join crm.patients p on p.id = e.person_id
           where e.campaign_id = %(id)s""",
        id=journey.campaign.id,
    )
    assert [row[0] for row in rows] == ["10:00:00", "10:00:00"]
    assert all(timedelta(days=1) <= row[1] < timedelta(days=2) for row in rows)
    assert rows[0][1] != rows[1][1]
    await journey.later(days=2)
    await journey.later(hours=12)
    assert journey.got(here) == journey.got(far) == ["This is a."]


async def test_questions_about_answering_and_reading_lead_on_as_soon_as_they_come_true(marketing: Marketing) -> None:
    [answers] = await marketing.people(1)
    [silent] = await marketing.people(1)
    journey = Journey(marketing)
    await journey.launch(
        send("a"),
        {"id": "q", "kind": "if", "asks": "answered", "of": "a", "withinHours": 24, "yes": [send("y")]},
        send("z"),
    )
    await journey.settle()
    await journey.later(hours=1)
    await marketing.office.reply("Yes please", person=f"+1212555{answers:04}")
    await journey.later(minutes=6)
    assert journey.got(answers) == ["This is a.", "This is y.", "This is z."]
    assert journey.got(silent) == ["This is a."]
    await journey.later(hours=24)
    assert journey.got(silent) == ["This is a.", "This is z."]


async def test_a_loop_is_gone_so_often_and_each_time_is_a_message_of_its_own(marketing: Marketing) -> None:
    [person] = await marketing.people(1)
    journey = Journey(marketing)
    await journey.launch(
        send("tip"), wait("w", days=1), {"id": "g", "kind": "go_to", "to": "tip", "times": 2}, send("last")
    )
    for _ in range(4):
        await journey.settle()
        await journey.later(days=1, minutes=1)
    assert journey.got(person) == ["This is tip."] * 3 + ["This is last."]
    assert (await journey.figures_of("tip")).entered == 1


async def test_who_reaches_the_goal_leaves_and_gets_no_more(marketing: Marketing) -> None:
    books, waits, had = await marketing.people(3)
    journey = Journey(marketing)
    await journey.books(had)
    goal = Rule(field="visits", operator="at_least", value=1)
    async with marketing.office.database.transaction() as tx:
        await tx.execute("update crm.appointments set status = 'completed'")
    await journey.launch(send("a"), wait("w", days=1), send("b"), goal=goal)
    await journey.settle()
    assert journey.got(had) == []
    assert len(journey.got(books)) == 1
    await journey.books(books, completed=True)
    await journey.later(days=1)
    assert len(journey.got(books)) == 1
    assert len(journey.got(waits)) == 2
    figures = await journey.figures()
    assert (figures.reached_goal, figures.finished) == (2, 1)


async def test_paused_nothing_moves_and_cancelled_nobody_goes_on(marketing: Marketing) -> None:
    [person] = await marketing.people(1)
    journey = Journey(marketing)
    await journey.launch(send("a"), wait("w", days=1), send("b"), wait("v", days=1), send("c"))
    await journey.settle()
    await marketing.do(campaigns.pause, journey.campaign.id)
    await journey.later(days=1)
    assert journey.got(person) == ["This is a."]
    await marketing.do(campaigns.resume, journey.campaign.id)
    await journey.settle()
    assert journey.got(person) == ["This is a.", "This is b."]
    await marketing.do(campaigns.cancel, journey.campaign.id)
    await journey.later(days=2)
    assert len(journey.got(person)) == 2
    assert (await journey.figures()).cancelled == 1


async def test_each_step_has_its_own_channels_and_says_why_somebody_got_nothing(marketing: Marketing) -> None:
    [both] = await marketing.people(1, email=True)
    [phone] = await marketing.people(1)
    journey = Journey(marketing)
    await journey.launch(send("a"), send("b", channels=["email"], subject="Only by mail"))
    await journey.settle()
    assert journey.got(both) == journey.got(phone) == ["This is a."]
    assert [one.subject for one in marketing.office.phone(f"p{both}@example.org")] == ["Only by mail"]
    rows = await marketing.office.rows(
        "select outcome from communications.campaign_recipients where person_id = %(id)s and step = 'b'", id=phone
    )
    assert rows == [("no_address",)]


async def test_a_control_group_goes_no_step_and_is_compared_with(marketing: Marketing) -> None:
    await marketing.people(100)
    journey = Journey(marketing)
    await journey.launch(send("a"), control_percent=20)
    await journey.settle()
    figures = await journey.figures()
    assert figures.control + figures.finished == 100
    assert 8 <= figures.control <= 35
    states = await marketing.states(journey.campaign.id)
    assert states["delivered"] + states["control"] == 100


async def test_four_workers_walk_at_once_and_each_step_is_sent_once(marketing: Marketing) -> None:
    everybody = await marketing.people(1_500)
    journey = Journey(marketing)
    half = [{"share": 50, "steps": [send("x")]}, {"share": 50, "steps": [send("y")]}]
    await journey.launch(send("a"), wait("w", hours=1), {"id": "s", "kind": "split", "parts": half}, send("b"))
    loops = [(Journeys(marketing.office.database), Campaigns(marketing.office.database)) for _ in range(4)]

    async def work(walking: Journeys, sending: Campaigns) -> None:
        idle = 0
        while idle < 12:
            walked, sent = await walking.step(), await sending.step()
            idle = 0 if walked or sent else idle + 1

    async with asyncio.timeout(120):
        for _ in range(3):
            await asyncio.gather(*(work(*loop) for loop in loops))
            marketing.office.database.clock.advance(timedelta(hours=1, minutes=1))  # type: ignore[attr-defined]
            async with marketing.office.database.transaction() as tx:
                await tx.execute("update communications.message_queue set status = 'sent', sent_at = %(now)s")
    rows = await marketing.office.rows(
        """select r.step, count(*), count(distinct r.person_id), count(distinct m.id)
           from communications.campaign_recipients r join communications.message_queue m on m.id = r.message_id
           where r.campaign_id = %(id)s group by 1 order by 1""",
        id=journey.campaign.id,
    )
    counted = {row[0]: row[1:] for row in rows}
    assert counted["a"] == counted["b"] == (1_500, 1_500, 1_500)
    assert counted["x"][0] + counted["y"][0] == 1_500
    assert 600 <= counted["x"][0] <= 900
    queued = await marketing.office.rows(
        "select count(*) from communications.message_queue where about_id = %(id)s and about = 'campaign'",
        id=journey.campaign.id,
    )
    assert queued == [(4_500,)]
    assert len(everybody) == 1_500


async def test_a_look_from_before_people_came_in_does_not_end_their_journey(
    marketing: Marketing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await marketing.people(20)
    journey = Journey(marketing)
    await journey.launch(send("a"), wait("w", hours=1), send("b"))
    sending = Campaigns(marketing.office.database)
    assert await sending.step()  # all come in
    late = Work(id=journey.campaign.id, frozen_through=0, frozen=True, room=None)

    async def look(*_: object, but: list[int], **__: object) -> Work | None:
        # as one finds it who looked for people before they came, and for the campaign after
        return None if late.id in but else late

    with monkeypatch.context() as patched:
        patched.setattr(store_ledger, "at_work", look)
        await sending.step()
    assert (await marketing.now(journey.campaign.id)).status is CampaignStatus.SENDING
    await journey.settle()
    await journey.later(hours=2)
    assert (await marketing.now(journey.campaign.id)).status is CampaignStatus.COMPLETED


SPLITS = st.lists(st.integers(1, 60), min_size=2, max_size=5).map(
    lambda shares: [*shares[:-1], 100 - sum(shares[:-1])]
).filter(lambda shares: shares[-1] >= 1)  # fmt: skip


@given(SPLITS, st.integers(1, 2**62), st.integers(1, 2**40))
@settings(max_examples=30, deadline=None)
def test_a_split_gives_a_person_the_same_part_always_and_the_parts_have_their_shares(
    shares: list[int], campaign_id: int, first: int
) -> None:
    step = Step(id="x", kind="split", parts=[Part(share=share) for share in shares])
    people = range(first, first + 4_000)
    parts = [part_of(step, campaign_id=campaign_id, person_id=one) for one in people]
    again = msgspec.json.decode(msgspec.json.encode(step), type=Step)
    assert [part_of(again, campaign_id=campaign_id, person_id=one) for one in people] == parts
    for number, share in enumerate(shares):
        assert abs(parts.count(number) / 40 - share) < 5


async def test_a_question_waits_while_its_message_has_not_left(marketing: Marketing) -> None:
    [person] = await marketing.people(1)
    journey = Journey(marketing)
    await journey.launch(
        send("a"), {"id": "q", "kind": "if", "asks": "clicked", "withinHours": 2, "no": [send("b")]},
        channels=[Channel.SMS],
    )  # fmt: skip
    while await marketing.loop.step() or await journey.loop.step():
        pass
    journey.office.database.clock.advance(timedelta(hours=3))  # type: ignore[attr-defined]
    while await journey.loop.step():
        pass
    assert (await journey.entries())[-1][2:] == ("going", "q")
    await journey.settle()
    assert journey.got(person) == ["This is a."]
    await journey.later(hours=3)
    assert journey.got(person) == ["This is a.", "This is b."]
