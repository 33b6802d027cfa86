"""What is said to owners and by them, for a demonstration that tells its past."""

from bedside.owner_relations.communicating import add as add_communication
from bedside.owner_relations.model import CommunicationKind, NewCommunication
from bedside.owner_relations.satisfaction import record_satisfaction
from bedside.owner_relations.satisfaction_model import Categories, NewSatisfaction
from bedside.owner_relations.surveys import ask as ask_survey

__all__ = [
    "Categories",
    "CommunicationKind",
    "NewCommunication",
    "NewSatisfaction",
    "add_communication",
    "ask_survey",
    "record_satisfaction",
]
