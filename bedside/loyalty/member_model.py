"""Members as lists and reports show them, and what another version of the program would do to them."""

from datetime import date, datetime
from typing import Literal

from bedside.kit.wire import Wire


class Member(Wire, kw_only=True):
    """A member of the program: what can be spent, the tier, what was earned in the window, what expires next."""

    patient_id: int
    patient_name: str
    tier: str
    tier_since: datetime | None
    tier_until: datetime | None
    balance: int
    owed: int
    earned_in_window: int
    next_expiry: datetime | None
    joined_at: datetime
    last_earned_at: datetime | None


class TierMembers(Wire, kw_only=True):
    """A tier and how many are in it; `inGrace` of them would be lower."""

    code: str
    name: str
    members: int
    in_grace: int


class MonthOfPoints(Wire, kw_only=True):
    """A month: points earned, spent (cancellations taken off), expired, taken back; what was outstanding at its end."""

    month: date
    earned: int
    spent: int
    expired: int
    reversed: int
    outstanding: int


class EarnedBy(Wire, kw_only=True):
    """What a rule earned, and how often."""

    rule: str
    awards: int
    points: int


class LoyaltyReport(Wire, kw_only=True):
    """The program in numbers. `liability` is what a hundred points cost times what is outstanding, in minor units; null
    where the program says no value. Months are those of the program's zone, the last day included."""

    since: date
    until: date
    tiers: list[TierMembers]
    members: int
    earned: int
    spent: int
    expired: int
    reversed: int
    outstanding: int
    owed: int
    liability_minor: int | None
    currency: str | None
    about_to_lapse: int
    members_about_to_lapse: int
    lapse_days: int
    by_rule: list[EarnedBy]
    months: list[MonthOfPoints]


class Move(Wire, kw_only=True):
    """How many members would go from a tier to another. `when`: at once, or after the grace."""

    from_code: str | None
    to_code: str
    members: int
    when: Literal["at_once", "after_grace"]


class MovedMember(Wire, kw_only=True):
    """One of those who would be in another tier."""

    patient_id: int
    patient_name: str
    from_code: str | None
    to_code: str
    earned: int


class RuleChange(Wire, kw_only=True):
    """What a rule earned in the last year, and what it would have earned."""

    rule: str
    awards: int
    points: int
    would_be: int


class ProgramPreview(Wire, kw_only=True):
    """What a version would do to today's members. `sample` is empty for who may not see members by name."""

    members: int
    raised: int
    lowered: int
    unchanged: int
    moves: list[Move]
    rules: list[RuleChange]
    sample: list[MovedMember]
