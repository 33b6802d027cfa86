"""The hour of each person's own clock at which they get a campaign, and what happens when it was missed."""

from datetime import datetime, timedelta

from bedside.campaigns import store_campaigns, store_pacing
from bedside.campaigns.asking import ask_somebody
from bedside.campaigns.campaigns import take_back_lines, tell
from bedside.campaigns.model import Campaign, CampaignStatus
from bedside.campaigns.pacing import first_at
from bedside.event_log import SYSTEM
from bedside.kit.database import Tx
from bedside.messaging import people_by_zone

LATE = timedelta(minutes=15)
LOOK_AGAIN_AFTER = timedelta(minutes=1)


async def set_hours(tx: Tx, campaign: Campaign, *, start: datetime, people: int) -> None:
    """Notes for the next of its people who have none yet when they are due: the first such hour of their own clock at
    or after `start`."""
    waiting = await store_pacing.without_hour(tx, campaign.id, limit=people)
    zones = await people_by_zone(
        tx,
        kind="patient" if campaign.whose == "patients" else "owner",
        ids=waiting,
        hospital_id=campaign.hospital_id,
    )
    for zone, some in sorted(zones.items()):
        at = first_at(campaign.local_time or "", zone, start=start)
        await store_pacing.set_due(tx, campaign.id, people=some, at=at)


async def ask_about_missed(tx: Tx) -> None:
    """Pauses campaigns of which people's hour passed while the system was down, and asks (RULES.md, Campaigns 3). That
    it was looked is noted, so that the next look knows for how long nobody did."""
    for campaign_id in await store_pacing.missed_hours(tx, late=LATE):
        found = await store_campaigns.campaign(tx, campaign_id)
        if found is None:
            continue
        because = f"The system was down at {found.local_time} of some people's clocks."
        await store_campaigns.set_status(tx, found.id, CampaignStatus.PAUSED, because=because, ended=False)
        await take_back_lines(tx, found.id)
        await tell(tx, found, "overdue", actor=SYSTEM)
        await ask_somebody(
            tx,
            found,
            key="campaign-overdue",
            title=f"The campaign “{found.name}” missed the hour of some people",
            details="The system was down when they were due, so it was paused. Resume it, which sends to them at once "
            "and to the others at their hour, or cancel it.",
        )
    await store_pacing.look_at_hours(tx, again_after=LOOK_AGAIN_AFTER)
