"""What happens to audiences and campaigns, as the event log keeps it."""

from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class AudienceChanged(Event, frozen=True, kw_only=True):
    """An audience was added or changed."""

    kind: ClassVar[str] = "audience.changed"
    subject: ClassVar[str] = "audience"
    seen_with: ClassVar[str] = Permission.CAMPAIGNS_READ

    audience_id: int
    what: str


class CampaignChanged(Event, frozen=True, kw_only=True):
    """A campaign was added, changed, started, paused, resumed, ended: `what`."""

    kind: ClassVar[str] = "campaign.changed"
    subject: ClassVar[str] = "campaign"
    seen_with: ClassVar[str] = Permission.CAMPAIGNS_READ

    campaign_id: int
    what: str


class CampaignMoved(Event, frozen=True, kw_only=True):
    """A campaign that sends is further: one event a second, not one a person."""

    kind: ClassVar[str] = "campaign.moved"
    subject: ClassVar[str] = "campaign"
    seen_with: ClassVar[str] = Permission.CAMPAIGNS_READ

    campaign_id: int
