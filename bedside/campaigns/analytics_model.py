"""What came of a campaign, in figures."""

from datetime import date, datetime
from typing import Literal

from bedside.campaigns.lift import Lift
from bedside.campaigns.money_model import Money
from bedside.kit.wire import Wire
from bedside.message_templates import Channel

Segment = Literal["language", "sex", "age", "hospital"]


class ChannelFigures(Wire, kw_only=True):
    """What became of the messages by one channel; each counts messages, of which a person has one by each channel.

    `delivered`: a delivery receipt says so, of `deliveriesKnown` that were sent by a channel with receipts, SMS or
    WhatsApp; `deliveredRate` is that share. Mail has none: `handedOver` counts mail that its server took and that did
    not come back. `openRate` is the share `read` or `opened` of `opensKnown` (WhatsApp delivered, mail handed over;
    SMS tells of no reading), `clickRate` that of those who followed a link of `clicksKnown` (mail handed over; links
    in SMS and WhatsApp do not lead by us). A rate is null where nothing of it can be known.

    `opened` and `clicked`: by a person; `openedByMachine`: by a mail program or a filter alone. `answered`: they wrote
    back within three days. `stopped`: they asked for no more within a week; `complained`: they called it spam."""

    channel: Channel
    messages: int
    sent: int
    deliveries_known: int
    delivered: int
    handed_over: int
    read: int
    opened: int
    opens_known: int
    opened_by_machine: int
    clicked: int
    clicks_known: int
    answered: int
    stopped: int
    complained: int
    failed: int
    delivered_rate: float | None = None
    open_rate: float | None = None
    click_rate: float | None = None


class FollowedTarget(Wire, kw_only=True):
    """A link of the campaign, how many people followed it and how often."""

    target: str
    people: int
    clicks: int


class Conversions(Wire, kw_only=True):
    """Visits that recipients booked after their message, within `attributionDays`.

    `people` of `sent` booked; `throughLink` of them had followed a link of it before. `until`: when the last window
    closes; before, the figures still grow. `control` of those held back are compared where there are any: both groups
    are counted from the start of the campaign, `lift` is the difference of their shares with its 95 % interval. Owners
    book no visits: of them nothing is compared."""

    sent: int
    people: int
    through_link: int
    visits: int
    until: datetime | None
    written_to: int
    written_to_booked: int
    control: int
    control_booked: int
    lift: Lift | None


class Day(Wire, kw_only=True):
    """What happened on a day, by the clock of the campaign's hospital (UTC where it is of the whole group)."""

    day: date
    sent: int
    clicked: int
    booked: int


class SegmentFigures(Wire, kw_only=True):
    """How a part of the people took it. `delivered`: a receipt says so; `reached`: that, or it went by mail and did not
    come back. `clicked` of `clicksKnown` whom it reached by mail."""

    name: str
    people: int
    reached: int
    delivered: int
    clicked: int
    clicks_known: int
    booked: int


class Analytics(Wire, kw_only=True):
    """What came of a campaign. `people`: how many it was for; `writtenTo`: to how many something was sent. Of these
    `reached` got it as far as can be known: it was delivered to them by SMS or WhatsApp (`deliveredTo`), or it went by
    mail and did not come back. `read` read or opened it, of `opensKnown` whom it reached by WhatsApp or mail;
    `followed` followed a link of it, of `clicksKnown` whom it reached by mail. Machines are left out, and somebody
    written to by two channels is one.

    `deliveredRate`: of the messages sent by SMS and WhatsApp, the share that was delivered; mail is not among them,
    since nobody says that it arrived. Null where none of them was sent."""

    campaign_id: int
    people: int
    written_to: int
    reached: int
    delivered_to: int
    read: int
    followed: int
    opens_known: int
    clicks_known: int
    delivered_rate: float | None
    channels: list[ChannelFigures]
    links: list[FollowedTarget]
    conversions: Conversions
    days: list[Day]
    money: Money
