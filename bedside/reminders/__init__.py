"""Reminders: planned with the booking, sent when due, answered by patients. The front door."""

from bedside.reminders.emergencies import load_emergency_variables
from bedside.reminders.loading import (
    appointment_of_reminder,
    date_words,
    day_in_words,
    load_appointment_variables,
    load_cancelled_variables,
    load_next_visit,
    load_reminder_variables,
    load_variables_of_reminders,
    time_words,
)
from bedside.reminders.planning import drop, drop_and_tell, drop_what_asked, plan_again, plan_and_confirm, replan
from bedside.reminders.policies import ensure_default_policy
from bedside.reminders.receipts import follow_messages
from bedside.reminders.replies import act_on_reply
from bedside.reminders.reply_words import is_reply

__all__ = [
    "act_on_reply", "appointment_of_reminder", "date_words", "day_in_words", "drop", "drop_and_tell",
    "drop_what_asked", "ensure_default_policy", "follow_messages", "is_reply", "load_appointment_variables",
    "load_cancelled_variables", "load_emergency_variables", "load_next_visit", "load_reminder_variables",
    "load_variables_of_reminders", "plan_again", "plan_and_confirm", "replan", "time_words",
]  # fmt: skip
