"""Approval of campaigns: asking for it, giving it, refusing it with words. Who approves is neither who made a campaign,
nor who changed it last, nor who asks, administrators included."""

from bedside.accounts import Role, SignedIn, audit
from bedside.campaigns import campaigns, store_approval, store_campaigns
from bedside.campaigns.approval import ask, close_tasks, goes_to, is_own, lacks, outgrown, words_of
from bedside.campaigns.approval_model import ApprovalLimits, ChangedMeanwhile, OwnApproval, Seen
from bedside.campaigns.model import Campaign, CampaignStatus
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.text import many_lines

S = CampaignStatus


async def submit(tx: Tx, *, campaign_id: int, user: SignedIn) -> Campaign:
    """Asks for approval. A time that has passed is forgotten: once approved it goes out at once.

    Raises NoSuchCampaign (404), CampaignStands (409) for one that has started, ended or awaits it already, and what
    launching raises: what could not be launched is not asked for."""
    found = await campaigns.theirs(tx, campaign_id, user)
    if found.status not in (S.DRAFT, S.SCHEDULED, S.OVERDUE):
        raise campaigns.stands(found, "submitted")
    await campaigns.check_launch(tx, found)
    lacking = await lacks(tx, found, role=(await store_approval.standing(tx, found.id)).changed_by_role)
    await ask(tx, found, user=user, changed=lacking.changed if lacking else "")
    return await campaigns.told(tx, found.id, user, "submitted")


async def approve(tx: Tx, *, campaign_id: int, user: SignedIn, seen: Seen | None = None) -> Campaign:
    """Approves of it, as it reads now and for about as many people as now: it goes out at its time, or at once where
    it has none.

    Raises NoSuchCampaign (404), CampaignStands (409) for one that does not await it, OwnApproval (403); with what they
    have `seen`, ChangedMeanwhile (409) where it is not that any more."""
    found = await _awaiting(tx, campaign_id, user, "approved")
    standing = await store_approval.standing(tx, found.id)
    if is_own(standing, user):
        raise OwnApproval(
            "You made this campaign, changed it last or asked for its approval.",
            next_step="Ask another administrator.",
        )
    await campaigns.check_launch(tx, found)
    people, versions = await goes_to(tx, found), sorted(await words_of(tx, found))
    if seen is not None and (
        seen.version != found.version or outgrown(people, seen.people) or (versions and versions[-1] > seen.words)
    ):
        raise ChangedMeanwhile(
            "It was changed, has new words, or goes to more people than it did when you opened it.",
            next_step="Look at it as it is now, then approve or decline it.",
        )
    await store_approval.approve(tx, found.id, by_name=user.name, people=people, versions=versions)
    if found.scheduled_at is None:
        await store_campaigns.start(tx, found.id)
    await close_tasks(tx, found.id, actor=user)
    return await campaigns.told(tx, found.id, user, "approved")


async def decline(tx: Tx, *, campaign_id: int, because: str, user: SignedIn) -> Campaign:
    """Does not approve of it: it is a draft again, which says why.

    Raises NoSuchCampaign (404), CampaignStands (409) for one that does not await it, Invalid (422) without words."""
    found = await _awaiting(tx, campaign_id, user, "declined")
    words = many_lines(because, pointer="/because", longest=500, needed=True)
    await store_campaigns.set_status(tx, found.id, S.DRAFT, because=f"{user.name}: {words}", ended=False)
    await close_tasks(tx, found.id, actor=user)
    return await campaigns.told(tx, found.id, user, "declined")


async def set_limits(tx: Tx, *, given: ApprovalLimits, user: SignedIn) -> ApprovalLimits:
    """Sets to how many people each role's campaigns may go without approval. Raises Invalid (422) for no role."""
    for role in given.limits:
        if role not in set(Role):
            raise Invalid(
                "There is no such role.", pointer="/limits", next_step=f"Roles are {', '.join(sorted(Role))}."
            )
    before = ApprovalLimits(limits=await store_approval.limits(tx))
    await store_approval.set_limits(tx, limits=given.limits, by=user.name)
    after = ApprovalLimits(limits=await store_approval.limits(tx))
    await audit(
        tx, actor=user, action="campaign.limits_set", subject="campaign", subject_id=0, before=before, after=after
    )
    return after


async def _awaiting(tx: Tx, campaign_id: int, user: SignedIn, done: str) -> Campaign:
    found = await campaigns.theirs(tx, campaign_id, user)
    if found.status is not S.AWAITING_APPROVAL:
        raise campaigns.stands(found, done)
    return found
