"""Whether a campaign needs somebody else's approval, and asking for it. Who approves is in approving.py."""

from bedside.accounts import Role, SignedIn
from bedside.campaigns import store_approval, store_reach
from bedside.campaigns.model import Campaign
from bedside.campaigns.whom import people_of
from bedside.event_log import Actor
from bedside.follow_ups import close_task, open_task
from bedside.kit.database import Tx


def who(user: Actor) -> str:
    """Somebody as a campaign remembers them: names change, and two may have one."""
    return f"{user.kind}:{user.id}"


async def exceeded(tx: Tx, one: Campaign, *, role: str) -> int | None:
    """The limit that a campaign exceeds where somebody with this role launches it; None where it needs no approval.
    Those count whom it reaches, or, of one into which people come by themselves, whom it is for."""
    limit = (await store_approval.limits(tx)).get(role)
    if limit is None:
        return None
    named, values = await people_of(tx, one)
    if not await store_approval.are_more_than(tx, limit, named=named, values=values):
        return None
    if one.entry is not None:
        return limit
    _, reached, _ = await store_reach.count(
        tx, named=named, values=values, whose=one.whose, channels=[str(channel) for channel in one.channels]
    )
    return limit if reached > limit else None


async def lacks(tx: Tx, one: Campaign, *, role: str) -> int | None:
    """The limit that a campaign exceeds without having been approved of."""
    if (await store_approval.standing(tx, one.id)).approved:
        return None
    return await exceeded(tx, one, role=role)


async def ask(tx: Tx, one: Campaign, *, user: SignedIn) -> None:
    """Has it await approval, with a task for whoever may give it."""
    await close_tasks(tx, one.id, actor=user)
    await store_approval.submit(tx, one.id, by=who(user))
    await open_task(
        tx,
        key=f"campaign-approval:{one.id}:{one.version}",
        title=f"The campaign “{one.name}” awaits your approval",
        details=f"{user.name} asks for it. Look at whom it reaches and what it says, then approve or decline it: "
        f"/campaigns/{one.id}",
        subject="campaign",
        subject_id=one.id,
        hospital_id=one.hospital_id,
        for_role=Role.ADMIN,
        due_at=tx.now,
        actor=user,
    )


async def close_tasks(tx: Tx, campaign_id: int, *, actor: Actor) -> None:
    """Closes what asked for approval: it was given, refused, or is asked for anew."""
    for key in await store_approval.keys_of_tasks(tx, campaign_id):
        await close_task(tx, key=key, actor=actor)
