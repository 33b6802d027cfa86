"""A campaign for more people than a role may write to goes out when somebody else has approved of it."""

from datetime import timedelta
from typing import Any

import pytest

from bedside.accounts import Role, SignedIn
from bedside.campaigns import approving, campaigns
from bedside.campaigns.approval_model import ApprovalLimits, NeedsApproval, OwnApproval
from bedside.campaigns.model import Campaign, CampaignChanges, CampaignStands, CampaignStatus, NewCampaign
from bedside.message_templates import Channel
from tests.campaigns.marketing import FLU, MARKETING, Marketing

ALMA = SignedIn(kind="staff", id=8, name="Alma", role=Role.ADMIN)
ARNO = SignedIn(kind="staff", id=9, name="Arno", role=Role.ADMIN)
S = CampaignStatus


async def limited(of: Marketing, **limits: int) -> None:
    async with of.office.database.transaction() as tx:
        await approving.set_limits(tx, given=ApprovalLimits(limits=limits), user=ALMA)


async def doing(marketing: Marketing, verb: Any, campaign: Campaign, *, user: SignedIn, **more: Any) -> Campaign:
    async with marketing.office.database.transaction() as tx:
        return await verb(tx, campaign_id=campaign.id, user=user, **more)  # type: ignore[no-any-return]


async def tasks(marketing: Marketing, status: str = "open") -> list[str]:
    rows = await marketing.office.rows(
        "select title from crm.tasks where subject = 'campaign' and status = %(status)s order by id", status=status
    )
    return [row[0] for row in rows]


async def test_beyond_the_limit_it_waits_for_somebody_else_and_then_goes_out(marketing: Marketing) -> None:
    everybody = await marketing.people(3)
    await limited(marketing, marketing=2)
    campaign = await marketing.launch(channels=[Channel.SMS])
    assert campaign.status is S.AWAITING_APPROVAL
    assert await tasks(marketing) == ["The campaign “Flu Vaccination Drive” awaits your approval"]
    with pytest.raises(CampaignStands):
        await doing(marketing, campaigns.launch, campaign, user=ALMA)
    for _ in range(3):
        await marketing.loop.step()
    assert await marketing.states(campaign.id) == {}
    approved = await doing(marketing, approving.approve, campaign, user=ALMA)
    assert (approved.status, approved.approved_by_name) == (S.SENDING, "Alma")
    assert approved.approved_at is not None
    assert await tasks(marketing) == []
    await marketing.until_done(campaign.id)
    assert [len(marketing.office.phone(f"+1212555{id_:04}")) for id_ in everybody] == [1] * 3


async def test_up_to_the_limit_and_without_one_it_is_launched_at_once(marketing: Marketing) -> None:
    await marketing.people(3)
    assert (await marketing.launch(channels=[Channel.SMS])).status is S.SENDING
    await limited(marketing, marketing=3)
    assert (await marketing.launch(channels=[Channel.SMS], name="Another")).status is S.SENDING


async def test_nobody_approves_of_what_they_made_changed_or_asked_for(marketing: Marketing) -> None:
    await marketing.people(3)
    await limited(marketing, marketing=0, admin=0)
    async with marketing.office.database.transaction() as tx:
        campaign = await campaigns.add(tx, new=NewCampaign(**FLU), user=ALMA)
    with pytest.raises(OwnApproval):
        await doing(marketing, approving.approve, campaign, user=ALMA)
    changed = await doing(
        marketing, campaigns.change, campaign, user=ARNO, changes=CampaignChanges(name="Flu"), expected_version=None
    )
    assert changed.status is S.AWAITING_APPROVAL
    for one in (ALMA, ARNO):
        with pytest.raises(OwnApproval):
            await doing(marketing, approving.approve, campaign, user=one)


async def test_declined_it_is_a_draft_that_says_why_and_is_asked_for_again(marketing: Marketing) -> None:
    await marketing.people(3)
    await limited(marketing, marketing=2)
    campaign = await marketing.launch(channels=[Channel.SMS])
    declined = await doing(marketing, approving.decline, campaign, user=ALMA, because="Not in summer.")
    assert (declined.status, declined.because) == (S.DRAFT, "Alma: Not in summer.")
    assert await tasks(marketing) == []
    with pytest.raises(NeedsApproval):
        await doing(marketing, campaigns.launch, campaign, user=MARKETING)
    again = await doing(marketing, approving.submit, campaign, user=MARKETING)
    assert (again.status, again.because) == (S.AWAITING_APPROVAL, "")
    assert (await doing(marketing, approving.approve, campaign, user=ALMA)).status is S.SENDING


async def test_a_change_loses_the_approval(marketing: Marketing) -> None:
    await marketing.people(3)
    await limited(marketing, marketing=2)
    at = marketing.office.database.clock.now() + timedelta(hours=1)
    campaign = await marketing.launch(channels=[Channel.SMS], scheduled_at=at)
    approved = await doing(marketing, approving.approve, campaign, user=ALMA)
    assert approved.status is S.SCHEDULED
    changes = CampaignChanges(message="Get your flu shot! 90% discount.")
    changed = await doing(marketing, campaigns.change, campaign, user=MARKETING, changes=changes, expected_version=None)
    assert (changed.status, changed.approved_at) == (S.AWAITING_APPROVAL, None)
    marketing.office.database.clock.set(at + timedelta(seconds=1))  # type: ignore[attr-defined]
    await marketing.start_due()
    assert (await marketing.now(campaign.id)).status is S.OVERDUE
    assert await tasks(marketing) == ["The campaign “Flu Vaccination Drive” was not approved in time"]
    again = await doing(marketing, approving.submit, campaign, user=MARKETING)
    assert again.scheduled_at is None
    assert (await doing(marketing, approving.approve, campaign, user=ALMA)).status is S.SENDING


async def test_an_approved_schedule_starts_and_one_that_outgrew_its_limit_does_not(marketing: Marketing) -> None:
    await marketing.people(3)
    await limited(marketing, marketing=4)
    at = marketing.office.database.clock.now() + timedelta(hours=1)
    grown = await marketing.launch(channels=[Channel.SMS], scheduled_at=at)
    assert grown.status is S.SCHEDULED
    await limited(marketing, marketing=2)
    approved = await marketing.launch(channels=[Channel.SMS], scheduled_at=at, name="Approved")
    await doing(marketing, approving.approve, approved, user=ALMA)
    marketing.office.database.clock.set(at + timedelta(seconds=1))  # type: ignore[attr-defined]
    await marketing.start_due()
    assert (await marketing.now(grown.id)).status is S.OVERDUE
    assert (await marketing.now(approved.id)).status is S.SENDING
