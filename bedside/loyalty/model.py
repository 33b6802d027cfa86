"""Accounts of points: what is told of them, and what may go wrong."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bedside.kit.http.problems import Conflict, Forbidden, Invalid, NotFound
from bedside.kit.wire import Wire
from bedside.loyalty.reward_model import Reward

Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
EntryKind = Literal["earned", "spent", "expired", "refilled", "reversed", "missing", "settled"]


class AwardRefused(Invalid):
    """422: points cannot be awarded so: none, too many, or for no reason."""

    type = "award-refused"


class AwardAboveLimit(Forbidden):
    """403: more than somebody of this role may award at once; `limit` says how many they may."""

    type = "award-above-limit"


class NoSuchLot(NotFound):
    """404: there is no such award on this account."""

    type = "no-such-award"


class AwardReversed(Conflict):
    """409: the award was taken back before."""

    type = "award-reversed"


class Award(Wire, kw_only=True):
    """Points that were awarded. `fresh` is false where the same rule and source had earned them before: the first
    answer. `settled` of them paid what was owed."""

    lot_id: int
    patient_id: int
    points: int
    settled: int
    rule: str
    source: str
    reason: str
    earned_at: datetime
    expires_at: datetime | None
    created_by_name: str
    reversed_at: datetime | None = None
    fresh: bool = True


class Reversal(Wire, kw_only=True):
    """An award that was taken back: what was left of it, and what is missing, since it had been spent."""

    lot_id: int
    patient_id: int
    points: int
    taken: int
    missing: int


class NewAward(Wire, kw_only=True):
    """Points to award by hand, and why."""

    points: Annotated[int, Meta(ge=1, le=1_000_000, examples=[50])]
    reason: Annotated[str, Meta(min_length=1, max_length=500, examples=["For the long wait on Monday"])]
    hospital_id: Id | None = None


class NewReversal(Wire, kw_only=True):
    """Which award to take back, and why."""

    lot_id: Id
    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class Entry(Wire, kw_only=True):
    """One movement of points. `missing` and `settled` are about what is owed."""

    id: int
    kind: EntryKind
    points: int
    rule: str | None
    source: str | None
    lot_id: int | None
    redemption_id: int | None
    reward_name: str | None
    reason: str
    happened_at: datetime
    created_by_name: str


class Account(msgspec.Struct, kw_only=True):
    """An account as it stands, locked or not."""

    patient_id: int
    owed: int
    tier_code: str | None
    tier_since: datetime | None
    tier_until: datetime | None
    tier_why: str
    referral_code: str
    joined_at: datetime


class TierNow(Wire, kw_only=True):
    """The tier somebody is in. `until`: kept until then, though too little was earned since."""

    code: str
    name: str
    since: datetime | None
    until: datetime | None
    why: str
    benefits: list[str]


class NextTier(Wire, kw_only=True):
    """The tier above, and how many points to it."""

    code: str
    name: str
    threshold: int
    points_to_go: int


class NextExpiry(Wire, kw_only=True):
    """Points that expire next, and the last day on which they can be spent."""

    points: int
    on: date


class LoyaltyStatus(Wire, kw_only=True):
    """Where a patient stands. `balance` is what can be spent now; `owed` was taken back after it had been spent.

    `tier` is the tier's code. `earnedInWindow` counts for it. A patient without an account has nothing, in the lowest
    tier.
    """

    patient_id: int
    balance: int
    owed: int
    tier: str
    tier_now: TierNow
    next_tier: NextTier | None
    points_to_next_tier: int | None
    earned_in_window: int
    next_expiry: NextExpiry | None
    referral_code: str | None
    joined_at: datetime | None
    history: list[Entry]
    affordable: list[Reward]
