"""A campaign as what tasks and notes may be about."""

from bedside.accounts import Permission, SignedIn
from bedside.campaigns import store_campaigns
from bedside.follow_ups import Subject
from bedside.kit.database import Tx


async def _may_see(tx: Tx, campaign_id: int, user: SignedIn) -> bool:
    found = await store_campaigns.campaign(tx, campaign_id)
    return found is not None and user.works_at(found.hospital_id)


CAMPAIGN_SUBJECT = Subject(
    label="Campaign",
    seen_with=Permission.CAMPAIGNS_READ,
    page="/campaigns/{id}",
    names=store_campaigns.names,
    may_see=_may_see,
)
