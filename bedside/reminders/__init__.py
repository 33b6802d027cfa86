"""Reminders: planned with the booking, sent when due, answered by patients. The front door."""

from bedside.reminders.loading import (
    appointment_of_reminder,
    date_words,
    load_appointment_variables,
    load_cancelled_variables,
    load_reminder_variables,
    time_words,
)
from bedside.reminders.planning import drop, drop_and_tell, drop_what_asked, plan_again, plan_and_confirm, replan
from bedside.reminders.policies import ensure_default_policy
from bedside.reminders.receipts import follow_message
from bedside.reminders.replies import act_on_reply

__all__ = [
    "act_on_reply", "appointment_of_reminder", "date_words", "drop", "drop_and_tell", "drop_what_asked",
    "ensure_default_policy", "follow_message", "load_appointment_variables", "load_cancelled_variables",
    "load_reminder_variables", "plan_again", "plan_and_confirm", "replan", "time_words",
]  # fmt: skip
