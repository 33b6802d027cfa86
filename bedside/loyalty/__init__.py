"""Points, tiers, rewards with their vouchers, and friends who bring friends. The front door.

Points lie in lots; a balance is what is left of those that have not expired. Whatever changes them locks the account.
"""

from bedside.loyalty.awarding import award
from bedside.loyalty.events import (
    PointsAwarded,
    PointsExpiring,
    PointsReversed,
    RewardRedeemed,
    TierChanged,
    VoucherUsed,
)
from bedside.loyalty.links import account_link, install_public_url
from bedside.loyalty.redeeming import cancel_redemption, redeem, use_voucher
from bedside.loyalty.referrals import complete_referral, note_referral, take_back_referral
from bedside.loyalty.reversing import reverse
from bedside.loyalty.rewarding import reward_feedback, reward_visit, take_back_visit
from bedside.loyalty.standing import account
from bedside.loyalty.telling import (
    ABOUT,
    ABOUT_EXPIRY,
    load_loyalty_variables,
    tell_of_expiry,
    tell_of_tier,
    tell_of_voucher,
)

__all__ = [
    "ABOUT", "ABOUT_EXPIRY", "PointsAwarded", "PointsExpiring", "PointsReversed", "RewardRedeemed", "TierChanged",
    "VoucherUsed", "account", "account_link", "award", "cancel_redemption", "complete_referral", "install_public_url",
    "load_loyalty_variables", "note_referral", "redeem", "reverse", "reward_feedback", "reward_visit",
    "take_back_referral", "take_back_visit", "tell_of_expiry", "tell_of_tier", "tell_of_voucher", "use_voucher",
]  # fmt: skip
