"""What is known of links that were followed and mail that was opened: people's apart from machines'."""

from datetime import datetime

from bedside.kit.wire import Wire


class Counted(Wire, kw_only=True):
    """How often, by people and by machines, and when people first and last."""

    people: int
    machines: int
    first_at: datetime | None
    last_at: datetime | None


class FollowedLink(Counted, kw_only=True):
    """A link of a message that was followed."""

    position: int
    target: str


class MessageTracking(Wire, kw_only=True):
    """What is known of one message. An open is a picture that was fetched: some mail programs never fetch any, others
    always do, so it says less than a click."""

    opens: Counted
    links: list[FollowedLink]


class TemplateTracking(Wire, kw_only=True):
    """`tracks` as it was set, null for what the template's purpose says; `tracked` is what comes of it. What may carry
    clinical detail is never tracked."""

    tracks: bool | None
    tracked: bool
    clinical: bool


class TrackingWish(Wire, kw_only=True):
    """What to set it to; null: news is tracked, everything else is not."""

    tracks: bool | None
