"""What is said to owners and written down, for a demonstration that tells its past."""

from bedside.owner_relations.communicating import add as add_communication
from bedside.owner_relations.model import CommunicationKind, NewCommunication

__all__ = ["CommunicationKind", "NewCommunication", "add_communication"]
