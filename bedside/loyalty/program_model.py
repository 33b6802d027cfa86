"""The program: what earns points, how long they last, which tiers there are. Data, in versions. Pure."""

from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from bedside.kit.http.problems import Conflict, Invalid, NotFound
from bedside.kit.wire import Wire

Earns = Literal["visit_completed", "feedback", "feedback_with_words", "referral", "referred", "birthday"]
Points = Annotated[int, Meta(ge=1, le=1_000_000)]


class NoSuchProgram(NotFound):
    """404: there is no such version of the program."""

    type = "no-such-loyalty-program"


class ProgramRefused(Invalid):
    """422: a program cannot be so: thresholds out of order, a beginning in the past."""

    type = "loyalty-program-refused"


class ProgramStarted(Conflict):
    """409: the version has begun, so that it cannot be taken back; another one begins when the next is made."""

    type = "loyalty-program-started"


class ProgramDateTaken(Conflict):
    """409: another version begins at the very same moment."""

    type = "loyalty-program-date-taken"


class Tier(Wire, kw_only=True):
    """A tier: reached with so many points earned in the qualification window, that very number included."""

    code: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$", examples=["silver"])]
    name: Annotated[str, Meta(min_length=1, max_length=60, examples=["Silver"])]
    threshold: Annotated[int, Meta(ge=0, le=10_000_000, examples=[500])]
    benefits: Annotated[list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(max_length=20)] = msgspec.field(
        default_factory=list
    )


class Terms(Wire, kw_only=True):
    """What a version says. Points last for `pointsLastMonths` (null: for ever) to the end of the day; tiers come from
    what was earned in `qualificationMonths`, and one is kept for `graceDays` though too little was earned.

    `rules` names what earns how many points; what is not named earns none. `awardLimits` says how many points somebody
    of a role may award by hand at once. `hundredPointsMinor` of `currency` is what the books say a hundred points cost.
    """

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    time_zone: str
    points_last_months: Annotated[int, Meta(ge=1, le=120)] | None
    qualification_months: Annotated[int, Meta(ge=1, le=60)]
    grace_days: Annotated[int, Meta(ge=0, le=730)]
    warn_days: Annotated[int, Meta(ge=0, le=180)]
    voucher_days: Annotated[int, Meta(ge=1, le=730)]
    award_limits: Annotated[dict[str, Points], Meta(max_length=10)]
    rules: dict[Earns, Points]
    tiers: Annotated[list[Tier], Meta(min_length=1, max_length=12)]
    hundred_points_minor: Annotated[int, Meta(ge=0, le=1_000_000_000)] | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | None = None

    @property
    def zone(self) -> ZoneInfo:
        """In which days end."""
        return ZoneInfo(self.time_zone)

    def points_for(self, kind: str) -> int | None:
        """What something earns; None where it earns nothing."""
        return next((points for rule, points in self.rules.items() if rule == kind), None)

    def tier_for(self, earned: int) -> Tier:
        """The tier that so many points reach."""
        return [tier for tier in self.tiers if tier.threshold <= earned][-1]

    def place_of(self, code: str | None) -> int:
        """How high a tier stands; -1 for none, and for one that this version does not know."""
        return next((place for place, tier in enumerate(self.tiers) if tier.code == code), -1)

    def next_tier(self, code: str | None) -> Tier | None:
        """The tier above; None for the highest."""
        above = self.place_of(code) + 1
        return self.tiers[above] if above < len(self.tiers) else None


class Program(Terms, kw_only=True):
    """A version of the program. It holds from `startsAt` until the next one starts."""

    id: int
    number: int
    starts_at: datetime
    withdrawn_at: datetime | None
    created_by_name: str
    created_at: datetime


class NewProgram(Terms, kw_only=True):
    """A version to add, from the beginning of a day in its zone (`startsOn`), or from now where that is today."""

    starts_on: date


def check_tiers(tiers: list[Tier]) -> None:
    """Raises ProgramRefused (422) with a pointer unless tiers rise from 0, each above the one before, each once."""
    if tiers[0].threshold != 0:
        raise ProgramRefused("The lowest tier begins at 0 points.", pointer="/tiers/0/threshold")
    for place, (below, tier) in enumerate(pairwise(tiers), start=1):
        if tier.threshold <= below.threshold:
            raise ProgramRefused(
                f"{tier.name} has to begin above {below.name}, which begins at {below.threshold}.",
                pointer=f"/tiers/{place}/threshold",
                next_step="List tiers from the lowest to the highest.",
            )
    seen: set[str] = set()
    for place, tier in enumerate(tiers):
        if tier.code in seen:
            raise ProgramRefused(f"There are two tiers “{tier.code}”.", pointer=f"/tiers/{place}/code")
        seen.add(tier.code)
