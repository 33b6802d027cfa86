"""Campaigns: whom they are for, what they say, when it goes out and what came of it. The front door."""

from bedside.campaigns.entering import enter_after_visit, enter_when_registered
from bedside.campaigns.joining import install_public_url, leave, lists_of
from bedside.campaigns.personal import vaccine_due
from bedside.campaigns.subjects import CAMPAIGN_SUBJECT
from bedside.campaigns.walking import go_on_after_answer
from bedside.campaigns.words import act_on_word

__all__ = [
    "CAMPAIGN_SUBJECT", "act_on_word", "enter_after_visit", "enter_when_registered", "go_on_after_answer",
    "install_public_url", "leave", "lists_of", "vaccine_due",
]  # fmt: skip
