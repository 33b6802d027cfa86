"""How far messages came, and of how many of them that can be known. One place for it: reports, comparisons, versions,
steps and the campaign's page count by this.

A delivery receipt comes for an SMS and by WhatsApp; a mail server takes a mail and says no more, unless it comes back.
So the share delivered is one of the messages of which a receipt can come, and of mail it is said that it was handed
over and not returned. Both together are `reached`. Opening is known of WhatsApp and mail, following a link of mail
alone, and their shares are of those reached this way."""

from collections.abc import Iterable

import msgspec

from bedside.campaigns.model import Figure
from bedside.message_templates import Channel

GONE = ("sent", "delivered", "read", "undelivered", "failed", "unknown")  # it left the hospital, or may have
DELIVERED = ("delivered", "read")  # of a way that confirms
HANDED_OVER = ("sent", "delivered", "read")  # of mail; what somebody complains of was delivered, and not returned
CONFIRMING = tuple(one for one in Channel if one.confirms)
TELLING_OPENS = tuple(one for one in Channel if one.tells_opening)
TELLING_CLICKS = tuple(one for one in Channel if one.tells_following)


class Totals(msgspec.Struct, kw_only=True):
    """Messages, and how far they came. `delivered` are of `deliveries_known`, the others sent are mail, of which
    `handed_over` were not returned."""

    all: int = 0
    gone: int = 0
    deliveries_known: int = 0
    delivered: int = 0
    handed_over: int = 0
    read: int = 0
    failed: int = 0
    unknown: int = 0

    @property
    def mail(self) -> int:
        """How many of those that left are mail."""
        return self.gone - self.deliveries_known

    @property
    def delivered_rate(self) -> float | None:
        """The share delivered, 0 to 1, of those of which a receipt can come."""
        return share(self.delivered, self.deliveries_known)


def totals(figures: Iterable[Figure]) -> Totals:
    """The lines of a ledger, added up."""
    made = Totals()
    for one in figures:
        confirms, state, people = one.channel in CONFIRMING, one.state, one.people
        made.all += people if state in ("waiting", "held", "queued", "sending", *GONE) else 0
        made.gone += people if state in GONE else 0
        made.deliveries_known += people if confirms and state in GONE else 0
        made.delivered += people if confirms and state in DELIVERED else 0
        made.handed_over += people if not confirms and state in HANDED_OVER else 0
        made.read += people if state == "read" else 0
        made.failed += people if state in ("undelivered", "failed") else 0
        made.unknown += people if state == "unknown" else 0
    return made


def share(some: int, of: int) -> float | None:
    """0 to 1; None of nothing."""
    return some / of if of else None


def reached_words(channels: Iterable[Channel]) -> str:
    """What it means of these ways that somebody was reached."""
    ways = set(channels)
    if ways.isdisjoint(CONFIRMING):
        return "Mail sent, not returned"
    return "Delivered to" if ways.issubset(CONFIRMING) else "Delivered, or mail not returned"
