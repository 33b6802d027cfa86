"""That a campaign is further: told once a second while much goes on, and when it comes to rest."""

import time

from bedside.campaigns.events import CampaignMoved
from bedside.campaigns.model import Campaign
from bedside.event_log import SYSTEM, record
from bedside.kit.database import Tx

SECOND = 1.0


class Telling:
    """When each campaign was last told of, by one loop."""

    def __init__(self) -> None:
        self._told: dict[int, float] = {}

    async def moved(self, tx: Tx, campaign: Campaign, *, last: bool = False) -> None:
        """Records that it is further, unless that was done within the second; `last`: in any case, since nothing else
        would tell of it."""
        now = time.monotonic()
        if last or now - self._told.get(campaign.id, float("-inf")) >= SECOND:
            self._told[campaign.id] = now
            await record(tx, CampaignMoved(campaign_id=campaign.id, hospital_id=campaign.hospital_id), actor=SYSTEM)
