"""What patients say of their visits, by whom and how they are asked, and what is done about it. The front door."""

from bedside.feedback.asking import follow_message
from bedside.feedback.events import (
    FeedbackAnswered,
    FeedbackAsked,
    FeedbackEscalated,
    FeedbackGiven,
    FeedbackSettingsChanged,
)
from bedside.feedback.giving import feedback, give
from bedside.feedback.inviting import drop_invitation, plan_invitation
from bedside.feedback.links import feedback_link, install_public_url
from bedside.feedback.loading import load_answer_variables, load_feedback_variables
from bedside.feedback.model import Feedback, NewFeedback
from bedside.feedback.subjects import FEEDBACK_SUBJECT

__all__ = [
    "FEEDBACK_SUBJECT", "Feedback", "FeedbackAnswered", "FeedbackAsked", "FeedbackEscalated", "FeedbackGiven",
    "FeedbackSettingsChanged", "NewFeedback", "drop_invitation", "feedback", "feedback_link", "follow_message", "give",
    "install_public_url", "load_answer_variables", "load_feedback_variables", "plan_invitation",
]  # fmt: skip
