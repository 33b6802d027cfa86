"""Whether a campaign needs somebody else's approval, and asking for it. Who approves is in approving.py."""

from psycopg import sql

from bedside.accounts import Permission, Role, SignedIn
from bedside.campaigns import store_approval, store_reach
from bedside.campaigns.approval_model import Lacking, NeedsApproval, Standing
from bedside.campaigns.asking import ask_somebody
from bedside.campaigns.journeys import messages_of
from bedside.campaigns.model import Campaign
from bedside.campaigns.whom import people_of
from bedside.event_log import Actor
from bedside.follow_ups import close_task
from bedside.kit.database import Tx

# who approves of words that are new while it is under way
RESUMED_BY = "An administrator who neither made it nor asked for its approval looks at its words and resumes it."


def who(user: Actor) -> str:
    """Somebody as a campaign remembers them: names change, and two may have one."""
    return f"{user.kind}:{user.id}"


async def exceeded(tx: Tx, one: Campaign, *, role: str) -> int | None:
    """The limit that a campaign exceeds where somebody with this role launches it; None where it needs no approval."""
    limit = (await store_approval.limits(tx)).get(role)
    if limit is None:
        return None
    named, values = await people_of(tx, one)
    if not await store_approval.are_more_than(tx, limit, named=named, values=values):
        return None
    # of a million the first few say as much as all of them
    if await _count(tx, one, store_reach.first_of(named, 4 * limit), values) > limit:
        return limit
    return limit if await _count(tx, one, named, values) > limit else None


async def lacks(tx: Tx, one: Campaign, *, role: str) -> Lacking | None:
    """What a campaign that exceeds the limit of this role lacks; None for one that may go out: an approval is for its
    words and for about as many people."""
    limit = (await store_approval.limits(tx)).get(role)
    if limit is None:
        return None
    people = await _people_beyond(tx, one, limit)
    if people is None:
        return None
    standing = await store_approval.standing(tx, one.id)
    if not standing.approved:
        return Lacking(limit, people, "")
    changed = await _since_approved(tx, one, standing, people)
    return Lacking(limit, people, changed) if changed else None


def outgrown(people: int, approved: int) -> bool:
    """Whether these are more people than somebody approved of, by more than a tenth."""
    return people * 10 > approved * 11


async def goes_to(tx: Tx, one: Campaign) -> int:
    """To how many people it goes: those whom it reaches, or, of one into which people come by themselves, all whom it
    is for."""
    named, values = await people_of(tx, one)
    return await _count(tx, one, named, values)


async def words_of(tx: Tx, one: Campaign) -> dict[int, str]:
    """The versions of templates that a campaign says now, and the template's name of each; none where it says words of
    its own."""
    said = {
        (message.template_key, str(channel))
        for _, message in messages_of(one)
        if message.template_key is not None
        for channel in message.channels
    }
    return await store_approval.newest_words(tx, sorted(said)) if said else {}


async def _since_approved(tx: Tx, one: Campaign, standing: Standing, people: int) -> str:
    """What has changed of what somebody approved of, in words; empty where nothing has that matters."""
    changed = []
    if standing.audience_changed:
        changed.append("Whom its audience names was changed after it was approved.")
    if standing.approved_people is not None and outgrown(people, standing.approved_people):
        changed.append(f"It was approved for {_counted(standing.approved_people)} and would go to {people:,} now.")
    if new := await new_words(tx, one, standing):
        changed.append(new)
    return " ".join(changed)


async def new_words(tx: Tx, one: Campaign, standing: Standing) -> str:
    """Which of its templates say something else since somebody approved of it, in words; empty where none does."""
    if standing.approved_versions is None:
        return ""
    found = await words_of(tx, one)
    names = sorted({name for version, name in found.items() if version not in standing.approved_versions})
    return " ".join(f"Its template “{name}” has had new words since it was approved." for name in names)


def _counted(people: int) -> str:
    return f"{people:,} {'person' if people == 1 else 'people'}"


async def _people_beyond(tx: Tx, one: Campaign, limit: int) -> int | None:
    """To how many people it goes, where those are more than the limit."""
    named, values = await people_of(tx, one)
    if not await store_approval.are_more_than(tx, limit, named=named, values=values):
        return None
    people = await _count(tx, one, named, values)
    return people if people > limit else None


async def _count(tx: Tx, one: Campaign, named: sql.Composable, values: dict[str, object]) -> int:
    if one.entry is not None:
        return await store_reach.how_many(tx, named=named, values=values)
    _, reached, _ = await store_reach.count(
        tx, named=named, values=values, whose=one.whose, channels=[str(channel) for channel in one.channels]
    )
    return reached


def needs_approval(lacking: Lacking, *, role: str) -> NeedsApproval:
    """The problem that it may not go out without approval."""
    return NeedsApproval(
        lacking.changed or beyond(lacking, role=role),
        next_step="Look at it as it is now, then ask for approval again."
        if lacking.changed
        else "Ask for approval, or choose fewer.",
    )


def beyond(lacking: Lacking, *, role: str) -> str:
    """That it goes to more people than this role may write to, in words."""
    return (
        f"It would go to {_counted(lacking.people)}; campaigns of the role {role.replace('_', ' ')} go to "
        f"{lacking.limit:,} at most without approval."
    )


async def ask(tx: Tx, one: Campaign, *, user: SignedIn, changed: str = "") -> None:
    """Has it await approval, with a task for whoever may give it, which says what has `changed` since it was given."""
    again = f" again. {changed}" if changed else "."
    await close_tasks(tx, one.id, actor=user)
    await store_approval.submit(tx, one.id, by=who(user))
    await ask_somebody(
        tx,
        one,
        key="campaign-approval",
        title=f"The campaign “{one.name}” awaits your approval",
        details=f"{user.name} asks for it{again} Look at whom it reaches and what it says, then approve or decline it: "
        f"/campaigns/{one.id}",
        for_role=Role.ADMIN,
        actor=user,
    )


async def needs_for_resuming(tx: Tx, one: Campaign) -> str:
    """What keeps a paused campaign from going on: that its templates say something else than what was approved of, in
    words; empty where nothing does."""
    standing = await store_approval.standing(tx, one.id)
    if not standing.approved or standing.changed_by_role not in await store_approval.limits(tx):
        return ""
    return await new_words(tx, one, standing)


async def check_resumed(tx: Tx, one: Campaign, *, user: SignedIn) -> None:
    """Has somebody who resumes a campaign approve of its new words. Raises NeedsApproval (409) where that is not for
    them."""
    changed = await needs_for_resuming(tx, one)
    if not changed:
        return
    if not user.may(Permission.CAMPAIGNS_APPROVE) or is_own(await store_approval.standing(tx, one.id), user):
        raise NeedsApproval(changed, next_step=RESUMED_BY)
    await store_approval.approve_words(tx, one.id, by_name=user.name, versions=sorted(await words_of(tx, one)))


def is_own(standing: Standing, user: Actor) -> bool:
    """Whether they made the campaign, changed it last or asked for approval, and so do not approve of it."""
    return who(user) in (standing.made_by, standing.changed_by, standing.submitted_by)


async def close_tasks(tx: Tx, campaign_id: int, *, actor: Actor) -> None:
    """Closes what asked how it goes on (approval, a missed time, a budget used up): that was said, or is asked anew."""
    for key in await store_approval.keys_of_tasks(tx, campaign_id):
        await close_task(tx, key=key, actor=actor)
