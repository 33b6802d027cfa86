"""Campaigns: adding, changing, launching, pausing, ending. What a campaign does while it sends is in sending.py."""

from datetime import UTC, datetime, timedelta

import msgspec
from psycopg import sql

from bedside.accounts import SignedIn, audit
from bedside.campaigns import (
    budget,
    store_approval,
    store_campaigns,
    store_entries,
    store_ledger,
    store_pacing,
    store_reach,
    worth,
)
from bedside.campaigns.approval import ask, check_resumed, close_tasks, exceeded, lacks, needs_approval, who
from bedside.campaigns.audiences import audience, check_rule
from bedside.campaigns.events import CampaignChanged
from bedside.campaigns.journeys import check_journey, messages_of
from bedside.campaigns.model import (
    CHANGEABLE,
    FOLLOWING,
    Campaign,
    CampaignChanges,
    CampaignStands,
    CampaignStatus,
    NewCampaign,
    NoSuchCampaign,
    Progress,
)
from bedside.campaigns.pacing import check_hours
from bedside.campaigns.personal import check_everybody_gets_words, saying
from bedside.campaigns.places import place_of
from bedside.campaigns.rules import Rule, Whose
from bedside.campaigns.split import check_split, choose, pointing, report
from bedside.campaigns.split_model import SplitReport
from bedside.campaigns.whom import people_of
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Forbidden, Invalid
from bedside.kit.wire import given
from bedside.message_templates import Channel
from bedside.messaging import check_length, take_back

FURTHEST_AHEAD = timedelta(days=366)
ABOUT = "campaign"
S = CampaignStatus


async def campaign(tx: Tx, *, campaign_id: int, user: SignedIn, lock: bool = False) -> Campaign:
    """One campaign. Raises NoSuchCampaign (404), for one of a hospital that is not theirs too."""
    found = await store_campaigns.campaign(tx, campaign_id, lock=lock)
    if found is None or not user.works_at(found.hospital_id):
        raise NoSuchCampaign("There is no such campaign.", next_step="Look it up in the list of campaigns.")
    return found


async def add(tx: Tx, *, new: NewCampaign, user: SignedIn) -> Campaign:
    """Adds a campaign, and launches it: at once, at `scheduledAt`, or not yet (`status` draft). One that is for more
    people than their role may write to awaits somebody else's approval instead. Raises as check_new."""
    made = await check_new(tx, new=new, user=user)
    if new.status is None:
        await _check_everybody(tx, made)
    made.id = await store_campaigns.insert(tx, made)
    if made.budget is not None:
        await budget.keep(tx, made.id, budget=made.budget, currency=made.budget_currency)
    await worth.keep(tx, made, new=new)
    await store_pacing.keep(tx, made.id, per_minute=made.per_minute, local_time=made.local_time)
    await store_approval.made(tx, made.id, by=who(user))
    await store_approval.changed(tx, made.id, by=who(user), role=user.role)
    if new.status is None and await exceeded(tx, made, role=user.role) is not None:
        await ask(tx, made, user=user)
    elif made.scheduled_at is None and new.status is None:
        await store_campaigns.start(tx, made.id)
    return await told(tx, made.id, user, "added")


async def check_new(tx: Tx, *, new: NewCampaign, user: SignedIn) -> Campaign:
    """A campaign as it would be added; nothing is written.

    Raises Invalid (422) for words that a channel cannot take, a time in the past, nobody named; Forbidden (403) for a
    hospital that is not theirs."""
    hospital_id = await place_of(tx, hospital_id=new.hospital_id, user=user)
    whose, audience_id, rule = await _whom(tx, new, whose=new.whose, user=user)
    made = Campaign(
        id=0, name=new.name.strip(), hospital_id=hospital_id, status=S.DRAFT, whose=whose, audience_id=audience_id,
        audience_version=None, rule=rule, channels=list(dict.fromkeys(new.channels)),
        channel_choice=new.channel_choice, subject=new.subject.strip(), message=(new.message or "").strip(),
        scheduled_at=_time(tx, new.scheduled_at), control_percent=new.control_percent,
        attribution_days=new.attribution_days, template_key=new.template_key, steps=new.steps, entry=new.entry,
        goal=new.goal, variants=new.variants, winner_by=new.winner_by, decide_after_hours=new.decide_after_hours,
        decide_at=None, winner=None, started_at=None, frozen_at=None, ended_at=None, because="",
        created_by_name=user.name, created_at=tx.now, updated_at=tx.now, version=1,
        per_minute=new.per_minute, local_time=new.local_time,
    )  # fmt: skip
    if made.scheduled_at is not None and new.status is None:
        made.status = S.SCHEDULED
    made.budget, made.budget_currency = budget.read(new.budget, new.budget_currency)
    worth.read(new)
    await _check_words(tx, made)
    return made


async def change(
    tx: Tx, *, campaign_id: int, changes: CampaignChanges, expected_version: int | None, user: SignedIn
) -> Campaign:
    """Changes a campaign that has not started. Approval is lost, and asked for anew where it is needed. Raises
    NoSuchCampaign (404), Changed (412), CampaignStands (409)."""
    found = await theirs(tx, campaign_id, user)
    check_version(expected=expected_version, actual=found.version)
    if found.status not in CHANGEABLE:
        raise stands(found, "changed")
    wanted = given(changes)
    if wanted.keys() & {"target_audience", "audience_id", "rule"}:
        wanted.pop("target_audience", None)
        whom = await _whom(tx, changes, whose=found.whose, user=user)
        wanted["whose"], wanted["audience_id"], wanted["rule"] = whom
    changed = msgspec.structs.replace(found, **wanted)
    changed.name, changed.message, changed.subject = (
        changed.name.strip(), changed.message.strip(), changed.subject.strip(),
    )  # fmt: skip
    changed.channels = list(dict.fromkeys(changed.channels))
    if changes.scheduled_at is not msgspec.UNSET:
        changed.scheduled_at = _time(tx, changes.scheduled_at)
        changed.status = S.SCHEDULED if changed.scheduled_at else S.DRAFT
    if changes.message is not msgspec.UNSET and changes.template_key is msgspec.UNSET:
        changed.template_key = None
    elif changes.template_key is not msgspec.UNSET and changes.message is msgspec.UNSET:
        changed.message = ""
    await _check_words(tx, changed)
    if changed.status in (S.SCHEDULED, S.AWAITING_APPROVAL):
        await _check_everybody(tx, changed)
    await store_campaigns.update(tx, changed)
    await store_pacing.keep(tx, changed.id, per_minute=changed.per_minute, local_time=changed.local_time)
    await store_approval.changed(tx, changed.id, by=who(user), role=user.role)
    if found.status is S.AWAITING_APPROVAL or (found.status is S.OVERDUE and changed.status is not S.OVERDUE):
        await close_tasks(tx, found.id, actor=user)
    if changed.status is S.AWAITING_APPROVAL or (
        changed.status is S.SCHEDULED and await exceeded(tx, changed, role=user.role) is not None
    ):
        await ask(tx, changed, user=user)
    return await told(tx, found.id, user, "changed")


async def launch(tx: Tx, *, campaign_id: int, user: SignedIn) -> Campaign:
    """Starts it now. Raises CampaignStands (409) for one that has started or ended, or awaits approval; WordsLack (422)
    where somebody would get a text with a hole in it; NeedsApproval (409) where their role may not write to so many, or
    what was approved of has changed."""
    found = await theirs(tx, campaign_id, user)
    _check_follows(found, S.SENDING, "launched", but=(S.PAUSED, S.AWAITING_APPROVAL))
    await check_launch(tx, found)
    if (lacking := await lacks(tx, found, role=user.role)) is not None:
        raise needs_approval(lacking, role=user.role)
    await store_approval.launched(tx, found.id, role=user.role)
    await store_campaigns.start(tx, found.id)
    await close_tasks(tx, found.id, actor=user)
    return await told(tx, found.id, user, "launched")


async def pause(tx: Tx, *, campaign_id: int, user: SignedIn) -> Campaign:
    """Stops it: what waits in the queue is taken back into the ledger, what is under way is finished."""
    found = await theirs(tx, campaign_id, user)
    _check_follows(found, S.PAUSED, "paused")
    await store_campaigns.set_status(tx, found.id, S.PAUSED, ended=False)
    await take_back_lines(tx, found.id)
    return await told(tx, found.id, user, "paused")


async def resume(tx: Tx, *, campaign_id: int, user: SignedIn) -> Campaign:
    """Goes on where it was paused. Raises CampaignStands (409) for one that is not paused; NeedsApproval (409) for one
    whose template has new words, where these are not for them to approve."""
    found = await theirs(tx, campaign_id, user)
    if found.status is not S.PAUSED:
        raise stands(found, "resumed")
    await check_resumed(tx, found, user=user)
    await store_campaigns.start(tx, found.id)
    await close_tasks(tx, found.id, actor=user)
    return await told(tx, found.id, user, "resumed")


async def cancel(tx: Tx, *, campaign_id: int, user: SignedIn) -> Campaign:
    """Ends it for good: whoever still waits is not written to. Raises CampaignStands (409) for one that has ended."""
    found = await theirs(tx, campaign_id, user)
    _check_follows(found, S.CANCELLED, "cancelled")
    await store_campaigns.set_status(tx, found.id, S.CANCELLED, because=f"Cancelled by {user.name}.", ended=True)
    await store_entries.cancel(tx, found.id)
    await take_back_lines(tx, found.id)
    await close_tasks(tx, found.id, actor=user)
    return await told(tx, found.id, user, "cancelled")


async def versions_report(tx: Tx, *, campaign_id: int, user: SignedIn) -> SplitReport:
    """How its versions do. Raises NoSuchCampaign (404)."""
    return await report(tx, found=await campaign(tx, campaign_id=campaign_id, user=user))


async def choose_winner(tx: Tx, *, campaign_id: int, variant: str, user: SignedIn) -> Campaign:
    """Has those who wait get this version now. Raises Invalid (422) for one that there is not, CampaignStands (409)
    where nobody waits for one."""
    found = await theirs(tx, campaign_id, user)
    await choose(tx, found=found, variant=variant)
    return await told(tx, found.id, user, "winner chosen")


async def progress(tx: Tx, *, campaign_id: int, user: SignedIn) -> Progress:
    """How far it is."""
    found = await campaign(tx, campaign_id=campaign_id, user=user)
    figures = await store_campaigns.figures(tx, found.id)
    return Progress(
        campaign_id=found.id, status=found.status, lines=sum(one.people for one in figures), figures=figures
    )


async def take_back_lines(tx: Tx, campaign_id: int) -> None:
    """What waits in the queue waits in the ledger again."""
    gone = await take_back(tx, about=ABOUT, about_id=campaign_id)
    await store_ledger.wait_again(tx, campaign_id, message_ids=gone)


async def _whom(
    tx: Tx, said: NewCampaign | CampaignChanges, *, whose: Whose, user: SignedIn
) -> tuple[Whose, int | None, Rule]:
    """Whom it is for, as whoever asks said it in one of three ways: of whom, which audience, by which rule."""
    target, audience_id, rule = said.target_audience or None, said.audience_id or None, said.rule or None
    if [target, audience_id, rule].count(None) != 2:
        raise Invalid("Say whom it is for: targetAudience, audienceId or rule.", pointer="/targetAudience")
    if audience_id is not None:
        found = await audience(tx, audience_id=audience_id, user=user)
        if found.archived_at is not None:
            raise Invalid("This audience was put away.", pointer="/audienceId", next_step="Take it out again first.")
        return found.whose, found.id, Rule()
    if rule is not None:
        await check_rule(tx, rule, whose=whose, pointer="/rule")
        return whose, None, rule
    return "owners" if target == "all_owners" else "patients", None, Rule()


def _time(tx: Tx, at: datetime | None) -> datetime | None:
    if at is None:
        return None
    if at.tzinfo is None:
        raise Invalid("This needs its offset, such as 2027-10-25T10:00:00-04:00.", pointer="/scheduledAt")
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        raise Invalid("That time is not of this world.", pointer="/scheduledAt") from None
    if at <= tx.now:
        raise Invalid("That time has passed.", pointer="/scheduledAt", next_step="Leave it out to launch now.")
    if at > tx.now + FURTHEST_AHEAD:
        raise Invalid("That is more than a year ahead.", pointer="/scheduledAt")
    return at


async def _check_words(tx: Tx, one: Campaign) -> None:
    if not one.name:
        raise Invalid("A campaign needs a name.", pointer="/name")
    if one.message and one.template_key:
        raise Invalid("It says either a message or a template, not both.", pointer="/templateKey")
    await check_journey(tx, one)
    check_hours(one)
    if not one.steps and not one.message and not one.template_key:
        raise Invalid(
            "There is nothing to send.", pointer="/message", next_step="Write the words, or choose a template."
        )
    check_split(one)
    for pointer, message in messages_of(one):
        with pointing(pointer):
            await saying(tx, message)
            for channel in message.channels:
                check_length(channel, message.message, pointer="/message", news=True)
    await budget.check(tx, one)


async def check_launch(tx: Tx, one: Campaign) -> None:
    """Raises Invalid (422) for what cannot be launched: words that do not do, nobody whom it is for, a text with a
    hole."""
    await _check_words(tx, one)
    await _check_everybody(tx, one)


async def _check_everybody(tx: Tx, one: Campaign) -> None:
    """Raises Invalid (422) before anything starts: nobody whom it is for, a way by which nothing can be sent, somebody
    for whom its words would have a hole."""
    await _check_senders(tx, one)
    named, values = await people_of(tx, one)
    if one.entry is None:  # into a standing one people come later
        await _check_somebody(tx, one, named, values)
    for pointer, message in messages_of(one):
        with pointing(pointer):
            if message.channels != one.channels:
                await _check_senders(tx, message)
            await check_everybody_gets_words(tx, message, named=named, values=values)


async def _check_senders(tx: Tx, one: Campaign) -> None:
    if lacking := await store_campaigns.without_sender(
        tx, channels=[str(channel) for channel in one.channels], hospital_id=one.hospital_id
    ):
        raise Invalid(
            f"Nothing can be sent by {' and '.join(lacking)}: no account sends there.",
            pointer=f"/channels/{one.channels.index(Channel(lacking[0]))}",
            next_step="Leave that way out, or have one set up under Settings, Channels.",
        )


async def _check_somebody(tx: Tx, one: Campaign, named: sql.Composable, values: dict[str, object]) -> None:
    if not await store_reach.anybody(tx, named=named, values=values):
        raise Invalid(
            "There is nobody whom this is for.",
            pointer="/audienceId" if one.audience_id else "/rule" if one.rule != Rule() else "/targetAudience",
            next_step="Look at the audience, or choose another.",
        )


async def theirs(tx: Tx, campaign_id: int, user: SignedIn) -> Campaign:
    """One campaign that they may change, locked. Raises NoSuchCampaign (404), Forbidden (403) for the whole group's."""
    found = await campaign(tx, campaign_id=campaign_id, user=user, lock=True)
    if found.hospital_id is None and user.hospital_ids is not None:
        raise Forbidden("This campaign is the whole group's.", next_step="Ask an administrator of every hospital.")
    return found


def _check_follows(found: Campaign, wanted: CampaignStatus, done: str, *, but: tuple[CampaignStatus, ...] = ()) -> None:
    if wanted not in FOLLOWING[found.status] or found.status in but:
        raise stands(found, done)


def stands(found: Campaign, done: str) -> CampaignStands:
    """The problem that it stands where this cannot follow."""
    return CampaignStands(
        f"The campaign is {found.status.replace('_', ' ')}, so it cannot be {done}.", next_step="Look at it again."
    )


async def told(tx: Tx, campaign_id: int, user: SignedIn, what: str) -> Campaign:
    """The campaign as it is after something was done to it, which is recorded."""
    found = await campaign(tx, campaign_id=campaign_id, user=user)
    await tell(tx, found, what, actor=user)
    await audit(tx, actor=user, action=f"campaign.{what}", subject="campaign", subject_id=found.id, after=found)
    return found


async def tell(tx: Tx, found: Campaign, what: str, *, actor: Actor) -> None:
    """Records that something happened to it."""
    await record(tx, CampaignChanged(campaign_id=found.id, what=what, hospital_id=found.hospital_id), actor=actor)
