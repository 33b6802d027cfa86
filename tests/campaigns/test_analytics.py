"""What came of a campaign: who booked after it, through its link or not, and what it did beyond the control group."""

import io
from datetime import timedelta

import httpx
import pytest
from python_calamine import CalamineWorkbook

from bedside.campaigns import analytics
from bedside.campaigns.lift import lift
from bedside.kit.clock import SetClock
from bedside.message_templates import Channel
from tests.campaigns.marketing import MARKETING, Marketing
from tests.web import AsRole
from tests.world import SmallWorld

# Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10
PUBLISHED = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0),
    (10, 10, 0, 10, 0.6075, 1.0),
]


@pytest.mark.parametrize(("done", "people", "control_done", "control", "low", "high"), PUBLISHED)
def test_the_interval_of_a_lift_is_the_published_one(
    done: int, people: int, control_done: int, control: int, low: float, high: float
) -> None:
    found = lift(done=done, people=people, control_done=control_done, control=control)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.difference == pytest.approx(done / people - control_done / control)


def test_without_a_control_group_nothing_is_compared() -> None:
    assert lift(done=3, people=9, control_done=0, control=0) is None


async def book(marketing: Marketing, person: int, *, ahead: int = 30) -> None:
    """A visit that somebody books now, so many days ahead, with somebody who sees nobody else."""
    async with marketing.office.database.transaction() as tx:
        await tx.execute(
            """with department as (
                   insert into crm.departments (hospital_id, name, created_at, updated_at)
                   values (%(hospital)s, gen_random_uuid()::text, %(now)s, %(now)s) returning id),
               practitioner as (
                   insert into crm.practitioners (first_name, last_name, created_at, updated_at)
                   values ('Amelia', 'Smith', %(now)s, %(now)s) returning id)
               insert into crm.appointments
                   (hospital_id, department_id, practitioner_id, patient_id, during, occupied, status, source,
                    booked_by_name, created_at, updated_at)
               select %(hospital)s, d.id, p.id, %(patient)s, tstzrange(%(at)s, %(until)s),
                      tstzrange(%(at)s, %(until)s), 'scheduled', 'online', 'Test', %(now)s, %(now)s
               from department d, practitioner p""",
            hospital=marketing.office.hospital, patient=person, at=tx.now + timedelta(days=ahead),
            until=tx.now + timedelta(days=ahead, minutes=30),
        )  # fmt: skip


async def follow(marketing: Marketing, person: int, *, machine: str = "") -> None:
    """Somebody, or a machine, follows the link of the message."""
    async with marketing.office.database.transaction() as tx:
        await tx.execute(
            """with link as (
                   insert into communications.tracked_links (message_id, position, target)
                   select id, 0, 'https://example.org/flu' from communications.message_queue where person_id = %(id)s
                   returning id)
               insert into communications.message_clicks (link_id, at, machine)
               select id, %(now)s, %(machine)s from link""",
            id=person,
            machine=machine,
        )


async def test_whoever_books_within_the_window_counts_once_through_the_link_or_not(
    marketing: Marketing, clock: SetClock
) -> None:
    followed, by_phone, late, machine, nothing = people = await marketing.people(5)
    campaign = await marketing.launch(channels=[Channel.SMS], attribution_days=7)
    await marketing.until_done(campaign.id)
    clock.advance(timedelta(minutes=5))
    await follow(marketing, followed)
    await follow(marketing, machine, machine="prefetcher")
    clock.advance(timedelta(days=1))
    for one in (followed, by_phone, machine):
        await book(marketing, one)
    await book(marketing, followed, ahead=31)
    clock.advance(timedelta(days=7))
    await book(marketing, late)
    async with marketing.office.database.transaction() as tx:
        came = await analytics.analytics(tx, campaign_id=campaign.id, user=MARKETING)
        parts = await analytics.segments(tx, campaign_id=campaign.id, by="language", user=MARKETING)
    done = came.conversions
    assert (done.sent, done.people, done.through_link, done.visits) == (5, 3, 1, 4)
    assert done.lift is None
    assert [(one.target, one.people, one.clicks) for one in came.links] == [("https://example.org/flu", 1, 1)]
    (sms,) = came.channels
    assert (sms.messages, sms.delivered, sms.clicked, sms.stopped) == (5, 5, 1, 0)
    # Maria, who never agreed to news, is among those it was for
    assert (came.people, came.written_to, came.reached, came.read, came.followed) == (6, 5, 5, 0, 1)
    assert [(one.sent, one.clicked, one.booked) for one in came.days] == [(5, 1, 0), (0, 0, 3)]
    assert [(one.name, one.people, one.clicked, one.booked) for one in parts] == [("en", 5, 1, 3)]
    assert nothing in people


async def test_somebody_written_to_by_two_channels_is_one_person_at_each_step(marketing: Marketing) -> None:
    [both] = await marketing.people(1, email=True)
    asked = {"channels": [Channel.SMS, Channel.EMAIL], "channel_choice": "every", "subject": "Flu"}
    campaign = await marketing.launch(**asked)
    await marketing.until_done(campaign.id)
    await follow(marketing, both)
    async with marketing.office.database.transaction() as tx:
        came = await analytics.analytics(tx, campaign_id=campaign.id, user=MARKETING)
    assert [(one.messages, one.clicked) for one in came.channels] == [(1, 1), (1, 1)]
    assert (came.written_to, came.reached, came.followed) == (1, 1, 1)


async def test_the_campaign_is_compared_with_those_held_back(marketing: Marketing, clock: SetClock) -> None:
    everybody = await marketing.people(40)
    campaign = await marketing.launch(channels=[Channel.SMS], control_percent=50)
    await marketing.until_done(campaign.id)
    rows = await marketing.office.rows(
        "select person_id from communications.campaign_recipients where outcome = 'control'"
    )
    held = {row[0] for row in rows} & set(everybody)
    assert 5 < len(held) < 35
    clock.advance(timedelta(hours=1))
    await book(marketing, min(held))
    written_to = sorted(set(everybody) - held)
    for one in written_to[:4]:
        await book(marketing, one)
    async with marketing.office.database.transaction() as tx:
        done = (await analytics.analytics(tx, campaign_id=campaign.id, user=MARKETING)).conversions
    assert (done.control, done.control_booked) == (len(held), 1)
    assert (done.written_to, done.written_to_booked) == (len(written_to), 4)
    assert done.lift is not None
    assert done.lift.low < done.lift.difference < done.lift.high


async def test_a_stop_and_an_answer_after_it_are_counted(marketing: Marketing) -> None:
    stops, answers = await marketing.people(2)
    campaign = await marketing.launch(channels=[Channel.SMS])
    await marketing.until_done(campaign.id)
    await marketing.office.reply("STOP", person=f"+1212555{stops:04}")
    await marketing.office.reply("Is it free for children?", person=f"+1212555{answers:04}")
    async with marketing.office.database.transaction() as tx:
        (sms,) = (await analytics.analytics(tx, campaign_id=campaign.id, user=MARKETING)).channels
    assert (sms.stopped, sms.answered) == (1, 1)


async def test_what_came_of_it_is_read_and_exported_by_rest(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    new = {"name": "Flu", "message": "Come", "targetAudience": "all_patients", "channels": ["sms"], "status": "draft"}
    path = (await client.post("/api/campaigns", json=new, headers=headers)).headers["location"]
    came = await client.get(f"{path}/analytics", headers=headers)
    assert (came.status_code, came.json()["people"], came.json()["conversions"]["lift"]) == (200, 0, None)
    assert (await client.get(f"{path}/analytics/segments?by=sex", headers=headers)).json() == []
    assert (await client.get(f"{path}/analytics/segments?by=shoes", headers=headers)).status_code in (400, 422)
    table = await client.get(f"{path}/recipients/export", headers=headers)
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.lstrip("\ufeff").startswith("person,name,channel,state")
    assert (await client.get("/api/campaigns/999/analytics", headers=headers)).status_code == 404
    assert (await client.get(f"{path}/recipients/export", headers=await as_role("finance"))).status_code == 403


async def test_who_got_it_is_a_table_and_a_workbook_of_the_same_lines(
    client: httpx.AsyncClient, as_role: AsRole, marketing: Marketing
) -> None:
    people = await marketing.people(3)
    campaign = await marketing.launch(channels=[Channel.SMS])
    await marketing.until_done(campaign.id)
    headers, path = await as_role("marketing"), f"/api/campaigns/{campaign.id}/recipients/export"
    lines = (await client.get(path, headers=headers)).text.lstrip("\ufeff").splitlines()
    book = await client.get(f"{path}?format=xlsx", headers=headers)
    assert book.headers["content-disposition"] == f'attachment; filename="campaign-{campaign.id}.xlsx"'
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert rows[0] == lines[0].split(",")
    assert len(rows) == len(lines)
    assert {row[0] for row in rows[1:]} >= {float(one) for one in people}
    page = (await client.get(f"/campaigns/{campaign.id}/analytics", headers=headers)).text
    assert f'href="{path}?format=xlsx"' in page
