"""What happens to owners' satisfaction. No event carries their words."""

from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class SatisfactionRecorded(Event, frozen=True, kw_only=True):
    """An owner rated the hospital; `score` is a decimal as text."""

    kind: ClassVar[str] = "satisfaction.recorded"
    subject: ClassVar[str] = "satisfaction"
    seen_with: ClassVar[str] = Permission.SATISFACTION_READ

    satisfaction_id: int
    score: str
    source: str


class SatisfactionFell(Event, frozen=True, kw_only=True):
    """A rating lies so far under those before it that somebody should look after the owner."""

    kind: ClassVar[str] = "satisfaction.fell"
    subject: ClassVar[str] = "satisfaction"
    seen_with: ClassVar[str] = Permission.SATISFACTION_READ

    satisfaction_id: int
    by: str


class OwnerSurveyAsked(Event, frozen=True, kw_only=True):
    """An owner was asked how satisfied they are."""

    kind: ClassVar[str] = "owner_survey.asked"
    subject: ClassVar[str] = "owner_survey"
    seen_with: ClassVar[str] = Permission.SATISFACTION_READ

    owner_survey_id: int
