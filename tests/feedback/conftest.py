"""What this room's tests stand on."""

from tests.feedback.asking import bellevue, clinic, house

__all__ = ["bellevue", "clinic", "house"]
