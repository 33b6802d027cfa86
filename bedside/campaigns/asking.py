"""What a campaign that cannot go on by itself asks of somebody."""

from bedside.accounts import Role
from bedside.campaigns.model import Campaign
from bedside.event_log import SYSTEM, Actor
from bedside.follow_ups import open_task
from bedside.kit.database import Tx


async def ask_somebody(
    tx: Tx, one: Campaign, *, key: str, title: str, details: str, for_role: Role = Role.MARKETING, actor: Actor = SYSTEM
) -> None:
    """Opens a task about a campaign, due now, once for each version of it; `key` says what is asked
    (`campaign-budget`), and approval.close_tasks closes it by that."""
    await open_task(
        tx,
        key=f"{key}:{one.id}:{one.version}",
        title=title,
        details=details,
        subject="campaign",
        subject_id=one.id,
        hospital_id=one.hospital_id,
        for_role=for_role,
        due_at=tx.now,
        actor=actor,
    )
