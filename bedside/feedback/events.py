"""What happens to feedback. No event carries a patient's words, and those of anonymous feedback name nobody."""

from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class _FeedbackEvent(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "feedback"
    seen_with: ClassVar[str] = Permission.FEEDBACK_READ

    feedback_id: int


class FeedbackGiven(_FeedbackEvent, frozen=True, kw_only=True):
    """A visit was rated. Without `appointment_id` it matched no visit, or is anonymous."""

    kind: ClassVar[str] = "feedback.given"

    appointment_id: int | None
    rating: int
    has_words: bool


class FeedbackAnswered(_FeedbackEvent, frozen=True, kw_only=True):
    """Staff answered: by `message`, with a `private` note, or by asking for a public `review`."""

    kind: ClassVar[str] = "feedback.answered"

    how: str


class FeedbackEscalated(_FeedbackEvent, frozen=True, kw_only=True):
    """Nobody made up for a low rating in time, and somebody else was told."""

    kind: ClassVar[str] = "feedback.escalated"


class FeedbackAsked(Event, frozen=True, kw_only=True):
    """A patient was asked how their visit was."""

    kind: ClassVar[str] = "feedback_invitation.sent"
    subject: ClassVar[str] = "feedback_invitation"
    seen_with: ClassVar[str] = Permission.FEEDBACK_READ

    feedback_invitation_id: int
    appointment_id: int


class FeedbackSettingsChanged(Event, frozen=True, kw_only=True):
    """How feedback is asked for has changed: a hospital's policy, the categories or a form (`what` says which)."""

    kind: ClassVar[str] = "feedback_settings.changed"
    subject: ClassVar[str] = "feedback_settings"
    seen_with: ClassVar[str] = Permission.FEEDBACK_EDIT

    feedback_settings_id: int
    what: str
