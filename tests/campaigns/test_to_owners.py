"""A campaign to all owners reaches those who agreed to news, and no others."""

from bedside.campaigns import analytics
from bedside.campaigns.rules import Rule
from bedside.event_log import SYSTEM
from bedside.message_templates import Channel
from bedside.owners import NewOwner, OwnerConsentGiven, add_owner, record_owner_consent
from tests.campaigns.journeys import Journey, send, wait
from tests.campaigns.marketing import MARKETING, Marketing


async def an_owner(of: Marketing, name: str, **words: bool) -> int:
    """An owner with a mailbox, and what they said of news by mail, if anything; then of mail at all."""
    async with of.office.database.transaction() as tx:
        new = NewOwner(name=name, email=f"{name.lower()}@example.org", hospital_ids=[of.office.hospital])
        owner_id = (await add_owner(tx, new=new, actor=SYSTEM)).id
        for purpose, granted in words.items():
            said = OwnerConsentGiven(channel="email", purpose=purpose, granted=granted)  # type: ignore[arg-type]
            await record_owner_consent(tx, owner_id=owner_id, given=said, actor=SYSTEM)
    return owner_id


async def test_owners_who_agreed_get_it_once_and_why_others_do_not_is_said(marketing: Marketing) -> None:
    await marketing.people(2, email=True)  # patients are not meant
    await an_owner(marketing, "Ada", marketing=True)
    await an_owner(marketing, "Bo")
    await an_owner(marketing, "Cleo", marketing=False)
    await an_owner(marketing, "Dan", marketing=True, transactional=False)
    campaign = await marketing.launch(target_audience="all_owners", subject="A new wing")
    await marketing.until_done(campaign.id)
    mail = {name: marketing.office.phone(f"{name}@example.org") for name in ("ada", "bo", "cleo", "dan")}
    assert {name: [one.subject for one in received] for name, received in mail.items()} == {
        "ada": ["A new wing"], "bo": [], "cleo": [], "dan": [],
    }  # fmt: skip
    assert marketing.office.phone(channel="sms") == []
    states = await marketing.states(campaign.id)
    assert (states["sent"], states["no_consent"], states["refused"]) == (1, 2, 1)


async def test_owners_book_no_visits_so_nothing_is_compared(marketing: Marketing) -> None:
    for number in range(12):
        await an_owner(marketing, f"Owner{number}", marketing=True)
    campaign = await marketing.launch(target_audience="all_owners", subject="A new wing", control_percent=50)
    await marketing.until_done(campaign.id)
    async with marketing.office.database.transaction() as tx:
        came = await analytics.analytics(tx, campaign_id=campaign.id, user=MARKETING)
    assert came.conversions.control > 0
    assert came.conversions.lift is None


async def test_owners_go_the_steps_of_a_campaign_by_their_own_clock(marketing: Marketing) -> None:
    owner = await an_owner(marketing, "Ada", marketing=True)
    journey = Journey(marketing)
    await journey.launch(
        wait("w", days=1, at="09:30"), send("news"), wait("v", hours=1),
        target_audience="all_owners", channels=[Channel.EMAIL], subject="A new wing",
        goal=Rule(field="kind", operator="is_one_of", value=["company"]), control_percent=0,
    )  # fmt: skip
    await journey.settle()
    rows = await marketing.office.rows(
        """select (e.due_at at time zone h.time_zone)::time::text
           from communications.campaign_entries e, crm.hospitals h
           where e.person_id = %(owner)s""",
        owner=owner,
    )
    assert rows == [("09:30:00",)]
    await journey.later(days=2)
    await journey.later(hours=1)
    assert [one.subject for one in marketing.office.phone("ada@example.org")] == ["A new wing"]
    assert (await journey.figures()).finished == 1
