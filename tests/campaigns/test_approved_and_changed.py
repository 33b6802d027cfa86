"""An approval is for these words and for about so many people: what has changed since is approved of again, or not
sent."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.campaigns import approving, audiences, campaigns, lists
from bedside.campaigns.approval import outgrown
from bedside.campaigns.approval_model import ChangedMeanwhile, NeedsApproval, Seen
from bedside.campaigns.audience_model import Audience, AudienceChanges, NewAudience
from bedside.campaigns.list_model import NewMembers
from bedside.campaigns.model import Campaign, CampaignStatus
from bedside.campaigns.new_words import ask_about_new_words
from bedside.campaigns.rules import Rule
from bedside.message_templates import Channel, Words
from bedside.message_templates.library import add_version
from tests.campaigns.marketing import MARKETING, Marketing
from tests.campaigns.test_approval import ALMA, ARNO, doing, limited, tasks
from tests.campaigns.test_personal import add_template, got
from tests.web import AsRole

S = CampaignStatus
SMS: dict[str, Any] = {"channels": [Channel.SMS]}
TEMPLATE: dict[str, Any] = {**SMS, "message": None, "template_key": "flu_shot"}


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_tenth_more_people_is_about_as_many_and_fewer_always_are(approved: int, people: int) -> None:
    assert outgrown(people, approved) == (people > approved * 1.1)
    assert not outgrown(min(people, approved), approved)


async def a_list(marketing: Marketing, people: list[int], name: str = "Walkers") -> Audience:
    async with marketing.office.database.transaction() as tx:
        made = await audiences.add(tx, new=NewAudience(name=name, kind="list"), user=MARKETING)
        await lists.add(tx, list_id=made.id, new=NewMembers(person_ids=people), user=MARKETING)
    return made


async def put_on(marketing: Marketing, found: Audience, people: list[int]) -> None:
    async with marketing.office.database.transaction() as tx:
        await lists.add(tx, list_id=found.id, new=NewMembers(person_ids=people), user=MARKETING)


async def write(marketing: Marketing, body: str, *, channel: Channel = Channel.SMS, language: str = "en") -> None:
    """New words for the template `flu_shot`."""
    async with marketing.office.database.transaction() as tx:
        id_ = await tx.value("select id from communications.templates where key = 'flu_shot'")
        words = Words(body=body, subject="News" if channel is Channel.EMAIL else None)
        await add_version(tx, template_id=id_, channel=channel, language=language, words=words, actor=MARKETING)


async def scheduled_and_approved(marketing: Marketing, **more: Any) -> Campaign:
    """For an hour from now."""
    at = marketing.office.database.clock.now() + timedelta(hours=1)
    made = await marketing.launch(scheduled_at=at, **more)
    assert made.status is S.AWAITING_APPROVAL
    return await doing(marketing, approving.approve, made, user=ALMA)


async def when_its_time_comes(marketing: Marketing, campaign: Campaign) -> Campaign:
    assert campaign.scheduled_at is not None
    marketing.office.database.clock.set(campaign.scheduled_at + timedelta(seconds=1))  # type: ignore[attr-defined]
    await marketing.start_due()
    return await marketing.now(campaign.id)


async def test_a_list_that_grew_after_approval_is_not_written_to_before_somebody_approves_of_that(
    marketing: Marketing,
) -> None:
    everybody = await marketing.people(12)
    await limited(marketing, marketing=2)
    walkers = await a_list(marketing, everybody[:10])
    approved = await scheduled_and_approved(marketing, **SMS, target_audience=None, audience_id=walkers.id)
    assert approved.approved_people == 10
    await put_on(marketing, walkers, everybody[10:])
    late = await when_its_time_comes(marketing, approved)
    assert (late.status, late.because) == (S.OVERDUE, "It was approved for 10 people and would go to 12 now.")
    assert await tasks(marketing) == ["The campaign “Flu Vaccination Drive” needs approval again"]
    assert await marketing.states(approved.id) == {}
    with pytest.raises(NeedsApproval, match="approved for 10 people and would go to 12 now"):
        await doing(marketing, campaigns.launch, approved, user=MARKETING)
    # asked for again, whoever approves reads what has changed; approved, it goes to all twelve
    await doing(marketing, approving.submit, approved, user=MARKETING)
    asked = "select details from crm.tasks where status = 'open' and key like 'campaign-approval:%%' order by id"
    ((details,),) = await marketing.office.rows(asked)
    assert "Mona asks for it again. It was approved for 10 people and would go to 12 now." in details
    again = await doing(marketing, approving.approve, approved, user=ALMA)
    assert (again.status, again.approved_people) == (S.SENDING, 12)
    assert await tasks(marketing) == []
    await marketing.until_done(approved.id)
    assert [len(got(marketing, one)) for one in everybody] == [1] * 12


async def test_a_list_that_grew_by_a_tenth_goes_out_as_approved(marketing: Marketing) -> None:
    everybody = await marketing.people(11)
    await limited(marketing, marketing=2)
    walkers = await a_list(marketing, everybody[:10])
    approved = await scheduled_and_approved(marketing, **SMS, target_audience=None, audience_id=walkers.id)
    await put_on(marketing, walkers, everybody[10:])
    assert (await when_its_time_comes(marketing, approved)).status is S.SENDING
    await marketing.until_done(approved.id)
    assert [len(got(marketing, one)) for one in everybody] == [1] * 11


async def test_everybody_who_came_since_counts_too_and_an_audience_said_anew(marketing: Marketing) -> None:
    await marketing.people(5)
    await limited(marketing, marketing=2)
    rule = Rule(field="sex", operator="is_one_of", value=["unknown"])
    async with marketing.office.database.transaction() as tx:
        made = await audiences.add(tx, new=NewAudience(name="Persons", rule=rule), user=MARKETING)
    approved = await scheduled_and_approved(marketing, **SMS)
    named = await scheduled_and_approved(
        marketing, **SMS, name="Persons alone", target_audience=None, audience_id=made.id
    )
    async with marketing.office.database.transaction() as tx:
        changes = AudienceChanges(rule=Rule(field="language", operator="is_one_of", value=["en"]))
        await audiences.change(tx, audience_id=made.id, changes=changes, expected_version=None, user=MARKETING)
    await marketing.people(2)
    grown = await when_its_time_comes(marketing, approved)
    assert (grown.status, grown.because) == (S.OVERDUE, "It was approved for 5 people and would go to 7 now.")
    other = await marketing.now(named.id)
    assert other.status is S.OVERDUE
    assert other.because.startswith("Whom its audience names was changed after it was approved.")


async def test_new_words_of_its_template_are_not_what_was_approved(marketing: Marketing) -> None:
    everybody = await marketing.people(3)
    await limited(marketing, marketing=2)
    await add_template(marketing, en="Get your flu shot.")
    approved = await scheduled_and_approved(marketing, **TEMPLATE)
    await write(marketing, "Get your flu shot. 90% off!")
    late = await when_its_time_comes(marketing, approved)
    because = "Its template “Flu shot” has had new words since it was approved."
    assert (late.status, late.because) == (S.OVERDUE, because)
    with pytest.raises(NeedsApproval, match="has had new words"):
        await doing(marketing, campaigns.launch, approved, user=MARKETING)
    await doing(marketing, approving.submit, approved, user=MARKETING)
    await doing(marketing, approving.approve, approved, user=ALMA)
    await marketing.until_done(approved.id)
    assert all("90% off" in got(marketing, one)[0] for one in everybody)


async def test_another_language_is_new_words_and_another_channel_is_none_of_it(marketing: Marketing) -> None:
    await marketing.people(3)
    await limited(marketing, marketing=2)
    await add_template(marketing, en="Get your flu shot.")
    approved = await scheduled_and_approved(marketing, **TEMPLATE)
    await write(marketing, "By mail.", channel=Channel.EMAIL)
    assert (await when_its_time_comes(marketing, approved)).status is S.SENDING
    other = await scheduled_and_approved(marketing, **TEMPLATE, name="Other")
    await write(marketing, "Vacúnese.", language="es")
    assert (await when_its_time_comes(marketing, other)).status is S.OVERDUE


async def test_what_was_never_approved_and_outgrew_its_limit_says_so(marketing: Marketing) -> None:
    await marketing.people(2)
    await limited(marketing, marketing=2)
    at = marketing.office.database.clock.now() + timedelta(hours=1)
    campaign = await marketing.launch(**SMS, scheduled_at=at)
    assert campaign.status is S.SCHEDULED
    await marketing.people(1)
    late = await when_its_time_comes(marketing, campaign)
    words = "It would go to 3 people; campaigns of the role marketing go to 2 at most without approval."
    assert (late.status, late.because) == (S.OVERDUE, words)
    assert await tasks(marketing) == ["The campaign “Flu Vaccination Drive” needs approval"]


async def test_who_approves_approves_of_what_they_saw(marketing: Marketing) -> None:
    await marketing.people(3)
    await limited(marketing, marketing=2)
    await add_template(marketing, en="Get your flu shot.")
    campaign = await marketing.launch(**TEMPLATE)
    newest = "select max(id) from communications.template_versions"
    ((words,),) = await marketing.office.rows(newest)
    seen = Seen(version=campaign.version, people=3, words=words)
    await write(marketing, "Get your flu shot. 90% off!")
    with pytest.raises(ChangedMeanwhile):
        await doing(marketing, approving.approve, campaign, user=ALMA, seen=seen)
    ((words,),) = await marketing.office.rows(newest)
    await marketing.people(2)
    with pytest.raises(ChangedMeanwhile):
        await doing(marketing, approving.approve, campaign, user=ALMA, seen=Seen(campaign.version, 3, words))
    with pytest.raises(ChangedMeanwhile):
        await doing(marketing, approving.approve, campaign, user=ALMA, seen=Seen(campaign.version - 1, 5, words))
    gone = await doing(marketing, approving.approve, campaign, user=ALMA, seen=Seen(campaign.version, 5, words))
    assert gone.status is S.SENDING


async def test_new_words_while_it_sends_stop_it_until_somebody_else_resumes_it(marketing: Marketing) -> None:
    everybody = await marketing.people(3)
    await limited(marketing, marketing=2)
    await add_template(marketing, en="Get your flu shot.")
    campaign = await marketing.launch(**TEMPLATE)
    await doing(marketing, approving.approve, campaign, user=ALMA)
    async with asyncio.timeout(60):
        while (await marketing.states(campaign.id)).get("queued") != 3:
            await marketing.loop.step()

    async def look() -> Campaign:
        async with marketing.office.database.transaction() as tx:
            await ask_about_new_words(tx)
        return await marketing.now(campaign.id)

    assert (await look()).status is S.SENDING
    await write(marketing, "Get your flu shot. 90% off!")
    stopped = await look()
    assert (stopped.status, "has had new words" in stopped.because) == (S.PAUSED, True)
    assert (await marketing.states(campaign.id))["waiting"] == 3
    assert await tasks(marketing) == ["The campaign “Flu Vaccination Drive” stopped: its template has new words"]
    with pytest.raises(NeedsApproval):
        await doing(marketing, campaigns.resume, campaign, user=MARKETING)
    resumed = await doing(marketing, campaigns.resume, campaign, user=ARNO)
    assert (resumed.status, resumed.approved_by_name) == (S.SENDING, "Arno")
    assert await tasks(marketing) == []
    assert (await look()).status is S.SENDING
    await marketing.until_done(campaign.id)
    assert [len(got(marketing, one)) for one in everybody] == [1] * 3


async def test_whose_role_has_no_limit_launches_what_changed_and_nothing_stops_it(marketing: Marketing) -> None:
    await marketing.people(3)
    await limited(marketing, marketing=2)
    await add_template(marketing, en="Get your flu shot.")
    approved = await scheduled_and_approved(marketing, **TEMPLATE)
    await write(marketing, "Get your flu shot. 90% off!")
    await when_its_time_comes(marketing, approved)
    assert len(await tasks(marketing)) == 1
    await doing(marketing, campaigns.launch, approved, user=ARNO)
    assert await tasks(marketing) == []
    async with marketing.office.database.transaction() as tx:
        await ask_about_new_words(tx)
    assert (await marketing.now(approved.id)).status is S.SENDING


async def test_without_a_limit_new_words_are_nobodys_to_approve(marketing: Marketing) -> None:
    await marketing.people(3)
    await add_template(marketing, en="Get your flu shot.")
    campaign = await marketing.launch(**TEMPLATE)
    await write(marketing, "Get your flu shot. 90% off!")
    async with marketing.office.database.transaction() as tx:
        await ask_about_new_words(tx)
    await marketing.until_done(campaign.id)
    assert (await marketing.now(campaign.id)).status is S.COMPLETED


async def test_the_page_and_the_api_say_what_changed_and_what_to_do(
    client: httpx.AsyncClient, as_role: AsRole, marketing: Marketing
) -> None:
    await marketing.people(3)
    mona, alma = await as_role("marketing"), await as_role("admin")
    await client.put("/api/campaigns/approval-limits", headers=alma, json={"limits": {"marketing": 1}})
    at = (marketing.office.database.clock.now() + timedelta(hours=1)).isoformat()
    body = {"name": "Walks", "message": "Come.", "targetAudience": "all_patients", "channels": ["sms"]}
    made = (await client.post("/api/campaigns", headers=mona, json=body | {"scheduledAt": at})).json()
    path = f"/campaigns/{made['id']}"
    asked = (await client.get(path, headers=alma)).text
    assert "It goes to 3 people as it is now." in asked
    approve = f"{path}/approve?version={made['version']}&people=3&words=0"
    assert approve.replace("&", "&amp;") in asked
    assert (await client.post(f"{path}/approve", headers=alma)).status_code == 422
    assert (await client.post(approve, headers=alma)).status_code == 200
    assert "for 3 people." in (await client.get(path, headers=mona)).text
    await marketing.people(3)
    for reader in (mona, alma):
        page = (await client.get(path, headers=reader)).text
        assert "This needs approval again" in page
        assert "It was approved for 3 people and would go to 6 now." in page
        assert "As it is now it does not go out at its time." in page
    refused = await client.post(f"/api{path}/launch", headers=mona)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/needs-approval")
    assert refused.json()["detail"] == "It was approved for 3 people and would go to 6 now."
    assert "ask for approval again" in refused.text
    assert (await client.get(f"/api{path}", headers=mona)).json()["approvedPeople"] == 3
