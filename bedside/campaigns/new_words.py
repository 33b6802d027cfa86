"""That an approved campaign stops where its template has got new words: these were not approved of."""

from bedside.accounts import Role
from bedside.campaigns import store_approval, store_campaigns
from bedside.campaigns.approval import RESUMED_BY, needs_for_resuming
from bedside.campaigns.asking import ask_somebody
from bedside.campaigns.campaigns import take_back_lines, tell
from bedside.campaigns.model import CampaignStatus
from bedside.event_log import SYSTEM
from bedside.kit.database import Tx


async def ask_about_new_words(tx: Tx) -> None:
    """Pauses those under way whose words are new, and asks somebody who may approve of them."""
    for campaign_id in await store_approval.with_new_words(tx):
        found = await store_campaigns.campaign(tx, campaign_id)
        if found is None or not (because := await needs_for_resuming(tx, found)):
            continue
        await store_campaigns.set_status(tx, found.id, CampaignStatus.PAUSED, because=because, ended=False)
        await take_back_lines(tx, found.id)
        await tell(tx, found, "paused", actor=SYSTEM)
        await ask_somebody(
            tx,
            found,
            key="campaign-approval-words",
            title=f"The campaign “{found.name}” stopped: its template has new words",
            details=f"{because} Whoever still waits gets none of them before they are approved. {RESUMED_BY} "
            f"/campaigns/{found.id}",
            for_role=Role.ADMIN,
        )
