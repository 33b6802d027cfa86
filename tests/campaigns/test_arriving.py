"""How far a campaign came: of what has receipts the share delivered, of mail what came back."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.campaigns import analytics, arriving, comparing, store_campaigns, store_split
from bedside.campaigns.arriving import reached_words
from bedside.campaigns.model import Figure
from bedside.campaigns.split import best
from bedside.campaigns.split_model import Variant, VariantFigures
from bedside.kit.clock import SetClock
from bedside.message_templates import Channel
from tests.campaigns.marketing import MARKETING, Marketing
from tests.campaigns.test_analytics import follow
from tests.web import AsRole

EVERY: dict[str, Any] = {"channel_choice": "every", "subject": "Flu"}
STATES = [*arriving.GONE, "queued", "waiting", "no_consent", "control"]


async def came_of(marketing: Marketing, campaign_id: int) -> analytics.Analytics:
    """What came of a campaign so far."""
    async with marketing.office.database.transaction() as tx:
        return await analytics.analytics(tx, campaign_id=campaign_id, user=MARKETING)


async def by_mail(marketing: Marketing, what: str, person: int) -> None:
    """What becomes of somebody's mail: it comes back, it is opened, it is called spam (which says that it arrived)."""
    async with marketing.office.database.transaction() as tx:
        mail: int = await tx.value(
            "select id from communications.message_queue where channel = 'email' and person_id = %(id)s", id=person
        )
        if what == "opened":
            await tx.execute(
                "insert into communications.message_opens (message_id, at, machine) values (%(id)s, %(now)s, '')",
                id=mail,
            )
        else:
            await tx.execute(
                "update communications.message_queue set status = %(status)s where id = %(id)s", status=what, id=mail
            )


async def test_all_sms_arrived_is_a_hundred_of_a_hundred_though_mail_went_too(
    marketing: Marketing, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    returned, opened, complained, _ = await marketing.people(4, email=True)
    campaign = await marketing.launch(channels=[Channel.SMS, Channel.EMAIL], **EVERY)
    await marketing.until_done(campaign.id)
    await by_mail(marketing, "undelivered", returned)
    await by_mail(marketing, "opened", opened)
    await by_mail(marketing, "delivered", complained)
    came = await came_of(marketing, campaign.id)
    sms, mail = came.channels
    assert (sms.sent, sms.deliveries_known, sms.delivered, sms.delivered_rate) == (4, 4, 4, 1.0)
    assert (mail.sent, mail.deliveries_known, mail.delivered, mail.delivered_rate) == (4, 0, 0, None)
    assert (sms.handed_over, mail.handed_over) == (0, 3)
    assert came.delivered_rate == 1.0
    # SMS tells of no reading; of mail those that came back were not read
    assert (sms.open_rate, sms.click_rate) == (None, None)
    assert (mail.opens_known, mail.opened, mail.open_rate) == (3, 1, pytest.approx(1 / 3))
    assert (mail.clicks_known, mail.click_rate) == (3, 0.0)
    assert (came.reached, came.delivered_to, came.opens_known, came.clicks_known) == (4, 4, 3, 3)

    headers = await as_role("marketing")
    page = (await client.get(f"/campaigns/{campaign.id}", headers=headers)).text
    assert "100.0 % of 4 sent by SMS" in page
    assert "Mail sent, not returned" in page
    report = (await client.get(f"/campaigns/{campaign.id}/analytics", headers=headers)).text
    assert "Delivered, or mail not returned" in report
    told = (await client.get(f"/api/campaigns/{campaign.id}/analytics", headers=headers)).json()
    assert (told["deliveredRate"], told["channels"][1]["handedOver"]) == (1.0, 3)


async def test_of_a_campaign_by_mail_alone_no_share_delivered_is_known(
    marketing: Marketing, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    returned, _, _ = await marketing.people(3, email=True)
    campaign = await marketing.launch(channels=[Channel.EMAIL], **EVERY)
    await marketing.until_done(campaign.id)
    await by_mail(marketing, "undelivered", returned)
    came = await came_of(marketing, campaign.id)
    assert (came.delivered_rate, came.reached, came.delivered_to) == (None, 2, 0)
    page = (await client.get(f"/campaigns/{campaign.id}", headers=await as_role("marketing"))).text
    assert 'id="stat-handed-over"' in page
    assert 'id="stat-arrived"' not in page


async def test_campaigns_are_compared_by_what_is_known_of_each(marketing: Marketing, clock: SetClock) -> None:
    [lost, *_] = await marketing.people(3, email=True)
    short = await marketing.launch(channels=[Channel.SMS], **EVERY)
    await marketing.until_done(short.id)
    async with marketing.office.database.transaction() as tx:
        await tx.execute(
            "update communications.message_queue set status = 'undelivered' where person_id = %(id)s", id=lost
        )
    clock.advance(timedelta(days=9))
    both = await marketing.launch(channels=[Channel.SMS, Channel.EMAIL], **EVERY)
    await marketing.until_done(both.id)
    async with marketing.office.database.transaction() as tx:
        found = await comparing.compare(tx, campaign_ids=[short.id, both.id], user=MARKETING)
    table = {row.label: row.cells for row in comparing.rows(found.items, str)}
    delivered = table["Delivered, by SMS and WhatsApp"]
    # mail does not count against the second
    assert [(cell.share, cell.best) for cell in delivered] == [("66.7 % of 3", False), ("100.0 % of 3", True)]
    assert [cell.words for cell in table["Mail sent, not returned"]] == ["–", "3"]
    assert [one.open_rate for one in found.items] == [None, 0.0]


async def test_the_version_wins_that_more_followed_of_those_who_got_it_by_mail(marketing: Marketing) -> None:
    people = await marketing.people(30, email=True)
    halves = [Variant(name="A", share=50), Variant(name="B", share=50, message="Another way to say it.")]
    campaign = await marketing.launch(channels=[Channel.SMS, Channel.EMAIL], variants=halves, **EVERY)
    await marketing.until_done(campaign.id)
    await by_mail(marketing, "undelivered", people[0])
    await follow(marketing, people[1])
    async with marketing.office.database.transaction() as tx:
        figures = await store_split.figures(tx, campaign_id=campaign.id, days=7)
    assert sum(one.people for one in figures) == 30
    assert sum(one.reached for one in figures) == 30
    assert sum(one.clicks_known for one in figures) == 29
    assert sum(one.clicked for one in figures) == 1


def test_the_best_is_by_share_of_those_of_whom_it_can_be_known() -> None:
    many = VariantFigures(name="A", share=50, people=100, clicks_known=100, clicked=6)
    few = VariantFigures(name="B", share=50, people=100, clicks_known=50, clicked=5)  # the others got an SMS
    assert best([many, few], "clicked") == "B"


@given(st.lists(st.builds(Figure, channel=st.sampled_from(Channel), state=st.sampled_from(STATES),
                          people=st.integers(0, 9))))  # fmt: skip
def test_what_left_is_what_has_receipts_and_mail_and_no_share_is_more_than_all(figures: list[Figure]) -> None:
    made = arriving.totals(figures)
    assert made.delivered <= made.deliveries_known <= made.gone <= made.all
    assert made.handed_over <= made.mail
    assert made.mail == sum(one.people for one in figures if one.channel == "email" and one.state in arriving.GONE)


def test_the_words_for_it_say_what_is_known() -> None:
    assert reached_words([Channel.SMS, Channel.WHATSAPP]) == "Delivered to"
    assert reached_words([Channel.EMAIL]) == "Mail sent, not returned"
    assert reached_words(Channel) == "Delivered, or mail not returned"


async def test_the_page_and_the_report_count_alike(marketing: Marketing) -> None:
    people = await marketing.people(4, email=True)
    campaign = await marketing.launch(channels=list(Channel), **EVERY)
    await marketing.until_done(campaign.id)
    await by_mail(marketing, "failed", people[0])
    came = await came_of(marketing, campaign.id)
    async with marketing.office.database.transaction() as tx:
        figures = await store_campaigns.figures(tx, campaign.id)
    for line in came.channels:
        made = arriving.totals(one for one in figures if one.channel == line.channel)
        assert (made.gone, made.deliveries_known, made.delivered, made.handed_over) == (
            line.sent, line.deliveries_known, line.delivered, line.handed_over,
        )  # fmt: skip
