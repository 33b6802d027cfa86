"""Ratings and surveys of owners, as structs; and what may go wrong with them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from bedside.kit.http.problems import Conflict, Gone, Invalid, NotFound
from bedside.kit.wire import Wire

Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
# 0 to 5 in half steps: a number, or a decimal as text
ScoreIn = Annotated[str, Meta(min_length=1, max_length=4, examples=["4.5"])] | int | float
Source = Literal["link", "portal", "staff", "api"]


class ScoreRefused(Invalid):
    """422: a rating goes from 0 to 5 in half steps."""

    type = "score-refused"


class NoSuchSurvey(NotFound):
    """404: no survey is asked for by this link."""

    type = "no-such-survey"


class SurveyOver(Gone):
    """410: the survey was answered, or is over; `because` says which."""

    type = "survey-over"


class AskedAlready(Conflict):
    """409: the owner has been asked today."""

    type = "survey-asked-already"


class Categories(Wire, kw_only=True):
    """Ratings by category; null or left out where it does not apply."""

    payments: ScoreIn | None = None
    communication: ScoreIn | None = None
    transparency: ScoreIn | None = None
    support: ScoreIn | None = None
    growth: ScoreIn | None = None


class NewSatisfaction(Wire, kw_only=True):
    """What an owner thinks of the hospital: an overall rating (`rating`, or `overall`), categories, or both.

    Without an overall rating the mean of the categories stands for it. 0 is a rating; null is none.
    """

    rating: ScoreIn | None = None
    overall: ScoreIn | None = None
    categories: Categories = field(default_factory=Categories)
    words: Annotated[str, Meta(max_length=5000)] = ""
    survey_date: date | None = None
    hospital_id: Id | None = None


class CategoryScores(Wire, kw_only=True):
    """Ratings by category, null where none was given."""

    payments: Decimal | None
    communication: Decimal | None
    transparency: Decimal | None
    support: Decimal | None
    growth: Decimal | None


class Satisfaction(Wire, kw_only=True):
    """One answer. `overall` null: only categories were rated; `score` is what counts, rounded to two places."""

    id: int
    owner_id: int
    hospital_id: int | None
    survey_date: date
    overall: Decimal | None
    score: str
    categories: CategoryScores
    words: str
    source: Source
    created_by_name: str
    created_at: datetime


class Comparison(Wire, kw_only=True):
    """An owner's mean over a year, and the median of the other owners' means. `others` null where fewer than five other
    owners answered: `withheld` says so."""

    category: str
    mean: str | None
    answers: int
    others: str | None
    other_owners: int
    withheld: bool


class MonthScore(Wire, kw_only=True):
    """A month's mean, and how many answered; `few` where that is under 30."""

    month: date
    mean: str
    answers: int
    few: bool


class Summary(Wire, kw_only=True):
    """How satisfied an owner is: the last rating, the year by month, and against others."""

    latest: str | None
    latest_on: date | None
    mean: str | None
    answers: int
    months: list[MonthScore]
    comparisons: list[Comparison]


class SatisfactionPage(Wire, kw_only=True):
    """One page of an owner's ratings, the newest first, and what they come to."""

    items: list[Satisfaction]
    next: str | None
    summary: Summary


class Trend(Wire, kw_only=True):
    """A window against the one before it, of equal length. `change` null where one of them has no answer."""

    category: str
    mean: str | None
    answers: int
    before: str | None
    answers_before: int
    change: str | None
    few: bool


class OwnerScore(Wire, kw_only=True):
    """An owner in the report."""

    owner_id: int
    owner_name: str
    latest: str | None
    latest_on: date | None
    mean: str | None
    answers: int
    fell_by: str | None


class Report(Wire, kw_only=True):
    """How satisfied owners are, over a window of months and against the window before."""

    since: date
    until: date
    owners_asked: int
    answers: int
    months: list[MonthScore]
    trends: list[Trend]
    distribution: dict[str, int]
    owners: list[OwnerScore]


class SurveyPolicy(Wire, kw_only=True):
    """How often owners are asked, how long they may answer, and how large a fall warns their account manager."""

    enabled: bool
    every_months: int
    open_days: int
    warn_at_fall: Decimal
    version: int


class SurveyPolicyChanges(Wire, kw_only=True):
    """What to change of it; what is left out stays."""

    enabled: bool | UnsetType = UNSET
    every_months: Annotated[int, Meta(ge=1, le=24)] | UnsetType = UNSET
    open_days: Annotated[int, Meta(ge=1, le=365)] | UnsetType = UNSET
    warn_at_fall: ScoreIn | UnsetType = UNSET


class Survey(Wire, kw_only=True):
    """A survey that an owner was asked to answer."""

    id: int
    owner_id: int
    due_on: date
    expires_at: datetime
    answered_at: datetime | None
    created_by_name: str
    created_at: datetime
