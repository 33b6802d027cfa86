"""What feedback comes to, as it is reported."""

from datetime import date

from bedside.kit.wire import Wire


class RatingCount(Wire, kw_only=True):
    """How many gave so many stars."""

    stars: int
    answers: int


class MonthRating(Wire, kw_only=True):
    """A month's mean and how many answered; `few`: fewer than 30. Null where withheld, or nobody answered."""

    month: date
    mean: str | None
    answers: int
    few: bool
    withheld: bool


class GroupRating(Wire, kw_only=True):
    """A department, practitioner or category: mean, the share of five stars, and how many answered. Both null where the
    group is too small to be told."""

    id: int
    name: str
    mean: str | None
    top_box: str | None
    answers: int
    few: bool
    withheld: bool


class Recommendation(Wire, kw_only=True):
    """The net promoter score, -100 to 100, of 0-10 answers; null where withheld or nobody answered."""

    score: str | None
    promoters: int
    passives: int
    detractors: int
    answers: int
    withheld: bool


class Satisfied(Wire, kw_only=True):
    """CSAT: the percentage of 4 and 5 among 1-5 answers."""

    percent: str | None
    answers: int
    withheld: bool


class FeedbackReport(Wire, kw_only=True):
    """What patients said between two days, against the equal number of days before.

    Means have two decimals, shares are percentages with one. `restsOnFew`: fewer than 30 in either window.
    `withheldBecause` says why groups under five are not told; null where none has to be withheld.
    """

    since: date
    until: date
    answers: int
    mean: str | None
    top_box: str | None
    answers_before: int
    mean_before: str | None
    change: str | None
    rests_on_few: bool
    asked: int
    answered: int
    response_rate: str | None
    low: int
    open_recoveries: int
    distribution: list[RatingCount]
    months: list[MonthRating]
    departments: list[GroupRating]
    practitioners: list[GroupRating]
    categories: list[GroupRating]
    nps: Recommendation
    csat: Satisfied
    withheld_because: str | None
