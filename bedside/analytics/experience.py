"""The dashboard's part of what patients say and redeem, for who may see something of it."""

from bedside.accounts import Permission, SignedIn
from bedside.analytics import store_experience as store
from bedside.analytics.model_experience import ExperienceFigures
from bedside.kit.database import Tx


def sees_experience(user: SignedIn) -> bool:
    """Whether any part of it is theirs to see."""
    return user.may(Permission.FEEDBACK_REPORTS) or user.may(Permission.LOYALTY_REPORTS)


async def experience(tx: Tx, *, user: SignedIn, hospitals: list[int] | None) -> ExperienceFigures | None:
    """What patients of these hospitals (None: all) say; rewards are the group's. None for whom no part of it is."""
    if not sees_experience(user):
        return None
    return ExperienceFigures(
        feedback=await store.feedback(tx, hospitals=hospitals) if user.may(Permission.FEEDBACK_REPORTS) else None,
        loyalty=await store.loyalty(tx) if user.may(Permission.LOYALTY_REPORTS) else None,
    )
