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

    `opened` and `clicked`: by a person; `openedByMachine`: by a mail program or a filter alone. SMS tells of no
    reading. `answered`: they wrote back within three days. `stopped`: they asked for no more within a week;
    `complained`: they called it spam."""

    channel: Channel
    messages: int
    sent: int
    delivered: int
    read: int
    opened: int
    opened_by_machine: int
    clicked: int
    answered: int
    stopped: int
    complained: int
    failed: int


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
    """How a part of the people took it."""

    name: str
    people: int
    delivered: int
    clicked: int
    booked: int


class Analytics(Wire, kw_only=True):
    """What came of a campaign. `people`: how many it was for; `writtenTo`: to how many something was sent. Of these it
    was delivered to `reached`, `read` read or opened it (SMS tells of no reading, machines are left out), `followed`
    followed a link of it; somebody written to by two channels is one."""

    campaign_id: int
    people: int
    written_to: int
    reached: int
    read: int
    followed: int
    channels: list[ChannelFigures]
    links: list[FollowedTarget]
    conversions: Conversions
    days: list[Day]
    money: Money
