"""Rewards, their vouchers, what may hinder somebody from one; and what may go wrong. Decided without I/O."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedside.kit.http.problems import Conflict, Invalid, NotFound, Problem
from bedside.kit.wire import Wire

Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
RewardName = Annotated[str, Meta(min_length=1, max_length=120)]
Description = Annotated[str, Meta(max_length=1000)]
Cost = Annotated[int, Meta(ge=1, le=1_000_000)]
Stock = Annotated[int, Meta(ge=0, le=1_000_000)]
TierCode = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$", examples=["silver"])]
Limit = Annotated[int, Meta(ge=1, le=1000)]
VoucherDays = Annotated[int, Meta(ge=1, le=730)]
Moment = Annotated[datetime, Meta(tz=True)]

# An issued voucher whose time is past shows as expired; no row says so.
VoucherStatus = Literal["issued", "used", "cancelled", "expired"]
RedemptionSource = Literal["desk", "link", "api"]


class RewardWords(Wire, kw_only=True):
    """A reward's words in one language."""

    name: RewardName
    description: Description = ""


class Reward(Wire, kw_only=True):
    """Something that points buy. `stock` null: as many as are asked for; `tierCode`: for that tier and those above it.

    Its picture, if any, is served at `/reward-pictures/{pictureFileId}`. `redeemed` counts what was not cancelled.
    """

    id: int
    name: str
    description: str
    translations: dict[str, RewardWords]
    picture_file_id: int | None
    points_cost: int
    stock: int | None
    tier_code: str | None
    available_from: datetime | None
    available_until: datetime | None
    per_person_limit: int | None
    voucher_days: int | None
    archived_at: datetime | None
    created_by_name: str
    created_at: datetime
    redeemed: int
    version: int

    def words_in(self, language: str) -> RewardWords:
        """Its words in a language, else in the one it was written in."""
        found = self.translations.get(language) or self.translations.get(language.partition("-")[0])
        return found or RewardWords(name=self.name, description=self.description)

    def is_available(self, now: datetime) -> bool:
        """Whether it is offered at all just now, in stock or not."""
        begun = self.available_from is None or self.available_from <= now
        over = self.available_until is not None and self.available_until <= now
        return self.archived_at is None and begun and not over


class NewReward(Wire, kw_only=True):
    """A reward to add. `translations`: its words in other languages, by tag: `{"es": {"name": "Cita gratuita"}}`."""

    name: RewardName
    points_cost: Cost
    description: Description = ""
    translations: Annotated[dict[str, RewardWords], Meta(max_length=20)] = msgspec.field(default_factory=dict)
    stock: Stock | None = None
    tier_code: TierCode | None = None
    available_from: Moment | None = None
    available_until: Moment | None = None
    per_person_limit: Limit | None = None
    voucher_days: VoucherDays | None = None


class RewardChanges(Wire, kw_only=True):
    """What to change of a reward; what is left out stays. Vouchers already issued keep their name, cost and end."""

    name: RewardName | UnsetType = UNSET
    points_cost: Cost | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    translations: Annotated[dict[str, RewardWords], Meta(max_length=20)] | UnsetType = UNSET
    stock: Stock | UnsetType | None = UNSET
    tier_code: TierCode | UnsetType | None = UNSET
    available_from: Moment | UnsetType | None = UNSET
    available_until: Moment | UnsetType | None = UNSET
    per_person_limit: Limit | UnsetType | None = UNSET
    voucher_days: VoucherDays | UnsetType | None = UNSET
    archived: bool | UnsetType = UNSET


class Redemption(Wire, kw_only=True):
    """A reward that somebody redeemed, and its voucher. The name and the points are those of that moment."""

    id: int
    patient_id: int
    patient_name: str
    reward_id: int
    reward_name: str
    points: int
    code: str
    status: VoucherStatus
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_by_name: str | None
    used_hospital_id: int | None
    cancelled_at: datetime | None
    cancelled_because: str | None
    source: RedemptionSource
    created_by_name: str


class RedemptionWanted(Wire, kw_only=True):
    """Which reward a patient redeems."""

    reward_id: Id


class CancelReason(Wire, kw_only=True):
    """Why a redemption is cancelled."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class VoucherUse(Wire, kw_only=True):
    """Where a voucher is used."""

    hospital_id: Id


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody stands when they look at rewards: points to spend, the tiers that they have reached (their own and
    those below), the program's tiers from the lowest, and how often they redeemed each reward."""

    balance: int
    reached: frozenset[str]
    tiers: tuple[str, ...]
    names: dict[str, str]
    taken: dict[int, int]


class Offer(Wire, kw_only=True):
    """A reward as somebody sees it: whether they may have it now, else why not (`missing`: points they lack)."""

    reward: Reward
    may_redeem: bool
    why_not: Literal["points", "stock", "tier", "limit", "unavailable"] | None
    missing: int
    detail: str


class NoSuchReward(NotFound):
    """404: there is no such reward."""

    type = "no-such-reward"


class RewardRefused(Invalid):
    """422: a reward cannot be so: an unknown tier, or an end before its beginning."""

    type = "reward-refused"


class RecordArchived(Conflict):
    """409: the patient's record is archived, and nothing is given out on it."""

    type = "record-archived"


class RewardUnavailable(Conflict):
    """409: the reward is not offered now: put away, not begun, or over."""

    type = "reward-unavailable"


class OutOfStock(Conflict):
    """409: none of the reward is left."""

    type = "out-of-stock"


class TierTooLow(Conflict):
    """409: the reward is for a higher tier; `tierCode` says which."""

    type = "tier-too-low"


class RewardLimitReached(Conflict):
    """409: they have had as many of the reward as one person may; `limit` says how many."""

    type = "reward-limit-reached"


class NotEnoughPoints(Conflict):
    """409: `missing` says how many points short; `balance` and `points` what there is and what it takes."""

    type = "not-enough-points"


class NoSuchRedemption(NotFound):
    """404: there is no such redemption."""

    type = "no-such-redemption"


class NoSuchVoucher(NotFound):
    """404: the code is on no voucher of ours."""

    type = "no-such-voucher"


class VoucherUsed(Conflict):
    """409: the voucher was used; `usedAt`, `usedByName` and `usedHospitalId` say when, by whom and where."""

    type = "voucher-used"


class VoucherExpired(Conflict):
    """409: the voucher has run out; `expiresAt` says when."""

    type = "voucher-expired"


class VoucherCancelled(Conflict):
    """409: the redemption was cancelled and its points given back; `cancelledAt` says when."""

    type = "voucher-cancelled"


def hindrance(reward: Reward, who: Standing, *, now: datetime) -> Problem | None:
    """Why somebody may not have a reward now, in words and as the answer that says so; None: they may. Pure."""
    if reward.archived_at is not None:
        return RewardUnavailable("This reward is no longer offered.", next_step="Choose another one.")
    if reward.available_from is not None and reward.available_from > now:
        begins = reward.available_from
        return RewardUnavailable(
            "This reward cannot be had yet.", next_step="Choose another one.", availableFrom=begins
        )
    if not reward.is_available(now):
        return RewardUnavailable(
            "This reward's time is over.", next_step="Choose another one.", availableUntil=reward.available_until
        )
    if reward.tier_code is not None and reward.tier_code not in who.reached:
        if reward.tier_code not in who.tiers:
            return RewardUnavailable(
                "This reward is for a tier that the program no longer has.", next_step="Choose another one."
            )
        name = who.names.get(reward.tier_code, reward.tier_code)
        return TierTooLow(
            f"This reward is for {name} and above.", next_step="Choose another one.", tierCode=reward.tier_code
        )
    if reward.per_person_limit is not None and who.taken.get(reward.id, 0) >= reward.per_person_limit:
        once = reward.per_person_limit == 1
        return RewardLimitReached(
            "One person may have this reward once, and they have had it."
            if once
            else f"One person may have this reward {reward.per_person_limit} times, and they have had it so often.",
            next_step="Choose another one.",
            limit=reward.per_person_limit,
        )
    if reward.stock == 0:
        return OutOfStock("None of this reward is left.", next_step="Choose another one, or add to its stock.")
    if who.balance < reward.points_cost:
        missing = reward.points_cost - who.balance
        return NotEnoughPoints(
            f"It takes {reward.points_cost} points, and there are {who.balance}: {missing} are missing.",
            next_step="Choose another reward, or come back with more points.",
            points=reward.points_cost,
            balance=who.balance,
            missing=missing,
        )
    return None


_WHY: dict[type[Problem], Literal["points", "stock", "tier", "limit", "unavailable"]] = {
    NotEnoughPoints: "points",
    OutOfStock: "stock",
    TierTooLow: "tier",
    RewardLimitReached: "limit",
    RewardUnavailable: "unavailable",
}


def offer(reward: Reward, who: Standing, *, now: datetime) -> Offer:
    """A reward as somebody sees it who stands there. Pure."""
    problem = hindrance(reward, who, now=now)
    return Offer(
        reward=reward,
        may_redeem=problem is None,
        why_not=None if problem is None else _WHY[type(problem)],
        missing=max(0, reward.points_cost - who.balance),
        detail="" if problem is None else problem.detail,
    )


def voucher_ends(issued_at: datetime, *, days: int, zone: ZoneInfo) -> datetime:
    """When a voucher is no longer good: as the day ends, in the program's zone, that lies so many days ahead. Pure."""
    day: date = issued_at.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def voucher_fault(voucher: Redemption) -> Problem | None:
    """Why a voucher cannot be used; None: it can. `status` is that of now. Pure."""
    match voucher.status:
        case "used":
            return VoucherUsed(
                "This voucher has been used.",
                next_step="Ask the patient for another one.",
                usedAt=voucher.used_at,
                usedByName=voucher.used_by_name,
                usedHospitalId=voucher.used_hospital_id,
            )
        case "cancelled":
            return VoucherCancelled(
                "This voucher was cancelled, and its points were given back.",
                next_step="Redeem the reward anew.",
                cancelledAt=voucher.cancelled_at,
            )
        case "expired":
            return VoucherExpired(
                "This voucher has run out.",
                next_step="Ask somebody who may cancel it whether its points can be given back.",
                expiresAt=voucher.expires_at,
            )
        case "issued":
            return None
