"""What is said to owners and by them: communications, notices, satisfaction, their own pages. The front door."""

from bedside.owner_relations.delivering import ABOUT as COMMUNICATION
from bedside.owner_relations.events import CommunicationChanged, CommunicationRecorded, CommunicationSent
from bedside.owner_relations.loading import contract_words, load_owner_variables
from bedside.owner_relations.notices import tell_owner
from bedside.owner_relations.noting import follow_message, keep_inbound, keep_written
from bedside.owner_relations.own_links import end_own_links, install_public_url, open_owner_link, own_page_link
from bedside.owner_relations.reading import said
from bedside.owner_relations.satisfaction_events import OwnerSurveyAsked, SatisfactionFell, SatisfactionRecorded
from bedside.owner_relations.surveys import survey_link

__all__ = [
    "COMMUNICATION", "CommunicationChanged", "CommunicationRecorded", "CommunicationSent", "OwnerSurveyAsked",
    "SatisfactionFell", "SatisfactionRecorded", "contract_words", "end_own_links", "follow_message",
    "install_public_url", "keep_inbound", "keep_written", "load_owner_variables", "open_owner_link", "own_page_link",
    "said", "survey_link", "tell_owner",
]  # fmt: skip
