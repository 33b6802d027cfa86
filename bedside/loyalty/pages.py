"""The pages of loyalty, part by part."""

from typing import Any

from bedside.loyalty.pages_members import MEMBER_PAGES
from bedside.loyalty.pages_own import OWN_PAGES
from bedside.loyalty.pages_panel import PANEL_PAGES
from bedside.loyalty.pages_program import PROGRAM_PAGES
from bedside.loyalty.pages_redemptions import REDEMPTION_PAGES
from bedside.loyalty.pages_referral import REFERRAL_PAGES
from bedside.loyalty.pages_rewards import REWARD_PAGES

PAGES: list[Any] = [
    *MEMBER_PAGES, *PANEL_PAGES, *PROGRAM_PAGES, *REWARD_PAGES, *REDEMPTION_PAGES, *OWN_PAGES, *REFERRAL_PAGES,
]  # fmt: skip
