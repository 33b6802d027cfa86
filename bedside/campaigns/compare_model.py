"""Campaigns side by side."""

from datetime import datetime

from bedside.campaigns.lift import Lift
from bedside.campaigns.model import CampaignStatus
from bedside.campaigns.money_model import Amount, Sum
from bedside.campaigns.rules import Whose
from bedside.kit.wire import Wire
from bedside.message_templates import Channel


class Compared(Wire, kw_only=True):
    """One campaign beside others. `sent` and `delivered` count messages, all else people, of whom one who is written to
    by two channels is one. Machines' opening and following is left out. `booked` of those it was sent to booked within
    its window, `visits` in all; owners book none. `lift`: against those held back, null where nobody was.
    `costComplete`: of every message it is known, or expected, what it costs."""

    campaign_id: int
    name: str
    status: CampaignStatus
    whose: Whose
    channels: list[Channel]
    started_at: datetime | None
    people: int
    written_to: int
    reached: int
    sent: int
    delivered: int
    opened: int
    clicked: int
    answered: int
    unsubscribed: int
    complaints: int
    booked: int
    visits: int
    lift: Lift | None
    costs: list[Sum]
    cost_complete: bool
    cost_per_booking: list[Amount]


class Comparison(Wire, kw_only=True):
    """Campaigns in the order that was asked for."""

    items: list[Compared]
