"""REST of loyalty, part by part."""

from typing import Any

from bedside.loyalty.routes_bulk import ROUTES as BULK
from bedside.loyalty.routes_members import ROUTES as MEMBERS
from bedside.loyalty.routes_points import ROUTES as POINTS
from bedside.loyalty.routes_program import ROUTES as PROGRAM
from bedside.loyalty.routes_redemptions import ROUTES as REDEMPTIONS
from bedside.loyalty.routes_referrals import ROUTES as REFERRALS
from bedside.loyalty.routes_rewards import ROUTES as REWARDS

# the catalogue's paths before those of a patient: both begin with /api/loyalty/
ROUTES: list[Any] = [*BULK, *MEMBERS, *PROGRAM, *REWARDS, *REDEMPTIONS, *REFERRALS, *POINTS]
