"""Campaigns side by side."""

from datetime import datetime

from bedside.campaigns.lift import Lift
from bedside.campaigns.model import CampaignStatus
from bedside.campaigns.money_model import Amount, Sum
from bedside.campaigns.rules import Whose
from bedside.kit.wire import Wire
from bedside.message_templates import Channel


class Compared(Wire, kw_only=True):
    """One campaign beside others. `sent`, `deliveriesKnown`, `delivered` and `handedOver` count messages, all else
    people, of whom one who is written to by two channels is one.

    `delivered` of `deliveriesKnown`, those sent by SMS and WhatsApp, were delivered as a receipt says
    (`deliveredRate`). Mail has none: `handedOver` counts mail that its server took and that did not come back.
    `reached`: one or the other. `opened` of `opensKnown`, who were reached by WhatsApp or mail, read or opened it
    (`openRate`); `clicked` of `clicksKnown`, who were reached by mail, followed a link (`clickRate`). A rate is null
    where nothing of it can be known. Machines' opening and following is left out.

    `booked` of those it was sent to booked within its window, `visits` in all; owners book none. `lift`: against those
    held back, null where nobody was. `costComplete`: of every message it is known, or expected, what it costs."""

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
    deliveries_known: int
    delivered: int
    handed_over: int
    opened: int
    opens_known: int
    clicked: int
    clicks_known: int
    answered: int
    unsubscribed: int
    complaints: int
    booked: int
    visits: int
    lift: Lift | None
    costs: list[Sum]
    cost_complete: bool
    cost_per_booking: list[Amount]
    delivered_rate: float | None
    open_rate: float | None
    click_rate: float | None

    @property
    def mail(self) -> int:
        """How many of the messages sent are mail."""
        return self.sent - self.deliveries_known


class Comparison(Wire, kw_only=True):
    """Campaigns in the order that was asked for."""

    items: list[Compared]
