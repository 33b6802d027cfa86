"""Standing campaigns: people come in by what happens to them, as often as was said, and those alone whom it is for."""

from datetime import UTC, date, datetime, timedelta

from bedside.campaigns import campaigns
from bedside.campaigns.journey_model import Entry
from bedside.campaigns.model import CampaignStatus
from bedside.campaigns.rules import Rule
from bedside.event_log import SYSTEM
from bedside.patients import NewPatient, register
from tests.campaigns.journeys import Journey, send, wait
from tests.campaigns.marketing import Marketing

WOMEN = {"target_audience": None, "rule": Rule(field="sex", operator="is_one_of", value=["female"])}


async def women(marketing: Marketing, *ids: int) -> None:
    """These are women."""
    async with marketing.office.database.transaction() as tx:
        await tx.execute("update crm.patients set sex = 'female' where id = any(%(ids)s)", ids=list(ids))


async def test_a_visit_lets_somebody_in_once_and_the_next_visit_again(marketing: Marketing) -> None:
    her, him = await marketing.people(2)
    await women(marketing, her)
    journey = Journey(marketing)
    made = await journey.launch(
        send("thanks"), wait("w", days=3), send("how"), entry=Entry(on="visit_completed", again="always"), **WOMEN
    )
    assert made.status is CampaignStatus.ACTIVE
    await journey.settle()
    assert journey.got(her) == []
    visit = await journey.books(her, completed=True)
    await journey.books(him, completed=True)
    async with marketing.office.database.transaction() as tx:
        await journey.completes(tx, visit, her)  # undone and completed again
    await journey.settle()
    assert journey.got(her) == ["This is thanks."]
    assert journey.got(him) == []
    await journey.later(days=1)
    await journey.books(her, completed=True)
    await journey.settle()
    assert journey.got(her) == ["This is thanks."] * 2
    await journey.later(days=3)
    assert sorted(journey.got(her)) == ["This is how."] * 2 + ["This is thanks."] * 2
    assert (await marketing.now(made.id)).status is CampaignStatus.ACTIVE
    assert (await journey.figures()).finished == 2
    thanks = await journey.figures_of("thanks")
    assert (thanks.entered, thanks.sent) == (2, 2)


async def test_who_may_come_again_after_some_days_does_so_after_them(marketing: Marketing) -> None:
    [person] = await marketing.people(1)
    journey = Journey(marketing)
    await journey.launch(send("thanks"), entry=Entry(on="visit_completed", again=30))
    for days in (0, 10, 25, 0):
        await journey.later(days=days)
        await journey.books(person, completed=True)
        await journey.settle()
    assert journey.got(person) == ["This is thanks."] * 2


async def test_who_may_come_once_comes_once(marketing: Marketing) -> None:
    [person] = await marketing.people(1)
    journey = Journey(marketing)
    await journey.launch(send("thanks"), entry=Entry(on="visit_completed", again="never"))
    for _ in range(2):
        await journey.books(person, completed=True)
        await journey.later(days=1)
    assert journey.got(person) == ["This is thanks."]


async def test_a_birthday_lets_somebody_in_once_a_year_on_their_own_day(marketing: Marketing) -> None:
    tokyo, leap, other = await marketing.people(3)
    office = marketing.office
    clock = office.database.clock
    clock.set(datetime(2027, 2, 27, 14, 0, tzinfo=UTC))  # type: ignore[attr-defined]
    async with office.database.transaction() as tx:
        born = {tokyo: date(1980, 2, 28), leap: date(2000, 2, 29), other: date(1990, 6, 1)}
        for id_, day in born.items():
            await tx.execute("update crm.patients set date_of_birth = %(day)s where id = %(id)s", id=id_, day=day)
        await tx.execute("update crm.patients set time_zone = 'Asia/Tokyo' where id = %(id)s", id=tokyo)
        await tx.execute("update crm.patients set time_zone = 'America/New_York' where id <> %(id)s", id=tokyo)
    journey = Journey(marketing)
    await journey.launch(send("wish"), entry=Entry(on="birthday", again="always"))
    await journey.settle()
    assert await journey.entries() == []
    await journey.later(hours=2)  # it is the 28th in Tokyo
    assert [one[:2] for one in await journey.entries()] == [(tokyo, "year:2027")]
    await journey.later(hours=24)
    # of those born on the 29th it is the 28th in other years
    assert [one[:2] for one in await journey.entries()] == [(tokyo, "year:2027"), (leap, "year:2027")]
    await journey.later(days=364)
    await journey.later(hours=24)
    await journey.later(hours=24)
    await journey.later(hours=8)
    assert sorted(one[:2] for one in await journey.entries()) == [
        (tokyo, "year:2027"), (tokyo, "year:2028"), (leap, "year:2027"), (leap, "year:2028"),
    ]  # fmt: skip
    assert journey.got(other) == []
    assert len(journey.got(tokyo)) == 2


async def test_by_a_rule_people_come_in_when_it_begins_to_name_them(marketing: Marketing) -> None:
    first, second = await marketing.people(2)
    await women(marketing, first)
    journey = Journey(marketing)
    await journey.launch(send("hello"), entry=Entry(on="rule"), **WOMEN)
    await journey.settle()
    assert [journey.got(one) for one in (first, second)] == [["This is hello."], []]
    await women(marketing, second)
    await journey.later(minutes=6)
    await journey.later(minutes=6)
    assert [journey.got(one) for one in (first, second)] == [["This is hello."]] * 2


async def test_joining_a_list_lets_in_and_leaving_it_is_leaving(marketing: Marketing) -> None:
    stays, leaves = await marketing.people(2)
    office = marketing.office
    async with office.database.transaction() as tx:
        tips: int = await tx.value(
            """insert into communications.audiences (name, whose, kind, created_by_name, created_at, updated_at)
               values ('Tips', 'patients', 'list', 'Test', %(now)s, %(now)s) returning id"""
        )

    async def join(person: int) -> None:
        async with office.database.transaction() as tx:
            await tx.execute(
                """insert into communications.audience_members (audience_id, person_id, how, added_by_name, added_at)
                   values (%(list)s, %(person)s, 'hand', 'Test', %(now)s)""",
                list=tips,
                person=person,
            )

    async def leave(person: int) -> None:
        async with office.database.transaction() as tx:
            await tx.execute("delete from communications.audience_members where person_id = %(person)s", person=person)

    await join(stays)
    journey = Journey(marketing)
    await journey.launch(
        send("one"), wait("w", days=1), send("two"),
        entry=Entry(on="list_joined", again="always", list_id=tips),
    )  # fmt: skip
    await journey.settle()
    await join(leaves)
    await journey.later(seconds=11)
    await leave(leaves)
    await journey.later(days=1)
    assert journey.got(stays) == ["This is one.", "This is two."]
    assert journey.got(leaves) == ["This is one."]
    figures = await journey.figures()
    assert (figures.left, figures.finished) == (1, 1)
    await join(leaves)
    await journey.later(seconds=11)
    assert journey.got(leaves) == ["This is one."] * 2
    assert len(journey.got(stays)) == 2


async def test_who_is_registered_comes_in_and_not_while_it_is_paused(marketing: Marketing) -> None:
    journey = Journey(marketing)
    await journey.launch(send("welcome"), entry=Entry(on="registered"))

    async def registered(name: str) -> int:
        async with marketing.office.database.transaction() as tx:
            # the office's patients took numbers of their own
            await tx.execute("update crm.patients set record_number = 'M' || id where record_number !~ '^M'")
            new = NewPatient(first_name=name, last_name="New", hospital_id=marketing.office.hospital)
            return (await register(tx, new=new, actor=SYSTEM)).id

    first = await registered("First")
    await journey.settle()
    paused = await marketing.do(campaigns.pause, journey.campaign.id)
    assert paused.status is CampaignStatus.PAUSED
    await registered("Second")
    resumed = await marketing.do(campaigns.resume, journey.campaign.id)
    assert resumed.status is CampaignStatus.ACTIVE
    await journey.settle()
    assert [one[0] for one in await journey.entries()] == [first]
    await journey.later(days=400)
    assert (await marketing.now(journey.campaign.id)).status is CampaignStatus.ACTIVE
    ended = await marketing.do(campaigns.cancel, journey.campaign.id)
    assert ended.status is CampaignStatus.CANCELLED
    assert timedelta(days=399) < journey.now() - ended.created_at


async def test_by_a_rule_people_come_again_after_so_many_days_and_not_while_they_are_on_their_way(
    marketing: Marketing,
) -> None:
    [her] = await marketing.people(1)
    await women(marketing, her)
    journey = Journey(marketing)
    await journey.launch(send("hello"), wait("w", days=40), entry=Entry(on="rule", again=30), **WOMEN)
    await journey.settle()
    for _ in range(2):
        await journey.later(days=15, minutes=1)
    assert journey.got(her) == ["This is hello."]
    await journey.later(days=15)
    await journey.later(minutes=6)
    assert journey.got(her) == ["This is hello."] * 2
    first, second = await journey.entries()
    assert (first[1], second[1].partition(":")[0]) == ("after:0", "after")
