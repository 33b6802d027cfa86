"""What is said to owners and by them: communications, notices, satisfaction, their own pages. The front door."""

from bedside.owner_relations.events import (
    CommunicationChanged,
    CommunicationReceived,
    CommunicationRecorded,
    CommunicationSent,
)
from bedside.owner_relations.notices import tell_owner
from bedside.owner_relations.own_links import install_public_url, open_owner_link, own_page_link

__all__ = [
    "CommunicationChanged", "CommunicationReceived", "CommunicationRecorded",
    "CommunicationSent", "install_public_url", "open_owner_link", "own_page_link", "tell_owner",
]  # fmt: skip
