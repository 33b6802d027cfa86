"""What happens to points, tiers, rewards and referrals, as the event log keeps it.

An account has the id of its patient: `loyalty_id` is the patient's.
"""

from datetime import date
from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class _LoyaltyEvent(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "loyalty"
    seen_with: ClassVar[str] = Permission.LOYALTY_READ

    loyalty_id: int


class PointsAwarded(_LoyaltyEvent, frozen=True, kw_only=True):
    """Points were earned: by what rule, and by what (`appointment:7`)."""

    kind: ClassVar[str] = "loyalty.awarded"
    points: int
    rule: str
    source: str


class PointsReversed(_LoyaltyEvent, frozen=True, kw_only=True):
    """An award was taken back; `missing` of it had been spent, and is owed."""

    kind: ClassVar[str] = "loyalty.reversed"
    points: int
    missing: int


class PointsExpired(_LoyaltyEvent, frozen=True, kw_only=True):
    """Points have expired."""

    kind: ClassVar[str] = "loyalty.expired"
    points: int


class PointsExpiring(_LoyaltyEvent, frozen=True, kw_only=True):
    """Points are about to expire: `on` is the last day on which they can be spent."""

    kind: ClassVar[str] = "loyalty.expiring"
    points: int
    on: date


class TierChanged(_LoyaltyEvent, frozen=True, kw_only=True):
    """Somebody is in another tier."""

    kind: ClassVar[str] = "loyalty.tier_changed"
    from_code: str | None
    to_code: str
    raised: bool
    why: str


class RewardRedeemed(_LoyaltyEvent, frozen=True, kw_only=True):
    """Points were spent on a reward."""

    kind: ClassVar[str] = "loyalty.redeemed"
    redemption_id: int
    reward_id: int
    reward_name: str
    points: int


class RedemptionCancelled(_LoyaltyEvent, frozen=True, kw_only=True):
    """A redemption was cancelled, and its points given back."""

    kind: ClassVar[str] = "loyalty.redemption_cancelled"
    redemption_id: int
    reward_id: int
    points: int


class VoucherUsed(_LoyaltyEvent, frozen=True, kw_only=True):
    """A voucher was used at a hospital."""

    kind: ClassVar[str] = "loyalty.voucher_used"
    redemption_id: int
    reward_id: int
    points: int


class ReferralMade(_LoyaltyEvent, frozen=True, kw_only=True):
    """Somebody brought a friend, whose first visit is to come."""

    kind: ClassVar[str] = "loyalty.referral_made"
    referral_id: int


class ReferralCompleted(_LoyaltyEvent, frozen=True, kw_only=True):
    """The friend's first visit has taken place."""

    kind: ClassVar[str] = "loyalty.referral_completed"
    referral_id: int


class ProgramChanged(Event, frozen=True, kw_only=True):
    """A version of the program was added, or taken back before it began."""

    kind: ClassVar[str] = "loyalty_program.changed"
    subject: ClassVar[str] = "loyalty_program"
    seen_with: ClassVar[str] = Permission.LOYALTY_REPORTS

    loyalty_program_id: int
    what: str


class RewardChanged(Event, frozen=True, kw_only=True):
    """A reward was added or changed."""

    kind: ClassVar[str] = "loyalty_reward.changed"
    subject: ClassVar[str] = "loyalty_reward"
    seen_with: ClassVar[str] = Permission.LOYALTY_REPORTS

    loyalty_reward_id: int
    what: str


class BulkAwardMoved(Event, frozen=True, kw_only=True):
    """An award to many has come further; `done`: to its end."""

    kind: ClassVar[str] = "bulk_award.moved"
    subject: ClassVar[str] = "bulk_award"
    seen_with: ClassVar[str] = Permission.LOYALTY_REPORTS

    bulk_award_id: int
    awarded: int
    done: bool
